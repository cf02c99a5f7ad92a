"""Replay in parts: files read, sessions put together, made anew, cut, put in order, remembered as done."""

import gzip
import json
import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import World
from generator.datasets.build import run_of, sessions
from generator.delivery.contracts.sunbird import Sunbird
from generator.errors import UsageError
from generator.ledger import Header, LedgerWriter, SessionStart
from generator.load.plan import Plan
from generator.load.replay.assignment import DatasetPart
from generator.load.replay.batching import split_into_batches
from generator.load.replay.completed_set import CompletedSet
from generator.load.replay.cursor import Cursor
from generator.load.replay.dataset import Dataset
from generator.load.replay.event_rewriter import EventRewriter
from generator.load.replay.judgeable import check_ids, check_resumed
from generator.load.replay.order import by_start
from generator.load.replay.raw_event import check_for_events, raw_events
from generator.load.replay.replacement_ids import replacement_id
from generator.load.replay.session_assembler import SessionAssembler
from generator.load.replay.session_source import ClientBehaviour, ReplayPlan, SessionSource, scan
from generator.load.replay.warnings import Warnings
from generator.load.settings import Settings
from generator.population.traffic import Traffic
from generator.scenarios.loader import find
from generator.spec.check import check
from generator.spec.identity import read_mid
from generator.spec.session import check_session

SESSIONS = 40


@pytest.fixture(scope="module")
def played():
    """Some sessions, each as its lines."""
    traffic = Traffic(7, [one for one in find(None).values() if one.share], World(7))
    return [session.lines().splitlines() for session in sessions(traffic, range(SESSIONS), run_of(traffic))]


def dataset(path, lines):
    path.write_bytes(b"\n".join(lines) + b"\n")
    return Dataset(str(path))


def read(path, lines):
    return list(raw_events(dataset(path, lines), Warnings()))


def how(*, run=0xABC, verbatim=False, in_order=False, size=20, speed=1.0):
    client = ClientBehaviour(Sunbird(), size, cuts_at_end=True)
    return ReplayPlan({"web": client, "mobile": client}, verbatim, run, "footfall:00000abc", speed, in_order)


def sent(source, *, is_past=True):
    """Give the bodies that a source's sessions come to, session by session."""
    source.started = 1_800_000_000_000
    found = []
    while not source.is_over:
        session = source.begin(0.0, is_past=is_past)
        bodies = []
        while not session.is_over:
            bodies.append(json.loads(session.prepare().body))
            session.go_on()
        found.append(bodies)
    return found


def foreign(lines):
    """Give events as another program would have written them, with mids of its own."""
    for number, line in enumerate(lines):
        event = json.loads(line)
        event["mid"] = f"{event['eid']}-{event['context']['did']}-{number}"
        yield json.dumps(event).encode()


@st.composite
def mixed(draw, played):
    """Draw some sessions, and their lines mixed, each session's in its own order."""
    chosen = draw(st.lists(st.integers(0, SESSIONS - 1), min_size=1, max_size=6, unique=True))
    own = draw(st.booleans())
    queues = [list(played[number] if own else foreign(played[number])) for number in chosen]
    lines = []
    rest = [list(queue) for queue in queues]
    while any(rest):
        at = draw(st.sampled_from([place for place, queue in enumerate(rest) if queue]))
        take = draw(st.integers(1, 20))
        lines += rest[at][:take]
        del rest[at][:take]
    return queues, lines


# --- grouping ---


@settings(max_examples=60)
@given(data=st.data())
def test_sessions_are_put_together_whole_and_in_order(played, tmp_path_factory, data):
    """However sessions lie mixed within the window, each comes out whole, in its order, once."""
    queues, lines = data.draw(mixed(played))
    path = tmp_path_factory.getbasetemp() / "mixed.jsonl"
    found = SessionAssembler().sessions(read(path, lines))

    came = sorted([entry.data for entry in recording.entries] for recording in found)
    if read_mid(json.loads(queues[0][0])["mid"]):
        assert came == sorted(queues)
    else:
        # Whoever else reads them knows did and sid alone: a service beside is a session of its own.
        by_source = {}
        for line in lines:
            context = json.loads(line)["context"]
            by_source.setdefault((context.get("did"), context.get("sid")), []).append(line)
        alone = by_source.pop((None, None), []) + [
            line for key in [k for k in by_source if not k[0]] for line in by_source.pop(key)
        ]
        assert came == sorted([*by_source.values(), *([line] for line in alone)])


