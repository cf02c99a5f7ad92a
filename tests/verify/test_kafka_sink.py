"""A topic as a sink: read to where it ended, whatever happens meanwhile."""

import json
import sys
from itertools import count

import pytest
from confluent_kafka import Producer

from generator.delivery.kafka.client import BrokerErrors
from generator.errors import UsageError
from generator.verify.sink.kafka import KafkaSink, Reading
from tests.delivery.kafka_cluster import PARTITIONS, cluster


@pytest.fixture(scope="module")
def lasting():
    with cluster() as one:
        yield one


@pytest.fixture
def brokers():
    with cluster() as one:
        yield one


def fill(one, topic, messages):
    """Put messages into partitions, each a pair of both."""
    url = one.url(topic)
    producer = Producer(
        {"bootstrap.servers": ",".join(one.brokers), "enable.idempotence": True, "log_level": 2}
    )
    for partition, value in messages:
        producer.produce(topic, value, partition=partition)
    assert producer.flush(60) == 0
    return url


def event(number):
    return json.dumps({"eid": "X", "mid": f"X:{number}"}).encode()


def read(url):
    return list(KafkaSink(url, environ={}).chunks())


def test_every_message_is_read_once_in_its_partitions_order(lasting):
    """All partitions are read from beginning to end, each in its order, and each event says when it was received."""
    sent = [(number % PARTITIONS, event(number)) for number in range(500)]
    chunks = read(fill(lasting, "every", sent))

    by_partition = {}
    for chunk in chunks:
        assert chunk.kind == "accepted"
        assert len(chunk.received) == len(chunk.events)
        assert all(at > 1_700_000_000_000 for at in chunk.received)
        by_partition.setdefault(chunk.place.partition(",")[0], []).extend(chunk.events)
    assert by_partition == {
        f"partition {place}": [value for partition, value in sent if partition == place]
        for place in range(PARTITIONS)
    }


def test_a_message_may_hold_many_events(lasting):
    """Single events, batches, lists and Obsrv's form are read alike; what is no JSON is told with its place."""
    batch = b'{"id":"x","events":[%s,%s]}' % (event(1), event(2))
    obsrv = b'{"event":%s,"dataset":"d","obsrv_meta":{}}' % event(3)
    messages = [event(0), batch, obsrv, b"[%s]" % event(4), b"{broken", None]
    chunks = read(fill(lasting, "forms", [(0, message) for message in messages]))

    assert [one for chunk in chunks for one in chunk.events] == [event(number) for number in range(5)]
    assert sum(len(chunk.received) for chunk in chunks) == 5
    unreadable = [said for chunk in chunks for said in chunk.unreadable]
    assert [said.partition(":")[0] for said in unreadable] == [
        "partition 0, offset 4",
        "partition 0, offset 5",
    ]


def test_an_empty_topic_holds_nothing(lasting):
    """A topic without messages is read to its end at once."""
    assert read(lasting.url("empty")) == []


def test_what_comes_while_it_is_read_is_read_as_well(lasting):
    """The end is where the broker has no more to give: all that was there when the reading began is read, in order."""
    url = fill(lasting, "growing", [(0, event(number)) for number in range(5000)])
    reading = KafkaSink(url, environ={}).chunks()
    events = list(next(reading).events)
    fill(lasting, "growing", [(0, event("later")) for _ in range(5000)])
    events += [one for chunk in reading for one in chunk.events]

    assert events[:5000] == [event(number) for number in range(5000)]
    assert set(events[5000:]) <= {event("later")}


def test_it_says_what_is_read(lasting):
    """A sink is described by its topic and brokers."""
    assert KafkaSink("kafka://h1,h2/t").described() == "the topic t at h1:9092, h2:9092"


def test_a_topic_that_is_not_there_is_told(lasting):
    """A topic that does not exist is no empty sink."""
    lasting.url("telemetry.raw")
    with pytest.raises(
        UsageError, match=r"topic telemetry\.rwa does not exist; did you mean telemetry\.raw\?"
    ):
        read(str(lasting.address("telemetry.rwa")))


def test_brokers_that_are_gone_are_told(brokers):
    """Where nobody answers, the sink cannot be read, and says who did not answer."""
    url = brokers.url("t")
    brokers.vanish()
    with pytest.raises(UsageError, match="no answer at 127"):
        read(url)


def test_a_broker_that_stalls_ends_the_reading(brokers):
    """A topic that does not come to its end within some seconds cannot be read, and nothing waits for ever."""
    url = fill(brokers, "t", [(0, event(0))])
    patient, impatient = KafkaSink(url, environ={}), KafkaSink(url, patience=0.5, environ={})
    consumer = patient._consumer()
    bounds = patient._bounds(consumer, [0])
    brokers.stall()
    with pytest.raises(
        UsageError, match=r"partition 0 ends at offset 1, and nothing came for 0\.5 s after offset 0"
    ):
        list(Reading(consumer, brokers.address("t"), bounds, BrokerErrors(), 0.5).chunks())
    with pytest.raises(UsageError, match=r"partition 1 does not say where it ends"):
        impatient._bounds(consumer, [1])
    brokers.go_on()
    consumer.close()


class Message:
    """A message, or an error, as the library gives it."""

    def __init__(self, partition, offset, error=None, dated=1):
        self._said = partition, offset, error
        self._dated = dated

    def partition(self):
        return self._said[0]

    def offset(self):
        return self._said[1]

    def error(self):
        return self._said[2] and Error(self._said[2])

    def value(self):
        return event(f"{self._said[0]}-{self._said[1]}")

    def timestamp(self):
        return self._dated, 1_700_000_000_000


