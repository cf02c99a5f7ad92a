"""A run's verdict: one sentence, and whether it is good."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from generator.report.number import NOTHING, counted, milliseconds, number, share
from generator.report.reasons import UNCERTAIN, reasons
from generator.report.run import Check, Reason, Run

Status = Literal["passed", "doubtful", "failed"]
_MOST = 3


class Headline(NamedTuple):
    """What a run came to.

    Attributes:
        status: failed if its exit code is of a proven failure; doubtful if it is of what could not be found out, if the
            run goes on, or if batches failed and the caller takes that for no failure; passed otherwise.
        headline: in some words.
        sentence: the whole of it.
    """

    status: Status
    headline: str
    sentence: str


def verdict(run: Run) -> Headline:
    """Judge a run as its exit code does: the decisive reason is the headline, the others follow."""
    if run.ongoing:
        return Headline("doubtful", "Still running", "The run had not ended when this page was made.")
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
    return Headline(status, headline, " ".join([sentence, *(f"{head}: {said}" for head, said in others)]))


def _parts(run: Run, found: Sequence[Reason]) -> Iterator[tuple[str, str]]:
    """Yield a headline and a sentence for each thing that the reasons are about, in their order."""
    for about in dict.fromkeys((reason.about, reason.code) for reason in found):
        said = "; ".join(reason.reason for reason in found if (reason.about, reason.code) == about)
        yield _part(run, *about, said)


def _part(run: Run, about: str, code: int, said: str) -> tuple[str, str]:
    """Return the headline and the sentence for one thing that went wrong."""
    if about == "workers":
        why = f"{counted(run.lost_workers, 'worker')} lost; what they sent after their last report is not counted"
        return "Counts are incomplete", _sentence(why)
    if about == "delivery":
        headline = "Not delivered" if code not in UNCERTAIN else "Not known whether it was delivered"
        return headline, run.delivery.in_a_sentence if run.delivery else _sentence(said)
    if about == "faults" and run.faults:
        return "Damage was judged wrongly", run.faults.in_a_sentence
    if about == "checks":
        failed = [check for check in run.checks if check.has_failed]
        # A check begins as it was written, in small letters.
        return f"{len(failed)} of {counted(len(run.checks), 'check')} failed", f"{_missed(failed)}."
    if about == "generator":
        why = run.generator.why or "it could not keep to its own schedule"
        return "Generator-limited: latencies are not valid", _sentence(why)
    if about == "batches":
        return "Delivered in part", _sentence(f"{undelivered(run) or said}; {_held(run)}")
    return f"The run itself failed, exit code {code}", _sentence(said)


def _missed(failed: Sequence[Check]) -> str:
    more = f"; and {len(failed) - _MOST} more" if len(failed) > _MOST else ""
    return "; ".join(missed(check) for check in failed[:_MOST]) + more


def _held(run: Run) -> str:
    passed = sum(not check.has_failed for check in run.checks)
    return f"{counted(passed, 'check')} held" if run.checks else "no checks were asked for"


def _delivered(run: Run) -> Headline:
    """Judge a run without any reason against it by what arrived."""
    held, lost = _held(run), undelivered(run)
    limited = " The generator was limited: latencies are not valid." if run.generator.limited else ""
    if run.are_all_to_reject:
        told = f"all {counted(run.batches, 'batch')} were damaged such that they had to be rejected, and were"
        return Headline("passed", "Rejected as it had to be", _sentence(f"{told}; {held}") + limited)
    if (run.rejected or run.unknown or run.local) and not run.checks:
        return Headline("doubtful", "Delivered in part", _sentence(f"{lost}; {held}") + limited)
    told = lost or f"all {run.acked_events:,} events were acknowledged"
    if lost == _dropped(run) != "":
        told = f"all {run.acked_events:,} events that were sent were acknowledged; {lost}"
    if run.delivery:
        told = f"{lost}; {run.delivery.why}" if lost else run.delivery.why
    headline = "Passed" if run.checks else "Delivered"
    return Headline("passed", headline, _sentence(f"{held}; {told}") + limited)


def undelivered(run: Run) -> str:
    """Say what was not delivered; "" where all was."""
    counts = (
        (run.rejected, f"{counted(run.rejected, 'batch')} rejected"),
        (run.unknown, f"{counted(run.unknown, 'batch')} unknown"),
        (run.local, f"{counted(run.local, 'batch')} not sent by the generator"),
    )
    return ", ".join(filter(None, [*(told for count, told in counts if count), _dropped(run)]))


def _dropped(run: Run) -> str:
    return f"{counted(run.dropped_events, 'event')} dropped" if run.dropped_events else ""


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