@settings(max_examples=60)
@given(data=st.data(), held=st.integers(1, 60))
def test_a_window_too_small_parts_sessions_and_loses_nothing(played, tmp_path_factory, data, held):
    """No window is so small that an event is lost, or that a session's order is."""
    _, lines = data.draw(mixed(played))
    path = tmp_path_factory.getbasetemp() / "mixed.jsonl"
    grouping = SessionAssembler(held=held)
    found = list(grouping.sessions(read(path, lines)))

    assert [recording.number for recording in found] == list(range(len(found)))
    assert Counter(entry.data for one in found for entry in one.entries) == Counter(lines)
    keys = {}
    for recording in found:
        for entry in recording.entries:
            ours = read_mid(entry.mid)
            key = entry.mid[-24:] if ours else (entry.did, entry.sid) if entry.did else entry.line
            keys.setdefault(key, []).append(entry.line)
    assert all(before < after for one in keys.values() for before, after in pairwise(one))


# --- anew ---


@settings(max_examples=80)
@given(data=st.data(), run=st.integers(0, 2**32 - 1), shift=st.integers(-(10**10), 10**10))
def test_a_session_anew_is_the_same_but_for_identity_and_time(played, tmp_path_factory, data, run, shift):
    """Eids, order, gaps and session rules stay; ids are others, alike where they were alike, and valid as before."""
    lines = played[data.draw(st.integers(0, SESSIONS - 1))]
    found = read(tmp_path_factory.getbasetemp() / "one.jsonl", lines)
    anew = EventRewriter(run, 5, shift, "footfall:0000000a", found)
    old = [json.loads(line) for line in lines]
    new = [anew.event(entry, "documented") for entry in found]

    assert [one["eid"] for one in new] == [one["eid"] for one in old]
    assert [one["ets"] - shift for one in new] == [one["ets"] for one in old]
    assert check_session(new) == check_session(old) == []
    assert [violation for one in new for violation in check(one)] == []
    assert all(one["tags"][-1] == "footfall:0000000a" for one in new)
    mids = [read_mid(one["mid"]) for one in new]
    assert [(mid.run, mid.session, mid.sequence, mid.eid) for mid in mids] == [
        (run, 5, place, one["eid"]) for place, one in enumerate(new)
    ]
    for name in ("sid", "did"):
        pairs = {
            (one["context"].get(name), two["context"].get(name)) for one, two in zip(old, new, strict=True)
        }
        assert len({before for before, _ in pairs}) == len({after for _, after in pairs}) == len(pairs)
        assert all(before != after for before, after in pairs if before)
    text = json.dumps(new)
    assert all(one["context"]["did"] not in text for one in old if one["context"].get("did"))
    wired = [anew.event(entry, "wire") for entry in found]
    assert [violation for one in wired for violation in check(one, "wire")] == []


ids = st.one_of(
    st.uuids().map(str),
    st.text("0123456789abcdef", min_size=1, max_size=140),
    st.text(min_size=1, max_size=40),
)


@given(
    st.lists(ids.filter(lambda one: one != "anonymous"), unique=True, max_size=20), st.integers(0, 2**32 - 1)
)
def test_no_two_ids_become_one(old, run):
    """New ids differ where the old ones did, are the same each time, and keep the form of a UUID."""
    new = [replacement_id(run, one) for one in old]

    assert len(set(new)) == len(old)
    assert new == [replacement_id(run, one) for one in old]
    is_uuid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
    assert all(is_uuid(two) for one, two in zip(old, new, strict=True) if is_uuid(one))


def test_nobody_stays_nobody():
    """Who is anonymous, or has no id, has none in the replay either."""
    assert [replacement_id(1, one) for one in ("", "anonymous")] == ["", "anonymous"]


