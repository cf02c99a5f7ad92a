"""The schedule of a worker in the open model: which batch is due, and when, whatever the endpoint does.

Two kinds, with one face. Sessions arrive (`--arrivals`): each begins at its arrival, and its batches are due as
its story comes to them. Or events flow (`--rate`): batches are due one after the other such that so many events
a second are offered from the first second on, taken in turn from some sessions that are under way.

Senders take turns. A sender takes what is due, sends it, and hands the session back, whose next batch may be
taken only then: so the order inside a session is kept. Where all senders are held up, turns are taken late, with
the time at which they were due; nothing is left out.
"""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Any, NamedTuple, Protocol

from generator.delivery.contracts import Request
from generator.load.parcel import Model, Parcel
from generator.load.rate.arrivals import Arrivals

UNDER_WAY = 64
"""Sessions among which a flow of events takes turns."""


class Outgoing(Protocol):
    """A session that is being sent, batch by batch.

    Attributes:
        begun: when its first batch could be due, in seconds since the run began.
        head: what its requests have in common, kept here by whoever sends them.
        tries: how often its next batch was sent already.
    """

    begun: float
    head: Any
    tries: int

    @property
    def scenario(self) -> str:
        """Whose story it is, as latencies and sessions are counted."""

    @property
    def number(self) -> int:
        """The session's number."""

    @property
    def has_begun(self) -> bool:
        """Whether any of its batches was sent."""

    @property
    def is_over(self) -> bool:
        """Whether there is no batch left."""

    @property
    def events(self) -> int:
        """How many events its next batch has."""

    @property
    def due(self) -> float:
        """Seconds of story from its beginning until its next batch is due."""

    @property
    def left(self) -> int:
        """How many events were not sent yet."""

    def parcel(self) -> Parcel:
        """Make its next batch."""

    def go_on(self) -> None:
        """Go on to the batch after it."""

    def request(self) -> Request:
        """Give what its requests have in common, without a body."""

    def model(self) -> Model | None:
        """Give the request after which this session's is made; None where each session has its own."""


class Turn(NamedTuple):
    """A batch that is due.

    Attributes:
        at: when, in seconds since the run began.
        session: whose next batch it is.
    """

    at: float
    session: Outgoing


class Left(NamedTuple):
    """What was due before the end and was not sent, and what was not due yet: events, and the sessions they are of."""

    dropped_events: int
    dropped_sessions: int
    unsent_events: int
    unsent_sessions: int


class Begin(Protocol):
    """What begins a session, see `Schedule`."""

    def __call__(self, at: float, *, is_past: bool) -> Outgoing | None:
        """Begin a session at an instant; None where none may begin now."""


class Schedule(Protocol):
    """What senders take their turns from."""

    @property
    def next_at(self) -> float:
        """When the next turn is due, in seconds since the run began; inf where nothing is in sight."""

    @property
    def is_over(self) -> bool:
        """Whether no turn will come any more but from sessions that are handed back."""

    def take(self, until: float) -> Turn | None:
        """Take the first turn that is due by an instant; None where none is."""

    def hand_back(self, session: Outgoing) -> None:
        """Hand a session back after its batch was sent."""

    def rest(self) -> list[Outgoing]:
        """Give the sessions that were begun, and have batches which are not due yet."""


class SessionSchedule:
    """Sessions arrive, and each keeps its own time.

    Args:
        arrivals: when, one unit a session.
        begin: makes the session that arrives.
        is_used_up: whether no further session may begin.
        speed: how much faster than in the story its batches follow each other.
    """

    def __init__(
        self, arrivals: Arrivals, begin: Begin, is_used_up: Callable[[], bool], speed: float = 1.0
    ) -> None:
        self._arrivals, self._begin, self._is_used_up, self._speed = arrivals, begin, is_used_up, speed
        self._heap: list[tuple[float, int, Outgoing]] = []
        self._order = count()
        arrivals.next()

    @property
    def next_at(self) -> float:
        """When the next batch or session is due."""
        first = self._heap[0][0] if self._heap else inf
        return first if self._is_used_up() else min(first, self._arrivals.due)

    @property
    def is_over(self) -> bool:
        """Whether nothing arrives any more, and nothing waits."""
        return not self._heap and (self._is_used_up() or self._arrivals.is_over)

    def take(self, until: float) -> Turn | None:
        """Let the sessions arrive that should have, and take what is due first."""
        while self._arrivals.due <= until and not self._is_used_up():
            session = self._begin(self._arrivals.due, is_past=False)
            if session is None:
                break
            self._arrivals.next()
            self.hand_back(session)
        if self._heap and self._heap[0][0] <= until:
            at, _, session = heappop(self._heap)
            return Turn(at, session)
        return None

    def hand_back(self, session: Outgoing) -> None:
        """Put a session's next batch where its time is."""
        if not session.is_over:
            at = session.begun + session.due / self._speed
            heappush(self._heap, (at, next(self._order), session))

    def rest(self) -> list[Outgoing]:
        """Give the sessions under way."""
        return [session for _, _, session in self._heap]


class EventSchedule:
    """Events flow at a rate.

    Args:
        arrivals: when, one unit an event.
        begin: makes a session whose story lies in the past.
        is_used_up: whether no further session may begin.
    """

    def __init__(self, arrivals: Arrivals, begin: Begin, is_used_up: Callable[[], bool]) -> None:
        self._arrivals, self._begin, self._is_used_up = arrivals, begin, is_used_up
        self._waiting: deque[Outgoing] = deque()
        self._next: Outgoing | None = None

    @property
    def next_at(self) -> float:
        """When the next batch is due."""
        return self._arrivals.due if self._next else inf

    @property
    def is_over(self) -> bool:
        """Whether nothing flows any more."""
        if self._next:
            return self._arrivals.is_over
        return not self._waiting and self._is_used_up()

    def take(self, until: float) -> Turn | None:
        """Take the next batch of the session that waits longest, or the first of a new one."""
        session = self._next
        if session is None:
            session = self._next = self._choose()
            if session is None:
                return None
            self._arrivals.next(session.events)
        # Asked for only now: where senders come or go, it is due at another time.
        at = self._arrivals.due
        if at > until:
            return None
        self._next = None
        return Turn(at, session)

    def _choose(self) -> Outgoing | None:
        if len(self._waiting) < UNDER_WAY and not self._is_used_up():
            fresh = self._begin(max(0.0, self._arrivals.due), is_past=True)
            if fresh:
                return fresh
        return self._waiting.popleft() if self._waiting else None

    def hand_back(self, session: Outgoing) -> None:
        """Let a session wait for its next turn."""
        if not session.is_over:
            self._waiting.append(session)

    def rest(self) -> list[Outgoing]:
        """Give the sessions that have begun; the one that would begin next has not."""
        begun = [*self._waiting, *([self._next] if self._next else [])]
        return [session for session in begun if session.has_begun]


def close(schedule: Schedule, now: float, drop: Callable[[float, int], None]) -> Left:
    """Offer nothing more; what is due by now and was not sent is taken once more, to be counted.

    Args:
        schedule: what is closed.
        now: the end, in seconds since the run began.
        drop: hears of every batch that was due: when, and of how many events.
    """
    dropped = 0
    sessions: set[int] = set()
    while turn := schedule.take(now):
        session = turn.session
        drop(turn.at, session.events)
        dropped += session.events
        sessions.add(session.number)
        session.go_on()
        schedule.hand_back(session)
    rest = schedule.rest()
    return Left(dropped, len(sessions), sum(session.left for session in rest), len(rest))
