"""The run monitor: reads a node's run once a second, and shows it in the lower rows of the terminal, if there is one."""

import atexit
import os
from collections.abc import Callable
from contextlib import suppress
from math import inf, isfinite
from time import monotonic, thread_time

import gevent
from locust.env import Environment
from locust.runners import MasterRunner

from generator.load.checks.check import CheckResult
from generator.load.checks.confusion import figures_of
from generator.load.metrics.latencies import Latencies
from generator.load.metrics.second import Second
from generator.load.metrics.seconds import Seconds
from generator.load.monitor.run_snapshot import RequestedRate, RunSnapshot
from generator.load.monitor.screen import Screen, open_terminal
from generator.load.monitor.terminal_rows import ROWS, terminal_rows
from generator.load.monitor.time_series import TimeSeries
from generator.load.rates.profile import Profile
from generator.load.runner.load_run import LoadRun
from generator.load.runner.run_controller import RunController
from generator.load.summary import Summary

_BETWEEN_CHECKS = 5
"""Seconds between two judgements, after the first ones: they take as much time as all else."""

_GOES_ON = "the run was still going on"
_STDERR = 2


class RunMonitor:
    """Looks on, where a node leads.

    Args:
        node: whose tests are looked at.
        show: is called with each look.

    Attributes:
        standing: how the test stood at the last look; None before the first.
    """

    def __init__(self, node: RunController, show: Callable[[RunSnapshot], None] | None = None) -> None:
        self._node, self._show = node, show
        self.snapshot: RunSnapshot | None = None
        self._series = TimeSeries()
        self._judgements: list[CheckResult] = []
        self._is_over = False
        self._greenlet: gevent.Greenlet | None = None
        self._cpu = HubCpu()

    def begin(self) -> None:
        """Look on while the test that has just begun goes on."""
        self._series, self._judgements, self.snapshot, self._is_over = TimeSeries(), [], None, False
        test = self._node.test
        if test and test.plan:
            self._greenlet = self._node.guard.spawn("the display", self._look_on, test)

    def end(self) -> None:
        """Look for the last time, when everything is counted."""
        if self._greenlet:
            self._greenlet.kill()
            self._greenlet, self._is_over = None, True
        test = self._node.test
        if test and test.plan:
            self._look(test)

    def _look_on(self, test: LoadRun) -> None:
        while True:
            self._look(test)
            gevent.sleep(1)

    def _look(self, test: LoadRun) -> None:
        seconds = self._seconds(test)
        self._series.follow(seconds, seconds.end if self._is_over else test.totals.complete())
        if self._is_over:
            self._judgements = self._judge(test, seconds.total())
        elif self._series.end < _BETWEEN_CHECKS or self._series.end % _BETWEEN_CHECKS == 0:
            self._judgements = self._judge(test, self._series.whole)
        self.snapshot = self._take_snapshot(test)
        if self._show:
            self._show(self.snapshot)

    def _seconds(self, test: LoadRun) -> Seconds:
        """Return what was measured: at the end all is gathered, and to ask once more would begin another second."""
        return test.reports.seconds.merged() if self._is_over else test.totals.seconds()

    def _judge(self, test: LoadRun, total: Second) -> list[CheckResult]:
        """Judge the run so far. Windows are left to the referee, which must see itself what fails in one."""
        if not (test.plan and test.plan.checks):
            return []
        return test.judging.judgements(
            total,
            max(_elapsed(test), 0.001),
            self._lost(test),
            figures_of(test.totals.confusion()),
            is_limited=test.totals.limits().is_limited,
        )

    def _take_snapshot(self, test: LoadRun) -> RunSnapshot:
        runner, series = self._node.runner, self._series
        plan = test.plan
        profile = plan.profile if plan else None
        asked = RequestedRate(profile, plan.offered) if plan and isinstance(profile, Profile) else None
        return RunSnapshot(
            test.run, self._node.environment.host or "", _elapsed(test), self._planned(asked), bool(profile), asked,
            series.end, series.last, series.ten(), series.whole, tuple(series.minute),
            test.totals.counters(), test.totals.latencies(), test.totals.limits(), self._judgements,
            runner.user_count if runner else 0, max(1, len(test.reports.workers)), self._busiest(),
        )  # fmt: skip

    def _lost(self, test: LoadRun) -> int:
        """Count the workers whose last report never came, where all should have come."""
        return len(test.reports.unfinished) if self._is_over else 0

    def _planned(self, asked: RequestedRate | None) -> float | None:
        until = min(self._node.run_time or inf, asked.profile.duration if asked else inf)
        return until if isfinite(until) else None

    def _busiest(self) -> float:
        runner = self._node.runner
        if isinstance(runner, MasterRunner):
            return float(max((client.cpu_usage for client in runner.clients.values()), default=0))
        return self._cpu.ask()

    def summary(self) -> Summary | None:
        """Sum up the run so far, or give what it came to; None where there is none."""
        test, snapshot = self._node.test, self.snapshot
        if test and test.summary:
            return test.summary
        if test is None or test.plan is None or snapshot is None:
            return None
        latencies, limits = Latencies(), test.totals.limits()
        for name, timing in test.totals.latencies().items():
            latencies[name].merge(timing)
        judgements = self._judgements if self._is_over else self._judge(test, self._series.whole)
        notes = [*limits.notes, *([] if self._is_over else [_GOES_ON])]
        return Summary(
            test.run, test.settings, "open" if test.plan.profile else "closed", snapshot.host, test.totals.counters(),
            test.started, test.started + _elapsed(test), self._seconds(test), latencies, limits,
            judgements, None, snapshot.workers, self._lost(test), None, notes,
        )  # fmt: skip


class HubCpu:
    """What the hub's thread has used of a core since it was last asked, in per cent."""

    def __init__(self) -> None:
        self._at, self._used = monotonic(), thread_time()

    def ask(self) -> float:
        """Return it."""
        at, used = self._at, self._used
        self._at, self._used = monotonic(), thread_time()
        return 100 * (self._used - used) / max(self._at - at, 0.001)


def _elapsed(test: LoadRun) -> float:
    """Return the seconds since a test began, or until it was stopped."""
    return test.now if test.stopped_at is None else test.stopped_at


class Display:
    """Shows how a run stands, from the first look until the end.

    Args:
        terminal: a descriptor of its own, see `open_terminal`.
    """

    def __init__(self, terminal: int) -> None:
        self._screen: Screen | None = Screen(terminal, ROWS, colour="NO_COLOR" not in os.environ)
        atexit.register(self.end)

    def show(self, standing: RunSnapshot) -> None:
        """Draw it; a terminal that has gone is not drawn on any more."""
        if self._screen:
            try:
                self._screen.draw(terminal_rows(standing))
            except OSError:
                self.end()

    def end(self) -> None:
        """Leave the terminal as it was."""
        screen, self._screen = self._screen, None
        if screen:
            with suppress(OSError):
                screen.release()


def display_of(environment: Environment) -> Display | None:
    """Return a display where a run is headless and its log goes to a terminal, and else none."""
    options = environment.parsed_options
    if not (options and options.headless) or environment.web_ui:
        return None
    terminal = open_terminal(_STDERR, os.environ)
    return None if terminal is None else Display(terminal)
