"""Fewer points than were measured, and none of the extremes lost."""

from collections.abc import Iterator, Sequence

Point = tuple[float, float | None]
"""A value at an instant; None where there was none."""
MOST = 300
"""Stretches into which a long run is cut: two or three pixels each."""


def intervals(count: int, most: int = MOST) -> Iterator[range]:
    """Cut so many places into stretches of one length, the last perhaps shorter."""
    each = -(-count // most) or 1
    yield from (range(start, min(start + each, count)) for start in range(0, count, each))


def downsample(points: Sequence[Point], most: int = MOST, *, lows: bool = True) -> list[Point]:
    """Keep of each stretch its highest point and its lowest; with these, the first and the last of all.

    What is kept was measured: nothing is averaged. A stretch without any value stays a gap.

    Args:
        points: in their order.
        most: how many stretches there are.
        lows: whether the lowest are kept; without them lines whose noise is wide do not hide each other.
    """
    if len(points) <= 2 * most:
        return list(points)
    kept: set[int] = {0, len(points) - 1} if lows else set()
    for stretch in intervals(len(points), most):
        there = {place: value for place in stretch if (value := points[place][1]) is not None}
        kept.add(max(there, key=there.__getitem__, default=stretch[0]))
        if there and lows:
            kept.add(min(there, key=there.__getitem__))
    return [points[place] for place in sorted(kept)]
