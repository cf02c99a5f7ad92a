"""Kafka against the library's mock brokers, which answer, stall and vanish."""

import json
from time import monotonic

import pytest

from generator.delivery.batch import Batch, Identity
from generator.delivery.kafka.client import CONFIG, BrokerErrors, made, partitions
from generator.delivery.kafka.dispatcher import Kafka, KafkaDispatcher
from generator.delivery.kafka.message import Messages
from generator.delivery.kafka.producer import LARGEST, KafkaProducer
from generator.delivery.reasons import LATE
from generator.delivery.receipt import ACKED
from generator.errors import UsageError
from generator.telemetry import Telemetry
from generator.verify.sink.kafka import KafkaSink
from tests.delivery.kafka_cluster import cluster

CONFIGURED = {
    "env": "app",
    "channel": "c1",
    "uid": "u1",
    "did": "d1",
    "sid": "s1",
    "pdata": {"id": "p", "ver": "1", "pid": "p"},
}


@pytest.fixture(scope="module")
def lasting():
    with cluster() as one:
        yield one


@pytest.fixture
def brokers():
    with cluster() as one:
        yield one


def batch(number):
    event = {"eid": "INTERACT", "ets": 1_700_000_000_000, "ver": "3.0", "mid": f"INTERACT:{number}"}
    return Batch(f"{number:032x}", 1_700_000_000_000, [event], Identity("d1", "c1", "app1"))


def deliver_surely(kafka, batch):
    """Deliver a batch, however long a busy machine takes to make the first connection."""
    while kafka.deliver(batch) != ACKED:
        pass


def found(url):
    """Read the mids in a topic."""
    return sorted(
        json.loads(event)["mid"] for chunk in KafkaSink(url, environ={}).chunks() for event in chunk.events
    )


def test_what_is_acknowledged_is_in_the_topic(lasting):
    """Batches and single events, with any key and compression, are acknowledged, and stored once."""
    url = lasting.url("acknowledged")
    contracts = [
        Messages(),
        Messages(key="did", compress="gzip"),
        Messages("event"),
        Messages("event", "mid"),
    ]
    for number, contract in enumerate(contracts):
        kafka = Kafka(url, contract, environ={})
        assert kafka.deliver(batch(number)) == ACKED
        kafka.close()

    assert found(url) == [f"INTERACT:{number}" for number in range(len(contracts))]


def test_a_key_keeps_messages_in_one_partition(lasting):
    """All messages of one device go to one partition, in their order."""
    url = lasting.url("one-device")
    kafka = Kafka(url, Messages("event", "did"), environ={})
    receipts = {kafka.deliver(batch(number)) for number in range(20)}
    kafka.close()
    chunks = list(KafkaSink(url, environ={}).chunks())

    assert receipts == {ACKED}
    assert len({chunk.place.partition(",")[0] for chunk in chunks}) == 1
    mids = [json.loads(event)["mid"] for chunk in chunks for event in chunk.events]
    assert mids == [f"INTERACT:{number}" for number in range(20)]


def test_many_are_sent_at_once(lasting):
    """`send` returns at once, and each of a thousand messages is reported once."""
    producer = KafkaProducer(lasting.address(lasting.url("many").rpartition("/")[2]), environ={})
    heard = []
    for number in range(1000):
        producer.send(b'{"eid":"X","mid":"%04d"}' % number, None, heard.append)
    producer.close(30)

    assert heard == [ACKED] * 1000
    assert len(producer) == 0
    assert len(found(str(producer.address))) == 1000


def test_a_message_beyond_the_limit_is_refused_for_good(lasting):
    """What is larger than 5 MiB is never sent, and would be refused again."""
    producer = KafkaProducer(lasting.address(lasting.url("large").rpartition("/")[2]), environ={})
    heard = []
    producer.send(b" " * (LARGEST + 1), None, heard.append)

    assert (heard[0].status, heard[0].final) == ("rejected", True)
    producer.close()
    producer.send(b"{}", None, heard.append)
    assert heard[1].status == "rejected"


