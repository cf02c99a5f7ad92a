"""The mapping from documented to wire: what has a home arrives there, and the result is valid."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import Telemetry, check
from generator.errors import PayloadError
from generator.faults import ValueFault, catalogue
from generator.spec.edata import PAYLOADS
from generator.spec.envelope import Actor, Context, Envelope, Event, Object, Producer
from generator.spec.reading import plain
from generator.spec.wire import MAPPING, WIRE_ONLY, check_fields, to_wire
from generator.spec.wire_payloads import WIRE_PAYLOADS
from generator.strategies import events, payloads


def event(eid, edata, pdata=None, **about):
    payload = (
        msgspec.convert(edata, PAYLOADS[eid]) if not issubclass(PAYLOADS[eid], dict) else PAYLOADS[eid](edata)
    )
    context = Context(
        channel="c", pdata=pdata or Producer(id="staging.sunbird.app", pid="sunbird.app"), env="home"
    )
    return Event(
        eid, 1767600000000, "3.0", "m", Actor("u", "User"), context, Object(id="o", **about), [], payload
    )


def mapped(eid, edata, wire=None, **kwargs):
    return json.loads(msgspec.json.encode(to_wire(event(eid, edata, **kwargs), wire).edata))


def as_event(drawn):
    """Read an event as a program does: the envelope, and the payload as what its eid says."""
    about = msgspec.convert(drawn, Envelope, strict=False)
    type_ = PAYLOADS[about.eid]
    edata = (
        type_(drawn["edata"])
        if issubclass(type_, dict)
        else msgspec.convert(drawn["edata"], type_, strict=False)
    )
    return Event(
        about.eid,
        about.ets,
        about.ver,
        about.mid,
        about.actor,
        about.context,
        about.object,
        about.tags,
        edata,
    )


every_eid = pytest.mark.parametrize("eid", PAYLOADS)
a_dozen = settings(max_examples=12)


@every_eid
@a_dozen
@given(data=st.data())
def test_an_event_is_read_back_as_it_was_written(eid, data):
    """Event to JSON and back: the same event, valid before and after."""
    event = as_event(data.draw(events(eid)))
    written = json.loads(msgspec.json.encode(event))

    assert written == plain(event)
    assert as_event(written) == event
    assert check(event) == check(written) == []


@every_eid
@a_dozen
@given(data=st.data())
def test_what_is_mapped_is_valid_on_the_wire(eid, data):
    """Every documented event becomes a valid wire event under the same envelope."""
    documented = as_event(data.draw(events(eid)))
    wire = to_wire(documented)

    assert check(wire, "wire") == check(msgspec.json.encode(wire), "wire") == []
    for name in ("eid", "ets", "ver", "mid", "actor", "context", "tags"):
        assert getattr(wire, name) is getattr(documented, name)


def shared_things(said, wire, _):
    for item, mapped_item in zip(said["items"], wire["edata"]["items"], strict=True):
        assert {name: mapped_item[name] for name in ("id", "type", "ver") if name in mapped_item} == item.get(
            "obj", {}
        )
        assert {name: mapped_item.get(name) for name in ("params", "origin", "to")} == {
            name: item.get(name) for name in ("params", "origin", "to")
        }


def further_data(said, wire, _):
    rest = {name: value for name, value in said.items() if name != "type"}
    data = wire["edata"].get("data")
    if len(rest) == 1 and isinstance(rest.get("data"), str):
        assert data == rest["data"]
    else:
        assert (json.loads(data) if rest else data) == (rest or None)


def summaries(said, wire, _):
    names = [name for name in ("envsummary", "eventssummary", "pagesummary") if name in said]
    extra = [(entry["id"], json.loads(entry["value"])) for entry in wire["edata"].get("extra", [])]
    assert extra == [(name, said[name]) for name in names]


def figures(said, wire, _):
    assert {entry["metric"]: entry["value"] for entry in wire["edata"]["metrics"]} == said


def producer(_, wire, event):
    pdata = event["context"]["pdata"]
    assert (wire["edata"]["system"], wire["edata"]["subsystem"]) == (pdata["id"], pdata.get("pid", ""))


def content(said, wire, event):
    # An object of another id is not what is rated or ended.
    assert wire["object"] == event.get("object", {}) | {"id": said["contentId"]}


def page(_, wire, event):
    assert wire["edata"]["uri"].removeprefix("/") in {event["edata"]["pageid"], ""}


def navigation(said, wire, _):
    # An empty subtype gives way.
    assert wire["edata"].get("subtype") == (said.get("subtype") or said.get("itype", said.get("subtype")))


def stage(said, wire, _):
    assert wire["edata"]["pageid"] == said["stageid"]


def answered(said, wire, _):
    # A qid that is another than target.id is lost, as the table says.
    assert wire["edata"]["target"]["id"] == said["target"]["id"]


# Under each row of the public table that names a home: what must be found there.
HOMES = {
    ("START", "stageid"): stage, ("IMPRESSION", "(the page)"): page, ("IMPRESSION", "itype"): navigation,
    ("RESPONSE", "qid"): answered, ("FEEDBACK", "contentId"): content, ("SHARE", "items[].obj"): shared_things,
    ("METRICS", "(each key)"): figures, ("METRICS", "(context.pdata)"): producer,
    ("SUMMARY", "envsummary, eventssummary, pagesummary"): summaries,
    ("EXDATA", "(every key but type)"): further_data, ("END", "contentId"): content,
}  # fmt: skip
# What START's contentId is has no place in its payload.
BESIDE = {("START", "contentId, contentVer")}


@every_eid
@a_dozen
@given(data=st.data())
def test_nothing_with_a_home_is_lost(eid, data):
    """Each documented field stands where the public table says, and without a row at its own name."""
    event = json.loads(msgspec.json.encode(as_event(data.draw(events(eid)))))
    wire = json.loads(msgspec.json.encode(to_wire(as_event(event))))
    said = event["edata"]
    moved = {
        name.strip(" []").partition("[")[0]
        for move in MAPPING
        if move.eid == eid
        for name in move.documented.split(",")
    }
    kept = (
        set()
        if eid in {"METRICS", "EXDATA"}
        else said.keys() - moved - ({"subtype"} if "itype" in said else set())
    )

    assert {name: wire["edata"].get(name) for name in kept} == {name: said[name] for name in kept}
    assert wire["edata"].get("type") == said.get("type") or eid == "METRICS"
    for (owner, _), home in HOMES.items():
        if owner == eid:
            home(said, wire, event)


@pytest.mark.parametrize(
    ("eid", "edata"),
    [
        ("FEEDBACK", {"contentId": "do_2", "rating": 5}),
        ("END", {"contentId": "do_2", "type": "player", "duration": 1}),
    ],
)
def test_what_is_rated_or_ended_is_the_object_on_the_wire(eid, edata):
    """A contentId is the object's id on the wire, also if the event's object has another one; the rest of it stays."""
    other = event(eid, edata, type="Content", ver="2")

    assert to_wire(other).object == Object(id="do_2", type="Content", ver="2")
    assert "own id" in next(
        move.lost for move in MAPPING if (move.eid, move.documented) == (eid, "contentId")
    )


def test_a_poll_with_several_questions_loses_its_qid_on_the_wire():
    """A RESPONSE whose qid is not its target's id is valid in both forms, and the table says that qid is lost."""
    edata = {
        "target": {"id": "poll", "ver": "1", "type": "Poll"},
        "qid": "q2",
        "type": "CHOOSE",
        "values": [],
    }
    answered = event("RESPONSE", edata)

    assert check(answered) == check(to_wire(answered), "wire") == []
    assert mapped("RESPONSE", edata) == {name: value for name, value in edata.items() if name != "qid"}
    assert (
        next(move.lost for move in MAPPING if move.documented == "qid") == "qid, if it differs from target.id"
    )


