"""An endpoint with server faults records what it did, exactly: over seeds, shares, resendings, and kills at any byte."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from faulty_collector import (
    Sent,
    assert_records_are_the_difference,
    assert_store_shows_the_records,
    kept,
    post_all,
    post_until_acked,
    records_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from talking import batch, event

from generator.collector.server_faults import FaultRecord, ServerFaults, read
from generator.collector.server_faults.fault_record import lines
from generator.collector.store import Store, WriteBatch
from generator.errors import UsageError

FILES = ("faults", "accepted", "rejected", "duplicate", "batches")
SHARES = st.sampled_from([0.0, 0.1, 0.3])


@st.composite
def asked(draw):
    """Draw what is asked for; no batch fails for ever."""
    names = ("lose", "duplicate", "alter", "reorder", "fail", "close_after_read")
    shares = {name: draw(SHARES) for name in names}
    return ServerFaults(**shares, seed=draw(st.integers(0, 2**63 - 1)))


@settings(max_examples=40, deadline=None)
@given(
    asked=asked(), sizes=st.lists(st.integers(0, 6), min_size=1, max_size=8), attempts=st.integers(1, 3),
    mode=st.sampled_from(["sunbird", "strict"]),
)  # fmt: skip
def test_the_records_are_the_difference_between_acknowledged_and_stored(asked, sizes, attempts, mode):
    """Whatever is asked for and however often a batch is sent again, the store holds what was acknowledged, but for the records."""
    batches = [Sent(number, size) for number, size in enumerate(sizes)]
    with tempfile.TemporaryDirectory() as folder:
        acked = post_until_acked(Path(folder), asked, batches, attempts, mode)

        assert_records_are_the_difference(Path(folder), batches, acked)


@settings(max_examples=40, deadline=None)
@given(asked=asked(), part=st.floats(0, 1))
def test_a_kill_at_any_byte_leaves_the_record_exact(asked, part):
    """Deeds that a kill left undone are not told, those that it left half done are told by half; sent again, all is well."""
    first, second = [Sent(number) for number in range(3)], [Sent(number) for number in range(3, 6)]
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        post_all(store, asked, [each.body for each in first])
        before = sizes_of(store)
        post_all(store, asked, [each.body for each in second])
        cut_off(store, before, part)
        assert_store_shows_the_records(store, first + second)

        acked = post_until_acked(store, asked, first + second, 100)
        assert_records_are_the_difference_but_for_order(store, first + second, acked)


def sizes_of(store):
    """Give each segment's size in bytes."""
    return {name: (store / f"{name}-000001.jsonl").stat().st_size for name in FILES}


def cut_off(store, before, part):
    """Leave only a part of what was written since, in the order in which it was written: the mark comes last."""
    after = sizes_of(store)
    mark = len(b'{"kind":"settled","when":0}\n')
    settled = (store / "faults-000001.jsonl").read_bytes().endswith(b'{"kind":"settled","when":0}\n')
    after["faults"] -= mark if settled else 0
    left = round(part * (sum(after.values()) - sum(before.values())))
    for name in FILES:
        size = min(after[name], before[name] + left)
        left -= size - before[name]
        with (store / f"{name}-000001.jsonl").open("r+b") as file:
            file.truncate(size)


def assert_records_are_the_difference_but_for_order(store, batches, acked):
    """As its namesake; the order of a batch that was stored in two goes is not told whole."""
    found, records = kept(store), records_of(store)
    assert_store_shows_the_records(store, batches)
    assert acked == {each.msgid for each in batches}
    assert set(found) == {mid for each in batches for mid in each.events} - set(records.lost)
    for record in records.all:
        if record.kind == "reordered":
            places = [found[mid][0][0] for mid in record.mids]
            assert places == sorted(places)


def test_an_event_meets_one_fate_and_the_shares_are_kept(tmp_path):
    """With shares that add up to one, each event is lost, duplicated or altered, about as often as asked."""
    asked = ServerFaults(lose=0.5, duplicate=0.3, alter=0.2, seed=11)
    batches = [Sent(number, 100) for number in range(10)]
    acked = post_until_acked(tmp_path, asked, batches, 1)

    assert_records_are_the_difference(tmp_path, batches, acked)
    records = records_of(tmp_path)
    counts = [len(each) for each in (records.lost, records.duplicated, records.altered)]
    assert sum(counts) == 1000
    assert all(abs(count - share) < 60 for count, share in zip(counts, (500, 300, 200), strict=True))


