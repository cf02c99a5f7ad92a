"""Kafka for a real program: one message at a time, its delivery report waited for."""

import os
from collections.abc import Mapping
from time import monotonic

from generator.delivery.batch import Batch
from generator.delivery.kafka.address import kafka_address
from generator.delivery.kafka.message import Messages
from generator.delivery.kafka.producer import KafkaProducer
from generator.delivery.outbox import FIRST_WAIT, KEPT, Outbox
from generator.delivery.reasons import LATE
from generator.delivery.receipt import Receipt, unknown
from generator.spec.rules import Form
from generator.telemetry import Unsent

_TURN = 0.1
_GRACE = 5.0
"""Seconds beyond its own time-out in which the library has surely reported a message."""


class Kafka:
    """Sends batches to a topic.

    Args:
        url: the topic's address, such as `kafka://127.0.0.1:9092/telemetry.ingest`.
        contract: how a batch is written; as the telemetry service does by default.
        timeout: seconds to wait for a delivery report.
        environ: where the file of settings is named, see the module `client`.

    Raises:
        UsageError: no broker answers, or there is no such topic.
    """

    def __init__(
        self, url: str, contract: Messages | None = None,
        *, timeout: float = 10.0, environ: Mapping[str, str] = os.environ,
    ) -> None:  # fmt: skip
        self._contract = contract or Messages()
        self.form: Form = self._contract.form
        self._timeout = timeout
        codec = "" if self._contract.codec == "none" else self._contract.codec
        self._producer = KafkaProducer(kafka_address(url), timeout=timeout, codec=codec, environ=environ)
        self._producer.check()

    def deliver(self, batch: Batch) -> Receipt:
        """Send a batch, and wait for its report."""
        request = self._contract.request(batch)
        heard: list[Receipt] = []
        self._producer.send(request.body, self._contract.key(request.headers, request.body), heard.append)
        ends = monotonic() + self._timeout + _GRACE
        while not heard and monotonic() < ends:
            self._producer.poll(_TURN)
        return heard[0] if heard else unknown(LATE)

    def close(self, seconds: float = 5.0) -> None:
        """Wait for the reports that are missing, for at most so many seconds."""
        self._producer.close(seconds)


class KafkaDispatcher(Outbox):
    """A telemetry client's dispatcher to a topic.

        telemetry = Telemetry({...}, dispatcher=KafkaDispatcher("kafka://127.0.0.1:9092/telemetry.ingest"))

    Args:
        url, contract, timeout: see `Kafka`.
        keep: how many failed batches are kept, to be sent again.
        wait: seconds from a failure to the next attempt; doubled by each further failure.
    """

    def __init__(
        self, url: str, contract: Messages | None = None,
        *, timeout: float = 10.0, keep: int = KEPT, wait: float = FIRST_WAIT,
    ) -> None:  # fmt: skip
        self._kafka = Kafka(url, contract, timeout=timeout)
        super().__init__(self._kafka, keep=keep, wait=wait)

    def close(self, timeout: float = 5.0) -> Unsent:
        """Send what is left for at most so many seconds, and say what could not be sent, and why."""
        unsent = super().close(timeout)
        self._kafka.close(0.0)
        return unsent
