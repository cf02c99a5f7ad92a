"""A topic of Kafka as a sink: each partition from its first message to its end, as the broker serves them.

The end is where the broker has no more to give. What it says of its offsets is a hint: brokers that speak Kafka's
protocol were seen to report an end too low, so the messages behind it are read as well.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from time import monotonic
from typing import Any

from generator.delivery.contracts.words import brief
from generator.delivery.kafka.address import KafkaAddress, kafka_address
from generator.delivery.kafka.client import BrokerErrors, check_brokers, library, made, partitions
from generator.errors import UsageError
from generator.verify.sink.message import events_in
from generator.verify.sink.sink import Chunk, Trimmed

_GROUP = "footfall-verify"
"""The library wants a group; nobody joins it, and nothing is committed."""
_BUFFERED = 16 * 1024
"""Kilobytes that the library reads ahead."""
_AT_ONCE = 16 << 20
_FEWEST, _MOST = 16, 4096
"""Messages that are taken at once: so many that they have some megabytes, as the last ones did."""
_TURN = 0.2
_PATIENCE = 30.0
_QUIET = 2.0
"""Seconds without a message after which a partition has ended that has come to where its broker said it ends."""
_LAST_LOOK = 0.5
"""Seconds for what comes behind the end of the last partition that ended."""
_Bounds = tuple[int, int]
"""The offsets of a partition's first message, and of the one after its last, as its broker says."""


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
        self._heard = BrokerErrors()

    def described(self) -> str:
        """Say what is read."""
        return f"the topic {self._address.topic} at {', '.join(self._address.brokers)}"

    def chunks(self) -> Iterator[Chunk]:
        """Give what the topic holds, see `Sink`."""
        consumer = self._consumer()
        try:
            found = partitions(consumer, self._address, self._heard)
            bounds = self._bounds(consumer, found)
            yield from Reading(consumer, self._address, bounds, self._heard, self._patience).chunks()
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

    def _bounds(self, consumer: Any, found: Sequence[int]) -> dict[int, _Bounds]:
        """Ask where each partition begins and ends now."""
        kafka = library()
        bounds = {}
        for partition in found:
            place = kafka.TopicPartition(self._address.topic, partition)
            try:
                bounds[partition] = consumer.get_watermark_offsets(place, timeout=self._patience)
            except kafka.KafkaException as error:
                raise UsageError(
                    f"{self._address}: partition {partition} does not say where it ends "
                    f"({self._heard.last or brief(error.args[0].str())}); verify again when its broker answers"
                ) from None
        return bounds


