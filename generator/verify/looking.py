"""Looking at what a sink holds, and holding it against what was expected of it, event by event."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from generator.spec.identity import Mid
from generator.verify.alignment import UnclearError, align
from generator.verify.content import Rewrites
from generator.verify.expectation import Expectation
from generator.verify.mids import Mids, Name
from generator.verify.noticed import Beyond
from generator.verify.originals import Originals
from generator.verify.patterns import Patterns
from generator.verify.presence import Presence
from generator.verify.seen import Seen
from generator.verify.sent_batches import SentBatches
from generator.verify.sessions import NONE
from generator.verify.shared_ids import SharedIds
from generator.verify.sink.message import events_in
from generator.verify.sink.sink import Chunk, Text
from generator.verify.stretches import Stretches

_EXCERPT = 60


class Looking:
    """Looks at one sink.

    Args:
        expectation: what was sent.
        originals: what contents are compared with; None where they are not.
        rewrites: by ledger, tells how an event differs.
        spawned: whether an event that is none of ours is the pipeline's own.

    Attributes:
        seen: what was seen so far.
        shared: which contents of shared ids were found; None if contents are not compared.
    """

    def __init__(
        self, expectation: Expectation, originals: Originals | None, rewrites: Sequence[Rewrites],
        spawned: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> None:  # fmt: skip
        self._expectation, self._originals = expectation, originals
        self._rewrites, self._spawned = rewrites, spawned
        self._mids, self._runs = Mids(), expectation.runs
        self._changed = expectation.changed
        self._marks = [b"%08x" % run for run in self._runs]
        self.seen = Seen(expectation)
        self.shared = SharedIds(expectation, originals, rewrites) if originals else None
        self._presence = Presence(expectation, self._mids, self.seen)
        sent = originals and SentBatches(expectation, originals, self.seen, self._changed)
        length = sent.length if sent else Patterns(expectation).length
        self._stretches = Stretches(expectation, length, self._mids, self.seen, self._take_text)

    def take(self, part: Chunk | Text) -> None:
        """Look at some events."""
        if isinstance(part, Text):
            self._stretches.take(part)
        else:
            self._take(part)

    def _take_text(self, text: Text, number: int) -> None:
        if self._originals:
            self._take(text.part(text.data, number))
        else:
            self._presence.take(text, number, self._take_each)

    def _take(self, chunk: Chunk) -> None:
        if chunk.kind != "accepted" or self._originals:
            self._take_each(chunk)
            return
        self._note(chunk)
        self._presence.take_events(chunk, lambda start, end: self._each(chunk, start, end))

    def _take_each(self, chunk: Chunk) -> None:
        """Look at events one by one, but for those that stand there as a batch has them."""
        self._note(chunk)
        if chunk.kind != "accepted":
            self._take_apart(chunk)
        else:
            self._each(chunk, 0, len(chunk.events))

    def _note(self, chunk: Chunk) -> None:
        self.seen.hear(chunk)
        self.seen.events += len(chunk.events)

    def _each(self, chunk: Chunk, start: int, end: int) -> None:
        at = start
        while at < end:
            at += self._neighbours(chunk, at) or self._one(chunk, at)

    # --- neighbours -----------------------------------------------------------------------------------

    def _neighbours(self, chunk: Chunk, at: int) -> int:
        """Take what stands there of one batch as it was sent, and give how many events; 0 for none."""
        name = self._mids.front(chunk.events[at]) if self._originals else None
        if name is None or name.ours is None:
            return 0
        session = self._expectation.sessions.place(name.ours.run, name.ours.session)
        batch = NONE if session == NONE else self._expectation.batches.at(session, name.ours.sequence)
        if batch == NONE:
            return 0
        count = self._as_sent(chunk, at, batch, name.ours)
        if count:
            self._found(chunk, at, batch, name.ours.sequence, count)
        return count

    def _as_sent(self, chunk: Chunk, at: int, batch: int, ours: Mid) -> int:
        """Count the events that stand there as a batch has them."""
        assert self._originals is not None  # noqa: S101  asked only where contents are compared
        sent = self._originals.rest(batch, ours.sequence - self._expectation.batches.first[batch])
        events = chunk.events
        if not sent or sent[0] != events[at]:
            return 0
        group = events[at : at + len(sent)]
        if sent == group:
            return len(sent)
        pairs = enumerate(zip(sent, group, strict=False))
        return next((place for place, (one, other) in pairs if one != other), len(group))

    def _found(self, chunk: Chunk, at: int, batch: int, sequence: int, count: int) -> None:
        """Count events that stand there in their order; those that came at one time together."""
        batches, received = self._expectation.batches, chunk.received
        event = batches.base[batch] + sequence - batches.first[batch]
        self.seen.compared += count - self._damaged(event, count)
        if received is None or received[at : at + count].count(received[at]) == count:
            self.seen.found.mark(batch, sequence, event, count, received[at] if received else None)
            return
        for one in range(count):
            self.seen.found.mark(batch, sequence + one, event + one, 1, received[at + one])

    def _damaged(self, event: int, count: int) -> int:
        """Count the events of a stretch that were sent with another content on purpose."""
        return int(self._changed.range_cardinality(event, event + count)) if self._changed else 0

    # --- one by one -----------------------------------------------------------------------------------

    def _one(self, chunk: Chunk, at: int) -> int:
        """Take one event, whatever it is."""
        event = chunk.events[at]
        try:
            self._named(chunk, at, event, self._mids.name(event))
        except ValueError as error:
            if not self._several(chunk, at):
                self.seen.fail_to_read(f"{chunk.placed(at)}: {error}", len(event))
            self.seen.events -= 1
        return 1

    def _several(self, chunk: Chunk, at: int) -> bool:
        """Take the events of what only looked like a single one; return whether there are any."""
        event = chunk.events[at]
        try:
            inside = events_in(event)
        except ValueError:
            return False
        if inside == [event]:
            return False
        received = None if chunk.received is None else [chunk.received[at]] * len(inside)
        lines = [chunk.lines[at]] * len(inside) if chunk.lines else ()
        self._take(chunk._replace(
            events=inside, received=received, lines=lines, place=chunk.place if lines else chunk.placed(at),
            unreadable=(), notes=(), trimmed=(),
        ))  # fmt: skip
        return True

    def _named(self, chunk: Chunk, at: int, event: bytes, name: Name) -> None:
        ours, expectation = name.ours, self._expectation
        if ours is None or ours.run not in self._runs:
            self._of_others(chunk, at, event, name)
            return
        session = expectation.sessions.place(ours.run, ours.session)
        original = self._original(session, ours.sequence)
        if original != event:
            # Read to its end: only what is whole is an event, and of two mids the last one counts.
            again = self._mids.whole(event)
            if again.mid != name.mid:
                self._named(chunk, at, event, again)
                return
        place = NONE if session == NONE else expectation.place(session, ours.sequence)
        if place == NONE and self._is_unsent(chunk, at, name, session):
            return
        if place in self._changed:
            # Sent with another content on purpose: found is all that it can be.
            self._mark(chunk, at, place, ours.sequence)
        elif self._is_misnamed(name, ours, original):
            why = "another eid than this event of its session has"
            self.seen.stray(str(name.mid), ours, chunk.placed(at), why)
        else:
            said = self._aligned(chunk, at, original, event)
            if said is None:
                return
            if place != NONE:
                self._mark(chunk, at, place, ours.sequence)
                self._compare(chunk, at, place, session, original, said)
                return
            place = self.seen.go_beyond(Beyond(str(name.mid), ours, session))
            if not expectation.labelled_beyond:
                self._compare(chunk, at, place, session, original, said)

    def _is_unsent(self, chunk: Chunk, at: int, name: Name, session: int) -> bool:
        """Take down an event that no ledger can have sent, and return whether it is one."""
        ours, expectation = name.ours, self._expectation
        assert ours is not None  # noqa: S101  asked only of events of the runs
        absent = expectation.absent_sender(ours.run, ours.session) if session == NONE else ""
        if absent:
            self.seen.without_ledger[absent] += 1
            return True
        if expectation.may_have_sent(ours.run, ours.session):
            return False
        never = "its session was never begun"
        why = never if session == NONE else "its session has no such event, or never sent it"
        self.seen.stray(str(name.mid), ours, chunk.placed(at), why)
        return True

    def _aligned(self, chunk: Chunk, at: int, original: bytes, event: bytes) -> bytes | None:
        """Undo what the sink's layout did to an event; None if it cannot be understood."""
        if not original or original == event:
            return event
        try:
            return align(original, event, chunk.layout)
        except UnclearError as error:
            self.seen.fail_to_read(f"{chunk.placed(at)}: {error}", len(event))
            self.seen.events -= 1
            return None

    def _mark(self, chunk: Chunk, at: int, place: int, sequence: int) -> None:
        received = chunk.received[at] if chunk.received is not None else None
        self.seen.found.mark(self._expectation.batch(place), sequence, place, 1, received)

    def _original(self, session: int, sequence: int) -> bytes:
        return self._originals.text(session, sequence) if self._originals and session != NONE else b""

    def _is_misnamed(self, name: Name, ours: Mid, original: bytes) -> bool:
        """Tell whether the eid in the mid is not the one that was sent there."""
        if original:
            return self._mids.name(original).mid != name.mid
        return bool(name.eid != ours.eid)

    def _compare(
        self, chunk: Chunk, at: int, place: int, session: int, original: bytes, event: bytes
    ) -> None:
        if not self._originals:
            return
        if not original or not chunk.layout.has_contents:
            self.seen.not_compared += 1
            self.seen.has_contents &= chunk.layout.has_contents
            return
        self.seen.compared += 1
        if original == event:
            self._record(place, original)
            return
        rewrites = self._rewrites[self._expectation.sessions.ledger[session]]
        received = chunk.received[at] if chunk.received is not None else None
        posted = self._expectation.posted(place)
        differences = rewrites.differences(original, event, posted, received)
        same = self._another(session, event, posted, received) if differences else original
        if same:
            self._record(place, same)
        else:
            self.seen.alter(
                place,
                chunk.placed(at),
                differences,
                lambda: rewrites.stage_of(original, event, posted, received),
            )

    def _record(self, place: int, original: bytes) -> None:
        if self.shared:
            self.shared.record(place, original)

    def _another(self, session: int, event: bytes, posted: float | None, received: float | None) -> bytes:
        """Return the other event with the same id that was found; b"" if none was sent with this content."""
        ours = self._mids.name(event).ours
        if not self._originals or not ours:
            return b""
        rewrites = self._rewrites[self._expectation.sessions.ledger[session]]
        others = (text for _, text in self._originals.copies(session, ours.sequence))
        return next((one for one in others if not rewrites.differences(one, event, posted, received)), b"")

    def _of_others(self, chunk: Chunk, at: int, event: bytes, name: Name) -> None:
        if name.eid is None and name.mid is None:
            self._not_an_event(chunk, at, event)
            return
        if any(mark in event for mark in self._marks):
            self._mids.whole(event)  # one of ours may stand behind it
        if self._spawned and name.eid and self._spawned(_mapping(event)):
            self.seen.pipeline_own += 1
        else:
            self.seen.foreign += 1

    def _not_an_event(self, chunk: Chunk, at: int, event: bytes) -> None:
        """Take down JSON that nobody's events look like: what it holds is not known."""
        excerpt = event[:_EXCERPT].decode(errors="replace")
        size = len(event) if chunk.kind == "accepted" else 0
        self.seen.fail_to_read(
            f"{chunk.placed(at)}: is not an event, it has neither eid nor mid: {excerpt}", size
        )
        self.seen.events -= 1

    # --- as something else ----------------------------------------------------------------------------

    def _take_apart(self, chunk: Chunk) -> None:
        expectation, found = self._expectation, self.seen.apart[chunk.kind]
        for at, event in enumerate(chunk.events):
            try:
                name = self._mids.whole(event)
            except ValueError as error:
                self.seen.fail_to_read(f"{chunk.placed(at)}: {error}", 0)
                self.seen.events -= 1
                continue
            ours = name.ours
            session = expectation.sessions.place(ours.run, ours.session) if ours else NONE
            place = expectation.place(session, ours.sequence) if ours and session != NONE else NONE
            if place != NONE:
                found.add(place)
            elif name.eid is None and name.mid is None:
                self._not_an_event(chunk, at, event)
            elif ours is None or ours.run not in self._runs:
                self.seen.foreign += 1


def _mapping(event: bytes) -> Mapping[str, Any]:
    """Give an event that is JSON as a mapping; an empty one where it is none."""
    try:
        found = msgspec.json.decode(event)
    except RecursionError:
        return {}
    return found if isinstance(found, dict) else {}
