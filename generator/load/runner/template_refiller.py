"""Refilling: a child process compiles further templates, and a greenlet takes them into the pool."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from gevent import subprocess as cooperative

from generator.load.runner.echo import log
from generator.load.settings import Settings
from generator.load.template import child
from generator.load.template.pool import TemplatePool

_BETWEEN_LOOKS = 0.1
_BETWEEN_STARTS = 1.0
"""Seconds after which a child is started once more that could not be."""


class TemplateRefiller:
    """Keeps a pool growing, and fresh, for as long as a test lasts: as quickly as sessions are drawn from it.

    Args:
        pool: what is filled.
        settings: what is played.
        lane: the worker's lane.
        fail: called with the reason if a script raises.

    Attributes:
        greenlet: what takes templates from the child.
    """

    def __init__(
        self, pool: TemplatePool, settings: Settings, lane: int, fail: Callable[[str], None] = log.error
    ) -> None:
        self._pool, self._fail = pool, fail
        self._request = child.request(settings, lane, bare=bool(pool.why_built))
        self._process: Any = None
        self._is_wanted = True
        self.greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """End the child."""
        self._is_wanted = False
        self._kill()
        self.greenlet.join()

    def _kill(self) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                self._process.kill()

    def _run(self) -> None:
        if not self._wait():
            return
        process = self._process = self._started()
        if process is None:
            return
        if not self._is_wanted:
            # The refiller was stopped while the child was started.
            self._kill()
        with suppress(BrokenPipeError):
            process.stdin.write(self._request)
            process.stdin.flush()
        while len(head := process.stdout.read(4)) == 4:
            size = int.from_bytes(head, "big")
            text = process.stdout.read(size)
            if len(text) < size or not self._is_wanted:
                break
            self._pool.add(child.read(text))
            # What is not read yet, the child does not compile: its pipe is full.
            if not self._wait():
                break
        message = process.stderr.read().decode(errors="replace").strip()
        status = process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with suppress(BrokenPipeError):
                pipe.close()
        if self._is_wanted and status == child.SCRIPT_RAISED:
            self._fail(message.rpartition("\n")[2])
        elif self._is_wanted:
            log.warning(
                "no more templates are compiled: %s", message.rpartition("\n")[2] or "the process ended"
            )

    def _started(self) -> Any:
        """Start the child as soon as this machine has what that takes; return None if it is not wanted any more."""
        has_logged = False
        while self._is_wanted:
            try:
                return _start()
            except OSError as error:
                # No file descriptor, process or memory is left just now: a run goes on with the templates it has.
                if not has_logged:
                    log.warning(
                        "no more templates are compiled for now: %s", (error.strerror or str(error)).lower()
                    )
                has_logged = True
                gevent.sleep(_BETWEEN_STARTS)
        return None

    def _wait(self) -> bool:
        """Wait until more templates would mean more variety; return whether they are wanted still."""
        while self._is_wanted and not self._pool.is_worn:
            gevent.sleep(_BETWEEN_LOOKS)
        return self._is_wanted


def _start() -> Any:
    # In a session of its own, for Ctrl-C in a terminal goes to all of a group: it is for this process to end it.
    return cooperative.Popen(
        [sys.executable, "-m", child.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
