"""Contents compared: what a pipeline rewrites is the same event, and anything else is a difference with its place."""

import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.verify.content import ABSENT, MOST, Difference, Rewrites
from generator.verify.rewrites import ADDED, CHANGED, DEFAULT_CHANNEL

SAME = Rewrites()
EVENT = {
    "eid": "INTERACT", "ets": 1_533_364_283_909, "ver": "3.0", "mid": "m1",
    "actor": {"id": "f:0123:u1", "type": "User"},
    "context": {"channel": " ", "pdata": {"id": "p"}, "env": "home", "rollup": {"l1": "o1", "l2": "o2"}},
    "object": {"id": "abc1", "type": "DialCode", "ver": "1"},
    "tags": ["a", "b"],
    "edata": {"type": "TOUCH", "id": "next", "extra": {"pos": [{"x": 1, "y": 2.5}], "n": [1, 2]}},
}  # fmt: skip
FITTING = {"syncts": 1.6e12, "@timestamp": "2026-01-01T00:00:00.000Z", "type": "events"}
"""What the members have that are no objects."""


def text(value):
    return json.dumps(value).encode()


def compared(found, sent=EVENT, by=SAME):
    return by.differences(text(sent), text(found))


def changed(path, value, event=EVENT):
    """Give the event with another value at a path."""
    copied = json.loads(text(event))
    *before, last = path.split(".")
    place = copied
    for part in before:
        place = place[part]
    place[last] = value
    return copied


# --- what stages add ---


@pytest.mark.parametrize("row", ADDED, ids=lambda row: row.name)
def test_what_a_stage_adds_is_no_difference_where_it_adds_it(row):
    """Each member that a stage adds may be there; not with a value that it never has, and not inside the event."""
    value = FITTING.get(row.name, {"a": True})
    fits, deeper = {**EVENT, row.name: value}, changed(f"edata.{row.name}", [value])
    strange = {**EVENT, row.name: [False]}

    assert compared(fits) == []
    assert compared(fits, sent={**EVENT, row.name: "sent so"}) == []
    assert compared(strange) == [Difference(row.name, ABSENT, "[false]")]
    assert compared(EVENT, sent=strange) == [Difference(row.name, "[false]", ABSENT)]
    assert [one.path for one in compared(deeper)] == [f"edata.{row.name}"]
    assert row.source


def test_any_other_member_is_a_difference():
    """What no stage adds is told, whatever it is called."""
    assert compared({**EVENT, "syncTs": 1}) == [Difference("syncTs", ABSENT, 1)]


# --- what stages change ---

CHANGES = {
    "actor.id": ("u1", "0123:u1"),
    "object.id": ("ABC1", "ABc1"),
    "context.channel": (DEFAULT_CHANNEL, "in.sunbird"),
    "ets": (1_533_340_799_999, 1_533_340_799_998),
}


@pytest.mark.parametrize("path", CHANGED)
def test_what_a_stage_changes_is_no_difference_where_it_changes_it(path):
    """Each rewrite passes as it is done, and is a difference if it is done otherwise, or backwards."""
    rewritten, otherwise = CHANGES[path]
    backwards = changed(path, rewritten)

    assert compared(changed(path, rewritten)) == []
    assert [one.path for one in compared(changed(path, otherwise))] == [path]
    assert [one.path for one in compared(EVENT, sent=backwards)] == [path]
    assert CHANGED[path].source


@pytest.mark.parametrize(
    ("path", "sent", "found"),
    [
        ("object.id", "f:0123:u1", "u1"), ("context.env", "abc1", "ABC1"), ("context.env", " ", DEFAULT_CHANNEL),
        ("actor.id", "abc1", "ABC1"), ("actor.id", "g:0123:u1", "u1"), ("context.channel", "", " "),
        ("context.channel", "c", DEFAULT_CHANNEL), ("edata.id", 1_533_364_283_909, 1_533_340_799_999),
        ("ets", 1_533_340_799_998, 1_533_340_799_999), ("ets", 1_533_364_283_909, -1), ("actor.id", "f:1", 1),
    ],
)  # fmt: skip
def test_the_same_change_elsewhere_is_a_difference(path, sent, found):
    """A rewrite is one of its place and its kind alone."""
    assert [one.path for one in compared(changed(path, found), sent=changed(path, sent))] == [path]


