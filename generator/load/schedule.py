"""The schedule of a worker in the open model: which batch is due, and when, whatever the endpoint does.

Three kinds, with one face. Sessions arrive (`--arrivals`): each begins at its arrival, and its batches are due as
its story comes to them. Or events flow (`--rate`): batches are due one after the other such that this many events
a second are offered from the first second on, taken in turn from some sessions that are under way.
Or, flat out, whatever can be sent is due.

Senders take turns. A sender takes what is due, sends it, and hands the session back, whose next batch may be
taken only then: so the order inside a session is kept. Where all senders are held up, turns are taken late, with
the time at which they were due; nothing is left out.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from heapq import heappop, heappush
from itertools import count, islice
from math import inf
from typing import NamedTuple, Protocol, Self

from generator.load.metrics.second import LATE_MS
from generator.load.rates.arrivals import Arrivals
from generator.load.session_in_flight import SessionInFlight

UNDER_WAY = 64
"""Sessions among which a flow of events takes turns."""
MOST_TAKEN = 10_000
"""Batches of a flow that are taken at its end to be counted; beyond them the rate alone determines how much was due."""
LAST_MOMENTS = 1.0
"""Seconds before the end in which what is due may come too late to be sent."""


class DueBatch(NamedTuple):
    """A batch that is due.

    Attributes:
        at: when, in seconds since the run began.
        session: whose next batch it is.
        first: when it was due for the first time, if it is sent again; None if it was not sent yet.
    """

    at: float
    session: SessionInFlight
    first: float | None = None


class OverdueBatches(NamedTuple):
    """What was due and not sent.

    Attributes:
        at: when, in seconds since the run began.
        events: how many.
        session: whose they are; None where no session had begun for them.
        batches: in which they would have been sent; of what a rate alone makes due, an estimate.
    """

    at: float
    events: int
    session: int | None = None
    batches: int = 1


Drop = Callable[[float, int, int], None]
"""Called with what was due and not sent: when it was due, its events and its batches."""


class Ending(NamedTuple):
    """How a run ended for the senders of one worker.

    Attributes:
        in_time: what is due from here on need not have been sent before the end, in seconds since the run began.
        late: the same for sessions that were held.
        held: the sessions that waited for the endpoint then: for an answer, or for another attempt.
    """

    in_time: float = inf
    late: float = inf
    held: Collection[int] = frozenset()

    @classmethod
    def of(cls, now: float, free_since: float, held: Collection[int]) -> Self:
        """Return how a run ended.

        What would not have been late yet need not have been sent before the end. If a sender was free, nothing that
        was due since then waited for the endpoint; what was due before the last moments is left out of this.

        Args:
            now: the end, in seconds since the run began.
            free_since: since when a sender had nothing to send; inf if all were busy.
            held: see above.
        """
        late = now - LATE_MS / 1000
        return cls(max(min(free_since, late), now - LAST_MOMENTS), late, held)


class UnsentCounts(NamedTuple):
    """What was not sent: dropped, or unsent since the end came first.

    Attributes:
        dropped_events, dropped_sessions: what was due, and should have been sent before the end.
        unsent_events, unsent_sessions: what was not due yet, or only in the last moments.
        offered_until: when the first of what is unsent was due, in seconds since the run began; inf if none was.
    """

    dropped_events: int
    dropped_sessions: int
    unsent_events: int
    unsent_sessions: int
    offered_until: float = inf


class SessionStarter(Protocol):
    """What begins a session, see `Schedule`."""

    def __call__(self, at: float, *, is_past: bool) -> SessionInFlight | None:
        """Begin a session at an instant; None where none may begin now."""


class ArrivalProcess(Protocol):
    """When sessions begin, see `Arrivals`."""

    due: float

    @property
    def next_at(self) -> float:
        """When to look next."""

    def next(self, size: float = 1.0) -> float:
        """Return when the next one begins."""

    def set_share(self, share: float, now: float) -> float:
        """Change this worker's part."""

    @property
    def shares(self) -> list[tuple[float, float]]:
        """This worker's parts of the rate so far."""

    def is_over(self, now: float) -> bool:
        """Whether none will begin any more."""