def test_of_many_ids_each_is_renamed_wherever_it_stands(tmp_path, played):
    """A service's session has an id for each request: all are made anew, in every event that tells of them."""
    asked = [f"request-{number:04d}" for number in range(100)]
    events = []
    for number, one in enumerate(asked):
        event = json.loads(played[0][0])
        event["context"]["cdata"] = [{"type": "Request", "id": one}]
        event["edata"] = {"type": "x", "mode": asked[number - 1], 'odd "key\\': "é"}
        events.append(json.dumps(event).encode())
    found = read(tmp_path / "many", events)
    anew = EventRewriter(1, 1, 0, "", found)
    new = [anew.event(entry, "documented") for entry in found]

    assert [one["context"]["cdata"][0]["id"] for one in new] == [replacement_id(1, one) for one in asked]
    assert [one["edata"]["mode"] for one in new] == [
        replacement_id(1, asked[number - 1]) for number in range(100)
    ]
    assert new[0]["edata"]['odd "key\\'] == "é"


def test_short_ids_are_not_taken_for_other_texts(tmp_path, played):
    """A device called 1 is renamed where devices stand, and the page called 1 keeps its name."""
    event = json.loads(played[0][0])
    event["context"]["did"] = "1"
    event["edata"]["stageid"] = "1"
    [entry] = read(tmp_path / "one.jsonl", [json.dumps(event).encode()])
    new = EventRewriter(1, 1, 0, "", [entry]).event(entry, "documented")

    assert new["context"]["did"] == replacement_id(1, "1")
    assert new["edata"]["stageid"] == "1"


def test_what_is_valid_in_no_form_goes_as_it_is_and_is_named(tmp_path, played):
    """An invalid event is sent, renamed and dated; what is odd in it stays, and its place is told."""
    event = json.loads(played[0][0])
    event["edata"] = {"type": 5}
    event["x"] = [1e300, 2**70, None]
    data = dataset(tmp_path / "odd.jsonl", [json.dumps(event).encode()])
    source = SessionSource(data, DatasetPart(0, 1), CompletedSet(), how())
    [[body]] = sent(source)

    assert body["events"][0]["edata"] == {"type": 5}
    assert body["events"][0]["x"] == event["x"]
    assert body["events"][0]["context"]["did"] != event["context"]["did"]
    assert source.notes() == [
        f"replay: 1 times valid in neither form, sent as it is ({tmp_path}/odd.jsonl:1: START)"
    ]
    assert "START is valid in neither form" in next(iter(scan(data, "wire", is_verbatim=False)))


# --- what is read ---


def body(events, **more):
    return json.dumps({"id": "api.sunbird.telemetry", "ver": "3.0", **more, "events": events}).encode()


def test_events_are_found_alone_and_in_bodies(tmp_path, played):
    """One a line, in an envelope, in an array, in Obsrv's data: the events are the same."""
    lines = played[3]
    events = [json.loads(line) for line in lines]
    alone = [entry.data for entry in read(tmp_path / "a", lines)]
    forms = [
        body(events),
        json.dumps(events).encode(),
        json.dumps({"id": "api.data.in", "data": events}).encode(),
    ]
    for place, form in enumerate(forms):
        found = read(tmp_path / f"b{place}", [form])
        assert [json.loads(entry.data) for entry in found] == [json.loads(data) for data in alone]
        assert {entry.body for entry in found} == {1}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"eid":"START","ets"', "JSON"),
        (b"hello", "JSON"),
        (b"\xff\xfe\xfd", "utf-8"),
        (b'{"a":1}', "eid"),
        (b'{"eid":5}', "eid"),
        (b'{"events":[]}', "a batch without events"),
        (b"[]", "a batch without events"),
        (b"42", "object"),
        (b'{"eid":"LOG","x":"\\ud800"}', "truncated"),
        (b'{"eid":"LOG","x":1e999}', "out of range"),
        (b'{"eid":"LOG","x":' + b"[" * 5000 + b"]" * 5000 + b"}", "recursion"),
    ],
)
def test_what_is_no_event_is_named_and_left_out(tmp_path, played, line, why):
    """Whatever stands on a line, it is told by file and line, and all around it is sent."""
    data = dataset(tmp_path / "d.jsonl", [played[0][0], line, *played[0][1:]])
    source = SessionSource(data, DatasetPart(0, 1), CompletedSet(), how())
    bodies = sent(source)

    assert sum(len(one["events"]) for session in bodies for one in session) == len(played[0])
    [note] = source.notes()
    assert f"1 times no readable event, left out ({tmp_path}/d.jsonl:2: " in note
    assert why.lower() in note.lower()
    [said] = [line for line in scan(data, "documented", is_verbatim=False) if "left out" in line]
    assert said.startswith(f"{tmp_path}/d.jsonl:2: ")
    assert f"as 1 of the first {len(played[0]) + 1} events is" in said