def test_only_dial_codes_are_written_in_capitals():
    """Whatever the case of the type; another object's id stays as it is."""
    for kind in ("DialCode", "dialcode", "QR", "qr"):
        code = changed("object.type", kind)
        assert compared(changed("object.id", "ABC1", code), sent=code) == []
    for kind in ("Content", "", None, 1, ["qr"]):
        code = changed("object.type", kind)
        assert compared(changed("object.id", "ABC1", code), sent=code) == [
            Difference("object.id", "abc1", "ABC1")
        ]


# --- values ---


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("1", "1.0"), ("1", "1e0"), ("1", "0.1E1"), ("1533364283909", "1.533364283909E12"), ("0", "-0.0"), ("2.5", "25e-1"),
        ("100", "1.0E2"), ("9007199254740993", "9.007199254740992E15"), ("1" + "0" * 30, "1.0E30"),
        ('"a<b"', r'"a\u003cb"'), ('"é"', r'"\u00e9"'), ('{"a":1,"b":2}', '{"b":2,"a":1}'), ("[]", "[ ]"),
    ],
)  # fmt: skip
def test_a_value_written_otherwise_is_the_same(sent, found):
    """Numbers by their value or nearest double, texts by their letters, objects by their members."""
    assert SAME.differences(b'{"edata":%b}' % sent.encode(), b'{"edata":%b}' % found.encode()) == []


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("1", '"1"'), ("1", "true"), ("true", "1"), ("0", "false"), ("false", "0.0"), ("false", "true"), ("null", "0"),
        ("null", '""'), ("1", "null"), ("1", "1.0000000001"), ("9007199254740993", "9007199254740992"), ("[]", "{}"),
        ("{}", "null"), ("[1]", "1"),
        ("1.0E30", "1" + "0" * 29), ('"a"', '"A"'), ('"a"', '"a "'), ("[1,2]", "[2,1]"), ('[true,{"a":1}]', '[true,{"a":true}]'),
        ('{"a":null}', "{}"), ("[null]", "[]"), ('"é"', '"e\u0301"'),
    ],
)  # fmt: skip
def test_another_value_is_a_difference(sent, found):
    """A text is no number, true is no 1, order in a list counts, and null is not nothing."""
    assert SAME.differences(b'{"edata":%b}' % sent.encode(), b'{"edata":%b}' % found.encode())
    assert SAME.differences(b'{"edata":%b}' % found.encode(), b'{"edata":%b}' % sent.encode())


def model(value):
    """Give a value such that Python finds equal only what is the same in JSON."""
    match value:
        case bool() | None:
            return ("word", str(value))
        case int() | float():
            return ("number", float(value))
        case list():
            return ("list", [model(one) for one in value])
        case dict():
            return ("object", {key: model(one) for key, one in value.items()})
    return ("text", value)


SCALARS = st.sampled_from([0, 1, 0.0, 1.0, True, False, None, "", "1", "a"]) | st.integers(-(2**53), 2**53)
KEYS = st.sampled_from(["a", "b", "flags", "id"])
VALUES = st.recursive(SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one, max_size=3))


@given(one=VALUES, other=VALUES)
@example(one={"a": [True, 1]}, other={"a": [1, True]})
def test_two_values_are_the_same_where_a_plain_model_says_so(one, other):
    """The quick way and the long one agree with comparing value by value, type by type."""
    found = SAME.differences(text({"edata": one}), text({"edata": other}))

    assert (found == []) == (model(one) == model(other))
    assert msgspec.json.decode(msgspec.json.encode(found), type=list[Difference]) == found


@given(value=VALUES)
def test_a_value_is_itself_however_it_is_written(value):
    """Floats for integers, keys turned round and blanks make no difference."""
    found = json.dumps(json.loads(text(value), parse_int=float), indent=1, sort_keys=True)

    assert SAME.differences(text({"edata": value}), b'{"edata": %b }' % found.encode()) == []


