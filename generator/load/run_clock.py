"""The clock of a run: seconds since its sending began, whatever becomes of the wall clock meanwhile."""

from contextlib import suppress
from functools import cache
from pathlib import Path
from time import perf_counter, time
from typing import NamedTuple

_LONGEST_WAY = 60.0
"""Seconds that a message takes at most; what seems to have taken longer was read from another clock."""


class Age(NamedTuple):
    """How old a run was at an instant.

    Attributes:
        seconds: since sending started.
        at: the instant, by the monotonic clock of the machine.
        machine: which machine that is, since it was booted; "" if unknown.
    """

    seconds: float
    at: float
    machine: str


class RunClock:
    """Count the seconds of one run on one node.

    The wall clock is read once, when sending starts. Ids and instants are derived from that reading, so a wall
    clock that is set back, or forward, changes neither the schedule nor the order of the events.

    Attributes:
        started: when sending started, in seconds since 1970; before that, when the clock was made.
        is_running: whether sending has started.
    """

    __slots__ = ("_zero", "is_running", "started")

    def __init__(self) -> None:
        self.started, self._zero = time(), perf_counter()
        self.is_running = False

    def start(self, age: Age | None = None) -> None:
        """Start the clock.

        Args:
            age: of the run, as another node has sent it; None if sending starts here.
        """
        seconds = 0.0
        if age is not None:
            way = perf_counter() - age.at if age.machine and age.machine == _machine() else 0.0
            seconds = age.seconds + (way if 0 <= way < _LONGEST_WAY else 0.0)
        self.started, self._zero = time() - seconds, perf_counter() - seconds
        self.is_running = True

    def age(self) -> Age:
        """Return how old the run is, for another node."""
        at = perf_counter()
        return Age(at - self._zero if self.is_running else 0.0, at, _machine())

    @property
    def now(self) -> float:
        """Seconds since sending started; 0 before."""
        return perf_counter() - self._zero if self.is_running else 0.0

    @property
    def wall(self) -> float:
        """Seconds since 1970, counted on from the start; never set back."""
        return self.started + self.now


@cache
def _machine() -> str:
    """Return what identifies this machine since it was booted: its processes have one monotonic clock."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""
