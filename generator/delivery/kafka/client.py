"""What every client of Kafka's library is told, and the look whether brokers and topic are there.

Users, passwords and certificates come from a file alone, the one that FOOTFALL_KAFKA_CONFIG names:

    security.protocol=SASL_SSL
    sasl.mechanism=SCRAM-SHA-512
    sasl.username=footfall
    sasl.password=…

Its names are the library's own (librdkafka's CONFIGURATION.md). No value of it is ever shown.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.delivery.contracts.table import nearest
from generator.delivery.contracts.words import brief
from generator.delivery.kafka.address import KafkaAddress
from generator.delivery.reachable import check_reachable
from generator.errors import UsageError
from generator.system.files import decode_text

CONFIG = "FOOTFALL_KAFKA_CONFIG"
"""The variable that names the file."""
PATIENCE = 5.0
"""Seconds in which a broker should say what topics there are."""
_OURS = {
    "bootstrap.servers": "the address says it", "metadata.broker.list": "the address says it",
    "acks": "all replicas must acknowledge here", "request.required.acks": "all replicas must acknowledge here",
    "enable.idempotence": "it is always on here", "transactional.id": "messages are sent one by one here",
    "message.timeout.ms": "--timeout says it", "delivery.timeout.ms": "--timeout says it",
    "enable.auto.commit": "nothing is committed here", "isolation.level": "it is read_committed here",
    "enable.partition.eof": "it is always on here", "auto.offset.reset": "a topic is read whole here",
}  # fmt: skip
"""What the file may not say, since verdicts depend on it."""
_QUIET = 2
"""The library's level of logging: it tells of failures in its reports and errors, which are heard here."""
_LARGEST_FILE = 1 << 20


def library() -> Any:
    """Give Kafka's library.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import confluent_kafka  # noqa: PLC0415  an extra
    except ImportError:
        raise UsageError(
            "Kafka's library is not installed; pip install 'footfall[kafka]', or choose another endpoint"
        ) from None
    return confluent_kafka


class BrokerErrors:
    """Hears of a client's troubles with brokers.

    Attributes:
        last: the latest of them, in the library's words; "" for none.
    """

    def __init__(self) -> None:
        self.last = ""

    def __call__(self, error: Any) -> None:
        """Keep one."""
        self.last = brief(error.str())


def made(
    kind: str, address: KafkaAddress, defaults: Mapping[str, Any], fixed: Mapping[str, Any], environ: Mapping[str, str]
) -> Any:  # fmt: skip
    """Make a client.

    Args:
        kind: Producer or Consumer, as the library names it.
        address: whose brokers it knows first.
        defaults: what it is told where the file does not say it.
        fixed: what it is told whatever the file says.
        environ: where the file is named.

    Raises:
        UsageError: for a file that cannot be read, and what the library does not take.
    """
    kafka = library()
    said = properties(environ)
    whole = {**defaults, **said, **fixed, "bootstrap.servers": ",".join(address.brokers)}
    try:
        return getattr(kafka, kind)({"client.id": "footfall", "log_level": _QUIET, **whole})
    except (kafka.KafkaException, TypeError, ValueError) as error:
        # The library's words may hold a value, and so a secret: only the setting's name is told.
        name = next((name for name in sorted(said, key=len, reverse=True) if name in str(error)), "")
        place = f"{environ[CONFIG]}: {name or 'a setting'}" if said else str(address)
        raise UsageError(
            f"{place}: Kafka's library does not take it, or not with this value (not shown); "
            "see librdkafka's CONFIGURATION.md"
        ) from None


def properties(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Read the file of settings; nothing where none is named.

    Raises:
        UsageError: it cannot be read, or says what must not be changed.
    """
    name = environ.get(CONFIG, "")
    if not name:
        return {}
    try:
        with Path(name).open("rb") as file:
            text = decode_text(file.read(_LARGEST_FILE))
    except OSError as error:
        raise UsageError(f"{CONFIG}: {name}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{CONFIG}: {name}: is not UTF-8; name a file of lines such as acks=all") from None
    return dict(_setting(name, number, line) for number, line in _lines(text))


def _lines(text: str) -> list[tuple[int, str]]:
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    return [(number, line) for number, line in lines if line and not line.startswith(("#", "!"))]


def _setting(name: str, number: int, line: str) -> tuple[str, str]:
    key, equals, value = (part.strip() for part in line.partition("="))
    if not equals or not key:
        raise UsageError(f"{name}:{number}: a setting is written name=value (the line is not shown)")
    if key in _OURS:
        raise UsageError(f"{name}:{number}: {brief(key)}: {_OURS[key]}; leave it out")
    return key, value


def check_brokers(address: KafkaAddress) -> None:
    """See that anybody listens at one of the brokers' addresses.

    Raises:
        UsageError: nobody does.
    """
    said = ""
    for broker in address.brokers:
        trouble = check_reachable(f"kafka://{broker}")
        if not trouble:
            return
        said = said or trouble
    raise UsageError(f"{address}: {said}; start a broker, or correct the address")


def partitions(
    client: Any, address: KafkaAddress, heard: BrokerErrors, seconds: float = PATIENCE
) -> list[int]:
    """Give the partitions of a topic. The topic is not made: all topics are asked for, and none by its name.

    Raises:
        UsageError: no broker says so in time, or there is no such topic.
    """
    kafka = library()
    try:
        topics = client.list_topics(timeout=seconds).topics
    except kafka.KafkaException as error:
        client.poll(0)  # hears what the trouble was
        why = heard.last or brief(error.args[0].str())
        raise UsageError(
            f"{address}: no answer as a broker of Kafka gives it within {seconds:g} s ({why}); "
            f"correct the address, or the security settings in {CONFIG}"
        ) from None
    topic = topics.get(address.topic)
    if topic is None:
        hint = nearest(address.topic, list(topics), "make it first, or correct the address")
        raise UsageError(f"{address}: there is no topic {address.topic}; {hint}")
    if topic.error is not None:
        raise UsageError(f"{address}: the topic cannot be used: {brief(topic.error.str())}")
    return sorted(topic.partitions)
