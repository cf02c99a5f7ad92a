"""The collector, as properties: what it takes is what was sent, and it judges as `check` judges."""

import json
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from talking import post

from generator.collector.store import read
from generator.faults import catalogue
from generator.spec.check import check
from generator.strategies import events

NUMBERS = count()


@st.composite
def mixed(draw):
    """Draw a batch of some good events and some damaged ones, of mids that were never used before."""
    batch = []
    for event in draw(st.lists(events(form="wire"), min_size=1, max_size=5)):
        whole = event | {"mid": f"property:{next(NUMBERS)}"}
        if draw(st.booleans()):
            fault = draw(st.sampled_from(catalogue("wire", event["eid"])))
            whole = fault.apply(whole, draw(st.integers(0, fault.variants - 1))).event
        batch.append(whole)
    return batch


def sent(batch):
    """Write a batch with each event as it is to be found in the store."""
    msgid = f"property {next(NUMBERS)}"
    lines = [json.dumps(event).encode() for event in batch]
    return msgid, lines, b'{"params":{"msgid":"%b"},"events":[%b]}' % (msgid.encode(), b",".join(lines))


def stored(collector, msgid):
    """Give what is kept of one batch."""
    return [each for each in read(collector.store) if each.msgid == msgid]


@settings(max_examples=60, deadline=None)
@given(batch=mixed())
def test_each_event_is_stored_as_sent_and_judged_as_check_judges(sunbird, batch):
    """Behind a 200 every event is in the store byte for byte: accepted if `check` finds nothing, else with its reasons."""
    msgid, lines, body = sent(batch)
    status = post(sunbird.url, body).status
    kept = stored(sunbird, msgid)
    found = {line: check(line, "wire") for line in lines}

    assert status == 200
    assert sorted(each.event for each in kept) == sorted(lines)
    assert {each.event: each.kind for each in kept} == {
        line: "rejected" if violations else "accepted" for line, violations in found.items()
    }
    for each in kept:
        assert all(str(violation) in each.reasons for violation in found[each.event][:1])


@settings(max_examples=40, deadline=None)
@given(batch=mixed())
def test_a_strict_collector_refuses_what_check_refuses(strict, batch):
    """A batch with anything wrong in it is refused with the places that `check` names; any other is stored as sent."""
    msgid, lines, body = sent(batch)
    answer = post(strict.url, body)
    places = {
        (number, violation.path) for number, line in enumerate(lines) for violation in check(line, "wire")
    }

    assert answer.status == (400 if places else 200)
    assert [each.event for each in stored(strict, msgid)] == ([] if places else lines)
    if places:
        assert {(each["event"], each["path"]) for each in answer.json["violations"]} == places
