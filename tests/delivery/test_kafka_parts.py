"""Kafka without a broker: addresses, messages, keys, the file of settings, what delivery reports mean."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.delivery.batch import Batch, Identity
from generator.delivery.kafka.address import KafkaAddress, kafka_address
from generator.delivery.kafka.client import CONFIG, properties
from generator.delivery.kafka.dispatcher import Kafka
from generator.delivery.kafka.message import Messages, messages_named
from generator.delivery.kafka.outcome import REJECTED, reported
from generator.delivery.kafka.producer import KafkaProducer
from generator.errors import UsageError

EVENT = {"eid": "INTERACT", "ets": 1_700_000_000_000, "ver": "3.0", "mid": "INTERACT:1"}
BATCH = Batch("0123456789abcdef", 1_700_000_000_123, [EVENT], Identity("d1", "c1", "app1"))
HERE = KafkaAddress(("127.0.0.1:9092",), "t")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("kafka://h1:9093,h2/telemetry.raw", KafkaAddress(("h1:9093", "h2:9092"), "telemetry.raw")),
        ("kafka:///t", HERE),
        ("KAFKA://[::1]:9/t/", KafkaAddress(("[::1]:9",), "t")),
    ],
)
def test_an_address_names_brokers_and_a_topic(said, meant):
    """Ports are 9092 and the broker is this machine's unless they are said; the full form says the same again."""
    assert kafka_address(said) == meant
    assert kafka_address(str(meant)) == meant


@pytest.mark.parametrize(
    "said",
    ["http://h/t", "kafka://h", "kafka://h/", "kafka://h/a/b", "kafka://h/..", "kafka://h:0/t", "kafka://h:99999/t",
     "kafka://,/t", "kafka://h h/t", "kafka://h/t?x", f"kafka://h/{'t' * 250}"],
)  # fmt: skip
def test_what_is_no_address_is_refused(said):
    """An address that is none is named, with one that would do."""
    with pytest.raises(UsageError, match="such as kafka://"):
        kafka_address(said)


def test_a_password_in_an_address_is_not_shown():
    """An address with a password is refused without it."""
    with pytest.raises(UsageError, match=CONFIG) as refused:
        kafka_address("kafka://me:hush@h:9092/t")

    assert "hush" not in str(refused.value)


def test_a_batch_is_written_as_the_service_writes_it():
    """The client's envelope comes first, its id overwritten with the mid; the service's stamps follow in its order."""
    request = Messages().request(BATCH)
    said = json.loads(request.body)

    assert list(said.items()) == [
        ("id", BATCH.msgid), ("ver", "3.0"), ("params", {"msgid": BATCH.msgid}), ("ets", BATCH.ets), ("events", [EVENT]),
        ("did", "d1"), ("channel", "c1"), ("pid", "app1"), ("mid", BATCH.msgid), ("syncts", BATCH.ets),
        ("dataset", "sb-telemetry"),
    ]  # fmt: skip
    assert Messages().request(BATCH) == request


def test_what_is_not_known_is_not_stamped():
    """Without a header the service leaves its field out, and so do we."""
    said = json.loads(Messages(dataset="own").request(BATCH._replace(identity=Identity("", "", ""))).body)

    assert said.keys() & {"did", "channel", "pid"} == set()
    assert said["dataset"] == "own"


@pytest.mark.parametrize(
    ("unit", "key", "meant"),
    [
        ("batch", None, b"0123456789abcdef"), ("batch", "mid", b"0123456789abcdef"), ("batch", "did", b"d1"),
        ("batch", "none", None), ("event", None, None), ("event", "mid", b"INTERACT:1"), ("event", "did", b"d1"),
    ],
)  # fmt: skip
def test_the_key_is_the_one_that_is_asked_for(unit, key, meant):
    """By default a batch has its mid as key, and an event none, as in the pipeline."""
    contract = Messages(unit, key)
    request = contract.request(BATCH)

    assert contract.key(request.headers, request.body) == meant


def test_a_single_event_is_written_as_it_is():
    """A message of one event is its JSON and nothing else; two events do not fit in."""
    contract = Messages("event")

    assert json.loads(contract.request(BATCH).body) == EVENT
    assert contract.largest == 1
    with pytest.raises(UsageError, match="batches of one"):
        contract.request(BATCH._replace(events=[EVENT, EVENT]))