@pytest.mark.parametrize("verbatim", [False, True])
@pytest.mark.parametrize("value", [b"1e400", b'"\\ud800"', b'"\\udc00"'])
def test_an_event_that_is_left_out_is_not_said_to_be_sent(tmp_path, played, value, verbatim):
    """A number beyond all floats, or half a character: the event is left out, and no line says that it is sent as it is."""
    lines = [
        line[:-1] + b',"x":' + value + b"}" if place in (1, 3) else line
        for place, line in enumerate(played[0])
    ]
    data = dataset(tmp_path / "d.jsonl", lines)
    told = [*scan(data, "documented", is_verbatim=verbatim)]
    source = SessionSource(data, DatasetPart(0, 1), CompletedSet(), how(verbatim=verbatim))
    bodies = sent(source)

    assert sum(len(one["events"]) for session in bodies for one in session) == len(lines) - 2
    assert not any("as they are" in line for line in told)
    assert [
        line
        for line in told
        if f"as 2 of the first {len(lines)} events are; such events are left out" in line
    ]
    [note] = source.notes()
    assert "2 times no readable event, left out" in note
    assert "d.jsonl:2: " in note
    assert "d.jsonl:4: " in note


def test_a_cut_off_gzip_is_sent_as_far_as_it_goes(tmp_path, played):
    """Events before the break are sent, the break is named."""
    whole = gzip.compress(b"\n".join(line for one in played for line in one))
    (tmp_path / "d.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    data = Dataset(str(tmp_path / "d.jsonl.gz"))
    source = SessionSource(data, DatasetPart(0, 1), CompletedSet(), how())
    came = sum(len(one["events"]) for session in sent(source) for one in session)

    assert 0 < came < sum(map(len, played))
    assert "a whole gzip stream" in " ".join(source.notes())


def test_zstd_is_read_frame_by_frame_and_a_break_is_named(tmp_path, played):
    """Two frames one after the other are one stream; of a cut-off one the beginning is read."""
    zstandard = pytest.importorskip("zstandard")
    lines = [b"\n".join(one) + b"\n" for one in played]
    whole = b"".join(zstandard.compress(line) for line in lines)
    (tmp_path / "d.zst").write_bytes(whole)
    (tmp_path / "cut.zst").write_bytes(whole[:-9])
    troubles = Warnings()
    found = list(raw_events(Dataset(str(tmp_path / "d.zst")), troubles))
    part = list(raw_events(Dataset(str(tmp_path / "cut.zst")), troubles))

    assert [entry.data for entry in found] == [line for one in played for line in one]
    assert 0 < len(part) < len(found)
    assert "the stream ends amidst" in " ".join(troubles.lines())


def test_zstd_without_its_library_says_how_to_get_it(tmp_path, monkeypatch):
    """The way out is named before anything is sent."""
    (tmp_path / "d.zst").write_bytes(b"\x28\xb5\x2f\xfd....")
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(UsageError, match=r"pip install 'footfall\[zstd\]'"):
        Dataset(str(tmp_path / "d.zst"))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "the file is missing"),
        (lambda path: path.mkdir(), "the folder has no file"),
        (lambda path: path.write_bytes(b""), "it is empty"),
        (lambda path: path.write_bytes(b"\n \n"), "it has no event (only blank lines)"),
        (lambda path: path.write_bytes(b"hello\n"), "it has no event"),
        (
            lambda path: path.write_bytes(b'{"eid":"LOG","x":1e400}\n'),
            "d:1: Number out of range",
        ),
        (lambda path: path.write_bytes(b"PK\x03\x04"), "a zip archive"),
        (lambda path: path.write_bytes(b"\x1f\x8b"), "it has no event"),
    ],
)
def test_what_cannot_be_replayed_is_refused(tmp_path, make, why):
    """A dataset that is not there, is empty, or holds no event is refused in one line."""
    make(tmp_path / "d")
    with pytest.raises(UsageError) as refused:
        check_for_events(Dataset(str(tmp_path / "d")))

    assert why in str(refused.value)
    assert str(refused.value).startswith(f"--replay {tmp_path}/d")
    assert "\n" not in str(refused.value)


