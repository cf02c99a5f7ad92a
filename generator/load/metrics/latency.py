"""Latencies: an HDR histogram in microseconds, from 1 µs to 1 hour, off by less than 1 %.

The layout and the form in which it travels are HdrHistogram's (two significant digits), read by every HDR tool.
Counting is done here, straight in its counters: its own `record_value` costs five times as much, and each batch
is counted four times. What is beyond the range stands in the two counters that no latency within it can have,
the first and the last; so it is counted, and survives merging and travelling.

A batch that was never sent is counted as beyond any bound, in that last counter.

A percentile is the nearest rank's: the least time within which at least that part of all answers came. As in
any HDR histogram its value is the upper edge of the counter, so a figure is never better than the truth.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate, compress
from math import ceil
from operator import mul
from typing import Any, Protocol, Self

from hdrh.histogram import HdrHistogram

from generator.errors import UsageError

LONGEST = 3_600_000_000
"""Microseconds in an hour, the longest latency with a counter of its own."""
BEYOND = LONGEST / 1000
"""Milliseconds: a figure of this much is beyond any bound, since no answer came within an hour or ever will."""
PARTS = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
_DIGITS, _BITS = 2, 8  # 8 bits are 256 counters, twice what two digits need
_MASK = (1 << _BITS - 1) - 1
_MOST_TEXT = 1 << 16
_CURVE_STEPS = 8


def _edges(index: int) -> tuple[int, int]:
    """Return the least and the greatest microseconds that a counter stands for."""
    shift = max(0, (index >> _BITS - 1) - 1)
    step = index if shift == 0 else (index & _MASK) + _MASK + 1
    return step << shift, (step + 1 << shift) - 1


_COUNTERS = int(HdrHistogram(1, LONGEST, _DIGITS).counts_len)
UPPER: list[int] = [min(max(_edges(index)[1], 1), LONGEST) for index in range(_COUNTERS)]
MIDDLE: list[float] = [min(max(sum(_edges(index)) / 2, 1), LONGEST) for index in range(_COUNTERS)]
_INDEXES = range(_COUNTERS)


def ranks(parts: Iterable[float], count: int) -> Iterator[int]:
    """Yield the nearest rank of each part of `count` latencies."""
    # Rounded first: 0.07 of 100 is 7, and not the 8th for a float's 7.000000000000001.
    return (min(max(1, ceil(round(part * count, 6))), count) for part in parts)


class Durations(Protocol):
    """What figures ask of latencies."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def max(self) -> float:
        """The longest, in milliseconds."""

    @property
    def mean(self) -> float:
        """The mean, in milliseconds."""

    def percentile(self, part: float) -> float:
        """Return the milliseconds within which this part of the answers came."""


