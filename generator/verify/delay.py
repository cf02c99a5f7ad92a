"""How long after its answer an event was there, where the sink knows when it came."""

from collections import Counter
from typing import Any

from hdrh.histogram import HdrHistogram
from msgspec import Struct

_LONGEST = 24 * 3600 * 1000
"""Milliseconds in a day: whatever took longer is told as that."""
_DIGITS = 3
_MOST_HELD = 10_000


class Visible(Struct, frozen=True, kw_only=True):
    """How long acknowledged events took until they were there, in milliseconds; 0 is: before the answer.

    Attributes:
        events: how many were timed.
    """

    events: int
    p50: int
    p99: int
    max: int


class Delays:
    """Counts delays."""

    def __init__(self) -> None:
        self._histogram: Any = HdrHistogram(1, _LONGEST, _DIGITS)
        self._held: Counter[int] = Counter()
        self._events = 0

    def add(self, milliseconds: float, events: int) -> None:
        """Count events that took so long; what came before the answer was there at once."""
        self._held[max(0, min(round(milliseconds), _LONGEST))] += events
        self._events += events
        if len(self._held) > _MOST_HELD:
            self._settle()

    def _settle(self) -> None:
        for milliseconds, events in self._held.items():
            self._histogram.record_value(milliseconds, events)
        self._held.clear()

    def told(self) -> Visible | None:
        """Tell them; None where none was counted."""
        if not self._events:
            return None
        self._settle()
        p50, p99, longest = (int(self._histogram.get_value_at_percentile(part)) for part in (50, 99, 100))
        return Visible(events=self._events, p50=p50, p99=p99, max=longest)
