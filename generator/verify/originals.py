"""The originals: events as they were sent, made anew session by session, and kept for a while."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from msgspec import structs

from generator.ledger.record import Header, SessionStart
from generator.spec.identity import Mid
from generator.verify.batch import Batch, RegenerateError
from generator.verify.expectation import Expectation
from generator.verify.kept import Kept
from generator.verify.mids import Mids

KEPT = 128 << 20
"""Bytes that are kept; the sessions longest unused go first."""
_OVERHEAD = 4096
"""About what a session takes beside the bytes of its events, or of what they are made of."""


class Maker(Protocol):
    """What makes a run's sessions anew, see `generator.verify.regenerate`."""

    @property
    def trouble(self) -> str:
        """Why it cannot; "" where it can."""

    def session(self, opening: SessionStart) -> Sequence[Batch]:
        """Give a session's batches."""


class _Session(NamedTuple):
    """A session made anew: its batches, and each event's text and eid by its sequence once anybody asked.

    In a replay two events may have one id: then the text is the first one's, and `copies` has the rest with the numbers
    of their batches.
    """

    batches: Sequence[Batch]
    texts: dict[int, bytes]
    eids: dict[int, str]
    copies: dict[int, list[tuple[int, bytes]]]


class Originals:
    """Gives events as they were sent.

    Args:
        expectation: whose.
        maker_of: gives what makes the sessions of a run anew.
        kept: bytes that are kept.

    Attributes:
        troubles: why some sessions could not be made, and how many for each reason.
    """

    def __init__(
        self, expectation: Expectation, maker_of: Callable[[Header], Maker], kept: int = KEPT
    ) -> None:
        self._expectation, self._maker_of = expectation, maker_of
        self._by_ledger: dict[int, Maker] = {}
        self._by_run: dict[str, Maker] = {}
        self._kept: Kept[int, _Session] = Kept(kept)
        self._parts: Kept[int, list[bytes]] = Kept(kept // 4)
        self._mids = Mids()
        self.troubles: dict[str, int] = {}

    @property
    def trouble(self) -> str:
        """Say why the events of some run cannot be made at all; "" where those of all can."""
        ledgers = range(len(self._expectation.sources))
        return next((why for ledger in ledgers if (why := self._maker(ledger).trouble)), "")

    def lines(self, batch: int) -> bytes:
        """Give all events of a batch with line ends between them; b"" where they cannot be had so, see `rest`."""
        made = None if self._expectation.has_further(batch) else self._batch(batch)
        return made.lines if made and made.count == self._expectation.batches.events[batch] else b""

    def rest(self, batch: int, skipped: int) -> list[bytes]:
        """Give the events of a batch but for the first ones; none where they cannot be had."""
        events = self._parts.get(batch)
        if events is None:
            # An event that stands twice in its batch is not where its sequence says.
            made = None if self._expectation.has_further(batch) else self._batch(batch)
            text = made.lines if made else b""
            # A learner who was stopped has sent the beginning of a batch.
            events = text.split(b"\n")[: self._expectation.batches.events[batch]] if text else []
            self._parts.keep(batch, events, len(text) + _OVERHEAD)
        return events[skipped:]

    def _batch(self, batch: int) -> Batch | None:
        batches = self._expectation.batches
        made, number = self._session(batches.session[batch]).batches, batches.number[batch]
        return made[number] if number < len(made) else None

    def text(self, session: int, sequence: int) -> bytes:
        """Give one event; b"" where it cannot be made.

        Args:
            session: the place of its session.
            sequence: its own.
        """
        return self._parted(session).texts.get(sequence, b"")

    def copies(self, session: int, sequence: int) -> Sequence[tuple[int, bytes]]:
        """Return further events with the id of an event, each with the number of its batch."""
        return self._parted(session).copies.get(sequence, ())

    def eids(self, session: int) -> dict[int, str]:
        """Give the eids of a session's events by their sequences; none where it cannot be made."""
        return self._parted(session).eids

    def _parted(self, session: int) -> _Session:
        made = self._session(session)
        if made.batches and not made.texts:
            for number, batch in enumerate(made.batches):
                for event in batch.events:
                    _take(made, number, event, self._mids.name(event).ours)
            self._kept.grow(session, sum(map(len, made.texts.values())))
        return made

    def _session(self, session: int) -> _Session:
        known = self._kept.get(session)
        if known is not None:
            return known
        made = _Session(self._made(session), {}, {}, {})
        self._kept.keep(session, made, _OVERHEAD + sum([batch.size for batch in made.batches]))
        return made

    def _made(self, session: int) -> Sequence[Batch]:
        sessions = self._expectation.sessions
        maker = self._maker(sessions.ledger[session])
        try:
            return maker.session(sessions.opening(session))
        except RegenerateError as error:
            self.troubles[str(error)] = self.troubles.get(str(error), 0) + 1
            return []

    def _maker(self, ledger: int) -> Maker:
        """Give what makes a ledger's sessions: one for the ledgers of all workers of a run."""
        known = self._by_ledger.get(ledger)
        if known is None:
            header = self._expectation.sources[ledger].header
            alike = repr(structs.replace(header, worker=0, epoch=0, started=0.0))
            if alike not in self._by_run:
                self._by_run[alike] = self._maker_of(header)
            known = self._by_ledger[ledger] = self._by_run[alike]
        return known


def _take(made: _Session, number: int, event: bytes, ours: Mid | None) -> None:
    """Add an event of a batch to its session."""
    if ours is None:
        return
    if ours.sequence in made.texts:
        made.copies.setdefault(ours.sequence, []).append((number, event))
        return
    made.texts[ours.sequence] = event
    made.eids[ours.sequence] = ours.eid
