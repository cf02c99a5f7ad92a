"""The time before a run: what ends the program then ends all its processes, and is a failure.

Locust handles no signal by then: while a master waits for its workers, Ctrl-C is a traceback and SIGTERM a sudden end, and
workers and the embedded endpoint stay behind.
"""

import atexit
from typing import TYPE_CHECKING

from locust.runners import MasterRunner

from generator.errors import UsageError
from generator.load.runner import interrupt
from generator.load.runner.echo import echo
from generator.load.runner.forks import Forks

if TYPE_CHECKING:
    from generator.load.runner.run_controller import RunController

_NOT_BEGUN = 1
"""The exit code of a run that has not begun, as of every run that sent nothing."""
_FOR_FORKS, _FOR_MACHINES = 60, 300
"""Seconds that workers have to come: forked ones, and those of other commands if the run has a `--run-time`."""
_FAREWELL = 2.0
"""Seconds that workers have to end that were sent home before the run."""
_LAST = 10.0
"""Seconds that they have after a run, beyond `--stop-timeout`."""
_EVERY = frozenset({"", "*", "0.0.0.0", "::"})  # noqa: S104  compared, not bound
"""How all addresses of a machine are called."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})


class PendingStart:
    """What holds in a master, or in the lone process, until its run begins, and when it ends.

    Args:
        node: the master's, or the lone process's.
    """

    def __init__(self, node: "RunController") -> None:
        self._node, self._options = node, node.environment.parsed_options
        self._is_refused = self._is_released = False
        self._by = ""
        self._forks = Forks()
        self._release = interrupt.handle_signals_before_start(self._end)
        # After Locust's own, and so before it.
        atexit.register(self._finish)

    @property
    def is_pending(self) -> bool:
        """Whether a run was asked for that begins by itself, and has not begun."""
        options = self._options
        return bool(options and (options.headless or options.autostart)) and self._node.test is None

    def check(self) -> None:
        """Check that the workers can come, and limit the time for which they are waited for.

        Raises:
            UsageError: if forked workers would look for their master where it is not.
        """
        options = self._options
        if not options or not isinstance(self._node.runner, MasterRunner):
            return
        if options.processes:
            _check_ports(options)
        if not options.expect_workers_max_wait and (options.processes or options.run_time):
            options.expect_workers_max_wait = _FOR_FORKS if options.processes else _FOR_MACHINES

    def refuse(self) -> None:
        """Note that the reason why nothing begins was printed."""
        self._is_refused = True

    def release(self) -> None:
        """Leave signals to Locust, and to the run."""
        if not self._is_released:
            self._is_released = True
            interrupt.handle_signals()
            self._release()

    def _end(self, by: str) -> None:
        self._by = f"{by}: "
        interrupt.end_program(_NOT_BEGUN)

    def _finish(self) -> None:
        """End what is left of the program's processes; a run has done so itself but for forked workers."""
        interrupt.ignore()
        node = self._node
        if self.is_pending and not self._is_refused:
            echo(f"{self._by}the run ended before it began{self._missing()}; nothing was sent")
        if node.test is None and isinstance(node.runner, MasterRunner):
            node.runner.quit()
        node.close()
        self._forks.end(_FAREWELL if node.test is None else (node.environment.stop_timeout or 0) + _LAST)

    def _missing(self) -> str:
        runner = self._node.runner
        if not isinstance(runner, MasterRunner) or not self._options:
            return ""
        return f", {len(runner.clients.ready)} of {self._options.expect_workers} workers had come"


def _check_ports(options: object) -> None:
    bound, sought = (getattr(options, f"master_{name}") for name in ("bind_port", "port"))
    if bound != sought:
        raise UsageError(
            f"--master-bind-port {bound}: the workers of --processes look for their master at --master-port {sought}; "
            f"add --master-port {bound}"
        )
    address, host = (getattr(options, f"master_{name}") for name in ("bind_host", "host"))
    if address not in {*_EVERY, host} and not {address, host} <= _LOOPBACK:
        raise UsageError(
            f"--master-bind-host {address}: the workers of --processes look for their master at --master-host {host}; "
            f"add --master-host {address}"
        )
