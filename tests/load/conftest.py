import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Timer
from time import monotonic
from types import SimpleNamespace

import pytest

from tests.support.forked import locust_server

ROOT = Path(__file__).parent.parent.parent
LOCUSTFILE = ROOT / "locustfiles" / "session.py"


# Below those that the system gives to whoever asks for any: a server that starts meanwhile must not get one of these.
_PORTS = count(20_000 + os.getpid() * 37 % 10_000)


def free_port():
    for port in _PORTS:
        with socket.socket() as taken, suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is no end to numbers")


def start_forked(command, folder, env):
    """Start a program in a fork of a process that has imported Locust."""
    return locust_server().start(command, cwd=folder, env=env, text=True)


def start_alone(command, folder, env):
    """Start a program in a Python of its own."""
    return subprocess.Popen(
        [sys.executable, *map(str, command)], cwd=folder, env=env, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


class Swarm:
    """A Locust process in a folder of its own."""

    def __init__(self, folder, options, env, program=None, start=start_forked):
        self.folder = folder
        command = [
            *([program] if program else ["-m", "locust"]),
            "-f",
            LOCUSTFILE,
            "--only-summary",
            *options,
        ]
        self.process = start(command, folder, {**os.environ, **env})
        self.err = ""

    def wait_for(self, text):
        """Read what it says until this is said; it is ended when it has not said so within two minutes."""
        too_long = Timer(120, self.process.kill)
        too_long.start()
        try:
            for line in self.process.stderr:
                self.err += line
                if text in line:
                    return line
        finally:
            too_long.cancel()
        raise AssertionError(f"{text!r} was never said:\n{self.err}")

    def wait_until_it_listens(self, port):
        """Try until the port is open, or the process has ended."""
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 20).close()
            except ConnectionRefusedError:
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.05)
                assert self.process.poll() is None, self.process.stderr.read()
            else:
                return

    def wait_until(self, holds):
        """Look now and then until something holds, and give it; the process must not end before, nor take two minutes."""
        give_up = monotonic() + 120
        while not (found := holds()):
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
            is_late = monotonic() > give_up
            if is_late:
                self.process.kill()
            assert not is_late, self.read_to_the_end()
            assert self.process.poll() is None, self.read_to_the_end()
        return found

    def read_to_the_end(self):
        """Return all that it has said."""
        self.end()
        return self.out + self.err

    def end(self, timeout=180):
        self.out, err = self.process.communicate(timeout=timeout)
        self.err += err
        return self.process.returncode

    @property
    def summary(self):
        return json.loads((self.folder / "summary.json").read_text())


@pytest.fixture
def start():
    """How Locust is started; files of tests in which it matters have another fixture of this name."""
    return start_forked


@pytest.fixture
def swarming(tmp_path, start):
    """Run Locust with the session locustfile; whatever is left at the end is killed."""
    started = []

    @contextmanager
    def run(*options, folder=tmp_path, program=None, **env):
        swarm = Swarm(folder, options, env, program, start)
        started.append(swarm)
        yield swarm

    yield run
    for swarm in started:
        if swarm.process.poll() is None:
            swarm.process.kill()
            swarm.process.communicate()
        for pipe in (swarm.process.stdout, swarm.process.stderr):
            pipe.close()


@pytest.fixture
def run_code(tmp_path):
    """Run code that needs Locust, which patches the process that imports it; give the finished process."""

    def run(code, *arguments, env=None):
        script = tmp_path / "code.py"
        script.write_text(code)
        return locust_server().run([script, *arguments], cwd=tmp_path, env=env, text=True, timeout=120)

    return run


@pytest.fixture
def free_master():
    """The options of a master on a port of its own, the worker's own two last."""
    port = free_port()
    return ("--master-bind-port", port, "--master-port", port)


@pytest.fixture
def swarm(swarming):
    """Run Locust to its end, with a summary; give the ended swarm."""

    def run(*options, **env):
        with swarming("--headless", "--summary", "summary.json", *options, **env) as one:
            one.status = one.end()
        return one

    return run


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A dataset of fifty sessions, its events, and its manifest."""
    path = tmp_path_factory.mktemp("dataset") / "events.jsonl"
    main = "from generator.cli import main; main()"
    command = [sys.executable, "-c", main, "generate", "--sessions", "50", "-o", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    lines = path.read_bytes().splitlines()
    manifest = json.loads((path.parent / "events.manifest.json").read_text())
    return SimpleNamespace(path=path, lines=lines, events=[*map(json.loads, lines)], manifest=manifest)