def test_a_difference_says_where_and_what():
    """Each value that is not as it was is told with its path, in the order in which it was sent."""
    found = changed("edata.extra.pos", [{"x": 1, "y": 3}, {"x": 9}], changed("mid", "m2"))
    del found["tags"]

    assert compared(found) == [
        Difference("mid", "m1", "m2"),
        Difference("tags", '["a","b"]', ABSENT),
        Difference("edata.extra.pos[0].y", 2.5, 3),
        Difference("edata.extra.pos[1]", ABSENT, '{"x":9}'),
    ]


def test_of_a_key_that_stands_twice_the_last_counts():
    """As for every reader behind the sink: the same last value is the same event, another one is not."""
    assert SAME.differences(b'{"eid":"A","ets":1}', b'{"eid":"B","ets":1,"eid":"A"}') == []
    assert SAME.differences(b'{"eid":"A","ets":1}', b'{"eid":"A","ets":1,"eid":"B"}') == [("eid", "A", "B")]


# --- what is ignored ---


@pytest.mark.parametrize(
    ("ignored", "found"),
    [
        ("context.rollup", changed("context.rollup.l2", "o9")), ("context.rollup.l2", changed("context.rollup", {"l1": "o1"})),
        ("tags", {name: value for name, value in EVENT.items() if name != "tags"}), ("edata.extra", changed("edata.extra", 5)),
        ("edata.extra.pos.x", changed("edata.extra.pos", [{"x": 5, "y": 2.5}])), ("$.edata.id", changed("edata.id", "prev")),
        ("edata.extra.pos[0].x", changed("edata.extra.pos", [{"y": 2.5}])), ("mine", {**EVENT, "mine": 1}),
    ],
)  # fmt: skip
def test_what_is_ignored_is_not_compared(ignored, found):
    """A path that is ignored, with all below it and in every item of a list; all else still is."""
    by = Rewrites([ignored])

    assert compared(found)
    assert compared(found, by=by) == []
    assert [one.path for one in compared(changed("ver", "3.1", found), by=by)] == ["ver"]


def test_a_path_that_leads_nowhere_ignores_nothing():
    """Values that have no members are passed by."""
    by = Rewrites(["edata.id.more", "nothing.at.all", "tags.a"])

    assert compared(EVENT, by=by) == []
    assert compared(changed("edata.id", "x"), by=by)


@pytest.mark.parametrize("path", ["", ".", "a..b", "edata.", "[0]"])
def test_a_path_that_is_none_is_refused(path):
    """An empty name is a slip."""
    with pytest.raises(UsageError, match=r"such as context\.rollup"):
        Rewrites([path])


# --- hostile texts ---

DEEP = b"[" * 100_000 + b"]" * 100_000
HOSTILE = {
    "nothing": b"", "no JSON": b"{", "two values": b"{}{}", "no UTF-8": b'{"mid":"\xff"}', "a lone surrogate": b'{"mid":"\\ud800"}',
    "deep": DEEP, "deep inside": b'{"edata":%b}' % DEEP, "a deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "too large a number": b'{"ets":1e999}', "a very long number": b'{"ets":' + b"9" * 100_000 + b"}", "NaN": b'{"ets":NaN}',
    "a list": b"[1]", "a text": b'"x"', "null": b"null", "deep enough": b'{"edata":' + b"[" * 800 + b"]" * 800 + b"}",
    "long": b'{"mid":"' + b"x" * 10_000_000 + b'"}', "many": b"{%b}" % b",".join(b'"k%d":1' % n for n in range(100_000)),
}  # fmt: skip


@pytest.mark.parametrize("found", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_found_it_is_a_difference_and_no_exception(found):
    """What no reader reads is told as such; what is told is small, and is JSON again."""
    told = SAME.differences(text(EVENT), found)

    assert 1 <= len(told) <= MOST
    assert len(msgspec.json.encode(told)) < 20_000


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_what_was_passed_on_as_it_is_may_be_hostile_too(sent):
    """A replay sends bytes that it was given: the same bytes are the same, others a difference."""
    assert SAME.differences(sent, bytes(bytearray(sent))) == []
    assert SAME.differences(sent, text(EVENT))


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_any_two_texts_are_compared_without_an_exception(one, other):
    """There are no bytes that cannot be compared."""
    assert SAME.differences(one, one) == []
    assert isinstance(SAME.differences(one, other), list)
