"""The verdict is exactly what was done: losses, copies, alterations, strays, torn ledgers, resends, damage."""

import json
from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_run import (
    RUN,
    STARTED,
    MadeLedger,
    MadeSink,
    SessionLease,
    event,
    findings,
    mid_of,
    opened,
    sent,
)  # fmt: skip

from generator.ledger.record import EventLabel
from generator.spec.identity import make_mid

FATES = ["once", "once", "once", "lost", "twice", "altered", "rewritten", "rejected", "duplicate", "thrice"]
STRENGTH = ["rejected", "unknown", "acked"]


class Deed(NamedTuple):
    """What was done to one event, and with which status its batch went."""

    fate: str
    status: str


def altered(text):
    return text.replace(b'"is":true', b'"is":false')


def rewritten(text):
    """Give it as a pipeline may: keys in another order, blanks, numbers as floats."""
    said = json.loads(text)
    said["ets"] = float(said["ets"])
    return json.dumps(dict(reversed(said.items())), indent=None).encode()


def spaced(text):
    """Give the same event as no encoder of ours writes it, so that it is read in the slow way."""
    return json.dumps(json.loads(text)).encode()


@st.composite
def runs(draw):
    """Draw sessions of batches, the attempts of each, and what is done to each event."""
    sessions = draw(st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=4))
    records, deeds, sizes = [SessionLease(0, 50)], {}, {}
    for session, batches in enumerate(sessions):
        records.append(opened(session, sum(batches)))
        sizes[session] = batches
        first = 0
        for batch, size in enumerate(batches):
            attempts = draw(st.lists(st.sampled_from(STRENGTH), min_size=1, max_size=3))
            records += [
                sent(session, batch, first, size, status, attempt) for attempt, status in enumerate(attempts)
            ]
            status = max(attempts, key=STRENGTH.index)
            for sequence in range(first, first + size):
                deeds[session, sequence] = Deed(draw(st.sampled_from(FATES)), status)
            first += size
    return records, deeds, sizes


def stored(deeds, write):
    """Do what is to be done, and give what is then kept as what."""
    kept = {"accepted": [], "rejected": [], "duplicate": []}
    for (session, sequence), deed in deeds.items():
        text = event(session, sequence)
        match deed.fate:
            case "once":
                kept["accepted"].append(write(text))
            case "twice" | "thrice":
                kept["accepted"] += [write(text)] * (2 if deed.fate == "twice" else 3)
            case "altered":
                kept["accepted"].append(write(altered(text)))
            case "rewritten":
                kept["accepted"].append(rewritten(text))
            case "rejected" | "duplicate":
                kept[deed.fate].append(write(text))
    return kept


def mids(deeds, fates, statuses=STRENGTH):
    return {mid_of(*key) for key, deed in deeds.items() if deed.fate in fates and deed.status in statuses}


HERE = ("once", "twice", "thrice", "altered", "rewritten")
MISSING = ("lost", "rejected", "duplicate")


def told(fault):
    assert fault.events == len(fault.examples) == sum(fault.by_eid.values())
    return {example.mid for example in fault.examples}


