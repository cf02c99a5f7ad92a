"""Contents compared: what a pipeline rewrites is the same event, and anything else is a difference with its place."""

import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.verify.content import ABSENT, MOST, Difference, Rewrites
from generator.verify.pipeline import pipeline_of
from generator.verify.rewrites import DEFAULT_CHANNEL, REWRITES
from generator.verify.stage import STAGES

SAME = Rewrites()
EVENT = {
    "eid": "INTERACT", "ets": 1_533_364_283_909, "ver": "3.0", "mid": "m1",
    "actor": {"id": "f:0123:u1", "type": "User"},
    "context": {"channel": " ", "pdata": {"id": "p"}, "env": "home", "rollup": {"l1": "o1", "l2": "o2"}},
    "object": {"id": "abc1", "type": "DialCode", "ver": "1"},
    "tags": ["a", "b"],
    "edata": {"type": "TOUCH", "id": "next", "extra": {"pos": [{"x": 1, "y": 2.5}], "n": [1, 2]}},
}  # fmt: skip


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


# --- what pipelines rewrite ---

QUARTER, HOUR, DAY = 900_000, 3_600_000, 86_400_000
POSTED = 1_700_000_000_000
"""When the batch was sent: 2023-11-14, 22:13:20 UTC."""
SYNCED = POSTED + 5000
END_OF_DAY = POSTED - POSTED % DAY + DAY - 1
SENT = {
    "eid": "INTERACT", "ets": POSTED - 1, "ver": "3.0", "mid": "m1", "actor": {"id": "f:0123:u1", "type": "User"},
    "context": {"channel": " ", "did": "d1", "env": "home"},
    "object": {"id": "do_1", "type": "Content", "rollup": {"l1": "do_0", "l2": "do_01"}}, "edata": {"n": 1},
}  # fmt: skip
CODE = {**SENT, "object": {"id": "abc1", "type": "DialCode"}}
LATER = {**SENT, "ets": POSTED + 3 * DAY}
META = {"syncts": SYNCED, "flags": {"router": "success"}, "timespans": {"router": 3}, "error": {}}
ANY = object()
"""Stands for the event as it was sent, where an example needs no other."""


class Row:
    """What one rewrite excuses, and what it must not.

    Args:
        excused: events as sent, the value found, and what else was found there, such as the stage's own syncts.
        told: the same; each of them is an alteration.
    """

    def __init__(self, excused, told):
        self.excused = [self._filled(*one) for one in excused]
        self.told = [self._filled(*one) for one in told]

    @staticmethod
    def _filled(event, value, beside=None):
        return (SENT if event is ANY else event), value, beside or {}


def about(**parts):
    return {**SENT, "object": parts}


def by(**parts):
    return {**SENT, "actor": parts}