def test_a_full_queue_refuses(lasting, tmp_path):
    """A message for which the library has no place is rejected, and may be sent again."""
    file = tmp_path / "client.properties"
    file.write_text("queue.buffering.max.messages=1\nlinger.ms=20000\nbatch.num.messages=10\n")
    address = lasting.address(lasting.url("full").rpartition("/")[2])
    producer = KafkaProducer(address, environ={CONFIG: str(file)})
    heard = []
    producer.send(b"{}", None, heard.append)
    producer.send(b"{}", None, heard.append)

    assert [(receipt.status, receipt.final) for receipt in heard] == [("rejected", False)]
    producer.close(0.0)
    assert [receipt.status for receipt in heard] == ["rejected", "unknown"]


def test_brokers_that_vanish_leave_nobody_knowing(brokers):
    """A message without an answer is unknown, within its time-out."""
    kafka = Kafka(brokers.url("vanishing"), timeout=1.0, environ={})
    deliver_surely(kafka, batch(0))
    brokers.vanish()
    after = kafka.deliver(batch(1))
    kafka.close()

    assert (after.status, after.reason) == ("unknown", LATE)


def test_a_broker_that_stalls_may_have_stored_it(brokers):
    """What a stalled broker was sent is unknown, and is found when it goes on: so it must not be called failed."""
    url = brokers.url("stalling")
    kafka = Kafka(url, timeout=1.0, environ={})
    # Enough to be connected with every broker: what no connection has taken is not stored either.
    for number in range(20):
        deliver_surely(kafka, batch(number))
    brokers.stall()
    receipt = kafka.deliver(batch(20))
    brokers.go_on()
    ends = monotonic() + 60
    while len(mids := set(found(url))) < 21 and monotonic() < ends:
        pass
    kafka.close()

    assert receipt.status == "unknown"
    assert mids == {f"INTERACT:{number}" for number in range(21)}


def test_closing_leaves_nothing_unsaid(brokers):
    """What a closed producer waits for in vain is unknown, and is said so once."""
    producer = KafkaProducer(brokers.address(brokers.url("closing").rpartition("/")[2]), environ={})
    producer.check()
    brokers.stall()
    heard = []
    for _ in range(10):
        producer.send(b"{}", None, heard.append)
    producer.close(0.1)

    assert [receipt.status for receipt in heard] == ["unknown"] * 10


def test_nobody_there_is_told_before_anything_is_sent(brokers):
    """Where nobody listens, where nobody speaks Kafka in time, and where there is no such topic, a line says so."""
    brokers.url("telemetry.ingest")
    with pytest.raises(
        UsageError, match=r"topic telemetry.ingets does not exist; did you mean telemetry.ingest\?"
    ):
        Kafka(str(brokers.address("telemetry.ingets")), environ={})
    heard = BrokerErrors()
    address = brokers.address("telemetry.ingest")
    client = made("Producer", address, {}, {"error_cb": heard}, {})
    brokers.stall()
    with pytest.raises(UsageError, match=r"no answer of a Kafka broker within 0.3 s"):
        partitions(client, address, heard, 0.3)
    brokers.vanish()
    with pytest.raises(UsageError, match=r"no answer at 127.0.0.1, port .*connection refused"):
        Kafka(str(address), environ={})


def test_a_topic_is_not_made_by_looking(lasting):
    """A topic that is asked for by mistake is not there afterwards either."""
    for _ in range(2):
        with pytest.raises(UsageError, match="topic never-made does not exist"):
            Kafka(str(lasting.address("never-made")), environ={})


def test_a_telemetry_client_writes_into_a_topic(lasting, monkeypatch):
    """What a script records through the dispatcher is in the topic when it is closed, and nothing is left unsent."""
    monkeypatch.delenv(CONFIG, raising=False)
    url = lasting.url("script")
    telemetry = Telemetry(CONFIGURED, dispatcher=KafkaDispatcher(url))
    for _ in range(3):
        telemetry.interact({"type": "TOUCH", "id": "button", "pageid": "home"})
    unsent = telemetry.close()

    assert not unsent.batches
    assert len(found(url)) == 3
