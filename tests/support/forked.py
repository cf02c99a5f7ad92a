"""Processes that begin as forks of one that has imported what they need: importing Locust and Footfall takes a second.

A fork has the command line, the environment, the folder and the three standard files of a process of its own, and ends
as one does: with its exit code, by its signal, after its own clean-up. What happens while Python starts is not tried so,
neither are closed standard files and terminals, and `/proc` shows the server's command line and environment for it.
"""

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from select import select
from subprocess import DEVNULL, PIPE

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
_READ_AT_START = ("PYTHON", "GEVENT", "LOCUST_SKIP", "LD_")
"""How variables begin that have their effect before the fork."""
_LOCUST = ("locust.main", "gevent.fileobject", "gevent.resolver.thread", "generator.load.runner", "faker")
_FOOTFALL = ("faker", "generator.cli.commands", *(f"generator.cli.{name}" for name in (
    "check", "generate", "ledger", "probe", "report", "scenarios", "schema", "serve", "show", "verify",
)))  # fmt: skip


def is_read_at_start(variable):
    """Return whether an environment variable has its effect while Python starts, before the fork."""
    return variable.startswith(_READ_AT_START)


class ForkServer:
    """A process that has imported modules, and is forked for each program; see `fork_server`.

    Args:
        modules: their names.
    """

    def __init__(self, modules):
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno()), *modules],
                cwd=ROOT, pass_fds=[theirs.fileno()], stdin=DEVNULL, stdout=DEVNULL,
            )  # fmt: skip
        self._env = dict(os.environ)
        atexit.register(self.close)

    def start(self, command, *, cwd, env=None, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, text=False):
        """Start a program, as `subprocess.Popen` does.

        Args:
            command: what stands after `python` on the command line: a script, or `-m` and a module, and arguments.
            cwd: its working directory.
            env: its environment; None for this process's.
            stdin: its standard input: DEVNULL, PIPE, or an open file.
            stdout: its standard output, likewise.
            stderr: its standard error, likewise.
            text: whether its pipes are of text.
        """
        env = dict(os.environ) if env is None else dict(env)
        names = filter(is_read_at_start, {*env, *self._env})
        late = {name for name in names if env.get(name) != self._env.get(name)}
        assert not late, f"{late}: they have their effect before the fork"
        request = {"command": [*map(str, command)], "folder": str(cwd), "env": env}
        status, theirs = socket.socketpair()
        files = [_File(stdin, "w"), _File(stdout, "r"), _File(stderr, "r")]
        socket.send_fds(
            self._control, [json.dumps(request).encode()], [*(one.given for one in files), theirs.fileno()]
        )
        theirs.close()
        for one in files:
            one.close()
        return Fork(request["command"], status, [one.kept(text=text) for one in files])

    def run(self, command, *, timeout=60, **options):
        """Run a program to its end, as `subprocess.run` does."""
        given = options.pop("input", None)
        process = self.start(command, **options, **({} if given is None else {"stdin": PIPE}))
        try:
            out, err = process.communicate(given, timeout)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def close(self):
        """End the server, and what is left of its forks."""
        self._control.close()
        self._process.wait()


@cache
def locust_server():
    """Return this process's server of Locust, `-m locust`; it is started when it is first asked for."""
    return ForkServer(_LOCUST)


@cache
def footfall_server():
    """Return this process's server of the `footfall` command, likewise."""
    return ForkServer(_FOOTFALL)


class _File:
    """A standard file of a fork: what is given to it, and what is kept of it here."""

    def __init__(self, wanted, mode):
        self._ours, self._mode, self._is_own = None, mode, wanted in {PIPE, DEVNULL}
        if wanted == PIPE:
            reads, writes = os.pipe()
            self._ours, self.given = (reads, writes) if mode == "r" else (writes, reads)
        elif wanted == DEVNULL:
            self.given = os.open(os.devnull, os.O_RDWR)
        else:
            self.given = wanted if isinstance(wanted, int) else wanted.fileno()

    def close(self):
        if self._is_own:
            os.close(self.given)

    def kept(self, *, text):
        if self._ours is None:
            return None
        return (
            os.fdopen(self._ours, self._mode, encoding="utf-8")
            if text
            else os.fdopen(self._ours, f"{self._mode}b")
        )


class Fork:
    """A fork: of `subprocess.Popen` whatever tests need."""

    def __init__(self, command, status, pipes):
        self.args, self.returncode, self._status, self._readers = command, None, status, None
        self.stdin, self.stdout, self.stderr = pipes
        self.pid = self._read_status()

    def _read_status(self):
        said = self._status.recv(4)
        assert said, "the fork server has ended"
        return struct.unpack("i", said)[0]

    def poll(self):
        """Return the exit code, or None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout=None):
        """Wait until it has ended; return the exit code."""
        if self.returncode is None:
            if not select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = self._read_status()
            self._status.close()
        return self.returncode

    def communicate(self, given=None, timeout=None):
        """Write to it, and wait until it has ended; return the rest of its output and of its errors."""
        if self._readers is None:
            self._readers = [_Reader(pipe) for pipe in (self.stdout, self.stderr)]
            if self.stdin:
                with suppress(BrokenPipeError), self.stdin:
                    self.stdin.write(given or b"")
        self.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
            if reader.is_alive():  # something that it started holds the pipe
                raise subprocess.TimeoutExpired(self.args, timeout)
        return tuple(reader.text for reader in self._readers)

    def send_signal(self, number):
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        """End it as `kill -9` does."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe:
                pipe.close()
        self.wait()


class _Reader(threading.Thread):
    """Reads a pipe to its end, and closes it."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self._pipe, self.text = pipe, None
        self.start()

    def run(self):
        if self._pipe:
            with self._pipe:
                self.text = self._pipe.read()
