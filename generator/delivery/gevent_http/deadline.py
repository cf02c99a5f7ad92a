"""A deadline: one limit over a whole exchange, however slowly its bytes trickle."""

from math import inf
from time import monotonic
from typing import Any

from gevent import get_hub, getcurrent

from generator.delivery.reasons import DeadlineExceeded


class Deadline:
    """A limit that is set again and again, by one greenlet.

    A timer of its own for every exchange costs a third of the exchange. So there is one, which rings when the
    first deadline may have passed, and is wound for the rest where a later one has been set meanwhile.
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
        """Take the deadline back."""
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
        # Not a reason for the hub to live on.
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