@pytest.mark.parametrize("write", [bytes, spaced], ids=["as sent", "spaced"])
@given(run=runs(), size=st.integers(1, 30), order=st.randoms(use_true_random=False), shuffle=st.booleans())
def test_the_verdict_is_what_was_done(write, run, size, order, shuffle):
    """Whatever is lost, copied, altered or kept apart, in whatever order it stands: each is found, and nothing else."""
    records, deeds, sizes = run
    kept = stored(deeds, write)
    if shuffle:
        order.shuffle(kept["accepted"])
    seen = findings(MadeLedger(records), MadeSink(**kept, size=size), sizes=sizes)

    assert seen.attempted == len(deeds)
    assert seen.acked == len(mids(deeds, FATES, ["acked"]))
    assert seen.unknown == len(mids(deeds, FATES, ["unknown"]))
    assert told(seen.lost) == mids(deeds, MISSING, ["acked"])
    assert told(seen.duplicated) == mids(deeds, ["twice", "thrice"])
    assert seen.surplus == len(mids(deeds, ["twice"])) + 2 * len(mids(deeds, ["thrice"]))
    assert told(seen.altered) == mids(deeds, ["altered"])
    assert told(seen.rejected_yet_stored) == mids(deeds, HERE, ["rejected"])
    assert told(seen.recovered) == mids(deeds, HERE, ["unknown"])
    assert told(seen.still_unknown) == mids(deeds, MISSING, ["unknown"])
    among = {kind: len(mids(deeds, [kind], ["acked"])) for kind in ("rejected", "duplicate")}
    assert seen.lost_among == {kind: count for kind, count in among.items() if count}
    assert (seen.unexpected.events, seen.foreign, seen.unreadable) == (0, 0, 0)
    assert shuffle or seen.out_of_order == 0


@given(run=runs(), size=st.integers(1, 30))
def test_ids_alone_give_the_same_sets(run, size):
    """Without contents, the fast way and the slow way give the same verdict, which knows of no alteration."""
    records, deeds, sizes = run
    verdicts = []
    for write in (bytes, spaced):
        sink = MadeSink(**stored(deeds, write), size=size)
        verdicts.append(findings(MadeLedger(records), sink, sizes=sizes, contents=False))
    fast, slow = verdicts

    assert fast == slow
    assert told(fast.lost) == mids(deeds, MISSING, ["acked"])
    assert told(fast.duplicated) == mids(deeds, ["twice", "thrice"])
    assert fast.altered.events == fast.compared == 0


STRAYS = {
    "foreign run": lambda at: event(at, 0, RUN + 1),
    "no id": lambda at: b'{"eid":"LOG","ets":1,"ver":"3.1","mid":"LOG:%d"}' % at,
    "no event": lambda at: b"%d" % at,
    "damaged tail": lambda at: event(0, 0).replace(b"5c3f9d10", b"5c3f9d11"),
    "beyond": lambda at: event(0, 1000 + at),
    "never begun": lambda at: event(40 + at, 0),
    "not leased": lambda at: event(4000 + at, 0),
    "misnamed": lambda at: event(0, 0).replace(b"START", b"SHARE"),
}
OURS = {"beyond", "never begun", "not leased", "misnamed"}


@given(
    strays=st.lists(st.sampled_from(sorted(STRAYS)), max_size=8),
    places=st.randoms(use_true_random=False),
    write=st.sampled_from([bytes, spaced]),
)
def test_what_was_never_sent_is_unexpected_and_what_is_not_ours_is_foreign(strays, places, write):
    """An id of this run that was never sent is unexpected; events of others are no fault, nor is what is no event."""
    events = [write(event(0, sequence)) for sequence in range(6)]
    for at, stray in enumerate(strays):
        events.insert(places.randrange(len(events) + 1), write(STRAYS[stray](at)))
    seen = findings(MadeLedger([SessionLease(0, 50), opened(0, 6), sent(0, 0, 0, 6)]), MadeSink(events))

    assert seen.unexpected.events == sum(stray in OURS for stray in strays)
    assert seen.foreign == sum(stray not in {*OURS, "no event"} for stray in strays)
    assert seen.unreadable == strays.count("no event")
    assert seen.lost.events == seen.duplicated.events == seen.altered.events == 0
    assert seen.outcome == ("failed" if seen.unexpected.events else "delivered")


@pytest.mark.parametrize("write", [bytes, spaced], ids=["as sent", "spaced"])
def test_without_contents_an_eid_that_is_not_the_ids_own_is_unexpected(write):
    """By ids alone an event whose eid is not the one in its mid was never sent so; and the one that was is lost."""
    events = [write(event(0, 0).replace(b'"eid":"START"', b'"eid":"SHARE"'))]
    seen = findings(
        MadeLedger([SessionLease(0, 9), opened(0, 1), sent(0, 0, 0, 1)]), MadeSink(events), contents=False
    )

    assert (seen.unexpected.events, seen.lost.events) == (1, 1)


