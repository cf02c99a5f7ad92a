"""The totals of a run: what all of its nodes have reported, merged."""

from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from generator.faults.confusion import Confusion
from generator.faults.kind import family_of
from generator.load.checks.confusion import confusion_of_run
from generator.load.checks.saturation import Limits, lacks, limits
from generator.load.counters import RunCounters
from generator.load.metrics.latencies import GatheredLatencies, Latencies
from generator.load.metrics.seconds import MergedSeconds, Seconds
from generator.load.rates.adherence import ON_PROFILE, Adherence, adherence
from generator.load.rates.profile import Profile
from generator.load.runner.senders import stalled
from generator.load.template.built import cost_text

if TYPE_CHECKING:
    from generator.load.runner.load_run import LoadRun

_HERE = "local"
"""The only worker of a run without any."""


class WorkerReports:
    """The last report of each worker, on the master; none on a node that sends alone.

    Attributes:
        roster: the ids of the workers that were there when the run began.
        last: the last report of each worker, by its id.
        seconds: the seconds of all workers.
        latencies: the latencies of all workers.
    """

    def __init__(self) -> None:
        self.roster: frozenset[str] = frozenset()
        self.last: dict[str, dict[str, Any]] = {}
        self.seconds, self.latencies = MergedSeconds(), GatheredLatencies()

    def absorb(self, worker: str, report: dict[str, Any]) -> bool:
        """Take a worker's report, and return whether it has anything new.

        A report that was begun before the worker's last one and came after it has nothing new.
        """
        known = self.last.get(worker)
        if known and known["final"] and not report["final"]:
            return False
        self.seconds.absorb(worker, report.pop("seconds"))
        self.latencies.absorb(worker, report.pop("latencies"))
        self.last[worker] = report
        return True

    def values(self, name: str) -> list[Any]:
        """Return a value of each report."""
        return [report[name] for report in self.last.values()]

    def holds(self, worker: str, name: str) -> bool:
        """Return whether a worker's last report affirms something."""
        return bool(self.last.get(worker, {}).get(name))

    @property
    def workers(self) -> list[str]:
        """The ids of all workers of the run, those that have never reported among them."""
        return sorted(self.roster.union(self.last))

    @property
    def unfinished(self) -> list[str]:
        """The ids of the workers whose last report has not come; at the end of the run, they are lost."""
        return [worker for worker in self.workers if not self.holds(worker, "final")]


class RunTotals:
    """What all nodes of a run have sent, together.

    Args:
        run: the run, as this node has it.
        reports: of the workers, if it has any.
    """

    def __init__(self, run: "LoadRun", reports: WorkerReports) -> None:
        self._run, self._reports = run, reports

    def counters(self) -> RunCounters:
        """Merge the counters of all nodes."""
        return RunCounters.of([self._run.sent.counters.as_dict(), *self._reports.values("counts")])

    def seconds(self) -> Seconds:
        """Return the seconds of all nodes."""
        run, reports = self._run, self._reports
        if not reports.last:
            reports.seconds.absorb(_HERE, run.sent.metrics.seconds.report(run.now, whole=run.is_over))
        return reports.seconds.merged()

    def complete(self) -> int:
        """Return the second up to which all workers have reported everything."""
        living = [worker for worker, report in self._reports.last.items() if not report["final"]]
        return self._reports.seconds.come_to(living or self._reports.last or [_HERE])

    def latencies(self) -> Latencies:
        """Return the latencies of all nodes."""
        return self._reports.latencies.merged() if self._reports.last else self._run.sent.metrics.latencies

    def adherence(self) -> Adherence:
        """Return whether all nodes together offered the profile."""
        run, reports = self._run, list(self._reports.last.values())
        profile = run.plan.profile if run.plan else None
        if not isinstance(profile, Profile) or not run.clock.is_running:
            return ON_PROFILE
        shares = [report["shares"] for report in reports if report["shares"]]
        finals = [report["shares"][-1][0] for report in reports if report["shares"] and report["final"]]
        # What a worker offers until it receives the end is at most the time that a message takes.
        end = min(run.ended, max(finals, default=inf))
        return adherence(profile, shares if reports else [run.shares()], end)

    def sending_time(self, seconds: Seconds) -> float:
        """Return the seconds in which all was sent: the profile's, or until the last batch if that was later.

        Waiting for the last answers is not part of it, nor what is due and unsent because of the end.
        """
        run = self._run
        ended = min(run.ended, run.offered_until)
        profile = run.plan.profile if run.plan else None
        last = max((second.at + 1 for second in seconds if second.batches), default=0)
        if profile is None or not (run.is_over_by_itself or isfinite(profile.duration)):
            return max(ended, 0.001)
        asked = profile.duration if isfinite(profile.duration) else 0.0
        return max(min(ended, max(asked, last)), 0.001)

    def confusion(self) -> Confusion | None:
        """Return how the endpoint judged the faulty events; None without faults."""
        run = self._run
        if run.plan is None or not run.plan.faults:
            return None
        family = family_of(run.settings.contract)
        return confusion_of_run(self.counters(), run.delivery, family, run.plan.form, run.plan.faults)

    def ledgers(self) -> list[str]:
        """Return the files of all nodes' ledgers."""
        own = [str(self._run.sent.ledger.path)] if self._run.sent.ledger else []
        return [*own, *filter(None, self._reports.values("ledger"))]

    def incomplete_ledgers(self) -> list[str]:
        """Return why ledgers are not whole."""
        return list(filter(None, [self._run.sent.unwritten, *self._reports.values("unwritten")]))

    def limits(self) -> Limits:
        """Return whether any node was itself the bottleneck."""
        run, reports = self._run, self._reports.last
        saturation = {worker: report["saturation"] for worker, report in reports.items()}
        found = limits(saturation or {"": run.saturation.report()})
        stalls = stalled("", run.stalls.report())
        for worker, report in sorted(reports.items()):
            stalls += stalled(worker, report["stalls"])
        notes = [*found.notes, *stalls]
        notes += cost_text(run.settings.contract, [run.built(), *self._reports.values("built")])
        local = lacks(self.counters().reasons)
        found = found._replace(why=[*found.why, *local], local=local, has_stalled=bool(stalls))
        return found._replace(notes=[*notes, *(run.replaying.notes() if run.replaying else [])])
