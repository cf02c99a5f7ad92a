"""What is put in the place of a valid value: for each kind of damage its variants, the plainest first."""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from generator.faults.minimal import minimal_value, nodes
from generator.spec.check import Node
from generator.spec.rules import FORMS, Form, Kind, Rule
from generator.spec.violation import Problem


class ValueFault(StrEnum):
    """What can be done to a value so that one rule is broken."""

    LEFT_OUT = "left out"
    NULLED = "null"
    WRONG_TYPE = "wrong type"
    NOT_LISTED = "not in the list"
    WRONG_CASE = "wrong case"
    EMPTIED = "empty"
    TOO_LOW = "below its range"
    TOO_HIGH = "above its range"
    FURTHER_KEY = "a key that it does not have"
    FURTHER_NULLED = "null under a further key"
    FURTHER_TYPE = "wrong type under a further key"
    LEFT_ALONE = "left out beside what requires it"
    PRECEDING = "before what it must not precede"
    SURROGATE = "a lone surrogate"


PROBLEMS: dict[ValueFault, Problem] = {
    ValueFault.LEFT_OUT: Problem.MISSING,
    ValueFault.NULLED: Problem.NULL,
    ValueFault.WRONG_TYPE: Problem.TYPE,
    ValueFault.NOT_LISTED: Problem.LIST,
    ValueFault.WRONG_CASE: Problem.CASE,
    ValueFault.EMPTIED: Problem.EMPTY,
    ValueFault.TOO_LOW: Problem.RANGE,
    ValueFault.TOO_HIGH: Problem.RANGE,
    ValueFault.FURTHER_KEY: Problem.UNKNOWN,
    ValueFault.FURTHER_NULLED: Problem.NULL,
    ValueFault.FURTHER_TYPE: Problem.TYPE,
    ValueFault.LEFT_ALONE: Problem.MISSING,
    ValueFault.PRECEDING: Problem.RANGE,
    ValueFault.SURROGATE: Problem.UNICODE,
}
"""What `check` calls each kind of damage."""

_NOT_OF_KIND: dict[Kind, tuple[Any, ...]] = {
    Kind.TEXT: (1, 0, 1.5, True, False, [], {}, ["x"], {"text": "x"}),
    Kind.NUMBER: ("1", "", "0:16", "1,5", "NaN", True, False, [], [1], {}),
    Kind.INTEGER: ("1", "", "1e3", True, False, 0.5, [], [1], {}),
    Kind.OBJECT: ([], "", "{}", 1, True, [{}]),
    Kind.LIST: ({}, "", "[]", 1, True, {"0": {}}),
    Kind.VALUE: (),
    Kind.ANY: (),
}
# Far from any range: the seconds and the microseconds that are taken for milliseconds, and beyond.
_FAR = (-(10**18), -1_000_000, 0, 1_700_000_000, 1_700_000_000_000_000, 10**18)

FOREIGN = "foreign"
# Keys that real clients wrote, and that the pipelines refuse.
_SEEN = {
    ("ASSESS", "edata.item"): ("sectionId",),
    ("ERROR", "edata"): ("traceid",),
    ("SUMMARY", "edata"): ("eventsummary",),
    ("END", "edata"): ("summaryList",),
}
# What the specification's page shows inside {"edata": {...}}.
_WRAPPED = {"AUDIT", "HEARTBEAT", "METRICS", "SUMMARY"}


class _Place(NamedTuple):
    """What is damaged: a rule with those below it, of a form and eid."""

    form: Form
    eid: str
    node: Node

    @property
    def rule(self) -> Rule:
        return self.node.rule


@cache
def variants_of(form: Form, eid: str, path: str, damage: ValueFault) -> tuple[Any, ...]:
    """Give the variants of one kind of damage to what a rule governs; none where the rule allows it.

    Returns:
        What is put in: the value itself; a key and its value for a further key; the number and the one that
        it must not precede for `PRECEDING`; None where something is left out.
    """
    if not path:
        # Of the event itself there is nothing more to break; a text there would be taken for its JSON.
        return ([], [{}], 1, True, None) if damage is ValueFault.WRONG_TYPE else ()
    return tuple(_MAKERS[damage](_Place(form, eid, nodes(form, eid)[path])))


def _left_out(place: _Place) -> Iterable[Any]:
    return (None,) if place.rule.required else ()


def _left_alone(place: _Place) -> Iterable[Any]:
    return (None,) if place.rule.required_by else ()


def _nulls(place: _Place) -> Iterable[Any]:
    return () if place.rule.kind is Kind.ANY else (None,)


def _wrong_types(place: _Place) -> Iterable[Any]:
    rule = place.rule
    # A fraction inside the range: that it is no whole number is all that is wrong with it. From 0 on 0.5 is one.
    inside = (rule.low + 0.5,) if rule.kind is Kind.INTEGER and rule.low else ()
    return (*_NOT_OF_KIND[rule.kind], *inside)


