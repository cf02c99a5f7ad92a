"""The parking: where senders wait that have nothing to send.

One of them watches the clock, and wakes when something is due; before it sends, it wakes the next one to watch.
So it takes one wake-up a batch, however many wait, and none of them holds anything that another could send.
"""

from math import inf

from gevent.event import Event

from generator.load.open_load import OpenLoad

LONGEST = 1.0
"""Seconds after which everyone looks around: Locust may have other plans for its user."""
A_MOMENT = 0.005
"""Seconds between two looks at what is due and cannot be taken, since it waits for leave to begin a session."""


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