def test_folders_and_patterns_are_many_files(tmp_path, played):
    """A folder is its files but for manifests and hidden ones; a pattern is what it names, in the order of names."""
    for name, lines in (("b.jsonl", played[1]), ("a.jsonl", played[0])):
        dataset(tmp_path / name, lines)
    (tmp_path / "a.manifest.json").write_text("{}")
    (tmp_path / ".part").write_text("{")
    for path in (tmp_path, tmp_path / "*.jsonl"):
        found = list(raw_events(Dataset(str(path)), Warnings()))
        assert [entry.data for entry in found] == [*played[0], *played[1]]


# --- cutting, order, shares ---


@settings(max_examples=60)
@given(number=st.integers(0, SESSIONS - 1), size=st.integers(1, 30), at_end=st.booleans())
def test_batches_hold_every_event_and_are_due_with_their_last(played, tmp_path_factory, number, size, at_end):
    """Batches are no larger than they may be, in order, and due in order; what is due first may be the first event."""
    found = read(tmp_path_factory.getbasetemp() / "one.jsonl", played[number])
    start = found[0].ets
    batches = list(split_into_batches(found, start, size, at_end=at_end))

    assert [entry for batch in batches for entry in batch.entries] == found
    assert all(0 < len(batch.entries) <= size for batch in batches)
    assert [batch.due for batch in batches] == sorted(batch.due for batch in batches)
    assert batches[-1].due == (max(entry.ets for entry in found) - start) / 1000


@pytest.mark.parametrize("held_bytes", [1, 30_000, 10**9])
def test_sessions_are_put_in_the_order_in_which_they_began(tmp_path, played, held_bytes):
    """In memory or by way of the disk, all sessions come out, the one that began first first."""
    found = list(SessionAssembler().sessions(read(tmp_path / "d", [line for one in played for line in one])))
    ordered = list(by_start(found, held_bytes))

    assert ordered == sorted(found, key=lambda one: (one.start, one.number))
    assert ordered != found


@given(st.lists(st.integers(0, 3000)))
def test_what_is_done_is_a_set(numbers):
    """It holds what was put in, through its text too, and knows the first that is missing."""
    done = CompletedSet()
    for number in numbers:
        done.add(number)
    again = CompletedSet.read(done.text)

    assert [number for number in range(3010) if number in again] == sorted(set(numbers))
    assert len(done) == len(again) == len(set(numbers))
    assert again.up_to == next(number for number in range(3010) if number not in set(numbers))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_send_every_session_once(tmp_path, played, workers):
    """The shares of all workers are the dataset; whoever comes too late has nothing; each id is one run's."""
    data = dataset(tmp_path / "d", [line for one in played for line in one])
    shares = [DatasetPart(place, workers) for place in range(workers)]
    bodies = [
        sent(SessionSource(data, share, CompletedSet(), how())) for share in [*shares, DatasetPart(0, 0)]
    ]
    mids = [
        event["mid"] for share in bodies for session in share for one in session for event in one["events"]
    ]

    assert bodies[-1] == []
    assert len(set(mids)) == len(mids) == sum(map(len, played))
    assert {read_mid(mid).session for mid in mids} == set(range(SESSIONS))


