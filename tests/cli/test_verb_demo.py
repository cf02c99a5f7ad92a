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

import pytest

from generator.cli.demo import _is_good, _verdict

COUNTS = {
    "sessions": 1, "finished": 1, "by_scenario": {}, "by_eid": {"LOG": 5}, "events": 5, "batches": 3, "acked": 2,
    "rejected": 0, "unknown": 1, "reasons": {}, "bytes": 9, "percentiles": {}, "acked_events": 4,
}  # fmt: skip
STATS = {"batches": {"acknowledged": 2}}


class TestDemo:
    def test_a_short_demo_ends_with_a_verdict(self, footfall, tmp_path):
        """What was acknowledged is what is stored, and a second demo replaces the first."""
        for _ in range(2):
            done = footfall("demo", "--seconds", "2", "--users", "8", "--into", str(tmp_path / "demo"))
            assert done.returncode == 0, done.stderr
            said = done.stdout.decode()
            assert (
                said.splitlines()[1] == "  PASSED: Everything that the endpoint acknowledged is stored, once."
            )
            assert "Counted, not yet proven: the two counts agree" in said
        summary = json.loads((tmp_path / "demo" / "summary.json").read_text())
        stored = len((tmp_path / "demo" / "store" / "accepted-000001.jsonl").read_text().splitlines())

        assert summary["events"] >= stored >= summary["acked_events"] > 0
        cut_short = summary["sessions"] - summary["finished"]
        assert (f"{cut_short} {'was' if cut_short == 1 else 'were'} cut short when" in said) == bool(
            cut_short
        )
        (locustfile,) = (line.split("locust -f ")[1] for line in said.splitlines() if "locust -f" in line)
        assert Path(shlex.split(locustfile)[0]).is_file()
        for line in (line.partition("footfall ")[2] for line in said.splitlines() if " footfall " in line):
            assert footfall(*shlex.split(line)).returncode == 0

    def test_a_folder_with_other_things_is_left_alone(self, footfall, tmp_path):
        """What is not a demo's is not taken away."""
        (tmp_path / "mine.txt").write_text("x")
        done = footfall("demo", "--into", str(tmp_path))

        assert done.returncode == 2
        assert b"holds something else than a demo" in done.stderr
        assert (tmp_path / "mine.txt").exists()

    @pytest.mark.parametrize(
        ("accepted", "mids", "rejected"), [(3, 3, 0), (4, 3, 0), (6, 6, 0), (4, 4, 1)],
        ids=["lost", "twice", "from nowhere", "rejected"],
    )  # fmt: skip
    def test_a_difference_is_said(self, tmp_path, accepted, mids, rejected):
        """A verdict over counts that differ says so."""
        stored = {"accepted": accepted, "rejected": rejected, "duplicate": 0, "mids": mids}
        said = "\n".join(_verdict(COUNTS, STATS, stored, tmp_path))

        assert not _is_good(COUNTS, stored)
        assert "FAILED: What the endpoint acknowledged and what is stored differ." in said
        assert "counts agree" not in said

    @pytest.mark.parametrize(
        ("accepted", "agree"), [(4, "agree;"), (5, "agree but for 1 event without an answer;")]
    )
    def test_what_nobody_answered_for_is_no_difference(self, tmp_path, accepted, agree):
        """The end of the time comes between a batch and its answer: it may be stored or not, and that is said."""
        stored = {"accepted": accepted, "rejected": 0, "duplicate": 0, "mids": accepted}
        said = "\n".join(_verdict(COUNTS, STATS, stored, tmp_path))

        assert _is_good(COUNTS, stored)
        assert f"the two counts {agree}" in said
        assert "1 event without an answer may be stored or not" in said


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
        assert b"--into" in done.stderr
        assert sorted((tmp_path / "footfall-demo").rglob("*")) == before
        assert process.poll() is None
