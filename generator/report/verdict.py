"""Judge a run: its status, one sentence, and the reasons for its exit code."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from generator.report.number import NOTHING, counted, milliseconds, number, share
from generator.report.run import CheckSummary, Reason, Run

Status = Literal["passed", "doubtful", "failed"]
_MOST = 3


class Headline(NamedTuple):
    """The verdict on a run.

    Attributes:
        status: failed if the exit code means a proven failure; doubtful if it means an unknown result, if the run
            goes on, or if batches failed and no check judges that; passed otherwise.
        headline: in some words.
        sentence: the whole verdict.
    """

    status: Status
    headline: str
    sentence: str


def verdict(run: Run) -> Headline:
    """Return the verdict on a run, as its exit code has it: the decisive reason is the headline, the others follow."""
    if run.ongoing:
        return Headline("doubtful", "Still running", "The run had not ended when this page was written.")
    if not run.batches:
        return Headline("failed", "Nothing was sent", _sentence(run.warning or "no event left the generator"))
    if not run.acked and not run.are_all_to_reject:
        why = run.warning or f"of {counted(run.batches, 'batch')} none was acknowledged"
        return Headline(
            "failed", "Nothing was acknowledged", _sentence(why.removeprefix("nothing was acknowledged: "))
        )
    found = reasons(run)
    if not found:
        return _delivered(run)
    status: Status = "doubtful" if all(reason.code in UNCERTAIN for reason in found) else "failed"
    [(headline, sentence), *others] = _parts(run, found)
    return Headline(status, headline, " ".join([sentence, *(f"{head}: {why}" for head, why in others)]))


def _parts(run: Run, found: Sequence[Reason]) -> Iterator[tuple[str, str]]:
    """Yield a headline and a sentence for each subject of the reasons, in their order."""
    for about in dict.fromkeys((reason.about, reason.code) for reason in found):
        text = "; ".join(reason.reason for reason in found if (reason.about, reason.code) == about)
        yield _part(run, *about, text)


def _part(run: Run, about: str, code: int, text: str) -> tuple[str, str]:
    """Return the headline and the sentence for one subject."""
    if about == "workers":
        why = f"{counted(run.lost_workers, 'worker')} lost; events after their last report are not counted"
        return "Counts are incomplete", _sentence(why)
    if about == "delivery":
        headline = "Not delivered" if code not in UNCERTAIN else "Delivery unknown"
        return headline, run.delivery.in_a_sentence if run.delivery else _sentence(text)
    if about == "faults" and run.faults:
        return "Faults were judged wrongly", run.faults.in_a_sentence
    if about == "checks":
        failed = [check for check in run.checks if check.has_failed]
        # The text of a check stays as the user wrote it, in small letters.
        return f"{len(failed)} of {counted(len(run.checks), 'check')} failed", f"{_missed(failed)}."
    if about == "generator":
        why = run.generator.why or "it could not keep its own schedule"
        return "Generator-limited: latencies are not valid", _sentence(why)
    if about == "batches":
        return "Delivered in part", _sentence(f"{undelivered(run) or text}; {_held(run)}")
    return f"The run itself failed, exit code {code}", _sentence(text)


def _missed(failed: Sequence[CheckSummary]) -> str:
    more = f"; and {len(failed) - _MOST} more" if len(failed) > _MOST else ""
    return "; ".join(missed(check) for check in failed[:_MOST]) + more


def _held(run: Run) -> str:
    passed = sum(not check.has_failed for check in run.checks)
    return f"{counted(passed, 'check')} held" if run.checks else "the run has no checks"


def _delivered(run: Run) -> Headline:
    """Return the verdict on a run without a reason against it."""
    held, lost = _held(run), undelivered(run)
    limited = " The generator was limited: latencies are not valid." if run.generator.limited else ""
    if run.are_all_to_reject:
        text = f"all {counted(run.batches, 'batch')} had faults that must be rejected, and were rejected"
        return Headline("passed", "Rejected as required", _sentence(f"{text}; {held}") + limited)
    if (run.rejected or run.unknown or run.local) and not run.checks:
        return Headline("doubtful", "Delivered in part", _sentence(f"{lost}; {held}") + limited)
    text = lost or f"all {run.acked_events:,} events were acknowledged"
    if lost == _dropped(run) != "":
        text = f"all {run.acked_events:,} events that were sent were acknowledged; {lost}"
    if run.delivery:
        text = f"{lost}; {run.delivery.why}" if lost else run.delivery.why
    headline = "Passed" if run.checks else "Delivered"
    return Headline("passed", headline, _sentence(f"{held}; {text}") + limited)


def undelivered(run: Run) -> str:
    """Return what was not delivered; "" if all was delivered."""
    counts = (
        (run.rejected, f"{counted(run.rejected, 'batch')} rejected"),
        (run.unknown, f"{counted(run.unknown, 'batch')} unknown"),
        (run.local, f"{counted(run.local, 'batch')} not sent by the generator"),
    )
    return ", ".join(filter(None, [*(text for count, text in counts if count), _dropped(run)]))


def _dropped(run: Run) -> str:
    return f"{counted(run.dropped_events, 'event')} dropped" if run.dropped_events else ""


def missed(check: CheckSummary) -> str:
    """Return a check and its measured value, in words."""
    if check.value is not None:
        return f"{check.check} found {measured(check)}"
    return f"{check.check} found nothing to judge" + (f" ({check.why})" if check.why else "")


def measured(check: CheckSummary, value: float | None = None) -> str:
    """Format the measured value of a check, or another value, in its unit: a share for `_rate`, else milliseconds or a count."""
    value = check.value if value is None else value
    if value is None:
        return NOTHING
    about = check.check.split("<")[0].split(">")[0].split("=")[0].strip()
    if about.endswith("_rate"):
        return share(value)
    return milliseconds(value) if about.startswith(("service", "response")) else number(value)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


UNCERTAIN = frozenset({12, 13, 14})
"""Exit codes of an unknown result; all others mean a proven result."""


def reasons(run: Run) -> list[Reason]:
    """Return the reasons for a run's exit code, the decisive one first; an empty list for a success."""
    return [*_derived(run)] if run.exit_reasons is None else run.exit_reasons


def of_about(run: Run, about: str) -> list[Reason]:
    """Return the reasons with one subject."""
    return [reason for reason in reasons(run) if reason.about == about]


def _derived(run: Run) -> Iterator[Reason]:
    """Yield the reasons that follow from the numbers of an older summary."""
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


def _allows_errors(check: CheckSummary) -> bool:
    return check.result == "passed" and check.check.startswith(("error_rate", "rejected", "unknown"))
