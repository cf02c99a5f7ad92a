"""The damage to one event: each rule can be broken, and what is broken is what `check` says."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import check
from generator.errors import UsageError
from generator.faults import ValueFault, catalogue, minimal_event
from generator.faults.minimal import nodes
from generator.spec.rule_table import RULES
from generator.spec.rules import EIDS, FORMS, Kind
from generator.spec.violation import Problem
from generator.strategies import events

BOTH = pytest.mark.parametrize("form", FORMS)
EACH = pytest.mark.parametrize("eid", EIDS)


def filled(node, form):
    """Give a valid value with every key that a rule knows, and two items in every list."""
    rule = node.rule
    if rule.kind is Kind.OBJECT:
        return {name: filled(child, form) for name, child in node.children.items()}
    if rule.kind is Kind.LIST:
        return [filled(node.items, form) for _ in range(2)]
    if rule.kind in {Kind.NUMBER, Kind.INTEGER}:
        return 1 if rule.high in {None, 1} else rule.high
    return rule.values[-1] if rule.values else "0"


def fullest_event(eid, form):
    """Give a valid event in which everything is said."""
    return filled(nodes(form, eid)[""], form) | {"eid": eid}


def fault_of(form, eid, path, damage):
    (found,) = [each for each in catalogue(form, eid) if (each.path, each.damage) == (path, damage)]
    return found


def judged(fault, event, variant):
    """Damage an event, and give what was damaged and what `check` finds."""
    damaged = fault.apply(event, variant)
    return damaged, check(damaged.event, fault.form)


@BOTH
@EACH
@pytest.mark.parametrize("make", [minimal_event, fullest_event])
def test_the_smallest_and_the_fullest_event_are_valid(form, eid, make):
    """What damage is done to was whole before."""
    assert check(make(eid, form), form) == []


@BOTH
@EACH
@pytest.mark.parametrize("make", [minimal_event, fullest_event])
def test_every_fault_causes_its_violation_alone(form, eid, make):
    """Every variant of every fault causes the violation that it names, and no other."""
    event = make(eid, form)
    before = copy.deepcopy(event)
    for fault in catalogue(form, eid):
        for variant in range(fault.variants):
            damaged, found = judged(fault, event, variant)
            assert found == [damaged.violation], fault
    assert event == before


@BOTH
@EACH
def test_the_violation_survives_as_json(form, eid):
    """What a dictionary is blamed for its JSON is blamed for too: the fast path lets no damage through."""
    event = minimal_event(eid, form)
    for fault in catalogue(form, eid):
        for variant in range(fault.variants):
            damaged = fault.apply(event, variant)
            assert damaged.violation in check(json.dumps(damaged.event).encode(), form), fault


@BOTH
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_every_fault_is_total(form, data):
    """Whatever valid event it is, its fault can be done to it, and the event that was given stays whole."""
    event = data.draw(events(form=form))
    before = copy.deepcopy(event)
    fault = data.draw(st.sampled_from(catalogue(form, event["eid"])))
    damaged, found = judged(fault, event, data.draw(st.integers(0, fault.variants - 1)))

    assert found == [damaged.violation]
    assert damaged.violation.problem is fault.problem
    assert event == before


@BOTH
@EACH
def test_every_rule_can_be_broken(form, eid):
    """A rule without damage would be a rule that nobody tests: what it asks for, the catalogue denies it."""
    damages = {}
    for fault in catalogue(form, eid):
        damages.setdefault(fault.path, set()).add(fault.damage)
    for rule in RULES[form][eid]:
        asked = {
            ValueFault.NULLED: rule.path != "",
            ValueFault.WRONG_TYPE: rule.kind is not Kind.VALUE,
            ValueFault.LEFT_OUT: rule.required,
            ValueFault.NOT_LISTED: rule.values,
            ValueFault.WRONG_CASE: any(value.lower() != value.upper() for value in rule.values),
            ValueFault.EMPTIED: rule.filled or (rule.values and "" not in rule.values),
            ValueFault.TOO_LOW: rule.low is not None,
            ValueFault.TOO_HIGH: rule.high is not None,
            ValueFault.FURTHER_KEY: rule.closed,
            ValueFault.FURTHER_NULLED: rule.others is not Kind.ANY,
            ValueFault.FURTHER_TYPE: rule.others is not Kind.ANY,
            ValueFault.LEFT_ALONE: rule.required_by,
            ValueFault.PRECEDING: rule.at_least,
            ValueFault.SURROGATE: rule.kind is Kind.TEXT,
        }
        assert asked.keys() == set(ValueFault)
        assert damages[rule.path] == {damage for damage, is_asked in asked.items() if is_asked}, rule.path


@BOTH
def test_the_catalogue_is_one_list_in_one_order(form):
    """All faults are those of each eid, one after the other, none twice, and always the same."""
    whole = catalogue(form)

    assert whole == tuple(fault for eid in EIDS for fault in catalogue(form, eid))
    assert len(set(whole)) == len(whole)
    assert catalogue(form) is whole
    assert all(fault.variants for fault in whole)


@pytest.mark.parametrize(
    ("form", "eid", "path", "key"),
    [
        ("documented", "START", "edata", "stageId"),
        ("documented", "START", "edata", "pageid"),
        ("documented", "SHARE", "edata.items[]", "ver"),
        ("documented", "END", "edata", "contentid"),
        ("documented", "METRICS", "edata", None),
        ("documented", "HEARTBEAT", "edata", "edata"),
        ("wire", "START", "edata", "stageid"),
        ("wire", "IMPRESSION", "edata", "itype"),
        ("wire", "RESPONSE", "edata", "qid"),
        ("wire", "FEEDBACK", "edata", "contentId"),
        ("wire", "SHARE", "edata.items[]", "obj"),
        ("wire", "SUMMARY", "edata", "envsummary"),
        ("wire", "ERROR", "edata", "traceid"),
        ("wire", "END", "edata", "contentId"),
    ],
)
def test_the_keys_that_people_mistake_are_there(form, eid, path, key):
    """Misspelt keys, keys of the other form and the specification's wrapper are among the unknown ones."""
    faults = [
        each for each in catalogue(form, eid) if (each.path, each.damage) == (path, ValueFault.FURTHER_KEY)
    ]
    added = {
        fault.apply(minimal_event(eid, form), variant).violation.path.rpartition(".")[2]
        for fault in faults
        for variant in range(fault.variants)
    }

    assert key in added if key else not added


