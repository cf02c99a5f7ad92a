"""A deadline: one limit over a whole exchange, even if the bytes arrive slowly."""

from math import inf
from time import monotonic
from typing import Any

from gevent import get_hub, getcurrent

from generator.delivery.reasons import DeadlineExceeded


class Deadline:
    """A limit that one greenlet sets for each exchange.

    A new timer for every exchange would cost a third of the exchange. So one timer serves all: it rings when the
    first deadline may have passed, and starts again for the rest if a later deadline has been set meanwhile.
    """

    __slots__ = ("_at", "_greenlet", "_rings", "_timer")

    def __init__(self) -> None:
        self._at = self._rings = inf
        self._greenlet: Any = None
        self._timer: Any = None

    def begin(self, seconds: float) -> None:
        """Set the deadline of what the current greenlet does from now on."""
        now = monotonic()
        self._at = now + seconds
        self._greenlet = getcurrent()
        if self._at < self._rings:
            self._wind(now)

    def end(self) -> None:
        """Remove the deadline."""
        self._at = inf

    def close(self) -> None:
        """Stop the timer."""
        self._at = self._rings = inf
        self._greenlet = None
        if self._timer is not None:
            self._timer.close()
            self._timer = None

    def _wind(self, now: float) -> None:
        if self._timer is not None:
            self._timer.close()
        self._rings = self._at
        # The timer must not keep the hub running.
        self._timer = get_hub().loop.timer(max(0.0, self._at - now), ref=False)
        self._timer.start(self._ring)

    def _ring(self) -> None:
        self._rings = inf
        now = monotonic()
        if now < self._at < inf:
            self._wind(now)
            return
        greenlet, self._greenlet = self._greenlet, None
        if self._at < inf:
            self._at = inf
            greenlet.throw(DeadlineExceeded)
