"""Judging a run: its checks, while it runs and at its end."""

from collections.abc import Sequence

from generator.load.checks.check import Check, CheckResult
from generator.load.checks.windows import Windows
from generator.load.metrics.metrics import OF_THE_RUN, Figures, metrics_of
from generator.load.metrics.second import Second
from generator.load.metrics.seconds import Seconds
from generator.load.rates.adherence import ON_PROFILE, Adherence
from generator.load.rates.profile import Profile

BREAKPOINT_WINDOW = 10
"""Seconds over which a check is judged that ends a breakpoint, where it names none itself."""


class CheckRunner:
    """The checks of one run.

    Args:
        checks: what must hold.
        baseline: an earlier run's figures.
        unit: what the rate counts, for people.
        profile: the rate, in the open model; one that rises until a check fails judges all of them while it runs.
        ends_early: whether the first failure ends the run.
    """

    def __init__(
        self, checks: Sequence[Check], baseline: Figures | None, profile: Profile | None, unit: str = "events",
        *, ends_early: bool,
    ) -> None:  # fmt: skip
        self._rises = profile is not None and profile.is_breakpoint
        if self._rises:
            checks = [*map(_windowed, checks)]
        self._checks, self._baseline, self._profile = checks, baseline, profile
        self._unit = unit
        self._windows = Windows(checks, baseline)
        self._ends_early = ends_early or self._rises
        self.failed: CheckResult | None = None

    def look(self, seconds: Seconds, until: int) -> bool:
        """Judge the windows that are complete, and return whether the run should end now.

        Args:
            seconds: of the run, of all workers.
            until: the first second that is not complete.
        """
        failed = self._windows.look(seconds, until)
        if failed and self.failed is None:
            self.failed = failed[0]
        return bool(failed) and self._ends_early

    def finish(self, seconds: Seconds, until: int) -> None:
        """Judge the windows at the end, when all is known, see `Windows.finish`."""
        self._windows.finish(seconds, until)

    def judgements(
        self, total: Second, seconds: float, lost_workers: int, on_faults: Figures | None = None,
        adherence: Adherence = ON_PROFILE, *, is_limited: bool
    ) -> list[CheckResult]:  # fmt: skip
        """Judge all checks at the end.

        Args:
            total: the run as one second.
            seconds: the time in which it was sent.
            lost_workers: workers whose last counts never came.
            on_faults: how the endpoint judged the faulty events, see `figures_of`.
            adherence: whether what was due was what the profile asks for.
            is_limited: whether the generator was the bottleneck.
        """
        figures = metrics_of(
            total, seconds, lost_workers=lost_workers, on_faults=on_faults or {}, adherence=adherence.penalty
        )
        whole = [
            check.judge(figures, self._baseline, is_limited=is_limited)
            for check in self._checks
            if not check.window
        ]
        windowed = self._windows.judgements(is_limited=is_limited)
        return [*whole, *(_with_adherence(one, adherence) for one in windowed)]

    def breaking_point(self) -> str:
        """Describe the rate at which a rising one broke, and the last good one; "" if it did not rise, or did not break."""
        failed = self.failed
        if not self._rises or self._profile is None:
            return ""
        if failed is None or failed.at is None:
            return f"no check failed up to {self._profile.peak:,.0f} {self._unit} a second"
        point = self._profile.breaking_point(failed.at, failed.check.window)
        return (
            f"{failed.check} failed at {point.rate:,.0f} {self._unit} a second; "
            f"the last good rate was {point.last_good:,.0f}"
        )


def _with_adherence(judgement: CheckResult, adherence: Adherence) -> CheckResult:
    """Fail a windowed check of the achieved rate if another rate was offered than the profile asks for."""
    if judgement.check.metric != "achieved_rate" or not judgement.passed or adherence.is_on_profile:
        return judgement
    return judgement._replace(verdict="failed", why=str(adherence))


def _windowed(check: Check) -> Check:
    """Return the check with a window, if it can have one."""
    if check.window or check.metric in OF_THE_RUN:
        return check
    return check._replace(window=BREAKPOINT_WINDOW)
