"""A load run on one node: what is played under one run, and how many sessions may still begin."""

import os
from collections.abc import Hashable
from functools import partial
from math import inf
from typing import Any

import gevent
from gevent.event import Event

from generator.delivery.contracts import Contract
from generator.delivery.gevent_http import Head
from generator.load.checks.runner import CheckRunner
from generator.load.checks.saturation import Saturation
from generator.load.fault_injection import RunFaultInjector
from generator.load.open_load import Make, OpenLoad, stamped_load
from generator.load.plan import Plan
from generator.load.rates.lease import RateLease
from generator.load.rates.profile import Profile
from generator.load.replay.assignment import Assignment
from generator.load.replay.progress import ReplayProgress
from generator.load.replay.replay_load import replay_load
from generator.load.run_clock import Age, RunClock
from generator.load.runner.echo import echo
from generator.load.runner.run_totals import RunTotals, WorkerReports
from generator.load.runner.senders import SchedulingLag, SenderQueue, StallLog
from generator.load.runner.sending_record import SendingRecord
from generator.load.runner.session_quota import SessionBudget, SessionQuota
from generator.load.settings import Settings
from generator.load.summary import Summary
from generator.load.template.faulty_session import FaultyStampedSession
from generator.load.template.pool import TemplatePool
from generator.load.template.source_events import SourceEvents
from generator.load.template.stamped_session import StampedSession
from generator.load.worker_partition import WorkerPartition

_A_MOMENT = 0.0005
"""Seconds between two steps of long work, in which other greenlets run."""


