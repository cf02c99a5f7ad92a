"""`footfall demo`: a short run for real, how it ends before its time, and the folders it leaves alone."""

import json
import os
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import click
import pytest

from generator.cli import demo
from generator.cli.demo import Phase, is_caught, is_delivered, summary_of
from generator.collector.server_faults import read as read_fault_records
from generator.verify.findings import Delivery, Example, Fault, Findings
from generator.verify.telling import sentence

SUMMARY = {
    "sessions": 1, "finished": 1, "by_scenario": {}, "by_eid": {"LOG": 5}, "events": 5, "batches": 3, "acked": 2,
    "rejected": 0, "unknown": 1, "reasons": {}, "percentiles": {},
}  # fmt: skip
CLEAN = {"attempted": 5, "acked": 4, "due": 4, "found": 4, "held": 4}


def act(folder, outcome="delivered", torn=(), rejected=0, **found):
    """What an act came to."""
    findings = Findings(stage="accepted", sink="the store", outcome=outcome, **CLEAN | found)
    delivery = Delivery(
        outcome=outcome, sentence=sentence(outcome, [findings]), runs=["1"], ledgers=1, torn=list(torn),
        stages=[findings],
    )  # fmt: skip
    return Phase(folder, SUMMARY | {"rejected": rejected}, delivery)


def fault(*mids):
    return Fault(events=len(mids), examples=[Example(mid=mid, run="1", session=0) for mid in mids])


def missing(folder, *mids, **found):
    return act(folder, "failed", lost=fault(*mids), **found)


class TestDemo:
    def test_a_short_demo_ends_with_a_verdict_and_a_loss_that_is_caught(self, footfall, tmp_path):
        """What was acknowledged is proven, what was lost on purpose is found, and an earlier demo is replaced."""
        (tmp_path / "demo" / "planted").mkdir(parents=True)
        for name in (demo._MARK, "summary.json", "planted/summary.json"):
            (tmp_path / "demo" / name).write_text("of an earlier demo")
        done = footfall("demo", "--seconds", "1", "--users", "8", "--output-dir", str(tmp_path / "demo"))
        assert done.returncode == 0, done.stderr
        said = done.stdout.decode()
        summary = json.loads((tmp_path / "demo" / "summary.json").read_text())
        stored = len((tmp_path / "demo" / "store" / "accepted-000001.jsonl").read_text().splitlines())
        acked = summary["acked_events"]
        records = read_fault_records(tmp_path / "demo" / "planted" / "store")
        lost = {mid for record in records if record.kind == "lost" for mid in record.mids}

        assert (
            said.splitlines()[1]
            == f"  PASSED: {acked:,} of {acked:,} acknowledged events found once, as sent"
        )
        assert summary["events"] >= stored >= acked > 0
        cut_short = summary["sessions"] - summary["finished"]
        assert (f"{cut_short} {'was' if cut_short == 1 else 'were'} cut short when" in said) == bool(
            cut_short
        )
        assert "NOT delivered: of " in said
        assert sum(mid in said for mid in lost) == min(3, len(lost))
        assert "CAUGHT: these are, mid by mid, the " in said
        (locustfile,) = (line.split("locust -f ")[1] for line in said.splitlines() if "locust -f" in line)
        assert Path(shlex.split(locustfile)[0]).is_file()
        for line in (line.partition("footfall ")[2] for line in said.splitlines() if " footfall " in line):
            assert footfall(*shlex.split(line)).returncode == ("planted" in line)

    def test_a_folder_with_other_things_is_left_alone(self, footfall, tmp_path):
        """What is not a demo's is not taken away."""
        (tmp_path / "mine.txt").write_text("x")
        done = footfall("demo", "--output-dir", str(tmp_path))

        assert done.returncode == 2
        assert b"contains other files than those of a demo" in done.stderr
        assert (tmp_path / "mine.txt").exists()

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ({"outcome": "failed", "found": 3, "lost": fault("m")}, "of 4 acknowledged events 1 lost"),
            ({"outcome": "failed", "duplicated": fault("m"), "surplus": 1}, "1 duplicated"),
            ({"outcome": "failed", "altered": fault("m")}, "1 altered"),
            ({"outcome": "unknown", "why_unknown": "nothing was sent"}, "unknown: nothing was sent"),
            ({"torn": ["ledger: broke off"]}, "the ledger is incomplete: ledger: broke off"),
            ({"rejected": 1}, "of 3 batches 1 were rejected"),
        ],
        ids=["lost", "twice", "altered", "nothing sent", "torn", "refused"],
    )
    def test_what_is_amiss_is_said(self, tmp_path, how, said):
        """A first act that is not proven, or in which anything was refused, fails, and says why."""
        played, planted = act(tmp_path, **how), missing(tmp_path, "m")
        text = click.unstyle("\n".join(summary_of(played, planted, {"m"})))

        assert not is_delivered(played)
        assert text.splitlines()[1].startswith("  FAILED: ")
        assert said in text.splitlines()[1]
        assert "PASSED" not in text

    @pytest.mark.parametrize(("stored", "not_stored"), [(1, 0), (0, 1)])
    def test_what_nobody_answered_for_is_no_difference(self, tmp_path, stored, not_stored):
        """The end of the time comes between a batch and its answer: it may be stored or not, and that is said."""
        played = act(
            tmp_path, unknown=1, recovered=Fault(events=stored), still_unknown=Fault(events=not_stored)
        )
        text = "\n".join(summary_of(played, missing(tmp_path, "m"), {"m"}))

        assert is_delivered(played)
        assert f"1 event without an answer: {stored} stored, {not_stored} not; neither is a fault" in text

    def test_a_planted_loss_is_caught_exactly(self, tmp_path):
        """What the endpoint says that it lost is what is found missing, in whatever order."""
        planted = missing(tmp_path, "b", "a")
        text = "\n".join(summary_of(act(tmp_path), planted, {"a", "b"}))

        assert is_caught(planted, {"a", "b"})
        assert "CAUGHT: these are, mid by mid, the 2 events in" in text
        assert "FAILED" not in text

    @pytest.mark.parametrize(
        ("planted", "lost"),
        [
            ({"lost": fault("a")}, {"a", "b"}),
            ({"lost": fault("a", "b")}, {"a"}),
            ({"lost": fault("a")}, {"b"}),
            ({"lost": fault("a"), "duplicated": fault("c")}, {"a"}),
            ({}, set()),
        ],
        ids=["one missed", "one too many", "another one", "something else too", "nothing was lost"],
    )
    def test_a_planted_loss_that_is_not_found_exactly_is_a_failure(self, tmp_path, planted, lost):
        """One event more or less, or another one: the verifier is not to be trusted then, and that is said."""
        outcome = act(tmp_path, "failed" if planted else "delivered", **planted)
        text = "\n".join(summary_of(act(tmp_path), outcome, lost))

        assert not is_caught(outcome, lost)
        assert "FAILED: these are not the " in text
        assert "CAUGHT" not in text


