"""What came of a probe, for people: a line for each property, and for a failure all that is needed to repeat it."""

import json
import re
import shlex
from collections.abc import Iterator
from textwrap import indent

from generator.delivery.contracts import Answer
from generator.probe.exchange import Exchange, Step
from generator.probe.expectations import StepResult
from generator.probe.report.curl import curl, is_long
from generator.probe.report.files import Written
from generator.probe.report.script import ScriptOptions
from generator.probe.run import PropertyResult, Trial

WIDTH = 20
_LONGEST_ANSWER = 300
_LONGEST_BATCH = 60
_RUN = re.compile(r"(.)\1{99,}", re.DOTALL)


def line(outcome: PropertyResult) -> str:
    """Say in a line what came of a property."""
    return f"{outcome.truth.name:{WIDTH}} {outcome.status}  ({reason(outcome)})"


def reason(outcome: PropertyResult) -> str:
    """Say how many examples there were, or why there were none."""
    if outcome.status == "skipped":
        return outcome.why
    judged = f"{outcome.examples:,} example" + ("" if outcome.examples == 1 else "s")
    if outcome.failing:
        judged = f"{outcome.failing:,} of {judged}"
    return judged + (f", {outcome.unjudged:,} not judged" if outcome.unjudged else "")


def failure(outcome: PropertyResult, manner: ScriptOptions, written: Written) -> Iterator[str]:
    """Say all of a failure, line by line."""
    trial, again = outcome.trial, outcome.again
    assert trial  # noqa: S101  a failure has one
    assert again  # noqa: S101  as above
    yield f"{outcome.truth.name}: {outcome.truth.truth}"
    yield f"  It is not so: {trial.said}."
    if trial.case.violation:
        yield f"  What is wrong with the event: {trial.case.violation}"
    if trial.case.choice:
        yield f"  How it was sent: {trial.case.choice}"
    yield ""
    yield from _batch(trial)
    yield "  The answer:"
    yield from (f"    {_named(heard)}" for heard in _answers(trial))
    yield ""
    yield "  To repeat it, with ids that were never sent:"
    yield from (f"    {each}" for each in commands(again, manner, written))
    yield ""
    yield f"  As a test: pytest {shlex.quote(str(written.script))}"


def _batch(trial: Trial) -> Iterator[str]:
    batch = next((step.batch for step in trial.exchange.telling if step.batch), None)
    if batch is not None and trial.exchange.telling[0].request.body:
        yield f"  The smallest batch: {len(batch.events)} event" + ("" if len(batch.events) == 1 else "s")
        lines = shown([*batch.events]).splitlines()
        more = [f"… and {len(lines) - _LONGEST_BATCH} lines more"] if len(lines) > _LONGEST_BATCH else []
        yield from (indent(each, "    ") for each in (*lines[:_LONGEST_BATCH], *more))
        yield ""


def shown(events: list[object]) -> str:
    """Show events as a person reads them: indented JSON in ASCII, long runs of one letter cut."""
    text = json.dumps(events, indent=2, ensure_ascii=True)
    return _RUN.sub(lambda run: f"{run[1]}… ({len(run[0]):,} of them)", text)


def commands(exchange: Exchange, manner: ScriptOptions, written: Written) -> list[str]:
    """Write an exchange as lines of shell, and what to look for in the sink."""
    lines = [_command(step, place, manner, written) for place, step in enumerate(exchange.telling)]
    if manner.sink:
        mids = [event["mid"] for event in (*exchange.owed, *exchange.barred, *exchange.rejected)]
        files = " ".join(_glob(pattern) for pattern in manner.sink.globs().values())
        search = "zgrep" if ".gz" in files else "grep"
        lines += [f"{search} -Fc {shlex.quote(mids[0])} {files}"] if mids else []
    return lines


def _glob(pattern: str) -> str:
    """Quote a pattern for the shell, but for its stars."""
    return shlex.quote(pattern).replace("*", "'*'")


def _command(step: Step, place: int, manner: ScriptOptions, written: Written) -> str:
    return curl(
        manner.url, step, insecure=manner.insecure, body_file=written.bodies[place] if is_long(step) else None
    )


def _answers(trial: Trial) -> list[StepResult]:
    """Give the answers to the last step that was sent, the same ones once."""
    return list(dict.fromkeys(trial.heard[-1]))


def _named(heard: StepResult) -> str:
    return excerpt(heard.answer) if heard.answer else heard.silence


def excerpt(answer: Answer) -> str:
    """Show an answer in a line: status, and the beginning of what it says."""
    text = " ".join(answer.body.decode(errors="replace").split())
    told = "".join(letter if letter.isprintable() else "�" for letter in text)
    return f"{answer.status} {told[:_LONGEST_ANSWER]}{'…' if len(told) > _LONGEST_ANSWER else ''}".rstrip()