def test_a_batch_that_failed_gets_through_when_it_is_sent_again(tmp_path):
    """A batch is drawn for anew with each attempt, also after a restart: half of them fail, and none for ever."""
    asked = ServerFaults(fail=0.5, seed=3)
    batches = [Sent(number, 1) for number in range(20)]
    statuses = post_all(tmp_path, asked, [each.body for each in batches])
    acked = post_until_acked(tmp_path, asked, batches, 30)

    assert set(statuses) == {200, 500}
    assert acked == {each.msgid for each in batches}
    assert_records_are_the_difference(tmp_path, batches, acked)


def test_what_is_sent_again_is_a_duplicate_whatever_was_done_to_it(tmp_path):
    """The records do not reach the dedup: an event that was lost, doubled or altered is known when it comes again."""
    asked = ServerFaults(lose=0.4, duplicate=0.3, alter=0.3)
    one = Sent(1, 10)
    again = batch(list(one.events.values()), "another")
    post_all(tmp_path, asked, [one.body, one.body, again])
    records = records_of(tmp_path)

    assert sum(map(len, (records.lost, records.duplicated, records.altered))) == 10
    assert len(records.all) == 11
    assert_records_are_the_difference(tmp_path, [one], {one.msgid})


def test_only_valid_new_events_are_touched(tmp_path):
    """What is rejected anyway stays as it is, and is no record."""
    asked = ServerFaults(lose=1.0)
    post_all(tmp_path, asked, [batch([event(1), event(2, ver="x")], "mixed")])

    assert [each.mids for each in read(tmp_path) if each.kind == "lost"] == [(event(1)["mid"],)]
    assert (tmp_path / "rejected-000001.jsonl").read_bytes().count(b"\n") == 1


def test_a_strict_endpoint_that_closes_stores_nothing_of_a_bad_batch(tmp_path):
    """What would have been refused is closed without being stored, and its one record says so."""
    asked = ServerFaults(close_after_read=0.5, seed=1)
    bad = {f"bad-{number}": batch([event(number, ver="x")], f"bad-{number}") for number in range(20)}
    good = {f"good-{number}": batch([event(number)], f"good-{number}") for number in range(20)}
    bodies = {msgid: body for pair in zip(bad.items(), good.items(), strict=True) for msgid, body in pair}
    statuses = dict(zip(bodies, post_all(tmp_path, asked, bodies.values(), "strict"), strict=True))
    closed = {each.msgid: each.stored for each in read(tmp_path) if each.kind == "closed"}

    assert {msgid for msgid, status in statuses.items() if status is None} == set(closed)
    assert {statuses[msgid] for msgid in bad} == {None, 400}
    assert {stored for msgid, stored in closed.items() if msgid in bad} == {False}
    assert {stored for msgid, stored in closed.items() if msgid in good} == {False, True}
    assert len(list(read(tmp_path))) == len(closed) + 1


@pytest.mark.parametrize("seed", range(4))
def test_another_order_is_never_the_same(tmp_path, seed):
    """Two events can only be stored the other way round, and are; one alone has no order."""
    post_all(tmp_path, ServerFaults(reorder=1.0, seed=seed), [Sent(1, 2).body, Sent(2, 1).body])

    assert [each.mids for each in read(tmp_path)][1:] == [tuple(Sent(1, 2).events)[::-1]]


def test_a_full_disk_leaves_neither_event_nor_record(tmp_path, monkeypatch, capsys):
    """Where the events cannot be written their records are taken back, and the batch is answered with 500."""

    def refuse(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "append", refuse)
        statuses = post_all(tmp_path, ServerFaults(duplicate=1.0), [Sent(1).body])
    assert statuses == [500]
    assert [each["kind"] for each in read_lines(tmp_path)] == ["begun"]
    assert "No space left" in capsys.readouterr().err

    acked = post_until_acked(tmp_path, ServerFaults(duplicate=1.0), [Sent(1)], 1)
    assert_records_are_the_difference(tmp_path, [Sent(1)], acked)


