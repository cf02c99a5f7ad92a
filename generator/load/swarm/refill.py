"""Refilling: a child process compiles further templates, and a greenlet takes them into the pool."""

import subprocess
import sys
from contextlib import suppress

import gevent
from gevent import subprocess as cooperative

from generator.load.settings import Settings
from generator.load.swarm.say import log
from generator.load.template import child
from generator.load.template.pool import Pool


class Refill:
    """Keeps a pool growing, and fresh, for as long as a test lasts.

    Args:
        pool: what is filled.
        settings: what is played.
        lane: the worker's lane.
    """

    def __init__(self, pool: Pool, settings: Settings, lane: int) -> None:
        self._pool = pool
        command = [sys.executable, "-m", child.__name__]
        # In a session of its own, for Ctrl-C in a terminal goes to all of a group: it is for this process to end it.
        self._process = cooperative.Popen(  # our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._is_wanted = True
        self._greenlet = gevent.spawn(self._run, child.request(settings, lane))

    def stop(self) -> None:
        """End the child."""
        self._is_wanted = False
        with suppress(ProcessLookupError):
            self._process.kill()
        self._greenlet.join()

    def _run(self, request: bytes) -> None:
        process = self._process
        with suppress(BrokenPipeError):
            process.stdin.write(request)
            process.stdin.flush()
        while len(head := process.stdout.read(4)) == 4:
            size = int.from_bytes(head, "big")
            text = process.stdout.read(size)
            if not self._is_wanted or len(text) < size:
                break
            self._pool.add(child.read(text))
        said = process.stderr.read().decode(errors="replace").strip()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with suppress(BrokenPipeError):
                pipe.close()
        if self._is_wanted:
            log.warning("no more templates are compiled: %s", said.rpartition("\n")[2] or "the process ended")
