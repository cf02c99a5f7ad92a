"""Sinks that are files: every shape and compression gives the same events, and what cannot be read says so."""

import bz2
import gzip
import io
import itertools
import json
import sys
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from small_run import MadeSink, all_of, event, findings, simple

from generator.collector.store import Store, WriteBatch
from generator.collector.store import read as read_store
from generator.errors import UsageError
from generator.verify.sink import lines
from generator.verify.sink.choose import sink_named, sinks_named
from generator.verify.sink.files import FileSink
from generator.verify.sink.message import events_in
from generator.verify.sink.sink import Text
from generator.verify.sink.store import StoreSink


def chunks_of(sink):
    """Give what a sink holds in chunks, its texts parted."""
    after = 1
    for part in sink.chunks():
        if isinstance(part, Text):
            first = 1 if part.is_first else after
            after = first + part.data.count(b"\n")
            yield part.part(part.data, first)
        else:
            yield part


def read(sink):
    """Give all events of a sink by kind, and what could not be read."""
    kinds, unread = {}, []
    for chunk in chunks_of(sink):
        kinds.setdefault(chunk.kind, []).extend(chunk.events)
        unread += chunk.unreadable
    return {kind: events for kind, events in kinds.items() if events}, unread


SHAPES = {
    "lines": b"\n".join,
    "lines, ended": lambda events: b"\n".join(events) + b"\n",
    "windows lines": b"\r\n".join,
    "after a byte order mark": lambda events: b"\xef\xbb\xbf" + b"\n".join(events),
    "blank lines between": b"\n\n  \n".join,
    "a list": lambda events: b"[" + b",".join(events) + b"]",
    "a list, an event a line": lambda events: b"[\n" + b",\n".join(events) + b"\n]\n",
    "batches": lambda events: b"\n".join(b'{"id":"b","events":[%b]}' % event for event in events),
    "obsrv": lambda events: (
        b"[" + b",".join(b'{"event":%b,"obsrv_meta":{}}' % event for event in events) + b"]"
    ),
    "a collector's lines": lambda events: b"\n".join(
        b'{"received":1,"event":%b}' % event for event in events
    ),
}
PACKED = {
    "plain": bytes, "gzip": gzip.compress, "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
}  # fmt: skip


