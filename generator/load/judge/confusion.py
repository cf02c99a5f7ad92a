"""How the endpoint judged what was damaged on purpose: by what the sink holds, or by its answers alone."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from generator.delivery.receipt import Status
from generator.faults.confusion import Confusion, outcome_of
from generator.faults.kind import Family
from generator.faults.kinds import KINDS
from generator.load.tally import Tally
from generator.spec.rules import Form

_ACCEPTED = {"accepted": 1, "accepted twice": 2, "duplicate": 1, "rejected": 0, "nowhere": 0}
"""How often an event was accepted, by where the verification found it; what is known already was accepted before."""
_DECIDED = ("rightly_accepted", "wrongly_accepted", "rightly_refused", "wrongly_refused")

_WRONG: tuple[Literal["wrongly_accepted"], Literal["wrongly_refused"]] = (
    "wrongly_accepted",
    "wrongly_refused",
)


class _Found(NamedTuple):
    """Events of one damage and one end; `accepted` says how often each was, None where nobody looked."""

    fault: str
    status: Status
    accepted: int | None
    events: int


def judged(tally: Tally, delivery: Mapping[str, Any] | None, family: Family, form: Form) -> Confusion:
    """Judge the endpoint's judgement of all that was damaged.

    Args:
        tally: of the run.
        delivery: what the verification found, as `footfall verify --json` says it; None where nobody looked.
        family: the endpoint's.
        form: of the events.
    """
    counted = Confusion()
    for one in [*_verified(delivery or {})] or [*_answered(tally)]:
        verdict = KINDS[one.fault].verdict(family, form)
        counted.add(one.fault, outcome_of(verdict, one.status, one.accepted), one.events)
    return counted


def figures_of(confusion: Confusion | None) -> dict[str, float | None]:
    """Give what checks ask of a confusion; None where nothing is known that they could ask for."""
    is_known = confusion is not None and any(confusion.total(outcome) for outcome in _DECIDED)  # type: ignore[arg-type]
    return {name: float(confusion.total(name)) if confusion and is_known else None for name in _WRONG}


def misjudged(confusion: Confusion | None) -> dict[str, int]:
    """Return how many damaged events were judged wrongly, by how."""
    return {name: confusion.total(name) for name in _WRONG} if confusion else {}


def _verified(delivery: Mapping[str, Any]) -> Iterator[_Found]:
    """Take what the verification found; of several stages the last decides what was accepted."""
    stages = delivery.get("stages") or [{}]
    for row in stages[-1].get("labelled", ()):
        yield _Found(row["fault"], row["status"], _ACCEPTED[row["found"]], row["events"])


def _answered(tally: Tally) -> Iterator[_Found]:
    """Take what the senders heard."""
    for name, events in tally.labelled.items():
        fault, _, status = name.partition(" ")
        if events:
            yield _Found(fault, status, None, events)  # type: ignore[arg-type]