def test_nothing_is_dated_after_its_sending_and_old_dids_stay_together(tmp_path, played):
    """Flat out a session ends when it begins to be sent; whoever had one did has one."""
    lines = [*played[0], *foreign(played[0][:5])]
    [first, second] = sent(
        SessionSource(dataset(tmp_path / "d", lines), DatasetPart(0, 1), CompletedSet(), how())
    )

    assert max(event["ets"] for one in first for event in one["events"]) == 1_800_000_000_000
    assert all(event["ets"] <= one["ets"] for one in first for event in one["events"])
    dids = {event["context"]["did"] for one in [*first, *second] for event in one["events"]}
    assert len(dids) == len({json.loads(line)["context"]["did"] for line in lines})


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
def test_a_paced_session_is_never_dated_after_its_batches_are_due(tmp_path, played, speed):
    """At any speed a batch's last event is no later than the instant at which it is due, and the first ones are now."""
    source = SessionSource(
        dataset(tmp_path / "d", played[2]), DatasetPart(0, 1), CompletedSet(), how(speed=speed)
    )
    source.started = 1_800_000_000_000
    session = source.begin(10.0, is_past=False)
    while not session.is_over:
        due = source.started + 1000 * (session.begun + session.due / speed)
        body = json.loads(session.prepare().body)
        assert max(event["ets"] for event in body["events"]) == body["ets"] <= due + 1
        session.go_on()


def test_verbatim_is_to_the_byte(tmp_path, played):
    """Events keep their bytes, odd spaces too; a batch keeps its msgid, its time and its bounds."""
    spaced = [json.dumps(json.loads(line), indent=None, separators=(" , ", " :  ")) for line in played[0][:3]]
    batch = f'{{"ets":1700000000001,"params":{{"msgid":"m1"}},"events":[{",".join(spaced)}]}}'.encode()
    data = dataset(tmp_path / "d", [batch, *played[1]])
    source = SessionSource(data, DatasetPart(0, 1), CompletedSet(), how(verbatim=True, size=500))
    first = source.begin(0.0, is_past=True).prepare()

    assert f'"events":[{",".join(spaced)}]'.encode() in first.body
    assert (json.loads(first.body)["params"]["msgid"], json.loads(first.body)["ets"]) == ("m1", 1700000000001)
    assert first.events == 3
    rest = source.begin(0.0, is_past=True).prepare().body
    assert played[1][0] in rest
    assert source.is_over


def test_a_batch_sent_again_is_the_same(tmp_path, played):
    """The same batch comes again until the session goes on."""
    session = SessionSource(
        dataset(tmp_path / "d", played[0]), DatasetPart(0, 1), CompletedSet(), how()
    ).begin(0.0, is_past=True)

    assert session.prepare() == session.prepare()
    assert session.request().body == b""


# --- options ---


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"verbatim": True}, "--verbatim: it goes with --replay"),
        ({"unpaced": True}, "--unpaced: it goes with --replay"),
        ({"cursor": "c"}, "--cursor: it goes with --replay"),
        ({"replay": "d", "scenario": "practice"}, "--scenario practice: --replay d plays nothing"),
        ({"replay": "d", "unpaced": True, "rate": "5"}, "--unpaced and --rate both"),
        ({"replay": "d", "unpaced": True, "speed": 2.0}, "--speed 2.0: --unpaced"),
        ({"replay": "d", "rate": "5", "speed": 2.0}, "--speed 2.0: --rate alone"),
    ],
)
def test_contradictions_are_refused(said, why):
    """Options that do not go together are named, with what they contradict."""
    with pytest.raises(UsageError) as refused:
        Settings(**said)

    assert str(refused.value).startswith(why)


