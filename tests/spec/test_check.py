"""check: the envelope, what fields say of each other, hostile input, and the fast path's honesty."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import check
from generator.errors import UsageError
from generator.spec import check as checking
from generator.spec.check import check_payload
from generator.spec.edata import PAYLOADS, Exdata
from generator.spec.envelope import Actor, Context, Event, Object, Producer
from generator.spec.reading import read_json
from generator.spec.rule_table import RULES
from generator.spec.rules import EIDS, FORMS, INTERACT_TYPES, Kind, Rule
from generator.spec.violation import Problem
from generator.spec.wire_payloads import WIRE_PAYLOADS

VALID = {
    "eid": "LOG", "ets": 1767600000000, "ver": "3.0", "mid": "m1", "actor": {"id": "", "type": "User"},
    "context": {"channel": "c", "pdata": {"id": "p", "pid": "q", "ver": "1"}, "env": "", "sid": "", "did": "",
                "cdata": [{"type": "t", "id": "i"}], "rollup": {"l1": "a"}},
    "object": {"id": "", "type": "t", "ver": "1", "rollup": {"l2": "b"}}, "tags": ["x"],
    "edata": {"type": "job", "level": "INFO", "message": ""},
}  # fmt: skip


def changed(path, value):
    event = json.loads(json.dumps(VALID))
    *parents, last = path.split(".")
    place = event
    for name in parents:
        place = place[int(name)] if name.isdigit() else place[name]
    if value is ...:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return event


def found(event, form="documented"):
    return [(v.path, v.problem) for v in check(event, form)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "path",
    ["eid", "ets", "ver", "mid", "actor", "actor.id", "actor.type", "context", "context.channel", "context.env",
     "context.pdata", "context.pdata.id", "edata"],
)  # fmt: skip
def test_the_envelope_is_required(form, path):
    """What the pipeline's envelope requires is missed in both forms."""
    event = changed(path, ...)

    assert (f"$.{path}", Problem.MISSING) in found(event, form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("eid", "log", Problem.CASE),
        ("eid", "LEVEL_SET", Problem.LIST),
        ("eid", "", Problem.EMPTY),
        ("eid", 1, Problem.TYPE),
        ("eid", None, Problem.NULL),
        ("ets", "1767600000000", Problem.TYPE),
        ("ets", True, Problem.TYPE),
        ("ets", None, Problem.NULL),
        ("ver", 3, Problem.TYPE),
        ("ver", "2.0", Problem.LIST),
        ("mid", "", Problem.EMPTY),
        ("context.channel", "", Problem.EMPTY),
        ("context.sid", None, Problem.NULL),
        ("context.did", None, Problem.NULL),
        ("context.cdata", None, Problem.NULL),
        ("context.cdata.0", "x", Problem.TYPE),
        ("context.cdata.0.more", 1, Problem.UNKNOWN),
        ("object", None, Problem.NULL),
        ("object.rollup.l2", 2, Problem.TYPE),
        ("tags", None, Problem.NULL),
        ("tags.0", None, Problem.NULL),
        ("edata", None, Problem.NULL),
        ("edata", [], Problem.TYPE),
    ],
)
def test_the_envelope_is_checked_in_both_forms(form, path, value, problem):
    """The envelope is the same in both forms, and so is what is wrong with it."""
    place = "$." + path.replace(".0", "[0]")

    assert (place, problem) in found(changed(path, value), form)


