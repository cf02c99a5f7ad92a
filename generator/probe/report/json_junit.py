"""What came of a probe, for machines: JUnit XML and JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from generator.probe.report.files import Written
from generator.probe.report.script import ScriptOptions
from generator.probe.report.text import commands, excerpt, failure, reason
from generator.probe.run import PropertyResult, are_good
from generator.report.junit import JunitCase, suite


def junit(outcomes: Sequence[PropertyResult], manner: ScriptOptions, written: Mapping[str, Written]) -> bytes:
    """Write JUnit XML: a test case for each property."""
    return suite(
        "footfall probe", "footfall.probe", [_case(outcome, manner, written) for outcome in outcomes]
    )


def _case(outcome: PropertyResult, manner: ScriptOptions, written: Mapping[str, Written]) -> JunitCase:
    name = outcome.truth.name
    if outcome.status == "failed" and outcome.trial:
        return JunitCase(name, outcome.trial.said, told="\n".join(failure(outcome, manner, written[name])))
    return JunitCase(name, skipped=outcome.why if outcome.status == "skipped" else "")


def as_json(
    outcomes: Sequence[PropertyResult],
    about: Mapping[str, Any],
    manner: ScriptOptions,
    written: Mapping[str, Written],
) -> str:
    """Write JSON: what was probed, and what came of each property."""
    rows = [_row(outcome, manner, written.get(outcome.truth.name)) for outcome in outcomes]
    return json.dumps({**about, "passed": are_good(outcomes), "properties": rows})


def _row(outcome: PropertyResult, manner: ScriptOptions, written: Written | None) -> dict[str, Any]:
    return {
        "name": outcome.truth.name,
        "truth": outcome.truth.truth,
        "status": outcome.status,
        "examples": outcome.examples,
        "failing": outcome.failing,
        "not_judged": outcome.unjudged,
        "said": reason(outcome),
        "failure": _failure(outcome, manner, written) if written else None,
    }


def _failure(outcome: PropertyResult, manner: ScriptOptions, written: Written) -> dict[str, Any]:
    trial, again = outcome.trial, outcome.again
    assert trial  # noqa: S101  a failure has one
    assert again  # noqa: S101  as above
    batch = next((step.batch for step in trial.exchange.telling if step.batch), None)
    return {
        "said": trial.said,
        "violation": str(trial.case.violation) if trial.case.violation else None,
        "sent": trial.case.choice or None,
        "events": [*batch.events] if batch else [],
        "answers": [
            excerpt(heard.answer) if heard.answer else heard.silence for step in trial.heard for heard in step
        ],
        "commands": commands(again, manner, written),
        "script": str(written.script),
    }
