"""The verdict of a run, from its summary."""

from collections.abc import Sequence
from typing import Any

from generator.load.checks.confusion import is_decided, misjudged
from generator.load.checks.verdict import BatchTotals, RunVerdict, verdict
from generator.load.summary import Summary

_RAISED = 2
"""Locust's exit code for a listener that raised."""


def verdict_of(
    summary: Summary,
    *,
    incomplete: Sequence[str] = (),
    broken: str = "",
    failures: int = 0,
    on_errors: int = 1,
    has_raised: bool = False,
) -> RunVerdict:
    """Return the exit code of a run and its reasons.

    Args:
        summary: the run.
        incomplete: why its ledgers are not whole.
        broken: what raised within the run itself; "" if nothing did.
        failures: failed requests in Locust's statistics, whosever they are.
        on_errors: Locust's `--exit-code-on-error`.
        has_raised: whether a user or a script raised.
    """
    tally = summary.tally
    others = max(0, failures - tally.rejected - tally.unknown - tally.local)
    failed, unknown = _delivery(summary, incomplete)
    return verdict(
        BatchTotals(
            tally.batches,
            tally.acked,
            tally.rejected,
            tally.unknown,
            tally.to_reject,
            others,
            summary.overdue_events,
            summary.total.offered_events,
        ),
        summary.judgements,
        broken=broken,
        lost_workers=summary.lost_workers,
        delivery=failed,
        unknown_delivery=unknown,
        misjudged=misjudged(summary.faults),
        # A paced run is not asked for a rate; but what this machine lacked it lacked in any run.
        limited=summary.limits.why if summary.model == "open" else summary.limits.local,
        on_errors=on_errors,
        raised=(_RAISED if summary.judgements else on_errors) if has_raised else 0,
    )


def with_lost_workers(delivery: dict[str, Any], lost: int) -> dict[str, Any]:
    """Return a delivery as it is known if workers were lost: their ledgers may be missing, or end early.

    Args:
        delivery: the result of the verification.
        lost: the number of workers whose last counts are missing.
    """
    if not lost or delivery["outcome"] != "delivered":
        return delivery
    found = str(delivery["sentence"]).removeprefix("delivered: ")
    workers = "a worker was lost" if lost == 1 else f"{lost:,} workers were lost"
    why = f"{workers}, and the ledgers may not hold all that was sent; {found}"
    return {**delivery, "outcome": "unknown", "sentence": f"unknown: {why}"}


def _delivery(summary: Summary, incomplete: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong with the delivery, and why it is unknown; both are "" without a verification, or if all is well."""
    if summary.delivery is None:
        return "", "; ".join(incomplete)
    if summary.delivery["outcome"] == "unknown" and is_decided(summary.faults, summary.delivery):
        return "", ""
    outcome, sentence = summary.delivery["outcome"], str(summary.delivery["sentence"])
    words = sentence.removeprefix("unknown: ").removeprefix("NOT delivered: ")
    return words if outcome == "failed" else "", words if outcome == "unknown" else ""