def test_every_row_with_a_home_is_looked_after():
    """A row of the table that names a home has its part in the property above."""
    assert {(move.eid, move.documented) for move in MAPPING if move.wire} == HOMES.keys() | BESIDE


@every_eid
@a_dozen
@given(data=st.data())
def test_what_only_the_wire_has_is_added(eid, data):
    """What a call gives for the wire stands in the wire event as it was given, and the event is valid there."""
    documented = as_event(data.draw(events(eid)))
    drawn = data.draw(payloads(eid, form="wire"))
    fields = {name: drawn[name] for name in WIRE_ONLY[eid] if name in drawn}
    check_fields(eid, fields)
    wire = to_wire(documented, fields)
    written = json.loads(msgspec.json.encode(wire))["edata"]

    assert check(wire, "wire") == []
    assert_known_values(written, fields)


def assert_known_values(written, fields):
    """Look for what was given; of open objects the wire classes keep the keys that they know."""
    for name, value in fields.items():
        if isinstance(value, dict):
            assert written[name].keys() <= value.keys()
            assert_known_values(written[name], {known: value[known] for known in written[name]})
        elif not isinstance(value, list):
            assert written[name] == value


@pytest.mark.parametrize("eid", [eid for eid, names in WIRE_ONLY.items() if names])
@a_dozen
@given(data=st.data())
def test_what_the_wire_refuses_is_refused_when_it_is_given(eid, data):
    """Damage to what only the wire has is refused at the call, with its place or that of the object around it."""
    event = data.draw(events(eid, form="wire"))
    faults = [
        fault
        for fault in catalogue("wire", eid)
        if fault.path.startswith(tuple(f"edata.{name}" for name in WIRE_ONLY[eid]))
        and fault.path.partition("[")[0].split(".")[1] in WIRE_ONLY[eid]
        and fault.damage not in {ValueFault.SURROGATE, ValueFault.FURTHER_KEY}
        and not (fault.damage is ValueFault.LEFT_OUT and fault.path.count(".") == 1)
    ]
    fault = data.draw(st.sampled_from(faults))
    damaged = fault.apply(event, data.draw(st.integers(0, fault.variants - 1)))
    fields = {name: value for name, value in damaged.event["edata"].items() if name in WIRE_ONLY[eid]}

    with pytest.raises(PayloadError) as refused:
        check_fields(eid, fields)

    assert damaged.violation.path.replace("$.edata", "$.wire").startswith(
        refused.value.path.replace("[...]", "")
    )


