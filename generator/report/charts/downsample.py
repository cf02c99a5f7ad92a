"""Reduce the points of a long series and keep its extremes."""

from collections.abc import Iterator, Sequence

Point = tuple[float, float | None]
"""An instant and its value; None if nothing was measured."""
MOST = 300
"""The intervals of a long run: each is two or three pixels wide."""


def intervals(count: int, most: int = MOST) -> Iterator[range]:
    """Yield intervals of equal length that cover the indices below count; the last may be shorter."""
    each = -(-count // most) or 1
    yield from (range(start, min(start + each, count)) for start in range(0, count, each))


def downsample(points: Sequence[Point], most: int = MOST, *, lows: bool = True) -> list[Point]:
    """Return the highest and the lowest point of each interval, and the first and the last point.

    Every point that remains was measured: nothing is averaged. An interval without a value stays a gap.

    Args:
        points: in their order.
        most: the number of intervals.
        lows: whether the lowest points remain; without them, lines with much noise do not hide each other.
    """
    if len(points) <= 2 * most:
        return list(points)
    chosen: set[int] = {0, len(points) - 1} if lows else set()
    for interval in intervals(len(points), most):
        there = {place: value for place in interval if (value := points[place][1]) is not None}
        chosen.add(max(there, key=there.__getitem__, default=interval[0]))
        if there and lows:
            chosen.add(min(there, key=there.__getitem__))
    return [points[place] for place in sorted(chosen)]