@pytest.mark.parametrize(
    ("value", "problem"), [(1767600000, Problem.RANGE), (12312314, Problem.RANGE), (1.5, Problem.TYPE)]
)
def test_seconds_are_not_milliseconds(value, problem):
    """An ets in seconds is refused in documented form; the pipeline's schema sets no bounds."""
    assert found(changed("ets", value)) == [("$.ets", problem)]
    assert found(changed("ets", value), "wire") == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("path", "value"),
    [("syncts", 1), ("", 1), ("@timestamp", "x"), ("actor.more", 1), ("context.uid", 1), ("context.pdata.more", None),
     ("object", {}), ("object", {"parent": {}}), ("object.version", "1"), ("ets", 1.7676e12), ("ver", "3.1"), ("tags", [])],
)  # fmt: skip
def test_open_objects_take_further_keys(form, path, value):
    """Envelope, actor, context, pdata and object are open; an integral float is an integer."""
    assert found(changed(path, value), form) == []


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"id": "do_1", "ver": "1.0"}, []),
        ({"id": "do_1", "ver": ""}, []),
        (..., [("$.object", Problem.MISSING)]),
        ({}, [("$.object.id", Problem.MISSING), ("$.object.ver", Problem.MISSING)]),
        ({"id": "do_1"}, [("$.object.ver", Problem.MISSING)]),
        ({"id": "", "ver": "1.0"}, [("$.object.id", Problem.EMPTY)]),
        ({"id": None, "ver": "1.0"}, [("$.object.id", Problem.NULL)]),
    ],
)
def test_a_documented_start_names_its_content(about, expected):
    """A documented START needs contentId and contentVer, as its object's id and version; on the wire it needs neither."""
    start = {
        **VALID,
        "eid": "START",
        "edata": {"type": "player", "mode": "play", "stageid": ""},
        "object": about,
    }
    if about is ...:
        del start["object"]

    for written in (start, json.dumps(start)):
        assert found(written) == expected
    assert {v.source for v in check(start) if v.problem is Problem.MISSING} <= {
        "the specification's START (contentId, contentVer)", "the pipeline schema's envelope.json"
    }  # fmt: skip
    wire = start | {"edata": {"type": "player"}}
    assert [problem for _, problem in found(wire, "wire")] == [Problem.NULL] * (
        about == {"id": None, "ver": "1.0"}
    )


@pytest.mark.parametrize("party", ["origin", "to"])
def test_the_parties_of_a_share_are_open_on_the_wire(party):
    """A further key of an item's origin or destination is valid on the wire; the specification has none."""
    shared = {**VALID, "eid": "SHARE", "edata": {"items": [{party: {"id": "d", "name": "phone"}}]}}

    for event in (shared, json.dumps(shared)):
        assert found(event, "wire") == []
        assert found(event) == [(f"$.edata.items[0].{party}.name", Problem.UNKNOWN)]


def test_the_pipeline_never_looks_at_a_contexts_rollup():
    """A rollup of another shape is refused in documented form only."""
    assert found(changed("context.rollup", 3)) == [("$.context.rollup", Problem.TYPE)]
    assert found(changed("context.rollup", 3), "wire") == []


RESPONSE = {"target": {"id": "poll", "ver": "1", "type": "t"}, "qid": "q", "type": "CHOOSE", "values": []}
ASSESS = {"item": {"id": "q", "maxscore": 0.5}, "pass": "Yes", "score": 1, "resvalues": [], "duration": 1}
SUMMARY = {"type": "session", "starttime": 1767600000000, "endtime": 1767600000000, "timespent": 0, "pageviews": 0,
           "interactions": 0}  # fmt: skip


@pytest.mark.parametrize(
    ("eid", "edata", "expected"),
    [
        ("RESPONSE", RESPONSE, []),
        ("RESPONSE", RESPONSE | {"qid": ""}, [("$.edata.qid", Problem.EMPTY)]),
        ("RESPONSE", RESPONSE | {"target": RESPONSE["target"] | {"id": ""}, "qid": ""},
         [("$.edata.target.id", Problem.EMPTY), ("$.edata.qid", Problem.EMPTY)]),
        ("RESPONSE", RESPONSE | {"target": RESPONSE["target"] | {"parent": {"id": "p"}}},
         [("$.edata.target.parent.type", Problem.MISSING)]),
        ("RESPONSE", RESPONSE | {"target": RESPONSE["target"] | {"parent": {"type": "t"}}}, []),
        ("ASSESS", ASSESS, []),
        ("ASSESS", ASSESS | {"score": 1.1}, [("$.edata.score", Problem.RANGE)]),
        ("SUMMARY", SUMMARY, []),
        ("SUMMARY", SUMMARY | {"endtime": 1767599999999}, [("$.edata.endtime", Problem.RANGE)]),
        ("SUMMARY", SUMMARY | {"starttime": 1767600000001.0}, [("$.edata.endtime", Problem.RANGE)]),
        # What is wrong by itself is held against nothing.
        ("SUMMARY", SUMMARY | {"endtime": 1767600000}, [("$.edata.endtime", Problem.RANGE)]),
        ("SUMMARY", SUMMARY | {"starttime": 10**15}, [("$.edata.starttime", Problem.RANGE)]),
        ("SUMMARY", SUMMARY | {"starttime": None}, [("$.edata.starttime", Problem.NULL)]),
        ("RESPONSE", RESPONSE | {"target": RESPONSE["target"] | {"parent": {}}}, []),
        ("METRICS", {"a": 1.5}, [("$.edata.a", Problem.TYPE)]),
        ("METRICS", {"a": None}, [("$.edata.a", Problem.NULL)]),
        ("HEARTBEAT", {"a": 1}, [("$.edata.a", Problem.UNKNOWN)]),
        ("EXDATA", {"type": 1}, [("$.edata.type", Problem.TYPE)]),
    ],
)  # fmt: skip
def test_fields_agree_with_each_other(eid, edata, expected):
    """A qid may differ from target.id and a score from maxscore; endtime is not before starttime, a parent's id needs its type."""
    assert found({**VALID, "eid": eid, "edata": edata}) == expected