class TestFiles:
    @pytest.mark.parametrize("packed", PACKED)
    @pytest.mark.parametrize("shape", SHAPES)
    def test_every_shape_gives_the_same_events(self, tmp_path, shape, packed):
        """However a program writes events, alone or in batches, packed or not: these events are found, byte for byte."""
        path = tmp_path / "x.jsonl"
        path.write_bytes(PACKED[packed](SHAPES[shape](all_of())))

        assert read(sink_named(str(path))) == ({"accepted": all_of()}, [])

    def test_indented_events_are_read(self, tmp_path):
        """Documents over several lines, as jq writes them, are read as what they say."""
        path = tmp_path / "x.json"
        path.write_text("\n".join(json.dumps(json.loads(one), indent=2) for one in all_of()))
        found, unread = read(sink_named(str(path)))

        assert ([json.loads(one) for one in found["accepted"]], unread) == (
            [json.loads(one) for one in all_of()],
            [],
        )

    @given(cut=st.integers(1, 400), block=st.integers(1, 700))
    def test_blocks_may_be_cut_anywhere(self, cut, block, tmp_path_factory):
        """Whatever the size of a block, each line is whole, and is read once; a last line may have no end."""
        data = (b"\n".join(all_of()) + b"\n")[:cut]
        before, lines.BLOCK = lines.BLOCK, block
        try:
            read_on = list(lines.blocks(io.BytesIO(data), "x"))
        finally:
            lines.BLOCK = before

        assert b"".join(read_on) == data
        assert all(one.endswith(b"\n") for one in read_on[:-1])

    @given(
        block=st.integers(1, 9000), sessions=st.integers(1, 4), in_store=st.booleans(), is_ended=st.booleans()
    )
    def test_a_block_ends_between_two_sessions(self, block, sessions, in_store, is_ended):
        """Neighbouring lines of one session are read together, up to as many bytes again as a block has."""
        heads = [b'{"received":%d,"event":' % at if in_store else b"" for at in range(sessions)]
        wholes = [
            b"".join(heads[at] + event(at, number) + b"}" * in_store + b"\n" for number in range(6))
            for at in range(sessions)
        ]
        data = b"".join(wholes)[: None if is_ended else -1]
        longest = max(map(len, data.splitlines(keepends=True)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "BLOCK", block)
            read_on = list(lines.blocks(io.BytesIO(data), "x"))

        assert b"".join(read_on) == data
        assert max(map(len, read_on)) <= 2 * block + 3 * longest
        if block >= max(map(len, wholes)):
            ends = {sum(map(len, wholes[:at])) for at in range(1, sessions)} | {len(data)}
            assert {*itertools.accumulate(map(len, read_on))} <= ends

    def test_lines_that_are_no_json_are_told_where_they_stand(self, tmp_path):
        """What cannot be read is passed over, with its line, and the rest is read."""
        path = tmp_path / "x.jsonl"
        path.write_bytes(b"\n".join([all_of()[0], b"oops", all_of()[1]]))
        found, unread = read(sink_named(str(path)))

        assert found == {"accepted": all_of()[:2]}
        assert [one.startswith(f"{path}:2: ") for one in unread] == [True]

    @pytest.mark.parametrize("pack", ["gzip", "zstd"])
    def test_a_stream_that_is_cut_off_cannot_be_read_to_its_end(self, tmp_path, pack):
        """What a cut-off file held is not known, so nothing can be judged by it."""
        path = tmp_path / "x.jsonl"
        path.write_bytes(PACKED[pack](b"\n".join(all_of(40)))[:-9])
        with pytest.raises(UsageError, match="cannot be read to its end"):
            read(sink_named(str(path)))

    def test_what_is_no_json_at_all_is_named(self, tmp_path):
        """Another compression is called by its name."""
        path = tmp_path / "x.jsonl"
        path.write_bytes(bz2.compress(b"{}"))
        with pytest.raises(UsageError, match="bzip2"):
            read(sink_named(str(path)))

    def test_globs_name_all_their_files_and_names_may_look_like_globs(self, tmp_path):
        """A pattern is read file by file in their order; a file whose name has brackets is that file."""
        for name, one in (("b.jsonl", 1), ("a[1].jsonl", 0)):
            (tmp_path / name).write_bytes(all_of()[one])

        assert read(sink_named(f"{tmp_path}/*.jsonl"))[0] == {"accepted": all_of()[:2]}
        assert read(sink_named(f"{tmp_path}/a[1].jsonl"))[0] == {"accepted": all_of()[:1]}

    def test_a_file_that_is_not_there_is_said(self, tmp_path):
        """No file is no empty sink."""
        with pytest.raises(UsageError, match="there is no such file"):
            read(sink_named(f"{tmp_path}/*.jsonl"))

    def test_standard_input_is_read(self, monkeypatch):
        """`-` is what is piped in."""
        stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"\n".join(all_of()))))
        monkeypatch.setattr(sys, "stdin", stdin)

        assert read(sink_named("-")) == ({"accepted": all_of()}, [])
        assert sink_named("-").described() == "standard input"

    def test_an_empty_file_is_an_empty_sink(self, tmp_path):
        """It holds nothing, and that can be read."""
        (tmp_path / "x").touch()

        assert read(sink_named(str(tmp_path / "x"))) == ({}, [])


@pytest.fixture
def store(tmp_path):
    """Give a folder, and what writes filings into it."""
    made = Store(tmp_path / "store", segment_bytes=3000)
    yield made
    made.close()