def test_a_cursor_of_something_else_is_refused(tmp_path, played):
    """A cursor goes on with its own dataset and options alone, under its own run."""
    data = dataset(tmp_path / "d.jsonl", played[0])
    path = tmp_path / "c"
    cursor = Cursor(path, data, {"verbatim": False}, "")
    cursor.done.add(0)
    cursor.write(0xABC)
    other = dataset(tmp_path / "e.jsonl", played[1])

    assert Cursor(path, data, {"verbatim": False}, "abc").run == 0xABC
    assert 0 in Cursor(path, data, {"verbatim": False}, "").done
    for arguments, why in [
        ((path, other, {"verbatim": False}, ""), "is of another dataset"),
        ((path, data, {"verbatim": True}, ""), "was written with --verbatim False, and now it is True"),
        ((path, data, {"verbatim": False}, "1"), "goes on with run 00000abc"),
        ((tmp_path / "d.jsonl", data, {}, ""), "is not a cursor"),
        ((tmp_path / "no" / "c", data, {}, ""), "its folder is missing"),
    ]:
        with pytest.raises(UsageError, match=why):
            Cursor(*arguments)
    assert [one.name for one in Path(tmp_path).iterdir() if one.name.startswith(".")] == []


def test_a_plan_of_a_replay_knows_its_dataset(tmp_path, played):
    """What is due when is the dataset's own pace, open as recorded and closed flat out, unless a rate is given."""
    path = str(dataset(tmp_path / "d.jsonl", played[0]).files[0])

    assert Plan(Settings(replay=path)).profile
    assert not Plan(Settings(replay=path, unpaced=True)).profile
    assert Plan(Settings(replay=path, rate="5k")).offered == "rate"


# --- judged ---


@pytest.mark.parametrize(
    ("change", "is_judgeable"),
    [
        ({}, True), ({"mid": "of another program"}, True), ({"mid": ""}, False), ({"mid": 7}, False),
        ({"mid": "of another program", "eid": ""}, False), ({"mid": "of another program", "eid": "log"}, False),
    ],
    ids=str,
)  # fmt: skip
def test_what_no_ledger_can_name_is_refused_before_the_run(tmp_path, played, change, is_judgeable):
    """With a ledger each event needs a mid, and an eid of which a new one is made; the first that has none is named."""
    lines = [*played[0][:2], json.dumps(json.loads(played[0][2]) | change).encode()]
    data = dataset(tmp_path / "d.jsonl", lines)

    if is_judgeable:
        check_ids(data, "ledgers")
    else:
        with pytest.raises(UsageError, match=r"d\.jsonl:3: 1 event has no mid.*Leave --ledger"):
            check_ids(data, "ledgers")


def test_what_is_left_out_needs_no_name(tmp_path, played):
    """An event that cannot be read is not sent, so a ledger need not name it."""
    data = dataset(tmp_path / "d.jsonl", [*played[0][:2], b'{"eid":"LOG","x":1e400}'])

    check_ids(data, "ledgers")


@pytest.mark.parametrize(
    ("recorded", "done", "words"),
    [
        ([0, 1], [0, 1], ""),
        ([0, 1, 2], [0, 1], "1 session of run 00000abc were sent before"),
        ([0], [0, 1], "has no record of 1 session"),
        ([], [0, 1], "has no record of 2 sessions"),
        ([], [], ""),
    ],
    ids=str,
)
def test_a_resumed_replay_that_cannot_be_judged_is_refused(tmp_path, played, recorded, done, words):
    """A verified replay goes on with an earlier run only if its ledgers are there and no session is sent once more."""
    data = dataset(tmp_path / "d.jsonl", played[0])
    cursor = Cursor(tmp_path / "c", data, {}, "")
    for number in done:
        cursor.done.add(number)
    cursor.run = 0xABC
    if recorded:
        header = Header(
            run=0xABC, worker=0, started=0.0, footfall="1", seed=1, contract="sunbird", form="wire", mark="",
            model="replay", scenarios={}, world="", options={},
        )  # fmt: skip
        writer = LedgerWriter(tmp_path / "ledgers", header)
        for number in recorded:
            writer.open(SessionStart(number, "", number, "", "", 0))
        writer.close()

    check_resumed(cursor, str(tmp_path / "ledgers"), "")
    if words:
        with pytest.raises(UsageError, match=words):
            check_resumed(cursor, str(tmp_path / "ledgers"), "embedded")
    else:
        check_resumed(cursor, str(tmp_path / "ledgers"), "embedded")
