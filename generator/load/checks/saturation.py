"""Saturation: whether the generator itself was the bottleneck.

Three signs, each of which has innocent causes alone. Any two of them prove that latencies are the generator's own,
and so does a core that is used up:

    hub lag     the median of how much later than asked the hub wakes a sleeper; idle it is under 1 ms,
                saturated over 4 ms, measured with Locust on two cores
    CPU         the hub's thread has used 85 % of a core or more
    lateness    batches went out late although a sender was free to take them

Lateness is the generator's own only while a sender was free. Where all senders wait for answers it is the
endpoint that is slow, and what then is late is what response time is there to show. `own_lateness` draws that
line for one batch: it counts from when it was due or from when its sender came free, whichever is later. A hub
too busy to read an answer in time frees that sender late, so the line errs on the endpoint's side; lag and CPU
see that case. If the CPU shows it, Footfall does not report that senders waited for the endpoint: the watch takes its
samples when the hub comes to it, which is when all of them have something on the way.

Signs are judged by stretches of five seconds, so that a ramp that saturates at its end is seen. A run is limited
when stretches of more than a tenth of its time are: one of them, in a run of less than fifty seconds.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import monotonic, thread_time
from typing import Any, NamedTuple

import msgspec

from generator.load.metrics.report import not_understood
from generator.load.metrics.second import LATE_MS

STRETCH_MS = 5000.0
"""The length of a stretch, by the time that its samples took: a held up hub takes few, and they are long."""
SHORTEST_MS = 1000.0
"""Of a stretch that is judged before its end: any start keeps a hub busy for a moment."""
LAG_MS, CPU_SHARE = 4.0, 0.85
"""A hub that only spins has measured 89 % next to busy neighbours, a healthy one at 2,000 requests a second 69 %."""
USED_UP = 0.98
"""A core's share beyond which the hub never waits for anything: with a sink at 20 % of a core it has measured 99.9 %."""
LATE_MEDIAN_MS, LATE_SHARE = 10.0, 0.05
"""Lateness is a sign if its median is beyond this, or a larger share of the samples is later than a late batch."""
LIMITED_SHARE = 0.1
SLEEP_MS = 10.0
"""Milliseconds between two samples, in a hub that is not late."""


def own_lateness(sent: float, due: float, free_since: float) -> float:
    """Return how much of a batch's lateness is the generator's own, in the unit of its arguments.

    Args:
        sent: when it was sent.
        due: when it was due.
        free_since: since when the sender that took it had nothing to do.
    """
    return max(0.0, sent - max(due, free_since))


_WAYS_OUT = {
    "too many open files": "raise `ulimit -n`, or use fewer --users",
    "assign requested address": "no port is left: use fewer --users, or more machines",
}
"""What to do about what this machine lacks, by the system's words."""


class SaturationInterval(msgspec.Struct, frozen=True):
    """What some seconds of samples come to.

    Attributes:
        seconds: how long they were.
        lag_ms: the median of the hub's lag.
        cpu_share: the mean of the thread's share of a core.
        late_ms: the median lateness while a sender was free.
        late_share: the samples with a lateness beyond 100 ms, of those while a sender was free.
        held_share: the samples during which every sender was waiting for the endpoint.
    """

    seconds: float
    lag_ms: float
    cpu_share: float
    late_ms: float
    late_share: float
    held_share: float

    @property
    def signs(self) -> list[str]:
        """The signs of saturation, in words."""
        signs = []
        if self.lag_ms > LAG_MS:
            signs.append(f"the hub woke {self.lag_ms:.1f} ms late (median; more than {LAG_MS:g} is too late)")
        if self.cpu_share >= CPU_SHARE:
            signs.append(f"{100 * self.cpu_share:.0f} % of a core used")
        if self.late_ms > LATE_MEDIAN_MS or self.late_share > LATE_SHARE:
            signs.append(
                f"batches {self.late_ms:.0f} ms late (median) with a sender free, "
                f"{100 * self.late_share:.0f} % more than {LATE_MS:g} ms"
            )
        return signs

    @property
    def is_limited(self) -> bool:
        """Whether at least two signs are there, or the hub has no moment to spare."""
        return len(self.signs) > 1 or self.cpu_share >= USED_UP


class Report(msgspec.Struct):
    """What a worker knows of its own saturation, from the run's start on.

    Attributes:
        seconds: how long it was watched.
        limited: of these, how many were in limited stretches.
        held: of these, during how many every sender was waiting for the endpoint, and the CPU was not busy.
        worst: the limited stretch with the most signs and the greatest lag; None when none was limited.
    """

    seconds: float = 0.0
    limited: float = 0.0
    held: float = 0.0
    worst: SaturationInterval | None = None

    @property
    def is_limited(self) -> bool:
        """Whether the generator was the bottleneck for more than a tenth of the time."""
        return self.limited > LIMITED_SHARE * self.seconds


