"""How the endpoint judged the faulty events: by what the sink stored, or by its answers alone."""

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
    """Compare the endpoint's judgement of all faulty events with the expected one.

    Args:
        tally: of the run.
        delivery: the verification's result, as `footfall verify --json` prints it; None without a verification.
        family: the endpoint's.
        form: of the events.
        plan: the faults that were asked for; None to skip the test whether each kind of them was injected.
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
    """Return what checks ask of a confusion.

    None without any faulty event, and if a kind that was asked for by name hit no event: its judgement is then
    unknown.
    """
    is_known = confusion is not None and any(confusion.total(outcome) for outcome in _DECIDED)  # type: ignore[arg-type]
    if not confusion or not is_known or confusion.unhit:
        return dict.fromkeys(_WRONG)
    return {name: float(confusion.total(name)) for name in _WRONG}


def is_decided(confusion: Confusion | None, delivery: Mapping[str, Any]) -> bool:
    """Return whether faults alone decide about a delivery: no other event could be accepted, and some were judged rightly."""
    stages = delivery.get("stages") or ()
    is_alone = bool(stages) and all(stage.get("is_damage_alone") for stage in stages)
    return is_alone and confusion is not None and any(confusion.total(outcome) for outcome in _RIGHT)


def misjudged(confusion: Confusion | None) -> dict[str, int]:
    """Return how many faulty events were judged wrongly, by how."""
    return {name: confusion.total(name) for name in _WRONG} if confusion else {}


_Found = tuple[str, Outcome, int]
"""Events of one fault and one outcome: the name, the outcome and their number."""


def _verified(delivery: Mapping[str, Any]) -> Iterator[_Found]:
    """Take what the verification found; of several stages the last decides what was accepted."""
    stages = delivery.get("stages") or [{}]
    for row in stages[-1].get("labelled", ()):
        yield row["fault"], row["outcome"], row["events"]


def _answered(tally: RunCounters, family: Family, form: Form) -> Iterator[_Found]:
    """Yield what the senders counted by fault and outcome."""
    for name, events in tally.labelled.items():
        fault, _, answer = name.partition(" ")
        if events:
            is_excused = answer == WITH_OTHERS
            status: Status = "rejected" if is_excused else answer  # type: ignore[assignment]
            yield (
                fault,
                outcome_of(KINDS[fault].verdict(family, form), status, None, is_excused=is_excused),
                events,
            )


def _hit(tally: RunCounters) -> set[str]:
    return {name.partition(" ")[0] for name, events in tally.labelled.items() if events}