def test_records_are_on_disk_before_their_events(tmp_path, monkeypatch):
    """When the store begins to write, the records about these events stand in their segment already."""
    append, present = Store.append, []

    def look(store, write_batches):
        present.extend(read_lines(store.directory))
        append(store, write_batches)

    monkeypatch.setattr(Store, "append", look)
    post_all(tmp_path, ServerFaults(lose=0.5, duplicate=0.5), [Sent(1).body])

    assert [each["kind"] for each in present] == [each.kind for each in read(tmp_path)]
    assert [each["kind"] for each in read_lines(tmp_path)][-1] == "settled"


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (FaultRecord("lost", 1, "m", ("there",)), False),
        (FaultRecord("lost", 1, "m", ("gone",)), True),
        (FaultRecord("duplicated", 1, "m", ("there",)), False),
        (FaultRecord("duplicated", 1, "m", ("twice",)), True),
        (FaultRecord("duplicated", 1, "m", ("gone",)), False),
        (FaultRecord("altered", 1, "m", ("there",), "$.x", 1, 2), True),
        (FaultRecord("altered", 1, "m", ("there",), "$.x", 2, 3), False),
        (FaultRecord("altered", 1, "m", ("gone",), "$.x", 1, 2), False),
        (FaultRecord("reordered", 1, "m", ("twice", "there")), False),
        (FaultRecord("reordered", 1, "m", ("there", "twice")), True),
        (FaultRecord("failed", 1, "m", ("gone",)), True),
        (FaultRecord("closed", 1, "m", ("there", "gone"), stored=True), True),
    ],
    ids=str,
)
def test_a_record_that_is_not_settled_is_read_if_the_store_shows_it(tmp_path, record, told):
    """After a kill the store has the last word on what was about to be done."""
    events = [b'{"eid":"END","mid":"there","x":2}', *[b'{"eid":"END","mid":"twice"}'] * 2]
    stored = [Raw(each) for each in events]
    store = Store(tmp_path)
    store.append([WriteBatch(1, "m", stored, [], [], True)])
    store.close()
    (tmp_path / "faults-000001.jsonl").write_bytes(lines([record]))

    assert list(read(tmp_path)) == ([record] if told else [])


def test_a_closed_batch_of_which_nothing_is_there_was_not_stored(tmp_path):
    """A kill before the events were written leaves a record that says so."""
    (tmp_path / "faults-000001.jsonl").write_bytes(
        lines([FaultRecord("closed", 1, "m", ("gone",), stored=True)])
    )

    assert list(read(tmp_path)) == [FaultRecord("closed", 1, "m", ("gone",))]


def read_lines(store):
    """Give the lines of the records as they stand there."""
    return [json.loads(line) for line in (store / "faults-000001.jsonl").read_bytes().splitlines()]


def test_a_store_without_records_has_none_and_one_that_is_missing_is_named(tmp_path):
    """A healthy endpoint's store has no records; a missing store and a spoiled line are named with their place."""
    assert list(read(tmp_path)) == []
    with pytest.raises(UsageError, match="no such store"):
        list(read(tmp_path / "nowhere"))
    (tmp_path / "faults-000001.jsonl").write_bytes(b'{"kind":"stolen","when":1}\n')
    with pytest.raises(UsageError, match=r"faults-000001\.jsonl, line 1 is spoiled"):
        list(read(tmp_path))
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"lose": "2"}, "--lose 2.0: a share is from 0 to 1. Write 0.02 for one in fifty"),
        ({"alter": "much"}, "--alter much: a share is from 0 to 1"),
        ({"fail": "nan"}, "--fail nan: a share"),
        ({"close_after_read": "-1"}, "--close-after-read -1.0: a share"),
        (
            {"lose": "0.6", "alter": "0.6"},
            "--lose 0.6 --duplicate 0 --alter 0.6: the shares add up to more than 1",
        ),
        ({"delay": "50"}, "--delay 50: a duration has a unit"),
        ({"delay": "5h"}, "--delay 5h: a duration has a unit"),
        ({"delay": "61m"}, "--delay 61m: .*at most an hour"),
        ({"delay": "50ms..1ms"}, r"--delay 50ms\.\.1ms: the shorter duration comes first. Write 1ms\.\.50ms"),
        ({"stall": "3s"}, "--stall 3s: a duration has a unit .*Write 3s@10s"),
        ({"stall": "10s@3s"}, "--stall 10s@3s: the stall must be longer than 0 s"),
        ({"stall": "0s@3s"}, "--stall 0s@3s: the stall must be longer than 0 s"),
        ({"seed": "x"}, "--fault-seed x: a seed is a whole number"),
        ({"seed": "-1"}, "--fault-seed -1: a seed is a whole number"),
    ],
)
def test_what_makes_no_sense_is_named_with_the_way_out(texts, said):
    """A wrong share, duration or seed is one line with its option and value."""
    with pytest.raises(UsageError, match=said):
        ServerFaults.parse(texts)


@given(asked=asked(), delay=st.sampled_from(["", "5ms", "1.5s..1m"]), stall=st.sampled_from(["", "3s@10s"]))
def test_options_read_back_as_the_same(asked, delay, stall):
    """What a child process is told is what its parent was told."""
    whole = ServerFaults(**(asked.__dict__ | {"delay": delay, "stall": stall}))
    words = whole.options()
    names = [word.removeprefix("--").replace("-", "_").replace("fault_", "") for word in words[::2]]

    assert ServerFaults.parse(dict(zip(names, words[1::2], strict=True))) == whole