def test_every_violation_is_found():
    """An event that is wrong in many places is told all of them at once."""
    event = {**VALID, "ver": 3, "mid": "", "edata": {"type": 1, "level": "info", "more": None}}

    assert found(event) == [
        ("$.ver", Problem.TYPE),
        ("$.mid", Problem.EMPTY),
        ("$.edata.type", Problem.TYPE),
        ("$.edata.level", Problem.CASE),
        ("$.edata.message", Problem.MISSING),
        ("$.edata.more", Problem.UNKNOWN),
    ]


CYCLE: dict = {}
CYCLE["again"] = CYCLE


@pytest.mark.parametrize(
    "hostile",
    [
        b"", b"{", b"nul", b"\xff\xfe", b"\x00", b"[" * 100_000, b'{"a":' * 100_000, b"[]", b"null", b"3", b'"x"', b"{}",
        b'{"eid":{"a":1}}', b'{"eid":"LOG","ets":' + b"9" * 5000 + b"}", b'{"eid":"LOG","ets":1e999}', b'{"ets":NaN}',
        b'{"ets":-Infinity}', '{"mid":"\ud800"}', b'{"mid":"\\ud800"}', b'{"\\ud800":1}', b'{"eid":"LOG","edata":null}',
        json.dumps({**VALID, "edata": {"type": "\ud800", "level": "INFO", "message": ""}}), {1: 2}, {"edata": {3: 4}},
        {"eid": {1, 2}}, {"eid": b"LOG"}, {"ets": float("nan")}, {"ets": 10**6000}, {"edata": object()}, CYCLE, [], None, 3,
    ],
    ids=lambda value: ascii(value)[:24] if not isinstance(value, dict) else "mapping",
)  # fmt: skip
@pytest.mark.parametrize("form", FORMS)
def test_hostile_input_is_refused_and_never_raises(hostile, form):
    """Deep nesting, broken text, huge numbers, cycles: each is a violation, none an exception."""
    violations = check(hostile, form)

    assert violations
    assert all(isinstance(str(violation), str) and violation.path.startswith("$") for violation in violations)


def test_what_cannot_be_read_is_said_once():
    """Bytes that are no JSON have one violation, the reader's own, which says where JSON ends."""
    assert check(b'{"eid":') == [read_json(b'{"eid":')]


@pytest.mark.parametrize("broken", [b"\xff", b"\xed\xa0\x80"])
@pytest.mark.parametrize(
    "event",
    [
        {**VALID, "BROKEN": 1},
        {**VALID, "more": "BROKEN"},
        {**VALID, "actor": {**VALID["actor"], "BROKEN": 1}},
    ],
)
def test_what_no_rule_speaks_of_is_utf_8_too(event, broken):
    """Bytes that are no text are refused in further keys and their values, over which the fast path passes."""
    (violation,) = check(json.dumps(event).encode().replace(b"BROKEN", broken))

    assert violation.problem is Problem.UNREADABLE


@pytest.mark.parametrize("event", [VALID, json.dumps(VALID), 3, None, b"{"])
def test_a_form_that_is_none_is_refused_whatever_the_event(event):
    """A misspelt form is the caller's mistake, and no event's."""
    with pytest.raises(UsageError, match="form 'wired': choose 'documented' or 'wire'"):
        check(event, "wired")


