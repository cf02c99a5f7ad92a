"""A template: a played session as constant bytes and slots, stamped with an identity and a time.

Stamping makes no event and encodes no JSON. Each slot has a place in one list of values:

    tail, run, uid, did, ids of the play … , instants … , blocks …

A *block* is a stretch that several events share, slots included, such as all between a mid's tail and the tags:
it is joined once a stamping. What is left is one `bytes.join` a batch.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from generator.chance import seed_of
from generator.load.prepared_batch import PreparedBatch
from generator.spec.identity import PlayIds, tail

TAIL, RUN, UID, DID = range(4)
"""The places of what every identity has; ids, instants and blocks come after them."""


class StampIdentity(NamedTuple):
    """For whom a session is stamped.

    Attributes:
        run, session: as in every mid.
        uid, did: the ids of the learner and of the device; "" for those with whom the session was compiled.
    """

    run: int
    session: int
    uid: str = ""
    did: str = ""


class ByteTemplate(NamedTuple):
    """Constant bytes with slots between them.

    Attributes:
        parts: constants at even places, the slots' places kept free at odd ones.
        take: takes the slots' values, in their order, out of the list of values.
    """

    parts: list[bytes]
    take: Callable[[Sequence[bytes]], Sequence[bytes]] | None

    def join(self, values: Sequence[bytes]) -> bytes:
        """Fill the slots."""
        parts = self.parts
        if self.take is not None:
            parts[1::2] = self.take(values)
        return b"".join(parts)


class BatchTemplate(NamedTuple):
    """One batch of a template: its body in pieces, and the facts of its PreparedBatch."""

    body: ByteTemplate
    number: int
    first: int
    events: int
    eids: tuple[tuple[str, int], ...]
    due: float


class Template:
    """A compiled session.

    Args:
        scenario: the scenario's name.
        number: which of the scenario's sessions it is; with the seed it determines all that is in it.
        names: the uid and the did with which it was compiled.
        ids: kind and ordinal of the ids that belong to the play.
        offsets: milliseconds from the start to each instant.
        blocks: what several events share.
        patterns: its batches.
        headers: its requests' headers by name, in pieces.
        method: of its requests, POST mostly.
        path: where they go, in pieces.
        pack: compresses a body; None where bodies are sent plain.

    Attributes:
        events: how many it has.
        span: seconds from its start to its last event.
        size: about how many bytes it takes.
        drawn: how often it was drawn from a pool.
        salt: a number of its own, of 40 bits, of which the last ten are free.
    """

    def __init__(
        self, scenario: str, number: int, names: tuple[str, str], ids: Sequence[tuple[str, int]],
        offsets: Sequence[int], blocks: Sequence[ByteTemplate], patterns: Sequence[BatchTemplate],
        headers: Mapping[str, ByteTemplate], method: str, path: ByteTemplate, pack: Callable[[bytes], bytes] | None,
    ) -> None:  # fmt: skip
        self.scenario, self.number = scenario, number
        self.names = names
        self.ids = ids
        self.offsets = offsets
        self.blocks = blocks
        self.patterns = patterns
        self.method, self._path = method, path
        self.events = sum(pattern.events for pattern in patterns)
        self.span = patterns[-1].due if patterns else 0.0
        self.size = sum(len(part) for pattern in patterns for part in pattern.body.parts)
        self.pack = pack
        self.drawn = 0
        self.salt = seed_of("template", scenario, number) >> 34 << 10
        self._headers = headers
        self._is_alike = not any(value.take for value in (path, *headers.values()))
        self._fixed = self._filled((b"", b"", b"", b"")) if self._is_alike else {}

    def stamp(self, who: StampIdentity, t0: int) -> list[PreparedBatch]:
        """Return the session of another learner, at another time.

        Args:
            who: for whom.
            t0: its start, in milliseconds since 1970.
        """
        values = self.values(who, t0)
        return [self.prepare(values, place) for place in range(len(self.patterns))]

    def values(self, who: StampIdentity, t0: int) -> list[bytes]:
        """Return what fills the slots: small, so that it may wait for its batches' turns."""
        make = PlayIds(who.run, who.session).make
        ends = tail(who.run, who.session)
        values = [ends.encode(), ends[:8].encode(), *self._names(who)]
        values += [make(kind, ordinal).encode() for kind, ordinal in self.ids]
        values += [b"%d" % (t0 + offset) for offset in self.offsets]
        for block in self.blocks:
            values.append(block.join(values))
        return values

    def prepare(self, values: Sequence[bytes], place: int) -> PreparedBatch:
        """Return one of its batches."""
        pattern = self.patterns[place]
        body = pattern.body.join(values)
        if self.pack:
            body = self.pack(body)
        number, first, events = pattern.number, pattern.first, pattern.events
        msgid = f"{number:08x}{values[TAIL].decode()}"
        return PreparedBatch(body, msgid, events, pattern.eids, pattern.due, number, ((first, events),))

    @property
    def own_headers(self) -> dict[str, str]:
        """The headers of its own learner's requests."""
        return self.headers(StampIdentity(0, 0))

    def path_of(self, who: StampIdentity) -> str:
        """Return where its requests go."""
        return self._path.join((b"", b"", *self._names(who))).decode("latin-1")

    def renames(self, who: StampIdentity) -> list[tuple[str, str]]:
        """Return the values in path and headers of its own learner, and those of another learner in their place."""
        if self._is_alike:
            return []
        return [pair for pair in zip(self.names, (who.uid, who.did), strict=True) if pair[1]]

    def headers(self, who: StampIdentity) -> dict[str, str]:
        """Return the headers of its requests."""
        return self._fixed if self._is_alike else self._filled((b"", b"", *self._names(who)))

    def _filled(self, values: Sequence[bytes]) -> dict[str, str]:
        return {name: value.join(values).decode("latin-1") for name, value in self._headers.items()}

    def _names(self, who: StampIdentity) -> tuple[bytes, bytes]:
        uid, did = self.names
        return (who.uid or uid).encode(), (who.did or did).encode()

    def __repr__(self) -> str:
        return f"<Template {self.number} of {self.scenario}: {self.events} events in {len(self.patterns)} batches>"
