"""Draw the charts of a run: its rates, both latencies, its lost batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil, log10
from operator import attrgetter

from generator.report.charts.downsample import Point, downsample, intervals
from generator.report.charts.line_chart import Axis, ChartShape, HoverRegion, Series, line_chart, nothing
from generator.report.charts.scale import LinearScale, LogScale, PercentileScale, Scale, TimeScale
from generator.report.markup import Markup
from generator.report.number import BEYOND, NOTHING, clock, milliseconds, number
from generator.report.run import Curve, LatencyPercentiles, Run, RunSecond

_SPOTS = 150
_WIDE = 15
"""The ratio of the highest to the lowest latency above which the axis is logarithmic."""
_HALF = 510
_INVALID = "invalid"

Field = tuple[str, str, str]
"""A line of a chart over time: its name, its CSS classes, and the field of a second."""
_RATES: tuple[Field, ...] = (
    ("offered", "offered", "offered_events"),
    ("acknowledged", "acked", "acked_events"),
)
_DROPPED = ("dropped", "dropped", "dropped_events")
_LATENCIES: tuple[Field, ...] = (
    ("service p50", "service soft", "service_p50"),
    ("response p50", "response soft", "response_p50"),
    ("service p99", "service", "service_p99"),
    ("response p99", "response", "response_p99"),
)
_LOST: tuple[Field, ...] = (
    ("late", "late", "late"),
    ("rejected", "rejected", "rejected"),
    ("unknown", "unknown", "unknown"),
)


def rates(run: Run, baseline: Run | None = None) -> Markup:
    """Draw the offered, the acknowledged and the dropped events of each second."""
    title = "Events a second"
    if not run.seconds:
        return nothing(title, "The run ended within its first second.")
    fields = [*_RATES, *_happened(run, [_DROPPED])]
    series = _lines(run, fields)
    if baseline:
        series.insert(0, Series("acknowledged, baseline", "acked base", _points(baseline, "acked_events")))
    about = _about(run, fields, number)
    return line_chart(
        "rates", title, about, series, (_time(run, baseline), Axis("events/s", _linear(series), number)),
        spots=_spots(run, fields, number),
    )  # fmt: skip


def latencies(run: Run) -> Markup:
    """Draw the median and the 99th percentile of both latencies."""
    title = "Latency over time"
    series = _lines(run, _LATENCIES)
    if not any(value is not None for one in series for _, value in one.points):
        return nothing(title, "No answer was timed.")
    return line_chart(
        "latencies", title, _about(run, _LATENCIES, milliseconds), series,
        (_time(run), Axis("latency", _scale(_values(series)), milliseconds)),
        spots=_spots(run, _LATENCIES, milliseconds), shape=ChartShape(look=_validity(run)),
    )  # fmt: skip


def percentiles(run: Run, baseline: Run | None = None) -> Markup:
    """Draw the latencies by percentile."""
    title = "Latency by percentile"
    curves = list(_curves(run, "", baseline))
    series = [one for one in curves if one.points]
    if not series:
        return nothing(title, "No answer was timed.")
    below = [percentile for one in series for percentile, _ in one.points if percentile < 100]
    own = [one for one in series if "base" not in one.look]
    about = "; ".join(f"{one.name}: {', '.join(map(_in_words, _described(one)))}" for one in own)
    return line_chart(
        "percentiles", title, about, series,
        (Axis("percentile", PercentileScale(max(below, default=99.0)), _percent),
         Axis("latency", _scale(_values(series)), milliseconds)),
        spots=_percentile_spots(own), shape=ChartShape(_HALF, 300, _validity(run)),
    )  # fmt: skip


def losses(run: Run) -> Markup | None:
    """Draw when batches were late, rejected or unknown; return None if no batch was."""
    fields = _happened(run, _LOST)
    if not fields:
        return None
    series = _lines(run, fields)
    return line_chart(
        "losses", "Batches a second that were late or not acknowledged", _about(run, fields, number), series,
        (_time(run), Axis("batches/s", _linear(series), number)), spots=_spots(run, fields, number), shape=ChartShape(height=190),
    )  # fmt: skip


# --- lines ------------------------------------------------------------------------------------------------


def _happened(run: Run, fields: Iterable[Field]) -> list[Field]:
    """Return the fields that are not 0 in every second."""
    return [field for field in fields if any(map(attrgetter(field[2]), run.seconds))]


def _lines(run: Run, fields: Iterable[Field]) -> list[Series]:
    return [Series(name, look, _points(run, field)) for name, look, field in fields]


def _points(run: Run, field: str) -> list[Point]:
    value = attrgetter(field)
    is_latency = field.startswith(("service", "response"))
    return downsample(
        [(second.at, _drawn(value(second)) if is_latency else value(second)) for second in run.seconds],
        lows=not field.startswith(("service", "response")),
    )


def _drawn(latency: float | None) -> float | None:
    """Return None for a latency beyond any bound: no axis contains it."""
    return None if latency is None or latency >= BEYOND else latency


def _curves(run: Run, suffix: str, baseline: Run | None) -> Iterator[Series]:
    if baseline:
        yield from (one._replace(look=f"{one.look} base") for one in _curves(baseline, ", baseline", None))
    yield Series(f"service{suffix}", "service", _curve(run.service_curve, run.service))
    yield Series(f"response{suffix}", "response", _curve(run.response_curve, run.response))


def _curve(curve: Curve, latency: LatencyPercentiles) -> list[Point]:
    """Return the points of a curve, or those of the percentiles if the curve is missing."""
    known = [
        (50.0, latency.p50), (75.0, latency.p75), (90.0, latency.p90), (95.0, latency.p95), (99.0, latency.p99),
        (99.9, latency.p999),
    ]  # fmt: skip
    points: list[Point] = sorted(curve) if curve else [*known]
    return downsample([point for point in points if _drawn(point[1]) is not None])


# --- axes -------------------------------------------------------------------------------------------------


def _time(run: Run, baseline: Run | None = None) -> Axis:
    last = max(one.seconds[-1].at for one in (run, baseline) if one and one.seconds)
    return Axis("time since the start", TimeScale(0, last + 1), clock)


def _linear(series: Iterable[Series]) -> LinearScale:
    return LinearScale(max(_values(series), default=0), whole=True)


def _scale(values: Sequence[float]) -> Scale:
    """Return the axis of latencies: logarithmic if they are far apart."""
    above = [value for value in values if value > 0]
    wide = above and max(above) > _WIDE * min(above)
    return LogScale(above) if wide else LinearScale(max(values, default=0))


def _values(series: Iterable[Series]) -> list[float]:
    return [value for one in series for _, value in one.points if value is not None]


def _percent(value: float) -> str:
    left = 1 - value / 100
    if left <= 0:
        return "100%"
    return f"{value:.{ceil(-log10(left)) + 1}f}".rstrip("0").rstrip(".") + "%"


def _validity(run: Run) -> str:
    return _INVALID if run.generator.limited else ""


# --- tooltips and descriptions -----------------------------------------------------------------------------------------


def _about(run: Run, fields: Iterable[Field], write: Callable[[float], str]) -> str:
    """Return the description of a chart: the range of each line."""
    ranges = []
    for name, _, field in fields:
        found = _range(run.seconds, field, write)
        ranges.append(f"{name} {found}" if found else f"{name} not measured")
    return f"{len(run.seconds):,} seconds: {'; '.join(ranges)}"


def _spots(run: Run, fields: Sequence[Field], write: Callable[[float], str]) -> Iterator[HoverRegion]:
    """Yield the tooltip of each interval of time: the value, or the range of values."""
    seconds = run.seconds
    for interval in intervals(len(seconds), _SPOTS):
        inside = seconds[interval.start : interval.stop]
        low, last = inside[0].at, inside[-1].at
        high = seconds[interval.stop].at if interval.stop < len(seconds) else last + 1
        when = clock(low) if len(inside) == 1 else f"{clock(low)} to {clock(last)}"
        lines = (f"{name}: {_range(inside, field, write) or NOTHING}" for name, _, field in fields)
        yield HoverRegion(low, high, [when, *lines])


def _range(seconds: Sequence[RunSecond], field: str, write: Callable[[float], str]) -> str:
    values = [value for value in map(attrgetter(field), seconds) if value is not None]
    if not values:
        return ""
    low, high = write(min(values)), write(max(values))
    return low if low == high else f"{low} to {high}"


def _percentile_spots(series: Sequence[Series]) -> Iterator[HoverRegion]:
    """Yield the tooltip between two percentiles: the latency at the lower one."""
    at = sorted({percentile for one in series for percentile, _ in one.points})
    known = [(one.name, dict(one.points)) for one in series]
    for low, high in pairwise([*at, 100.0]):
        lines = (f"{name}: {milliseconds(points[low])}" for name, points in known if low in points)
        yield HoverRegion(low, high, [_percent(low), *lines])


def _described(series: Series) -> list[Point]:
    """Return the points of a curve that its description names."""
    return [point for point in series.points if point[0] in {50.0, 90.0, 99.0, 99.9}] or [series.points[-1]]


def _in_words(point: Point) -> str:
    return f"{milliseconds(point[1])} at {_percent(point[0])}"
