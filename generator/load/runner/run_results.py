"""The results of a node's runs: each is verified, summed up, written and printed at its end."""

from locust.env import Environment

from generator.load.runner.echo import write_out
from generator.load.runner.finalise import finalise, write
from generator.load.runner.guard import Guard
from generator.load.runner.load_run import LoadRun
from generator.load.runner.run_target import RunTarget
from generator.load.runner.verification import verify_run
from generator.load.summary import Summary
from generator.load.text_report import summary_lines


class RunResults:
    """Completes the runs of the node that leads.

    Args:
        environment: Locust's.
        target: where the runs send.
        guard: knows what raised within a run.

    Attributes:
        is_store_wanted: whether the embedded endpoint's store stays, since a run was not clean.
    """

    def __init__(self, environment: Environment, target: RunTarget, guard: Guard) -> None:
        self._environment, self._target, self._guard = environment, target, guard
        self._summary: Summary | None = None
        self.is_store_wanted = False

    def complete(self, test: LoadRun) -> None:
        """Verify a run, sum it up, write what was asked for, and set the exit code."""
        own = self._target.own
        delivery = verify_run(test, own.store if own else None)
        test.broken = self._guard.broken
        summary = self._summary = finalise(test, self._environment, own.stats() if own else None, delivery)
        self.is_store_wanted |= not summary.is_clean
        write(summary)
        self._environment.process_exit_code = summary.exit_code
        if self._environment.web_ui:
            self.show()

    def show(self) -> None:
        """Print the summary, once."""
        if self._summary:
            write_out("\n".join(["", *summary_lines(self._summary), ""]))
            self._summary = None
