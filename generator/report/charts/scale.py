"""Scales: the place of a value between the ends of an axis, and the ticks, which go by 1, 2 and 5."""

from collections.abc import Iterable
from math import ceil, floor, log10
from typing import Protocol

_STEPS = (1, 2, 5, 10)
_CLOCK = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400)
"""Usual steps of time, in seconds."""
_NEAR = 1e-9
_LEAST = 1e-6
"""The finest value that is measured: a nanosecond in milliseconds."""


class Scale(Protocol):
    """One axis."""

    def place(self, value: float) -> float:
        """Return the place of a value from 0, the low end of the axis, to 1; a value beyond an end gets that end."""

    def ticks(self) -> list[float]:
        """Return the values of the ticks, ascending."""


def ticks(low: float, high: float, most: int = 6, *, whole: bool = False) -> list[float]:
    """Return round values from low to high, 1, 2 or 5 times a power of ten apart.

    Args:
        low: finite.
        high: finite, and not below low.
        most: the most steps.
        whole: whether only whole numbers are allowed.
    """
    if high <= low:
        return [low]
    exponent = floor(log10((high - low) / most))
    factor = next(one for one in _STEPS if one * 10.0**exponent >= (high - low) / most * (1 - _NEAR))
    if whole and factor * 10.0**exponent < 1:
        factor, exponent = 1, 0
    step = factor * 10.0**exponent
    first, last = ceil(low / step - _NEAR), floor(high / step + _NEAR)
    # Division by a power of ten keeps 0.3 exact; multiplication by a tenth does not.
    return [one * factor / 10.0**-exponent if exponent < 0 else one * step for one in range(first, last + 1)]


class LinearScale:
    """An axis from 0 to the first round value that is not below the highest.

    Args:
        high: the highest value.
        whole: whether only whole numbers are allowed.
    """

    def __init__(self, high: float, *, whole: bool = False) -> None:
        high = high if high > _LEAST else 1.0
        found = ticks(0, high, whole=whole)
        step = found[1] - found[0] if len(found) > 1 else high
        self.high = ceil(high / step - _NEAR) * step
        self._whole = whole

    def place(self, value: float) -> float:
        """Return the place of a value."""
        return _between(value / self.high)

    def ticks(self) -> list[float]:
        """Return the ticks."""
        return ticks(0, self.high, whole=self._whole)


class TimeScale:
    """Seconds from low to high; ticks at whole seconds, minutes and hours.

    Args:
        low, high: its ends, which are not rounded.
        most: the most steps.
    """

    def __init__(self, low: float, high: float, most: int = 10) -> None:
        self.low, self.high, self._most = low, max(high, low + 1), most

    def place(self, value: float) -> float:
        """Return the place of a value."""
        return _between((value - self.low) / (self.high - self.low))

    def ticks(self) -> list[float]:
        """Return the ticks."""
        span = self.high - self.low
        step = next((one for one in _CLOCK if span / one <= self._most), 0)
        if not step:
            return [
                86_400 * days for days in ticks(self.low / 86_400, self.high / 86_400, self._most, whole=True)
            ]
        return [float(one * step) for one in range(ceil(self.low / step), floor(self.high / step) + 1)]


class LogScale:
    """A logarithmic axis between round values.

    Args:
        values: those that the axis contains; values near 0 stand at its low end.
        most: the most ticks.
    """

    def __init__(self, values: Iterable[float], most: int = 12) -> None:
        above = [value for value in values if value > _LEAST] or [1.0]
        self.low, self.high = _below(min(above)), _above(max(above))
        if self.high <= self.low:
            self.low, self.high = _below(self.low * 0.99), _above(self.high * 1.01)
        self._most = most

    def place(self, value: float) -> float:
        """Return the place of a value."""
        if value <= self.low:
            return 0.0
        return _between(log10(value / self.low) / log10(self.high / self.low))

    def ticks(self) -> list[float]:
        """Return the ticks: by 1, 2 and 5 if there is space, else by tens or more."""
        exponents = range(floor(log10(self.low) + _NEAR), ceil(log10(self.high) - _NEAR) + 1)
        for factors, every in (((1, 2, 5), 1), *(((1,), every) for every in range(1, 400))):
            found = [_power(factor, exponent) for exponent in exponents[::every] for factor in factors]
            inside = [one for one in found if self.low * (1 - _NEAR) <= one <= self.high * (1 + _NEAR)]
            if len(inside) <= self._most:
                break
        return inside


class PercentileScale:
    """An axis of percentiles, as in HDR plots: each nine is as wide as the one before it.

    Args:
        highest: the highest percentile below 100 that is drawn.
    """

    def __init__(self, highest: float) -> None:
        self._nines = max(1.0, -log10(1 - min(highest, 99.999999) / 100))

    def place(self, value: float) -> float:
        """Return the place of a percentile."""
        left = 1 - value / 100
        return _between(-log10(left) / self._nines) if left > 0 else 1.0

    def ticks(self) -> list[float]:
        """Return 0, 50, 90, 99, 99.9 and so on."""
        nines = range(1, floor(self._nines + _NEAR) + 1)
        return [0.0, 50.0, *(100 - 100 / 10**nine for nine in nines)]


def _between(place: float) -> float:
    return min(max(place, 0.0), 1.0)


def _power(factor: int, exponent: int) -> float:
    return factor * 10.0**exponent if exponent >= 0 else factor / 10.0**-exponent


def _rounds(value: float) -> list[float]:
    exponent = floor(log10(value))
    return [_power(factor, one) for one in (exponent - 1, exponent, exponent + 1) for factor in (1, 2, 5)]


def _below(value: float) -> float:
    return max(one for one in _rounds(value) if one <= value * (1 + _NEAR))


def _above(value: float) -> float:
    return min(one for one in _rounds(value) if one >= value * (1 - _NEAR))