def children(process):
    """The processes that another one has started."""
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


class TestEnd:
    @pytest.fixture
    def playing(self, tmp_path):
        """A demo that has begun to play and would go on for an hour, with its processes, the collector and Locust."""
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("footfall")), "demo", "--seconds", "3600", "--users", "2"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        with process:
            assert b"an endpoint listens" in process.stderr.readline()
            until = monotonic() + 60
            while not any(path.stat().st_size for path in tmp_path.rglob("accepted-*.jsonl")):
                assert monotonic() < until, "nothing is played"
            started = [os.pidfd_open(child) for child in children(process.pid)]
            assert len(started) == 2
            yield process, started
            process.kill()
        for child in started:
            os.close(child)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_a_signal_ends_what_the_demo_started(self, playing, number):
        """Locust and the collector end with it, and it says so."""
        process, started = playing
        process.send_signal(number)
        said = process.communicate()[1].decode()

        assert process.returncode == 128 + number
        assert "Locust and the endpoint have ended too" in said.splitlines()[-1]
        for child in started:
            with pytest.raises(ProcessLookupError):
                signal.pidfd_send_signal(child, 0)

    def test_a_locust_that_is_killed_is_told_in_a_line(self, playing):
        """Nothing can be proven then: exit 2, with the place where all that Locust said stands."""
        process, _ = playing
        (locust,) = (
            pid for pid in children(process.pid) if b"locust" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        os.kill(locust, signal.SIGKILL)
        said = process.communicate()[1].decode().splitlines()

        assert process.returncode == 2
        assert said[-1].startswith("footfall: Locust ended with status -9: ")
        assert all(line.startswith("footfall: ") for line in said)

    def test_what_was_started_ends_even_when_the_demo_is_killed(self, playing):
        """Nobody goes on playing after `kill -9`."""
        process, started = playing
        process.kill()

        for child in started:
            assert select.select([child], [], [], 30)[0], "it lives on"

    def test_a_second_demo_keeps_out_of_the_folder(self, playing, footfall, tmp_path):
        """A folder into which a demo plays is refused to another one in a line, and the first goes on."""
        process, _ = playing
        before = sorted((tmp_path / "footfall-demo").rglob("*"))
        done = footfall("demo")

        assert done.returncode == 2
        assert done.stderr.count(b"\n") == 1
        assert b"--output-dir" in done.stderr
        assert sorted((tmp_path / "footfall-demo").rglob("*")) == before
        assert process.poll() is None
