"""`footfall verify`, on a real run: its ledger, its sessions made anew, and the files it came to."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def write(events, name="sink.jsonl"):
    Path(name).write_bytes(b"".join(event + b"\n" for event in events))
    return name


class TestVerdict:
    def test_all_is_delivered(self, said, sent):
        """A sink that holds what was sent gives 0, and the verdict stands in the first line."""
        status, out, err = said("verify", "ledger", "--against", write(sent))

        assert (status, err) == (0, "")
        assert out.startswith(
            f"delivered: {len(sent):,} of {len(sent):,} acknowledged events found once, as sent\n"
        )

    def test_what_is_missing_fails_and_is_named(self, said, sent):
        """A lost event gives 1, and its mid is told with its session."""
        lost = json.loads(sent[7])
        status, out, _ = said("verify", "ledger", "--against", write(sent[:7] + sent[8:]))

        assert status == 1
        assert out.startswith(f"NOT delivered: of {len(sent):,} acknowledged events 1 lost\n")
        assert f"{lost['mid']}  session 0, practice, worker 0, batch 0" in out

    def test_a_program_reads_it_as_json(self, said, sent):
        """`--json` has outcome, sentence, counts and examples."""
        altered = json.loads(sent[3])
        altered["actor"]["id"] = "somebody"
        events = [*sent[:3], json.dumps(altered).encode(), *sent[4:], sent[-1]]
        status, out, _ = said("verify", "ledger", "--against", write(events), "--json")
        verdict = json.loads(out)
        findings = verdict["stages"][0]

        assert (status, verdict["outcome"]) == (1, "failed")
        assert (findings["altered"]["events"], findings["duplicated"]["events"]) == (1, 1)
        assert findings["altered"]["examples"][0]["mid"] == altered["mid"]
        assert findings["altered"]["examples"][0]["differences"][0]["path"] == "actor.id"

    def test_a_path_may_be_ignored_and_contents_left_out(self, said, sent):
        """What is ignored is no difference, and by ids alone there is none at all."""
        events = [
            event.replace(b'"ver":"3.0"', b'"ver":"3.9"').replace(b'"ver":"3.1"', b'"ver":"3.9"')
            for event in sent
        ]
        sink = write(events)

        assert said("verify", "ledger", "--against", sink)[0] == 1
        assert (
            said("verify", "ledger", "--against", sink, "--ignore", "ver", "--ignore", "context.pdata.ver")[0]
            == 0
        )
        assert said("verify", "ledger", "--against", sink, "--ids-only")[0] == 0

    def test_a_path_that_leads_nowhere_is_warned_of(self, said, sent):
        """A slip in --ignore is one line on standard error, and in the JSON; exit code and verdict stay."""
        options = (
            "verify",
            "ledger",
            "--against",
            write(sent),
            "--ignore",
            "contxt.rollup",
            "--ignore",
            "context.sid",
        )
        status, out, err = said(*options)
        as_json = json.loads(said(*options, "--json")[1])

        assert (status, out.count("contxt.rollup")) == (0, 1)
        assert err == (
            "footfall: --ignore contxt.rollup: stands in no event that differs from what was sent, and the "
            "specification does not know it; it was ignored in vain\n"
        )
        assert as_json["stages"][0]["ignored_unused"] == ["contxt.rollup"]

    def test_a_path_is_ignored_in_vain_if_contents_are(self, said, sent):
        """With --ids-only nothing is compared that --ignore could leave out."""
        options = ("verify", "ledger", "--against", write(sent), "--ids-only")

        assert said(*options)[2] == ""
        assert "--ignore ver: has no effect, because --ids-only" in said(*options, "--ignore", "ver")[2]

    def test_standard_input_is_a_sink(self, footfall, sent):
        """What is piped in is held against the ledger."""
        done = footfall("verify", "ledger", "--against", "-", stdin=b"\n".join(sent))

        assert (done.returncode, done.stderr) == (0, b"")
        assert b"standard input" in done.stdout


class TestUnknown:
    def test_a_sink_that_is_not_there_gives_an_exit_code_of_its_own(self, said, sent):
        """Nobody knows then: 3, and one sentence."""
        status, out, _ = said("verify", "ledger", "--against", "nothing.jsonl")

        assert status == 3
        assert out.startswith("unknown: nothing.jsonl: there is no such file")

    def test_an_empty_sink_is_a_failure(self, said, sent):
        """It can be read, and nothing is in it."""
        status, out, _ = said("verify", "ledger", "--against", write([]))

        assert status == 1
        assert "lost (the sink is empty)" in out


class TestIncompleteLedger:
    def test_what_is_cut_off_is_unknown_unless_it_is_accepted(self, said, sent):
        """Without its last byte a ledger gives 3 with the number of unknown sessions, and with `--partial` 0."""
        cut_off()
        sink = write(sent)
        status, out, _ = said("verify", "ledger", "--against", sink)
        accepted, told, _ = said("verify", "ledger", "--against", sink, "--partial")

        assert (status, accepted) == (3, 0)
        assert (
            "the ledger ends early, and 97 of 100 leased sessions are unaccounted for" in out.splitlines()[0]
        )
        assert told.startswith(
            f"delivered: {len(sent):,} of {len(sent):,} acknowledged events found once, as sent; the ledger ends early"
        )

    @pytest.mark.parametrize("options", [[], ["--partial"]])
    def test_a_loss_within_it_fails_though_it_is_accepted(self, said, sent, options):
        """What it says was acknowledged must be there."""
        cut_off()
        status, out, _ = said("verify", "ledger", "--against", write(sent[1:]), *options)

        assert status == 1
        assert out.startswith(
            f"NOT delivered: of {len(sent):,} acknowledged events 1 lost; the ledger ends early"
        )

    @pytest.mark.parametrize("size", [0, 10, 60])
    @pytest.mark.parametrize("options", [[], ["--partial"]])
    def test_one_that_ends_in_its_header_says_nothing(self, said, sent, size, options):
        """It is not told that nothing was sent: nobody knows."""
        cut_off(size)
        status, out, _ = said("verify", "ledger", "--against", write(sent), *options)

        assert status == 3
        assert out.splitlines()[0].endswith("; the ledger ends in its header")
        assert "its worker was killed before it sent anything, or its copy is incomplete" in out


PROVE = """
from types import SimpleNamespace
from generator.load.runner.verification import verify_run
settings = SimpleNamespace(verify="sink.jsonl", ledger="ledger", settle_time=0)
run = SimpleNamespace(settings=settings, run=0x0ABCDEF0, reports=SimpleNamespace(unfinished=[]),
                      totals=SimpleNamespace(incomplete_ledgers=list, ledgers=list))