class Latency:
    """How long answers took: counts by duration."""

    __slots__ = ("_counts", "_histogram")

    def __init__(self, histogram: Any = None) -> None:
        self._histogram = histogram or HdrHistogram(1, LONGEST, _DIGITS)
        # The same memory, as plain integers: read and written at half the price.
        self._counts = memoryview(self._histogram.counts).cast("B").cast("Q")

    def record(self, microseconds: int) -> None:
        """Count one answer; this is the hot path, so bind it once where many are recorded."""
        if 0 < microseconds <= LONGEST:
            shift = microseconds.bit_length() - _BITS
            if shift > 0:
                self._counts[(shift << _BITS - 1) + (microseconds >> shift)] += 1
            else:
                self._counts[microseconds] += 1
        else:
            self._counts[0 if microseconds < 1 else -1] += 1

    def lose(self, count: int = 1) -> None:
        """Count batches that no answer will ever come to: their latency is beyond any bound."""
        self._counts[-1] += count

    def sparse(self) -> dict[int, int]:
        """Return the counters that are not 0, by their index."""
        counts = self._counts.tolist()
        return {index: counts[index] for index in compress(_INDEXES, counts)}

    @property
    def count(self) -> int:
        """How many were recorded."""
        return sum(self._counts)

    @property
    def clamped(self) -> int:
        """How many of these were shorter than 1 µs or longer than an hour; they are reported as 1 µs or an hour."""
        return self._counts[0] + self._counts[-1]

    @property
    def max(self) -> float:
        """The longest, in milliseconds; 0 when none was recorded."""
        last = next((index for index in reversed(range(_COUNTERS)) if self._counts[index]), None)
        return 0.0 if last is None else UPPER[last] / 1000

    @property
    def mean(self) -> float:
        """The mean, in milliseconds; 0 when none was recorded, `BEYOND` when one is beyond any bound."""
        if self._counts[-1]:
            return BEYOND
        total: float = sum(map(mul, self._counts, MIDDLE))
        return total / max(self.count, 1) / 1000

    def percentile(self, part: float) -> float:
        """Return the milliseconds within which this part of the answers came; 0 when there are none.

        Args:
            part: of all answers, 0 to 1.
        """
        return self._percentiles([part])[0]

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name: percentiles, max and mean in milliseconds, and the count."""
        parts = dict(zip(PARTS, self._percentiles(list(PARTS.values())), strict=True))
        return {**parts, "max": self.max, "mean": self.mean, "count": self.count}

    def curve(self) -> list[tuple[float, float]]:
        """Return points of (percentile 0 to 100, milliseconds), denser towards 100, for a percentile plot.

        Every eight points halve the distance to 100, as HDR plots have it, until less than one answer is left;
        the last point is (100, max).
        """
        halvings = self.count.bit_length()
        if not halvings:
            return []
        parts = [
            1 - 0.5**halving * (1 - step / (2 * _CURVE_STEPS))
            for halving in range(halvings)
            for step in range(_CURVE_STEPS)
        ]
        parts.append(1.0)
        return [(100 * part, value) for part, value in zip(parts, self._percentiles(parts), strict=True)]

    def merge(self, other: "Latency") -> None:
        """Add what another one has counted."""
        # The histogram's own `add` walks both for their totals, which are not needed in between.
        self._histogram.encoder.add(other._histogram.encoder)  # noqa: SLF001  one of its own kind

    def encode(self) -> str:
        """Return it as text, HdrHistogram's V2 form in base64; "" when nothing was recorded."""
        if not self.count:
            return ""
        self._update_histogram()
        return str(self._histogram.encode(), "ascii")

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read it from its text.

        Raises:
            UsageError: for any other text, or another range or precision.
        """
        if not text:
            return cls()
        histogram = _decoded(text)
        kind = (histogram.lowest_trackable_value, histogram.highest_trackable_value)
        if (*kind, histogram.significant_figures, histogram.counts_len) != (1, LONGEST, _DIGITS, _COUNTERS):
            raise UsageError(
                f"latencies {_shown(text)}: another range or precision than 1 µs to 1 hour with {_DIGITS} digits"
            )
        return cls(histogram)

    def _percentiles(self, parts: list[float]) -> list[float]:
        """Return several percentiles in one walk."""
        sums = list(accumulate(self._counts))
        count = sums[-1]
        if not count:
            return [0.0] * len(parts)
        return [UPPER[bisect_left(sums, rank)] / 1000 for rank in ranks(parts, count)]

    def _update_histogram(self) -> None:
        """Update the histogram's bounds and total from the counters, before it is encoded."""
        used = [index for index, count in enumerate(self._counts) if count]
        if used:
            self._histogram.set_internal_tacking_values(used[0], used[-1], self.count)


def _decoded(text: str) -> Any:
    if len(text) > _MOST_TEXT:
        raise UsageError(f"latencies {_shown(text)}: longer than any histogram of Footfall's")
    try:
        return HdrHistogram.decode(text)
    except Exception as error:  # noqa: BLE001  its decoder names no errors of its own: zlib's, base64's, ctypes', and plain ones
        raise UsageError(
            f"latencies {_shown(text)}: no HDR histogram ({error or type(error).__name__})"
        ) from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 24 else f"{text[:24]}…")
