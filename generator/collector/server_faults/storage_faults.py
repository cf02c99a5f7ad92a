"""The doctor: stands between intake and commit, and changes what is stored."""

from typing import Literal, NamedTuple

from msgspec import Raw

from generator.chance import SeededChance
from generator.collector.batch import name_of
from generator.collector.group_commit import Done, WriteQueue
from generator.collector.server_faults.alteration import alter
from generator.collector.server_faults.draw import Draw
from generator.collector.server_faults.fault_record import FaultRecord, FaultyWriteBatch
from generator.collector.server_faults.options import ServerFaults
from generator.collector.store import WriteBatch

Fate = Literal["lost", "duplicated", "altered"]


class _Kept(NamedTuple):
    mid: str
    events: list[Raw]


class StorageFaults:
    """Loses, repeats, alters and reorders the events that a filing accepts.

    A mid that comes again meets what the intake remembers, as ever: an event that was lost is a duplicate then.

    Args:
        asked: what is to happen, and how often.
        commit: what stores.

    Attributes:
        further: a deed about the batch as a whole, which goes with the next filing.
    """

    def __init__(self, asked: ServerFaults, commit: WriteQueue) -> None:
        self._commit = commit
        self._seed = asked.seed
        fates: dict[Fate, float] = {"lost": asked.lose, "duplicated": asked.duplicate, "altered": asked.alter}
        self._events = Draw(asked.seed, "event", fates)
        self._orders = Draw(asked.seed, "order", {"reordered": asked.reorder})
        self.further: FaultRecord | None = None

    def file(self, filing: WriteBatch, done: Done) -> None:
        """Store a filing, changed or not, see `Commit.file`."""
        deeds = [self.further] if self.further else []
        self.further = None
        kept = [self._treated(event, filing, deeds) for event in filing.accepted]
        kept = self._ordered([each for each in kept if each.events], filing, deeds)
        if deeds:
            accepted = [event for each in kept for event in each.events]
            filing = FaultyWriteBatch(
                filing.received, filing.msgid, accepted, filing.rejected, filing.duplicate, filing.plain, deeds
            )  # fmt: skip
        self._commit.file(filing, done)

    def _treated(self, event: Raw, filing: WriteBatch, deeds: list[FaultRecord]) -> _Kept:
        """Give what is stored of an event."""
        name = name_of(event)
        mid = name.mid if name else ""
        fate = self._events.pick(mid)
        if fate == "altered":
            return self._altered(mid, event, filing, deeds)
        if fate is None:
            return _Kept(mid, [event])
        deeds.append(FaultRecord(fate, filing.received, filing.msgid, (mid,)))
        return _Kept(mid, [] if fate == "lost" else [event, event])

    def _altered(self, mid: str, event: Raw, filing: WriteBatch, deeds: list[FaultRecord]) -> _Kept:
        altered = alter(event, SeededChance(self._seed, "alter", mid))
        if altered is None:
            return _Kept(mid, [event])
        path, before, after = altered.path, altered.before, altered.after
        deeds.append(FaultRecord("altered", filing.received, filing.msgid, (mid,), path, before, after))
        return _Kept(mid, [altered.event])

    def _ordered(self, kept: list[_Kept], filing: WriteBatch, deeds: list[FaultRecord]) -> list[_Kept]:
        """Give a batch's events in the order in which they are stored."""
        if len(kept) < 2:
            return kept
        name = kept[0].mid if filing.msgid is None else filing.msgid
        if not self._orders.pick(name):
            return kept
        kept = _shuffled(kept, SeededChance(self._seed, "shuffle", name))
        deeds.append(
            FaultRecord("reordered", filing.received, filing.msgid, tuple(each.mid for each in kept))
        )
        return kept


def _shuffled(kept: list[_Kept], chance: SeededChance) -> list[_Kept]:
    """Give them in another order, whatever chance says."""
    rest, shuffled = list(kept), []
    while rest:
        shuffled.append(rest.pop(chance.between(0, len(rest) - 1)))
    return shuffled if shuffled != kept else [*kept[1:], kept[0]]