@pytest.mark.parametrize(
    ("path", "damage", "value", "text"),
    [
        ("edata.pass", ValueFault.WRONG_CASE, "YES", "ASSESS edata.pass: wrong case"),
        ("edata.score", ValueFault.WRONG_TYPE, "1", "ASSESS edata.score: wrong type"),
        ("edata.score", ValueFault.WRONG_TYPE, True, "ASSESS edata.score: wrong type"),
        ("edata.score", ValueFault.TOO_HIGH, 1.0000000000000002, "ASSESS edata.score: above its range"),
        ("ets", ValueFault.WRONG_TYPE, 10**11 + 0.5, "ASSESS ets: wrong type"),
        ("ets", ValueFault.TOO_LOW, 1_700_000_000, "ASSESS ets: below its range"),
        ("edata.item.params[]", ValueFault.NULLED, None, "ASSESS edata.item.params[]: null"),
        ("", ValueFault.WRONG_TYPE, [], "ASSESS itself: wrong type"),
    ],
)
def test_the_tricky_variants_are_there(path, damage, value, text):
    """A number as text, a boolean as number, seconds for milliseconds: what people do is among the variants."""
    fault = fault_of("documented", "ASSESS", path, damage)
    values = [
        fault.apply(minimal_event("ASSESS"), variant).violation.value for variant in range(fault.variants)
    ]

    assert any(given is value or (type(given), given) == (type(value), value) for given in values)
    assert str(fault) == text


def test_poison_is_what_crashes_a_pipeline():
    """An answer without its question, and an event that is no object: nothing else is held to be poison."""
    for form in FORMS:
        poison = {
            (fault.eid, fault.path, fault.damage)
            for fault in catalogue(form)
            if fault.is_poison and fault.path
        }
        absent = (ValueFault.LEFT_OUT, ValueFault.NULLED, ValueFault.WRONG_TYPE)
        assert poison == {
            (eid, path, damage)
            for eid, paths in (("ASSESS", ("edata", "edata.item")), ("RESPONSE", ("edata", "edata.target")))
            for path in paths
            for damage in absent
        }
        assert all(fault.is_poison for fault in catalogue(form) if not fault.path)


def test_only_a_surrogate_needs_an_escape():
    """A fault that says so, and no other, makes an event that cannot be written as UTF-8."""
    for fault in catalogue("documented"):
        text = json.dumps(fault.apply(minimal_event(fault.eid)).event, ensure_ascii=False)
        assert (text.encode(errors="replace").decode() != text) == fault.is_escaped


def test_the_last_item_of_a_list_is_damaged():
    """A reader who looks at the first item alone misses what is wrong."""
    event = minimal_event("ASSESS")
    event["edata"]["resvalues"] = [{"a": 1}, {"b": 2}, {"c": 3}]
    fault = fault_of("documented", "ASSESS", "edata.resvalues[]", ValueFault.NULLED)

    damaged = fault.apply(event)
    assert damaged.event["edata"]["resvalues"] == [{"a": 1}, {"b": 2}, None]
    assert (damaged.violation.path, damaged.violation.problem) == ("$.edata.resvalues[2]", Problem.NULL)


def test_what_is_not_on_the_path_is_not_copied():
    """A damaged event shares with the given one whatever is not damaged."""
    event = minimal_event("ASSESS")
    fault = fault_of("documented", "ASSESS", "edata.item.id", ValueFault.NULLED)

    damaged = fault.apply(event).event
    assert damaged["context"] is event["context"]
    assert damaged["edata"] is not event["edata"]
    assert damaged["edata"]["resvalues"] is event["edata"]["resvalues"]


def test_a_damaged_event_is_the_callers_own():
    """Whoever changes a damaged event further does not change the catalogue."""
    fault = fault_of("documented", "LOG", "edata", ValueFault.WRONG_TYPE)
    first = fault.apply(minimal_event("LOG")).event
    first["edata"].append("more")

    assert fault.apply(minimal_event("LOG")).event["edata"] == []


def test_wrong_use_is_refused():
    """A variant that there is none of, an event of another eid and an eid that is none are named."""
    fault = catalogue("wire", "LOG")[0]

    with pytest.raises(UsageError, match="variant=99"):
        fault.apply(minimal_event("LOG", "wire"), 99)
    with pytest.raises(UsageError, match="variant=-1"):
        fault.apply(minimal_event("LOG", "wire"), -1)
    with pytest.raises(UsageError, match="'END'"):
        fault.apply(minimal_event("END", "wire"))
    with pytest.raises(UsageError, match="'ENDE'"):
        catalogue("wire", "ENDE")
    with pytest.raises(UsageError, match="'wired'"):
        catalogue("wired")
