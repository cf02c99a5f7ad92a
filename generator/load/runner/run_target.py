"""The target of a run: the endpoint that an option names, or the embedded one."""

from typing import Any

from locust.env import Environment
from locust.runners import MasterRunner

from generator.errors import UsageError
from generator.load.embedded import Embedded
from generator.load.plan import Plan
from generator.load.runner.echo import echo
from generator.load.runner.poster import EMBEDDED
from generator.load.runner.preflight import check_target, look_ahead
from generator.load.settings import Settings


class RunTarget:
    """Where a node's runs send.

    Args:
        environment: Locust's, whose host is the target.

    Attributes:
        embedded: the embedded endpoint, once it was started.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.embedded: Embedded | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is an endpoint of the process's own."""
        return self.own is not None

    @property
    def own(self) -> Embedded | None:
        """The embedded endpoint; None if another one is the target."""
        return self.embedded if self.embedded and self._environment.host == self.embedded.url else None

    def reach(self, plan: Plan) -> None:
        """Find the target of a plan; start the embedded endpoint if no host is given."""
        settings, environment = plan.settings, self._environment
        own = self.embedded.url if self.embedded else ""
        environment.host = check_target(plan, environment.host or "", own)
        if environment.host:
            return
        if self.embedded is None:
            self.embedded = Embedded(settings.store, settings.form or "wire")
            echo(
                f"no --host is given, so the embedded endpoint answers at {self.embedded.url} "
                f"and stores in {self.embedded.store}"
            )
        environment.host = self.embedded.url
        options: Any = environment.parsed_options
        if options is not None:
            setattr(options, EMBEDDED, self.embedded.url)

    def look_ahead(self, settings: Settings) -> None:
        """Check that the target answers, if it is this machine that will send; else only warn."""
        environment = self._environment
        try:
            look_ahead(environment.host or "", settings)
        except UsageError as error:
            options = environment.parsed_options
            is_sent_from_elsewhere = isinstance(environment.runner, MasterRunner) and not (
                options and options.processes
            )
            if environment.web_ui is None and not is_sent_from_elsewhere:
                raise
            echo(f"warning: {error}")

    def close(self, *, keep: bool) -> None:
        """Stop the embedded endpoint.

        Args:
            keep: whether its store stays.
        """
        if self.embedded:
            message = self.embedded.stop(keep=keep)
            if message:
                echo(message)
            self.embedded = None
