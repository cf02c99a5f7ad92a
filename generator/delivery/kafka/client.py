"""The settings of every client of Kafka's library, and the check whether brokers and topic exist.

Users, passwords and certificates come only from the file that FOOTFALL_KAFKA_CONFIG names:

    security.protocol=SASL_SSL
    sasl.mechanism=SCRAM-SHA-512
    sasl.username=footfall
    sasl.password=…

Its names are the library's own (librdkafka's CONFIGURATION.md). No message shows a value of it.
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
"""Seconds in which a broker should list its topics."""
_FIXED = {
    "bootstrap.servers": "the address sets it", "metadata.broker.list": "the address sets it",
    "acks": "all replicas must acknowledge here", "request.required.acks": "all replicas must acknowledge here",
    "enable.idempotence": "it is always on here", "transactional.id": "messages are sent one by one here",
    "message.timeout.ms": "--timeout sets it", "delivery.timeout.ms": "--timeout sets it",
    "enable.auto.commit": "nothing is committed here", "isolation.level": "it is read_committed here",
    "enable.partition.eof": "it is always on here", "auto.offset.reset": "a topic is read whole here",
}  # fmt: skip
"""Settings that the file may not have, because verdicts depend on them."""
_QUIET = 2
"""The library's level of logging: its reports and errors name failures, so its log is not needed."""
_LARGEST_FILE = 1 << 20


def library() -> Any:
    """Return Kafka's library.

    Raises:
        UsageError: if it is not installed.
    """
    try:
        import confluent_kafka  # noqa: PLC0415  an extra
    except ImportError:
        raise UsageError(
            "Kafka's library is not installed; pip install 'footfall[kafka]', or choose another endpoint"
        ) from None
    return confluent_kafka


class BrokerErrors:
    """Receives the errors of a client about brokers.

    Attributes:
        last: the latest of them, in the library's words; "" for none.
    """

    def __init__(self) -> None:
        self.last = ""

    def __call__(self, error: Any) -> None:
        """Keep an error."""
        self.last = brief(error.str())


def made(
    kind: str, address: KafkaAddress, defaults: Mapping[str, Any], fixed: Mapping[str, Any], environ: Mapping[str, str]
) -> Any:  # fmt: skip
    """Make a client.

    Args:
        kind: Producer or Consumer, as the library names it.
        address: whose brokers it knows first.
        defaults: settings that the file may change.
        fixed: settings that the file cannot change.
        environ: the environment, which names the file.

    Raises:
        UsageError: if the file cannot be read, or the library does not accept a setting.
    """
    kafka = library()
    settings = properties(environ)
    whole = {**defaults, **settings, **fixed, "bootstrap.servers": ",".join(address.brokers)}
    try:
        return getattr(kafka, kind)({"client.id": "footfall", "log_level": _QUIET, **whole})
    except (kafka.KafkaException, TypeError, ValueError) as error:
        # The library's words may hold a value, and so a secret: only the setting's name is shown.
        name = next((name for name in sorted(settings, key=len, reverse=True) if name in str(error)), "")
        place = f"{environ[CONFIG]}: {name or 'a setting'}" if settings else str(address)
        raise UsageError(
            f"{place}: Kafka's library does not accept it, or not with this value (not shown); "
            "see librdkafka's CONFIGURATION.md"
        ) from None


def properties(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Read the file of settings; return no settings if no file is named.

    Raises:
        UsageError: if it cannot be read, or has a setting that is fixed.
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
    if key in _FIXED:
        raise UsageError(f"{name}:{number}: {brief(key)}: {_FIXED[key]}; leave it out")
    return key, value


def check_brokers(address: KafkaAddress) -> None:
    """Check that a program listens at one of the brokers' addresses.

    Raises:
        UsageError: if none does.
    """
    reason = ""
    for broker in address.brokers:
        problem = check_reachable(f"kafka://{broker}")
        if not problem:
            return
        reason = reason or problem
    raise UsageError(f"{address}: {reason}; start a broker, or correct the address")


def partitions(
    client: Any, address: KafkaAddress, errors: BrokerErrors, seconds: float = PATIENCE
) -> list[int]:
    """Return the partitions of a topic.

    The client asks for all topics, and for none by its name, so that the broker does not create the topic.

    Raises:
        UsageError: if no broker answers in time, or the topic does not exist.
    """
    kafka = library()
    try:
        topics = client.list_topics(timeout=seconds).topics
    except kafka.KafkaException as error:
        client.poll(0)  # receives the error
        why = errors.last or brief(error.args[0].str())
        raise UsageError(
            f"{address}: no answer of a Kafka broker within {seconds:g} s ({why}); "
            f"correct the address, or the security settings in {CONFIG}"
        ) from None
    topic = topics.get(address.topic)
    if topic is None:
        hint = nearest(address.topic, list(topics), "create it first, or correct the address")
        raise UsageError(f"{address}: topic {address.topic} does not exist; {hint}")
    if topic.error is not None:
        raise UsageError(f"{address}: the topic cannot be used: {brief(topic.error.str())}")
    return sorted(topic.partitions)
