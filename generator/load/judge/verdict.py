"""The verdict of a load run: one exit code, and every reason for it.

    13  a worker was lost: what it sent and what became of that is missing, so nothing else is whole
    11  delivery failed: what was acknowledged and is not there is proven, however busy the generator was
    10  a check failed: proven too, for what a saturated generator can have spoilt is not failed but invalid
    12  the generator was the bottleneck: its latencies say nothing of the endpoint, for good or ill
     *  Locust's own: 1 for failed requests, 2 for a listener that raised

The first that holds is the code: what makes the rest doubtful, then what is proven against the endpoint, then
what could not be found out. So 10 and 11 can be trusted whenever they are seen, and 12 never hides a proof.
Whoever sets a check on errors has said how many are tolerable: while these checks pass, Locust's 1 is not used.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from generator.load.judge.checks import Judgement

CHECK_FAILED, DELIVERY_FAILED, GENERATOR_LIMITED, WORKER_LOST = 10, 11, 12, 13
_LISTENER_RAISED = 2
_ON_ERRORS = frozenset({"error_rate", "rejected_rate", "unknown_rate", "rejected", "unknown"})


class Verdict(NamedTuple):
    """How a run ends.

    Attributes:
        code: the exit code.
        reasons: every reason against the run, the one for the code first.
    """

    code: int
    reasons: list[str]


def verdict(
    *,
    locust: int = 0,
    judgements: Sequence[Judgement] = (),
    lost_workers: int = 0,
    delivery: str = "",
    limited: Iterable[str] = (),
) -> Verdict:
    """Form the verdict.

    Args:
        locust: the code that Locust would end with: 0, 2, or the one for failed requests.
        judgements: of every check.
        lost_workers: workers whose last counts never came.
        delivery: what is wrong with the delivery; "" where nothing is, or nobody looked.
        limited: why the generator was the bottleneck; nothing where it was not.
    """
    found = [
        *_lost(lost_workers),
        *([(DELIVERY_FAILED, f"delivery failed: {delivery}")] if delivery else []),
        *((CHECK_FAILED, f"check {one}") for one in judgements if one.verdict in {"failed", "no data"}),
        *((GENERATOR_LIMITED, f"generator-limited, latencies are not valid: {why}") for why in limited),
        *((GENERATOR_LIMITED, f"check {one}") for one in judgements if one.verdict == "invalid"),
        *_of_locust(locust, judgements),
    ]
    return Verdict(found[0][0] if found else 0, [reason for _, reason in found])


def _lost(workers: int) -> Iterator[tuple[int, str]]:
    if workers:
        counts = "counts are" if workers == 1 else "counts of each are"
        yield WORKER_LOST, f"{workers:,} worker{'s' if workers > 1 else ''} lost: the last {counts} missing"


def _of_locust(code: int, judgements: Sequence[Judgement]) -> Iterator[tuple[int, str]]:
    if code == _LISTENER_RAISED:
        yield code, "an error within the run itself; see the log"
    elif code and not _are_errors_tolerated(judgements):
        yield code, "requests failed"


def _are_errors_tolerated(judgements: Sequence[Judgement]) -> bool:
    on_errors = [one for one in judgements if one.check.metric in _ON_ERRORS]
    return bool(on_errors) and all(one.passed for one in on_errors)
