"""A test: what is played under one run, and how many sessions may still begin."""

import os
from collections import Counter
from collections.abc import Callable, Hashable
from functools import partial
from math import inf, isfinite
from typing import Any

import gevent
from gevent.event import Event

from generator.delivery.contracts import Contract
from generator.delivery.gevent_http import Head
from generator.delivery.outcome import has_read
from generator.delivery.receipt import Receipt
from generator.faults.confusion import Confusion
from generator.faults.kind import family_of
from generator.faults.kinds import KINDS
from generator.load.checks.confusion import confusion_of_run
from generator.load.checks.runner import CheckRunner
from generator.load.checks.saturation import Limits, Saturation, lacks, limits
from generator.load.counters import RunCounters
from generator.load.fault_injection import RunFaultInjector
from generator.load.injected_fault import InjectedFault
from generator.load.metrics.latencies import GatheredLatencies, Latencies
from generator.load.metrics.seconds import MergedSeconds, Seconds
from generator.load.metrics.worker_metrics import WorkerMetrics
from generator.load.open_load import Make, OpenLoad, stamped_load
from generator.load.plan import Plan
from generator.load.prepared_batch import PreparedBatch
from generator.load.rates.adherence import ON_PROFILE, Adherence, adherence
from generator.load.rates.lease import RateLease
from generator.load.rates.profile import Profile
from generator.load.replay.assignment import Assignment
from generator.load.replay.progress import ReplayProgress
from generator.load.replay.replay_load import replay_load
from generator.load.run_clock import Age, RunClock
from generator.load.runner.echo import echo
from generator.load.runner.ledger_recorder import LedgerRecorder
from generator.load.runner.scheduling_lag import SchedulingLag, StallLog, stalled
from generator.load.runner.sender_queue import SenderQueue
from generator.load.runner.session_quota import SessionQuota
from generator.load.settings import Settings
from generator.load.summary import Summary
from generator.load.template.built import cost_text
from generator.load.template.faulty_session import FaultyStampedSession
from generator.load.template.pool import TemplatePool
from generator.load.template.source_events import SourceEvents
from generator.load.template.stamped_session import StampedSession
from generator.load.worker_partition import WorkerPartition

_HERE = "local"
"""The only worker of a run without any."""