class Schedule(Protocol):
    """What senders take their turns from."""

    @property
    def next_at(self) -> float:
        """When the next turn is due, in seconds since the run began; inf where nothing is in sight."""

    @property
    def is_over(self) -> bool:
        """Whether no turn will come any more but from sessions that are handed back."""

    def take(self, until: float) -> DueBatch | None:
        """Take the first turn that is due by an instant; None where none is."""

    def hand_back(self, session: SessionInFlight) -> None:
        """Hand a session back after its batch was sent."""

    def overdue(self, until: float) -> Iterator[OverdueBatches]:
        """Take all that is due by an instant, in order to give it up."""

    def rest(self) -> list[SessionInFlight]:
        """Return the sessions that were begun, and have batches which are not due yet."""


class SessionSchedule:
    """Sessions arrive, and each keeps its own time.

    Args:
        arrivals: when, one unit a session.
        begin: makes the session that arrives.
        is_used_up: whether no further session may begin.
        speed: how much faster than in the story its batches follow each other.
    """

    def __init__(
        self,
        arrivals: ArrivalProcess,
        begin: SessionStarter,
        is_used_up: Callable[[], bool],
        speed: float = 1.0,
    ) -> None:
        self._arrivals, self._begin, self._is_used_up, self._speed = arrivals, begin, is_used_up, speed
        self._heap: list[tuple[float, int, SessionInFlight]] = []
        self._order = count()
        self._has_ended = False
        arrivals.next()

    @property
    def next_at(self) -> float:
        """When the next batch or session is due, or the last could have been."""
        first = self._heap[0][0] if self._heap else inf
        return first if self._has_ended or self._is_used_up() else min(first, self._arrivals.next_at)

    @property
    def is_over(self) -> bool:
        """Whether nothing arrives any more, and nothing waits."""
        return not self._heap and (self._has_ended or self._is_used_up())

    def take(self, until: float) -> DueBatch | None:
        """Begin the sessions that should have arrived, and take what is due first."""
        while self._arrivals.due <= until and not self._is_used_up():
            session = self._begin(self._arrivals.due, is_past=False)
            if session is None:
                break
            self._arrivals.next()
            self.hand_back(session)
        self._has_ended = self._arrivals.is_over(until)
        if self._heap and self._heap[0][0] <= until:
            at, _, session = heappop(self._heap)
            return DueBatch(at, session)
        return None

    def hand_back(self, session: SessionInFlight) -> None:
        """Put a session's next batch where its time is."""
        if not session.is_over:
            at = session.begun + session.due / self._speed
            heappush(self._heap, (at, next(self._order), session))

    def overdue(self, until: float) -> Iterator[OverdueBatches]:
        """Take every batch."""
        return _each(self, until)

    def rest(self) -> list[SessionInFlight]:
        """Return the sessions under way."""
        return [session for _, _, session in self._heap]


