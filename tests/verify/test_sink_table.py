"""The table of sinks: layout by reader, each row with the only true outcomes; and what holds of all layouts."""

import gzip
import io
import os
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path

import duckdb
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from laid_run import ALL, all_sent, altered, judged
from layouts import JSON, TABLES, UNKNOWN, WRAPPERS, table

from generator.errors import UsageError
from generator.verify.sink import tables

FILES = Path(__file__).parent.parent / "data" / "sinks"
READABLE = JSON | TABLES
WRITTEN = {
    "pandas.parquet": "", "pandas-times.parquet": "", "pandas-flat.parquet": "", "pandas.jsonl": "", "pandas-records.json": "",
    "pandas-json.csv": "", "pandas-text.csv": "", "polars.parquet": "", "polars-ndjson.parquet": "", "polars.jsonl": "",
    "pyarrow.parquet": "", "pyarrow-json.parquet": "", "pyarrow-capitals.parquet": "",
    "pandas.csv": "is not JSON", "pyarrow.feather": "is an Arrow file", "pyarrow.orc": "is an ORC file",
    "fastavro.avro": "is an Avro file", "sqlite.db": "is a database of SQLite", "delta/*.parquet": "is a table of Delta",
}  # fmt: skip
"""What other libraries wrote, see `write.py` there: delivered, or unknown with these words."""


@pytest.fixture(autouse=True, scope="module")
def one_database():
    """Tables are read through one database in memory: a new one for each of a thousand small files takes 20 ms."""
    opened = tables._opened(duckdb)
    with pytest.MonkeyPatch.context() as patched, opened:
        patched.setattr(tables, "_opened", lambda _: opened.cursor())
        yield


def assert_delivered(seen):
    assert (seen.outcome, seen.found, seen.compared) == ("delivered", ALL, ALL), seen
    assert seen.lost.events == seen.missing.events == seen.altered.events == seen.foreign == 0


def assert_unknown(seen, words):
    assert seen.outcome == "unknown", seen
    assert words in seen.why_unknown
    assert seen.lost.events == seen.altered.events == seen.duplicated.events == 0


@pytest.mark.parametrize("layout", READABLE)
def test_a_layout_that_is_read_gives_the_verdict_of_its_events(layout, tmp_path):
    """Whatever the layout: the whole run is delivered; without one event it is lost, with one twice or changed that is told."""
    for number, (events, expected) in enumerate([
        (all_sent(), (0, 0, 0)),
        (all_sent()[:9] + all_sent()[10:], (1, 0, 0)),
        ((*all_sent(), all_sent()[3]), (0, 1, 0)),
        ((*all_sent()[:5], altered(all_sent()[5]), *all_sent()[6:]), (0, 0, 1)),
    ]):  # fmt: skip
        (tmp_path / str(number)).mkdir()
        seen = judged(str(READABLE[layout](events, tmp_path / str(number))))

        assert (seen.lost.events, seen.duplicated.events, seen.altered.events) == expected, seen
        assert seen.missing.events == seen.unexpected.events == 0
        if not any(expected):
            assert_delivered(seen)
        else:
            assert seen.outcome == "failed"


@pytest.mark.parametrize("layout", READABLE)
def test_a_layout_that_is_read_gives_its_ids_alone_too(layout, tmp_path):
    """Without contents every event is found by its id, in any layout, and one that is gone is lost."""
    for number, (events, lost) in enumerate([(all_sent(), 0), (all_sent()[:9] + all_sent()[10:], 1)]):
        (tmp_path / str(number)).mkdir()
        seen = judged(str(READABLE[layout](events, tmp_path / str(number))), contents=False)

        assert (seen.found, seen.lost.events, seen.compared) == (ALL - lost, lost, 0), seen
        assert seen.missing.events == seen.duplicated.events == seen.unexpected.events == 0


def piped(data, pipe):
    """Give a named pipe into which a thread writes data once."""
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_bytes, args=(data,), daemon=True).start()
    return str(pipe)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_pipe_is_read_as_a_file_is(tmp_path, pack):
    """A named pipe is read once, from its beginning to its end, also if what comes from it is compressed."""
    seen = judged(piped(pack(b"\n".join(all_sent())), tmp_path / "pipe"))

    assert_delivered(seen)


