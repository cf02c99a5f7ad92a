"""The exit code of a verb that judges is its verdict, whatever becomes of standard output."""

import json
import os
import subprocess
import sys
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest

from generator.cli.commands import LastingOutput, VerdictCommand, run
from generator.collector import CollectorProcess
from tests.support.forked import footfall_server

BIN = Path(sys.executable).parent
FOOTFALL = BIN / "footfall"
READERS = {
    "a reader that reads nothing": (0, False),
    "a reader that reads one line": (1, False),
    "a reader of both streams that reads nothing": (0, True),
}
"""How many lines are read before the pipe is closed, and whether standard error is in it too."""
FULL_DISKS = {"a full disk": False, "a full disk for both streams": True}
"""Whether standard error is on it too."""
CLOSED = {"a closed standard output": ">&-", "a closed standard error": "2>&- | true"}
"""The words of a shell for it."""
LOST_OUTPUTS = [*READERS, *FULL_DISKS, *CLOSED]
"""How standard output can fail."""


@pytest.fixture
def shell(tmp_path):
    """Run a line of shell in the empty folder; return the finished process with the status of its first command."""

    def call(line, **env):
        return subprocess.run(
            ["/bin/bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"], cwd=tmp_path, capture_output=True, check=False,
            timeout=60, env={**os.environ, "PATH": f"{BIN}:/usr/bin:/bin", **env},
        )  # fmt: skip

    return call


@pytest.fixture
def subjects(sent, dataset, tmp_path):
    """Write what is judged in these tests: a run with three sinks, good and bad events, and two deliveries."""
    lines = [event + b"\n" for event in sent]
    (tmp_path / "whole.jsonl").write_bytes(b"".join(lines))
    (tmp_path / "empty.jsonl").write_bytes(b"")
    # Longer than the buffer of a pipe: the verb is still writing when the reader ends.
    (tmp_path / "bad.jsonl").write_text('{"eid":"LOG"}\n' * 2_000)
    dataset("good.jsonl")
    for name, outcome in (("delivered", "delivered"), ("failed", "failed")):
        delivery = {
            "outcome": outcome,
            "sentence": f"{outcome}: 20 acknowledged events",
            "runs": ["0d48c35e"],
            "stages": [],
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(delivery))


VERDICTS = {
    "verify ledger --against empty.jsonl": 1,
    "check --max-violations 100000 bad.jsonl": 1,
    "verify ledger --against whole.jsonl": 0,
    "verify ledger --against empty.jsonl --json": 1,
    "verify ledger --against nothing.jsonl": 3,
    "verify nothing --against whole.jsonl": 2,
    "check good.jsonl": 0,
    "check --max-violations 100000 --json bad.jsonl": 1,
    "report failed.json": 1,
    "report nothing.json": 2,
}
"""What is asked, and the exit code of the answer."""
ASKED = list(VERDICTS)


@pytest.mark.parametrize(
    ("arguments", "output"),
    [*product(ASKED[:2], LOST_OUTPUTS), *product(ASKED[2:], LOST_OUTPUTS[2:4])],
)
def test_a_verdict_is_kept_when_its_text_is_lost(shell, subjects, tmp_path, arguments, output):
    """However standard output fails, the exit code is the one that the verb has without that failure."""
    if output in CLOSED:
        done = shell(f"footfall {arguments} {CLOSED[output]}")
        status, heard = done.returncode, done.stderr + done.stdout
    elif output in READERS:
        status, heard = run_for_reader(tmp_path, arguments, *READERS[output])
    else:
        status, heard = run_on_full_disk(tmp_path, arguments, FULL_DISKS[output])

    assert status == VERDICTS[arguments]
    assert b"Traceback" not in heard


def run_for_reader(folder, arguments, lines, is_of_both):
    """Run a verb whose output goes into a pipe that is closed; return its exit code and what could be read."""
    reads, writes = os.pipe()
    streams = {"stdout": writes} | ({"stderr": writes} if is_of_both else {})
    with os.fdopen(reads, "rb") as pipe:
        if not lines:
            pipe.close()
        process = footfall_server().start([FOOTFALL, *arguments.split()], cwd=folder, **streams)
        os.close(writes)
        heard = [pipe.readline() for _ in range(lines)]
    err = process.communicate(timeout=60)[1] or b""
    return process.returncode, b"".join(heard) + err


def run_on_full_disk(folder, arguments, is_of_both):
    """Run a verb whose output goes to a disk that is full; return its exit code, and its errors if these do not."""
    with Path("/dev/full").open("wb") as full:
        streams = {"stdout": full} | ({"stderr": full} if is_of_both else {})
        done = footfall_server().run([FOOTFALL, *arguments.split()], cwd=folder, **streams)
    return done.returncode, done.stderr or b""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_no_mistake_and_a_full_disk_is_named(shell, subjects, unbuffered):
    """A reader that has enough gets no message; text that a disk could not take is told in one line on stderr."""
    verb = "footfall check --max-violations 100000 bad.jsonl"

    assert shell(f"{verb} | head -c 10", PYTHONUNBUFFERED=unbuffered).stderr == b""
    assert shell(f"{verb} > /dev/full", PYTHONUNBUFFERED=unbuffered).stderr.decode().splitlines() == [
        "footfall: standard output: No space left on device: the text is incomplete, but the exit code is the verdict"
    ]


def test_a_probe_keeps_its_verdict_without_a_reader(shell, tmp_path):
    """A property that fails gives 1, also when nothing reads the lines that are printed before the end."""
    with CollectorProcess(tmp_path / "store", mode="strict", form="documented") as collector:
        done = shell(f"footfall probe {collector.url} --property unicode --max-examples 1 --form wire | true")

    assert done.returncode == 1


@pytest.mark.parametrize("verb", ["check", "demo", "probe", "report", "verify"])
def test_each_verb_that_judges_is_a_verdict_command(verb):
    """A verb whose exit code is a verdict is of the class that keeps it."""
    assert isinstance(import_module(f"generator.cli.{verb}").command, VerdictCommand)


def test_a_connection_that_breaks_is_not_taken_for_a_reader_that_has_enough(monkeypatch, capfd, tmp_path):
    """A broken pipe that is not standard output is an error, exit 2, and never success."""

    def breaks(_):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("generator.cli.verify.discover", lambda _: ["x"])
    monkeypatch.setattr("generator.cli.verify.read_all", breaks)

    assert run(["verify", "ledger", "--against", "x.jsonl"]) == 2
    assert "a connection was closed by its other end" in capfd.readouterr().err


def test_a_full_pipe_that_does_not_block_is_waited_for():
    """Nothing is lost in a pipe that another process has set to non-blocking mode."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    data = bytes(range(256)) * 4096
    script = f"import sys; sys.exit(len(sys.stdin.buffer.read()) != {len(data)})"
    reader = subprocess.Popen([sys.executable, "-c", script], stdin=reading)
    os.close(reading)
    output = LastingOutput(writing)
    written = 0
    while written < len(data):
        written += output.write(data[written:])
    os.close(writing)

    assert reader.wait(60) == 0
    assert output.error is None


def test_after_a_failed_write_everything_is_discarded():
    """The first failure is remembered, and what is written afterwards counts as written."""
    with Path("/dev/full").open("wb", buffering=0) as full:
        output = LastingOutput(full.fileno())

        assert [output.write(b"abc"), output.write(b"defg")] == [3, 4]
        assert output.error.strerror == "No space left on device"
