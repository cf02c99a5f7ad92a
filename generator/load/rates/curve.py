"""A curve: a rate over time, linear between knots, and how many units it makes due by when.

Two knots at one instant are a jump. The integral from 0 to t is the number of units due by t; its inverse maps
a number of units to the time by which they are due.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import inf, sqrt
from typing import NamedTuple


class Knot(NamedTuple):
    """The rate at an instant.

    Attributes:
        at: seconds from the start.
        rate: units a second.
    """

    at: float
    rate: float


class _Piece(NamedTuple):
    """A part of the curve on which the rate is linear."""

    start: float
    first: float
    slope: float
    end: float


class Curve:
    """A rate over time.

    Args:
        knots: in the order of time, the first at 0; at an instant with two knots the rate jumps.
        stay: the rate after the last knot; 0 ends the curve there.

    Attributes:
        duration: seconds until nothing is due any more; inf where it goes on for ever.
        peak: the highest rate.
        total: how many units are due in all; inf where it goes on for ever.
    """

    __slots__ = ("_areas", "_pieces", "_starts", "duration", "peak", "total")

    def __init__(self, knots: Sequence[Knot], stay: float = 0.0) -> None:
        last = knots[-1].at if knots else 0.0
        self._pieces = [
            _Piece(one.at, one.rate, (two.rate - one.rate) / (two.at - one.at), two.at)
            for one, two in pairwise(knots)
            if two.at > one.at
        ]
        if stay:
            self._pieces.append(_Piece(last, stay, 0.0, inf))
        self._starts = [piece.start for piece in self._pieces]
        self._areas = [0.0]
        for piece in self._pieces:
            self._areas.append(self._areas[-1] + _area(piece, piece.end - piece.start))
        self.duration = inf if stay else last
        self.peak = max((stay, *(knot.rate for knot in knots)))
        self.total = self._areas[-1]

    def rate(self, t: float) -> float:
        """Return the units a second at an instant; at a jump those after it, 0 before the start and from the end on."""
        if not 0 <= t < self.duration:
            return 0.0
        piece = self._pieces[bisect_right(self._starts, t) - 1]
        return max(0.0, piece.first + piece.slope * (t - piece.start))

    def rate_before(self, t: float) -> float:
        """Return the units a second up to an instant: at a jump those before it, from the end on the last, 0 at the start."""
        place = bisect_left(self._starts, t) - 1
        if place < 0:
            return 0.0
        piece = self._pieces[place]
        return max(0.0, piece.first + piece.slope * (min(t, piece.end) - piece.start))

    def area(self, t: float) -> float:
        """Return how many units are due by an instant: the integral of the rate from the start."""
        if t <= 0:
            return 0.0
        if t >= self.duration:
            return self.total
        place = bisect_right(self._starts, t) - 1
        piece = self._pieces[place]
        return min(self._areas[place] + _area(piece, t - piece.start), self._areas[place + 1])

    def time_of(self, area: float, after: float = 0.0) -> float:
        """Return the first instant by which this many units are due; inf if they never are.

        Args:
            area: units from the start.
            after: an instant before which the answer does not lie, such as the answer before.
        """
        place = bisect_left(self._areas, area) - 1
        if place < 0:
            return after
        if place == len(self._pieces):
            return inf
        start, first, slope, end = self._pieces[place]
        rest = area - self._areas[place]
        if slope:
            # The root of the quadratic that loses no digits, whichever sign the slope has.
            twice = first + sqrt(max(0.0, first * first + 2 * slope * rest))
            t = min(start + 2 * rest / twice, end) if twice else start
        else:
            # A division may round up, beyond the piece by the last digit.
            t = min(start + rest / first, end)
        return max(t, after)


def _area(piece: _Piece, seconds: float) -> float:
    """Return how many units a piece makes due within its first seconds."""
    # A case of its own, because 0 * inf is NaN.
    mean = piece.first + piece.slope * seconds / 2 if piece.slope else piece.first
    return mean * seconds
