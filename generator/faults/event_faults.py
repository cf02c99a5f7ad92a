"""The damage to one event, by path and kind, and the violation that it must cause: derived from the rule table."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple

from generator.errors import UsageError
from generator.faults.json_pointer import JsonPointer, reach
from generator.faults.minimal import minimal_value, nodes
from generator.faults.variants import PROBLEMS, ValueFault, variants_of
from generator.spec.check import known_keys, wanted
from generator.spec.rule_table import RULES
from generator.spec.rules import EIDS, Form, Rule, check_form
from generator.spec.violation import Problem, Violation, shown


class FaultyEvent(NamedTuple):
    """An event that was damaged.

    Attributes:
        event: the event, damaged; anything but an object where that is the damage.
        violation: what `check` must find in it.
    """

    event: Any
    violation: Violation


class EventFault(NamedTuple):
    """One kind of damage to what one rule governs; its text is a sentence.

    Attributes:
        form, eid: the events that it is for.
        path: the rule's, such as `edata.item.params[]`; empty for the event itself.
        damage: what is done.
        problem: what `check` calls it.
        is_poison: whether a deployed pipeline is known to crash at it.
    """

    form: Form
    eid: str
    path: str
    damage: ValueFault
    problem: Problem
    is_poison: bool

    def __str__(self) -> str:
        """Say event, place and damage in one line."""
        return f"{self.eid} {self.path or 'itself'}: {self.damage}"

    @property
    def variants(self) -> int:
        """How many ways there are to do it."""
        return len(variants_of(self.form, self.eid, self.path, self.damage))

    @property
    def is_escaped(self) -> bool:
        r"""Whether JSON carries it only as an escape, `\ud800`, which `json.dumps` writes and msgspec refuses."""
        return self.damage is ValueFault.SURROGATE

    def apply(self, event: Mapping[str, Any], variant: int = 0) -> FaultyEvent:
        """Damage a valid event of this form and eid; the event that is given stays as it is.

        Parents that are absent are put in first, as their smallest valid values.

        Args:
            event: the event as a JSON reader sees it.
            variant: which way, from 0; the plainest comes first.

        Raises:
            UsageError: for an event of another eid, or a variant that there is none of.
        """
        if not 0 <= variant < self.variants:
            raise UsageError(f"variant={variant}: {self} has {self.variants}, numbered from 0")
        if event.get("eid") != self.eid:
            raise UsageError(f"eid {event.get('eid')!r}: {self} is for events of its own eid")
        # Lists and objects among the variants are the caller's to change, and the catalogue's to keep.
        change = deepcopy(variants_of(self.form, self.eid, self.path, self.damage)[variant])
        return _WAYS.get(self.damage, _replace)(self, event, change)


def _spot(fault: EventFault, event: Mapping[str, Any]) -> JsonPointer:
    return reach(fault.form, fault.eid, event, fault.path)


def _rule(fault: EventFault) -> Rule:
    return nodes(fault.form, fault.eid)[fault.path].rule


def _damaged(fault: EventFault, spot: JsonPointer, value: Any, expected: str = "") -> FaultyEvent:
    rule = _rule(fault)
    # What an object must have is said where the object is described.
    says = spot.node.rule if spot.node and fault.problem is Problem.MISSING else rule
    source = says.source_of(fault.problem)
    return FaultyEvent(
        spot.event, Violation(spot.path, fault.problem, value, expected or wanted(rule), source)
    )


def _replace(fault: EventFault, event: Mapping[str, Any], value: Any) -> FaultyEvent:
    spot = _spot(fault, event)
    spot.put(value)
    return _damaged(fault, spot, value)


def _surrogate(fault: EventFault, event: Mapping[str, Any], value: str) -> FaultyEvent:
    spot = _spot(fault, event)
    spot.put(value)
    return FaultyEvent(spot.event, Violation(spot.path, fault.problem, value, "Unicode text"))


def _leave_out(fault: EventFault, event: Mapping[str, Any], _: None) -> FaultyEvent:
    spot, beside = _spot(fault, event), _rule(fault).required_by
    if beside and spot.node:
        spot.holder.setdefault(beside, minimal_value(spot.node.children[beside]))
    spot.holder.pop(spot.key, None)
    return _damaged(fault, spot, None)


def _add_key(fault: EventFault, event: Mapping[str, Any], change: tuple[str, Any]) -> FaultyEvent:
    name, value = change
    spot, node = _spot(fault, event), nodes(fault.form, fault.eid)[fault.path]
    spot.open(node)[name] = value
    further = Rule(fault.path, node.rule.others)
    expected = known_keys(node, name) if node.rule.closed else wanted(further)
    return _damaged(fault, spot._replace(path=f"{spot.path}.{name}"), value, expected)


def _precede(fault: EventFault, event: Mapping[str, Any], change: tuple[float, float]) -> FaultyEvent:
    value, least = change
    other = reach(fault.form, fault.eid, event, _rule(fault).at_least)
    other.put(least)
    spot = _spot(fault, other.event)
    spot.put(value)
    return _damaged(fault, spot, value, f"at least {other.path}, {shown(least)}")


# How a damage is done, where it is not by putting another value in.
_WAYS: dict[ValueFault, Callable[[EventFault, Mapping[str, Any], Any], FaultyEvent]] = {
    ValueFault.LEFT_OUT: _leave_out,
    ValueFault.LEFT_ALONE: _leave_out,
    ValueFault.FURTHER_KEY: _add_key,
    ValueFault.FURTHER_NULLED: _add_key,
    ValueFault.FURTHER_TYPE: _add_key,
    ValueFault.PRECEDING: _precede,
    ValueFault.SURROGATE: _surrogate,
}

# What the pipeline's extractor reads unguarded: the question that is answered, and an event as an object.
_READ_UNGUARDED = {"ASSESS": ("edata", "edata.item"), "RESPONSE": ("edata", "edata.target")}
_ABSENT = {ValueFault.LEFT_OUT, ValueFault.NULLED, ValueFault.WRONG_TYPE}


@cache
def catalogue(form: Form, eid: str | None = None) -> tuple[EventFault, ...]:
    """List all the damage that can be done to events of a form, in the order of the rule table.

    Args:
        form: "documented" or "wire".
        eid: the events of one kind; of all 17 by default.
    """
    if eid is not None and eid not in EIDS:
        raise UsageError(f"eid={eid!r}: choose one of {', '.join(EIDS)}")
    return tuple(
        _fault(form, each, rule.path, damage)
        for each in ([eid] if eid else EIDS)
        for rule in RULES[check_form(form)][each]
        for damage in ValueFault
        if variants_of(form, each, rule.path, damage)
    )


def _fault(form: Form, eid: str, path: str, damage: ValueFault) -> EventFault:
    is_poison = not path or (path in _READ_UNGUARDED.get(eid, ()) and damage in _ABSENT)
    return EventFault(form, eid, path, damage, PROBLEMS[damage], is_poison)
