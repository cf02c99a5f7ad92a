"""The end of a test: everything counted is summed up, judged and written, and the exit code is formed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from locust.env import Environment
from locust.runners import Runner

from generator.chance import SeededChance
from generator.delivery.address import is_loopback
from generator.errors import FootfallError
from generator.load.checks.confusion import figures_of
from generator.load.checks.verdict import ExitReason, RunVerdict
from generator.load.outcome import verdict_of
from generator.load.runner.echo import echo
from generator.load.runner.load_run import LoadRun
from generator.load.summary import Summary
from generator.report.charts.session import sample_of
from generator.report.junit import junit
from generator.report.page import page
from generator.report.run import Run, SampleSession, read_run
from generator.scenarios.story import play
from generator.system.files import write_file

GATEWAY_AN_HOUR = 100_000
"""Requests an hour that Sunbird's gateway lets through for one credential, as its Kong is configured."""
_ENOUGH = 10
_UNWRITTEN = 2
"""The exit code of a run that is well but for a file that could not be written."""


def finalise(
    test: LoadRun,
    environment: Environment,
    endpoint: dict[str, Any] | None,
    delivery: dict[str, Any] | None = None,
) -> Summary:
    """Sum a test up.

    Args:
        test: what was sent, and what became of it.
        environment: Locust's.
        endpoint: what the embedded endpoint counted, where it was sent to.
        delivery: what was found behind the endpoint, where anybody looked, see `prove`.
    """
    assert test.plan is not None  # noqa: S101  nothing is summed up where nothing was played
    lost = len(test.reports.unfinished)
    ended = test.started + test.ended
    seconds, limits, adherence = test.totals.seconds(), test.totals.limits(), test.totals.adherence()
    sending = test.totals.sending_time(seconds)
    test.judging.finish(seconds, test.totals.complete())
    test.delivery = delivery
    confusion = test.totals.confusion()
    judgements = test.judging.judgements(
        seconds.total(), sending, lost, figures_of(confusion), adherence, is_limited=limits.is_limited
    )  # fmt: skip
    summary = Summary(
        test.run, test.settings, "open" if test.plan.profile else "closed", environment.host or "", test.totals.counters(),
        test.started, ended, seconds, test.totals.latencies(), limits, judgements, endpoint,
        max(1, len(test.reports.workers)), lost, _sample(test), [*limits.notes, *_notes(test, environment, ended)],
        delivery, confusion, sending=sending, adherence=adherence,
    )  # fmt: skip
    summary.exit_code, summary.exit_reasons = _verdict(summary, environment, test)
    # Locust else forms its own.
    environment.process_exit_code = summary.exit_code
    test.summary = summary
    return summary


def write(summary: Summary) -> None:
    """Write what was asked for: the summary, the page, JUnit's file.

    If one cannot be written, the run has not succeeded; the others then report that too.
    """
    if _write_all(summary, echo):
        return
    reason = ExitReason(_UNWRITTEN, "run", "a file could not be written")
    summary.exit_reasons = [*(summary.exit_reasons or []), reason]
    summary.exit_code = summary.exit_code or _UNWRITTEN
    _write_all(summary, lambda _: None)


def _write_all(summary: Summary, tell: Callable[[str], None]) -> bool:
    """Write all files, and return whether each was written."""
    settings, written = summary.settings, []
    if settings.summary:
        written.append(_write("--summary", settings.summary, summary.as_json, tell))
    if settings.report or settings.junit:
        run = msgspec.json.decode(summary.as_json(), type=Run)
        if settings.report:
            written.append(_write("--report", settings.report, lambda: _page(summary, run), tell))
        if settings.junit:
            written.append(_write("--junit", settings.junit, lambda: junit(run), tell))
    return all(written)


def _page(summary: Summary, run: Run) -> bytes:
    baseline = summary.settings.baseline
    return page(run, read_run(Path(baseline)) if baseline else None).encode()


def _write(option: str, name: str, content: Callable[[], bytes], tell: Callable[[str], None]) -> bool:
    """Write a file whole or not at all, and return whether it was written."""
    try:
        write_file(Path(name), content())
    except OSError as error:
        tell(f"{option} {name}: cannot be written: {error.strerror}")
        return False
    except FootfallError as error:
        tell(str(error))
        return False
    return True


def _verdict(summary: Summary, environment: Environment, test: LoadRun) -> RunVerdict:
    """Return the exit code and its reasons."""
    runner: Runner | None = environment.runner
    options = environment.parsed_options
    return verdict_of(
        summary,
        incomplete=test.totals.incomplete_ledgers(),
        broken=test.broken,
        failures=environment.stats.num_failures,
        on_errors=options.exit_code_on_error if options else 1,
        has_raised=bool(runner and runner.exceptions),
    )


def _notes(test: LoadRun, environment: Environment, ended: float) -> list[str]:
    notes = []
    adherence = test.totals.adherence()
    if not adherence.is_on_profile or adherence.deviations:
        notes.append(f"the offered rate left the profile: {adherence}")
    broken = test.judging.breaking_point()
    if broken:
        notes.append(broken)
    a_second = test.totals.counters().batches / max(ended - test.started, _ENOUGH)
    is_here = is_loopback(urlsplit(environment.host or "").hostname or "")
    if test.settings.contract == "sunbird" and not is_here and a_second > GATEWAY_AN_HOUR / 3600:
        notes.append(
            f"{a_second:,.1f} requests a second: Sunbird's gateway, as it is configured, lets "
            f"{GATEWAY_AN_HOUR:,} an hour through for one credential, which is {GATEWAY_AN_HOUR / 3600:.1f} a second"
        )
    return notes


def _sample(test: LoadRun) -> SampleSession | None:
    """Play one session of the first scenario, to be shown."""
    plan = test.plan
    if plan is None or plan.dataset or test.broken:
        return None  # what broke may be a script, which would be played once more
    scenario = max(plan.scenarios, key=lambda one: one.share)
    try:
        chance = SeededChance(plan.settings.seed, "sample")
        session = play(scenario, plan.world.learner(0, scenario.device), int(test.started * 1000), chance)
        return sample_of(scenario.name, session.as_json(plan.form))
    except FootfallError:
        return None  # the run itself has counted scripts that raise
