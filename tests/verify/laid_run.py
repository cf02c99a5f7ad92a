"""A small run whose events have every shape that matters to a table: what was sent, and verify's word on any sink."""

import json
from functools import cache

from small_run import MadeLedger, opened, sent

from generator.ledger.record import SessionLease
from generator.spec.identity import make_mid
from generator.verify.batch import Batch
from generator.verify.sink.choose import sink_named
from generator.verify.verifying import verify

RUN, STARTED = 0x5C3F9D10, 1_700_000_000_000
SESSIONS, BATCHES, SIZE = 3, 2, 4
ALL = SESSIONS * BATCHES * SIZE

# One of each shape: nested, mixed over events, absent in some, empty lists, texts like numbers, times and JSON.
EDATA = {
    "START": {"type": "session", "mode": "play", "duration": 0, "pageid": "home", "uaspec": {"agent": "x", "ver": "1.0"}},
    "IMPRESSION": {"type": "view", "pageid": "p/ü", "uri": '/a?b="c"',
                   "visits": [{"objid": "do_1", "index": 0}, {"objid": "do_2"}]},
    "INTERACT": {"type": "TOUCH", "id": "b1", "extra": {"pos": [{"x": 1.5, "y": 2}], "values": [{"startTime": 3}]}},
    "SEARCH": {"type": "content", "query": "घर", "filters": {"status": ["Live"], "gradeLevel": ["007"]}, "size": 0, "topn": []},
    "ASSESS": {"item": {"id": "q1", "maxscore": 1, "params": [{"1": '{"text":"A"}'}]}, "pass": "Yes", "score": 0.5,
               "duration": 2.25, "resvalues": [{"1": "2"}]},
    "LOG": {"type": "api", "level": "INFO", "message": "line\nend", "params": [{"at": "2026-01-02T03:04:05.678Z", "ok": True}]},
    "SHARE": {"items": [{"id": "do_1", "type": "Content", "origin": {"id": "d", "type": "device"}}], "dir": "out", "type": ""},
    "END": {"type": "session", "duration": 12.5, "summary": [{"progress": 100}, {"progress": 99.5}]},
}  # fmt: skip


def event(session, sequence):
    """Give an event as the encoder writes it."""
    eid = list(EDATA)[(session + sequence) % len(EDATA)]
    said = {
        "eid": eid, "ets": STARTED + 1000 * session + sequence, "ver": "3.1", "mid": make_mid(eid, sequence, RUN, session),
        "actor": {"id": f"00{session}", "type": "User"},
        "context": {
            "channel": "0123", "env": "home", "pdata": {"id": "app", "ver": "1.10", "pid": "web"}, "sid": f"s{session}", "did": "d",
            "cdata": [{"type": "course", "id": "do_7"}] if sequence % 2 else [], "rollup": {"l1": "a"},
        },
        **({"object": {"id": "do_3130", "type": "Content", "ver": "2"}} if sequence % 3 else {}),
        "edata": EDATA[eid], "tags": ["t1", "t2"] if sequence % 2 else [],
    }  # fmt: skip
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def key(place):
    """Give session and sequence of an event by its place in the run."""
    return divmod(place, BATCHES * SIZE)


@cache
def all_sent():
    """Give every event of the run, as it was sent."""
    return tuple(event(*key(place)) for place in range(ALL))


def altered(one):
    """Give an event with another channel than was sent."""
    return one.replace(b'"channel":"0123"', b'"channel":"0124"')


class Maker:
    """Makes a session of the run."""

    trouble = ""

    def session(self, opening):
        texts = [event(opening.session, sequence) for sequence in range(BATCHES * SIZE)]
        return [Batch(b",".join(texts[at : at + SIZE])) for at in range(0, len(texts), SIZE)]


def ledger(begun=1.0):
    """Give the ledger of the run, every batch of it acknowledged."""
    records = [SessionLease(0, 99)]
    for session in range(SESSIONS):
        records.append(opened(session, BATCHES * SIZE))
        records += [sent(session, batch, batch * SIZE, SIZE, begun=begun) for batch in range(BATCHES)]
    return MadeLedger(records)


def judged(against, *, contents=True, ignored=()):
    """Verify the run against a sink, which may be a name, and give what was found."""
    sink = sink_named(str(against)) if isinstance(against, str) or hasattr(against, "joinpath") else against
    delivery = verify(
        [ledger()], {"accepted": sink}, maker_of=lambda _: Maker(), contents=contents, ignored=ignored
    )
    [findings] = delivery.stages
    assert findings.outcome == delivery.outcome
    return findings
