"""Events that break a rule: the catalogue of damage, by groups; each is to be rejected."""

from collections.abc import Callable
from functools import cache
from typing import Any

from generator.chance import Chance
from generator.faults.event_faults import EventFault, catalogue
from generator.faults.kind import FAMILIES, Change, FaultKind, Verdict, for_both_forms
from generator.faults.variants import ValueFault
from generator.spec.rules import Form

# The pipeline's extractor takes LOG events, in any case, to their end without a look at their schema.
_UNCHECKED = "LOG"


def _is_plain(fault: EventFault) -> bool:
    """Whether neither a pipeline crashes nor the event's own name is lost."""
    return not fault.is_poison and fault.path != "mid"


def _group(*damages: ValueFault) -> Callable[[EventFault], bool]:
    return lambda fault: fault.damage in damages and _is_plain(fault)


def _is_unknown_eid(fault: EventFault) -> bool:
    return fault.path == "eid" and fault.damage is ValueFault.NOT_LISTED


def _is_missing_eid(fault: EventFault) -> bool:
    return fault.path == "eid" and fault.damage is ValueFault.LEFT_OUT


def _is_bad_mid(fault: EventFault) -> bool:
    return fault.path == "mid" and fault.damage is not ValueFault.SURROGATE


def _poison(eid: str, path: str) -> Callable[[EventFault], bool]:
    return lambda fault: (fault.eid, fault.path, fault.damage) == (eid, path, ValueFault.LEFT_OUT)


def _is_no_object(fault: EventFault) -> bool:
    return not fault.path


def _rejected(
    name: str, what: str, *, is_poison: bool = False, keeps_id: bool = True, **others: Verdict | None
) -> FaultKind:
    given = {family: others[family] for family in FAMILIES if family in others}
    return FaultKind(
        name, what, "event", for_both_forms("rejected"), given, is_poison=is_poison, keeps_id=keeps_id
    )


_WANTED: dict[FaultKind, Callable[[EventFault], bool]] = {
    _rejected("missing_field", "a required field is left out"): _group(
        ValueFault.LEFT_OUT, ValueFault.LEFT_ALONE
    ),
    _rejected("null_value", "null stands where a value must"): _group(ValueFault.NULLED),
    _rejected("wrong_type", "a value of another type"): _group(ValueFault.WRONG_TYPE),
    _rejected("wrong_value", "a value that is not in its closed list"): _group(ValueFault.NOT_LISTED),
    _rejected("wrong_case", "a listed value in another case"): _group(ValueFault.WRONG_CASE),
    _rejected("empty_value", "an empty text where one must be filled"): _group(ValueFault.EMPTIED),
    _rejected("out_of_range", "a number beyond its range"): _group(ValueFault.TOO_LOW, ValueFault.TOO_HIGH),
    _rejected("extra_field", "a key that a closed object does not have"): _group(
        ValueFault.FURTHER_KEY, ValueFault.FURTHER_NULLED, ValueFault.FURTHER_TYPE
    ),
    # On the wire no field is held against another.
    FaultKind(
        "disagreement",
        "a SUMMARY whose endtime lies before its starttime",
        "event",
        {"documented": "rejected"},
    ): _group(ValueFault.PRECEDING),
    _rejected("lone_surrogate", "half a character, as an escape"): _group(ValueFault.SURROGATE),
    _rejected("unknown_eid", "an eid that there is none of"): _is_unknown_eid,
    _rejected("missing_eid", "the eid is left out"): _is_missing_eid,
    _rejected(
        "bad_mid", "the mid is left out, null, empty or no text, so that no one finds it", keeps_id=False
    ): _is_bad_mid,
    _rejected("assess_without_item", "an ASSESS without edata.item", is_poison=True): _poison(
        "ASSESS", "edata.item"
    ),
    _rejected("response_without_target", "a RESPONSE without edata.target", is_poison=True): _poison(
        "RESPONSE", "edata.target"
    ),
    # Obsrv's own JSON Schema of a request has no place for it, and refuses all of the batch.
    _rejected(
        "not_an_object",
        "a list, a number or null in place of an event",
        is_poison=True,
        keeps_id=False,
        obsrv="refused",
    ): _is_no_object,
}


@cache
def _faults(kind: FaultKind, form: Form, eid: str) -> tuple[EventFault, ...]:
    return tuple(filter(_WANTED[kind], catalogue(form, eid)))


def _change(kind: FaultKind) -> Change:
    def change(event: dict[str, Any], form: Form, chance: Chance) -> list[Any] | None:
        is_checked = event["eid"] != _UNCHECKED or kind.name == "unknown_eid"
        faults = _faults(kind, form, event["eid"]) if is_checked else ()
        if not faults:
            return None
        fault = chance.pick(faults)
        return [fault.apply(event, chance.between(0, fault.variants - 1)).event]

    return change


BROKEN: dict[FaultKind, Change] = {kind: _change(kind) for kind in _WANTED}
"""Each kind of event that breaks a rule, with how it is made."""
