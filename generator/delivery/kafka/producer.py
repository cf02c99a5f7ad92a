"""A producer: the library's own, idempotent, every replica's acknowledgement asked for."""

import os
from collections.abc import Callable, Mapping
from time import monotonic

from generator.delivery.kafka.address import KafkaAddress
from generator.delivery.kafka.client import PATIENCE, BrokerErrors, check_brokers, library, made, partitions
from generator.delivery.kafka.outcome import not_taken, reported
from generator.delivery.receipt import Receipt, rejected
from generator.errors import UsageError

LARGEST = 5_242_880
"""Bytes of a message, as the pipeline's topics and producers have it."""
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
_LINGER = 1
"""Milliseconds for which a message waits for others to travel with: each sender here waits for its answer."""
_LONGEST = 86_400


class KafkaProducer:
    """Sends messages to one topic; one is enough for a process, and costs it some threads.

    Every `done` that is given to `send` is called once: by `send`, `poll`, or `close`.

    Args:
        address: whose topic it is.
        timeout: seconds until nobody waits for an answer any longer; the library sends again meanwhile.
        codec: how messages are compressed, see `CODECS`; "" for what the file of settings says, which is none
            by default.
        environ: where the file of settings is named, see the module `client`.

    Raises:
        UsageError: for settings that make no sense.
    """

    def __init__(
        self, address: KafkaAddress, *, timeout: float = 30.0, codec: str = "", environ: Mapping[str, str] = os.environ
    ) -> None:  # fmt: skip
        if not 0.01 <= timeout < _LONGEST:
            raise UsageError(f"timeout={timeout}: at least 0.01 seconds and less than a day are needed")
        if codec and codec not in CODECS:
            raise UsageError(f"codec={codec!r}: choose one of {', '.join(CODECS)}")
        self.address = address
        self._kafka, self._heard = library(), BrokerErrors()
        defaults = {"linger.ms": _LINGER, "message.max.bytes": LARGEST, "socket.nagle.disable": True}
        fixed = {
            "enable.idempotence": True, "acks": "all", "message.timeout.ms": int(timeout * 1000), "error_cb": self._heard,
            **({"compression.type": codec} if codec else {}),
        }  # fmt: skip
        self._producer = made("Producer", address, defaults, fixed, environ)

    def __len__(self) -> int:
        """Give how many messages were not reported yet."""
        producer = self._producer
        return len(producer) if producer is not None else 0

    def __bool__(self) -> bool:
        """It is there, also with nothing to wait for."""
        return True

    def check(self, seconds: float = PATIENCE) -> None:
        """See that a broker answers and knows the topic; this blocks for at most so many seconds a broker.

        Raises:
            UsageError: none does.
        """
        check_brokers(self.address)
        partitions(self._producer, self.address, self._heard, seconds)

    def send(self, body: bytes, key: bytes | None, done: Callable[[Receipt], None]) -> None:
        """Send a message, and return at once.

        Args:
            body: the message.
            key: what chooses its partition; None for any.
            done: hears what became of it.
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
        """Hear the reports that are there, or the first one within so many seconds."""
        producer = self._producer
        if producer is not None:
            producer.poll(seconds)

    def close(self, seconds: float = 5.0) -> None:
        """Wait for the reports that are missing; what has none by then is unknown. This blocks."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        ends = monotonic() + seconds
        producer.flush(seconds)
        if len(producer):
            producer.purge()
            producer.flush(max(1.0, ends - monotonic()))
