"""Flat out: what is replayed as fast as the connections go."""

from collections import deque
from collections.abc import Callable, Iterator
from math import inf

from generator.load.schedule import DueBatch, OverdueBatches, SessionStarter
from generator.load.session_in_flight import SessionInFlight


class Unpaced:
    """Batches are due when a sender is free: as fast as connections and endpoint go.

    Args:
        begin: makes a session whose story lies in the past.
        is_used_up: whether no further session may begin.
        now: gives seconds since the run began.
    """

    def __init__(
        self, begin: SessionStarter, is_used_up: Callable[[], bool], now: Callable[[], float]
    ) -> None:
        self._begin, self._is_used_up, self._now = begin, is_used_up, now
        self._waiting: deque[SessionInFlight] = deque()

    @property
    def next_at(self) -> float:
        """Now, where there is anything to send."""
        return inf if self.is_over else 0.0

    @property
    def is_over(self) -> bool:
        """Whether every session has begun, and none waits."""
        return not self._waiting and self._is_used_up()

    def take(self, until: float) -> DueBatch | None:  # noqa: ARG002  what can be sent is due
        """Take the next batch of a session under way, or the first of a new one."""
        at = self._now()
        session = self._waiting.popleft() if self._waiting else self._begin(at, is_past=True)
        return DueBatch(at, session) if session else None

    def hand_back(self, session: SessionInFlight) -> None:
        """Put a session last among those that wait for a sender."""
        if not session.is_over:
            self._waiting.append(session)

    def overdue(self, until: float) -> Iterator[OverdueBatches]:  # noqa: ARG002  as above
        """Return none: a batch for which no sender was free was not due."""
        return iter(())

    def rest(self) -> list[SessionInFlight]:
        """Return the sessions that have begun."""
        return list(self._waiting)
