"""Metrics: what describes a run, or some seconds of it, in one number each.

`METRICS` is the one table of them: what a check can judge, what the summary holds, what a baseline is.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol

from generator.load.metrics.latency import PARTS, Durations
from generator.load.metrics.second import Second

Unit = Literal["ms", "a second", "share", ""]
"""Of a metric: milliseconds, a number per second, a share from 0 to 1, or a plain count."""
Figures = Mapping[str, float | None]
"""Values by metric; None without data."""
_NONE: Figures = MappingProxyType({})


class MetricSource(Protocol):
    """What figures are taken from: a second, several merged, or a window that slides over them."""

    @property
    def service(self) -> Durations:
        """How long answers took from the send."""

    @property
    def response(self) -> Durations:
        """How long answers took from the due time."""


class Metric(NamedTuple):
    """One metric of a run.

    Attributes:
        title: what it is, in a few words.
        value: takes it from a second, or several merged, and their length in seconds; None without data.
        shows: what the value shows of the endpoint even if the generator was the bottleneck: "nothing" for
            latencies, which are the generator's own then; "at least" for rates, which the endpoint took at
            least; "at most" for what the generator's slowness adds to; "all" for errors.
    """

    title: str
    unit: Unit
    value: Callable[[MetricSource, float], float | None]
    shows: Literal["nothing", "at least", "at most", "all"] = "all"


def _latencies(name: str, title: str) -> Iterator[tuple[str, Metric]]:
    for part in (*PARTS, "max", "mean"):

        def value(second: MetricSource, _: float, part: str = part) -> float | None:
            latency = getattr(second, name)
            if not latency.count:
                return None
            return float(latency.percentile(PARTS[part]) if part in PARTS else getattr(latency, part))

        which = (
            f"within which {100 * PARTS[part]:g} % of batches were answered"
            if part in PARTS
            else f"the {part}"
        )
        yield f"{name}_{part}", Metric(f"{title}, {which}", "ms", value, "nothing")


def _a_second(title: str, count: str, scale: float = 1) -> Metric:
    def value(second: MetricSource, seconds: float) -> float | None:
        return getattr(second, count) / scale / seconds if seconds > 0 else None

    return Metric(f"{title} a second", "a second", value, "at least")


def _share(
    title: str, counts: str, whole: str, shows: Literal["at least", "at most", "all"] = "all"
) -> Metric:
    def value(second: MetricSource, _: float) -> float | None:
        of = getattr(second, whole)
        return sum(getattr(second, count) for count in counts.split()) / of if of else None

    return Metric(title, "share", value, shows)


def _count(title: str, count: str, shows: Literal["at least", "at most", "all"] = "all") -> Metric:
    return Metric(title, "", lambda second, _: float(getattr(second, count)), shows)


_SETTLED = "of those whose outcome is known or was given up"
METRICS: dict[str, Metric] = {
    **dict(_latencies("service", "from the sending of a batch to its answer")),
    **dict(_latencies("response", "from the instant a batch was due to its answer")),
    "events_per_s": _a_second("events acknowledged", "acked_events"),
    "sent_per_s": _a_second("events sent", "sent_events"),
    "offered_per_s": _a_second("events due", "offered_events"),
    "batches_per_s": _a_second("batches sent", "batches"),
    "mb_per_s": _a_second("megabytes (10^6) of bodies, as they were sent,", "bytes", 1e6),
    "achieved_rate": _share("events acknowledged, of those due by the profile", "acked_events", "offered_events", "at least"),
    "error_rate": _share(f"batches rejected or unknown, {_SETTLED}", "rejected unknown", "answered"),
    "rejected_rate": _share(f"batches rejected, {_SETTLED}", "rejected", "answered"),
    "unknown_rate": _share(f"batches unknown, {_SETTLED}", "unknown", "answered"),
    "late_rate": _share("batches sent more than 100 ms after they were due, of those sent", "late", "batches", "at most"),
    "dropped_rate": _share("events given up before sending, of those that were due", "dropped_events", "offered_events", "at most"),
    "events": _count("events acknowledged", "acked_events", "at least"),
    "rejected": _count("batches that the endpoint rejected", "rejected"),
    "unknown": _count("batches without proof that they were stored or not", "unknown"),
    "late": _count("batches sent more than 100 ms after they were due", "late", "at most"),
    "dropped": _count("events given up before sending, because nothing could send them in time", "dropped_events", "at most"),
    "lost_workers": Metric("workers whose last counts never came", "", lambda _, __: None),
    "false_accepts": Metric("faulty events that the endpoint accepted, and should not have", "", lambda _, __: None),
    "false_rejects": Metric("faulty events that it did not accept, and should have", "", lambda _, __: None),
}  # fmt: skip
"""Every metric, by the name that a check has for it."""
ON_FAULTS = frozenset({"false_accepts", "false_rejects"})
"""Metrics that only a run with faults has."""
OF_THE_RUN = frozenset({"lost_workers"}) | ON_FAULTS
"""Metrics that no second has, but the run as a whole."""


def metrics_of(
    second: Second,
    seconds: float,
    *,
    lost_workers: int | None = None,
    on_faults: Figures = _NONE,
    adherence: float = 1.0,
) -> dict[str, float | None]:
    """Return every figure of a second, or of several merged.

    Args:
        second: what was counted.
        seconds: the time in which it was sent.
        lost_workers: of the run, if the figures are the whole run's.
        on_faults: likewise, if it injected faults.
        adherence: likewise, what was due as a part of what the profile asks for, see `Adherence.penalty`.
    """
    figures = {name: metric.value(second, seconds) for name, metric in METRICS.items()}
    if figures["achieved_rate"] is not None:
        figures["achieved_rate"] *= adherence
    return {**figures, "lost_workers": lost_workers, **on_faults}


def describe() -> Iterator[str]:
    """List every metric, with a few words each."""
    for name, metric in METRICS.items():
        unit = f" ({metric.unit})" if metric.unit in {"ms", "share"} else ""
        yield f"{name:<14} {metric.title}{unit}"
