"""Kafka for a real program: it sends one message at a time, and waits for its delivery report."""

import os
from collections.abc import Mapping
from time import monotonic

from generator.delivery.batch import Batch
from generator.delivery.kafka.address import kafka_address
from generator.delivery.kafka.message import Messages
from generator.delivery.kafka.producer import KafkaProducer
from generator.delivery.outbox import FIRST_WAIT, RETAINED, Outbox
from generator.delivery.reasons import LATE
from generator.delivery.receipt import Receipt, unknown
from generator.spec.rules import Form
from generator.telemetry import Unsent

_TURN = 0.1
_GRACE = 5.0
"""Seconds after its own time-out in which the library reports a message in any case."""


class Kafka:
    """Sends batches to a topic.

    Args:
        url: the topic's address, such as `kafka://127.0.0.1:9092/telemetry.ingest`.
        contract: how a batch is written; by default as the telemetry service does.
        timeout: seconds to wait for a delivery report.
        environ: the environment, which names the file of settings, see the module `client`.

    Raises:
        UsageError: if no broker answers, or the topic does not exist.
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
        """Send a batch, wait for its report, and return the receipt."""
        request = self._contract.request(batch)
        receipts: list[Receipt] = []
        self._producer.send(request.body, self._contract.key(request.headers, request.body), receipts.append)
        ends = monotonic() + self._timeout + _GRACE
        while not receipts and monotonic() < ends:
            self._producer.poll(_TURN)
        return receipts[0] if receipts else unknown(LATE)

    def close(self, seconds: float = 5.0) -> None:
        """Wait for the missing reports, for at most `seconds` seconds."""
        self._producer.close(seconds)


class KafkaDispatcher(Outbox):
    """A telemetry client's dispatcher to a topic.

        telemetry = Telemetry({...}, dispatcher=KafkaDispatcher("kafka://127.0.0.1:9092/telemetry.ingest"))

    Args:
        url, contract, timeout: see `Kafka`.
        keep: the most failed batches that it keeps to send again.
        wait: seconds from a failure to the next attempt; doubled by each further failure.
    """

    def __init__(
        self, url: str, contract: Messages | None = None,
        *, timeout: float = 10.0, keep: int = RETAINED, wait: float = FIRST_WAIT,
    ) -> None:  # fmt: skip
        self._kafka = Kafka(url, contract, timeout=timeout)
        super().__init__(self._kafka, keep=keep, wait=wait)

    def close(self, timeout: float = 5.0) -> Unsent:
        """Send the rest for at most `timeout` seconds; return the counts of what could not be sent, and the reasons."""
        unsent = super().close(timeout)
        self._kafka.close(0.0)
        return unsent
