"""The reading of JSON that may be hostile, and how what is wrong with it is said."""

import json
import math

import pytest
from msgspec import UNSET

from generator import check
from generator.faults import minimal_event
from generator.spec.edata import Assess, AssessedItem, Extra, Position
from generator.spec.reading import is_plain_json, place_of, plain, read_json, walk_leaves
from generator.spec.violation import Problem, Violation, shown

LOG = minimal_event("LOG")


@pytest.mark.parametrize(
    ("data", "value", "expected"),
    [
        (b'{"mid":"\xff"}, and more', b'\xff"}, and', "UTF-8 at byte 8"),
        (b"[" * 100_000, b"[" * 60, "fewer levels of nesting"),
        (b'{"eid" 1}', b'{"eid" 1}', "a ':' delimiter at character 7"),
        (b"[1 x" + b" " * 100, b"[1 x" + b" " * 56, "a ',' delimiter at character 3"),
        (b"[1] x", b"[1] x", "one whole JSON value (extra data at character 4)"),
        (b'["abc', b'["abc', "one whole JSON value (unterminated string at character 1)"),
        (b'["\\x"]', b'["\\x"]', "one whole JSON value (invalid \\escape at character 2)"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_told_where_and_why(data, value, expected):
    """What cannot be read is shown in 60 bytes, with the place and what may stand there."""
    assert read_json(data) == Violation("$", Problem.UNREADABLE, value, expected)


def test_numbers_are_read_up_to_four_thousand_digits():
    """A whole number of 4,000 digits is itself; with one more it is infinite, which no field may be."""
    assert read_json(b"9" * 4000) == 10**4000 - 1
    assert read_json(b"9" * 4001) == math.inf


def deep(levels):
    """Nest so many objects."""
    inner = {}
    for _ in range(levels - 1):
        inner = {"a": inner}
    return inner


def test_nesting_ends_at_two_thousand_levels():
    """Two thousand levels below the event are read; one more is named, with the beginning of its path."""
    assert check(LOG | {"more": deep(2000)}) == []
    (found,) = check(LOG | {"more": deep(2001)})
    assert (found.path, found.expected) == ("$.more" + ".a" * 27 + "…", "fewer levels of nesting")


@pytest.mark.parametrize(
    ("beside", "path", "problem"),
    [
        ("\ud800", "$.more", Problem.UNICODE),
        ("x\udfff", "$.more", Problem.UNICODE),
        ({"\udbff": 1}, "$.more['\\udbff']", Problem.UNICODE),
        ({"a": [0, {"b": "\udc00"}]}, "$.more.a[1].b", Problem.UNICODE),
        (["é", math.nan, 0.5], "$.more[1]", Problem.UNREADABLE),
        (["\ud7ff\ue000", -math.inf], "$.more[1]", Problem.UNREADABLE),
        ([None, 1, True, {}, (1, {2})], "$.more[4][1]", Problem.UNREADABLE),
    ],
)
def test_what_json_cannot_carry_is_named_with_its_place(beside, path, problem):
    """Half characters, NaN, infinities, foreign objects and keys: only these are named, however deep they lie."""
    found = list(walk_leaves({"more": beside}))

    assert [(violation.path, violation.problem) for violation in found] == [(path, problem)]
    assert not is_plain_json({"more": beside})


def test_what_may_stand_there_is_said():
    """Of a number that JSON has no word for, of half a character and of what is no JSON value at all."""
    found = walk_leaves([math.nan, "\ud800", object()])

    assert sorted(violation.expected for violation in found) == [
        "Unicode text",
        "a finite number",
        "a value that JSON knows, such as text or a thing's id",
    ]


def test_what_json_carries_is_told_in_one_go():
    """Of what can be written as it is nothing more is asked."""
    assert is_plain_json({"a": [1, 2.5, None, True, "é"]}) is True
    assert is_plain_json({"a": "\ud800"}) is False


def test_what_is_named_once_is_not_named_again():
    """A NaN where a number belongs, and a half character where a listed text does, are one violation each."""
    event = minimal_event("ASSESS")
    event["edata"] |= {"score": math.nan, "pass": "\ud800"}

    assert sorted(violation.problem for violation in check(event)) == [Problem.UNICODE, Problem.UNREADABLE]


def test_a_cycle_is_too_deep():
    """An object that holds itself has too many levels, and is left alone for the rest."""
    cycle: dict = {}
    cycle["again"] = cycle

    assert [violation.expected for violation in walk_leaves(cycle)] == ["fewer levels of nesting"]


def test_structs_become_the_objects_that_they_are_written_as():
    """What is unset is left out, in lists and dictionaries too, and whatever is no struct stays as it is."""
    assess = Assess(
        item=AssessedItem(id="q", title=UNSET), passed="No", score=0, resvalues=[{"a": object}], duration=1
    )
    written = {"item": {"id": "q"}, "pass": "No", "score": 0, "resvalues": [{"a": object}], "duration": 1}

    assert plain({"in": [assess, 3]}) == {"in": [written, 3]}
    assert plain(Extra(pos=[Position(x=1)])) == {"pos": [{"x": 1}]}


@pytest.mark.parametrize(
    ("name", "place"),
    [("a", "$.a"), ("é", "$.é"), ("a b", "$.a b"), ("a\n", "$['a\\n']"), (3, "$[3]"), (None, "$[None]")],
)
def test_a_key_is_shown_so_that_it_does_no_harm(name, place):
    """A key that cannot be printed is shown escaped, one that is no text as what it is."""
    assert place_of("$", name) == place


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("abc", "'abc'"),
        ("a\n\u202e", "'a\\n\\u202e'"),
        ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 58 + "…"),
        (10**59, "1" + "0" * 59),
        (10**60, "1" + "0" * 58 + "…"),
        (10**60 + 1, "a whole number of 200 bits"),
        (-(10**60) - 1, "a whole number of 200 bits"),
        ({"a": 1}, "an object of 1"),
        ([1, 2], "a list of 2"),
        (None, "None"),
        (1.5, "1.5"),
    ],
)
def test_a_value_is_shown_in_sixty_characters(value, text):
    """Whatever stands in an event, its violation is one line that can be printed."""
    assert shown(value) == text


@pytest.mark.parametrize(
    ("violation", "text"),
    [
        (Violation("$.a", Problem.MISSING, None, "text", "the page"), "$.a missing, expected text (the page)"),
        (Violation("$.a", Problem.NULL, None, "text"), "$.a None: null, expected text"),
        (Violation("$.a", Problem.TYPE, [1], "text", "the page"), "$.a a list of 1: wrong type, expected text (the page)"),
    ],
)  # fmt: skip
def test_a_violation_is_a_sentence(violation, text):
    """Place, value, problem and way out; what is missing has no value to show."""
    assert str(violation) == text


def test_an_event_may_be_text_bytes_or_a_mapping():
    """Whatever the event comes as, the same is found."""
    event = LOG | {"mid": ""}
    found = check(event)

    assert [violation.path for violation in found] == ["$.mid"]
    assert check(json.dumps(event)) == check(json.dumps(event).encode()) == found


def test_a_violation_cannot_be_changed():
    """What was found stays as it was found, and can be kept in a set."""
    violation = Violation("$.a", Problem.NULL, None, "text")

    assert {violation, Violation("$.a", Problem.NULL, None, "text")} == {violation}
    with pytest.raises(AttributeError):
        violation.path = "$"
