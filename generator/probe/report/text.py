"""The results of a probe as text: a line for each property, and for a failure all that is needed to repeat it."""

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
    """Return one line with the result of a property."""
    return f"{outcome.truth.name:{WIDTH}} {outcome.status}  ({reason(outcome)})"


def reason(outcome: PropertyResult) -> str:
    """Return how many examples there were, or why there were none."""
    if outcome.status == "skipped":
        return outcome.why
    judged = f"{outcome.examples:,} example" + ("" if outcome.examples == 1 else "s")
    if outcome.failing:
        judged = f"{outcome.failing:,} of {judged}"
    return judged + (f", {outcome.unjudged:,} not judged" if outcome.unjudged else "")


def failure(outcome: PropertyResult, options: ScriptOptions, written: Written) -> Iterator[str]:
    """Yield the lines of a failure."""
    trial, again = outcome.trial, outcome.again
    assert trial  # noqa: S101  a failure has one
    assert again  # noqa: S101  as above
    yield f"{outcome.truth.name}: {outcome.truth.truth}"
    yield f"  It failed: {trial.problem}."
    if trial.case.violation:
        yield f"  What is wrong with the event: {trial.case.violation}"
    if trial.case.choice:
        yield f"  How it was sent: {trial.case.choice}"
    yield ""
    yield from _batch(trial)
    yield "  The answer:"
    yield from (f"    {_named(response)}" for response in _answers(trial))
    yield ""
    yield "  To repeat it, with ids that were never sent:"
    yield from (f"    {each}" for each in commands(again, options, written))
    yield ""
    yield f"  As a test: pytest {shlex.quote(str(written.script))}"


def _batch(trial: Trial) -> Iterator[str]:
    batch = next((step.batch for step in trial.exchange.steps_under_test if step.batch), None)
    if batch is not None and trial.exchange.steps_under_test[0].request.body:
        yield f"  The smallest batch: {len(batch.events)} event" + ("" if len(batch.events) == 1 else "s")
        lines = shown([*batch.events]).splitlines()
        more = [f"… and {len(lines) - _LONGEST_BATCH} lines more"] if len(lines) > _LONGEST_BATCH else []
        yield from (indent(each, "    ") for each in (*lines[:_LONGEST_BATCH], *more))
        yield ""


def shown(events: list[object]) -> str:
    """Show events as a person reads them: indented JSON in ASCII, long runs of one letter cut."""
    text = json.dumps(events, indent=2, ensure_ascii=True)
    return _RUN.sub(lambda run: f"{run[1]}… ({len(run[0]):,} of them)", text)


def commands(exchange: Exchange, options: ScriptOptions, written: Written) -> list[str]:
    """Write an exchange as lines of shell, and what to look for in the sink."""
    lines = [_command(step, place, options, written) for place, step in enumerate(exchange.steps_under_test)]
    if options.sink:
        mids = [event["mid"] for event in (*exchange.owed, *exchange.barred, *exchange.rejected)]
        files = " ".join(_glob(pattern) for pattern in options.sink.globs().values())
        search = "zgrep" if ".gz" in files else "grep"
        lines += [f"{search} -Fc {shlex.quote(mids[0])} {files}"] if mids else []
    return lines


def _glob(pattern: str) -> str:
    """Quote a pattern for the shell, but for its stars."""
    return shlex.quote(pattern).replace("*", "'*'")


def _command(step: Step, place: int, options: ScriptOptions, written: Written) -> str:
    return curl(
        options.url,
        step,
        insecure=options.insecure,
        body_file=written.bodies[place] if is_long(step) else None,
    )


def _answers(trial: Trial) -> list[StepResult]:
    """Return the distinct answers to the last step that was sent."""
    return list(dict.fromkeys(trial.responses[-1]))


def _named(response: StepResult) -> str:
    return excerpt(response.answer) if response.answer else response.silence


def excerpt(answer: Answer) -> str:
    """Return an answer in a line: status, and the beginning of its body."""
    text = " ".join(answer.body.decode(errors="replace").split())
    printable = "".join(letter if letter.isprintable() else "�" for letter in text)
    return f"{answer.status} {printable[:_LONGEST_ANSWER]}{'…' if len(printable) > _LONGEST_ANSWER else ''}".rstrip()