ROWS = {
    "syncts": Row(
        [(ANY, SYNCED), (ANY, float(SYNCED)), (ANY, POSTED - 1000), ({**SENT, "syncts": 1}, SYNCED)],
        [(ANY, 0), (ANY, -5), (ANY, True), (ANY, str(SYNCED)), (ANY, None), (ANY, POSTED - DAY), (ANY, [SYNCED])],
    ),
    "@timestamp": Row(
        [(ANY, "2023-11-14T22:13:25.000Z", {"syncts": SYNCED}), (ANY, "2023-11-14T22:13:25.007Z", {"syncts": SYNCED + 7.0})],
        [(ANY, "2023-11-14T22:13:25.000Z"), (ANY, "2023-11-14T22:13:25.001Z", {"syncts": SYNCED}),
         (ANY, "2023-11-14T22:13:25Z", {"syncts": SYNCED}), (ANY, SYNCED, {"syncts": SYNCED}), (ANY, "now", {"syncts": SYNCED})],
    ),
    "flags": Row(
        [(ANY, {"ex_processed": True}), (ANY, {"ex_processed": True, "pp_duplicate": False, "user_denorm": False}), (ANY, {})],
        [(ANY, {"ex_processed": False}), (ANY, {"pp_validation_processed": False}), (ANY, {"ex_processed": 1}), (ANY, [True]),
         (ANY, True), (ANY, {"ex_processed": {"at": True}}), (ANY, "ex_processed")],
    ),
    "type": Row([(ANY, "events"), ({**SENT, "type": "x"}, "events")], [(ANY, "event"), (ANY, ["events"]), (ANY, None)]),
    "actor.id": Row(
        [(ANY, "u1"), (by(id="f:u1", type="User"), "u1"), (by(id="f:1:", type="User"), "")],
        [(ANY, "0123:u1"), (ANY, "u2"), (ANY, 1), (by(id="g:1:u1", type="User"), "u1"), (by(id="u1", type="User"), "f:1:u1"),
         (by(id="abc", type="User"), "ABC")],
    ),
    "object.id": Row(
        [(CODE, "ABC1"), (about(id="abc1", type="qr"), "ABC1"), (about(id="abc1", type="dialCODE"), "ABC1")],
        [(CODE, "ABc1"), (CODE, "abc2"), (about(id="ABC1", type="qr"), "abc1"), (ANY, "DO_1"), (about(id="abc1"), "ABC1"),
         (about(id="abc1", type=["qr"]), "ABC1"), (about(id="abc1", type=None), "ABC1")],
    ),
    "context.channel": Row(
        [(ANY, DEFAULT_CHANNEL), ({**SENT, "context": {"channel": "", "did": "d1"}}, DEFAULT_CHANNEL),
         ({**SENT, "context": {"channel": "\t \n"}}, DEFAULT_CHANNEL)],
        [(ANY, "in.sunbird"), (ANY, ""), ({**SENT, "context": {"channel": "c"}}, DEFAULT_CHANNEL),
         ({**SENT, "context": {"channel": "\u00a0"}}, DEFAULT_CHANNEL)],
    ),
    "devicedata": Row(
        [(ANY, {}), (ANY, {"state": "KA", "userdeclared": {}})],
        [(ANY, []), (ANY, True), ({**SENT, "context": {"channel": "c"}}, {}),
         ({**SENT, "context": {"channel": "c", "did": ""}}, {})],
    ),
    "userdata": Row(
        [(ANY, {"usertype": "student"}), (by(id="u", type="USER"), {}),
         ({**by(id="u", type="System"), "eid": "ME_WORKFLOW_SUMMARY"}, {})],
        [(ANY, "student"), (by(id="u", type="System"), {}), (by(id="Anonymous", type="User"), {}), (by(id="", type="User"), {}),
         (by(type="User"), {})],
    ),
    "contentdata": Row(
        [(ANY, {"name": "a"}), ({**about(id="u1", type="User"), "eid": "AUDIT"}, {})],
        [(ANY, ["a"]), (about(id="u1", type="User"), {}), (CODE, {}), (about(id="", type="Content"), {}), (about(id="do_1"), {}),
         ({**SENT, "object": None}, {})],
    ),
    "collectiondata": Row(
        [(ANY, {"name": "a"})],
        [(ANY, "a"), (about(id="do_1", type="Content"), {}), (about(id="do_1", type="Content", rollup={"l1": "do_1"}), {}),
         (about(id="do_1", type="Content", rollup={"l2": "do_0"}), {}), (about(id="u", type="User", rollup={"l1": "do_0"}), {})],
    ),
    "l2data": Row(
        [(ANY, {"name": "a"}), (about(id="do_1", type="Content", rollup={"l2": "do_0"}), {})],
        [(ANY, 1), (about(id="do_1", type="Content", rollup={"l1": "do_0"}), {}), (about(id="do_1", type="Content"), {})],
    ),
    "dialcodedata": Row([(CODE, {"batch": "b"}), (about(id="a", type="QR"), {})], [(CODE, "b"), (ANY, {}),
     (about(id="", type="qr"), {})]),
    "derivedlocationdata": Row(
        [(ANY, {"state": "KA", "district": None, "from": "ip-resolved"}), (ANY, {"state": "KA", "from": "user-profile"})],
        [(ANY, {}), (ANY, {"state": "KA", "from": "guess"}), (ANY, {"from": "ip-resolved", "city": "x"}), (ANY, "KA")],
    ),
    "ets": Row(
        [(LATER, END_OF_DAY), (LATER, END_OF_DAY, {"syncts": SYNCED}), (LATER, END_OF_DAY - 5 * HOUR + 7 * HOUR / 2),
         (LATER, END_OF_DAY + DAY, {"syncts": END_OF_DAY + 5000}), ({**SENT, "ets": END_OF_DAY + 1}, END_OF_DAY)],
        [(LATER, 899_999), (LATER, END_OF_DAY - 1), (LATER, END_OF_DAY - DAY), (LATER, END_OF_DAY + 2 * DAY),
         (LATER, END_OF_DAY + QUARTER / 3),
         (ANY, END_OF_DAY), (ANY, POSTED - POSTED % HOUR - 1), (ANY, 899_999),
         ({**SENT, "ets": END_OF_DAY}, END_OF_DAY - HOUR + 1),
         (LATER, END_OF_DAY, {"syncts": END_OF_DAY + 5000}), (LATER, POSTED - POSTED % HOUR - 1), (LATER, None),
         (LATER, str(END_OF_DAY))],
    ),
    "obsrv_meta": Row(
        [(ANY, META), (ANY, META | {"data_version": 1, "processing_time": 5})],
        [(ANY, {}), (ANY, "meta"), (ANY, [META]), (ANY, META | {"syncts": 1}), (ANY, META | {"flags": True}),
         (ANY, {name: META[name] for name in META if name != "timespans"})],
    ),
    "indexTS": Row(
        [(ANY, POSTED - 1), (ANY, POSTED - 1 + 5.5 * HOUR), (ANY, POSTED - 1 - 12 * HOUR),
         ({**SENT, "ets": POSTED // 1000}, POSTED),
         ({**SENT, "ets": POSTED * 1000}, POSTED), ({**SENT, "ets": POSTED * 10**6}, POSTED)],
        [(ANY, POSTED), (ANY, 0), (ANY, POSTED - 1 + 15 * HOUR), (ANY, POSTED - 1 + HOUR / 3), (ANY, str(POSTED - 1)),
         ({**SENT, "ets": 5}, 5000), ({**SENT, "ets": "x"}, POSTED), ({**SENT, "ets": True}, POSTED)],
    ),
}  # fmt: skip


def rewritten(row, event, value, beside):
    """Give an event as a pipeline would store it with one value in place."""
    return changed(row.path, value, {**event, **beside})


def told_by(row, event, found, stage, pipeline):
    """Give the paths of differences, those aside that are not the row's."""
    return [
        one.path
        for one in Rewrites((), pipeline, stage).differences(text(event), text(found), POSTED)
        if one.path.startswith(row.path)
    ]


def test_every_rewrite_has_its_examples():
    """The table of examples has each row, and no other."""
    assert ROWS.keys() == {row.path for row in REWRITES}
    assert len(REWRITES) == len(ROWS)


@pytest.mark.parametrize("row", REWRITES, ids=lambda row: f"{row.pipeline}, {row.path}")
def test_a_rewrite_excuses_what_its_stage_does(row):
    """From its stage on, in its pipeline, what the stage does is no difference."""
    for event, value, beside in ROWS[row.path].excused:
        found = rewritten(row, event, value, beside)
        for stage in STAGES[STAGES.index(row.stage) :]:
            assert told_by(row, event, found, stage, row.pipeline) == [], (event, value)
    assert row.source


@pytest.mark.parametrize("row", REWRITES, ids=lambda row: f"{row.pipeline}, {row.path}")
def test_a_rewrite_excuses_nothing_else(row):
    """Every other value is told at every stage: none is near enough."""
    for event, value, beside in ROWS[row.path].told:
        found = rewritten(row, event, value, beside)
        for stage in STAGES:
            assert told_by(row, event, found, stage, row.pipeline), (event, value, stage)


@pytest.mark.parametrize("row", REWRITES, ids=lambda row: f"{row.pipeline}, {row.path}")
def test_a_rewrite_is_off_before_its_stage_and_in_another_pipeline(row):
    """What a stage does is an alteration where the event has not come through that stage."""
    other = {"sunbird": "obsrv", "obsrv": "sunbird"}[row.pipeline]
    for event, value, beside in ROWS[row.path].excused:
        found = rewritten(row, event, value, beside)
        for stage in STAGES[: STAGES.index(row.stage)]:
            assert told_by(row, event, found, stage, row.pipeline), (event, value, stage)
        for stage in STAGES:
            assert told_by(row, event, found, stage, other), (event, value, stage)


@pytest.mark.parametrize("row", REWRITES, ids=lambda row: f"{row.pipeline}, {row.path}")
def test_a_rewrite_is_of_its_place_alone(row):
    """The same value inside of the event's data, or missing where it was sent, is a difference."""
    event, value, _ = ROWS[row.path].excused[0]
    name = row.path.rpartition(".")[2]
    by = Rewrites((), row.pipeline, "denorm")

    assert [
        one.path for one in by.differences(text(event), text(changed(f"edata.{name}", value, event)), POSTED)
    ] == [f"edata.{name}"]
    if row.kind == "added":
        assert [one.path for one in by.differences(text({**event, name: value}), text(event), POSTED)][:1]


@pytest.mark.parametrize("pipeline", ["sunbird", "obsrv"])
@pytest.mark.parametrize("stage", STAGES)
def test_any_other_member_is_a_difference_at_every_stage(pipeline, stage):
    """What no stage adds is told, whatever it is called; `metadata` is of what failed, and that is filed elsewhere."""
    for name in ("syncTs", "metadata", "ts", "_id", "Type", "processed_at"):
        found = Rewrites((), pipeline, stage).differences(text(SENT), text({**SENT, name: {"a": 1}}), POSTED)
        assert found == [Difference(name, ABSENT, '{"a":1}')]


@given(
    value=st.integers(1, 2 * POSTED)
    | st.sampled_from([899_999, POSTED - POSTED % HOUR - 1, POSTED - POSTED % QUARTER - 1])
)
def test_an_instant_that_is_not_after_the_day_of_processing_is_never_rewritten(value):
    """An `ets` of the day on which it was sent, or before, is found as it was sent at every stage, or is told."""
    for stage in STAGES:
        by = Rewrites((), "sunbird", stage)
        assert bool(by.differences(text(SENT), text({**SENT, "ets": value}), POSTED)) == (
            value != SENT["ets"]
        )


@given(late=st.integers(0, 10 * DAY), ahead=st.integers(0, 10 * DAY), zone=st.integers(-48, 56))
def test_an_instant_after_the_day_of_processing_becomes_that_days_end(late, ahead, zone):
    """In every time zone, however late it was processed: the end of that day alone, where `syncts` says the day."""
    processed, offset = POSTED + late, zone * QUARTER
    end = (processed + offset) // DAY * DAY + DAY - 1 - offset
    event = {**SENT, "ets": end + 1 + ahead}
    by = Rewrites((), "sunbird", "denorm")

    def told(ets):
        return [
            one.path
            for one in by.differences(text(event), text({**event, "syncts": processed, "ets": ets}), POSTED)
        ]

    assert told(end) == []
    assert told(end - DAY) == told(end + 1000) == told(processed - 1) == ["ets"]


def test_where_the_sink_says_when_it_received_an_event_the_day_may_be_a_later_one():
    """A pipeline that stands still over midnight moves an instant to the end of the next day."""
    by, found = Rewrites((), "sunbird", "denorm"), {**LATER, "ets": END_OF_DAY + DAY, "syncts": SYNCED}

    assert by.differences(text(LATER), text(found), POSTED)
    assert by.differences(text(LATER), text(found), POSTED, END_OF_DAY + HOUR) == []
    assert by.differences(
        text(LATER), text({**found, "ets": END_OF_DAY + 2 * DAY}), POSTED, END_OF_DAY + HOUR
    )


def test_without_the_time_of_processing_no_instant_is_rewritten():
    """Neither a `syncts` nor the time of sending: then the day is not known."""
    by = Rewrites((), "sunbird", "denorm")

    assert by.differences(text(LATER), text({**LATER, "ets": END_OF_DAY}))


@pytest.mark.parametrize(
    ("contract", "pipeline"),
    [
        ("sunbird", "sunbird"), ("kafka", "sunbird"), ("kafka-event:did", "sunbird"), ("array", "sunbird"),
        ("mine.toml", "sunbird"),
        ("mine.py:Own", "sunbird"), ("obsrv:sb-telemetry", "obsrv"), ("obsrv-object:x", "obsrv"), ("obsrv.toml", "sunbird"),
    ],
)  # fmt: skip
def test_a_contract_has_one_pipeline(contract, pipeline):
    """Obsrv's contracts have Obsrv's; behind any other one the stages are Sunbird's, once one is named."""
    assert pipeline_of(contract) == pipeline


@pytest.mark.parametrize("stage", STAGES)
def test_an_integer_that_no_double_holds_is_rounded_by_the_extractor_alone(stage):
    """At `accepted`, and in Obsrv's pipeline, a large number is the same to its last digit, however it is written."""
    for sent, found in (
        ("9007199254740993", "9.007199254740992E15"),
        ("9007199254740993", "9007199254740992.0"),
    ):
        one, other = b'{"edata":%b}' % sent.encode(), b'{"edata":%b}' % found.encode()
        assert bool(Rewrites((), "sunbird", stage).differences(one, other)) == (
            stage in {"accepted", "ingest"}
        )
        assert Rewrites((), "obsrv", stage).differences(one, other)
    for pipeline in ("sunbird", "obsrv"):
        by = Rewrites((), pipeline, stage)
        assert by.differences(b'{"edata":1%b}' % (b"0" * 30), b'{"edata":1.0E30}') == []
        assert by.differences(b'{"edata":9007199254740993}', b'{"edata":9007199254740993.0}') == []
        assert by.differences(b'{"edata":9007199254740993}', b'{"edata":9007199254740992}')


# --- values ---


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("1", "1.0"), ("1", "1e0"), ("1", "0.1E1"), ("1533364283909", "1.533364283909E12"), ("0", "-0.0"), ("2.5", "25e-1"),
        ("100", "1.0E2"), ("9007199254740993", "9.007199254740993E15"), ("1" + "0" * 30, "1.0E30"),
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