def filing(accepted, rejected=(), duplicate=(), received=1000, msgid="m", *, plain=True):
    return WriteBatch(
        received, msgid, list(map(Raw, accepted)), [(Raw(one), ['why "so"']) for one in rejected],
        [(Raw(one), "mid") for one in duplicate], plain,
    )  # fmt: skip


class TestStore:
    def test_it_gives_what_the_stores_own_reader_gives(self, store):
        """Kinds, events and receipt times are those that the collector wrote, whatever its ids look like."""
        events = all_of(4)
        for at, msgid in enumerate(["m" * 32, None, "x", 'with "quotes"', "n" * 32, "é"]):
            store.append([filing(events[at : at + 3], events[:at], events[at:at], 1000 + at, msgid)])
        store.append([filing([b'{"eid":"A",\n"mid":"b"}', b'{"a":"\xff"}'], plain=False)])
        own = [(one.kind, one.event, one.received) for one in read_store(store.directory)]
        chunks = list(chunks_of(StoreSink(store.directory)))

        assert [
            (chunk.kind, event, received)
            for chunk in chunks
            for event, received in zip(chunk.events, chunk.received, strict=True)
        ] == own
        assert not any(chunk.unreadable for chunk in chunks)

    def test_a_line_that_is_being_written_is_left_out(self, store):
        """A last line without its end was never acknowledged; a spoiled one within is told where it stands."""
        store.append([filing(all_of()[:2])])
        path = store.directory / "accepted-000001.jsonl"
        first, second = path.read_bytes().splitlines()
        path.write_bytes(first[:-9] + b"\n" + second + b"\n" + first[:40])
        found, unread = read(StoreSink(store.directory))

        assert found == {"accepted": all_of()[1:2]}
        assert [one.startswith(f"{path}:1: ") for one in unread] == [True]

    def test_it_gives_the_verdict_that_its_files_give(self, store):
        """The store as a store, and its file of accepted events as a file, hold the same."""
        store.append([filing(all_of()[1:])])
        as_store = findings(simple(), sink_named(str(store.directory)))
        as_file = findings(simple(), sink_named(f"{store.directory}/accepted-*.jsonl"))

        assert as_store.lost == as_file.lost == findings(simple(), MadeSink(all_of()[1:])).lost
        assert as_store.visible.events == 11

    def test_a_folder_that_is_gone_is_no_store(self, tmp_path):
        """It cannot be read, and so nothing can be said."""
        with pytest.raises(UsageError, match="there is no store"):
            read(StoreSink(tmp_path / "nothing"))


