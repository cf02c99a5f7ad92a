"""The segments, their reader, and the windows in which a second sight is known."""

import pytest
from msgspec import Raw

from generator.collector.dedup_window import GENERATION, DedupWindow
from generator.collector.store import Store, WriteBatch, read
from generator.errors import UsageError

HOUR = 60 * 60 * 1000


def write_batch(number, *, accepted=(), rejected=(), duplicate=()):
    """File some bytes."""
    return WriteBatch(
        number, f"m{number}", [Raw(raw) for raw in accepted], [(Raw(raw), ["why"]) for raw in rejected],
        [(Raw(raw), "twice") for raw in duplicate], True,
    )  # fmt: skip


def test_segments_rotate_by_size_and_read_in_order(tmp_path):
    """A full segment is left alone and the next begun; the reader gives all in the order of their coming."""
    store = Store(tmp_path, segment_bytes=200)
    for number in range(50):
        store.append([write_batch(number, accepted=[b'{"n":%d}' % number])])
    store.close()

    assert len(list(tmp_path.glob("accepted-*.jsonl"))) > 5
    assert [each.event for each in read(tmp_path)] == [b'{"n":%d}' % number for number in range(50)]


def test_a_reopened_store_goes_on_where_it_ended(tmp_path):
    """Closing and opening loses and repeats nothing."""
    for number in range(3):
        store = Store(tmp_path, segment_bytes=100)
        store.append([write_batch(number, accepted=[b"1"], rejected=[b"2"], duplicate=[b"3"])])
        store.close()

    kept = list(read(tmp_path))
    assert [(each.kind, each.received) for each in kept] == [
        (kind, number) for kind in ("accepted", "rejected", "duplicate") for number in range(3)
    ]
    assert [each.reasons for each in kept] == [()] * 3 + [("why",)] * 3 + [("twice",)] * 3


@pytest.mark.parametrize("torn", [b"{", b'{"received":1,"msgid":"x","event":{}}', b"x" * 200_000])
def test_a_torn_last_line_is_left_out_and_cut_off(tmp_path, capsys, torn):
    """What a killed writer left of a line is not read, and the next writer cuts it off and says so."""
    store = Store(tmp_path)
    store.append([write_batch(1, accepted=[b"1", b"2"])])
    store.close()
    segment = tmp_path / "accepted-000001.jsonl"
    whole = segment.read_bytes()
    segment.write_bytes(whole + torn)

    assert [each.event for each in read(tmp_path)] == [b"1", b"2"]
    Store(tmp_path).close()
    assert segment.read_bytes() == whole
    assert f"cut {len(torn)} bytes" in capsys.readouterr().err


def test_a_store_has_one_writer_and_any_number_of_readers(tmp_path):
    """A second collector on the same store is refused with the first one's process; reading goes on."""
    store = Store(tmp_path)
    store.append([write_batch(1, accepted=[b"1"])])
    with pytest.raises(UsageError, match=r"written by another collector \(process \d+\).*--store"):
        Store(tmp_path)

    assert len(list(read(tmp_path))) == 1
    store.close()


def test_one_segment_can_be_read_alone(tmp_path):
    """The reader takes a segment's path as well as a store's; what does not exist is said."""
    store = Store(tmp_path)
    store.append([write_batch(1, accepted=[b"1"], rejected=[b"2"])])
    store.close()

    assert [each.event for each in read(tmp_path / "rejected-000001.jsonl")] == [b"2"]
    with pytest.raises(UsageError, match="no such store"):
        list(read(tmp_path / "nowhere"))


def test_a_spoiled_line_is_named_by_the_reader_and_passed_over_by_a_restart(tmp_path, capsys):
    """A line spoiled in the middle stops the reader with its place, and does not stop a collector."""
    store = Store(tmp_path)
    store.append([write_batch(1, accepted=[b'{"eid":"END","mid":"a"}', b'{"eid":"END","mid":"b"}'])])
    segment = tmp_path / "accepted-000001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'{"received"', b"\0\0", 1))

    with pytest.raises(UsageError, match="line 1 is spoiled"):
        list(read(tmp_path))
    assert list(store.mids_since(0)) == [(1, "b")]
    assert "is skipped" in capsys.readouterr().err
    store.close()


def test_only_what_came_since_an_instant_is_recalled(tmp_path):
    """A restart asks for the last hour alone."""
    store = Store(tmp_path)
    for number in (10, 20):
        store.append([write_batch(number, accepted=[b'{"eid":"END","mid":"mid%d"}' % number])])

    assert list(store.mids_since(20)) == [(20, "mid20")]
    assert list(store.msgids_since(11)) == [(20, "m20")]
    store.close()


@pytest.mark.parametrize("start", [0, 1, GENERATION - 1, GENERATION // 2])
def test_the_window_knows_an_hour_and_forgets_after_ninety_minutes(start):
    """Whenever it was seen, an id is known 60 minutes later and new 90 minutes later."""
    for age, known in (
        (1, True),
        (HOUR - 1, True),
        (HOUR, True),
        (HOUR * 3 // 2, False),
        (HOUR * 100, False),
    ):
        window = DedupWindow()
        window.rotate(10 * HOUR)
        window.rotate(10 * HOUR + start)
        window.add(["id"])
        for step in range(0, age, GENERATION // 3):
            window.rotate(10 * HOUR + start + step)
        window.rotate(10 * HOUR + start + age)

        assert ("id" in window) is known


def test_the_window_is_bounded_and_says_when_it_forgets_early():
    """More ids than it may hold push the oldest out, and that is counted."""
    window = DedupWindow(most=10)
    for number in range(100):
        window.rotate(HOUR)
        window.add([str(number)])

    assert len(window) <= 30
    assert window.shortened > 0
    assert "99" in window


def test_what_could_not_be_stored_is_forgotten():
    """A forgotten id is new again, and the others are not."""
    window = DedupWindow()
    window.add(["a", "b"])
    window.discard(["a"])

    assert ("a" in window, "b" in window) == (False, True)
    assert not window.all_new(["c", "c"])
