"""The guard around all of Footfall that Locust, or the hub, calls: an exception there ends the run, and is named.

Locust logs what a listener raises, and goes on. A run that goes on so does something else than it was asked for.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import gevent
from locust.runners import MasterRunner, WorkerRunner

from generator.errors import FootfallError
from generator.load.runner.echo import echo, log

FAILED = "footfall_failed"
"""The message by which a worker reports to the master that it cannot go on."""
BROKEN = 2
"""The exit code of a run in which a listener raised."""
_LONGEST = 500


class Guard:
    """Guard the listeners of one process.

    Args:
        environment: Locust's.
        end: ends the run here; not called on workers, whose master ends it.

    Attributes:
        broken: what raised first in this process, or on a worker; "" if nothing has.
    """

    def __init__(self, environment: Any, end: Callable[[], None]) -> None:
        self._environment, self._end = environment, end
        self.broken = ""

    def __call__(self, name: str, listener: Callable[..., Any]) -> Callable[..., Any]:
        """Return a listener that raises nothing.

        Args:
            name: what it does, in words for people.
            listener: what may raise.
        """

        @wraps(listener)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            try:
                return listener(*args, **kwargs)
            except Exception as error:  # noqa: BLE001  whatever it is, it ends the run
                log.exception("%s", name)
                self.fail(f"{name}: {_brief(error)}")
            return None

        return guarded

    def spawn(self, name: str, call: Callable[..., Any], *args: Any) -> gevent.Greenlet:
        """Start a greenlet that raises nothing."""
        return gevent.spawn(self(name, call), *args)

    def watch(self, name: str, greenlet: gevent.Greenlet) -> None:
        """End the run if a greenlet dies."""
        greenlet.link_exception(lambda dead: self.fail(f"{name}: {_brief(dead.exception)}"))

    def fail(self, why: str) -> None:
        """End the run, since this process cannot do what it is asked for.

        Args:
            why: what failed.
        """
        if self.broken:
            return
        self.broken = why
        echo(f"{why}; the run ends here")
        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            runner.send_message(FAILED, {"why": why})
            return
        self._environment.process_exit_code = BROKEN
        gevent.spawn(self._end)

    def on_failed(self, msg: Any) -> None:
        """Take a worker's word that it cannot go on."""
        if isinstance(self._environment.runner, MasterRunner):
            self.fail(f"worker {msg.node_id}: {msg.data['why']}")

    def begin(self) -> None:
        """Begin another run in the same process: nothing has failed in that one yet."""
        self.broken = ""


def _brief(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, FootfallError):
        return text  # written for people
    return f"{type(error).__name__}: {text[:_LONGEST]}" if text else type(error).__name__
