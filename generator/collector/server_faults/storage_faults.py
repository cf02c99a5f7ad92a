"""Storage faults: they stand between ingest and group commit, and change what is stored."""

from typing import Literal, NamedTuple

from msgspec import Raw

from generator.chance import SeededChance
from generator.collector.batch import name_of
from generator.collector.group_commit import Done, WriteQueue
from generator.collector.server_faults.altered_event import alter
from generator.collector.server_faults.draw import Draw
from generator.collector.server_faults.fault_record import FaultRecord, FaultyWriteBatch
from generator.collector.server_faults.options import ServerFaults
from generator.collector.store import WriteBatch

EventFault = Literal["lost", "duplicated", "altered"]


class _StoredCopies(NamedTuple):
    mid: str
    events: list[Raw]


class StorageFaults:
    """Loses, repeats, alters and reorders the events that a batch accepts.

    The ingest remembers every mid: a lost event that is sent again is a duplicate.

    Args:
        asked: which faults, and how often.
        write_queue: what stores.

    Attributes:
        further: a record about the batch as a whole, written with the next batch.
    """

    def __init__(self, asked: ServerFaults, write_queue: WriteQueue) -> None:
        self._write_queue = write_queue
        self._seed = asked.seed
        shares: dict[EventFault, float] = {
            "lost": asked.lose,
            "duplicated": asked.duplicate,
            "altered": asked.alter,
        }
        self._events = Draw(asked.seed, "event", shares)
        self._orders = Draw(asked.seed, "order", {"reordered": asked.reorder})
        self.further: FaultRecord | None = None

    def enqueue(self, write_batch: WriteBatch, done: Done) -> None:
        """Store a batch, changed or not, see `GroupCommit.enqueue`."""
        records = [self.further] if self.further else []
        self.further = None
        copies = [self._with_faults(event, write_batch, records) for event in write_batch.accepted]
        copies = self._ordered([each for each in copies if each.events], write_batch, records)
        if records:
            accepted = [event for each in copies for event in each.events]
            write_batch = FaultyWriteBatch(
                write_batch.received, write_batch.msgid, accepted, write_batch.rejected, write_batch.duplicate,
                write_batch.plain, records
            )  # fmt: skip
        self._write_queue.enqueue(write_batch, done)

    def _with_faults(self, event: Raw, write_batch: WriteBatch, records: list[FaultRecord]) -> _StoredCopies:
        """Return what is stored of an event."""
        name = name_of(event)
        mid = name.mid if name else ""
        fault = self._events.pick(mid)
        if fault == "altered":
            return self._altered(mid, event, write_batch, records)
        if fault is None:
            return _StoredCopies(mid, [event])
        records.append(FaultRecord(fault, write_batch.received, write_batch.msgid, (mid,)))
        return _StoredCopies(mid, [] if fault == "lost" else [event, event])

    def _altered(
        self, mid: str, event: Raw, write_batch: WriteBatch, records: list[FaultRecord]
    ) -> _StoredCopies:
        altered = alter(event, SeededChance(self._seed, "alter", mid))
        if altered is None:
            return _StoredCopies(mid, [event])
        path, before, after = altered.path, altered.before, altered.after
        records.append(
            FaultRecord("altered", write_batch.received, write_batch.msgid, (mid,), path, before, after)
        )
        return _StoredCopies(mid, [altered.event])

    def _ordered(
        self, copies: list[_StoredCopies], write_batch: WriteBatch, records: list[FaultRecord]
    ) -> list[_StoredCopies]:
        """Return a batch's events in the order in which they are stored."""
        if len(copies) < 2:
            return copies
        name = copies[0].mid if write_batch.msgid is None else write_batch.msgid
        if not self._orders.pick(name):
            return copies
        copies = _shuffled(copies, SeededChance(self._seed, "shuffle", name))
        records.append(
            FaultRecord(
                "reordered", write_batch.received, write_batch.msgid, tuple(each.mid for each in copies)
            )
        )
        return copies


def _shuffled(copies: list[_StoredCopies], chance: SeededChance) -> list[_StoredCopies]:
    """Return them in another order, whatever chance decides."""
    rest, shuffled = list(copies), []
    while rest:
        shuffled.append(rest.pop(chance.between(0, len(rest) - 1)))
    return shuffled if shuffled != copies else [*copies[1:], copies[0]]
