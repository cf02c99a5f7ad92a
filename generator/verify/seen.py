"""What was seen in a sink, held against what was expected of it, event by event."""

from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from pyroaring import BitMap

from generator.spec.identity import Mid
from generator.verify.content import Rewrites
from generator.verify.copies import Copies
from generator.verify.delay import Delays
from generator.verify.expectation import Expectation
from generator.verify.mids import Mids, Name, Row
from generator.verify.noticed import Alteration, Beyond, Stray
from generator.verify.originals import Originals
from generator.verify.sessions import NONE
from generator.verify.sink.sink import Chunk, Kind

SHOWN = 100
"""How many of each fault are told one by one."""
_PENDING = 100_000


class Seen:
    """Takes what a sink holds.

    Args:
        expectation: what was sent.
        originals: what contents are compared with; None where they are not.
        rewrites: tells how an event differs.
        spawned: whether an event that is none of ours is the pipeline's own.

    Attributes:
        copies: how often each event was found as accepted.
        apart: the events found as something else.
        altered: the events of which a copy was found altered.
        alterations: the first of them.
        strays: the first of those that were never sent.
        stray_eids: how many of these there are, by eid.
        beyond: what was found beyond the end of a ledger that broke off; these are numbered after all that was sent.
        events: how many were looked at; `foreign` of them are of other runs, `pipeline_own` the pipeline's own.
        unreadable: how many places held no JSON; the first of them are `unread`.
        compared: how many were compared with what was sent; `not_compared` could not be.
        out_of_order: how many stand behind an event that their session sent later.
        delays: how long they took to be there.
    """

    def __init__(
        self, expectation: Expectation, originals: Originals | None, rewrites: Rewrites,
        spawned: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> None:  # fmt: skip
        self._expectation, self._originals = expectation, originals
        self._rewrites, self._spawned = rewrites, spawned
        self._mids, self._runs = Mids(), expectation.runs
        self._labelled = expectation.labelled
        self._pending = array("I")
        self._cut = NONE, 0, 0
        self._next = array("Q", [0]) * len(expectation.sessions)
        self._starts = [source.header.started for source in expectation.sources]
        self.copies = Copies()
        self.apart: dict[Kind, BitMap] = {"rejected": BitMap(), "duplicate": BitMap()}
        self.altered, self.alterations = BitMap(), list[Alteration]()
        self.strays: list[Stray] = []
        self.stray_eids = Counter[str]()
        self.beyond: list[Beyond] = []
        self._beyond_places: dict[tuple[int, int, int], int] = {}
        self.events = self.foreign = self.pipeline_own = self.unreadable = 0
        self.compared = self.not_compared = self.out_of_order = 0
        self.unread: list[str] = []
        self.delays = Delays()

    def take(self, chunk: Chunk) -> None:
        """Look at some events."""
        for why in chunk.unreadable:
            self._unread(why)
        self.events += len(chunk.events)
        if chunk.kind != "accepted":
            self._take_apart(chunk)
            return
        row = None if self._originals else Row.of(chunk.events)
        at, end = 0, len(chunk.events)
        while at < end:
            taken = self._in_a_row(chunk, at, row) if row else self._batch(chunk, at)
            if not taken:
                self._one(chunk, at)
            at += taken or 1
        if len(self._pending) > _PENDING:
            self.settle()

    def settle(self) -> None:
        """Count what was found so far."""
        self.copies.add(self._pending)
        del self._pending[:]

    # --- as accepted --------------------------------------------------------------------------------

    def _batch(self, chunk: Chunk, at: int) -> int:
        """Take a batch that stands there as it was sent, and give its events; 0 where none does.

        Of one that a chunk's end cuts in two each part is taken for itself.
        """
        if self._originals is None:
            return 0
        (cut, skipped, offset), self._cut = self._cut, (NONE, 0, 0)
        events, batches = chunk.events, self._expectation.batches
        name = self._mids.front(events[at])
        if name is None or name.ours is None:
            return 0
        batch = self._batch_of(name.ours.run, name.ours.session, name.ours.sequence)
        if batch == NONE:
            return 0
        if batch != cut:
            skipped = offset = 0
        count = batches.events[batch] - skipped
        if name.ours.sequence != batches.first[batch] + skipped:
            return 0
        joined = self._originals.joined(batch)
        if not joined.startswith(events[at], offset):
            return 0
        group = events[at : at + count]
        text = b",".join(group)
        end = offset + len(text)
        # A learner who was stopped has sent the beginning of a batch: it ends where an event does.
        if not joined.startswith(text, offset) or joined[end : end + 1] not in {b"", b","}:
            return 0
        if len(group) < count:
            self._cut = batch, skipped + len(group), end + 1
        self.compared += len(group)
        place = batches.base[batch] + skipped
        self._found(chunk, at, batch, name.ours.sequence, place, len(group))
        return len(group)

    def _in_a_row(self, chunk: Chunk, at: int, row: Row) -> int:
        """Take what stands there of one batch in its order, and give the events; 0 where it must be looked at singly."""
        owner = self._mids.owner(row.tail(at))
        if owner is None:
            return 0
        sequence = row.sequence(at)
        batch = self._batch_of(*owner, sequence)
        if batch == NONE:
            return 0
        batches = self._expectation.batches
        skipped = sequence - batches.first[batch]
        count = min(batches.events[batch] - skipped, len(chunk.events) - at)
        if not row.follows(at, count):
            return 0
        self._found(chunk, at, batch, sequence, batches.base[batch] + skipped, count)
        return count

    def _batch_of(self, run: int, session: int, sequence: int) -> int:
        place = self._expectation.sessions.place(run, session)
        return NONE if place == NONE else self._expectation.batches.at(place, sequence)

    def _one(self, chunk: Chunk, at: int) -> None:
        """Take one event, whatever it is."""
        event = chunk.events[at]
        try:
            self._named(chunk, at, event, self._mids.name(event))
        except ValueError as error:
            self._unread(f"{_placed(chunk, at)}: {error}")

    def _named(self, chunk: Chunk, at: int, event: bytes, name: Name) -> None:
        ours, expectation = name.ours, self._expectation
        if ours is None or ours.run not in self._runs:
            self._of_others(event, name)
            return
        session = expectation.sessions.place(ours.run, ours.session)
        original = self._original(session, ours.sequence)
        if original and original != event:
            # Read to its end: only what is whole is an event, and of two mids the last one counts.
            again = self._mids.whole(event)
            if again.mid != name.mid:
                self._named(chunk, at, event, again)
                return
        place = NONE if session == NONE else expectation.place(session, ours.sequence)
        if place == NONE and not expectation.may_have_sent(ours.run, ours.session):
            why = (
                "its session was never begun"
                if session == NONE
                else "its session has no such event, or never sent it"
            )
            self._stray(chunk, at, name, ours, why)
        elif self._is_labelled(place):
            # Damaged on purpose: found is all that it can be.
            self._pending.append(place)
        elif self._is_misnamed(name, ours, original):
            self._stray(chunk, at, name, ours, "another eid than this event of its session has")
        elif place == NONE:
            self._beyond(chunk, at, Beyond(str(name.mid), ours, session), original)
        else:
            self._found(chunk, at, expectation.batch(place), ours.sequence, place, 1)
            self._compare(chunk, at, place, original)

    def _original(self, session: int, sequence: int) -> bytes:
        return self._originals.text(session, sequence) if self._originals and session != NONE else b""

    def _is_misnamed(self, name: Name, ours: Mid, original: bytes) -> bool:
        """Tell whether the eid in the mid is not the one that was sent there."""
        if original:
            return self._mids.name(original).mid != name.mid
        return bool(name.eid != ours.eid)

    def _compare(self, chunk: Chunk, at: int, place: int, original: bytes) -> None:
        if not self._originals:
            return
        if not original:
            self.not_compared += 1
            return
        self.compared += 1
        event = chunk.events[at]
        if original == event:
            return
        differences = self._rewrites.differences(original, event)
        if differences:
            self.altered.add(place)
            if len(self.alterations) < SHOWN:
                self.alterations.append(Alteration(place, _placed(chunk, at), differences))

    def _is_labelled(self, place: int) -> bool:
        return place in self._labelled

    def _found(self, chunk: Chunk, at: int, batch: int, sequence: int, place: int, count: int) -> None:
        """Count events that stand in their order."""
        session = self._expectation.batches.session[batch]
        if sequence < self._next[session]:
            self._late(session, sequence, place, count)
        else:
            self._next[session] = sequence + count
        self._pending.extend(range(place, place + count))
        if chunk.received is not None:
            self._time(chunk.received[at : at + count], batch)

    def _late(self, session: int, sequence: int, place: int, count: int) -> None:
        """Count those events that stand behind a later one, unless they are copies."""
        self.settle()
        seen = self.copies
        before = self._next[session] - sequence
        self.out_of_order += sum(place + one not in seen for one in range(min(before, count)))
        self._next[session] = max(self._next[session], sequence + count)

    def _time(self, received: Sequence[int], batch: int) -> None:
        batches = self._expectation.batches
        if batches.status(batch) == "acked":
            ledger = self._expectation.sessions.ledger[batches.session[batch]]
            self.delays.add(received, self._starts[ledger] + batches.answered[batch])

    # --- as something else ----------------------------------------------------------------------------

    def _take_apart(self, chunk: Chunk) -> None:
        expectation, found = self._expectation, self.apart[chunk.kind]
        for at, event in enumerate(chunk.events):
            try:
                ours = self._mids.name(event).ours
            except ValueError as error:
                self._unread(f"{_placed(chunk, at)}: {error}")
                continue
            session = expectation.sessions.place(ours.run, ours.session) if ours else NONE
            place = expectation.place(session, ours.sequence) if ours and session != NONE else NONE
            if place != NONE:
                found.add(place)
            elif ours is None or ours.run not in self._runs:
                self.foreign += 1

    def _of_others(self, event: bytes, name: Name) -> None:
        if self._spawned and name.eid and self._spawned(_mapping(event)):
            self.pipeline_own += 1
        else:
            self.foreign += 1

    def _stray(self, chunk: Chunk, at: int, name: Name, ours: Mid, why: str) -> None:
        self.stray_eids[ours.eid] += 1
        if len(self.strays) < SHOWN:
            self.strays.append(Stray(str(name.mid), ours, _placed(chunk, at), why))

    def _beyond(self, chunk: Chunk, at: int, found: Beyond, original: bytes) -> None:
        key = found.ours.run, found.ours.session, found.ours.sequence
        place = self._beyond_places.get(key, NONE)
        if place == NONE:
            place = self._beyond_places[key] = self._expectation.count + len(self.beyond)
            self.beyond.append(found)
        self._pending.append(place)
        if not self._expectation.labelled_beyond:
            self._compare(chunk, at, place, original)

    def _unread(self, why: str) -> None:
        self.unreadable += 1
        if len(self.unread) < SHOWN:
            self.unread.append(why)


def _placed(chunk: Chunk, at: int) -> str:
    return f"{chunk.place}, event {at:,} from there" if at else chunk.place


def _mapping(event: bytes) -> Mapping[str, Any]:
    """Give an event that is JSON as a mapping; an empty one where it is none."""
    try:
        found = msgspec.json.decode(event)
    except RecursionError:
        return {}
    return found if isinstance(found, dict) else {}