class Reading:
    """One reading of a topic.

    A partition has ended when the broker says so. It has ended too if nothing comes any more behind the end that
    the broker named before, since not every broker says it; and if messages come for ever, when the reading has gone
    on beyond that end for as long as its patience.

    Args:
        consumer: the library's.
        address: whose topic it is.
        bounds: by partition, where it begins and ends.
        heard: the consumer's troubles.
        patience: see `KafkaSink`.
        quiet, last_look: seconds, see `_QUIET` and `_LAST_LOOK`.
    """

    def __init__(
        self, consumer: Any, address: KafkaAddress, bounds: Mapping[int, _Bounds], heard: BrokerErrors, patience: float,
        *, quiet: float = _QUIET, last_look: float = _LAST_LOOK,
    ) -> None:  # fmt: skip
        self._consumer, self._address, self._heard, self._patience = consumer, address, heard, patience
        self._quiet, self._last_look = quiet, last_look
        self._kafka = library()
        self._low = {partition: low for partition, (low, _) in bounds.items()}
        self._next = dict(self._low)
        self._high = {partition: high for partition, (_, high) in bounds.items()}
        self._open, self._is_nearer = set(bounds), False
        self._first: dict[int, float | None] = {}
        self._last_message, self._beyond = dict.fromkeys(bounds, 0.0), dict[int, float]()

    def chunks(self) -> Iterator[Chunk]:
        """Read on until every partition has come to its end."""
        topic, at_once = self._address.topic, _FEWEST
        self._consumer.assign([self._kafka.TopicPartition(topic, *place) for place in self._next.items()])
        now = monotonic()
        self._last_message = dict.fromkeys(self._open, now)
        self._pass_ends(now)
        until, gives_up = now + self._last_look, now + self._patience
        while self._open or monotonic() < until:
            before, self._is_nearer = len(self._open), False
            messages = [one for one in self._consumer.consume(at_once, _TURN) if self._is_message(one)]
            now = monotonic()
            self._pass_ends(now)
            if before:
                until = now + self._last_look
                if self._is_nearer or len(self._open) < before:
                    gives_up = now + self._patience
                elif now > gives_up:
                    raise self._stalled()
            for _, neighbours in groupby(messages, key=lambda message: message.partition()):
                yield _chunk(list(neighbours))
            if messages:
                size = sum(len(message.value() or b"") for message in messages) // len(messages)
                at_once = max(_FEWEST, min(_MOST, _AT_ONCE // (size + 1)))
        trimmed = [*self._trimmed()]
        if trimmed:
            yield Chunk("accepted", [], None, str(self._address), trimmed=trimmed)

    def _is_message(self, message: Any) -> bool:
        """Return whether it is a message, and note how far its partition is read.

        The last offsets of a partition may not be messages, but marks of transactions, and what was compacted or
        aborted: that the end is reached is then said by the broker, or passed.
        """
        partition, offset, error = message.partition(), message.offset(), message.error()
        if error is not None and error.name() != "_PARTITION_EOF":
            raise UsageError(
                f"{self._address}: partition {partition} cannot be read to its end: {brief(error.str())}; verify again"
            )
        if error is not None:
            self._open.discard(partition)
            return False
        if offset < self._next[partition]:
            return False
        self._next[partition] = offset + 1
        # What comes beyond the end of one partition says nothing of another.
        self._is_nearer = self._is_nearer or offset < self._high[partition]
        self._last_message[partition] = monotonic()
        if partition not in self._first:
            kind, at = message.timestamp()
            self._first[partition] = at if kind else None
        return True

    def _pass_ends(self, now: float) -> None:
        """Close the partitions that have come to the end that was named before, and to silence there."""
        for partition in [one for one in self._open if self._next[one] >= self._high[one]]:
            beyond = self._beyond.setdefault(partition, now)
            if (
                now - max(beyond, self._last_message[partition]) > self._quiet
                or now - beyond > self._patience
            ):
                self._open.discard(partition)

    def _trimmed(self) -> Iterator[Trimmed]:
        """Yield the partitions that no longer keep their first messages."""
        for partition, low in sorted(self._low.items()):
            if low > 0:
                place = f"partition {partition} begins at offset {low:,} by now: it"
                yield Trimmed(place, self._first.get(partition))

    def _stalled(self) -> UsageError:
        partition = min(self._open)
        why = f" ({self._heard.last})" if self._heard.last else ""
        return UsageError(
            f"{self._address}: partition {partition} ends at offset {self._high[partition]:,}, and nothing came for "
            f"{self._patience:g} s after offset {self._next[partition]:,}{why}; verify again when its broker answers"
        )


def _chunk(messages: Sequence[Any]) -> Chunk:
    """Give the events of neighbouring messages of one partition."""
    events: list[bytes] = []
    received: list[int] = []
    unreadable: list[str] = []
    unread, is_dated = 0, True
    for message in messages:
        try:
            inside = events_in(message.value() or b"")
        except ValueError as error:
            unreadable.append(f"{_place(message)}: {brief(str(error)) if message.value() else 'no value'}")
            unread += len(message.value() or b"")
            continue
        kind, at = message.timestamp()
        is_dated = is_dated and kind != 0
        events += inside
        received += [at] * len(inside)
    return Chunk(
        "accepted", events, received if is_dated else None, _place(messages[0]), unreadable, (), unread
    )


def _place(message: Any) -> str:
    return f"partition {message.partition()}, offset {message.offset()}"
