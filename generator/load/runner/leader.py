"""The leader of a run: starts sending on all workers at once, and divides the rate among them while it lasts."""

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

import gevent
from locust.runners import STATE_MISSING, MasterRunner

from generator.load.rates.lease import RateLease, RateSplit
from generator.load.rates.profile import Profile
from generator.load.runner.echo import echo
from generator.load.runner.load_run import LoadRun

if TYPE_CHECKING:
    from generator.load.runner.run_controller import RunController

LEASE = "footfall_lease"
"""The message that starts a worker's clock, and carries its part of the rate."""
WHOLE = RateLease(1.0, 0.0, inf)
"""The part of a node that sends alone, or whose part is not a rate."""
_BETWEEN_LOOKS = 0.05
_BETWEEN_LEASES = 0.5
_PATIENCE = 10.0
"""Seconds after which the leader reports what it is waiting for."""
_SPAWNING = 2.0
"""Seconds that are waited for senders on all workers, once these are ready: users may be spawned slowly."""


class Leader:
    """Lead one test, on the master.

    Args:
        node: the master's.
        runner: Locust's.
        test: what is led.
    """

    def __init__(self, node: "RunController", runner: MasterRunner, test: LoadRun) -> None:
        self._node, self._runner, self._test = node, runner, test
        self._roster = self._living()
        test.reports.roster = frozenset(self._roster)
        profile = test.plan.profile if test.plan else None
        self._split = RateSplit(profile.duration) if isinstance(profile, Profile) else None

    def lead(self) -> None:
        """Start when all workers are ready, then extend their leases until the test is over."""
        self._wait(self._is_everyone_ready)
        self._wait(self._can_all_send, _SPAWNING)
        self._wait(lambda: not self._split or bool(self._able()))
        if not self._goes_on:
            return
        self._node.start(self._test)
        while self._goes_on:
            self._send_leases()
            gevent.sleep(_BETWEEN_LEASES)

    def _wait(self, is_true: Callable[[], bool], most: float = inf) -> None:
        """Wait for something to be true, while the test goes on, and at most these seconds."""
        began, has_reported = monotonic(), False
        while self._goes_on and not is_true() and monotonic() - began < most:
            gevent.sleep(_BETWEEN_LOOKS)
            if not has_reported and monotonic() - began > _PATIENCE:
                has_reported = True
                echo(self._waiting())

    @property
    def _goes_on(self) -> bool:
        test = self._test
        return test is self._node.test and not test.is_over and not test.is_stopping

    def _living(self) -> set[str]:
        return {client.id for client in self._runner.clients.all if client.state != STATE_MISSING}

    def _ready(self) -> set[str]:
        return {worker for worker in self._living() if self._test.reports.holds(worker, "is_ready")}

    def _able(self) -> set[str]:
        return {worker for worker in self._ready() if self._test.reports.holds(worker, "can_send")}

    def _is_everyone_ready(self) -> bool:
        """Whether every worker that was there at the beginning, and lives, has compiled its templates."""
        ready = self._ready()
        return bool(ready) and ready >= self._roster & self._living()

    def _can_all_send(self) -> bool:
        """Whether as many workers have senders as there are users for."""
        wanted = min(len(self._ready()), self._runner.target_user_count or 0)
        return not self._split or len(self._able()) >= wanted

    def _waiting(self) -> str:
        late = len((self._roster & self._living()) - self._ready())
        return (
            f"sending starts when every worker has compiled its templates and has a sender; "
            f"{late} of {len(self._roster)} workers are still compiling"
        )

    def _send_leases(self) -> None:
        """Send each ready worker the age of the run, and its part of the rate."""
        test, ready = self._test, self._ready()
        leases = (
            self._split.divide(test.now, self._able(), ready) if self._split else dict.fromkeys(ready, WHOLE)
        )
        for worker, lease in leases.items():
            message = {"run": test.run, "age": test.clock.age(), "lease": list(lease)}
            self._runner.send_message(LEASE, message, worker)
