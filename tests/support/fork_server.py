"""The server's side of `forked`: a process that has imported modules, and is forked for each program.

    python -m tests.support.fork_server DESCRIPTOR MODULE...

It ends when nobody holds the other end of its socket any more, and ends what it has started. Whatever it uses between
two forks is imported here, before a module such as gevent can patch it.
"""

import gc
import io
import json
import os
import runpy
import struct
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from os import WNOHANG, fork, waitpid
from pathlib import Path
from select import select
from signal import SIG_DFL, SIG_IGN, SIGCHLD, SIGINT, SIGKILL, default_int_handler, set_wakeup_fd, signal
from socket import recv_fds, socket, socketpair

LARGEST = 1 << 17
"""The bytes of a request, at the most."""


class Server:
    """Forks for each request that it reads, and writes each fork's number and exit code to its status socket."""

    def __init__(self, control):
        self._control, self._statuses = control, {}
        self._wakes, self._woken = socketpair()
        self._wakes.setblocking(False)
        self._woken.setblocking(False)

    def serve(self):
        """Serve until nothing more can be asked; return the command in each fork, and None in the server."""
        signal(SIGINT, SIG_IGN)  # Ctrl-C in a terminal is for the forks
        signal(SIGCHLD, lambda *_: None)
        set_wakeup_fd(self._woken.fileno())
        while True:
            ready = select([self._control, self._wakes], [], [])[0]
            if self._wakes in ready:
                self._wakes.recv(LARGEST)
                self._reap()
            if self._control in ready:
                request, given, *_ = recv_fds(self._control, LARGEST, 4)
                if not request:
                    return self._end()
                if command := self._start(json.loads(request), given):
                    return command

    def _start(self, request, given):
        *files, status = given
        pid = fork()
        if not pid:
            self._become(request, files, status)
            return request["command"]
        for descriptor in files:
            os.close(descriptor)
        self._statuses[pid] = status
        os.write(status, struct.pack("i", pid))
        return None

    def _become(self, request, files, status):
        set_wakeup_fd(-1)
        signal(SIGCHLD, SIG_DFL)
        signal(SIGINT, default_int_handler)
        for one in (self._control, self._wakes, self._woken):
            one.close()
        for number, descriptor in enumerate(files):
            os.dup2(descriptor, number)
        for descriptor in (*files, status, *self._statuses.values()):
            os.close(descriptor)
        open_standard_streams()
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["env"])
        time.tzset()

    def _reap(self):
        for pid in [*self._statuses]:
            ended, status = waitpid(pid, WNOHANG)
            if ended:
                self._report(pid, status)

    def _report(self, pid, status):
        answers = self._statuses.pop(pid)
        with suppress(BrokenPipeError):
            os.write(answers, struct.pack("i", os.waitstatus_to_exitcode(status)))
        os.close(answers)

    def _end(self):
        for pid in [*self._statuses]:
            os.kill(pid, SIGKILL)
            self._report(*waitpid(pid, 0))


def open_standard_streams():
    """Open the standard streams as Python does when it starts: the server's know what their own files can do."""
    is_raw = sys.stdout.write_through  # PYTHONUNBUFFERED
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        old = getattr(sys, name)
        buffer = open(number, f"{mode}b", 0 if is_raw and mode == "w" else -1, closefd=False)  # noqa: SIM115  a descriptor
        getattr(buffer, "raw", buffer).name = f"<{name}>"
        stream = io.TextIOWrapper(
            buffer, old.encoding, old.errors, newline="\n" if mode == "w" else None,
            line_buffering=not is_raw and (name == "stderr" or os.isatty(number)), write_through=is_raw,
        )  # fmt: skip
        stream.mode = mode
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def prepare(modules):
    """Import modules, and leave nothing of it that two forks would share."""
    for module in modules:
        import_module(module)
    if "faker" in modules:
        for locale in (*import_module("generator.world.words").DEFAULT_LOCALES, "en_US"):
            import_module("faker").Faker(locale)  # imports the modules of each
    if "gevent" in sys.modules:
        # urllib3 has tried a socket while it was imported: no fork may have the hub of that, with its descriptors.
        import_module("gevent").get_hub().destroy(destroy_loop=True)
    assert tempfile.tempdir is None, "a fork's TMPDIR would have no effect"
    gc.collect()
    gc.freeze()


def run(command):
    """Run a script, or a module after `-m`, as Python does."""
    if command[0] == "-m":
        sys.argv = command[1:]
        sys.path[0] = str(Path.cwd())
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        sys.path[0] = str(Path(command[0]).parent)
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    server = Server(socket(fileno=int(sys.argv[1])))
    prepare(sys.argv[2:])
    if asked := server.serve():
        run(asked)
