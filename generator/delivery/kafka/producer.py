"""A producer: the library's own, idempotent; every replica must acknowledge."""

import os
from collections.abc import Callable, Mapping
from time import monotonic

from generator.delivery.kafka.address import KafkaAddress
from generator.delivery.kafka.client import PATIENCE, BrokerErrors, check_brokers, library, made, partitions
from generator.delivery.kafka.outcome import not_taken, reported
from generator.delivery.receipt import Receipt, rejected
from generator.errors import UsageError

LARGEST = 5_242_880
"""The most bytes of a message, as in the pipeline's topics and producers."""
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
_LINGER = 1
"""Milliseconds for which a message waits for others; few, because each sender here waits for its answer."""
_LONGEST = 86_400


class KafkaProducer:
    """Sends messages to one topic; one producer is enough for a process, and starts some threads.

    `send`, `poll` or `close` calls each `done` exactly once.

    Args:
        address: whose topic it is.
        timeout: seconds to wait for an answer; the library sends again meanwhile.
        codec: how messages are compressed, see `CODECS`; "" for that of the file of settings, which is none by default.
        environ: the environment, which names the file of settings, see the module `client`.

    Raises:
        UsageError: if a setting is invalid.
    """

    def __init__(
        self, address: KafkaAddress, *, timeout: float = 30.0, codec: str = "", environ: Mapping[str, str] = os.environ
    ) -> None:  # fmt: skip
        if not 0.01 <= timeout < _LONGEST:
            raise UsageError(f"timeout={timeout}: at least 0.01 seconds and less than a day are needed")
        if codec and codec not in CODECS:
            raise UsageError(f"codec={codec!r}: choose one of {', '.join(CODECS)}")
        self.address = address
        self._kafka, self._errors = library(), BrokerErrors()
        defaults = {"linger.ms": _LINGER, "message.max.bytes": LARGEST, "socket.nagle.disable": True}
        fixed = {
            "enable.idempotence": True, "acks": "all", "message.timeout.ms": int(timeout * 1000), "error_cb": self._errors,
            **({"compression.type": codec} if codec else {}),
        }  # fmt: skip
        self._producer = made("Producer", address, defaults, fixed, environ)

    def __len__(self) -> int:
        """Return how many messages have no report yet."""
        producer = self._producer
        return len(producer) if producer is not None else 0

    def __bool__(self) -> bool:
        """Return True, even if no report is missing."""
        return True

    def check(self, seconds: float = PATIENCE) -> None:
        """Check that a broker answers and knows the topic; block for at most `seconds` seconds a broker.

        Raises:
            UsageError: if none does.
        """
        check_brokers(self.address)
        partitions(self._producer, self.address, self._errors, seconds)

    def send(self, body: bytes, key: bytes | None, done: Callable[[Receipt], None]) -> None:
        """Send a message, and return at once.

        Args:
            body: the message.
            key: what chooses its partition; None for any.
            done: called with the receipt.
        """
        producer = self._producer
        if producer is None:
            done(rejected("not sent: the producer is closed"))
            return
        try:
            producer.produce(
                self.address.topic, body, key, on_delivery=lambda error, _: done(reported(error))
            )
        except BufferError:
            done(rejected("not sent: too many messages wait for the broker"))
        except self._kafka.KafkaException as error:
            done(not_taken(error.args[0]))

    def poll(self, seconds: float = 0.0) -> None:
        """Process the reports that have arrived; wait at most `seconds` seconds for the first one."""
        producer = self._producer
        if producer is not None:
            producer.poll(seconds)

    def close(self, seconds: float = 5.0) -> None:
        """Block until the missing reports arrive, for at most `seconds` seconds; the rest is unknown."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        ends = monotonic() + seconds
        producer.flush(seconds)
        if len(producer):
            producer.purge()
            producer.flush(max(1.0, ends - monotonic()))
