"""A recorded session that is being sent, see `Outgoing`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from generator.delivery import batch as delivery
from generator.delivery.contracts import Contract, Request
from generator.delivery.outcome import write
from generator.ledger.record import SessionStart
from generator.load.prepared_batch import PreparedBatch
from generator.load.replay.batching import RecordedBatch
from generator.load.replay.raw_event import RawEvent
from generator.load.replay.session_assembler import counted
from generator.spec.identity import hex_id, make_msgid, read_mid

SCENARIO = "replay"
"""As whose story latencies and sessions are counted."""
Event = dict[str, Any] | Raw
Write = Callable[[RawEvent], Event]
"""What makes the event that is sent of the one that was recorded."""


class ReplayIdentity(NamedTuple):
    """How a session is written.

    Attributes:
        contract: how the endpoint wants it.
        write: makes its events.
        run: the run in every msgid; None where all stays as it was recorded.
        shift: milliseconds by which every instant is moved.
    """

    contract: Contract
    write: Write
    run: int | None
    shift: int = 0


class ReplayedSession:
    """A session that is being sent.

    Args:
        number: the session's.
        batches: at least one.
        voice: how it is written.
        begun: when its first batch could be due, in seconds since the run began.

    Attributes:
        is_whole: whether every batch so far was acknowledged.
    """

    __slots__ = (
        "_batches",
        "_identity",
        "_place",
        "_prepared",
        "_request",
        "begun",
        "head",
        "is_whole",
        "number",
        "tries",
    )  # fmt: skip

    def __init__(
        self, number: int, batches: list[RecordedBatch], identity: ReplayIdentity, begun: float
    ) -> None:
        self.number, self._batches, self._identity, self.begun = number, batches, identity, begun
        self.head: Any = None
        self.tries = 0
        self.is_whole = True
        self._place = 0
        self._prepared: PreparedBatch | None = None
        self._request: Request | None = None

    @property
    def scenario(self) -> str:
        """The same for all of them."""
        return SCENARIO

    @property
    def has_begun(self) -> bool:
        """Whether any of its batches was sent."""
        return self._place > 0 or self.tries > 0

    @property
    def is_over(self) -> bool:
        """Whether all batches were sent."""
        return self._place >= len(self._batches)

    @property
    def events(self) -> int:
        """How many events its next batch has."""
        return len(self._batches[self._place].entries)

    @property
    def due(self) -> float:
        """Seconds of story from its beginning until its next batch is due."""
        return self._batches[self._place].due

    @property
    def left(self) -> int:
        """How many events were not sent yet."""
        return sum(len(batch.entries) for batch in self._batches[self._place :])

    def prepare(self) -> PreparedBatch:
        """Write its next batch; sent again, it is the same to the byte."""
        if self._prepared is None:
            recorded, batch = self._batches[self._place], self._write()
            self._request = write(self._identity.contract, batch)
            eids = tuple(counted(recorded.entries).items())
            ranges = tuple(_ranges(batch.events)) if self._identity.run is not None else ()
            self._prepared = PreparedBatch(
                self._request.body,
                batch.msgid,
                len(recorded.entries),
                eids,
                recorded.due,
                self._place,
                ranges,
            )
        return self._prepared

    def opening(self) -> SessionStart:
        """Return which recording it is, and by how much it is moved."""
        return SessionStart(self.number, "", self.number, "", "", self._identity.shift)

    def go_on(self, *, is_acked: bool = False) -> None:
        """Go on to the batch after it."""
        self.is_whole = self.is_whole and is_acked
        self._place += 1
        self.tries = 0
        self._prepared = None

    def request(self) -> Request:
        """Return what its requests have in common; as the real clients', they speak for whom the session began."""
        if self._request is None:
            self.prepare()
        assert self._request is not None  # noqa: S101  made with the batch
        return self._request._replace(body=b"")

    def model(self) -> None:
        """Each session has its own."""

    def _write(self) -> delivery.Batch:
        """Write the next batch."""
        entries, identity = self._batches[self._place].entries, self._identity
        events = [identity.write(entry) for entry in entries]
        return delivery.Batch(self._msgid(entries[0]), self._sent(entries), events, _speaker(events[0]))

    def _msgid(self, first: RawEvent) -> str:
        if self._identity.run is not None:
            return make_msgid(self._place, self._identity.run, self.number)
        owner = read_mid(first.mid)
        return (
            first.msgid
            or (make_msgid(self._place, owner.run, owner.session) if owner else "")
            or hex_id(32, first.mid, self.number, self._place)
        )

    def _sent(self, entries: list[RawEvent]) -> int:
        """Return the batch's instant: that of its last event, which is when its client sent it."""
        if self._identity.run is None and entries[0].sent is not None:
            return entries[0].sent
        return (
            max((entry.ets for entry in entries if entry.ets is not None), default=0) + self._identity.shift
        )


def _speaker(event: Event) -> delivery.Identity:
    return delivery.identity_in(msgspec.json.decode(event) if isinstance(event, Raw) else event)


def _ranges(events: Sequence[Event]) -> Iterator[tuple[int, int]]:
    """Yield the sequences in the mids of a batch's events, which have gaps where the recording has."""
    first = count = 0
    for event in events:
        mid = (
            read_mid(event["mid"]) if isinstance(event, dict) and isinstance(event.get("mid"), str) else None
        )
        if mid is None:
            continue
        if count and mid.sequence == first + count:
            count += 1
            continue
        if count:
            yield first, count
        first, count = mid.sequence, 1
    if count:
        yield first, count