class Error:
    def __init__(self, name):
        self._name = name

    def name(self):
        return self._name

    def str(self):
        return f"Broker: {self._name}"


class Consumer:
    """A consumer that gives what it is told to give, and then nothing, or the same message for ever."""

    def __init__(self, *turns, stream=None):
        self._turns, self._stream = list(turns), stream

    def assign(self, places):
        pass

    def consume(self, most, seconds):
        if self._turns:
            return self._turns.pop(0)
        return [next(self._stream)] if self._stream else []


def reading(bounds, *turns, stream=None, patience=0.0, quiet=0.0):
    return Reading(
        Consumer(*turns, stream=stream), KafkaSink("kafka:///t")._address, bounds, BrokerErrors(), patience,
        quiet=quiet, last_look=0.01,
    )  # fmt: skip


def mids(found):
    return [json.loads(one)["mid"] for chunk in found.chunks() for one in chunk.events]


def test_an_end_without_a_message_is_an_end():
    """The last offsets may be marks of transactions, or compacted: the end is then told, or passed."""
    told = mids(reading({0: (0, 5)}, [Message(0, 1)], [Message(0, 5, "_PARTITION_EOF")]))
    passed = mids(reading({0: (0, 5)}, [Message(0, 1), Message(0, 7)]))

    assert (told, passed) == (["X:0-1"], ["X:0-1", "X:0-7"])


END = "_PARTITION_EOF"


@pytest.mark.parametrize(
    "turns",
    [
        [[Message(0, 0), Message(0, 1), Message(0, 2)]],
        [[Message(0, 0), Message(0, 1), Message(0, 2, END), Message(0, 2)]],
        [[Message(0, 0), Message(0, 1)], [Message(0, 2, END)], [Message(0, 2)]],
        [[Message(0, 0), Message(0, 1), Message(0, 2), Message(0, 3, END)]],
        [[Message(0, 0), Message(0, 1)], [], [Message(0, 2)]],
    ],
)
def test_an_end_that_is_named_too_low_hides_nothing(turns):
    """A broker may name an end before the last message, and even tell it there: what it gives behind that is read."""
    assert mids(reading({0: (0, 2)}, *turns, quiet=0.2)) == ["X:0-0", "X:0-1", "X:0-2"]


def test_a_partition_that_is_named_empty_is_read():
    """A partition of one message whose broker names an end too low is not passed over."""
    assert mids(reading({0: (0, 0)}, [Message(0, 0)], quiet=0.2)) == ["X:0-0"]


def test_a_topic_that_grows_for_ever_comes_to_an_end():
    """If messages come faster than they are read, the reading ends when its patience does, behind the named end."""
    endless = (Message(0, offset) for offset in count(2))
    found = mids(reading({0: (0, 2)}, [Message(0, 0), Message(0, 1)], stream=endless, patience=0.05, quiet=9))

    assert found[:3] == ["X:0-0", "X:0-1", "X:0-2"]


def test_nothing_is_read_twice():
    """A message that is given again, as after a broker changed, is taken once."""
    found = mids(
        reading(
            {0: (0, 2), 1: (0, 1)},
            [Message(0, 0), Message(0, 1), Message(0, 1)],
            [Message(1, 0), Message(0, 0)],
        )
    )

    assert found == ["X:0-0", "X:0-1", "X:1-0"]


def test_a_busy_partition_does_not_hide_a_stalled_one():
    """What comes beyond the end of one partition does not keep another one from being called stalled."""
    endless = (Message(0, offset) for offset in count(1))
    with pytest.raises(UsageError, match="partition 1 ends at offset 1"):
        mids(reading({0: (0, 1), 1: (0, 1)}, [Message(0, 0)], stream=endless, patience=0.05))


def test_what_was_deleted_meanwhile_cannot_be_judged():
    """An error of a partition ends the reading with its words."""
    with pytest.raises(UsageError, match="partition 3 cannot be read to its end: Broker: _AUTO_OFFSET_RESET"):
        mids(reading({3: (0, 9)}, [Message(3, 0)], [Message(3, 1, "_AUTO_OFFSET_RESET")]))


def test_messages_without_a_date_have_no_time():
    """Where a message does not say when it came, no time is told."""
    found = reading({0: (0, 2)}, [Message(0, 0), Message(0, 1, dated=0)])

    assert [chunk.received for chunk in found.chunks()] == [None]


def test_what_is_no_longer_kept_is_told():
    """A partition that begins behind offset 0 says since when its messages are kept; an empty one keeps none."""
    found = reading({0: (0, 1), 1: (7, 9), 2: (4, 4)}, [Message(0, 0), Message(1, 7), Message(1, 8)])
    trimmed = [one for chunk in found.chunks() for one in chunk.trimmed]

    assert [(one.place.partition(" by")[0], one.since) for one in trimmed] == [
        ("partition 1 begins at offset 7", 1_700_000_000_000),
        ("partition 2 begins at offset 4", None),
    ]


def test_without_the_library_the_extra_is_named(lasting, monkeypatch):
    """Where Kafka's library is missing, one line says what to install."""
    url = lasting.url("t")
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(UsageError, match=r"pip install 'footfall\[kafka\]'"):
        read(url)
