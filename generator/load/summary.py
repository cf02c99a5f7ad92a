"""The end of a run: its numbers, as JSON has them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import msgspec

from generator import __version__
from generator.faults.confusion import Confusion
from generator.load.checks.check import CheckResult
from generator.load.checks.confusion import figures_of
from generator.load.checks.saturation import Limits
from generator.load.checks.verdict import ExitReason
from generator.load.counters import RunCounters
from generator.load.metrics.latencies import Latencies, Timing
from generator.load.metrics.latency import PARTS, Latency
from generator.load.metrics.metrics import Figures, metrics_of
from generator.load.metrics.second import COUNTS, Second
from generator.load.metrics.seconds import Seconds
from generator.load.rates.adherence import ON_PROFILE, Adherence
from generator.load.schedule import LAST_MOMENTS
from generator.load.settings import Settings
from generator.load.virtual_learner import run_tag
from generator.load.way_out import way_out
from generator.report.run import SampleSession

SHOWN = ("p50", "p90", "p95", "p99", "max")
"""The percentiles that the summary shows."""


_FEW = 0.01
"""The part of what was due that may be dropped before the last moments without a reason in the verdict."""


@dataclass
class Summary:
    """What a run came to.

    Attributes:
        started, ended: in seconds since 1970.
        seconds, latencies: what was measured, of all workers.
        limits: whether the generator was itself the bottleneck.
        judgements: of every check.
        endpoint: what the embedded endpoint counted; None where another was used.
        workers: processes that sent.
        lost_workers: of these, those whose last counts never came.
        sample: one session as its events show it.
        notes: what else is worth knowing.
        delivery: the verification's result, as `footfall verify --json` prints it; None without a verification.
        faults: how the endpoint judged the faulty events; None without any.
        exit_code: that the run ends with.
        exit_reasons: every reason for it, the decisive one first; None while the run goes on.
        sending: seconds in which all was sent, by which rates are divided; None for the whole length of the run.
        adherence: whether what was due was what the profile asks for.
    """

    run: int
    settings: Settings
    model: str
    host: str
    tally: RunCounters
    started: float
    ended: float
    seconds: Seconds
    latencies: Latencies
    limits: Limits
    judgements: list[CheckResult]
    endpoint: dict[str, Any] | None
    workers: int
    lost_workers: int
    sample: SampleSession | None
    notes: list[str]
    delivery: dict[str, Any] | None = None
    faults: Confusion | None = None
    exit_code: int = 0
    exit_reasons: list[ExitReason] | None = None
    sending: float | None = None
    adherence: Adherence = ON_PROFILE

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it; `generator.report.run` describes the fields."""
        whole, total = self.whole, self.total
        service = whole.service.as_dict() if whole.service.count else {}
        return {
            "version": __version__,
            "run": f"{self.run:08x}",
            "seed": self.settings.seed,
            "host": self.host,
            "contract": self.settings.contract,
            "scenarios": sorted(self.tally.by_scenario),
            "model": self.model,
            "options": self.options,
            "started_at": _iso(self.started),
            "ended_at": _iso(self.ended),
            "sending_s": self.sending or self.duration,
            **self.tally.as_dict(),
            "late": total.late,
            "percentiles": {name: service[name] for name in SHOWN if name in service},
            "service": service,
            "response": whole.response.as_dict() if whole.response.count else {},
            "service_curve": whole.service.curve(),
            "response_curve": whole.response.curve(),
            "by_scenario_latency": {name: _timing(timing) for name, timing in sorted(self.latencies.items())},
            "seconds": [_second(second) for second in self.seconds],
            "figures": self.figures,
            "checks": [_check(one) for one in self.judgements],
            "generator": {"limited": self.limits.is_limited, "why": "; ".join(self.limits.why)},
            "generator_limited": self.limits.why,
            "workers": self.workers,
            "lost_workers": self.lost_workers,
            "endpoint": self.endpoint,
            "sample": msgspec.to_builtins(self.sample),
            "notes": self.notes,
            "delivery": self.delivery,
            "faults": msgspec.to_builtins(self.faults),
            "warning": self.warning,
            "purge": self.purge,
            "exit_code": self.exit_code,
            "ongoing": self.exit_reasons is None,
            "exit_reasons": None
            if self.exit_reasons is None
            else [one._asdict() for one in self.exit_reasons],
        }

    @cached_property
    def whole(self) -> Timing:
        """The latencies of all scenarios."""
        whole = Timing(Latency(), Latency())
        for timing in self.latencies.values():
            whole.merge(timing)
        return whole

    @cached_property
    def total(self) -> Second:
        """All seconds as one."""
        return self.seconds.total()

    @property
    def figures(self) -> Figures:
        """What checks judge, and what a later run may be held against."""
        return metrics_of(
            self.total, self.sending or self.duration, lost_workers=self.lost_workers,
            on_faults=figures_of(self.faults), adherence=self.adherence.penalty,
        )  # fmt: skip

    @property
    def duration(self) -> float:
        """Its length in seconds, at least a millisecond."""
        return max(self.ended - self.started, 0.001)

    @property
    def options(self) -> dict[str, Any]:
        """What was asked for, where it is not what is done by default."""
        return self.settings.as_dict()

    @property
    def purge(self) -> str:
        """How the run's events are found and deleted."""
        return how_to_purge(self.run, self.settings)

    @property
    def is_in_vain(self) -> bool:
        """Whether batches were sent and none was acknowledged, though one had to be."""
        tally = self.tally
        return tally.batches > 0 and not tally.acked and not self.are_all_to_reject

    @property
    def are_all_to_reject(self) -> bool:
        """Whether every batch had a fault for which a correct endpoint rejects it."""
        return 0 < self.tally.batches == self.tally.to_reject

    @property
    def overdue_events(self) -> int:
        """How many events were dropped; 0 if only the run's last moments dropped them.

        It is 0 unless over 1 % of the whole was dropped of what was due more than a second before the end. If the generator
        was the bottleneck, it is 0 too: a reason of its own reports that.
        """
        if self.model != "open" or self.limits.is_limited:
            return 0
        before = (self.sending or self.duration) - LAST_MOMENTS
        overdue = sum(second.dropped_events for second in self.seconds if second.at + 1 <= before)
        return self.tally.dropped_events if overdue > _FEW * self.total.offered_events else 0

    @property
    def is_clean(self) -> bool:
        """Whether all that was sent was acknowledged and, where that is known, accepted and delivered."""
        stored = self.endpoint or {}
        kinds = (stored.get(kind, {}).get("events", 0) for kind in ("rejected", "duplicate"))
        is_all_acked = self.tally.acked == self.tally.batches and not self.lost_workers
        is_delivered = not self.delivery or self.delivery["outcome"] == "delivered"
        return is_all_acked and is_delivered and not any(kinds)

    @property
    def warning(self) -> str:
        """Why the run shows nothing, and the way out; "" where it shows something."""
        tally = self.tally
        if self.is_in_vain:
            [(reason, _)] = tally.reasons.most_common(1)
            words = reason.partition(": ")[2]
            way = way_out(words, self.settings.contract)
            return f"nothing was acknowledged: {words}" + (f"; {way}" if way else "")
        if not tally.batches and (tally.sessions > tally.unplayed or tally.unsent_events):
            return "no event was sent before the end; raise --speed or --run-time"
        if not tally.batches:
            return "no event was sent"
        return self._missed_rate()

    def _missed_rate(self) -> str:
        """Return that the rate was not met, if much of what was due was never sent."""
        offered, dropped = self.total.offered_events, self.tally.dropped_events
        if dropped * 100 <= offered:
            return ""
        if self.limits.is_limited:
            why = "the generator itself was the bottleneck; add --processes, or ask for less"
        elif self.limits.has_stalled:
            why = "the generator stood still, as a note reports; what was dropped then proves nothing about the endpoint"
        else:
            why = "the endpoint took no more over these connections; see whether more --users help"
        achieved = 100 * self.tally.acked_events / max(offered, 1)
        return f"the rate was not met: {achieved:.3g} % of what was due was acknowledged; {why}"

    def as_json(self) -> bytes:
        """Return it as a file has it."""
        return json.dumps(self.as_dict(), indent=1).encode() + b"\n"


def _timing(timing: Timing) -> dict[str, dict[str, float]]:
    return {"service": timing.service.as_dict(), "response": timing.response.as_dict()}


def _second(second: Second) -> dict[str, Any]:
    row = {"at": second.at, **{name: getattr(second, name) for name in COUNTS}}
    for name in ("service", "response"):
        latency: Latency = getattr(second, name)
        for part in ("p50", "p99"):
            row[f"{name}_{part}"] = latency.percentile(PARTS[part]) if latency.count else None
    return row


def _check(judgement: CheckResult) -> dict[str, Any]:
    return {**judgement.as_dict(), "passed": None if judgement.verdict == "invalid" else judgement.passed}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def how_to_purge(run: int, settings: Settings) -> str:
    """Return how a run's events are found and deleted."""
    if settings.verbatim:
        return "its events are the dataset's own, as they were: only their mids identify them"
    if not settings.no_run_tag:
        return f"delete the events whose tags hold {run_tag(run)!r}"
    return f"delete the events with {run:08x} from the 9th digit of their mid on"