print(verify_run(run, None)["sentence"])
"""


def test_the_run_itself_does_not_accept_that_a_worker_was_lost(tmp_path, monkeypatch, sent):
    """`locust --verify` of a run that left a ledger without an end says that its delivery is unknown."""
    monkeypatch.chdir(tmp_path)
    write(sent)
    cut_off()
    done = subprocess.run(
        [sys.executable, "-c", PROVE], capture_output=True, check=True, text=True, cwd=tmp_path
    )
    verdict = done.stdout.splitlines()[-1]

    assert verdict.startswith(
        f"unknown: {len(sent):,} of {len(sent):,} acknowledged events found once, as sent"
    )
    assert verdict.endswith("the ledger ends early, and 97 of 100 leased sessions are unaccounted for")


def cut_off(size=-1):
    """Leave the first bytes of the ledger; all but the last one unless told otherwise."""
    [ledger] = Path("ledger").iterdir()
    ledger.write_bytes(ledger.read_bytes()[:size])


class TestWrongUse:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["nothing", "--against", "x"], "nothing: file not found"),
            (["ledger"], "--against"),
            (["ledger", "--against", "x", "--stage", "row"], "'row' is not one of"),
            (["ledger", "--against", "x", "--ignore", "a..b"], "no path"),
            (["ledger", "--against", "x", "--against", "y"], "are found in x already"),
        ],
    )
    def test_it_is_one_line_and_2(self, said, sent, arguments, words):
        """A ledger that is not there, a stage that is none, two sinks for one: each has its line."""
        status, out, err = said("verify", *arguments)

        assert (status, out) == (2, "")
        assert words in err
        assert err.count("\n") == 1

    def test_a_damaged_ledger_is_refused(self, said, sent):
        """By a ledger that was changed nothing is judged."""
        path = next(Path("ledger").iterdir())
        data = bytearray(path.read_bytes())
        data[100] ^= 1
        path.write_bytes(bytes(data))
        status, out, err = said("verify", "ledger", "--against", write(sent))

        assert (status, out, err.count("\n")) == (2, "", 1)
        assert str(path) in err

    def test_the_help_tells_the_exit_codes(self, said):
        """Who scripts it finds what 0, 1, 2 and 3 mean."""
        status, out, _ = said("verify", "--help")

        assert status == 0
        assert "The exit code is 0 if all events are delivered" in out
