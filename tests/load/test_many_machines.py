"""A master and workers of other commands under the open model: one is killed, one joins later, nothing is twice."""

import json
import re
import signal
import subprocess
from collections import Counter, defaultdict
from contextlib import suppress
from time import monotonic

from generator.spec.identity import read_mid
from tests.delivery import stub
from tests.delivery.stub import serving
from tests.load.stored import assert_nothing_hidden, assert_sound, lines

RATE, LARGEST = 500, 200
OPEN = (
    "--rate",
    RATE,
    "--scenario",
    "practice",
    "--arrival-process",
    "constant",
    "--store",
    "store",
    "--summary",
    "summary.json",
)


class StoredLanes:
    """The workers' indexes that have stored anything yet; each look reads what was added since the last."""

    def __init__(self, folder):
        self._folder, self._read, self._found = folder, Counter(), set()

    def look(self):
        for path in self._folder.glob("store/batches-*.jsonl"):
            with path.open("rb") as file:
                file.seek(self._read[path])
                # A line that is being written has no end yet.
                added, end, _ = file.read().rpartition(b"\n")
            self._read[path] += len(added) + len(end)
            msgids = re.findall(rb'"msgid":"([0-9a-f]{32})"', added)
            self._found |= {int(msgid[16:26], 16) >> 28 for msgid in msgids}
        return self._found


def wait_for_lanes(swarm, wanted):
    """Look until all of these have stored something; two minutes at most."""
    give_up, lanes = monotonic() + 120, StoredLanes(swarm.folder)
    while not wanted <= (found := lanes.look()):
        with suppress(subprocess.TimeoutExpired):
            swarm.process.wait(0.05)
        assert swarm.process.poll() is None, swarm.process.stderr.read()
        assert monotonic() < give_up, found


def test_a_killed_worker_is_named_and_the_living_go_on(swarming, free_master):
    """Exit code 13; the others take over, a new one gets a new lane; stored is what the living counted and the dead one sent.

    Whoever loses a user to the new one lets it hear its last answer: nothing is unknown.
    """
    with (
        swarming("--master", "--headless", *OPEN, "--expect-workers", 2, *free_master) as master,
        swarming("--worker", *free_master[2:]) as lost,
        swarming("--worker", *free_master[2:]) as kept,
    ):
        wait_for_lanes(master, {0, 1})
        lost.process.kill()
        lost.end()
        [name] = re.findall(r"\S+_[0-9a-f]{32}", master.wait_for("to missing"))
        # Locust gives no users to a worker that comes while others get theirs, unless one is lost afterwards.
        master.wait_for("total users)")
        [dead] = map(int, re.findall(rf"{name}\W+\(index (\d)\) reported as ready", master.err))
        with swarming("--worker", *free_master[2:]) as joined:
            master.wait_for("(index 2)")
            wait_for_lanes(master, {2})
            master.process.send_signal(signal.SIGTERM)
            assert master.end() == 13, master.err
            assert joined.end() == 0, joined.err
        assert kept.end() == 0, kept.err
    said = master.summary

    stored = defaultdict(int)
    for one in assert_sound(master.folder / "store", said["run"]):
        stored[read_mid(one.event["mid"]).session >> 28] += 1
    assert set(stored) == {0, 1, 2}
    living = sum(count for lane, count in stored.items() if lane != dead)
    assert said["lost_workers"] == 1
    assert said["workers"] == 3
    assert said["reasons"] == {}
    assert 0 <= said["acked_events"] - living <= stored[dead]
    assert_nothing_hidden(said, on_their_way=64 * LARGEST)
    assert "1 lost" in master.out
    # The one that joined offered what was due by then, not the beginning of the run once more.
    assert max(second["offered_events"] for second in said["seconds"]) <= RATE + 3 * LARGEST, said["seconds"]
    assert "Traceback" not in master.err + kept.err + joined.err


def test_a_worker_elsewhere_needs_none_of_the_leader_s_files(swarming, free_master, tmp_path):
    """Baseline, summary, page and JUnit's file are the master's: workers run in a folder that has none of these."""
    ran = ("--headless", "--rate", "20k", "--sessions", 20)
    with swarming(*ran, "--summary", "before.json") as first:
        assert first.end() in (0, 12), first.err
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    checks = (
        "--check",
        "response_p99<=1000*baseline",
        "--check",
        "error_rate<1%",
        "--check",
        "lost_workers==0",
    )
    files = ("--baseline", "before.json", "--summary", "here/summary.json", "--report", "here/run.html",
             "--junit", "here/checks.xml")  # fmt: skip
    (tmp_path / "here").mkdir()
    # A limit above the time-out is refused, and on a busy machine a thousand times the baseline is one.
    options = (*ran, *checks, *files, "--store", "store", "--expect-workers", 2, "--timeout", 3600)
    with (
        swarming("--master", *options, *free_master) as master,
        swarming("--worker", *free_master[2:], folder=elsewhere) as one,
        swarming("--worker", *free_master[2:], folder=elsewhere) as other,
    ):
        status = master.end()
        assert (one.end(), other.end()) == (0, 0), one.err
    said = json.loads((tmp_path / "here" / "summary.json").read_text())

    assert status in (0, 12), master.err
    assert (said["sessions"], said["finished"], said["lost_workers"]) == (20, 20, 0)
    assert len(list(lines(tmp_path / "store"))) == said["acked_events"] == said["events"] > 0
    assert {check["verdict"] for check in said["checks"]} <= {"passed", "invalid"}
    assert (tmp_path / "here" / "run.html").stat().st_size > 10_000
    assert "<testsuite" in (tmp_path / "here" / "checks.xml").read_text()
    assert list(elsewhere.iterdir()) == []


