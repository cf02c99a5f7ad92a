"""The recorder, as properties: every valid payload becomes an event, every damaged one is refused with its place."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import Telemetry, check
from generator.clock import StoryClock
from generator.errors import PayloadError
from generator.faults import ValueFault, catalogue
from generator.spec.edata import PAYLOADS
from generator.spec.rules import EIDS
from generator.strategies import events, payloads

T = 1767600000000
CLOSED = [eid for eid in EIDS if issubclass(PAYLOADS[eid], msgspec.Struct)]
# What the recorder fills in where it is missing; an END's duration is always its own.
FILLED = {
    "ASSESS": {"pass", "score"}, "END": {"contentId", "type"},
    "SUMMARY": {"starttime", "endtime", "timespent", "pageviews", "interactions"},
}  # fmt: skip


def is_refused(fault):
    """Tell whether a fault lies in the payload, where the recorder neither fills in nor replaces what is wrong."""
    if fault.path == "edata":
        return fault.damage in {ValueFault.FURTHER_KEY, ValueFault.FURTHER_NULLED, ValueFault.FURTHER_TYPE}
    name = fault.path.removeprefix("edata.")
    is_filled = fault.damage is ValueFault.LEFT_OUT and name in FILLED.get(fault.eid, ())
    return fault.path.startswith("edata.") and not is_filled and (fault.eid, name) != ("END", "duration")


class Keep:
    """A dispatcher that keeps the events as they are written."""

    def __init__(self):
        self.events = []

    def dispatch(self, batch):
        self.events += [json.loads(msgspec.json.encode(event)) for event, _ in batch]

    def close(self): ...


class Recorder:
    """A client that is about to be told one event of a kind."""

    def __init__(self, eid, visit="player", after=0):
        self.eid, self.keep, self.clock = eid, Keep(), StoryClock(T)
        self.telemetry = Telemetry({"did": "d", "sid": "s"}, self.clock, self.keep, run=1)
        if eid == "END":
            self.telemetry.start(None, "content", "1", {"type": visit, "mode": "", "stageid": ""})
            self.clock.advance(after / 1000)
        self.before = self.events

    def say(self, data, **fields):
        if self.eid == "START":
            self.telemetry.start(None, "content", "1", data, **fields)
        else:
            getattr(self.telemetry, self.eid.lower())(data, **fields)

    @property
    def events(self):
        self.telemetry.flush()
        return self.keep.events.copy()


def as_object(eid, payload):
    """Make a payload object, as a program does that does without dictionaries."""
    return msgspec.convert(payload, PAYLOADS[eid], strict=False) if eid in CLOSED else PAYLOADS[eid](payload)


@pytest.mark.parametrize("eid", EIDS)
@settings(max_examples=15)
@given(data=st.data())
def test_a_valid_payload_comes_out_as_it_went_in(eid, data):
    """Whatever is valid becomes one valid event with exactly that payload, as mapping, object or keywords."""
    payload = data.draw(payloads(eid))
    ways = ["mapping", "object", *(["keywords", "both"] if eid in CLOSED else [])]
    way = data.draw(st.sampled_from(ways))
    after = data.draw(st.integers(0, 10**7)) if eid == "END" else 0
    recorder = Recorder(eid, visit=payload.get("type"), after=after)
    if way == "mapping":
        recorder.say(payload)
    elif way == "object":
        recorder.say(as_object(eid, payload))
    else:
        names = sorted(payload)[: 1 if way == "both" else None]
        given_ = {name: payload[name] for name in names}
        recorder.say({name: value for name, value in payload.items() if name not in given_} or None, **given_)
    (event,) = recorder.events[len(recorder.before) :]

    assert event["edata"] == payload | ({"duration": after / 1000} if eid == "END" else {})
    assert (event["eid"], check(event)) == (eid, [])


@pytest.mark.parametrize("eid", EIDS)
@settings(max_examples=20)
@given(data=st.data())
def test_a_damaged_payload_is_refused_with_its_place(eid, data):
    """Whatever is wrong in a payload, its path is named, and nothing is recorded nor counted."""
    event = data.draw(events(eid))
    fault = data.draw(st.sampled_from([fault for fault in catalogue("documented", eid) if is_refused(fault)]))
    damaged = fault.apply(event, data.draw(st.integers(0, fault.variants - 1)))
    if damaged.event["edata"].keys() == {"edata"}:
        damaged = fault.apply(event)  # alone, this key is the specification's wrapper
    path = damaged.violation.path
    recorder = Recorder(eid, visit=event["edata"].get("type"))
    counted = recorder.telemetry.counted()

    with pytest.raises(PayloadError) as refused:
        recorder.say(damaged.event["edata"])

    assert refused.value.path in {path, path.replace("$.edata", "$", 1)}
    assert (recorder.events, recorder.telemetry.counted()) == (recorder.before, counted)


@pytest.mark.parametrize("eid", [eid for eid in CLOSED if eid != "HEARTBEAT"])  # which has no fields
@settings(max_examples=10)
@given(data=st.data())
def test_a_payload_object_is_checked_as_a_mapping_is(eid, data):
    """An object whose constructor checked nothing is refused for what is wrong in it, at any depth."""
    event = data.draw(events(eid))
    kinds = {ValueFault.NULLED, ValueFault.WRONG_TYPE, ValueFault.EMPTIED, ValueFault.NOT_LISTED}
    faults = [
        f for f in catalogue("documented", eid) if f.path != "edata" and f.damage in kinds and is_refused(f)
    ]
    damaged = data.draw(st.sampled_from(faults)).apply(event)
    names = {field.encode_name: field.name for field in msgspec.structs.fields(PAYLOADS[eid])}
    payload = PAYLOADS[eid](**{names[name]: value for name, value in damaged.event["edata"].items()})
    recorder = Recorder(eid, visit=event["edata"].get("type"))

    with pytest.raises(PayloadError) as refused:
        recorder.say(payload)

    assert refused.value.path == damaged.violation.path.replace("$.edata", "$", 1)
    assert recorder.events == recorder.before