def test_a_payload_alone_begins_at_its_root():
    """The paths of a payload that is judged alone begin at the payload, whatever its keys are called."""
    (violation,) = check_payload("HEARTBEAT", {"$.edata": 1})

    assert violation.path == "$.$.edata"


def test_an_event_object_that_holds_anything_gets_an_answer():
    """An Event whose payload holds what JSON does not know is refused, not raised over."""
    event = Event("EXDATA", 1767600000000, "3.0", "m", Actor("u", "User"), Context(channel="c", pdata=Producer(id="p"), env=""),
                  Object(), [], Exdata(type="x", when=object()))  # fmt: skip

    assert found(event) == [("$.edata.when", Problem.UNREADABLE)]


def test_the_last_of_two_equal_keys_counts():
    """Of a key that occurs twice the last counts, on the fast path as on the slow one."""
    line = json.dumps(VALID)
    good = line.replace('"mid": "m1"', '"mid": 5, "mid": "m1"')
    bad = line.replace('"mid": "m1"', '"mid": "m1", "mid": 5')

    assert found(good) == []
    assert found(bad) == [("$.mid", Problem.TYPE)]


texts = st.text('abAB1 é\u2028अ\ud800"\\', max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(EIDS), st.sampled_from(FORMS), st.data())
def test_the_fast_path_accepts_nothing_that_the_rules_refuse(eid, form, data):
    """Whatever the fast path accepts, the rule table accepts; the table has the last word."""
    rules = [rule for rule in RULES[form][eid] if rule.path.startswith("edata.") and "[]" not in rule.path]
    edata: dict = {}
    for rule in rules:
        if rule.path.count(".") == 1 and data.draw(st.integers(0, 3)):
            likely = {Kind.TEXT: st.sampled_from(rule.values or ("x", "")), Kind.NUMBER: st.floats(-1, 2) | st.integers(),
                      Kind.INTEGER: st.integers() | st.floats(), Kind.LIST: st.lists(json_values, max_size=2)}  # fmt: skip
            edata[rule.path.removeprefix("edata.")] = data.draw(
                likely.get(rule.kind, json_values) | json_values
            )
    line = json.dumps({**VALID, "eid": eid, "edata": edata}, ensure_ascii=data.draw(st.booleans()))
    line = line.encode(errors="surrogatepass")

    if checking.read_valid(line, form):
        assert checking._check_value(json.loads(line), form) == []


@given(json_values, st.sampled_from(FORMS))
def test_nothing_makes_check_raise(value, form):
    """Whatever JSON can write, and more, gets an answer."""
    for event in (
        value,
        {**VALID, "edata": value},
        json.dumps(value),
        json.dumps({**VALID, "object": value}),
    ):
        assert isinstance(check(event, form), list)


@given(st.binary(max_size=60))
def test_bytes_that_are_not_json_get_an_answer(data):
    """Binary junk is refused with one violation at the root, or several if it happens to be JSON."""
    assert check(data)


@pytest.mark.parametrize(("form", "classes"), [("documented", PAYLOADS), ("wire", WIRE_PAYLOADS)])
def test_the_payload_classes_say_what_the_rules_say(form, classes):
    """Each payload class has the fields, the required ones and the closed lists of the rule table, and no others."""
    for eid, cls in classes.items():
        if issubclass(cls, dict):
            continue
        rows = {
            rule.path.removeprefix("edata."): rule
            for rule in RULES[form][eid]
            if rule.path.startswith("edata.") and rule.path.count(".") == 1 and "[]" not in rule.path
        }
        fields = {field.encode_name: field for field in msgspec.structs.fields(cls)}
        assert list(fields) == list(rows) or set(fields) == set(rows), eid
        for name, field in fields.items():
            assert field.required == rows[name].required, (eid, name)
            if rows[name].values:
                info = msgspec.inspect.type_info(cls)
                (inspected,) = [f for f in info.fields if f.encode_name == name]
                inner = getattr(inspected.type, "types", [inspected.type])
                literal = next(t for t in inner if isinstance(t, msgspec.inspect.LiteralType))
                assert set(literal.values) == set(rows[name].values), (eid, name)


