"""The end of a test: everything counted is summed up, judged and written, and the exit code is formed."""

from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
from locust.env import Environment
from locust.runners import Runner

from generator.chance import SeededChance
from generator.delivery.address import is_loopback
from generator.errors import FootfallError
from generator.files import write_file
from generator.load.judge.confusion import figures_of
from generator.load.judge.verdict import verdict
from generator.load.summary import Summary
from generator.load.swarm.say import say
from generator.load.swarm.test import Test
from generator.report.junit import junit
from generator.report.page import page
from generator.report.run import Run, Sample, read_run
from generator.report.sample import sample_of
from generator.story import play

GATEWAY_AN_HOUR = 100_000
"""Requests an hour that Sunbird's gateway lets through for one credential, as its Kong is configured."""
_ENOUGH = 10


def sum_up(
    test: Test,
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
    lost = sum(not said["final"] for said in test.reports.values())
    ended = time() if test.stopped_at is None else test.started + test.stopped_at
    seconds, limits = test.seconds(), test.limits()
    test.judging.look(seconds, test.complete())
    test.delivery = delivery
    confusion = test.confusion()
    judgements = test.judging.judgements(
        seconds.total(), max(ended - test.started, 0.001), lost, figures_of(confusion), is_limited=limits.is_limited
    )  # fmt: skip
    summary = Summary(
        test.run, test.settings, "open" if test.plan.profile else "closed", environment.host or "", test.merged(),
        test.started, ended, seconds, test.latencies(), limits, judgements, endpoint,
        max(1, len(test.reports)), lost, _sample(test), [*limits.notes, *_notes(test, environment, ended)],
        delivery, confusion,
    )  # fmt: skip
    summary.exit_code = _exit_code(summary, environment, test)
    return summary


def write(summary: Summary) -> bool:
    """Write what was asked for: the summary, the page, JUnit's file. False where one could not be written."""
    settings, written = summary.settings, []
    if settings.summary:
        written.append(_write("--summary", settings.summary, summary.as_json))
    if settings.report or settings.junit:
        run = msgspec.json.decode(summary.as_json(), type=Run)
        baseline = read_run(Path(settings.baseline)) if settings.baseline else None
        if settings.report:
            written.append(_write("--report", settings.report, lambda: page(run, baseline).encode()))
        if settings.junit:
            written.append(_write("--junit", settings.junit, lambda: junit(run)))
    return all(written)


def _write(option: str, name: str, content: Callable[[], bytes]) -> bool:
    """Write a file whole or not at all, and say whether it was written."""
    try:
        write_file(Path(name), content())
    except OSError as error:
        say(f"{option} {name}: cannot be written: {error.strerror}")
        return False
    return True


def _undelivered(summary: Summary, test: Test) -> str:
    """Say what is wrong with the delivery, or why nobody can tell; "" where nothing is, or nobody asked."""
    if summary.delivery is None:
        return "; ".join(test.troubles())
    return "" if summary.delivery["outcome"] == "delivered" else str(summary.delivery["sentence"])


def _exit_code(summary: Summary, environment: Environment, test: Test) -> int:
    """Form the exit code, and tell Locust, which else would form its own."""
    runner: Runner | None = environment.runner
    options = environment.parsed_options
    of_errors = options.exit_code_on_error if options else 1
    raised = bool(runner and runner.exceptions)
    locust = 2 if raised and summary.judgements else of_errors if raised or environment.stats.errors else 0
    if summary.is_in_vain and not locust:
        locust = 1
    code = verdict(
        locust=locust,
        judgements=summary.judgements,
        lost_workers=summary.lost_workers,
        delivery=_undelivered(summary, test),
        limited=_limited(summary),
    ).code
    environment.process_exit_code = code
    return code


def _limited(summary: Summary) -> list[str]:
    """Give why the generator was the bottleneck, where that matters: a paced run is not asked for a rate."""
    return summary.limits.why if summary.model == "open" else []


def _notes(test: Test, environment: Environment, ended: float) -> list[str]:
    notes = []
    broken = test.judging.breaking_point()
    if broken:
        notes.append(broken)
    a_second = test.merged().batches / max(ended - test.started, _ENOUGH)
    is_here = is_loopback(urlsplit(environment.host or "").hostname or "")
    if test.settings.contract == "sunbird" and not is_here and a_second > GATEWAY_AN_HOUR / 3600:
        notes.append(
            f"{a_second:,.1f} requests a second: Sunbird's gateway, as it is configured, lets "
            f"{GATEWAY_AN_HOUR:,} an hour through for one credential, which is {GATEWAY_AN_HOUR / 3600:.1f} a second"
        )
    return notes


def _sample(test: Test) -> Sample | None:
    """Play one session of the first scenario, to be shown."""
    plan = test.plan
    if plan is None or plan.dataset:
        return None
    scenario = max(plan.scenarios, key=lambda one: one.share)
    try:
        chance = SeededChance(plan.settings.seed, "sample")
        session = play(scenario, plan.world.learner(0, scenario.device), int(test.started * 1000), chance)
        return sample_of(scenario.name, session.as_json(plan.form))
    except FootfallError:
        return None  # the run itself has counted scripts that raise