class EventSchedule:
    """Events flow at a rate.

    Args:
        arrivals: when, one unit an event.
        begin: makes a session whose story lies in the past.
        is_used_up: whether no further session may begin.
        is_endless: whether there is always one more session.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        begin: SessionStarter,
        is_used_up: Callable[[], bool],
        *,
        is_endless: bool = False,
    ) -> None:
        self._arrivals, self._begin, self._is_used_up = arrivals, begin, is_used_up
        self._is_endless = is_endless
        self._waiting: deque[SessionInFlight] = deque()
        self._next: SessionInFlight | None = None
        self._is_refused = self._has_ended = False

    @property
    def next_at(self) -> float:
        """When the next batch is due, would be if leave were there to begin a session, or the last could have been."""
        is_in_sight = self._next or self._arrivals.due == inf or (self._is_refused and not self._is_used_up())
        return self._arrivals.next_at if is_in_sight and not self._has_ended else inf

    @property
    def is_over(self) -> bool:
        """Whether nothing flows any more."""
        return self._has_ended or not (self._next or self._waiting or not self._is_used_up())

    def take(self, until: float) -> DueBatch | None:
        """Take the next batch of the session that waits longest, or the first of a new one."""
        session = self._next
        if session is None:
            session = self._next = self._choose()
            if session:
                self._arrivals.next(session.events)
        self._has_ended = self._arrivals.is_over(until)
        if session is None:
            return None
        # Asked for only now: where senders come or go, it is due at another time.
        at = self._arrivals.due
        if at > until:
            return None
        self._next = None
        return DueBatch(at, session)

    def _choose(self) -> SessionInFlight | None:
        after = self._arrivals.due
        if after == inf:
            # A batch was taken a little early, and the share went before its time came: so none comes after it.
            return None
        self._is_refused = False
        if len(self._waiting) < UNDER_WAY and not self._is_used_up():
            fresh = self._begin(after, is_past=True)
            if fresh:
                return fresh
            self._is_refused = True
        return self._waiting.popleft() if self._waiting else None

    def hand_back(self, session: SessionInFlight) -> None:
        """Put a session last among those that wait for their next turn."""
        if not session.is_over:
            self._waiting.append(session)

    def overdue(self, until: float) -> Iterator[OverdueBatches]:
        """Take batches, though not millions of them: of what a rate alone makes due, no session need begin."""
        batches = events = 0
        for one in _each(self, until, MOST_TAKEN if self._is_endless else None):
            batches, events = batches + 1, events + one.events
            yield one
        if self._is_endless:
            size = events / batches if batches else 1.0
            for at, some in self._arrivals.skip(until):
                yield OverdueBatches(at, some, batches=max(1, round(some / size)))

    def rest(self) -> list[SessionInFlight]:
        """Return the sessions that have begun; the one that would begin next has not."""
        begun = [*self._waiting, *([self._next] if self._next else [])]
        return [session for session in begun if session.has_begun]


def close(schedule: Schedule, now: float, drop: Drop, ending: Ending) -> UnsentCounts:
    """Offer nothing more; what is due by now and was not sent is taken once more, to be counted.

    What should have been sent before was dropped, and with it all that was due later: senders were behind.
    If nothing is of that kind, only the end has kept the rest from being sent.

    Args:
        schedule: what is closed.
        now: the end, in seconds since the run began.
        drop: called with all that was dropped.
        ending: how the run ended for the senders.
    """
    dropped, unsent = _Sum(), _Sum()
    is_behind, until = False, inf
    for one in schedule.overdue(now):
        is_held = one.session in ending.held
        # What comes first is due first, but for sessions that were held.
        is_behind |= one.at < ending.in_time and not is_held
        if is_behind or (is_held and one.at < ending.late):
            drop(one.at, one.events, one.batches)
            dropped.add(one.events, one.session)
        else:
            unsent.add(one.events, one.session)
            until = until if is_held else min(until, one.at)
    for session in schedule.rest():
        unsent.add(session.left, session.number)
    return UnsentCounts(dropped.events, len(dropped.sessions), unsent.events, len(unsent.sessions), until)


class _Sum:
    """Events, and the sessions they are of."""

    def __init__(self) -> None:
        self.events = 0
        self.sessions: set[int] = set()

    def add(self, events: int, session: int | None) -> None:
        """Add events of a session; None if none had begun for them."""
        self.events += events
        if session is not None:
            self.sessions.add(session)


def _each(schedule: Schedule, until: float, most: int | None = None) -> Iterator[OverdueBatches]:
    """Take what is due by an instant, batch by batch, and at most `most` of them."""
    for turn in islice(iter(lambda: schedule.take(until), None), most):
        session = turn.session
        yield OverdueBatches(turn.at, session.events, session.number)
        session.go_on()
        schedule.hand_back(session)
