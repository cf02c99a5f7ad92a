"""The lateness of senders by their own fault, and standstills: the signs of a saturated generator."""

from collections.abc import Hashable, Sequence
from math import inf

STALL = 1.0
"""Seconds between two turns of the hub from which on a process counts as having stood still."""
_MOST_STALLS = 20


class StallLog:
    """The times in which this process stood still: paused, swapped out, or starved of processor."""

    def __init__(self) -> None:
        self._found: list[tuple[float, float]] = []

    def turn(self, before: float | None, now: float) -> None:
        """Take two turns of the hub, in seconds since sending started; before the first one there is none."""
        if before is not None and now - before > STALL and len(self._found) < _MOST_STALLS:
            self._found.append((before, now))

    def report(self) -> list[tuple[float, float]]:
        """Return when each began and ended."""
        return self._found


def stalled(worker: str, stalls: Sequence[tuple[float, float]]) -> list[str]:
    """Return a note of when a process stood still.

    Args:
        worker: its name; "" if it is the only one.
        stalls: see `StallLog.report`.
    """
    if not stalls:
        return []
    name = f"worker {worker}" if worker else "this process"
    longest, end = max(((end - start, end) for start, end in stalls), default=(0.0, 0.0))
    times = f", {len(stalls)} times in all" if len(stalls) > 1 else ""
    return [
        f"{name} stood still for {longest:.1f} s until second {end:.1f}{times}: paused, or without a processor"
    ]


class SchedulingLag:
    """How late the senders here are by their own fault, since it was last asked, and which of them are free.

    Attributes:
        senders: how many there are.
    """

    def __init__(self) -> None:
        self._worst: float | None = None
        self._free: dict[Hashable, float] = {}
        self.senders = 0

    def free(self, sender: Hashable, now: float) -> None:
        """Count a sender as free from now on, in seconds since sending started."""
        self._free[sender] = now

    def take(self, sender: Hashable) -> None:
        """Count a sender as busy, or as gone."""
        self._free.pop(sender, None)

    @property
    def free_since(self) -> float:
        """Since when a sender is free; inf if none is."""
        return min(self._free.values(), default=inf)

    def add(self, seconds: float) -> None:
        """Take the lateness of a batch that was not its endpoint's fault."""
        if self._worst is None or seconds > self._worst:
            self._worst = seconds

    def ask(self) -> tuple[float | None, int]:
        """Return the worst in milliseconds, None where nothing was sent, and how many senders have nothing to do."""
        worst, self._worst = self._worst, None
        # Without any sender, none is held up.
        return None if worst is None else worst * 1000, len(self._free) if self.senders else 1
