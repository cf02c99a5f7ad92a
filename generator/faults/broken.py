"""Events that break a rule: the catalogue of damage, by groups; each is to be rejected."""

from collections.abc import Callable
from functools import cache
from typing import Any

from generator.chance import Chance
from generator.faults.events import Fault, catalogue
from generator.faults.kind import FAMILIES, Change, Kind, Verdict, both
from generator.faults.variants import Damage
from generator.spec.rules import Form

# The pipeline's extractor takes LOG events, in any case, to their end without a look at their schema.
_UNCHECKED = "LOG"


def _is_plain(fault: Fault) -> bool:
    """Whether neither a pipeline crashes nor the event's own name is lost."""
    return not fault.is_poison and fault.path != "mid"


def _group(*damages: Damage) -> Callable[[Fault], bool]:
    return lambda fault: fault.damage in damages and _is_plain(fault)


def _is_unknown_eid(fault: Fault) -> bool:
    return fault.path == "eid" and fault.damage is Damage.NOT_LISTED


def _is_missing_eid(fault: Fault) -> bool:
    return fault.path == "eid" and fault.damage is Damage.LEFT_OUT


def _is_bad_mid(fault: Fault) -> bool:
    return fault.path == "mid" and fault.damage is not Damage.SURROGATE


def _poison(eid: str, path: str) -> Callable[[Fault], bool]:
    return lambda fault: (fault.eid, fault.path, fault.damage) == (eid, path, Damage.LEFT_OUT)


def _is_no_object(fault: Fault) -> bool:
    return not fault.path


def _rejected(
    name: str, what: str, *, is_poison: bool = False, keeps_id: bool = True, **others: Verdict | None
) -> Kind:
    given = {family: others[family] for family in FAMILIES if family in others}
    return Kind(name, what, "event", both("rejected"), given, is_poison=is_poison, keeps_id=keeps_id)


_WANTED: dict[Kind, Callable[[Fault], bool]] = {
    _rejected("missing_field", "a required field is left out"): _group(Damage.LEFT_OUT, Damage.LEFT_ALONE),
    _rejected("null_value", "null stands where a value must"): _group(Damage.NULLED),
    _rejected("wrong_type", "a value of another type"): _group(Damage.WRONG_TYPE),
    _rejected("wrong_value", "a value that is not in its closed list"): _group(Damage.NOT_LISTED),
    _rejected("wrong_case", "a listed value in another case"): _group(Damage.WRONG_CASE),
    _rejected("empty_value", "an empty text where one must be filled"): _group(Damage.EMPTIED),
    _rejected("out_of_range", "a number beyond its range"): _group(Damage.TOO_LOW, Damage.TOO_HIGH),
    _rejected("extra_field", "a key that a closed object does not have"): _group(
        Damage.FURTHER_KEY, Damage.FURTHER_NULLED, Damage.FURTHER_TYPE
    ),
    # On the wire no field is held against another.
    Kind(
        "disagreement",
        "a SUMMARY whose endtime lies before its starttime",
        "event",
        {"documented": "rejected"},
    ): _group(Damage.PRECEDING),
    _rejected("lone_surrogate", "half a character, as an escape"): _group(Damage.SURROGATE),
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
def _faults(kind: Kind, form: Form, eid: str) -> tuple[Fault, ...]:
    return tuple(filter(_WANTED[kind], catalogue(form, eid)))


def _change(kind: Kind) -> Change:
    def change(event: dict[str, Any], form: Form, chance: Chance) -> list[Any] | None:
        is_checked = event["eid"] != _UNCHECKED or kind.name == "unknown_eid"
        faults = _faults(kind, form, event["eid"]) if is_checked else ()
        if not faults:
            return None
        fault = chance.pick(faults)
        return [fault.apply(event, chance.between(0, fault.variants - 1)).event]

    return change


BROKEN: dict[Kind, Change] = {kind: _change(kind) for kind in _WANTED}
"""Each kind of event that breaks a rule, with how it is made."""
