"""The workers that Locust forks from this process for `--processes`: they end with it, whatever ends it.

Locust 2.47 sends a worker home that has connected to its master, and forgets about the others when the master ends.
"""

import os
import signal
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

import gevent
import psutil
from gevent.monkey import get_original

_BETWEEN_LOOKS = 0.5
_BETWEEN_WAITS = 0.05
_PATIENCE = 20.0
"""Seconds that a worker has for its last batches and its ledger after its parent was killed; see `--stop-timeout`."""
_GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL for a worker that its parent ends."""


def end_with_parent() -> None:
    """Make each process that is forked from this one end when this one does, also if this one is killed."""
    os.register_at_fork(after_in_child=_watch_parent)


def _watch_parent() -> None:
    # A thread of the system: a greenlet waits while a script runs, and a worker may wait for its master for minutes.
    get_original("_thread", "start_new_thread")(_end_with, (os.getppid(), os.getsid(0)))


def _end_with(parent: int, session: int) -> None:
    pause = get_original("time", "sleep")
    while os.getppid() == parent:
        pause(_BETWEEN_LOOKS)
    if os.getsid(0) != session:
        return  # it was detached on purpose
    os.kill(os.getpid(), signal.SIGTERM)
    pause(_PATIENCE)
    os._exit(128 + signal.SIGTERM)


class Forks:
    """The processes that were forked from this one and are still there."""

    def __init__(self) -> None:
        this = psutil.Process()
        command = this.cmdline()
        # Whatever runs another program has another command line.
        self._processes = [child for child in this.children() if _of(child, child.cmdline) == command]

    def end(self, patience: float) -> None:
        """End those that are left.

        Args:
            patience: the seconds that they have to end by themselves.
        """
        self._wait(patience)
        for end in (psutil.Process.terminate, psutil.Process.kill):
            for process in self._living():
                _of(process, partial(end, process))
            self._wait(_GRACE)

    def _wait(self, seconds: float) -> None:
        # Not by waiting for the system: Locust asks it for their exit codes afterwards.
        give_up = monotonic() + seconds
        while self._living() and monotonic() < give_up:
            gevent.sleep(_BETWEEN_WAITS)

    def _living(self) -> list[psutil.Process]:
        return [one for one in self._processes if _of(one, one.status) not in {None, psutil.STATUS_ZOMBIE}]


def _of(process: psutil.Process, ask: Callable[[], Any]) -> Any:
    """Return an answer of the system about a process; None if the process has ended."""
    try:
        return ask() if process.is_running() else None
    except psutil.NoSuchProcess:
        return None