class LoadRun:
    """One test on one node: what is played under which run, and what is counted.

    Attributes:
        plan: None if the options make no sense; nothing is played then.
        sent: what this node has sent.
        reports: what its workers have reported; on the master.
        totals: what all nodes have sent.
        budget: the sessions that the master may still grant.
        clock: runs from when sending starts, on all nodes together.
        is_over_by_itself: whether it ended since all was sent.
        is_ready: whether this node has all that it needs to start sending.
        offer: what is due when, in the open model, on a node that sends.
        offered_until: until when what was due was offered, once the end has come.
        queue: where its senders wait, in the open model.
        heads: the heads of the templates' requests, by their models' keys.
        replaying: what is replayed; None without a replay.
        delivery: the verification's result, see `verify_run`; None without one.
        summary: the run's result, once it has ended; if this node leads.
        broken: what raised within the run itself; "" if nothing did.

    Args:
        run: its number.
        settings: the options.
        plan: what they name.
        quota: the sessions that may begin here.
    """

    def __init__(self, run: int, settings: Settings, plan: Plan | None, quota: SessionQuota) -> None:
        self.run, self.settings, self.plan, self.quota = run, settings, plan, quota
        self.contract: Contract | None = plan.contract(os.environ) if plan else None
        self.sent = SendingRecord(plan)
        self.reports = WorkerReports()
        self.totals = RunTotals(self, self.reports)
        self.saturation = Saturation()
        self.lateness, self.stalls = SchedulingLag(), StallLog()
        self.pool: TemplatePool | None = None
        self.offer: OpenLoad | None = None
        self.replaying: ReplayProgress | None = None
        self.delivery: dict[str, Any] | None = None
        self.summary: Summary | None = None
        self.broken = ""
        self.queue: SenderQueue | None = None
        self.heads: dict[Hashable, Head] = {}
        self.judging = CheckRunner(
            plan.checks if plan else [], plan.baseline if plan else None,
            plan.profile if plan and isinstance(plan.profile, Profile) else None,
            "sessions" if plan and plan.offered == "arrivals" else "events",
            ends_early=settings.abort_on_fail,
        )  # fmt: skip
        self.budget = SessionBudget(settings.sessions)
        self.is_stopping = self.is_over = self.is_all_sent = self.is_over_by_itself = False
        self.stopped_at: float | None = None
        self.offered_until = inf
        self.has_answer = False
        self._turned_at: float | None = None
        self.clock, self.is_ready = RunClock(), False
        self._starting = Event()

    def prepare(self, lane: WorkerPartition) -> None:
        """Prepare the open model on a node that sends: compile its templates."""
        if self.plan is None or not isinstance(self.plan.profile, Profile) or self.plan.dataset:
            return
        pool = self.pool = TemplatePool(self.plan, os.environ, lane.index, _yield)
        self.offer = stamped_load(
            self.settings, self.plan.profile, self.plan.offered, pool, self.run, lane, self.quota.take,
            lambda: self.quota.is_used_up, lambda: self.started * 1000, self._maker(self.plan),
        )  # fmt: skip
        self.queue = SenderQueue(self.offer)

    def start(self, age: Age | None = None) -> None:
        """Start the clock of the run, see `RunClock.start`; senders go on waiting until `let_send`."""
        self.clock.start(age)
        if self.replaying:
            self.replaying.start(self.started * 1000)

    def let_send(self) -> None:
        """Release the senders that wait for the start."""
        self._starting.set()

    def wait_for_start(self, patience: float) -> bool:
        """Wait until sending starts, at most for `patience` seconds; return whether it has started."""
        return self._starting.is_set() or bool(self._starting.wait(patience))

    def built(self) -> tuple[int, float, float]:
        """Return what it cost to build batches one by one, see `cost_text`."""
        return self.pool.cost.report() if self.pool else (0, 0.0, 0.0)

    def _maker(self, plan: Plan) -> Make:
        """Return what makes stamped sessions: some of their batches are faulty, if faults are asked for."""
        if not plan.faults:
            return StampedSession
        return partial(FaultyStampedSession, RunFaultInjector(plan, self.run), SourceEvents(plan, os.environ))

    def replay(self, part: Assignment | None) -> None:
        """Prepare a replay, where there is one; a node that sends has its first session before the clock runs."""
        plan = self.plan
        if plan is None or part is None:
            return
        self.replaying = ReplayProgress(plan, self.run, echo)
        if part.share is None:
            return
        source = self.replaying.prepare(part.share, part.done, _yield)
        self.offer = replay_load(
            plan, source, part.share.place, now=lambda: self.now, may_begin=self.quota.take,
            is_used_up=lambda: self.quota.is_used_up, on_sent=self.replaying.record,
        )  # fmt: skip
        self.queue = SenderQueue(self.offer)

    @property
    def now(self) -> float:
        """Seconds since sending started; 0 before."""
        return self.clock.now

    @property
    def started(self) -> float:
        """When sending started, in seconds since 1970."""
        return self.clock.started

    def since(self, milliseconds: float) -> float:
        """Turn an instant, in milliseconds since 1970, into seconds since sending started."""
        return milliseconds / 1000 - self.started

    def tick(self) -> tuple[float | None, int]:
        """Return what the watch asks for, see `SchedulingLag.ask`, and note that the hub turns."""
        now = self.now
        self.stalls.turn(self._turned_at, now)
        self._turned_at = now
        if self.replaying:
            self.replaying.keep()
        return self.lateness.ask()

    def grant(self, sessions: int) -> None:
        """Grant further sessions to this node, 0 if there will be no more, and wake a sender that waits for them."""
        self.quota.grant(sessions)
        if self.queue:
            self.queue.wake_one()

    def stop(self) -> None:
        """Send nothing more: what is due from now on is not offered.

        Locust has held the hub up for some 30 ms by now, to find its caller. What fell due meanwhile had
        no sender: the end is when the hub last turned.
        """
        if not self.is_stopping:
            self.is_stopping, self.stopped_at = True, self._turned_at or self.now
            if self.offer:
                self.offer.stop(self.lateness.free_since)
        self._starting.set()
        if self.queue:
            self.queue.wake_all()

    def take_lease(self, lease: RateLease) -> None:
        """Take this node's part of the rate, see `OpenLoad.grant`; a sender may be waiting for it."""
        if self.offer:
            self.offer.grant(lease)
        if self.queue:
            self.queue.wake_one()

    @property
    def can_send(self) -> bool:
        """Whether any sender here could take a part of the rate."""
        return self.lateness.senders > 0 and not self.is_all_sent and not self.is_stopping

    @property
    def has_lapsed(self) -> bool:
        """Whether this node's part of the rate has ended since the master has not extended it."""
        return self.offer is not None and not self.is_stopping and self.offer.leased_until < self.now

    def shares(self) -> list[tuple[float, float]]:
        """Return this node's parts of the rate, see `adherence.Shares`."""
        return self.offer.shares(self.ended) if self.offer else []

    @property
    def ended(self) -> float:
        """Seconds from the start of sending until now, or until the end."""
        return self.now if self.stopped_at is None else self.stopped_at

    def close(self) -> None:
        """Count what the end has left."""
        if self.offer:
            left = self.offer.close(self.ended, self.sent.metrics.dropped)
            self.sent.counters.left(left)
            self.offered_until = left.offered_until
        if self.replaying:
            self.replaying.keep(now=True)
        if self.sent.ledger:
            self.sent.ledger.close()

    def report(self) -> dict[str, Any]:
        """Return what the master should know of this node."""
        return {
            "run": self.run, "counts": self.sent.counters.as_dict(), "final": self.is_over,
            "all_sent": self.is_all_sent or self._is_idle, "saturation": self.saturation.report(),
            **self.sent.metrics.report(self.now, whole=self.is_over),
            **(self.replaying.report() if self.replaying else {}),
            "ledger": str(self.sent.ledger.path) if self.sent.ledger else "", "unwritten": self.sent.unwritten,
            "is_ready": self.is_ready, "can_send": self.can_send, "shares": self.shares(),
            "stalls": self.stalls.report(), "built": self.built(),
        }  # fmt: skip

    @property
    def _is_idle(self) -> bool:
        """Whether no user fell to this node until the rate had come to its end."""
        profile = self.plan.profile if self.plan else None
        return profile is not None and not self.lateness.senders and self.now > profile.duration

    def absorb(self, worker: str, report: dict[str, Any]) -> None:
        """Take a worker's report, see `WorkerReports.absorb`."""
        if self.reports.absorb(worker, report) and self.replaying:
            self.replaying.absorb(worker, report)


def _yield() -> None:
    """Run other greenlets, such as the one that reports to the master that this worker lives."""
    # Not for no time at all: gevent looks at its timers only after fifty such yields.
    gevent.sleep(_A_MOMENT)
