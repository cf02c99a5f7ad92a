"""Sliding windows: checks that must hold in every window of a run, judged while it runs.

A window ends with each whole second. Where a window has no data there is nothing to judge, with one exception:
a latency that must be shorter than the window, while something was on its way when the window began and nothing
was answered in all of it. Then it is longer already. So a stall fails while it lasts, and a pause does not.
Where others are answered, what is on its way at the window's end counts in the response with the time it has waited.
What nothing could send in time is known at the end alone, and the windows are judged once more with it then.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from generator.load.checks.check import Check, CheckResult
from generator.load.metrics.metrics import METRICS, Figures
from generator.load.metrics.seconds import Seconds
from generator.load.metrics.sliding_window import Slice, SlidingWindow


class Windows:
    """The windowed ones of a run's checks.

    Args:
        checks: all of the run's; those without a window are left alone.
        baseline: an earlier run's figures.
    """

    def __init__(self, checks: Iterable[Check], baseline: Figures | None = None) -> None:
        self.checks = [check for check in checks if check.window]
        self._baseline = baseline
        self._judged = 0
        self._on_their_way = [0]
        self._worst: dict[Check, CheckResult] = {}
        self._needed = {check.metric.partition("_")[0] for check in self.checks}
        self._sliding = {length: SlidingWindow(length) for length in {check.window for check in self.checks}}
        self._slices: deque[Slice] = deque(maxlen=max(self._sliding, default=0) + 1)

    def look(self, seconds: Seconds, until: int) -> list[CheckResult]:
        """Judge every window that ends with a second before this one and was not judged yet.

        Args:
            seconds: of the run, of all workers.
            until: the first second that is not complete.

        Returns:
            The checks that fail for the first time, each with the second at which its window ended.
        """
        return [
            failed for end in range(self._judged + 1, until + 1) for failed in self._look_at(seconds, end)
        ]

    def finish(self, seconds: Seconds, until: int) -> None:
        """Judge what is left at the end of a run, and what has passed once more if anything was dropped."""
        self.look(seconds, until)
        passed = [check for check in self.checks if not self._has_failed(check)]
        if passed and seconds.have_dropped:
            again = Windows(passed, self._baseline)
            again.look(seconds, until)
            for check in passed:
                self._worst.pop(check, None)
            self._worst.update(again._worst)

    def _look_at(self, seconds: Seconds, end: int) -> Iterator[CheckResult]:
        """Judge the windows that end here."""
        last = seconds.window(end - 1, end)
        self._on_their_way.append(self._on_their_way[-1] + last.batches - last.settled)
        self._judged = end
        open_checks = [check for check in self.checks if check.window <= end and not self._has_failed(check)]
        self._slices.append(Slice.of(last, self._needed))
        for sliding in self._sliding.values():
            sliding.step(self._slices, last.waiting)
        for check in open_checks:
            judgement = self._judge(check, self._sliding[check.window], end)
            if judgement:
                self._keep(judgement)
                if not judgement.passed:
                    yield judgement

    def judgements(self, *, is_limited: bool = False) -> list[CheckResult]:
        """Judge the windowed checks at the end: by the first window that failed, or by the worst of those that passed.

        Args:
            is_limited: whether the generator was the bottleneck.
        """
        return [self._ending(check, is_limited=is_limited) for check in self.checks]

    def _ending(self, check: Check, *, is_limited: bool) -> CheckResult:
        judgement = self._worst.get(check)
        if judgement is None:
            is_short = self._judged < check.window
            why = f"the run had no whole {check.window} s" if is_short else "nothing to judge in any window"
            return check.judge({}, self._baseline, is_limited=is_limited)._replace(why=why)
        if judgement.value is None:
            return judgement._replace(verdict="invalid") if is_limited else judgement
        figures = {check.metric: judgement.value}
        return check.judge(figures, self._baseline, is_limited=is_limited, at=judgement.at)

    def _judge(self, check: Check, window: SlidingWindow, end: int) -> CheckResult | None:
        """Judge one window; None where there is nothing to judge."""
        metric = METRICS[check.metric]
        figures = {check.metric: metric.value(window, check.window)}
        judgement = check.judge(figures, self._baseline, at=end)
        if judgement.verdict != "no data":
            return judgement
        waiting = self._on_their_way[end - check.window]
        must_be_shorter = metric.unit == "ms" and check.operator.startswith("<")
        if (
            window.answered
            or waiting <= 0
            or not must_be_shorter
            or (judgement.limit or 0) > 1000 * check.window
        ):
            return None
        return judgement._replace(verdict="failed", why=f"no answer, with {waiting:,} batches on their way")

    def _keep(self, judgement: CheckResult) -> None:
        """Keep a failure, or the worst of what has passed."""
        worst = self._worst.get(judgement.check)
        if worst is None or not judgement.passed or judgement.badness > worst.badness:
            self._worst[judgement.check] = judgement

    def _has_failed(self, check: Check) -> bool:
        return check in self._worst and not self._worst[check].passed
