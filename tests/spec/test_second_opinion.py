"""A second opinion: jsonschema-rs, on the JSON Schema export, judges every event as `check` does.

What a schema cannot say is named here, and nothing else is let pass.
"""

import json
import math

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import check, json_schema
from generator.faults import ValueFault, catalogue, minimal_event
from generator.spec.rules import EIDS, FORMS
from generator.spec.schema import event_schema
from generator.spec.violation import Problem
from generator.strategies import events

SCHEMAS = {form: jsonschema_rs.validator_for(json_schema(form)) for form in FORMS}
OF_EID = {(form, eid): jsonschema_rs.validator_for(event_schema(eid, form)) for form in FORMS for eid in EIDS}
# One field held against another.
UNSAYABLE = {ValueFault.PRECEDING}
CLOSED = "no source states it: it has the keys that are named, and no others"
FILLED = "no source states it: an id that is empty names nothing"
letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
anything = st.recursive(
    st.none() | st.booleans() | numbers | letters,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(letters, inner, max_size=3),
    max_leaves=5,
)
every_event = pytest.mark.parametrize(("form", "eid"), list(OF_EID))
either_form = pytest.mark.parametrize("form", FORMS)


def accepts(form, event):
    """Ask the schema of any event, and that of its eid, which must say the same where the eid is known."""
    whole = SCHEMAS[form].is_valid(event)
    if isinstance(event, dict) and isinstance(event.get("eid"), str) and event["eid"] in EIDS:
        assert OF_EID[form, event["eid"]].is_valid(event) == whole
    return whole


def askable(form, eid):
    """Give the faults that jsonschema-rs can be asked about: a half character it does not always take."""
    return [fault for fault in catalogue(form, eid) if fault.damage is not ValueFault.SURROGATE]


def sayable(violation):
    """Tell whether a schema can find a violation: not where two fields disagree."""
    return not (violation.problem is Problem.RANGE and violation.expected.startswith("at least $."))


@every_event
@settings(max_examples=20)
@given(st.data())
def test_what_is_generated_is_valid_for_both(form, eid, data):
    """Of events that are drawn neither finds anything wrong."""
    event = data.draw(events(eid, form=form))

    assert (check(event, form), accepts(form, event)) == ([], True)


@either_form
@settings(max_examples=200)
@given(st.data())
def test_what_is_damaged_is_invalid_for_both(form, data):
    """Whatever event is damaged in whatever way, both refuse it, but for what a schema cannot say."""
    event = data.draw(events(form=form))
    fault = data.draw(st.sampled_from(askable(form, event["eid"])))
    damaged = fault.apply(event, data.draw(st.integers(0, fault.variants - 1)))

    assert damaged.violation in check(damaged.event, form)
    assert accepts(form, damaged.event) == (fault.damage in UNSAYABLE)


@every_event
def test_every_damage_is_judged_alike(form, eid):
    """Every fault of the catalogue in all its variants, done to the smallest event: no disagreement but the named."""
    event = minimal_event(eid, form)
    for fault in askable(form, eid):
        for variant in range(fault.variants):
            damaged = fault.apply(event, variant).event
            assert accepts(form, damaged) == (fault.damage in UNSAYABLE), (str(fault), variant)


@either_form
@settings(max_examples=200)
@given(st.data())
def test_whatever_stands_in_an_event_is_judged_alike(form, data):
    """With anything at all in the place of its values, or beside them, an event is valid for both or for neither."""
    event = data.draw(events(form=form))
    place = event
    while isinstance(place, dict):
        name = data.draw(st.sampled_from(sorted(place)) | letters if place else letters)
        holder, place = place, place.get(name) if data.draw(st.booleans()) else None
    holder[name] = data.draw(anything)

    found = [violation for violation in check(event, form) if sayable(violation)]
    assert accepts(form, event) == (not found), found


def deep(levels):
    """Nest objects so deep below a key that has no rule."""
    inner = {}
    for _ in range(levels):
        inner = {"a": inner}
    return inner


LOG = minimal_event("LOG")
SUMMARY = minimal_event("SUMMARY")


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        (SUMMARY | {"edata": SUMMARY["edata"] | {"starttime": 10**12}}, Problem.RANGE),
        (LOG | {"mid": "\ud800"}, Problem.UNICODE),
        (LOG | {"more": "\ud800"}, Problem.UNICODE),
        (LOG | {"more": math.nan}, Problem.UNREADABLE),
        (LOG | {"more": {1, 2}}, Problem.UNREADABLE),
        (LOG | {"more": deep(2001)}, Problem.UNREADABLE),
    ],
)
def test_what_a_schema_cannot_say(event, problem):
    """Two fields that disagree, half a character, what JSON cannot carry, too deep a nesting: check alone finds these."""
    assert [violation.problem for violation in check(event)] == [problem]
    assert accepts("documented", event)


@pytest.mark.parametrize(
    ("fields", "valid"),
    [({"size": 3.0}, True), ({"size": 1e300}, True), ({"size": 10**400}, True), ({"size": 0.5}, False), ({"size": True}, False)],
)  # fmt: skip
def test_a_whole_number_is_one_however_it_is_written(fields, valid):
    """Both take 3.0 for an integer and no boolean for a number, and both take whole numbers of any length."""
    event = minimal_event("SEARCH")
    event["edata"] |= fields

    assert (not check(event), accepts("documented", event)) == (valid, valid)


def test_the_schema_says_what_it_cannot_say():
    """A rule between two fields stands in the schema as a comment."""
    endtime = event_schema("SUMMARY")["properties"]["edata"]["properties"]["endtime"]

    assert "is at least edata.starttime, which JSON Schema cannot express" in endtime["$comment"]
    assert json.dumps(json_schema()).count("which JSON Schema cannot express") == 1


def test_the_schema_says_what_no_source_states():
    """What is read into the specification stands in the schema as a comment; the wire's schema has no comment."""
    duration = event_schema("END")["properties"]["edata"]["properties"]["duration"]

    assert duration["$comment"] == "no source states it: a duration is not below zero"
    assert "$comment" not in json.dumps(json_schema("wire"))


@pytest.mark.parametrize(
    ("form", "eid", "expected"),
    [
        ("documented", "HEARTBEAT",
         {"type": "object", "properties": {}, "required": [], "additionalProperties": False, "$comment": CLOSED}),
        ("documented", "METRICS",
         {"type": "object", "properties": {}, "required": [], "additionalProperties": {"type": "integer"}}),
        ("wire", "HEARTBEAT", {"type": "object", "properties": {}, "required": []}),
        ("documented", "FEEDBACK",
         {"type": "object",
          "properties": {"contentId": {"type": "string", "minLength": 1, "$comment": FILLED}, "rating": {"type": "number"},
                         "comments": {"type": "string"}},
          "required": ["contentId"], "additionalProperties": False, "$comment": CLOSED}),
        ("documented", "AUDIT",
         {"type": "object",
          "properties": {"props": {"type": "array", "items": {"type": "string"}}, "state": {"type": "string"},
                         "prevstate": {"type": "string"}},
          "required": [], "additionalProperties": False, "$comment": CLOSED}),
    ],
)  # fmt: skip
def test_the_schema_says_no_more_than_the_rules(form, eid, expected):
    """Each rule is one keyword, and what no rule asks for has none."""
    assert event_schema(eid, form)["properties"]["edata"] == expected
