"""A run's verdict: one sentence, and whether it is good."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from generator.report.number import NOTHING, counted, milliseconds, number, share
from generator.report.run import Check, Run

Status = Literal["passed", "doubtful", "failed"]
_MOST = 3


class Verdict(NamedTuple):
    """What a run came to.

    Attributes:
        status: failed where a check or the delivery failed, or nothing was acknowledged; doubtful where its numbers
            say less than they seem to, or nobody knows whether all was delivered, or something was lost that no check
            asked about.
        headline: in some words.
        sentence: the whole of it.
    """

    status: Status
    headline: str
    sentence: str


def verdict(run: Run) -> Verdict:
    """Judge a run: what is worst about it comes first."""
    if not run.batches:
        return Verdict("failed", "Nothing was sent", _sentence(run.warning or "no event left the generator"))
    if not run.acked:
        why = run.warning or f"of {counted(run.batches, 'batch')} none was acknowledged"
        return Verdict(
            "failed", "Nothing was acknowledged", _sentence(why.removeprefix("nothing was acknowledged: "))
        )
    found = _judged(run)
    if found.status != "failed" or not run.generator.limited:
        return found
    return found._replace(sentence=f"{found.sentence} The generator was limited: latencies are not valid.")


def _judged(run: Run) -> Verdict:
    failed = [check for check in run.checks if check.has_failed]
    several = f"{len(failed)} of {counted(len(run.checks), 'check')} failed"
    if run.delivery and run.delivery.outcome == "failed":
        besides = f" {several}: {_missed(failed)}." if failed else ""
        return Verdict("failed", "Not delivered", run.delivery.in_a_sentence + besides)
    if failed:
        # A check begins as it was written, in small letters.
        return Verdict("failed", several, f"{_missed(failed)}.")
    if run.delivery and run.delivery.outcome == "unknown":
        return Verdict("doubtful", "Not known whether it was delivered", run.delivery.in_a_sentence)
    if run.generator.limited:
        why = run.generator.why or "it could not keep to its own schedule"
        return Verdict("doubtful", "Generator-limited: latencies are not valid", _sentence(why))
    if run.lost_workers:
        why = f"{counted(run.lost_workers, 'worker')} lost; what they sent after their last report is not counted"
        return Verdict("doubtful", "Counts are incomplete", _sentence(why))
    unjudged = sum(check.result == "invalid" for check in run.checks)
    if unjudged:
        why = f"{unjudged} of {counted(len(run.checks), 'check')} could not be judged"
        return Verdict("doubtful", "Not all is known", _sentence(why))
    return _delivered(run)


def _missed(failed: Sequence[Check]) -> str:
    more = f"; and {len(failed) - _MOST} more" if len(failed) > _MOST else ""
    return "; ".join(missed(check) for check in failed[:_MOST]) + more


def _delivered(run: Run) -> Verdict:
    """Judge a run of which no check failed by what arrived."""
    held = f"{counted(len(run.checks), 'check')} held" if run.checks else "no checks were asked for"
    lost = undelivered(run)
    if lost and not run.checks:
        return Verdict("doubtful", "Delivered in part", _sentence(f"{lost}; {held}"))
    told = lost or f"all {run.acked_events:,} events were acknowledged"
    if run.delivery:
        told = f"{lost}; {run.delivery.why}" if lost else run.delivery.why
    headline = "Passed" if run.checks else "Delivered"
    return Verdict("passed", headline, _sentence(f"{held}; {told}"))


def undelivered(run: Run) -> str:
    """Say what was not delivered; "" where all was."""
    counts = (
        (run.rejected, f"{counted(run.rejected, 'batch')} rejected"),
        (run.unknown, f"{counted(run.unknown, 'batch')} unknown"),
        (run.dropped_events, f"{counted(run.dropped_events, 'event')} dropped"),
    )
    return ", ".join(told for count, told in counts if count)


def missed(check: Check) -> str:
    """Say what a check asked for, and what it found."""
    if check.value is not None:
        return f"{check.check} found {measured(check)}"
    return f"{check.check} found nothing to judge" + (f" ({check.why})" if check.why else "")


def measured(check: Check, value: float | None = None) -> str:
    """Write what a check measured, or another value, in its unit: `_rate` is a share, latencies are milliseconds."""
    value = check.value if value is None else value
    if value is None:
        return NOTHING
    about = check.check.split("<")[0].split(">")[0].split("=")[0].strip()
    if about.endswith("_rate"):
        return share(value)
    return milliseconds(value) if about.startswith(("service", "response")) else number(value)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