def _empty(place: _Place) -> Iterable[Any]:
    rule = place.rule
    return ("",) if rule.filled or (rule.values and "" not in rule.values) else ()


def _surrogates(place: _Place) -> Iterable[Any]:
    return ("\ud800", "x\udfff", "\udc00\ud83d") if place.rule.kind is Kind.TEXT else ()


def _other_cases(place: _Place) -> Iterator[Any]:
    # An eid in another case than its own would be held against other rules.
    values = (place.eid,) if place.rule.path == "eid" else place.rule.values
    cases = [(value.upper(), value.lower(), value.capitalize()) for value in values]
    yield from dict.fromkeys(text for texts in cases for text in texts if text not in place.rule.values)


def _not_listed(place: _Place) -> Iterator[Any]:
    """Yield what people write in place of a listed value: nothing of the kind, a bit too much, too little."""
    values = place.rule.values
    if values:
        near = (FOREIGN, "0", "null", f"{values[0]} ", f" {values[-1]}", ", ".join(values), values[0][:-1])
        listed = {value.casefold() for value in values}
        yield from (text for text in near if text.casefold() not in listed)


def _too_low(place: _Place) -> Iterator[Any]:
    low = place.rule.low
    if low is not None:
        yield from _beyond(low, -1, place.rule.kind)
        yield from (number for number in _FAR if number < low)


def _too_high(place: _Place) -> Iterator[Any]:
    high = place.rule.high
    if high is not None:
        yield from _beyond(high, 1, place.rule.kind)
        yield from (number for number in _FAR if number > high)


def _beyond(bound: float, way: int, kind: Kind) -> Iterator[float]:
    yield bound + way
    if kind is Kind.NUMBER:
        yield math.nextafter(bound, way * math.inf)


def _is_open_to_some(rule: Rule) -> bool:
    return not rule.closed and rule.others is not Kind.ANY


def _further_nulls(place: _Place) -> Iterable[Any]:
    return ((FOREIGN, None),) if _is_open_to_some(place.rule) else ()


def _further_types(place: _Place) -> Iterator[Any]:
    if _is_open_to_some(place.rule):
        yield from ((FOREIGN, value) for value in _NOT_OF_KIND[place.rule.others])


def _further_keys(place: _Place) -> Iterator[Any]:
    """Yield keys that a closed object refuses: foreign ones, misspelt ones, those of the other form."""
    if place.rule.closed:
        path, known = place.rule.path, place.node.children
        further = {FOREIGN: "", **dict.fromkeys(map(_misspelt, known), ""), **_other_forms(place)}
        further |= dict.fromkeys(_SEEN.get((place.eid, path), ()), "")
        if path == "edata" and place.eid in _WRAPPED:
            further["edata"] = {}
        yield from ((name, value) for name, value in further.items() if name not in known)


def _other_forms(place: _Place) -> dict[str, Any]:
    """Give the keys that the same object has in the other form."""
    (other,) = (form for form in FORMS if form != place.form)
    twin = nodes(other, place.eid).get(place.rule.path)
    return {name: minimal_value(child) for name, child in twin.children.items()} if twin else {}


def _misspelt(name: str) -> str:
    """Write a key as another style would: `stageId` for `stageid`, `contentid` for `contentId`."""
    if name != name.lower():
        return name.lower()
    camel = re.sub(r"(?<=.)(id|type|score|values|stack)$", lambda end: end[0].capitalize(), name)
    return camel if camel != name else name.capitalize()


def _preceding(place: _Place) -> Iterator[Any]:
    """Yield numbers inside their own range, each with one that is greater."""
    rule = place.rule
    if rule.at_least:
        assert rule.low is not None  # noqa: S101  what follows another is an instant, which has a range
        assert rule.high is not None  # noqa: S101
        low, high = int(rule.low), int(rule.high)
        middle = (low + high) // 2
        yield from ((middle, middle + 1), (low, middle), (low, high), (high - 1, high))


_MAKERS: dict[ValueFault, Callable[[_Place], Iterable[Any]]] = {
    ValueFault.LEFT_OUT: _left_out,
    ValueFault.NULLED: _nulls,
    ValueFault.WRONG_TYPE: _wrong_types,
    ValueFault.NOT_LISTED: _not_listed,
    ValueFault.WRONG_CASE: _other_cases,
    ValueFault.EMPTIED: _empty,
    ValueFault.TOO_LOW: _too_low,
    ValueFault.TOO_HIGH: _too_high,
    ValueFault.FURTHER_KEY: _further_keys,
    ValueFault.FURTHER_NULLED: _further_nulls,
    ValueFault.FURTHER_TYPE: _further_types,
    ValueFault.LEFT_ALONE: _left_alone,
    ValueFault.PRECEDING: _preceding,
    ValueFault.SURROGATE: _surrogates,
}
