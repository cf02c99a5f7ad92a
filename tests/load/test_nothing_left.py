"""What a run leaves behind, however it ends: no process, no unnamed temporary folder, no half-written file."""

import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from time import monotonic, sleep

import psutil
import pytest

from generator.collector import CollectorProcess
from generator.load.embedded import Embedded
from tests.load.conftest import free_port, start_alone

HEADLESS = ("--headless", "--rate", "200", "--stop-timeout", "5")
FILES = ("--ledger", "ledger", "--summary", "summary.json", "--report", "page.html", "--junit", "checks.xml")


@pytest.fixture
def start():
    """The system tells of each process its command line and its environment."""
    return start_alone


def processes(mark):
    """Give the living processes that have this mark in their environment: a run's, whoever started them."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("RUN_UNDER_TEST") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def wait_until_all_have_ended(mark, within):
    """Wait for it; what has not ended is ended, and named."""
    give_up = monotonic() + within
    while (left := processes(mark)) and monotonic() < give_up:
        sleep(0.05)
    names = [" ".join(one.cmdline()[1:5]) for one in left]
    for one in left:
        with suppress(psutil.Error):
            one.kill()
    assert names == []


@pytest.fixture
def marked(tmp_path, monkeypatch):
    """Mark what is started, and give it a folder for temporary files; give the mark and the folder."""
    mark, temporary = str(tmp_path), tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("RUN_UNDER_TEST", mark)
    monkeypatch.setenv("TMPDIR", str(temporary))
    yield mark, temporary
    for one in processes(mark):
        with suppress(psutil.Error):
            one.kill()


def forked(swarm):
    return [one for one in psutil.Process(swarm.process.pid).children() if "locust" in one.cmdline()]


def nothing(_):
    """Let it end by itself."""


def sends(number):
    return lambda swarm: swarm.process.send_signal(number)


def kill_a_worker(swarm):
    forked(swarm)[0].kill()
    swarm.wait_for("to missing")
    swarm.process.send_signal(signal.SIGTERM)


TWO = ("--processes", 2)
# How many processes, what ends it, the exit codes that are true.
ENDINGS = {
    "by itself": (TWO, ("-t", "1s"), nothing, {0, 12}),
    "Ctrl-C": (TWO, (), sends(signal.SIGINT), {0, 12}),
    "SIGTERM": (TWO, (), sends(signal.SIGTERM), {0, 12}),
    "the master is killed": (TWO, (), sends(signal.SIGKILL), {-9}),
    "a worker is killed": (TWO, (), kill_a_worker, {13}),
    "refused": (TWO, ("--settle-time", "5"), None, {2}),
    "a lone process is killed": ((), (), sends(signal.SIGKILL), {-9}),
}  # fmt: skip


@pytest.mark.parametrize(("workers", "options", "end", "codes"), ENDINGS.values(), ids=ENDINGS)
def test_nothing_is_left_behind(swarming, marked, workers, options, end, codes):
    """Whatever ends a run, its processes end, temporary folders are named, and no part of a file stays."""
    mark, temporary = marked
    port = free_port()
    if workers:
        workers = (*workers, "--master-bind-port", port, "--master-port", port)
    with swarming(*HEADLESS, *FILES, *workers, *options) as swarm:
        if end:
            swarm.wait_for("begins")
            if end is not nothing:
                wait_for_a_ledger(swarm)
            end(swarm)
        status = swarm.end()
    # A killed parent cannot wait for its children; every other one does.
    wait_until_all_have_ended(mark, 30 if status == -9 else 0)

    assert status in codes, swarm.err
    assert "Traceback" not in swarm.err
    assert [path.name for path in temporary.iterdir() if str(path) not in swarm.err] == []
    assert [path for path in swarm.folder.rglob("*") if path.name.endswith(".part")] == []


def wait_for_a_ledger(swarm):
    """Wait until something was sent: the run is in its middle then."""
    while not any(path.stat().st_size > 2000 for path in swarm.folder.glob("ledger/*.bin")):
        assert swarm.process.poll() is None, swarm.err
        sleep(0.05)


BEGINNING = "stores in"
WAITING = {
    "Ctrl-C twice": (("--master", "--expect-workers", 3), (signal.SIGINT, signal.SIGINT), 3),
    "SIGTERM": (("--master", "--expect-workers", 3), (signal.SIGTERM,), 3),
    "forked workers that look elsewhere": (("--processes", 2, "--master-host", "master.invalid"), (signal.SIGINT,), 2),
    "no patience": (("--master", "--expect-workers", 3, "--expect-workers-max-wait", 1), (), 3),
}  # fmt: skip


@pytest.mark.parametrize(("options", "signals", "expected"), WAITING.values(), ids=WAITING)
def test_a_run_that_has_not_begun_ends_with_all_its_processes(swarming, marked, options, signals, expected):
    """While a master waits for workers, every end is exit code 1, one line that says so, and no process is left."""
    mark, temporary = marked
    port = free_port()
    with swarming(
        "--headless", "-t", "1s", "--master-bind-port", port, "--master-port", port, *options
    ) as swarm:
        swarm.wait_for(BEGINNING)
        for number in signals:
            swarm.process.send_signal(number)
        status = swarm.end()
    wait_until_all_have_ended(mark, 0)

    assert status == 1, swarm.err
    name = f"{signals[0].name}: " if signals else ""
    said = (
        f"footfall: {name}the run ended before it began, 0 of {expected} workers had come; nothing was sent"
    )
    assert re.findall(r"^footfall: .*the run ended.*$", swarm.err, re.MULTILINE) == [said]
    assert "Traceback" not in swarm.err
    assert list(temporary.iterdir()) == []


def test_workers_that_have_come_are_sent_home(swarming, marked, free_master):
    """Ctrl-C on a master that waits for one more worker ends the one that has come."""
    mark, _ = marked
    with (
        swarming("--master", "--headless", "--expect-workers", 2, *free_master) as master,
        swarming("--worker", *free_master[2:]) as worker,
    ):
        # Locust answers a worker that is still starting, and does not end it then.
        worker.wait_for("waits for its run to begin")
        master.wait_for("1 workers connected")
        master.process.send_signal(signal.SIGINT)
        assert (master.end(), worker.end()) == (1, 0), master.err + worker.err
    wait_until_all_have_ended(mark, 0)

    assert "SIGINT: the run ended before it began, 1 of 2 workers had come; nothing was sent" in master.err


@pytest.mark.parametrize(
    ("option", "value", "way_out"),
    [("--master-bind-port", 20_000, "add --master-port 20000"), ("--master-bind-host", "127.0.0.2", "add --master-host 127.0.0.2")],
)  # fmt: skip
def test_forked_workers_that_would_look_elsewhere_are_refused(swarming, marked, option, value, way_out):
    """Locust tells its forked workers the master's default place: an option that moves the master alone is refused."""
    mark, _ = marked
    port = free_port()
    ports = () if option == "--master-bind-port" else ("--master-bind-port", port, "--master-port", port)
    value = port if option == "--master-bind-port" else value
    with swarming("--headless", "--processes", 2, *ports, option, value) as swarm:
        assert swarm.end() == 2, swarm.err
    wait_until_all_have_ended(mark, 0)

    assert f"{option} {value}: the workers of --processes look for their master at" in swarm.err
    assert way_out.replace("20000", str(port)) in swarm.err


def test_a_child_ends_with_a_parent_that_is_killed(marked):
    """Children that draw, compile or verify end with a process that was killed, in the middle of their work."""
    mark, _ = marked
    code = """
import os, psutil, signal, threading
from generator.system.exit_with_parent import run

def kill():
    while not psutil.Process().children():
        pass
    os.kill(os.getpid(), signal.SIGKILL)

threading.Thread(target=kill).start()
run("generator.strategies.pool", ["--sessions", "1000000"])
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    wait_until_all_have_ended(mark, 30)

    assert done.returncode == -signal.SIGKILL


def test_an_interrupted_start_leaves_no_endpoint(monkeypatch, marked):
    """What interrupts the start of the embedded endpoint ends it, and removes its temporary folder."""
    mark, temporary = marked
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(CollectorProcess, "_get", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Embedded("", "wire")

    assert processes(mark) == []
    assert list(temporary.iterdir()) == []
