"""The line to an endpoint: a step of an exchange, sent and heard; and whether anybody is still there."""

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
    """Connections to an endpoint, kept open; nothing is sent twice behind the reader's back.

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
        self._lines = [Http(url, contract, timeout=timeout, insecure=insecure) for _ in range(MOST_AT_ONCE)]
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "line")
        self.url, self._insecure = self._lines[0].url, insecure
        self.sent = 0

    def send(self, step: Step) -> list[StepResult]:
        """Send a step, and give what comes back, one for each time that it is sent."""
        self.sent += step.at_once
        if step.at_once == 1:
            return [_ask(self._lines[1 if step.is_apart else 0], step)]
        lines = self._lines[: step.at_once]
        return list(self._threads.map(_ask, lines, [step] * step.at_once))

    def check_reachable(self) -> str:
        """Say why nobody can be reached any more; "" where somebody listens."""
        return check_reachable(self.url, insecure=self._insecure)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown()
        for line in self._lines:
            line.close()


def _ask(line: Http, step: Step) -> StepResult:
    heard = line.ask(step.request, chunk=step.chunk)
    return StepResult(None, heard.reason) if isinstance(heard, Receipt) else StepResult(heard)
