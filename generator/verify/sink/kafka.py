"""A topic of Kafka as a sink: read from its beginning to where it ended when the reading began."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from time import monotonic
from typing import Any

from generator.delivery.contracts.words import brief
from generator.delivery.kafka.address import KafkaAddress, kafka_address
from generator.delivery.kafka.client import Heard, check_brokers, library, made, partitions
from generator.errors import UsageError
from generator.verify.sink.message import events_in
from generator.verify.sink.sink import Chunk

_GROUP = "footfall-verify"
"""The library wants a group; nobody joins it, and nothing is committed."""
_BUFFERED = 16 * 1024
"""Kilobytes that the library reads ahead."""
_AT_ONCE = 16 << 20
_FEWEST, _MOST = 16, 4096
"""Messages that are taken at once: so many that they have some megabytes, as the last ones did."""
_TURN = 0.2
_PATIENCE = 30.0


class KafkaSink:
    """A topic, read once by nobody's group, as the pipelines' consumers read it: what is committed.

    A message holds an event, a batch, or Obsrv's form of them. It was received at the message's timestamp: by
    the broker's clock or by its producer's, as the topic is set up.

    Args:
        url: the topic's address, such as `kafka://127.0.0.1:9092/telemetry.raw`.
        patience: seconds without anything new after which a topic that has not come to its end cannot be read.
        environ: where the file of settings is named, see `generator.delivery.kafka.client`.

    Raises:
        UsageError: the address is none.
    """

    def __init__(
        self, url: str, *, patience: float = _PATIENCE, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._address, self._patience, self._environ = kafka_address(url), patience, environ
        self._heard = Heard()

    def described(self) -> str:
        """Say what is read."""
        return f"the topic {self._address.topic} at {', '.join(self._address.brokers)}"

    def chunks(self) -> Iterator[Chunk]:
        """Give what the topic holds, see `Sink`."""
        consumer = self._consumer()
        try:
            found = partitions(consumer, self._address, self._heard)
            reading = Reading(
                consumer, self._address, self._ends(consumer, found), self._heard, self._patience
            )
            yield from reading.chunks()
        finally:
            consumer.close()

    def _consumer(self) -> Any:
        check_brokers(self._address)
        defaults = {"group.id": _GROUP, "queued.max.messages.kbytes": _BUFFERED}
        fixed = {
            "enable.auto.commit": False, "enable.auto.offset.store": False, "enable.partition.eof": True,
            "isolation.level": "read_committed", "auto.offset.reset": "error", "error_cb": self._heard,
            "allow.auto.create.topics": False,
        }  # fmt: skip
        return made("Consumer", self._address, defaults, fixed, self._environ)

    def _ends(self, consumer: Any, found: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Ask where each partition begins and ends now; those that are empty are left out."""
        kafka = library()
        ends = {}
        for partition in found:
            place = kafka.TopicPartition(self._address.topic, partition)
            try:
                low, high = consumer.get_watermark_offsets(place, timeout=self._patience)
            except kafka.KafkaException as error:
                raise UsageError(
                    f"{self._address}: partition {partition} does not say where it ends "
                    f"({self._heard.last or brief(error.args[0].str())}); verify again when its broker answers"
                ) from None
            if low < high:
                ends[partition] = low, high
        return ends


class Reading:
    """One reading of a topic.

    Args:
        consumer: the library's.
        address: whose topic it is.
        ends: by partition, the offsets of its first message and of the one after its last.
        heard: the consumer's troubles.
        patience: see `KafkaSink`.
    """

    def __init__(
        self, consumer: Any, address: KafkaAddress, ends: Mapping[int, tuple[int, int]], heard: Heard, patience: float
    ) -> None:  # fmt: skip
        self._consumer, self._address, self._heard, self._patience = consumer, address, heard, patience
        self._kafka = library()
        self._ends = {partition: high for partition, (_, high) in ends.items()}
        self._next = {partition: low for partition, (low, _) in ends.items()}

    def chunks(self) -> Iterator[Chunk]:
        """Read on until every partition has come to its end."""
        topic, at_once = self._address.topic, _FEWEST
        self._consumer.assign([self._kafka.TopicPartition(topic, *place) for place in self._next.items()])
        gives_up = monotonic() + self._patience
        while self._ends:
            missing = len(self._ends)
            messages = self._consumer.consume(at_once, _TURN)
            # All at once, since a partition that has come to its end is forgotten.
            wanted = [message for message in messages if self._is_wanted(message)]
            if wanted or len(self._ends) < missing:
                gives_up = monotonic() + self._patience
            elif monotonic() > gives_up:
                raise self._stalled()
            for _, neighbours in groupby(wanted, key=lambda message: message.partition()):
                yield _chunk(list(neighbours))
            if wanted:
                size = sum(len(message.value() or b"") for message in wanted) // len(wanted)
                at_once = max(_FEWEST, min(_MOST, _AT_ONCE // (size + 1)))

    def _is_wanted(self, message: Any) -> bool:
        """Tell whether a message was there when the reading began, and note how far its partition is read.

        The last offsets of a partition may hold no message, but marks of transactions, and what was compacted or
        aborted: that its end is reached is then told by itself.
        """
        partition, offset, error = message.partition(), message.offset(), message.error()
        if error is not None and error.name() != "_PARTITION_EOF":
            raise UsageError(
                f"{self._address}: partition {partition} cannot be read to its end: {brief(error.str())}; verify again"
            )
        end = self._ends.get(partition)
        if end is None:
            return False
        self._next[partition] = offset + 1
        if error is not None or offset >= end - 1:
            del self._ends[partition]
            # What is written meanwhile would be fetched for nothing.
            self._consumer.pause([self._kafka.TopicPartition(self._address.topic, partition)])
        return error is None and offset < end

    def _stalled(self) -> UsageError:
        partition, end = next(iter(self._ends.items()))
        why = f" ({self._heard.last})" if self._heard.last else ""
        return UsageError(
            f"{self._address}: partition {partition} ends at offset {end:,}, and nothing came for "
            f"{self._patience:g} s after offset {self._next[partition]:,}{why}; verify again when its broker answers"
        )


def _chunk(messages: Sequence[Any]) -> Chunk:
    """Give the events of neighbouring messages of one partition."""
    events: list[bytes] = []
    received: list[int] = []
    unreadable: list[str] = []
    is_dated = True
    for message in messages:
        try:
            inside = events_in(message.value() or b"")
        except ValueError as error:
            unreadable.append(f"{_place(message)}: {brief(str(error)) if message.value() else 'no value'}")
            continue
        kind, at = message.timestamp()
        is_dated = is_dated and kind != 0
        events += inside
        received += [at] * len(inside)
    return Chunk("accepted", events, received if is_dated else None, _place(messages[0]), unreadable)


def _place(message: Any) -> str:
    return f"partition {message.partition()}, offset {message.offset()}"
