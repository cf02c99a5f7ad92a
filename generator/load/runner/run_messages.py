"""The messages of a run between its workers and their master."""

from typing import TYPE_CHECKING, Any

import gevent
from locust.runners import WorkerRunner

from generator.load.rates.lease import RateLease
from generator.load.run_clock import Age
from generator.load.runner.echo import echo
from generator.load.runner.load_run import LoadRun

if TYPE_CHECKING:
    from generator.load.runner.run_controller import RunController

ASK, GRANT, FINISH = "footfall_ask", "footfall_grant", "footfall_finish"
MASTER_GONE = (
    "the master does not answer: nothing more is sent until it does; "
    "a master that was restarted does not know this worker, so start a new one for it"
)
_REPORT = "footfall"
"""The name under which Locust carries a worker's counts, with its own statistics."""
_BETWEEN_LOOKS = 0.5


class RunMessages:
    """Sends and takes the messages of the run that a node has.

    Args:
        node: the node.
    """

    def __init__(self, node: "RunController") -> None:
        self._node = node

    def ask(self, count: int) -> None:
        """Ask the master, which may be this process itself, for leave to begin further sessions."""
        test, runner = self._node.test, self._node.runner
        if test and runner:
            runner.send_message(ASK, {"run": test.run, "count": count})

    def on_ask(self, msg: Any) -> None:
        """Grant a worker, or this process itself, some of the sessions that are left."""
        test, runner = self._node.test, self._node.runner
        if test is None or runner is None or msg.data["run"] != test.run:
            return
        granted = test.budget.grant(msg.node_id, msg.data["count"])
        runner.send_message(GRANT, {"run": test.run, "count": granted}, msg.node_id)

    def on_grant(self, msg: Any) -> None:
        """Take what the master grants."""
        test = self._node.test
        if test and msg.data["run"] == test.run:
            test.grant(msg.data["count"])

    def on_lease(self, msg: Any) -> None:
        """Take this worker's part of the rate from the master; the first one starts the clock."""
        node, test, data = self._node, self._node.test, msg.data
        if test is None or test.plan is None or data["run"] != test.run or test.is_stopping:
            return
        if not test.clock.is_running:
            node.start(test, Age(*data["age"]))
            node.guard.spawn("waiting for the master", self._miss_master, test)
        test.take_lease(RateLease(*data["lease"]))

    def _miss_master(self, test: LoadRun) -> None:
        """Report when the master does not answer any more: it was restarted, or cannot be reached."""
        is_missed = False
        while test is self._node.test and not test.is_over:
            gevent.sleep(_BETWEEN_LOOKS)
            if test.has_lapsed and not is_missed:
                echo(MASTER_GONE)
            is_missed = test.has_lapsed

    def add_report(self, data: dict[str, Any]) -> None:
        """Put this worker's counts into what it reports."""
        if self._node.test:
            data[_REPORT] = self._node.test.report()

    def report(self) -> None:
        """Report to the master now, Locust's own statistics included; on a worker."""
        runner = self._node.runner
        if isinstance(runner, WorkerRunner):
            data: dict[str, Any] = {}
            events: Any = self._node.environment.events
            events.report_to_master.fire(client_id=runner.client_id, data=data)
            runner.send_message("stats", data)

    def on_report(self, client_id: str, data: dict[str, Any]) -> None:
        """Keep a worker's last counts."""
        test, report = self._node.test, data.get(_REPORT)
        if report and test and report["run"] == test.run:
            test.absorb(client_id, report)
            if report["unwritten"] and not test.is_stopping:
                self._node.give_up(f"worker {client_id}: {report['unwritten']}")
            self._node.end_if_all_played()
