"""How a run stands: all that is known of it now."""

from collections.abc import Sequence
from typing import NamedTuple

from generator.load.checks.check import CheckResult
from generator.load.checks.saturation import Limits
from generator.load.counters import RunCounters
from generator.load.metrics.latencies import Latencies
from generator.load.metrics.second import Second
from generator.load.monitor.time_series import Point
from generator.load.rates.profile import Profile


class RequestedRate(NamedTuple):
    """What the open model is asked for.

    Attributes:
        unit: of the profile: rate (events) or arrivals (sessions).
    """

    profile: Profile
    unit: str

    def between(self, start: float, end: float) -> float:
        """Return how many units a second fall due from one instant to another, on the average."""
        return (self.profile.area(end) - self.profile.area(start)) / (end - start) if end > start else 0.0


class RunSnapshot(NamedTuple):
    """A run at one instant.

    Attributes:
        elapsed: seconds since its start, or until its end.
        planned: how many seconds it will take; None if unknown.
        is_open: whether batches are due independent of the endpoint; else no batch is late.
        asked: the rate; None without one.
        end: how many whole seconds are over; the last of them is `last`, the last ten, or as many as there are, `ten`.
        whole: all that are over.
        minute: what is drawn of the last sixty.
        tally: counts of all workers, as they last reported them.
        cpu: of the busiest process that sends, in per cent of a core.
    """

    run: int
    host: str
    elapsed: float
    planned: float | None
    is_open: bool
    asked: RequestedRate | None
    end: int
    last: Second
    ten: Second
    whole: Second
    minute: Sequence[Point]
    tally: RunCounters
    latencies: Latencies
    limits: Limits
    judgements: Sequence[CheckResult]
    users: int
    workers: int
    cpu: float

    @property
    def span(self) -> int:
        """How many seconds `ten` has."""
        return min(self.end, 10)

    @property
    def length(self) -> float:
        """How many seconds `whole` has; at the end of a run the last one is none."""
        return max(1.0, min(self.elapsed, self.end))

    @property
    def on_their_way(self) -> int:
        """Batches that were sent and have no outcome yet."""
        return max(0, self.whole.batches - self.whole.settled)
