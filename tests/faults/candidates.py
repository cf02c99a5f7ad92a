"""What the tests do damage to: a session in which there is a candidate for every kind of damage."""

import json

from generator.faults import minimal_event
from generator.spec.identity import make_mid
from generator.spec.rules import EIDS

NOW = 1_767_600_000_000
CONTEXT = {
    "channel": "in.footfall",
    "env": "home",
    "pdata": {"id": "footfall", "ver": "1"},
    "sid": "s",
    "did": "d",
}


def session(form, run=1, number=1, count=17):
    """Give the events of a session, one of each eid in turn, as JSON texts."""
    return [json.dumps(event(form, place, run, number)).encode() for place in range(count)]


def event(form, place, run=1, number=1):
    """Give one event of it."""
    eid = EIDS[place % len(EIDS)]
    made = minimal_event(eid, form) | {
        "mid": make_mid(eid, place, run, number),
        "ets": NOW + place,
        "context": dict(CONTEXT),
        "object": {"id": "do_1", "type": "Content", "ver": "1"},
    }
    if eid == "LOG":
        made["edata"] |= {"params": [{"count": "1"}]}
    if eid == "SUMMARY":
        made["edata"] |= {"starttime": NOW, "endtime": NOW}
    return made
