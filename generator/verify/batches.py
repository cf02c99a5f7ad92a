"""The batches that ledgers speak of, in columns; and the number that each of their events has among all."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import groupby

from generator.delivery.receipt import Status
from generator.errors import UsageError
from generator.ledger.record import Sent
from generator.verify.sessions import NONE

STATUSES: tuple[Status, ...] = ("rejected", "unknown", "acked")
"""The weakest first: a batch that was acked once is acked, whatever other attempts came to."""
_CODES = {status: code for code, status in enumerate(STATUSES)}
_MOST_EVENTS = NONE
_LONGEST = NONE / 1000


class Batches:
    """Batches in the order in which ledgers first speak of them; their events are numbered without a gap.

    Those of one session form a ring, which is walked from the batch that was asked for last: whoever asks in
    their order waits for nothing.

    Attributes:
        session: by batch, the place of its session.
        number: by batch, its number in its session.
        first, events: by batch, the sequence of its first event, and how many there are.
        base: by batch, the number of its first event among all events.
        begun, answered: by batch, in milliseconds since its ledger's start.
        count: how many events there are.
    """

    def __init__(self) -> None:
        self.session, self.number, self.first = array("I"), array("I"), array("I")
        self.events, self.base, self._next = array("I"), array("I"), array("I")
        self.begun, self.answered = array("I"), array("I")
        self._status = array("B")
        self._cursor, self._end = array("I"), array("Q")
        self.count = 0

    def __len__(self) -> int:
        return len(self.number)

    def of_new_session(self) -> None:
        """Make room for the next session, which has no batches yet."""
        self._cursor.append(NONE)
        self._end.append(0)

    def status(self, batch: int) -> Status:
        """Say what became of a batch, over all attempts."""
        return STATUSES[self._status[batch]]

    def at(self, session: int, sequence: int) -> int:
        """Give the batch of a session in which an event stands; `NONE` where it was in none."""
        first, events = self.first, self.events
        batch = start = self._cursor[session]
        while batch != NONE:
            if 0 <= sequence - first[batch] < events[batch]:
                self._cursor[session] = batch
                return batch
            batch = self._next[batch]
            if batch == start:
                break
        return NONE

    def of(self, event: int) -> int:
        """Give the batch of an event by its number among all."""
        return bisect_right(self.base, event) - 1

    def sequence(self, event: int) -> int:
        """Give the sequence of an event by its number among all."""
        batch = self.of(event)
        return self.first[batch] + event - self.base[batch]

    def ranges(self, status: Status) -> Iterator[tuple[int, int]]:
        """Yield the stretches of events, end excluded, whose batches came to this."""
        wanted = _CODES[status]
        batch = 0
        for code, group in groupby(self._status):
            start, batch = batch, batch + sum(1 for _ in group)
            if code == wanted:
                yield self.base[start], self.base[batch] if batch < len(self) else self.count

    def known(self, session: int, sent: Sent) -> int:
        """Give the batch that a record speaks of; `NONE` where nothing was said of it yet."""
        batch = last = self._cursor[session]
        if last == NONE or sent.first >= self._end[session]:
            return NONE
        while self.number[batch] != sent.batch or self.first[batch] != sent.first:
            batch = self._next[batch]
            if batch == last:
                return NONE
        return batch

    def holding(self, session: int, sent: Sent) -> set[int]:
        """Give the batches that hold any of a batch's events already."""
        if sent.first >= self._end[session]:
            return set()
        found = {self.at(session, sequence) for sequence in range(sent.first, sent.first + sent.events)}
        return found - {NONE}

    def add(self, session: int, sent: Sent) -> int:
        """Take down the first attempt of a batch, and give its place."""
        _, number, first, events, _, _, begun, answered, status, _ = sent
        batch, last, count = len(self), self._cursor[session], self.count
        if count + events > _MOST_EVENTS:
            raise UsageError(
                f"more than {_MOST_EVENTS:,} events are judged at once; verify fewer ledgers at a time"
            )
        self.session.append(session)
        self.number.append(number)
        self.first.append(first)
        self.events.append(events)
        self.base.append(count)
        self.begun.append(_milliseconds(begun))
        self.answered.append(_milliseconds(answered))
        self._status.append(_CODES[status])
        self._cursor[session] = batch
        if last == NONE:
            self._next.append(batch)
        else:
            self._next.append(self._next[last])
            self._next[last] = batch
        self._end[session] = max(self._end[session], first + events)
        self.count = count + events
        return batch

    def again(self, batch: int, sent: Sent) -> None:
        """Take down another attempt of a batch."""
        status = _CODES[sent.status]
        if status > self._status[batch]:
            self._status[batch] = status
            self.answered[batch] = _milliseconds(sent.answered)


def _milliseconds(seconds: float) -> int:
    if 0 <= seconds < _LONGEST:
        return int(seconds * 1000 + 0.5)
    return round(_LONGEST * 1000) if seconds > 0 else 0
