"""What went wrong, by the minute in which it was sent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from generator.report.chart import Axis, HoverRegion, Series, Write, line_chart
from generator.report.delivery import Fault
from generator.report.downsample import Point, downsample, intervals
from generator.report.markup import Markup
from generator.report.number import counted, number
from generator.report.run import Run
from generator.report.sankey_of_run import css_class
from generator.report.scale import LinearScale, TimeScale

_MINUTE = 60
_DAY = 86_400
_SHORT = 600
_YEARS = range(1970, 9999)
_SPOTS = 150
_TITLE = "What went wrong, by the minute of its sending"


def minutes(name: str, faults: Mapping[str, Fault], run: Run | None = None) -> Markup | None:
    """Draw when the events were sent with which something is the matter; None where no minute is known, or all is one.

    Args:
        name: unique in the page.
        faults: by what they are called.
        run: whose length is drawn; else as long as there are any.
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
        name, _TITLE, about, series, Axis("time of sending, UTC", TimeScale(low, high), _writing(high - low)),
        Axis("events", LinearScale(most, whole=True), number), spots=_spots(known, there), height=190,
    )  # fmt: skip


def _read(by_minute: Mapping[str, int]) -> dict[float, int]:
    """Read minutes as seconds since 1970; what is no minute is left out, as "?" is."""
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
    """Give each minute as a step from nothing; between them there is no line."""
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
    """Give what is told at each minute in which anything went wrong, or at a stretch of them."""
    for stretch in intervals(len(there), _SPOTS):
        inside = there[stretch.start : stretch.stop]
        when = " to ".join(dict.fromkeys((_clock(inside[0]), _clock(inside[-1]))))
        sums = {fault: sum(counts.get(minute, 0) for minute in inside) for fault, counts in known.items()}
        told = (f"{fault}: {count:,}" for fault, count in sums.items() if count)
        yield HoverRegion(inside[0], inside[-1] + _MINUTE, [when, *told])


def _writing(long: float) -> Write:
    """Choose how instants are written on an axis so long."""
    shape = "%H:%M:%S" if long < _SHORT else "%H:%M" if long <= _DAY else "%d %b %H:%M"
    return lambda seconds: _clock(seconds, shape)


def _clock(seconds: float, shape: str = "%H:%M") -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(shape)