SHORT_LEASE = (
    "--headless",
    "--scenario",
    "practice",
    "--rate",
    600,
    "--arrival-process",
    "constant",
    "--batch-size",
    10,
    "--summary",
    "summary.json",
)


def test_a_worker_that_stood_still_adds_nothing_to_the_rate(swarming, free_master):
    """One of three is stopped for longer than its lease: no second has more than the profile, and the summary names it."""
    with serving(stub.SUCCESS) as endpoint:
        options = (
            *SHORT_LEASE,
            "--expect-workers",
            3,
            "--check",
            "achieved_rate<=100%",
            "--host",
            endpoint.url,
        )
        with (
            swarming("--master", *options, *free_master) as master,
            swarming("--worker", *free_master[2:]) as stopped,
            swarming("--worker", *free_master[2:]) as one,
            swarming("--worker", *free_master[2:]) as other,
        ):
            master.wait_for("total users)")
            endpoint.wait_for(30)
            stopped.process.send_signal(signal.SIGSTOP)
            master.wait_for("to missing")
            seen = len(endpoint.requests)
            endpoint.wait_for(seen + 100)
            stopped.process.send_signal(signal.SIGCONT)
            master.wait_for("self-healed")
            seen = len(endpoint.requests)
            endpoint.wait_for(seen + 400)
            master.process.send_signal(signal.SIGTERM)
            assert master.end() in (0, 12), master.err
            assert [worker.end() for worker in (stopped, one, other)] == [0, 0, 0]
    said = master.summary

    offered = sum(second["offered_events"] for second in said["seconds"])
    assert offered <= 600 * said["sending_s"] + 3 * 10 * 2
    assert max(second["offered_events"] for second in said["seconds"]) <= 600 + 3 * 10 * 2
    [note] = [note for note in said["notes"] if "stood still" in note and "until second" in note][:1]
    assert note in master.out
    assert said["lost_workers"] == 0


def test_workers_of_a_master_that_is_gone_send_nothing_more(swarming, free_master):
    """The master is killed: its workers stop at the end of their lease, and say why."""
    with serving(stub.SUCCESS) as endpoint:
        options = (*SHORT_LEASE, "--expect-workers", 1, "--host", endpoint.url)
        with (
            swarming("--master", *options, *free_master) as master,
            swarming("--worker", *free_master[2:], "--stop-timeout", 1) as worker,
        ):
            endpoint.wait_for(30)
            master.process.kill()
            master.end()
            worker.wait_for("the master does not answer: nothing more is sent")
            sent = len(endpoint.requests)
            worker.process.send_signal(signal.SIGTERM)
            worker.end()
            # What was on its way may still have come; a rate of 600 goes on with sixty batches a second.
            assert len(endpoint.requests) - sent <= 5


DIES = """
import os, signal
from locust.main import main
from generator.load.template import pool
def compile_session(recipe):
    os.kill(os.getpid(), signal.SIGKILL)
pool.compile_session = compile_session
main()
"""


def test_a_worker_that_dies_before_its_first_report_is_lost(swarming, free_master, tmp_path):
    """A worker that was ready and is killed while it prepares is counted as lost: no check passes, and the exit code is 13."""
    program = tmp_path / "dies.py"
    program.write_text(DIES)
    with serving(stub.SUCCESS) as endpoint:
        options = (
            "--headless",
            "--rate",
            50,
            "-t",
            "1s",
            "--check",
            "lost_workers==0",
            "--summary",
            "summary.json",
        )
        with (
            swarming(
                "--master", *options, "--expect-workers", 2, "--host", endpoint.url, *free_master
            ) as master,
            swarming("--worker", *free_master[2:]),
            swarming("--worker", *free_master[2:], program=program) as dying,
        ):
            assert dying.end() == -signal.SIGKILL
            assert master.end() == 13, master.err
    said = master.summary

    assert (said["lost_workers"], said["workers"]) == (1, 2)
    assert [one["verdict"] for one in said["checks"]] == ["failed"]


def test_a_run_whose_last_worker_is_missing_ends(swarming, free_master):
    """The only worker is killed: the master does not wait for ever, and its exit code says that a worker was lost."""
    with serving(stub.SUCCESS) as endpoint:
        options = (*SHORT_LEASE, "--expect-workers", 1, "--host", endpoint.url)
        with (
            swarming("--master", *options, *free_master) as master,
            swarming("--worker", *free_master[2:]) as worker,
        ):
            master.wait_for("total users)")
            endpoint.wait_for(30)
            worker.process.kill()
            worker.end()
            assert master.end() == 13, master.err
    assert master.summary["lost_workers"] == 1


LISTENS_LATE = """
import gevent, runpy
from locust.runners import WorkerRunner
connect = WorkerRunner.connect_to_master
def connect_and_wait(self):
    connect(self)
    while not self.spawning_greenlet:
        gevent.sleep(0.01)
    gevent.sleep(0)
WorkerRunner.connect_to_master = connect_and_wait
runpy.run_module("locust", run_name="__main__", alter_sys=True)
"""


def test_a_worker_that_gets_users_before_it_listens_sends(swarming, free_master, tmp_path):
    """Locust tells a worker that joins to make users at once, perhaps before the locustfile's listeners are there."""
    program = tmp_path / "listens_late.py"
    program.write_text(LISTENS_LATE)
    with serving(stub.SUCCESS) as endpoint:
        options = (*SHORT_LEASE, "-t", "1s", "--expect-workers", 1, "--host", endpoint.url)
        with (
            swarming("--master", *options, *free_master) as master,
            swarming("--worker", *free_master[2:], program=program) as worker,
        ):
            assert master.end() in (0, 12), master.err
            assert worker.end() == 0, worker.err

    assert master.summary["acked"] == len(endpoint.requests) > 0
    assert "Traceback" not in worker.err
