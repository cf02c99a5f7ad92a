"""Two clocks: story time, which a script advances, and wall time, which advances by itself."""

from time import time
from typing import Protocol


class Clock(Protocol):
    """A source of the time, in milliseconds since 1970."""

    @property
    def now(self) -> int:
        """The present instant."""


class StoryClock:
    """Story time: it stands still until it is advanced, and never goes back.

    Args:
        start: the first instant, in milliseconds since 1970.
    """

    __slots__ = ("now",)

    def __init__(self, start: int) -> None:
        self.now = start

    def advance(self, seconds: float) -> None:
        """Advance the clock by a number of seconds, rounded to the millisecond."""
        if not 0 <= seconds < 10**9:
            raise ValueError(
                f"time cannot move on by {seconds} seconds: it takes 0 or more, and less than 1,000,000,000"
            )
        self.now += int(seconds * 1000 + 0.5)


class WallClock:
    """Wall time: the machine's own clock."""

    __slots__ = ()

    @property
    def now(self) -> int:
        """The present instant, in milliseconds since 1970."""
        return int(time() * 1000)
