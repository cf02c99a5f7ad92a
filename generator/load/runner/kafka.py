"""Kafka under Locust: one producer a process, which all users here share, and a greenlet that takes its reports."""

from time import perf_counter
from weakref import WeakKeyDictionary

import gevent
from gevent.event import AsyncResult, Event
from locust.env import Environment

from generator.delivery.contracts import Request
from generator.delivery.kafka.address import is_kafka, kafka_address
from generator.delivery.kafka.client import check_brokers
from generator.delivery.kafka.message import NAMES, Messages
from generator.delivery.kafka.producer import KafkaProducer
from generator.delivery.reasons import LATE
from generator.delivery.receipt import Receipt, unknown
from generator.errors import UsageError
from generator.load.runner.load_run import LoadRun
from generator.load.runner.poster import PostResult, fire
from generator.load.session_in_flight import SessionInFlight

_TURN = 0.001
"""Seconds between two looks for reports, while any is missing."""
_GRACE = 1.0
"""Seconds beyond its own time-out in which the library reports a message."""
_LAST = 5.0
"""Seconds in which what was sent is still waited for after the last sender."""


class SharedProducer:
    """A process's way to a topic.

    Args:
        producer: the process's only one.
    """

    def __init__(self, producer: KafkaProducer) -> None:
        self._producer = producer
        self._asked = Event()
        self._pump = gevent.spawn(self._take_reports)
        self._posters = 0

    def join(self) -> None:
        """Count one more poster."""
        self._posters += 1

    def leave(self) -> bool:
        """Count one poster less, and close after the last; return whether it was. The hub turns meanwhile."""
        self._posters -= 1
        if self._posters:
            return False
        self._pump.kill()
        gevent.get_hub().threadpool.apply(self._producer.close, (_LAST,))
        return True

    def post(self, body: bytes, key: bytes | None, seconds: float) -> Receipt:
        """Send a message, and wait at most these seconds for its report."""
        report = AsyncResult()
        self._producer.send(body, key, report.set)
        self._asked.set()
        report.wait(seconds)
        receipt: Receipt | None = report.value
        return receipt or unknown(LATE)

    def _take_reports(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            while len(self._producer):
                self._producer.poll()
                gevent.sleep(_TURN)


_lines: WeakKeyDictionary[LoadRun, SharedProducer] = WeakKeyDictionary()
"""By the test that they belong to: a producer's time-out and compression are the test's."""


class KafkaPoster:
    """Posts batches as messages, for one user.

    Args:
        test: what is sent.
        contract: the test's.
        environment: Locust's.
    """

    def __init__(self, test: LoadRun, contract: Messages, environment: Environment) -> None:
        self._test, self._contract = test, contract
        self._fire = fire(environment)
        address = kafka_address(environment.host or "")
        self._topic, self._timeout = address.topic, test.settings.timeout
        if test not in _lines:
            codec = "" if contract.codec == "none" else contract.codec
            _lines[test] = SharedProducer(KafkaProducer(address, timeout=self._timeout, codec=codec))
        self._line = _lines[test]
        self._line.join()

    def head(self, session: SessionInFlight) -> Request:
        """Return what all messages of a session have in common: the device, where that is the key."""
        return session.request()

    def post_stamped(self, head: Request, body: bytes) -> PostResult:
        """See `Poster.post_stamped`."""
        return self.post(head._replace(body=body))

    def post(self, request: Request, seconds: float | None = None, *, is_timed: bool = True) -> PostResult:
        """See `Poster.post`."""
        patience = self._timeout + _GRACE if seconds is None else seconds
        begun = perf_counter()
        receipt = self._line.post(request.body, self._contract.key(request.headers, request.body), patience)
        milliseconds = (perf_counter() - begun) * 1000
        timed = milliseconds if is_timed and receipt.status != "unknown" else None
        error = None if receipt.status == "acked" else RuntimeError(self._test.sent.counters.reason(receipt))
        self._fire(
            request_type=request.method, name=self._topic, response_time=timed, response_length=0, exception=error,
            context={},
        )  # fmt: skip
        return PostResult(receipt, timed)

    def close(self) -> None:
        """Leave the producer; the last one closes it."""
        if self._line.leave():
            _lines.pop(self._test, None)


def check_topic(host: str, contract: str) -> str:
    """Return a topic's address in its full form; raise UsageError for one that the contract cannot write for.

    Raises:
        UsageError: for any other address, and if address and contract do not go together.
    """
    if not is_kafka(host):
        raise UsageError(
            f"--contract {contract}: it writes messages for Kafka; name a topic, --host kafka://127.0.0.1:9092/telemetry.ingest"
        )
    address = kafka_address(host)
    if contract.partition(":")[0] not in NAMES:
        raise UsageError(f"--host {address}: a topic takes --contract {' or '.join(NAMES)}, not {contract}")
    return str(address)


def look_for_topic(host: str) -> None:
    """Check that a broker answers and knows the topic; the hub turns meanwhile.

    Raises:
        UsageError: none does.
    """
    address = kafka_address(host)
    check_brokers(address)
    producer = KafkaProducer(address)
    pool = gevent.get_hub().threadpool
    trouble = pool.apply(_why_unable, (producer,))
    pool.apply(producer.close)
    if trouble:
        raise UsageError(trouble)


def _why_unable(producer: KafkaProducer) -> str:
    """Return why a producer cannot send; "" if it can. An exception in the pool would be printed there."""
    try:
        producer.check()
    except UsageError as error:
        return str(error)
    return ""
