"""The offered load of one worker in the open model: sessions begun, their batches due whatever the endpoint does.

How a session is dated. Where sessions arrive, as a learner's who plays live: its batches are due as its story
comes to them, and at another speed than life's it is dated such that it ends when its last batch is due. Where
events flow at a rate, its story lies in the past, as on a phone that was offline: it ended when its first batch
was due. So no event is dated after its sending, and a source's time never goes back.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import ceil, inf

from generator.load.rates.arrivals import Arrivals
from generator.load.rates.lease import RateLease
from generator.load.rates.profile import Profile
from generator.load.schedule import (
    ArrivalProcess,
    Drop,
    DueBatch,
    Ending,
    EventSchedule,
    Schedule,
    SessionSchedule,
    UnsentCounts,
    close,
)
from generator.load.session_in_flight import SessionInFlight
from generator.load.settings import Settings
from generator.load.template.pool import TemplatePool
from generator.load.template.stamp import StampIdentity, Template
from generator.load.template.stamped_session import StampedSession
from generator.load.worker_partition import WorkerPartition


class OpenLoad:
    """What one worker offers.

    Args:
        schedule: what is due, and when.
        arrivals: what determines it, and changes with this worker's part of the rate; None if senders decide all.
        pool: the templates; None where none are stamped.
        on_sent: called with every session after a batch of it was sent.
    """

    def __init__(
        self, schedule: Schedule, arrivals: ArrivalProcess | None, pool: TemplatePool | None = None,
        on_sent: Callable[[SessionInFlight], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._pool = pool
        self._schedule, self._arrivals, self._on_sent = schedule, arrivals, on_sent
        # If no rate is divided, there is nothing to wait for.
        self._since, self._until = -1.0, inf
        self._taken = 0
        self._again: list[tuple[float, int, SessionInFlight, float | None]] = []
        self._order = count()
        self._free_since, self._is_stopped = inf, False
        self._held: set[int] = set()

    @property
    def pool(self) -> TemplatePool:
        """The templates, where any are stamped."""
        assert self._pool is not None  # noqa: S101  asked for only there
        return self._pool

    @property
    def is_over(self) -> bool:
        """Whether all that it will ever offer was sent."""
        return not self._taken and not self._again and self._schedule.is_over

    @property
    def next_at(self) -> float:
        """When the next turn is due, see `Schedule.next_at`; inf for what is due only after the lease has ended."""
        due = self._schedule.next_at
        if due > self._until:
            due = inf
        return min(due, self._again[0][0]) if self._again else due

    def grant(self, lease: RateLease) -> None:
        """Take this worker's part of the rate; a lease that is known already is extended."""
        if self._arrivals is None:
            return
        if lease.since > self._since:
            if lease.since > self._until:
                # In between the rate was not its own.
                self._arrivals.set_share(0.0, self._until)
            self._arrivals.set_share(lease.share, lease.since)
            self._since = lease.since
        self._until = lease.until

    @property
    def leased_until(self) -> float:
        """When this worker's part of the rate ends unless it is extended, in seconds since sending started."""
        return self._until

    def shares(self, now: float) -> list[tuple[float, float]]:
        """Return this worker's parts of the rate until now, see `adherence.Shares`."""
        if self._arrivals is None:
            return []
        end = min(now, self._until)
        return [*(one for one in self._arrivals.shares if one[0] < end), (end, 0.0)]

    def take(self, until: float) -> DueBatch | None:
        """Take the first turn that is due by an instant, see `Schedule.take`."""
        turn = self._take_again(until) or self._schedule.take(min(until, self._until))
        if turn:
            self._taken += 1
        return turn

    def _take_again(self, until: float) -> DueBatch | None:
        if self._again and self._again[0][0] <= until:
            at, _, session, first = heappop(self._again)
            return DueBatch(at, session, first)
        return None

    def send_again(self, session: SessionInFlight, at: float, first: float) -> None:
        """Schedule a session's batch to be sent again, unchanged; those after it wait.

        Args:
            session: whose batch was not acknowledged.
            at: when, in seconds since the run began.
            first: when it was due for the first time: its response counts from there.
        """
        session.tries += 1
        self.send_next(session, at, first)

    def send_next(self, session: SessionInFlight, at: float, first: float | None = None) -> None:
        """Schedule a session's next batch before all that is due, such as a fault that repeats the last one.

        Args:
            session: whose batch was sent.
            at: when, in seconds since the run began.
            first: see `DueBatch`.
        """
        self._taken -= 1
        heappush(self._again, (at, next(self._order), session, first))

    def hand_back(self, session: SessionInFlight) -> None:
        """Hand a session back after its batch was sent, or was not."""
        self._taken -= 1
        if self._is_stopped:
            self._held.add(session.number)
        self._on_sent(session)
        self._schedule.hand_back(session)

    def stop(self, free_since: float) -> None:
        """Note that the run ends; sessions that are handed back from now on were held by the endpoint.

        Args:
            free_since: see `Ending.of`.
        """
        self._free_since, self._is_stopped = free_since, True

    def close(self, now: float, drop: Drop) -> UnsentCounts:
        """Offer nothing more, and return what is left, see `schedule.close`."""
        for _, _, session, _ in self._again:
            self._held.add(session.number)
            session.go_on()
            self._schedule.hand_back(session)
        self._again.clear()
        now = min(now, self._until)
        return close(self._schedule, now, drop, Ending.of(now, self._free_since, self._held))