class TestChoice:
    def test_names_say_what_they_are(self, store, tmp_path):
        """A store, a topic, a table, a file: each is known by its name."""
        assert isinstance(sink_named(str(store.directory)), StoreSink)
        assert isinstance(sink_named(str(tmp_path / "x.jsonl")), FileSink)
        assert type(sink_named("kafka://127.0.0.1:9/raw")).__name__ == "KafkaSink"
        assert type(sink_named("x/*.parquet")).__name__ == "TableSink"

    def test_files_may_be_of_other_kinds(self, tmp_path):
        """A file of rejected or known events stands beside that of the accepted ones."""
        for at, name in enumerate(("a", "b", "c")):
            (tmp_path / name).write_bytes(all_of()[at])
        sinks = sinks_named(
            [f"{tmp_path}/a", f"rejected={tmp_path}/b", f"duplicate={tmp_path}/c"], "accepted"
        )
        events = all_of()

        assert list(sinks) == ["accepted"]
        assert read(sinks["accepted"])[0] == {
            "accepted": [events[0]], "rejected": [events[1]], "duplicate": [events[2]],
        }  # fmt: skip

    def test_each_stage_has_its_sink(self):
        """A stage before a sink is that sink's; without one it is the stage that the option names."""
        sinks = sinks_named(["raw=kafka://127.0.0.1:9/raw", "accepted=a.jsonl", "b.jsonl"], "unique")

        assert sorted(sinks) == ["accepted", "raw", "unique"]

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            (["a", "b"], "are found in a already"),
            (["raw=a", "raw=b"], "are found in a already"),
            (["raw="], "names no sink"),
            (["rejected=b"], "name the file of the accepted events as well"),
            (["kafka://127.0.0.1:9/raw", "rejected=b"], "is another kind of sink"),
            (["/"], "is no store of a collector"),
            (["foo=x"], "--against foo=x: foo is not a stage of a pipeline; choose one of accepted, ingest"),
            (["foo=own"], "foo is not a stage"),
            (["foo=/x.jsonl"], "foo is not a stage"),
            (["foo=kafka://127.0.0.1:9/t"], "foo is not a stage"),
            (["acepted=out/x.jsonl"], "acepted is not a stage of a pipeline; did you mean accepted"),
            (["Raw=x"], "did you mean raw"),
            (["duplicates=x", "a"], "did you mean duplicate"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, names, words):
        """Two sinks for one stage, a kind without its file, a folder that is no store: each has its sentence."""
        with pytest.raises(UsageError, match=words):
            sinks_named(names, "accepted")

    @pytest.mark.parametrize("name", ["day=1", "eid=START", "raw_day=1"])
    def test_a_word_before_an_equals_sign_may_be_part_of_a_path(self, tmp_path, monkeypatch, name):
        """A file that exists, and a folder of a partition, are named as they are, even if they contain `=`."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / f"{name}.jsonl").write_bytes(all_of()[0])
        (tmp_path / name).mkdir()
        (tmp_path / name / "part.jsonl").write_bytes(all_of()[1])

        for at, text in enumerate([f"{name}.jsonl", f"{name}/part.jsonl", f"{name}/*.jsonl"]):
            assert read(sinks_named([text], "accepted")["accepted"])[0]["accepted"] == [all_of()[min(at, 1)]]
        assert list(sinks_named(["day=2/part-*.jsonl"], "raw")) == ["raw"]


class TestMessages:
    @pytest.mark.parametrize(
        ("text", "events"),
        [
            (b'{"eid":"A"}', [b'{"eid":"A"}']),
            (
                b' [ {"eid":1} , {"events":[{"eid":2},{"event":{"eid":3}}]}]',
                [b'{"eid":1}', b'{"eid":2}', b'{"eid":3}'],
            ),
            (b'{"event":{"events":[{"eid":1}]}}', [b'{"eid":1}']),
            (b'{"eid":"A","events":[1]}', [b'{"eid":"A","events":[1]}']),
            (b'{"base64":"eyL/"}', [b'{"\xff']),
            (b'{"base64":5}', [b"5"]),
            (b'{"events":5}', [b'{"events":5}']),
            (b'{"events":[]}', []),
            (b"null", [b"null"]),
        ],
    )
    def test_the_events_of_a_message_are_given_as_they_stand(self, text, events):
        """An event, a batch, a list, an event under its name, and these within each other."""
        assert events_in(text) == events

    @pytest.mark.parametrize(
        "text", [b"", b"{", b"[" * 100_000 + b"]" * 100_000, b'{"event":' * 100_000 + b"1" + b"}" * 100_000, b"{}x"]
    )  # fmt: skip
    def test_what_is_no_json_is_refused(self, text):
        """Cut off, nested beyond all measure, more than one value: a ValueError with a sentence."""
        with pytest.raises(ValueError, match=r"\w"):
            events_in(text)

    def test_a_long_line_is_refused(self, tmp_path, monkeypatch):
        """A line that cannot be held is said rather than held."""
        monkeypatch.setattr(lines, "LARGEST_PIECE", 100)
        monkeypatch.setattr(lines, "BLOCK", 50)
        Path(tmp_path / "x").write_bytes(event(0, 0) * 9)
        with pytest.raises(UsageError, match="a line of more than 100 bytes"):
            read(sink_named(str(tmp_path / "x")))
