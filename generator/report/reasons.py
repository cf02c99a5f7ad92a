"""Why a run is not a success: as its summary says it, or as its numbers say it in summaries of older versions."""

from collections.abc import Iterator

from generator.report.number import counted
from generator.report.run import Check, Reason, Run

UNCERTAIN = frozenset({12, 13, 14})
"""Exit codes of what could not be found out; all others are of what is proven."""


def reasons(run: Run) -> list[Reason]:
    """Return the reasons for a run's exit code, the decisive one first; none for a success."""
    return [*_derived(run)] if run.exit_reasons is None else run.exit_reasons


def of_about(run: Run, about: str) -> list[Reason]:
    """Return the reasons that are about one thing."""
    return [reason for reason in reasons(run) if reason.about == about]


def _derived(run: Run) -> Iterator[Reason]:
    """Yield the reasons that the numbers give."""
    if run.lost_workers:
        yield Reason(code=13, about="workers", reason=f"{counted(run.lost_workers, 'worker')} lost")
    outcome = run.delivery.outcome if run.delivery else "delivered"
    sentence = run.delivery.sentence if run.delivery else ""
    if outcome == "failed":
        yield Reason(code=11, about="delivery", reason=sentence)
    if run.faults and any(row.wrong for row in run.faults.rows.values()):
        yield Reason(code=11, about="faults", reason=run.faults.in_a_sentence)
    for check in run.checks:
        if check.has_failed:
            yield Reason(code=10, about="checks", reason=check.check)
    if outcome == "unknown":
        yield Reason(code=14, about="delivery", reason=sentence)
    if run.generator.limited or any(check.result == "invalid" for check in run.checks):
        yield Reason(code=12, about="generator", reason=run.generator.why)
    yield from _of_batches(run)


def _of_batches(run: Run) -> Iterator[Reason]:
    if not run.batches:
        yield Reason(code=1, about="batches", reason="nothing was sent")
    elif not run.acked and not run.are_all_to_reject:
        yield Reason(code=1, about="batches", reason="nothing was acknowledged")
    elif run.lost_batches and not any(map(_allows_errors, run.checks)):
        yield Reason(code=1, about="batches", reason=f"{counted(run.lost_batches, 'batch')} not acknowledged")


def _allows_errors(check: Check) -> bool:
    return check.result == "passed" and check.check.startswith(("error_rate", "rejected", "unknown"))
