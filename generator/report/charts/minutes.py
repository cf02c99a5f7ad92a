"""Draw the problems of a delivery by the minute in which the events were sent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from generator.report.charts.downsample import Point, downsample, intervals
from generator.report.charts.line_chart import Axis, ChartShape, HoverRegion, Series, Write, line_chart
from generator.report.charts.outcomes import css_class
from generator.report.charts.scale import LinearScale, TimeScale
from generator.report.delivery import Fault
from generator.report.markup import Markup
from generator.report.number import counted, number
from generator.report.run import Run

_MINUTE = 60
_DAY = 86_400
_SHORT = 600
_YEARS = range(1970, 9999)
_SPOTS = 150
_TITLE = "Problems, by the minute in which the event was sent"


def minutes(name: str, faults: Mapping[str, Fault], run: Run | None = None) -> Markup | None:
    """Draw when the events with a problem were sent; return None if no minute is known, or only one.

    Args:
        name: unique in the page.
        faults: by their names.
        run: gives the ends of the x axis; without it the faults do.
    """
    known = {fault: _read(found.by_minute) for fault, found in faults.items()}
    known = {fault: counts for fault, counts in known.items() if counts}
    if not known:
        return None
    there = sorted(set().union(*known.values()))
    ends = (run.started_at.timestamp(), run.ended_at.timestamp()) if run else ()
    low = min([there[0], *ends]) // _MINUTE * _MINUTE
    high = max([there[-1] + _MINUTE, *ends])
    if high - low <= _MINUTE:
        return None
    series = [Series(fault, css_class(fault), downsample(_steps(counts))) for fault, counts in known.items()]
    most = max(max(counts.values()) for counts in known.values())
    about = "; ".join(f"{fault}: {_worst(counts)}" for fault, counts in known.items())
    return line_chart(
        name, _TITLE, about, series,
        (Axis("time of sending, UTC", TimeScale(low, high), _writing(high - low)),
        Axis("events", LinearScale(most, whole=True), number)), spots=_spots(known, there), shape=ChartShape(height=190),
    )  # fmt: skip


def _read(by_minute: Mapping[str, int]) -> dict[float, int]:
    """Return minutes as seconds since 1970; skip every name that is not a minute, such as "?"."""
    found = {}
    for minute, count in by_minute.items():
        try:
            instant = datetime.fromisoformat(minute).replace(tzinfo=UTC)
        except ValueError:
            continue
        if instant.year in _YEARS:
            found[instant.timestamp()] = count
    return dict(sorted(found.items()))


def _steps(counts: Mapping[float, int]) -> list[Point]:
    """Return each minute as a step from 0, with a gap between separate minutes."""
    points: list[Point] = []
    for minute, count in counts.items():
        if not points or minute > points[-1][0]:
            points += [(points[-1][0], 0), (points[-1][0], None)] if points else []
            points.append((minute, 0))
        points += [(minute, count), (minute + _MINUTE, count)]
    return [*points, (points[-1][0], 0)]


def _worst(counts: Mapping[float, int]) -> str:
    worst = max(counts, key=lambda minute: (counts[minute], -minute))
    return f"most at {_clock(worst)}, {counted(counts[worst], 'event')}"


def _spots(known: Mapping[str, Mapping[float, int]], there: Sequence[float]) -> Iterator[HoverRegion]:
    """Yield a tooltip for each minute with a problem, or for an interval of minutes."""
    for interval in intervals(len(there), _SPOTS):
        inside = there[interval.start : interval.stop]
        when = " to ".join(dict.fromkeys((_clock(inside[0]), _clock(inside[-1]))))
        sums = {fault: sum(counts.get(minute, 0) for minute in inside) for fault, counts in known.items()}
        lines = (f"{fault}: {count:,}" for fault, count in sums.items() if count)
        yield HoverRegion(inside[0], inside[-1] + _MINUTE, [when, *lines])


def _writing(long: float) -> Write:
    """Return the format of instants for an axis of this length."""
    shape = "%H:%M:%S" if long < _SHORT else "%H:%M" if long <= _DAY else "%d %b %H:%M"
    return lambda seconds: _clock(seconds, shape)


def _clock(seconds: float, shape: str = "%H:%M") -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(shape)