def test_what_standard_input_gives_is_unpacked(monkeypatch):
    """What is piped to standard input may be compressed as a file may be."""
    data = zstandard.ZstdCompressor().compress(b"\n".join(all_sent()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))

    assert_delivered(judged("-"))


def test_a_device_that_is_empty_is_an_empty_sink(tmp_path):
    """The null device is read like an empty file, and a table is not read from a pipe at all."""
    os.mkfifo(tmp_path / "x.parquet")

    assert judged("/dev/null").lost.events == ALL
    assert_unknown(judged(f"{tmp_path}/x.parquet"), "is a pipe or a device")


@pytest.mark.parametrize("layout", UNKNOWN)
def test_a_layout_that_is_not_understood_is_unknown(layout, tmp_path):
    """What holds no event that is understood, or may hold those that are missing, is unknown with its reason, never lost."""
    write, words = UNKNOWN[layout]

    assert_unknown(judged(str(write(all_sent(), tmp_path))), words)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_libraries_write_is_read_or_named(name):
    """Files of pandas, polars, pyarrow, Delta, Avro and SQLite with the run: each is delivered, or unknown with its reason."""
    seen = judged(f"{FILES}/{name}")
    if WRITTEN[name]:
        assert_unknown(seen, WRITTEN[name])
    else:
        assert_delivered(seen)


def test_what_is_left_out_is_said(tmp_path):
    """Links, path keys and further columns are left out, each with a note; a column that was sent is none of these."""
    linked = judged(str(JSON["a file of three names"](all_sent(), tmp_path)))
    (tmp_path / "t").mkdir()
    columns = judged(str(TABLES["columns beside others"](all_sent(), tmp_path / "t")))
    (tmp_path / "p").mkdir()
    keys = judged(str(JSON["partitions by eid"](all_sent(), tmp_path / "p")))

    assert [note.partition(" is the same file as ")[2] for note in linked.notes] == [
        f"{tmp_path}/a.jsonl: read once"
    ] * 2
    assert columns.notes == [
        "further columns (shard, source, stored) count only in events that were sent with such a member"
    ]
    assert keys.notes == ["the folders' day: not part of an event, left out"]


def test_a_table_of_ids_proves_ids(tmp_path):
    """A table with eid and mid, and without contents, is unknown for contents, delivered if ids are enough; losses are lost."""
    write = table("SELECT eid, mid, ets FROM fields")
    (tmp_path / "less").mkdir()
    path, less = write(all_sent(), tmp_path), write(all_sent()[1:], tmp_path / "less")

    assert_unknown(
        judged(str(path)), "found by id; contents of 24 events not compared: the table has an event's ids"
    )
    assert judged(str(path), contents=False).outcome == "delivered"
    assert judged(str(less)).lost.events == 1


def test_a_lake_that_drops_empty_objects_is_read_without_them(tmp_path):
    """A writer that cannot keep an object without members alters the event, unless its path is ignored."""
    dropped = [one.replace(b'"rollup":{"l1":"a"}', b'"rollup":null') for one in all_sent()]
    path = JSON["a line each: as sent"](dropped, tmp_path)

    assert judged(str(path)).altered.events == ALL
    assert judged(str(path), ignored=["context.rollup"]).outcome == "delivered"


@pytest.mark.parametrize("contents", [True, False])
def test_events_of_others_hide_none_on_their_line(tmp_path, contents):
    """An event of another run, with one of this run behind it on the line, is not taken for the line."""
    of_others = b'{"eid":"LOG","ets":1700000000000,"ver":"3.1","mid":"LOG:%b"}' % (b"0" * 32)
    (tmp_path / "x.json").write_bytes(b"\n".join(of_others + one for one in all_sent()))
    seen = judged(str(tmp_path / "x.json"), contents=contents)

    assert (seen.outcome, seen.found, seen.foreign, seen.held) == ("delivered", ALL, ALL, 2 * ALL)


def test_a_folder_with_a_log_is_named(tmp_path):
    """The folder of a Delta table is refused with the way out."""
    (tmp_path / "_delta_log").mkdir()
    with pytest.raises(UsageError, match="is a table of Delta"):
        judged(str(tmp_path))


def test_the_table_is_long():
    """The table has every row that it promises."""
    assert len(READABLE) + len(UNKNOWN) + len(WRITTEN) > 100


# --- whatever the layout ------------------------------------------------------------------------------

