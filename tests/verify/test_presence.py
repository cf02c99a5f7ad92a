"""Presence: an event is there if its id stands in a whole JSON event, and in nothing less."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_run import (
    RUN,
    STARTED,
    MadeLedger,
    MadeSink,
    SessionLease,
    all_of,
    event,
    findings,
    found,
    mid_of,
    opened,
    sent,
    simple,
)

from generator.ledger.record import EventLabel
from generator.spec.identity import make_msgid
from generator.verify.sink import lines
from generator.verify.sink.choose import sink_named
from generator.verify.sink.files import FileSink
from generator.verify.sink.store import StoreSink

HEAD = b'{"received":%d,"msgid":"%b","event":' % (STARTED + 1600, make_msgid(0, RUN, 0).encode())
WRITTEN = {
    "as sent": bytes,
    "with blanks": lambda text: json.dumps(json.loads(text)).encode(),
    "in another order": lambda text: json.dumps(dict(reversed(json.loads(text).items()))).encode(),
    "in an envelope": lambda text: b'{"event":%b}' % text,
    "with a return": lambda text: text + b"\r",
}
IN_A_STORE = {
    "as sent": lambda text: HEAD + text + b"}",
    "with blanks": lambda text: HEAD + b" " + text + b" }",
}


def stored(folder, texts, *, in_store):
    """Write lines into a store, or a file; give it as a sink."""
    path = folder / ("accepted-000001.jsonl" if in_store else "x.jsonl")
    path.write_bytes(b"".join(text + b"\n" for text in texts))
    return StoreSink(folder) if in_store else FileSink({"accepted": str(path)})


def whole(texts):
    """Give the ids in whole lines, by a plain reader, and how often each stands there."""
    ids = Counter()
    for text in texts:
        try:
            said = json.loads(text)
        except ValueError:
            continue
        said = said.get("event", said) if isinstance(said, dict) else {}
        eid, mid = (said.get(name) if isinstance(said, dict) else None for name in ("eid", "mid"))
        ids[mid] += isinstance(mid, str) and mid.startswith(f"{eid}:")
    return ids


CLOSING = {b"}", b"]", b'"'}
CLOSINGS = [b"", b"}", b"}}", b'"}}', b"]}"]


@pytest.mark.parametrize("close", CLOSINGS)
@pytest.mark.parametrize(
    ("write", "in_store"),
    [*((write, False) for write in WRITTEN.values()), *((write, True) for write in IN_A_STORE.values())],
    ids=[*WRITTEN, *(f"{name}, in a store" for name in IN_A_STORE)],
)
def test_a_line_that_is_cut_off_anywhere_is_no_event(tmp_path, write, in_store, close):
    """Cut behind the actor or at any other byte, closed or not: without contents too the event is lost.

    Each byte is cut at with one closing, and each that closes what was open with all of them.
    """
    texts = [write(text) for text in all_of(sessions=1)]
    for at in range(len(texts[2])):
        cut = [*texts[:2], texts[2][:at] + close, *texts[3:]]
        there = whole(cut)[mid_of(0, 2)] > 0
        if not there and texts[2][at - 1 : at] not in CLOSING and CLOSINGS[at % len(CLOSINGS)] != close:
            continue
        seen = findings(simple(sessions=1), stored(tmp_path, cut, in_store=in_store), contents=False)

        assert seen.lost.events + seen.missing.events == (0 if there else 1), cut[2]
        assert (seen.outcome == "delivered") == there


FLIPS = st.dictionaries(
    st.integers(0, 11), st.tuples(st.integers(0, 250), st.integers(0, 255)), min_size=1, max_size=4
)


@given(
    flips=FLIPS,
    in_store=st.booleans(),
    order=st.permutations(range(12)),
    block=st.sampled_from([1, 700, 10**6]),
)
def test_a_damaged_line_counts_only_if_it_is_still_an_event(flips, in_store, order, block, tmp_path_factory):
    """Any bytes are others, in any order: exactly the ids that a plain reader finds in whole lines are there."""
    texts = all_of()
    for place, (at, byte) in flips.items():
        text = texts[place]
        # A byte that ends a line, or opens an escape, makes other lines than a plain reader of lines sees.
        letter = bytes([byte]) if byte not in b"\n\\" else b"}"
        texts[place] = text[: at % len(text)] + letter + text[at % len(text) + 1 :]
    texts = [texts[place] for place in order]
    written = [HEAD + text + b"}" for text in texts] if in_store else texts
    expected = whole(texts)
    sent_ids = {mid_of(*divmod(place, 6)) for place in range(12)}
    folder = tmp_path_factory.mktemp("sink")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", block)
        seen = findings(simple(), stored(folder, written, in_store=in_store), contents=False)

    lost = {one.mid.partition(":")[2] for fault in (seen.lost, seen.missing) for one in fault.examples}
    gone = {mid.partition(":")[2] for mid in sent_ids if not expected[mid]}
    # An eid that is not the one in its mid was never sent so.
    assert gone <= lost
    assert (seen.outcome == "delivered") <= (not gone)


@pytest.mark.parametrize("contents", [True, False])
def test_a_sink_whose_lines_all_break_off_behind_the_actor_holds_nothing(tmp_path, contents):
    """Of every line only its beginning is left: all is lost, however much the ids can be read."""
    cut = [text[: text.index(b"}") + 1] for text in all_of()]
    for texts, in_store in ((cut, False), ([HEAD + text + b"}" for text in cut], True)):
        seen = findings(simple(), stored(tmp_path, texts, in_store=in_store), contents=contents)
        assert (seen.outcome, seen.found) != ("delivered", 12)
        assert seen.found == 0


@pytest.mark.parametrize("contents", [True, False])
@pytest.mark.parametrize(
    "broken",
    [
        b'{"received":0%d,"msgid":null,"event":' % STARTED,
        b'{"received":%d,"msgid":"\t","event":' % STARTED,
        b'{"received":%d,"msgid":"","reasons":["\x01"],"event":' % STARTED,
    ],
)
def test_a_line_of_a_store_that_is_json_only_behind_its_head_is_no_event(tmp_path, contents, broken):
    """Whatever stands before an event, its line is whole only if all of it is JSON."""
    texts = [HEAD + text + b"}" for text in all_of()]
    texts[2:6] = [broken + text + b"}" for text in all_of()[2:6]]
    seen = findings(simple(), stored(tmp_path, texts, in_store=True), contents=contents)

    assert (seen.outcome, seen.found, seen.unreadable) == ("unknown", 8, 4)


def test_chunks_are_read_to_the_end_of_each_event():
    """Of a sink that gives events one by one, such as a topic, what breaks off is no event either."""
    events = all_of()
    events[3] = events[3][:-20] + b"}"
    events[9] = events[9][:-1]
    seen = findings(simple(), MadeSink(events), contents=False)

    assert (seen.outcome, seen.found, seen.missing.events, seen.unreadable) == ("unknown", 10, 2, 2)


def test_what_was_damaged_on_purpose_is_found_only_as_a_whole_event():
    """A labelled event whose line breaks off is nowhere."""
    records = [SessionLease(0, 9), opened(0, 2), EventLabel(0, 0, 1, "wrong_type"), sent(0, 0, 0, 2)]
    torn = [event(0, 0), event(0, 1)[:-9] + b"}"]
    places = {
        contents: [
            one.found for one in findings(MadeLedger(records), MadeSink(torn), contents=contents).labelled
        ]
        for contents in (True, False)
    }

    assert places == {True: ["nowhere"], False: ["nowhere"]}


@pytest.mark.parametrize("contents", [True, False])
def test_a_broken_line_among_the_rejected_tells_nothing(contents):
    """Where a lost event lies is known from whole lines alone."""
    events = all_of()
    torn = MadeSink(events[2:], rejected=[events[0][:-5], events[1]])
    seen = findings(simple(), torn, contents=contents)

    assert (seen.lost.events, seen.lost_among, seen.unreadable) == (2, {"rejected": 1}, 1)


def test_beyond_a_ledgers_end_a_broken_line_is_not_recovered():
    """An event of which no ledger speaks is recovered only if its line is whole."""
    ledger = MadeLedger([SessionLease(0, 9), opened(0, 6), sent(0, 0, 0, 2)], torn="cut off")
    texts = [
        event(0, 0),
        event(0, 1),
        event(0, 2),
        event(0, 3)[:-9] + b"}",
        event(5, 0),
        event(5, 1)[:-9] + b"}",
    ]
    for contents in (True, False):
        assert findings(ledger, MadeSink(texts), contents=contents).recovered.events == 2


def test_a_row_of_ids_is_present(tmp_path):
    """A table of ids alone: by ids all is there, and that is no delivery unless ids are asked for."""
    duckdb = pytest.importorskip("duckdb")
    rows = ", ".join(f"('{json.loads(text)['eid']}', '{json.loads(text)['mid']}')" for text in all_of())
    duckdb.sql(f"COPY (SELECT * FROM (VALUES {rows}) AS t(eid, mid)) TO '{tmp_path}/x.parquet'")
    sink = sink_named(f"{tmp_path}/x.parquet")

    assert found(simple(), sink, contents=False).sentence == (
        "delivered: 12 of 12 acknowledged events found by id; contents not compared"
    )
    assert findings(simple(), sink).outcome == "unknown"


def test_two_events_on_one_line_and_blank_lines_leave_the_places_right(tmp_path):
    """Whatever stands between the lines, an unreadable one is told with its own number."""
    events = all_of()
    texts = [b"", *events[:4], b"", b"oops", *events[4:], b"  "]
    seen = findings(simple(), stored(tmp_path, texts, in_store=False), contents=False)

    assert (seen.outcome, seen.found) == ("delivered", 12)
    assert [one.partition(": ")[0] for one in seen.unread] == [f"{tmp_path}/x.jsonl:7"]