SUMMARY = {
    "type": "app",
    "starttime": 1767600000000,
    "endtime": 1767600060000,
    "timespent": 60,
    "pageviews": 1,
    "interactions": 2,
}


@pytest.mark.parametrize(
    ("eid", "edata", "expected"),
    [
        ("START", {"type": "app", "mode": "", "stageid": "s"}, {"type": "app", "mode": "", "pageid": "s"}),
        ("IMPRESSION", {"type": "view", "pageid": "p", "itype": "AUTO", "stageto": "2"},
         {"type": "view", "subtype": "AUTO", "pageid": "p", "uri": "p"}),
        ("IMPRESSION", {"type": "view", "pageid": "p", "itype": "AUTO", "subtype": "Scroll"},
         {"type": "view", "subtype": "Scroll", "pageid": "p", "uri": "p"}),
        ("IMPRESSION", {"type": "view", "pageid": "p", "subtype": ""}, {"type": "view", "subtype": "", "pageid": "p", "uri": "p"}),
        ("RESPONSE", {"target": {"id": "q", "ver": "1", "type": "t"}, "qid": "q", "type": "CHOOSE", "values": []},
         {"target": {"id": "q", "ver": "1", "type": "t"}, "type": "CHOOSE", "values": []}),
        ("INTERRUPT", {"type": "t", "eventid": "e"}, {"type": "t"}),
        ("FEEDBACK", {"contentId": "c", "rating": 4.5}, {"rating": 4.5}),
        ("SHARE", {"dir": "In", "items": [{"obj": {"id": "o", "ver": "1"}, "params": [{"size": 1}]}, {}]},
         {"dir": "In", "items": [{"id": "o", "ver": "1", "params": [{"size": 1}]}, {}]}),
        ("METRICS", {"a": 1, "b": 2}, {"system": "staging.sunbird.app", "subsystem": "sunbird.app",
                                       "metrics": [{"metric": "a", "value": 1}, {"metric": "b", "value": 2}]}),
        ("SUMMARY", SUMMARY, SUMMARY),
        ("SUMMARY", SUMMARY | {"eventssummary": [{"id": "START", "count": 1}], "envsummary": []},
         SUMMARY | {"extra": [{"id": "envsummary", "value": "[]"},
                              {"id": "eventssummary", "value": '[{"id":"START","count":1}]'}]}),
        ("EXDATA", {"type": "xapi", "data": "abc"}, {"type": "xapi", "data": "abc"}),
        ("EXDATA", {"type": "xapi"}, {"type": "xapi"}),
        ("EXDATA", {"data": {"a": 1}}, {"data": '{"data":{"a":1}}'}),
        ("EXDATA", {"type": "xapi", "data": "abc", "n": 1}, {"type": "xapi", "data": '{"data":"abc","n":1}'}),
        ("END", {"contentId": "c", "type": "app", "duration": 1.5}, {"type": "app", "duration": 1.5}),
        ("INTERACT", {"type": "ENDCHOOSE", "id": "x"}, {"type": "ENDCHOOSE", "id": "x"}),
    ],
)  # fmt: skip
def test_each_field_goes_where_the_table_says(eid, edata, expected):
    """Every row of the mapping, seen on an event."""
    assert mapped(eid, edata) == expected


