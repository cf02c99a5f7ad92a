"""The results of a probe for machines: JUnit XML and JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from generator.probe.report.files import Written
from generator.probe.report.script import ScriptOptions
from generator.probe.report.text import commands, excerpt, failure, reason
from generator.probe.run import PropertyResult, are_good
from generator.report.junit import JunitCase, suite


def junit(
    outcomes: Sequence[PropertyResult], options: ScriptOptions, written: Mapping[str, Written]
) -> bytes:
    """Write JUnit XML: a test case for each property."""
    return suite(
        "footfall probe", "footfall.probe", [_case(outcome, options, written) for outcome in outcomes]
    )


def _case(outcome: PropertyResult, options: ScriptOptions, written: Mapping[str, Written]) -> JunitCase:
    name = outcome.truth.name
    if outcome.status == "failed" and outcome.trial:
        return JunitCase(
            name, outcome.trial.problem, details="\n".join(failure(outcome, options, written[name]))
        )
    return JunitCase(name, skipped=outcome.why if outcome.status == "skipped" else "")


def as_json(
    outcomes: Sequence[PropertyResult],
    about: Mapping[str, Any],
    options: ScriptOptions,
    written: Mapping[str, Written],
) -> str:
    """Write JSON: what was probed, and what came of each property."""
    rows = [_row(outcome, options, written.get(outcome.truth.name)) for outcome in outcomes]
    return json.dumps({**about, "passed": are_good(outcomes), "properties": rows})


def _row(outcome: PropertyResult, options: ScriptOptions, written: Written | None) -> dict[str, Any]:
    return {
        "name": outcome.truth.name,
        "truth": outcome.truth.truth,
        "status": outcome.status,
        "examples": outcome.examples,
        "failing": outcome.failing,
        "not_judged": outcome.unjudged,
        "said": reason(outcome),
        "failure": _failure(outcome, options, written) if written else None,
    }


def _failure(outcome: PropertyResult, options: ScriptOptions, written: Written) -> dict[str, Any]:
    trial, again = outcome.trial, outcome.again
    assert trial  # noqa: S101  a failure has one
    assert again  # noqa: S101  as above
    batch = next((step.batch for step in trial.exchange.steps_under_test if step.batch), None)
    return {
        "said": trial.problem,
        "violation": str(trial.case.violation) if trial.case.violation else None,
        "sent": trial.case.choice or None,
        "events": [*batch.events] if batch else [],
        "answers": [
            excerpt(response.answer) if response.answer else response.silence
            for step in trial.responses
            for response in step
        ],
        "commands": commands(again, options, written),
        "script": str(written.script),
    }
