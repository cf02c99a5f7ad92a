"""The verdict of a load run: one exit code, and every reason for it.

     2  a listener raised, and ended the run: it did not do what it was asked for
    13  a worker was lost: what it sent and what became of that is missing, so nothing else is whole
    11  delivery failed: an acknowledged event is proven to be missing, however busy the generator was;
        so is a faulty event that the endpoint accepted or rejected against its contract
    10  a check failed: proven too, for what a saturated generator can have spoilt is not failed but invalid
    14  delivery unknown: the run was asked for a proof, and there is none either way
    12  the generator was the bottleneck: its latencies prove nothing about the endpoint, for good or ill
     1  nothing was sent, nothing was acknowledged, batches failed, or events were dropped, that no check excuses
     2  a listener or a script raised

The first that holds is the code: what makes the rest doubtful, then what is proven against the endpoint, then
what could not be found out. So 10 and 11 can be trusted whenever they are seen, and 12 never hides a proof.

A check on one kind of failure states how much of it is tolerable. While all checks on that kind pass, that kind alone
is excused. No check excuses a run without any acknowledgement.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from generator.load.checks.check import CheckResult

About = Literal["workers", "delivery", "faults", "checks", "generator", "batches", "run"]
"""What a reason is about, so that pages and JUnit find its place."""

_BROKEN = 2
_LIMITED = "generator-limited, latencies are not valid"
CHECK_FAILED, DELIVERY_FAILED, GENERATOR_LIMITED, WORKER_LOST, DELIVERY_UNKNOWN = 10, 11, 12, 13, 14
_CHECKS_ON: dict[str, frozenset[str]] = {
    "rejected": frozenset({"rejected", "rejected_rate", "error_rate"}),
    "unknown": frozenset({"unknown", "unknown_rate", "error_rate"}),
    "dropped": frozenset({"dropped", "dropped_rate", "achieved_rate"}),
    "false_accepts": frozenset({"false_accepts"}),
    "false_rejects": frozenset({"false_rejects"}),
}
"""The metrics whose checks excuse a kind of failure."""


class ExitReason(NamedTuple):
    """A reason against a run.

    Attributes:
        code: the exit code that it would have alone.
        about: see `About`.
    """

    code: int
    about: About
    reason: str


class RunVerdict(NamedTuple):
    """How a run ends.

    Attributes:
        code: the exit code.
        reasons: every reason against the run, the one for the code first.
    """

    code: int
    reasons: list[ExitReason]


class BatchTotals(NamedTuple):
    """What became of a run's batches, and of other requests in the same process.

    Attributes:
        sent: every attempt.
        to_reject: of these, faulty batches that a correct endpoint rejects.
        others: failed requests that were not batches, such as those of another user class.
        dropped: events of the open model that were due and that the endpoint was too slow to take.
        due: events that were due in the open model.
    """

    sent: int = 0
    acked: int = 0
    rejected: int = 0
    unknown: int = 0
    to_reject: int = 0
    others: int = 0
    dropped: int = 0
    due: int = 0

    @property
    def are_all_to_reject(self) -> bool:
        """Whether a correct endpoint acknowledges none of them: the table of faults then shows whether it did."""
        return self.sent > 0 and self.to_reject == self.sent


def verdict(
    batches: BatchTotals,
    judgements: Sequence[CheckResult] = (),
    *,
    broken: str = "",
    lost_workers: int = 0,
    delivery: str = "",
    unknown_delivery: str = "",
    misjudged: Mapping[str, int] | None = None,
    limited: Iterable[str] = (),
    on_errors: int = 1,
    raised: int = 0,
) -> RunVerdict:
    """Return the exit code and all reasons for it.

    Args:
        batches: what became of them.
        judgements: of every check.
        broken: what raised within the run itself and ended it; "" if nothing did.
        lost_workers: workers whose last counts never came.
        delivery: what is wrong with the delivery; "" if nothing is.
        unknown_delivery: why the delivery is neither proven nor disproven; "" if it is.
        misjudged: faulty events that were judged wrongly, as false_accepts and false_rejects.
        limited: why the generator was the bottleneck; empty if it was not.
        on_errors: the code for failed requests; Locust's `--exit-code-on-error`.
        raised: the code for a listener or a script that raised; 0 if none did.
    """
    found = [
        *_if(broken, _BROKEN, "run", "the run ended by an error of its own"),
        *_lost(lost_workers),
        *_if(delivery, DELIVERY_FAILED, "delivery", "delivery failed"),
        *_misjudged(misjudged or {}, judgements),
        *_checks(judgements, {"failed", "no data"}, CHECK_FAILED, "checks"),
        *_if(unknown_delivery, DELIVERY_UNKNOWN, "delivery", "delivery unknown"),
        *(reason for why in limited for reason in _if(why, GENERATOR_LIMITED, "generator", _LIMITED)),
        *_checks(judgements, {"invalid"}, GENERATOR_LIMITED, "generator"),
        *([ExitReason(raised, "run", "an error within the run itself; see the log")] if raised else []),
        *_in_vain(batches, on_errors or 1),
        *_failed(batches, judgements, on_errors),
    ]
    return RunVerdict(found[0].code if found else 0, found)


def _if(why: str, code: int, about: About, what: str) -> Iterator[ExitReason]:
    """Yield a reason if there is one."""
    if why:
        yield ExitReason(code, about, f"{what}: {why}")


def _checks(
    judgements: Sequence[CheckResult], verdicts: Container[str], code: int, about: About
) -> Iterator[ExitReason]:
    return (ExitReason(code, about, f"check {one}") for one in judgements if one.verdict in verdicts)


def _lost(workers: int) -> Iterator[ExitReason]:
    if workers:
        counts = "counts are" if workers == 1 else "counts of each are"
        yield ExitReason(
            WORKER_LOST,
            "workers",
            f"{workers:,} worker{'s' if workers > 1 else ''} lost: the last {counts} missing",
        )


def _misjudged(events: Mapping[str, int], judgements: Sequence[CheckResult]) -> Iterator[ExitReason]:
    for kind, count in events.items():
        if count and not _is_excused(kind, judgements):
            words = kind.replace("_", " ")
            yield ExitReason(DELIVERY_FAILED, "faults", f"{count:,} faulty events {words}")


def _in_vain(batches: BatchTotals, code: int) -> Iterator[ExitReason]:
    """Yield the reason that no check excuses."""
    if not batches.sent:
        yield ExitReason(code, "batches", "nothing was sent")
    elif not batches.acked and not batches.are_all_to_reject:
        yield ExitReason(code, "batches", f"nothing was acknowledged, of {batches.sent:,} batches sent")


def _failed(batches: BatchTotals, judgements: Sequence[CheckResult], code: int) -> Iterator[ExitReason]:
    if not code:
        return
    for kind, count in (("rejected", batches.rejected), ("unknown", batches.unknown)):
        is_expected = kind == "rejected" and batches.are_all_to_reject
        if count and not is_expected and not _is_excused(kind, judgements):
            yield ExitReason(
                code, "batches", f"{count:,} of {batches.sent:,} batches {kind}, and no check allows that"
            )
    if batches.dropped and not _is_excused("dropped", judgements):
        share = f"{batches.dropped:,} of {batches.due:,} events"
        yield ExitReason(code, "batches", f"{share} that were due were dropped, and no check allows that")
    if batches.others:
        yield ExitReason(code, "run", f"{batches.others:,} other requests failed")


def _is_excused(kind: str, judgements: Sequence[CheckResult]) -> bool:
    """Return whether there are checks on a kind of failure, and all of them passed."""
    on_it = [one for one in judgements if one.check.metric in _CHECKS_ON[kind]]
    return bool(on_it) and all(one.passed for one in on_it)