SEAMS = [b"\n", b"\r\n", b"\n\n", b" ", b"", b",\n", b" , ", b"\n \t"]
PACKED = {"plain": bytes, "gzip": gzip.compress}


@st.composite
def relaid(draw):
    """Draw how the run lies in files: in any order and number of files, each event wrapped in any way, any seams."""
    events = draw(st.permutations(all_sent()))
    ends = sorted(draw(st.lists(st.integers(0, ALL), max_size=3)))
    files = []
    for start, end in zip([0, *ends], [*ends, ALL], strict=True):
        wraps = draw(st.lists(st.sampled_from(sorted(WRAPPERS)), min_size=end - start, max_size=end - start))
        files.append([WRAPPERS[wrap](one) for wrap, one in zip(wraps, events[start:end], strict=True)])
    seams = draw(st.lists(st.sampled_from(SEAMS), min_size=len(files), max_size=len(files)))
    pack = draw(st.sampled_from(sorted(PACKED)))
    return [PACKED[pack](seam.join(texts)) for seam, texts in zip(seams, files, strict=True)]


def judged_files(files):
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(files):
            (Path(folder) / f"{number}.json").write_bytes(data)
        return judged(f"{folder}/*.json")


@given(files=relaid())
def test_no_other_layout_of_a_whole_sink_is_lost_or_altered(files):
    """However a whole sink is laid out anew, every event is found once, and as it was sent."""
    assert_delivered(judged_files(files))


def is_whole(data):
    """Tell in the plainest way whether a file still has every event, each on a line of its own."""
    return set(all_sent()) <= {line.strip() for line in data.split(b"\n")}


@st.composite
def damage(draw, size):
    """Draw a change of a file: bytes cut out, written over, or the end cut off."""
    start = draw(st.integers(0, size - 1))
    length = draw(st.sampled_from([1, 2, 7, 60, 600, 6000, size]))
    filler = draw(st.sampled_from([b"", b"", b"}", b"\n", b"}\n{", b"\0", b"x", b'"']))
    return start, start + length, filler


@given(data=st.data())
def test_no_damage_to_a_file_is_delivered(data):
    """Whatever is cut out of a file or written over in it: delivered is said only if every event still stands there."""
    text = b"\n".join(all_sent()) + b"\n"
    start, end, filler = data.draw(damage(len(text)))
    spoilt = text[:start] + filler + text[end:]
    seen = judged_files([spoilt])

    assert (seen.outcome == "delivered") <= is_whole(spoilt), seen
    assert (seen.outcome == "failed") <= (not is_whole(spoilt))
    assert not seen.held or seen.found + seen.missing.events + seen.lost.events == ALL


@cache
def packed(layout):
    """Give the bytes of a file of the whole run, and the ending of its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(READABLE[layout](all_sent(), Path(folder)))
        return path.read_bytes(), path.suffix


@given(
    layout=st.sampled_from(["text", "columns", "nested columns", "gzip", "zstd"]),
    part=st.floats(0, 1, exclude_max=True),
)
def test_a_packed_file_that_is_cut_off_is_neither_lost_nor_delivered(layout, part):
    """A table or a compressed file that is cut off anywhere is unknown: what stood behind is not known to be missing."""
    data, ending = packed(layout)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{ending}"
        path.write_bytes(data[: max(1, int(len(data) * part))])
        seen = judged(str(path))

    assert seen.outcome == "unknown", seen
    assert seen.lost.events == 0


@given(
    layout=st.sampled_from(sorted(READABLE)),
    lost=st.sets(st.integers(0, ALL - 1), max_size=4), changed=st.sets(st.integers(0, ALL - 1), max_size=3),
    order=st.permutations(range(ALL)),
)  # fmt: skip
def test_the_verdict_is_of_the_events_and_not_of_their_layout(layout, lost, changed, order):
    """In every layout exactly what is gone is lost, and exactly what was changed is altered, in whatever order it lies."""
    events = [altered(all_sent()[at]) if at in changed else all_sent()[at] for at in order if at not in lost]
    with tempfile.TemporaryDirectory() as folder:
        seen = judged(str(READABLE[layout](events, Path(folder))))

    assert (seen.lost.events, seen.altered.events) == (len(lost), len(changed - lost)), seen
    assert seen.outcome == ("failed" if lost | changed else "delivered")
    assert seen.duplicated.events == seen.missing.events == seen.unexpected.events == 0
