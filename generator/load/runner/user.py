"""The user: a learner at a human pace, or one of the connections over which due batches are sent."""

from typing import Protocol, cast

import gevent
from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from generator.delivery.kafka.message import Messages
from generator.errors import UsageError
from generator.load.runner.closed_model_user import ClosedModelUser
from generator.load.runner.kafka import KafkaPoster
from generator.load.runner.load_run import LoadRun
from generator.load.runner.open_model_user import OpenModelUser
from generator.load.runner.poster import Poster, poster_of
from generator.load.runner.run_controller import RunController
from generator.load.settings import Settings

_BETWEEN_LOOKS = 0.01


def _wait_for_node(environment: Environment) -> RunController:
    """Wait for the node of this process: Locust may make users of a worker that joins a run before its `init` event."""
    while not (node := getattr(environment, "footfall", None)) or not node.has_caught_up:
        gevent.sleep(_BETWEEN_LOOKS)
    return cast("RunController", node)


class UserBehaviour(Protocol):
    """What a user does."""

    def step(self) -> None:
        """Do what is due."""

    def wait_time(self) -> float:
        """Return the seconds until the next step."""

    def stop(self) -> None:
        """Come to an end."""


class FootfallUser(FastHttpUser):
    """A Locust user: with `--rate` and `--arrivals` a connection of the open model, else one learner on one device."""

    def __init__(self, environment: Environment) -> None:
        self._node = _wait_for_node(environment)
        test = self._node.test
        settings = test.settings if test else Settings()
        # Locust's own default is to take any certificate.
        self.insecure = settings.insecure
        self.network_timeout = self.connection_timeout = settings.timeout
        super().__init__(environment)
        self._part = self._make_part()

    def _make_part(self) -> UserBehaviour | None:
        """Make what this user does; None if the options made no sense."""
        node, test = self._node, self._node.test
        if test is None or test.plan is None or node.guard.broken:
            return None
        if test.plan.profile is not None and test.offer is None:
            # Nothing could be prepared: to send at a human pace instead is not what was asked for.
            return None
        try:
            poster = self._make_poster(test)
        except UsageError as error:
            # The environment of this machine, such as a proxy that is none.
            node.guard.fail(str(error))
            return None
        if test.offer and test.queue:
            return OpenModelUser(node, test, test.offer, test.queue, poster, self, self._is_wanted)
        player = node.new_player()
        return ClosedModelUser(node, test, test.plan, player, poster, self) if player else None

    def _make_poster(self, test: LoadRun) -> Poster:
        """Make the poster of this user: the contract determines whether its batches are messages or requests."""
        if isinstance(test.contract, Messages):
            return KafkaPoster(test, test.contract, self.environment)
        return poster_of(test, self)

    def _is_wanted(self) -> bool:
        return self._state != LOCUST_STATE_STOPPING

    @task
    def step(self) -> None:
        """Do what is due."""
        if self._part is None:
            raise StopUser
        self._part.step()

    def wait_time(self) -> float:
        """Return the seconds until the next step."""
        return self._part.wait_time() if self._part else 0.0

    def stop(self, force: bool = False) -> bool:
        """Stop; a second call, by a signal and by the master, is not a mistake, though Locust takes it for one.

        Locust kills a user that waits. A sender waits for no time at all, and would be killed when it is sending again.
        """
        if not force and self._state == LOCUST_STATE_WAITING and isinstance(self._part, OpenModelUser):
            self._state = LOCUST_STATE_STOPPING
        if self._state == LOCUST_STATE_STOPPING and not force:
            return False
        return bool(super().stop(force))

    def on_stop(self) -> None:
        """Come to an end."""
        if self._part:
            self._part.stop()
