"""The mapping from documented to wire: what has a home arrives there, and the result is valid."""

import json

import msgspec
import pytest

from generator import Telemetry, check
from generator.errors import PayloadError
from generator.spec.edata import PAYLOADS
from generator.spec.envelope import Actor, Context, Event, Object, Producer
from generator.spec.wire import MAPPING, WIRE_PAYLOADS, check_fields, to_wire
from tests.spec.test_fields import DOCUMENTED


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


@pytest.mark.parametrize("eid", PAYLOADS)
def test_what_is_mapped_is_valid_on_the_wire(eid):
    """A documented event with every field becomes a valid wire event, under the same envelope."""
    documented = event(eid, DOCUMENTED[eid][0])
    wire = to_wire(documented)

    assert check(wire, "wire") == []
    assert wire.mid is documented.mid
    assert wire.context is documented.context


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