@given(
    known=st.integers(0, 3),
    beyond=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 11)), max_size=12),
    contents=st.booleans(),
)
def test_beyond_a_torn_ledger_nothing_is_unexpected(known, beyond, contents):
    """Of a leased session, whatever is found past the end of a ledger that broke off is recovered, and twice is twice."""
    records = [SessionLease(0, 3)]
    for session in range(known):
        records += [opened(session, 12), sent(session, 0, 0, 4)]
    sink = [event(session, sequence) for session in range(known) for sequence in range(4)]
    after = [key for key in beyond if key[0] >= known or key[1] >= 4]
    sink += [event(*key) for key in after]
    seen = findings(MadeLedger(records, torn="cut off"), MadeSink(sink), contents=contents)
    times = Counter(after)

    assert seen.unexpected.events == seen.lost.events == seen.altered.events == 0
    assert told(seen.recovered) == {mid_of(*key) for key in times}
    assert told(seen.duplicated) == {mid_of(*key) for key, count in times.items() if count > 1}


@given(
    run=runs(),
    labels=st.dictionaries(
        st.tuples(st.integers(0, 3), st.integers(0, 12)),
        st.sampled_from(["missing_field", "wrong_type"]),
        max_size=6,
    ),
)
def test_damage_on_purpose_is_judged_apart(run, labels):
    """A labelled event counts under its label alone: where it was found, and what became of its batch."""
    records, deeds, sizes = run
    batches = {
        (record.session, sequence): record.batch
        for record in records[1:]
        if hasattr(record, "events")
        for sequence in range(record.first, record.first + record.events)
    }
    known = {key: fault for key, fault in labels.items() if key in deeds}
    said = [EventLabel(key[0], batches[key], key[1], fault) for key, fault in known.items()]
    kept = stored(deeds, bytes)
    seen = findings(MadeLedger([records[0], *said, *records[1:]]), MadeSink(**kept), sizes=sizes)
    rest = {key: deed for key, deed in deeds.items() if key not in known}
    where = {
        "twice": "accepted twice", "thrice": "accepted twice", "lost": "nowhere", "rejected": "rejected",
        "duplicate": "duplicate alone",
    }  # fmt: skip
    expected = Counter(
        (fault, where.get(deeds[key].fate, "accepted"), deeds[key].status) for key, fault in known.items()
    )

    assert Counter({(one.fault, one.found, one.status): one.events for one in seen.labelled}) == expected
    assert told(seen.lost) == mids(rest, MISSING, ["acked"])
    assert told(seen.altered) == mids(rest, ["altered"])
    assert told(seen.duplicated) == mids(rest, ["twice", "thrice"])
    assert told(seen.rejected_yet_stored) == mids(rest, HERE, ["rejected"])


@given(order=st.permutations(range(12)), size=st.integers(1, 12), contents=st.booleans())
def test_out_of_order_is_whatever_stands_behind_a_later_one(order, size, contents):
    """An event is out of order when a later one of its session stands before it; another session's does not count."""
    records = [SessionLease(0, 9), opened(0, 6), opened(1, 6), sent(0, 0, 0, 6), sent(1, 0, 0, 6)]
    keys = [divmod(place, 6) for place in order]
    sink = MadeSink([event(*key) for key in keys], size=size)
    seen = findings(MadeLedger(records), sink, contents=contents)
    late = sum(
        any(other[0] == key[0] and other[1] > key[1] for other in keys[:at]) for at, key in enumerate(keys)
    )

    assert seen.out_of_order == late
    assert seen.outcome == "delivered"


def test_a_mid_is_of_its_session():
    """The rig's ids are those of the project: nothing above would hold otherwise."""
    assert json.loads(event(2, 3))["mid"] == make_mid("END", 3, RUN, 2)
    assert json.loads(event(2, 3))["ets"] == STARTED + 3