def test_the_fused_interact_type_is_understood():
    """ENDCHOOSE, a comma lost on the specification's page, is accepted beside END and CHOOSE."""
    assert {"END", "CHOOSE", "ENDCHOOSE"} <= set(INTERACT_TYPES)
    assert found({**VALID, "eid": "INTERACT", "edata": {"type": "ENDCHOOSE", "id": "x"}}) == []


@pytest.mark.parametrize(
    ("eid", "edata", "expected"),
    [
        ("LOG", {"type": "", "level": "x", "message": ""}, "'TRACE' or 'DEBUG' or 'INFO' or 'WARN' or 'ERROR' or 'FATAL'"),
        ("LOG", {"type": 1, "level": "INFO", "message": ""}, "text"),
        ("FEEDBACK", {"contentId": ""}, "a text of at least one character"),
        ("FEEDBACK", {"contentId": "c", "rating": "5"}, "a number"),
        ("FEEDBACK", {"contentId": "c", "comment": ""}, "'comments'?"),
        ("FEEDBACK", {"contentId": "c", "zzz": ""}, "one of contentId, rating, comments"),
        ("HEARTBEAT", {"zzz": ""}, "no key at all"),
        ("METRICS", {"zzz": None}, "an integer"),
        ("ASSESS", ASSESS | {"score": -1}, "a number from 0 to 1"),
        ("ASSESS", ASSESS | {"duration": -1}, "a number from 0"),
        ("ASSESS", ASSESS | {"resvalues": [3]}, "an object"),
        ("SUMMARY", SUMMARY | {"pageviews": -1}, "an integer from 0"),
        ("SUMMARY", SUMMARY | {"endtime": 1767599999999}, "at least $.edata.starttime, 1767600000000"),
    ],
)  # fmt: skip
def test_a_violation_says_what_may_stand_there(eid, edata, expected):
    """The way out is named: the list, the range, the key that was probably meant."""
    (violation,) = check({**VALID, "eid": eid, "edata": edata})

    assert violation.expected == expected
    assert violation.source.partition("; read into ")[2].partition(":")[0] in {
        "",
        f"the specification's {eid}",
    }
    assert f"the specification's {eid}" in violation.source


def test_ranges_are_said_in_their_unit():
    """Of an instant the unit is said, of a device's figure the lowest."""
    (seconds,) = check(changed("ets", 1))
    (memory,) = check({**VALID, "eid": "START", "edata": {"type": "app", "dspec": {"mem": -2}}}, "wire")

    assert seconds.expected == "an integer from 100000000000 to 100000000000000 (milliseconds since 1970)"
    assert memory.expected == "a number from -1"
    assert checking.wanted(Rule("x", Kind.NUMBER, high=5)) == "a number to 5"


@pytest.mark.parametrize("figure", [-1.5, -1.001, -2])
def test_a_figure_below_its_range_is_refused_whole_or_not(figure):
    """A device's figure is -1 where it is unknown, and no other negative number."""
    event = {**VALID, "eid": "START", "edata": {"type": "app", "dspec": {"mem": figure}}}

    for said in (event, json.dumps(event)):
        assert [(v.path, v.problem) for v in check(said, "wire")] == [("$.edata.dspec.mem", Problem.RANGE)]


def test_an_event_of_no_known_kind_is_held_to_its_envelope():
    """What the envelope asks is asked all the same, and of the payload no more than that there is one."""
    unknown = {**VALID, "eid": "LEVEL_SET", "mid": "", "edata": {"anything": 1, "\x1f": 1}}

    assert found(unknown) == [("$.eid", Problem.LIST), ("$.mid", Problem.EMPTY)]
    assert [(v.path, v.source) for v in check({**unknown, "edata": 3})][2:] == [
        ("$.edata", "the pipeline schema's envelope.json")
    ]


def test_a_thousand_violations_are_enough():
    """A hostile event is told its first thousand."""
    assert len(check({**VALID, "tags": [1] * 999})) == 999
    assert len(check({**VALID, "tags": [1] * 1001})) == checking.MOST_VIOLATIONS == 1000


def test_the_fast_path_gives_the_envelope():
    """What is plainly valid is read once, with the envelope as its fruit."""
    envelope = checking.read_valid(json.dumps(VALID).encode())

    assert (envelope.eid, envelope.mid, envelope.object.rollup.l2) == ("LOG", "m1", "b")
    assert checking.read_valid(json.dumps(changed("ver", "2")).encode()) is None
