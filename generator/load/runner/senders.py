"""The senders of a node: where they wait for what is due, how late they are by their own fault, and standstills.

One sender of those that wait watches the clock, and wakes when something is due; before it sends, it wakes the next
one to watch. So it takes one wake-up a batch, however many wait, and none of them holds anything that another could
send. Lateness by their own fault, and standstills of the process, are the signs of a saturated generator.
"""

from collections.abc import Hashable, Sequence
from math import inf

from gevent.event import Event

from generator.load.open_load import OpenLoad

LONGEST = 1.0
"""Seconds after which everyone looks around: Locust may have other plans for its user."""
A_MOMENT = 0.005
"""Seconds between two looks at what is due and cannot be taken, since it waits for leave to begin a session."""
STALL = 1.0
"""Seconds between two turns of the hub from which on a process counts as having stood still."""
_MOST_STALLS = 20


class SenderQueue:
    """Where the senders of one worker wait.

    Args:
        offer: what they wait for.
    """

    def __init__(self, offer: OpenLoad) -> None:
        self._offer = offer
        self._parked: dict[Event, None] = {}
        self._watcher: Event | None = None
        self._watched = inf

    def wait(self, bell: Event, now: float) -> None:
        """Wait until something may be due, or for a while.

        Args:
            bell: the sender's own.
            now: seconds since the run began.
        """
        at = self._offer.next_at
        patience = LONGEST
        if self._watcher is None or at < self._watched:
            self._watcher, self._watched = bell, at
            patience = min(LONGEST, at - now) if at > now else A_MOMENT
        bell.clear()
        self._parked[bell] = None
        try:
            bell.wait(patience)
        finally:
            self._parked.pop(bell, None)
            if self._watcher is bell:
                self._watcher, self._watched = None, inf

    def wake_one(self) -> None:
        """Wake the sender that came last, if one is needed: to watch, or since more is due."""
        if self._parked:
            self._parked.popitem()[0].set()

    def is_needed(self, now: float) -> bool:
        """Whether one more sender should be awake."""
        return bool(self._parked) and (self._watcher is None or self._offer.next_at <= now)

    def wake_all(self) -> None:
        """Wake everyone: the end has come."""
        while self._parked:
            self.wake_one()


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
