"""How the endpoint judged what was damaged on purpose: by what the sink holds, or by its answers alone."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from generator.delivery.receipt import Status
from generator.faults.confusion import Confusion, Outcome, outcome_of
from generator.faults.kind import Family
from generator.faults.kinds import KINDS
from generator.faults.plan import FaultPlan
from generator.load.counters import RunCounters
from generator.load.injected_fault import WITH_OTHERS
from generator.spec.rules import Form

_DECIDED = ("rightly_accepted", "false_accepts", "rightly_refused", "false_rejects")
_RIGHT: tuple[Literal["rightly_accepted"], Literal["rightly_refused"]] = (
    "rightly_accepted",
    "rightly_refused",
)
_WRONG: tuple[Literal["false_accepts"], Literal["false_rejects"]] = (
    "false_accepts",
    "false_rejects",
)


def confusion_of_run(
    tally: RunCounters,
    delivery: Mapping[str, Any] | None,
    family: Family,
    form: Form,
    plan: FaultPlan | None = None,
) -> Confusion:
    """Judge the endpoint's judgement of all that was damaged.

    Args:
        tally: of the run.
        delivery: what the verification found, as `footfall verify --json` says it; None where nobody looked.
        family: the endpoint's.
        form: of the events.
        plan: the damage that was asked for; None if nobody asks whether each kind of it was done.
    """
    counted = Confusion()
    for fault, outcome, events in [*_verified(delivery or {})] or [*_answered(tally, family, form)]:
        counted.add(fault, outcome, events)
    if plan:
        unhit = [
            kind for kind in plan.shares if kind.name not in _hit(tally) and kind.name not in counted.rows
        ]
        counted.unhit = [kind.name for kind in unhit if kind in plan.named]
        counted.unhit_of_presets = [kind.name for kind in unhit if kind not in plan.named]
    return counted


def figures_of(confusion: Confusion | None) -> dict[str, float | None]:
    """Give what checks ask of a confusion.

    None where nothing is known that they could ask for, and where a kind that was asked for by name hit no event: then
    nobody knows how it would be judged.
    """
    is_known = confusion is not None and any(confusion.total(outcome) for outcome in _DECIDED)  # type: ignore[arg-type]
    if not confusion or not is_known or confusion.unhit:
        return dict.fromkeys(_WRONG)
    return {name: float(confusion.total(name)) for name in _WRONG}


def is_decided(confusion: Confusion | None, delivery: Mapping[str, Any]) -> bool:
    """Return whether damage alone decides about a delivery: no other event could be accepted, and some were judged rightly."""
    stages = delivery.get("stages") or ()
    is_alone = bool(stages) and all(stage.get("is_damage_alone") for stage in stages)
    return is_alone and confusion is not None and any(confusion.total(outcome) for outcome in _RIGHT)


def misjudged(confusion: Confusion | None) -> dict[str, int]:
    """Return how many damaged events were judged wrongly, by how."""
    return {name: confusion.total(name) for name in _WRONG} if confusion else {}


_Found = tuple[str, Outcome, int]
"""Events of one damage and one outcome: the name, the outcome and their number."""


def _verified(delivery: Mapping[str, Any]) -> Iterator[_Found]:
    """Take what the verification found; of several stages the last decides what was accepted."""
    stages = delivery.get("stages") or [{}]
    for row in stages[-1].get("labelled", ()):
        yield row["fault"], row["outcome"], row["events"]


def _answered(tally: RunCounters, family: Family, form: Form) -> Iterator[_Found]:
    """Take what the senders heard."""
    for name, events in tally.labelled.items():
        fault, _, said = name.partition(" ")
        if events:
            is_excused = said == WITH_OTHERS
            status: Status = "rejected" if is_excused else said  # type: ignore[assignment]
            yield (
                fault,
                outcome_of(KINDS[fault].verdict(family, form), status, None, is_excused=is_excused),
                events,
            )


def _hit(tally: RunCounters) -> set[str]:
    return {name.partition(" ")[0] for name, events in tally.labelled.items() if events}
