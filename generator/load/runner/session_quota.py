"""The quota: how many sessions may still begin, if a run has a limited number."""

from collections import Counter
from collections.abc import Callable


class SessionQuota:
    """How many sessions may still begin here, if `--sessions` limits them in all.

    A process asks for some when it has none left; the master grants what is there. So it does not matter
    how Locust spreads its users over the workers.
    """

    def __init__(self, total: int, ask: Callable[[int], None]) -> None:
        self._total, self._ask = total, ask
        self._granted = 0
        self._asking = False
        self.is_used_up = False

    def take(self) -> bool:
        """Take leave to begin one session, if there is any now."""
        if not self._total:
            return True
        if not self._granted and not self._asking and not self.is_used_up:
            self._asking = True
            self._ask(max(1, self._total // 100))
        if not self._granted:
            return False
        self._granted -= 1
        return True

    def grant(self, count: int) -> None:
        """Take the master's answer."""
        self._asking = False
        self._granted += count
        self.is_used_up = not count


class SessionBudget:
    """The limited sessions of a run, on its master.

    Attributes:
        left: those that were not granted to any worker.
    """

    def __init__(self, total: int) -> None:
        self.left = total
        self._granted = Counter[str]()

    def grant(self, worker: str, asked: int) -> int:
        """Grant a worker at most what it asks for, and return how many sessions it gets."""
        count = min(self.left, asked)
        self.left -= count
        self._granted[worker] += count
        return count

    def has_granted(self, worker: str) -> bool:
        """Return whether a worker was granted any."""
        return self._granted[worker] > 0
