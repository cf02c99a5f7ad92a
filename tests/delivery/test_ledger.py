import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.delivery.receipt import ACKED, rejected, unknown
from generator.errors import LedgerError, UsageError
from generator.ledger import LedgerEnd, LedgerWriter, Sent, SessionLease, SessionStart, discover, read
from generator.ledger.writer import LONGEST_REASON, MOST_REASONS
from tests.delivery.written import HEADER, ledger_of, records, run_of

OPENING = SessionStart(0, "practice", 4096, "u", "d", 5)


def said_by(path):
    return list(read(path).records())


class TestRoundTrip:
    @given(said=st.lists(st.none() | records))
    def test_what_is_written_is_read(self, tmp_path_factory, said):
        """Any records, flushed at any moments, are read back as they were, in their order, and an end behind them."""
        path = ledger_of(tmp_path_factory.mktemp("ledger"), said)

        *found, end = said_by(path)
        assert found == [record for record in said if record]
        sent = [record for record in found if isinstance(record, Sent)]
        openings = sum(isinstance(record, SessionStart) for record in found)
        assert end == LedgerEnd(openings, len(sent), sum(record.events for record in sent))
        assert read(path).is_whole

    def test_the_header_is_read(self, tmp_path):
        """The header comes back as it was, and can be had without the records."""
        assert read(ledger_of(tmp_path, [])).header == HEADER

    def test_many_records_are_read_as_a_stream(self, tmp_path):
        """More records than a block holds come back too, and again when they are asked for again."""
        said = [record for record in run_of(5000) if record]
        ledger = read(ledger_of(tmp_path, said))

        assert list(ledger.records())[:-1] == said
        assert sum(1 for _ in ledger.records()) == len(said) + 1
        assert (ledger.is_whole, ledger.torn) == (True, "")

    def test_records_of_great_length_are_cut_into_blocks(self, tmp_path):
        """Ids of any length that fits are kept, however many of them are flushed at once."""
        said = [SessionStart(number, "practice", 0, "u" * 65_535, "d" * 65_535, 0) for number in range(30)]

        assert said_by(ledger_of(tmp_path, said))[:-1] == said

    def test_instants_are_kept_to_the_microsecond(self, tmp_path):
        """An instant is rounded to the nearest microsecond."""
        sent = Sent(0, 0, 0, 1, 0, 0.12345649, 1.0000005001, 2.9999999, "acked")

        assert said_by(ledger_of(tmp_path, [sent]))[0][5:8] == (0.123456, 1.000001, 3.0)

    def test_an_event_takes_few_bytes(self, tmp_path):
        """Twenty events a batch take less than 6 bytes each, with ids as long as life's."""
        said = [SessionLease(0, 999)]
        for number in range(1000):
            uid = f"{number:08x}-4c1d-4a7e-8f00-{number * 7919:012x}"
            said.append(
                SessionStart(
                    number, "practice", number, uid, f"{number * 104_729:040x}", 1_700_000_000_000 + number
                )
            )
            at = number / 3
            said += [Sent(number, n, 20 * n, 20, 0, at, at, at + 0.01, "acked") for n in range(2)]

        assert ledger_of(tmp_path, said).stat().st_size < 6 * 40 * 1000


class TestReasons:
    def test_endless_reasons_are_kept_as_one(self, tmp_path):
        """Beyond the most, new reasons are other reasons, each with its own status; known ones stay what they are."""
        writer = LedgerWriter(tmp_path, HEADER)
        for number in range(MOST_REASONS + 50):
            writer.sent(0, number, 0, 1, 0, 0, 0, 0, rejected(f"reason {number}"))
        writer.sent(0, 999, 0, 1, 0, 0, 0, 0, unknown("late"))
        writer.sent(0, 999, 0, 1, 1, 0, 0, 0, rejected("reason 3"))
        writer.close()

        said = [(sent.status, sent.reason) for sent in said_by(writer.path) if isinstance(sent, Sent)]
        assert said[:MOST_REASONS] == [("rejected", f"reason {number}") for number in range(MOST_REASONS)]
        assert set(said[MOST_REASONS:-2]) == {("rejected", "other reasons")}
        assert said[-2:] == [("unknown", "other reasons"), ("rejected", "reason 3")]

    def test_a_success_is_one_whatever_was_refused(self, tmp_path):
        """A batch that is acked is acked without a reason, however many reasons came before."""
        writer = LedgerWriter(tmp_path, HEADER)
        for number in range(MOST_REASONS + 50):
            writer.sent(0, number, 0, 1, 0, 0, 0, 0, rejected(f"reason {number}"))
        writer.sent(0, 999, 0, 1, 1, 0, 0, 0, ACKED)
        writer.close()

        assert said_by(writer.path)[-2][-2:] == ("acked", "")

    def test_a_long_reason_is_cut(self, tmp_path):
        """Of a long reason its beginning is kept, and what is no text is replaced."""
        writer = LedgerWriter(tmp_path, HEADER)
        writer.sent(0, 0, 0, 1, 0, 0, 0, 0, unknown("\ud800" + "x" * 10_000))
        writer.close()

        assert said_by(writer.path)[0].reason == "?" + "x" * (LONGEST_REASON - 1)