class LoadRun:
    """One test on one node: what is played under which run, and what is counted.

    Attributes:
        plan: None where the options make no sense; nothing is played then.
        clock: runs from when sending starts, on all nodes together.
        is_over_by_itself: whether it ended since all was sent.
        is_ready: whether this node has all that it needs to start sending.
        offer: what is due when, in the open model, on a node that sends.
        heads: the heads of the templates' requests, by their models' keys.
        replaying: what is replayed, where anything is.
        book: the ledger, on a node that sends, where one is wanted.
        delivery: what was found behind the endpoint at the end, where anybody looked, see `prove`.
        summary: what the run came to, once it has ended; where this node leads.
        unwritten: why the ledger here is not whole; "" where it is, or none is wanted.
        broken: what raised within the run itself; "" if nothing did.
        roster: the ids of the workers that were there when the run began; on the master.
        reports: the last report of each worker, by its id.
        left: of limited sessions, those that were not granted to any worker; on the master.
        granted: how many were, by the worker's id.
        gathered: what all workers measured; on the master.

    Args:
        run: its number.
        settings: the options.
        plan: what they name.
        allowance: the sessions that may begin here.
    """

    def __init__(self, run: int, settings: Settings, plan: Plan | None, allowance: SessionQuota) -> None:
        self.run, self.settings, self.plan, self.allowance = run, settings, plan, allowance
        self.contract: Contract | None = plan.contract(os.environ) if plan else None
        self.tally = RunCounters()
        self.measured = WorkerMetrics()
        self.saturation = Saturation()
        self.lateness, self.stalls = SchedulingLag(), StallLog()
        self.pool: TemplatePool | None = None
        self.offer: OpenLoad | None = None
        self.replaying: ReplayProgress | None = None
        self.book: LedgerRecorder | None = None
        self.delivery: dict[str, Any] | None = None
        self.summary: Summary | None = None
        self.unwritten = self.broken = ""
        self.queue: SenderQueue | None = None
        self.heads: dict[Hashable, Head] = {}
        self.roster: frozenset[str] = frozenset()
        self.reports: dict[str, dict[str, Any]] = {}
        self.gathered, self.gathered_latencies = MergedSeconds(), GatheredLatencies()
        self.judging = CheckRunner(
            plan.checks if plan else [], plan.baseline if plan else None,
            plan.profile if plan and isinstance(plan.profile, Profile) else None,
            "sessions" if plan and plan.offered == "arrivals" else "events",
            ends_early=settings.abort_on_fail,
        )  # fmt: skip
        self.left, self.granted = settings.sessions, Counter[str]()
        self.is_stopping = self.is_over = self.is_all_sent = self.is_over_by_itself = False
        self.stopped_at: float | None = None
        self._offered_until = inf
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
            self.settings, self.plan.profile, self.plan.offered, pool, self.run, lane, self.allowance.take,
            lambda: self.allowance.is_used_up, lambda: self.started * 1000, self._maker(self.plan),
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

    def _built(self) -> tuple[int, float, float]:
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
            plan, source, part.share.place, now=lambda: self.now, may_begin=self.allowance.take,
            is_used_up=lambda: self.allowance.is_used_up, on_sent=self.replaying.record,
        )  # fmt: skip
        self.queue = SenderQueue(self.offer)

    def keep_book(self, lane: WorkerPartition, gave_up: Callable[[str], None]) -> None:
        """Begin the ledger, where one is wanted; the clock runs by now."""
        if self.plan is not None and self.settings.ledger:

            def gives_up(why: str) -> None:
                self.unwritten = why
                gave_up(why)

            self.book = LedgerRecorder(self.plan, self.run, lane, self.started * 1000, gives_up)

    def sends(self, prepared: PreparedBatch, tries: int = 0) -> None:
        """Record the faults of a batch before it is sent.

        Args:
            prepared: what will be sent.
            tries: how often it was sent already.
        """
        if self.book and prepared.fault and not tries + prepared.fault.attempt:
            for label in prepared.fault.labels:
                self.book.label(label)

    def sent(
        self, session: int, prepared: PreparedBatch, tries: int, due: float, begun: float, ended: float, receipt: Receipt
    ) -> None:  # fmt: skip
        """Count a batch and what became of it, and note both in the ledger.

        Args:
            session: the number of the session whose batch it is.
            prepared: what was sent.
            tries: how often it was sent before.
            due: when it was, in seconds since the run began; likewise the others.
            begun: when it was sent.
            ended: when it was answered, or given up.
            receipt: what became of it.
        """
        self.tally.sent_events(prepared.eids, len(prepared.body), receipt)
        self.measured.ended(ended, prepared.events, receipt.status, is_local=receipt.is_local)
        fault = prepared.fault
        if fault and not receipt.is_local:
            # A batch that was rejected unread is not judged: the table of faults has no verdict on it.
            is_read = has_read(receipt)
            self.tally.faulty(fault.outcome, receipt.status if is_read else "unknown")
            self.tally.to_reject += is_read and self._is_to_reject(fault)
        if self.book:
            attempt = tries + fault.attempt if fault else tries
            self.book.post(session, prepared.number, prepared.ranges, attempt, due, begun, ended, receipt)

    def _is_to_reject(self, fault: InjectedFault) -> bool:
        """Return whether a correct endpoint rejects a faulty batch at the answer."""
        assert self.plan is not None  # noqa: S101  nothing is sent without one
        family, form = family_of(self.settings.contract), self.plan.form
        return any(KINDS[label.fault].verdict(family, form) == "refused" for label in fault.labels)

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
        self.allowance.grant(sessions)
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

    def adherence(self) -> Adherence:
        """Return whether all nodes together offered the profile."""
        profile = self.plan.profile if self.plan else None
        if not isinstance(profile, Profile) or not self.clock.is_running:
            return ON_PROFILE
        reports = [report for report in self.reports.values() if report["shares"]]
        finals = [report["shares"][-1][0] for report in reports if report["final"]]
        # What a worker offers until it receives the end is at most the time that a message takes.
        end = min([self.ended, *([max(finals)] if finals else [])])
        shares = [report["shares"] for report in reports] if self.reports else [self.shares()]
        return adherence(profile, shares, end)

    def sending_time(self, seconds: Seconds) -> float:
        """Return the seconds in which all was sent: the profile's, or until the last batch if that was later.

        Waiting for the last answers is not part of it, nor what is due and unsent because of the end.
        """
        ended = min(self.ended, self._offered_until)
        profile = self.plan.profile if self.plan else None
        last = max((second.at + 1 for second in seconds if second.batches), default=0)
        if profile is None or not (self.is_over_by_itself or isfinite(profile.duration)):
            return max(ended, 0.001)
        asked = profile.duration if isfinite(profile.duration) else 0.0
        return max(min(ended, max(asked, last)), 0.001)

    def close(self) -> None:
        """Count what the end has left."""
        if self.offer:
            left = self.offer.close(self.ended, self.measured.dropped)
            self.tally.left(left)
            self._offered_until = left.offered_until
        if self.replaying:
            self.replaying.keep(now=True)
        if self.book:
            self.book.close()

    def report(self) -> dict[str, Any]:
        """Return what the master should know of this node."""
        return {
            "run": self.run, "counts": self.tally.as_dict(), "final": self.is_over,
            "all_sent": self.is_all_sent or self._is_idle, "saturation": self.saturation.report(),
            **self.measured.report(self.now, whole=self.is_over),
            **(self.replaying.report() if self.replaying else {}),
            "ledger": str(self.book.path) if self.book else "", "unwritten": self.unwritten,
            "is_ready": self.is_ready, "can_send": self.can_send, "shares": self.shares(),
            "stalls": self.stalls.report(), "built": self._built(),
        }  # fmt: skip

    @property
    def _is_idle(self) -> bool:
        """Whether no user fell to this node until the rate had come to its end."""
        profile = self.plan.profile if self.plan else None
        return profile is not None and not self.lateness.senders and self.now > profile.duration

    def has_all_sent(self, worker: str) -> bool:
        """Return whether a worker has reported that it has nothing left to send."""
        return bool(self.reports.get(worker, {}).get("all_sent"))

    def absorb(self, worker: str, report: dict[str, Any]) -> None:
        """Take a worker's report; one that was begun before the last one and came after it has nothing new."""
        known = self.reports.get(worker)
        if known and known["final"] and not report["final"]:
            return
        self.gathered.absorb(worker, report.pop("seconds"))
        self.gathered_latencies.absorb(worker, report.pop("latencies"))
        if self.replaying:
            self.replaying.absorb(worker, report)
        self.reports[worker] = report

    @property
    def workers(self) -> list[str]:
        """The ids of all workers of the run, those that have never reported among them."""
        return sorted(self.roster.union(self.reports))

    @property
    def unfinished(self) -> list[str]:
        """The ids of the workers whose last report has not come; at the end of the run, they are lost."""
        return [worker for worker in self.workers if not self.reports.get(worker, {}).get("final")]

    def merged(self) -> RunCounters:
        """Merge the counts of all nodes."""
        return RunCounters.of([self.tally.as_dict(), *(report["counts"] for report in self.reports.values())])

    def seconds(self) -> Seconds:
        """Return the seconds of all nodes."""
        if not self.reports:
            self.gathered.absorb(_HERE, self.measured.seconds.report(self.now, whole=self.is_over))
        return self.gathered.merged()

    def complete(self) -> int:
        """Return the second up to which all workers have reported everything."""
        living = [worker for worker, report in self.reports.items() if not report["final"]]
        return self.gathered.come_to(living or self.reports or [_HERE])

    def latencies(self) -> Latencies:
        """Return the latencies of all nodes."""
        return self.gathered_latencies.merged() if self.reports else self.measured.latencies

    def confusion(self) -> Confusion | None:
        """Return how the endpoint judged the faulty events; None without faults."""
        if self.plan is None or not self.plan.faults:
            return None
        family = family_of(self.settings.contract)
        return confusion_of_run(self.merged(), self.delivery, family, self.plan.form, self.plan.faults)

    def ledgers(self) -> list[str]:
        """Return the files of all nodes' ledgers."""
        own = [str(self.book.path)] if self.book else []
        return [*own, *(report["ledger"] for report in self.reports.values() if report["ledger"])]

    def incomplete_ledgers(self) -> list[str]:
        """Return why ledgers are not whole."""
        report = [self.unwritten, *(report["unwritten"] for report in self.reports.values())]
        return list(filter(None, report))

    def limits(self) -> Limits:
        """Return whether any node was itself the bottleneck."""
        reports = {worker: report["saturation"] for worker, report in self.reports.items()}
        found = limits(reports or {"": self.saturation.report()})
        stalls = stalled("", self.stalls.report())
        for worker, report in sorted(self.reports.items()):
            stalls += stalled(worker, report["stalls"])
        notes = [*found.notes, *stalls]
        notes += cost_text(
            self.settings.contract, [self._built(), *(report["built"] for report in self.reports.values())]
        )
        local = lacks(self.merged().reasons)
        found = found._replace(why=[*found.why, *local], local=local, has_stalled=bool(stalls))
        return found._replace(notes=[*notes, *(self.replaying.notes() if self.replaying else [])])


def _yield() -> None:
    """Yield to other greenlets, such as the one that reports to the master that this worker lives."""
    gevent.sleep(0)