@given(body=st.binary(max_size=60), unit=st.sampled_from(["batch", "event"]))
def test_a_damaged_message_has_a_key_or_none(body, unit):
    """Whatever was damaged on purpose, its key is bytes or nothing, and no error."""
    assert isinstance(Messages(unit, "mid").key({}, body), bytes | None)


def test_contracts_are_named():
    """A command line names unit and key; a key that is none, a path and a token are refused with the way out."""
    assert repr(messages_named("kafka-event:did")) == repr(Messages("event", "did"))
    assert repr(messages_named("kafka")) == repr(Messages("batch", "mid"))
    with pytest.raises(UsageError, match="did you mean mid"):
        messages_named("kafka:mdi")
    with pytest.raises(UsageError, match="kafka:mid, kafka:did, kafka:none"):
        messages_named("kafka:")
    with pytest.raises(UsageError, match=r"--host kafka://127.0.0.1:9092/v1"):
        messages_named("kafka", path="/v1")
    with pytest.raises(UsageError, match="takes no token"):
        messages_named("kafka", token="hush")


def test_what_a_report_means():
    """Refused is only what is refused whenever it is asked; whatever else is no success, nobody knows."""
    from confluent_kafka import KafkaError

    codes = {name: code for name in dir(KafkaError) if isinstance(code := getattr(KafkaError, name), int)}
    said = {name: reported(KafkaError(code)) for name, code in codes.items() if name != "NO_ERROR"}

    assert reported(None).status == "acked"
    assert REJECTED.keys() <= said.keys()
    assert {name for name, receipt in said.items() if receipt.status == "rejected"} == REJECTED.keys()
    assert {receipt.status for receipt in said.values()} == {"rejected", "unknown"}
    assert said["_MSG_TIMED_OUT"].reason == "no answer in time"
    assert said["NOT_ENOUGH_REPLICAS_AFTER_APPEND"].status == "unknown"
    assert all(receipt.reason for receipt in said.values())


def test_settings_come_from_a_file(tmp_path):
    """A file's lines are settings, in the library's own words; comments and blank lines are not."""
    file = tmp_path / "client.properties"
    file.write_text("# ours\n\nsasl.password = a=b \ncompression.type=snappy\n")

    assert properties({CONFIG: str(file)}) == {"sasl.password": "a=b", "compression.type": "snappy"}
    assert properties({}) == {}
    KafkaProducer(HERE, environ={}).close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sasl.pasword=hush\n", "sasl.pasword"), ("security.protocol=hush\n", "security.protocol"),
        ("error_cb=hush\n", "client.properties"), ("hush\n", ":1: a setting is written name=value"),
        ("\nacks=1\n", ":2: acks: all replicas"), ("enable.idempotence=hush", "always on"),
        ("transactional.id=hush", "one by one"),
    ],
)  # fmt: skip
def test_a_setting_that_will_not_do_is_named_without_its_value(tmp_path, text, said):
    """The library's refusals name the setting and never its value; what verdicts depend on cannot be changed."""
    file = tmp_path / "client.properties"
    file.write_text(text)
    environ = {CONFIG: str(file)}
    if text.startswith("error_cb"):
        # Ours wins: it is no setting that a file can give.
        KafkaProducer(HERE, environ=environ).close()
        return
    with pytest.raises(UsageError, match=said) as refused:
        KafkaProducer(HERE, environ=environ)

    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path):
    """A file that is not there, and one that is no text, are each told in a line."""
    (tmp_path / "binary").write_bytes(b"\xff=1")
    with pytest.raises(UsageError, match="no such file"):
        properties({CONFIG: str(tmp_path / "none")})
    with pytest.raises(UsageError, match="not UTF-8"):
        properties({CONFIG: str(tmp_path / "binary")})


def test_without_the_library_the_extra_is_named(monkeypatch):
    """Where Kafka's library is missing, one line says what to install."""
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(UsageError, match=r"pip install 'footfall\[kafka\]'"):
        Kafka("kafka:///t")


def test_options_that_make_no_sense_are_refused():
    """A codec, a time-out, a unit or a key that is none is named."""
    with pytest.raises(UsageError, match="choose one of none, gzip, snappy"):
        KafkaProducer(HERE, codec="rar")
    with pytest.raises(UsageError, match="timeout=0"):
        KafkaProducer(HERE, timeout=0)
    with pytest.raises(UsageError, match="unit='line'"):
        Messages("line")
    with pytest.raises(UsageError, match="key='sid'"):
        Messages(key="sid")