@pytest.mark.parametrize(
    ("pdata", "uri"),
    [
        (Producer(id="staging.sunbird.app", pid="sunbird.app"), "library"),
        (Producer(id="staging.sunbird.app", pid="sunbird.app.contentplayer"), ""),
        (Producer(id="staging.sunbird.portal", pid="sunbird-portal"), "/library"),
        (Producer(id="staging.sunbird.portal", pid="sunbird-portal.contentplayer"), ""),
    ],
)
def test_an_impression_gets_its_uri(pdata, uri):
    """The route on the web, the page id on mobile, nothing in players; what is given wins."""
    page = {"type": "view", "pageid": "library"}

    assert mapped("IMPRESSION", page, pdata=pdata)["uri"] == uri
    assert mapped("IMPRESSION", page, {"uri": "/resources"}, pdata=pdata)["uri"] == "/resources"


def test_a_content_id_finds_its_home_in_the_object():
    """FEEDBACK's and END's contentId is the event's object, also where a foreign event has none."""
    foreign = msgspec.structs.replace(event("FEEDBACK", {"contentId": "c"}), object=msgspec.UNSET)

    assert to_wire(foreign).object.id == "c"


def test_every_moved_field_has_a_row():
    """The public table names each documented field that the wire payload has no room for."""
    told = {(move.eid, name.strip()) for move in MAPPING for name in move.documented.split(",")}
    for eid, documented in PAYLOADS.items():
        wire = WIRE_PAYLOADS[eid]
        if issubclass(documented, dict) or issubclass(wire, dict):
            continue
        names = {field.encode_name for field in msgspec.structs.fields(documented)}
        gone = names - {field.encode_name for field in msgspec.structs.fields(wire)}
        assert {(eid, name) for name in gone} <= told, eid


@pytest.mark.parametrize(
    ("eid", "fields", "path"),
    [
        ("START", {"dspec": {"mem": -2}}, "$.wire.dspec.mem"),
        ("INTERACT", {"plugin": {"id": "x"}}, "$.wire.plugin"),
        ("ASSESS", {"index": "one"}, "$.wire.index"),
        ("LOG", {"stageid": "x"}, "$.wire"),
        ("LOG", 3, "$.wire"),
    ],
)
def test_what_only_the_wire_has_is_checked_when_it_is_given(eid, fields, path):
    """Wire fields are refused with their path, at the call that gives them."""
    with pytest.raises(PayloadError) as refused:
        check_fields(eid, fields)

    assert refused.value.path == path


def test_wire_fields_appear_in_wire_form_only():
    """What only the wire has is not in the documented event."""
    taken = []

    class Keep:
        def dispatch(self, batch):
            taken.extend(batch)

        def close(self): ...

    telemetry = Telemetry(dispatcher=Keep())
    telemetry.interact({"type": "OTHER", "id": "x"}, wire={"plugin": {"id": "p", "ver": "1"}})
    telemetry.flush()
    ((documented, fields),) = taken

    assert b"plugin" not in msgspec.json.encode(documented)
    assert check(documented) == []
    assert json.loads(msgspec.json.encode(to_wire(documented, fields)))["edata"]["plugin"] == {
        "id": "p",
        "ver": "1",
    }


@pytest.mark.parametrize(
    ("eid", "fields", "said"),
    [
        ("INTERACT", {"nope": 1},
         "INTERACT: $.wire: Object contains unknown field `nope`; on the wire INTERACT has also duration, plugin, target"),
        ("INTERRUPT", {"nope": 1},
         "INTERRUPT: $.wire: Object contains unknown field `nope`; on the wire INTERRUPT has also nothing"),
        ("INTERACT", {"plugin": 3}, "INTERACT: $.wire.plugin: Expected `object`, got `int`"),
        ("START", {"dspec": {"mem": "$"}}, "START: $.wire.dspec.mem: Expected `int | float`, got `str`"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_the_wire_has(eid, fields, said):
    """Whoever misspells what only the wire has is told all that it has, and nobody else is."""
    with pytest.raises(PayloadError) as refused:
        check_fields(eid, fields)

    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("eid", "edata", "fields"),
    [("HEARTBEAT", {}, {"a": 1}), ("INTERACT", {"type": "OTHER", "id": "x"}, {"duration": 2})],
)
def test_a_payload_with_wire_fields_is_the_wires_own(eid, edata, fields):
    """What is added makes a payload of the wire's class, a free one where the wire's is free."""
    documented = event(eid, edata)

    assert type(to_wire(documented, fields).edata) is WIRE_PAYLOADS[eid]
    assert mapped(eid, edata, fields) == edata | fields


def test_an_object_without_an_id_keeps_what_it_has():
    """What the wire payload has no room for becomes the object's id, beside its type."""
    rated = event("FEEDBACK", {"contentId": "do_1"})
    rated.object = Object(type="Content")

    assert to_wire(rated).object == Object(id="do_1", type="Content")
