"""The connections to an endpoint: they send a step of an exchange and receive its answers."""

from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from generator.delivery.contracts import Contract
from generator.delivery.http import Http
from generator.delivery.reachable import check_reachable
from generator.delivery.receipt import Receipt
from generator.probe.exchange import Step
from generator.probe.expectations import StepResult

MOST_AT_ONCE = 8
"""Requests at the same time."""


class Client:
    """Connections to an endpoint, kept open; no request is retried.

    Args:
        url: the endpoint's address.
        timeout: seconds for a whole exchange, to the last byte of its answer.
        insecure: whether to take any certificate.

    Attributes:
        sent: how many requests were made.
    """

    def __init__(
        self, url: str, contract: Contract, *, timeout: float = 10.0, insecure: bool = False
    ) -> None:
        # One connection each: those that come at the same time must not wait for one another.
        self._connections = [
            Http(url, contract, timeout=timeout, insecure=insecure) for _ in range(MOST_AT_ONCE)
        ]
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "connection")
        self.url, self._insecure = self._connections[0].url, insecure
        self.sent = 0

    def send(self, step: Step) -> list[StepResult]:
        """Send a step, and return one result for each time that it is sent."""
        self.sent += step.at_once
        if step.at_once == 1:
            return [_ask(self._connections[1 if step.is_apart else 0], step)]
        connections = self._connections[: step.at_once]
        return list(self._threads.map(_ask, connections, [step] * step.at_once))

    def check_reachable(self) -> str:
        """Return why the endpoint cannot be reached any more; "" if it listens."""
        return check_reachable(self.url, insecure=self._insecure)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown()
        for connection in self._connections:
            connection.close()


def _ask(connection: Http, step: Step) -> StepResult:
    answer = connection.ask(step.request, chunk=step.chunk)
    return StepResult(None, answer.reason) if isinstance(answer, Receipt) else StepResult(answer)
