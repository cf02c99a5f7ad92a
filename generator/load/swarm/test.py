"""A test: what is played under one run, and how many sessions may still begin."""

import os
from collections.abc import Callable
from time import time
from typing import Any

from generator.delivery.contracts import Contract
from generator.load.settings import Plan, Settings
from generator.load.tally import Tally


class Allowance:
    """How many sessions may still begin here, where `--sessions` limits them in all.

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
        """Hear the master's answer."""
        self._asking = False
        self._granted += count
        self.is_used_up = not count


class Test:
    """One test on one node: what is played under which run, and what is counted.

    Attributes:
        plan: None where the options make no sense; nothing is played then.
    """

    def __init__(self, run: int, settings: Settings, plan: Plan | None, allowance: Allowance) -> None:
        self.run, self.settings, self.plan, self.allowance = run, settings, plan, allowance
        self.contract: Contract | None = plan.contract(os.environ) if plan else None
        self.tally = Tally()
        self.reports: dict[str, dict[str, Any]] = {}
        self.left = settings.sessions
        self.started = time()
        self.is_stopping = self.is_over = False

    def merged(self) -> Tally:
        """Merge the counts of all nodes."""
        return Tally.of([self.tally.as_dict(), *(said["counts"] for said in self.reports.values())])