class TestEpochs:
    def test_two_writers_of_a_run_and_worker_have_two_ledgers(self, tmp_path):
        """Whoever comes second takes the next epoch, and says so in its header; nothing is overwritten."""
        first, second = LedgerWriter(tmp_path, HEADER), LedgerWriter(tmp_path, HEADER)
        first.open(OPENING)
        for writer in (first, second):
            writer.close()

        assert [first.path.name, second.path.name] == [
            "ledger-5c3f9d10-0003-0.bin",
            "ledger-5c3f9d10-0003-1.bin",
        ]
        assert [read(writer.path).header for writer in (first, second)] == [first.header, second.header]
        assert (first.header.epoch, second.header.epoch) == (0, 1)
        assert said_by(first.path)[0] == OPENING


class TestFind:
    def test_files_folders_and_patterns(self, tmp_path, monkeypatch):
        """Ledgers are found by name, in folders and by patterns of both, each once, sorted."""
        monkeypatch.chdir(tmp_path)
        one, two = ledger_of(tmp_path / "a", []), ledger_of(tmp_path / "b", [])
        (tmp_path / "a" / "notes.txt").write_text("mine")
        other = one.rename(one.with_name("renamed"))
        three = ledger_of(tmp_path / "a", [])

        assert discover(["a"]) == [Path("a") / three.name]
        assert discover(["b", two, "b/*.bin", "?"]) == sorted([Path("a") / three.name, Path("b") / two.name])
        assert discover([other, three]) == [three, other]

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            ([], "no ledger given"),
            (["nowhere"], "file not found"),
            (["nowhere/*.bin"], "no file matches"),
            (["empty"], "no ledger in this folder"),
            (["emp*"], "no ledger in this folder"),
        ],
    )
    def test_where_there_is_none_it_is_said(self, tmp_path, monkeypatch, names, words):
        """What is named and not there is an error with the name, also beside a ledger that is."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "empty").mkdir()
        there = ledger_of(tmp_path, [])

        with pytest.raises(UsageError, match=words):
            discover([*names, there] if names else [])


class TestWhatIsNoLedger:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "is empty"),
            (b'{"eid":"START"}\n', "is not a ledger"),
            (b"\x00" * 1000, "is not a ledger"),
            (b"footfall ledger one\n", "is not a ledger"),
            (b"footfall ledger 1\r\n\xf7\x8eLB", "first line, perhaps by a copy in text mode"),
            (b"footfall ledger 1\r\xf7\x8eLB", "first line, perhaps by a copy in text mode"),
            (b"footfall ledger 1", "ends in its header"),
            (b"footfall ledger 12\n", "of format 12, and"),
            (
                b"footfall ledger 1\n\xef\xbf\xbd\xef\xbf\xbdLB",
                "behind its first line, perhaps by a copy in text mode",
            ),
            (b"footfall ledger 1\n\xf7\x8e", "ends in its header"),
            (b"footfall ledger 1\n" + bytes(100), "ends in its header"),
            (b"footfall ledger 2\nand more", "of format 2, and this Footfall reads format 1"),
            (b"footfall led", "ends in its header"),
            (b"footfall ledger 1\n", "ends in its header"),
        ],
    )
    def test_it_is_refused_in_a_sentence(self, tmp_path, data, words):
        """An empty file, another program's and another format's are told apart, each with the file's name."""
        path = tmp_path / "x.bin"
        path.write_bytes(data)

        with pytest.raises(LedgerError, match=words) as caught:
            read(path)
        assert str(path) in str(caught.value)

    def test_what_is_no_file_is_refused(self, tmp_path):
        """A folder, a device and nothing at all are no ledgers, and nothing is waited for."""
        for path in (tmp_path, tmp_path / "nothing", "/dev/zero"):
            with pytest.raises(LedgerError, match=r"is not a file|file not found"):
                read(tmp_path / path)

    @pytest.mark.parametrize(
        "told",
        [
            b"", b"[]", b"{}", b"\xff", b"[" * 100_000,
            msgspec.json.encode(msgspec.structs.replace(HEADER, run=2**32)),
            msgspec.json.encode(msgspec.structs.replace(HEADER, worker=-1)),
            msgspec.json.encode(msgspec.structs.replace(HEADER, format=2)),
            msgspec.json.encode(msgspec.structs.replace(HEADER, form="wired")),
        ],
        ids=range(9),
    )  # fmt: skip
    def test_a_header_that_says_no_run_is_refused(self, tmp_path, told):
        """A header whose checksum is right is not believed for that."""
        from generator.ledger.frame import framed

        path = tmp_path / "x.bin"
        path.write_bytes(b"footfall ledger 1\n" + framed(0, told, 0))

        with pytest.raises(LedgerError, match="its header describes no run"):
            read(path)


def test_reading_needs_no_gevent():
    """Whoever reads ledgers does not load what only a load run needs."""
    code = "import sys, generator.ledger; print([m for m in ('gevent', 'locust') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == "[]"
