import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.ledger import EventLabel, Sent, SessionLease, SessionStart
from tests.delivery.written import HEADER, ledger_of

SAID = [
    SessionLease(0, 99),
    SessionStart(0, "practice", 4096, "u", "d", 5),
    EventLabel(0, 1, None, "gzip_bomb"),
    Sent(0, 0, 0, 20, 0, 0.1, 0.1, 0.2, "acked"),
    Sent(0, 1, 20, 3, 0, 0.1, 0.1, 0.25, "rejected", "503 Service Unavailable"),
    # The same attempt: its batch has a gap.
    Sent(0, 1, 25, 1, 0, 0.1, 0.1, 0.25, "rejected", "503 Service Unavailable"),
    Sent(0, 1, 20, 3, 1, 0.1, 0.3, 0.5, "unknown", "no answer in time"),
    Sent(0, 1, 25, 1, 1, 0.1, 0.3, 0.5, "unknown", "no answer in time"),
]


@pytest.fixture
def ledger():
    """A ledger in the folder where commands are run."""
    return lambda **options: ledger_of(Path("runs"), SAID, **options)


class TestForPeople:
    def test_the_header_and_the_counts_are_printed(self, said, ledger):
        """Run, worker, start and all that made it, then attempts and events by what became of them."""
        path = ledger()

        status, out, err = said("ledger", "runs")

        assert (status, err) == (0, "")
        assert out.startswith(f"{path}\n")
        for words in (
            "run        5c3f9d10, worker 3, epoch 0, started 2023-11-14 22:13:20 UTC",
            "in the open model, wire form, seed 7, for sunbird, by Footfall 1.2.3",
            "mark       footfall:5c3f9d10", "practice ab12", "cd34", "rate 500", "written    complete",
            "24 events in 2 batches of 1 session of 100 leased, within 0.5 s", "1 with the injected fault gzip_bomb",
        ):  # fmt: skip
            assert words in out
        for row in (
            r"acked +1 +20",
            r"rejected: 503 Service Unavailable +1 +4",
            r"unknown: no answer in time +1 +4",
        ):
            assert re.search(rf"^  {row}$", out, re.MULTILINE)

    def test_an_option_with_several_values_shows_them_all(self, said, ledger):
        """The checks of a run are printed one behind the other, and no character is replaced."""
        ledger(header=replace(HEADER, options={"check": "response_p99<250ms\nerror_rate<1%"}))

        out = said("ledger", "runs")[1]

        assert "check response_p99<250ms; error_rate<1%" in out
        assert "\N{REPLACEMENT CHARACTER}" not in out

    def test_several_are_summed(self, said, ledger):
        """Each is printed, and then all of them together."""
        first, second = ledger(), ledger()

        out = said("ledger", first, second)[1]

        assert f"{first}\n" in out
        assert f"{second}\n" in out
        assert "48 events in 4 batches of 2 sessions of 200 leased" in out.partition("all 2 ledgers")[2]

    def test_one_that_is_not_whole_is_no_failure(self, said, ledger):
        """What a killed worker left is printed as far as it goes, and it is said how it ends."""
        path = ledger(closed=False)
        assert (
            "written    incomplete: it has no end, as after its worker was killed" in said("ledger", path)[1]
        )
        with path.open("ab") as file:
            file.write(b"torn")

        status, out, _ = said("ledger", path)

        assert status == 0
        assert "incomplete: it is cut off or corrupt at byte" in out
        assert "24 events" in out

    def test_an_empty_one_has_no_counts(self, said):
        """A ledger in which nothing was sent is printed too."""
        status, out, _ = said("ledger", ledger_of(Path("runs"), []))

        assert status == 0
        assert "0 events in 0 batches of 0 sessions of 0 leased" in out

    def test_a_strangers_words_move_no_cursor(self, said):
        """An endpoint's words reach a terminal without what steers it."""
        sent = Sent(0, 0, 0, 1, 0, 0, 0, 0, "rejected", "503 \x1b[2J\r\n")
        path = ledger_of(Path("runs"), [sent])

        assert "\x1b" not in said("ledger", path)[1] + said("ledger", "--records", path)[1]


class TestForPrograms:
    def test_json_says_the_same(self, said, ledger):
        """--json has each ledger's header, whether it is whole, its counts, and the sum."""
        path = ledger()

        found = json.loads(said("ledger", "--json", path)[1])

        (one,) = found["ledgers"]
        assert (one["file"], one["whole"], one["torn"]) == (str(path), True, "")
        assert (one["header"]["run"], one["header"]["options"]) == (HEADER.run, {"rate": "500"})
        assert one["counts"] == found["all"] == {
            "leased": 100, "sessions": 1, "batches": 2, "events": 24, "seconds": 0.5, "labels": {"gzip_bomb": 1},
            "outcomes": {
                "acked": {"attempts": 1, "events": 20},
                "rejected: 503 Service Unavailable": {"attempts": 1, "events": 4},
                "unknown: no answer in time": {"attempts": 1, "events": 4},
            },
        }  # fmt: skip

    def test_records_are_a_line_each(self, said, ledger):
        """--records prints every record in its order; with --json it is an object, with the batch's id."""
        path = ledger()

        lines = said("ledger", "--records", path)[1].splitlines()
        found = [json.loads(line) for line in said("ledger", "--records", "--json", path)[1].splitlines()]

        kinds = ["lease", "opening", "label", *["sent"] * 5, "end"]
        assert [line.split()[0] for line in lines] == kinds
        assert [record["kind"] for record in found] == kinds
        assert found[1] == {"file": str(path), "kind": "opening", **SAID[1]._asdict()}
        assert found[3]["msgid"] == SAID[3].msgid(HEADER.run)
        assert lines[2] == "label   session 0  batch 1  sequence -  fault gzip_bomb"

    def test_records_of_one_that_is_not_whole(self, said, ledger):
        """Its records go to standard output, and what is wrong with it to standard error."""
        _, out, err = said("ledger", "--records", ledger(closed=False))

        assert len(out.splitlines()) == len(SAID)
        assert "is incomplete" in err


class TestWrong:
    def test_what_is_no_ledger_is_a_line(self, said, ledger):
        """Nothing there, another file and a corrupt ledger are each one line and exit 2."""
        path = ledger()
        Path("events.jsonl").write_text("{}\n")
        corrupt = bytearray(path.read_bytes())
        corrupt[40] ^= 1
        Path("corrupt.bin").write_bytes(corrupt)

        for name, words in (
            ("nowhere", "file not found"),
            ("events.jsonl", "is not a ledger"),
            ("corrupt.bin", "is corrupt in its header"),
        ):
            status, out, err = said("ledger", path, name)
            assert (status, out) == (2, "")
            assert words in err
            assert err.count("\n") == 1

    def test_a_start_that_no_calendar_has_is_printed(self, said):
        """A header may say any number, and is printed all the same."""
        path = ledger_of(Path("runs"), [], header=replace(HEADER, started=1e300))

        assert "1e+300 ms after 1970" in said("ledger", path)[1]
