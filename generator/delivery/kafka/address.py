"""The address of a topic: `kafka://host:port,host:port/topic`."""

import re
from typing import NamedTuple

from generator.errors import UsageError

SCHEME = "kafka://"
EXAMPLE = "kafka://127.0.0.1:9092/telemetry.ingest"
_LOOPBACK, _PORT = "127.0.0.1", 9092
_HIGHEST_PORT = 65_535
_BROKER = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


class KafkaAddress(NamedTuple):
    """Where messages are sent to or read from.

    Attributes:
        brokers: some of the cluster's brokers, each with its port; they name the others.
        topic: the topic's name.
    """

    brokers: tuple[str, ...]
    topic: str

    def __str__(self) -> str:
        return f"{SCHEME}{','.join(self.brokers)}/{self.topic}"


def is_kafka(url: str) -> bool:
    """Return whether an address names a topic."""
    return url.lower().startswith(SCHEME)


def kafka_address(url: str) -> KafkaAddress:
    """Parse a topic's address; without brokers it is this machine's port 9092.

    Raises:
        UsageError: if it is invalid, or holds a password, which logs and reports would show.
    """
    if not is_kafka(url):
        raise UsageError(f"{url!r} is not the address of a topic; give one such as {EXAMPLE}")
    brokers, _, topic = url[len(SCHEME) :].partition("/")
    if "@" in url:
        # Not quoted here: the part before the @ is a secret.
        raise UsageError(
            "the topic's address holds a user or a password; write them into the file that FOOTFALL_KAFKA_CONFIG names"
        )
    topic = topic.rstrip("/")
    if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
        raise UsageError(
            f"{url!r}: {topic!r} is not a topic; letters, digits and . _ - make its name, such as {EXAMPLE}"
        )
    return KafkaAddress(tuple(_broker(one, url) for one in (brokers or _LOOPBACK).split(",")), topic)


def _broker(text: str, url: str) -> str:
    found = _BROKER.fullmatch(text.strip())
    port = int(found[2] or _PORT) if found else 0
    if not found or not 0 < port <= _HIGHEST_PORT:
        raise UsageError(f"{url!r}: {text!r} is not a broker; give host and port, such as {EXAMPLE}")
    return f"{found[1]}:{port}"
