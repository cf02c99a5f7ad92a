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
    """Where messages are sent, or read.

    Attributes:
        brokers: some of the cluster's, each with its port; it tells of the others itself.
        topic: the topic's name.
    """

    brokers: tuple[str, ...]
    topic: str

    def __str__(self) -> str:
        return f"{SCHEME}{','.join(self.brokers)}/{self.topic}"


def is_kafka(url: str) -> bool:
    """Tell whether an address is meant as a topic's."""
    return url.lower().startswith(SCHEME)


def kafka_address(url: str) -> KafkaAddress:
    """Read a topic's address; without brokers it is this machine's port 9092.

    Raises:
        UsageError: when it is none, or holds a password, which would be shown in logs and reports.
    """
    if not is_kafka(url):
        raise UsageError(f"{url!r} is no topic's address; give one such as {EXAMPLE}")
    brokers, _, topic = url[len(SCHEME) :].partition("/")
    if "@" in url:
        # Not quoted here: what stands before the @ is a secret.
        raise UsageError(
            "the topic's address holds a user or a password; write them into the file that FOOTFALL_KAFKA_CONFIG names"
        )
    topic = topic.rstrip("/")
    if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
        raise UsageError(
            f"{url!r}: {topic!r} is no topic; letters, digits and . _ - make its name, such as {EXAMPLE}"
        )
    return KafkaAddress(tuple(_broker(one, url) for one in (brokers or _LOOPBACK).split(",")), topic)


def _broker(said: str, url: str) -> str:
    found = _BROKER.fullmatch(said.strip())
    port = int(found[2] or _PORT) if found else 0
    if not found or not 0 < port <= _HIGHEST_PORT:
        raise UsageError(f"{url!r}: {said!r} is no broker; give host and port, such as {EXAMPLE}")
    return f"{found[1]}:{port}"
