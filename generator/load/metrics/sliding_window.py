"""A window that slides over the seconds of a run: each step adds a second and takes one away.

So a step costs as much at an hour as at ten seconds. Of histograms only the counters that are not 0 are kept, packed:
an hour of seconds with some hundred different latencies each takes 12 MB.
"""

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterable
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from generator.load.metrics.latency import BEYOND, MIDDLE, UPPER, Latency, ranks
from generator.load.metrics.second import COUNTS, Second

Counters = dict[int, int]
"""The counters of a histogram that are not 0, by their index."""


class LatencySpread:
    """Latencies, by a histogram's counters.

    Args:
        counters: the histogram's; they must not change as long as this is used.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    @cached_property
    def _indexes(self) -> list[int]:
        return sorted(self._counters)

    @cached_property
    def _sums(self) -> list[int]:
        return list(accumulate(map(self._counters.__getitem__, self._indexes)))

    @property
    def count(self) -> int:
        """How many there are."""
        return self._sums[-1] if self._sums else 0

    @property
    def max(self) -> float:
        """The longest, in milliseconds; 0 without any."""
        return UPPER[self._indexes[-1]] / 1000 if self._indexes else 0.0

    @property
    def mean(self) -> float:
        """The mean, in milliseconds, see `Latency.mean`."""
        if len(UPPER) - 1 in self._counters:
            return BEYOND
        total: float = sum(count * MIDDLE[index] for index, count in self._counters.items())
        return total / max(self.count, 1) / 1000

    def percentile(self, part: float) -> float:
        """Return the milliseconds within which this part of the answers came; 0 without any."""
        if not self.count:
            return 0.0
        [rank] = ranks([part], self.count)
        return UPPER[self._indexes[bisect_left(self._sums, rank)]] / 1000


class SparseCounts(NamedTuple):
    """The counters of a histogram that are not 0, in little memory."""

    indexes: "array[int]"
    counts: "array[int]"

    @classmethod
    def of(cls, latency: Latency) -> "SparseCounts":
        """Take them from a histogram."""
        counters = latency.sparse()
        return cls(array("H", counters), array("Q", counters.values()))

    def items(self) -> Iterable[tuple[int, int]]:
        """Return indexes and counts."""
        return zip(self.indexes, self.counts, strict=True)


_NONE = SparseCounts(array("H"), array("Q"))
LATENCIES = frozenset({"service", "response"})


class Slice(NamedTuple):
    """What a window needs of one second.

    Attributes:
        counts: in the order of `COUNTS`.
    """

    counts: tuple[int, ...]
    service: SparseCounts
    response: SparseCounts

    @classmethod
    def of(cls, second: Second, needed: Collection[str] = LATENCIES) -> "Slice":
        """Take it from a second.

        Args:
            second: from which.
            needed: which of the latencies; of the others it has none.
        """
        return cls(
            tuple(getattr(second, name) for name in COUNTS),
            SparseCounts.of(second.service) if "service" in needed else _NONE,
            SparseCounts.of(second.response) if "response" in needed else _NONE,
        )


class SlidingWindow:
    """What happened within the last `length` seconds.

    Args:
        length: in seconds.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._counts = [0] * len(COUNTS)
        self._service: Counters = {}
        self._response: Counters = {}
        self._waiting: Counters = {}
        self._views: dict[str, LatencySpread] = {}

    def step(self, slices: deque[Slice], waiting: Latency) -> None:
        """Go one second further.

        Args:
            slices: all seconds until now, or as many as a window is long and one more; the newest last.
            waiting: see `Second`, of the newest.
        """
        self._views.clear()
        self._add(slices[-1], 1)
        self._waiting = waiting.sparse()
        if len(slices) > self._length:
            self._add(slices[-1 - self._length], -1)

    def _add(self, part: Slice, sign: int) -> None:
        self._counts = [total + sign * count for total, count in zip(self._counts, part.counts, strict=True)]
        _add(self._service, part.service.items(), sign)
        _add(self._response, part.response.items(), sign)

    @property
    def service(self) -> LatencySpread:
        """From the send to the answer, of what was answered."""
        return self._view("service", self._service)

    @property
    def response(self) -> LatencySpread:
        """From the due time to the answer; what is on its way counts with the time that it has waited."""
        if "response" in self._views or not self._waiting:
            return self._view("response", self._response)
        both = dict(self._response)
        _add(both, self._waiting.items(), 1)
        return self._view("response", both)

    def _view(self, name: str, counters: Counters) -> LatencySpread:
        if name not in self._views:
            self._views[name] = LatencySpread(counters)
        return self._views[name]

    def __getattr__(self, name: str) -> int:
        """Return a count by its name."""
        if name in _PLACES:
            return self._counts[_PLACES[name]]
        raise AttributeError(name)

    @property
    def answered(self) -> int:
        """Batches of which it became known what had become of them."""
        return self.acked + self.rejected + self.unknown


_PLACES = {name: place for place, name in enumerate(COUNTS)}


def _add(counters: Counters, items: Iterable[tuple[int, int]], sign: int) -> None:
    """Add to counters, or take away; one that comes to 0 goes."""
    for index, count in items:
        total = counters.get(index, 0) + sign * count
        if total:
            counters[index] = total
        else:
            del counters[index]
