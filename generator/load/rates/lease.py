"""Leases: which worker offers which part of the rate, from when, and until when without further word.

The leader divides the rate evenly among the workers that can send. Each part is a lease: the worker may offer what
is due before the lease ends. The leader extends it as long as it receives reports of the worker. A paused or cut-off
worker does not receive a change. So a part shrinks only when the lease ends on which its worker may still rely, and
the parts of all workers never sum up to more than the whole rate.
"""

from collections.abc import Collection
from math import inf
from typing import NamedTuple

LENGTH = 3.0
"""Seconds for which a lease holds after the leader's last word."""
LEAD = 0.25
"""Seconds from a change until it holds, so that every worker has received it by then."""


class RateLease(NamedTuple):
    """One worker's part of the rate.

    Attributes:
        share: of the whole rate, from 0 to 1.
        since: when it began, in seconds since sending started.
        until: when it ends unless it is extended; inf for no end.
    """

    share: float
    since: float
    until: float


class RateSplit:
    """Divide a rate among the workers of one run.

    Args:
        duration: seconds after which nothing is due any more; inf for no end.
    """

    def __init__(self, duration: float = inf) -> None:
        self._duration = duration
        self._held: dict[str, RateLease] = {}
        self._since: float | None = None

    def divide(self, now: float, able: Collection[str], alive: Collection[str]) -> dict[str, RateLease]:
        """Extend the leases of the workers that are alive, and divide the rate again if other workers can send than before.

        Args:
            now: seconds since sending started.
            able: the workers that can send.
            alive: the workers that report, whether they can send or not.

        Returns:
            The leases of all workers that are alive.
        """
        self._divide(now, able)
        for worker in alive:
            lease = self._held.get(worker) or RateLease(0.0, 0.0, 0.0)
            is_last = now + LENGTH >= self._duration
            self._held[worker] = lease._replace(until=inf if is_last else max(lease.since, now + LENGTH))
        return {worker: self._held[worker] for worker in alive}

    def _divide(self, now: float, able: Collection[str]) -> None:
        nothing = RateLease(0.0, 0.0, 0.0)
        parts = {worker: 1 / len(able) if worker in able else 0.0 for worker in {*self._held, *able}}
        changed = {
            worker: part for worker, part in parts.items() if part != self._held.get(worker, nothing).share
        }
        if not changed:
            return
        shrinking = [
            lease.until
            for worker, part in changed.items()
            if part < (lease := self._held.get(worker, nothing)).share
        ]
        since = 0.0 if self._since is None else max(now + LEAD, self._since, *shrinking)
        if since == inf:
            # The last leases have no end: nothing is left to be divided.
            return
        self._since = since
        for worker, part in changed.items():
            self._held[worker] = RateLease(part, since, self._held.get(worker, nothing).until)