class Saturation:
    """Watches one process."""

    def __init__(self) -> None:
        self._report = Report()
        self._begin()

    def _begin(self) -> None:
        self._lag, self._late = array("d"), array("d")
        self._span = self._used = self._held = 0.0

    def sample(self, lag_ms: float, cpu_share: float, late_ms: float | None, idle_senders: int) -> None:
        """Take a sample.

        Args:
            lag_ms: how much later than asked the hub woke the sampler.
            cpu_share: of a core, used since the last sample.
            late_ms: the greatest lateness, of the generator's own, of what was sent since the last sample; None
                when nothing was.
            idle_senders: how many had nothing to do; without any, lateness is not the generator's.
        """
        span = SLEEP_MS + lag_ms
        self._span += span
        self._used += cpu_share * span
        self._lag.append(lag_ms)
        if idle_senders <= 0:
            self._held += span
        elif late_ms is not None:
            self._late.append(late_ms)
        if self._span >= STRETCH_MS:
            self._report = _with(self._report, self._stretch())
            self._begin()

    def report(self) -> dict[str, Any]:
        """Return what is known so far in JSON's types, with the stretch that is under way once it has a second."""
        report = _with(self._report, self._stretch()) if self._span >= SHORTEST_MS else self._report
        reported: dict[str, Any] = msgspec.to_builtins(report)
        return reported

    def _stretch(self) -> SaturationInterval:
        late = self._late or [0.0]
        return SaturationInterval(
            seconds=self._span / 1000,
            lag_ms=median(self._lag),
            cpu_share=self._used / self._span,
            late_ms=median(late),
            late_share=sum(one > LATE_MS for one in late) / len(late),
            held_share=self._held / self._span,
        )


def _with(report: Report, stretch: SaturationInterval) -> Report:
    worst = [one for one in (report.worst, stretch if stretch.is_limited else None) if one]
    return Report(
        report.seconds + stretch.seconds,
        report.limited + stretch.seconds * stretch.is_limited,
        report.held + stretch.seconds * stretch.held_share * (stretch.cpu_share < CPU_SHARE),
        max(worst, key=lambda one: (len(one.signs), one.lag_ms), default=None),
    )


class Limits(NamedTuple):
    """What all workers' reports come to.

    Attributes:
        why: a line for every worker that was the bottleneck, and for all that this machine lacked; empty when none was.
        notes: what is worth knowing and spoils nothing.
        local: of the lines in `why`, those on what this machine lacked: batches stayed unsent for that.
        has_stalled: whether a process stood still for a while, as a note reports.
    """

    why: list[str]
    notes: list[str]
    local: Sequence[str] = ()
    has_stalled: bool = False

    @property
    def is_limited(self) -> bool:
        """Whether any worker was the bottleneck: its latencies are among the run's."""
        return bool(self.why)


def limits(reports: Mapping[str, Any]) -> Limits:
    """Judge all workers' last reports.

    Args:
        reports: by worker; a name of "" is left out.

    Raises:
        UsageError: for anything else.
    """
    why, notes = [], []
    for worker, reported in sorted(reports.items()):
        report, name = _read(worker, reported), f"worker {worker}: " if worker else ""
        if report.is_limited and report.worst:
            when = f"for {report.limited:,.0f} of {report.seconds:,.0f} s"
            why.append(f"{name}{', '.join(report.worst.signs)}; {when}")
        if report.held > LIMITED_SHARE * report.seconds > 0:
            part = 100 * report.held / report.seconds
            notes.append(f"{name}every sender was waiting for the endpoint during {part:.0f} % of the run")
    return Limits(why, notes)


def lacks(reasons: Mapping[str, int]) -> list[str]:
    """Return a line for each thing that this machine lacked, and the way out.

    Args:
        reasons: why batches were not acknowledged, as a tally counts them.
    """
    reported = []
    for reason, count in sorted(reasons.items()):
        kind, _, words = reason.partition(": ")
        if kind == "local":
            way_out = next((way for start, way in _WAYS_OUT.items() if start in words), "ask for less")
            reported.append(f"{count:,} batches {words}; {way_out}")
    return reported


def _read(worker: str, reported: Any) -> Report:
    try:
        return msgspec.convert(reported, Report)
    except msgspec.ValidationError as error:
        raise not_understood(worker, error) from None


def watch(saturation: Saturation, lateness: Callable[[], tuple[float | None, int]]) -> None:
    """Take samples for ever, in a greenlet of one's own.

    CPU time is the hub's thread's: the threads of a compressor next to it do not hold it up.

    Args:
        saturation: to whom they go.
        lateness: gives the greatest own lateness in milliseconds since it was last asked, None when nothing was
            sent, and the idle senders.
    """
    import gevent  # noqa: PLC0415  all else here is pure

    at, used = monotonic(), thread_time()
    while True:
        gevent.sleep(SLEEP_MS / 1000)
        now, now_used = monotonic(), thread_time()
        late_ms, idle = lateness()
        lag_ms = max(0.0, (now - at) * 1000 - SLEEP_MS)
        saturation.sample(lag_ms, (now_used - used) / (now - at), late_ms, idle)
        at, used = now, now_used