Make = Callable[[Template, StampIdentity, int, float], StampedSession]
"""What makes a session that is being sent, see `StampedSession`."""


class TemplateSessions:
    """Begins sessions: templates, stamped.

    Args:
        settings: the run's.
        pool: the templates.
        run: the run in every mid.
        lane: which sessions are this worker's.
        may_begin: takes leave for one more session; False where none is to be had now.
        started: gives when sending started, in milliseconds since 1970.
        make: makes the sessions.
    """

    def __init__(
        self, settings: Settings, pool: TemplatePool, run: int, lane: WorkerPartition, may_begin: Callable[[], bool],
        started: Callable[[], float], make: Make = StampedSession,
    ) -> None:  # fmt: skip
        self._pool, self._run, self._lane, self._make = pool, run, lane, make
        self._may_begin, self._started, self._speed = may_begin, started, settings.speed

    def begin(self, at: float, *, is_past: bool) -> StampedSession | None:
        """Begin a session, see `Begin`."""
        if not self._may_begin():
            return None
        template = self._pool.draw()
        session = self._lane.session(self._run)
        span = template.span
        spared = span if is_past else max(0.0, span - span / self._speed)
        t0 = int(self._started() + at * 1000) - ceil(spared * 1000)
        return self._make(template, self._pool.who(template, self._run, session), t0, at)


def stamped_load(
    settings: Settings, profile: Profile, offered: str, pool: TemplatePool, run: int, lane: WorkerPartition,
    may_begin: Callable[[], bool], is_used_up: Callable[[], bool], started: Callable[[], float],
    make: Make = StampedSession,
) -> OpenLoad:  # fmt: skip
    """Make the offer of a worker that stamps templates, see `TemplateSessions`.

    Args:
        settings: the run's.
        profile: the rate.
        offered: what it counts: rate (events) or arrivals (sessions).
        pool: the templates.
        run: the run in every mid.
        lane: which sessions are this worker's.
        may_begin: takes leave for one more session; False where none is to be had now.
        is_used_up: whether none will be had any more.
        started: gives when sending started, in milliseconds since 1970.
        make: makes the sessions.
    """
    begin = TemplateSessions(settings, pool, run, lane, may_begin, started, make).begin
    arrivals = arrivals_of(settings, profile, lane.index)
    schedule: Schedule = (
        EventSchedule(arrivals, begin, is_used_up, is_endless=not settings.sessions)
        if offered == "rate"
        else SessionSchedule(arrivals, begin, is_used_up, settings.speed)
    )
    return OpenLoad(schedule, arrivals, pool)


def arrivals_of(settings: Settings, profile: Profile, worker: int) -> Arrivals:
    """Return a worker's arrivals; they are none until it is given its part of the rate."""
    phase = (worker * _GOLDEN) % 1
    return Arrivals(
        profile, settings.arrival_process, settings.seed, "arrivals", worker, share=0.0, phase=phase
    )


_GOLDEN = 0.6180339887498949
"""Its multiples lie evenly between 0 and 1, however many there are."""
