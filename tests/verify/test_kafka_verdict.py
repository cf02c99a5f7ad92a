"""A topic verified: what a ledger says was sent, against what the brokers have."""

import pytest
from confluent_kafka import Producer
from small_run import STARTED, all_of, event, findings, simple

from generator.verify.sink.choose import sink_named
from tests.delivery.kafka_cluster import PARTITIONS, cluster


@pytest.fixture(scope="module")
def brokers():
    with cluster() as one:
        yield one


def topic_of(brokers, name, messages):
    """Fill a topic, each message into the partition of its session, and give it as a sink."""
    url = brokers.url(name)
    producer = Producer(
        {"bootstrap.servers": ",".join(brokers.brokers), "enable.idempotence": True, "log_level": 2}
    )
    for session, value in messages:
        producer.produce(name, value, partition=session % PARTITIONS)
    assert producer.flush(60) == 0
    return sink_named(url)


SESSIONS, BATCHES, SIZE = 9, 4, 5
ALL = SESSIONS * BATCHES * SIZE


def batches():
    for session in range(SESSIONS):
        for batch in range(BATCHES):
            events = [event(session, batch * SIZE + at) for at in range(SIZE)]
            yield session, b'{"id":"x","events":[%b]}' % b",".join(events)


def singles():
    for at, one in enumerate(all_of(SESSIONS, BATCHES * SIZE)):
        yield at // (BATCHES * SIZE), one


def lines():
    for session in range(SESSIONS):
        for batch in range(BATCHES):
            yield session, b"\n".join(event(session, batch * SIZE + at) for at in range(SIZE))


def envelopes():
    for session, one in singles():
        yield session, b'{"schema":null,"payload":%b}' % one


FORMS = {
    "batches": (batches, SIZE),
    "singles": (singles, 1),
    "lines": (lines, SIZE),
    "envelopes": (envelopes, 1),
}


def judged(sink):
    sizes = {session: [SIZE] * BATCHES for session in range(SESSIONS)}
    return findings(simple(SESSIONS, BATCHES, SIZE), sink, sizes=sizes)


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_in_a_topic_is_delivered(brokers, form):
    """Whatever form a message has, each event in it is found once, as it was sent, in its order."""
    messages, _ = FORMS[form]
    seen = judged(topic_of(brokers, f"all-{form}", messages()))

    assert (seen.outcome, seen.found, seen.compared) == ("delivered", ALL, ALL)
    assert (seen.out_of_order, seen.foreign, seen.visible.events) == (0, 0, ALL)


@pytest.mark.parametrize("form", FORMS)
def test_a_message_that_is_missing_is_lost(brokers, form):
    """Without one message its events, and no others, are lost; with it twice they are duplicated."""
    messages, many = FORMS[form]
    sent = list(messages())
    seen = judged(topic_of(brokers, f"less-{form}", [*sent[:7], *sent[8:], sent[20]]))

    assert (seen.outcome, seen.found) == ("failed", ALL - many)
    assert [one.mid.encode() in sent[7][1] for one in seen.lost.examples] == [True] * many
    assert [one.mid.encode() in sent[20][1] for one in seen.duplicated.examples] == [True] * many
    assert seen.altered.events == seen.unexpected.events == 0


def test_an_altered_message_is_told_with_its_place(brokers):
    """An event that is not as it was sent is found by its mid, in whichever message it stands."""
    sent = list(batches())
    session, value = sent[9]
    sent[9] = session, value.replace(b'"is":true', b'"is":false', 1)
    [example] = judged(topic_of(brokers, "altered", sent)).altered.examples

    assert (example.session, example.batch) == (session, 1)
    assert example.place.startswith(f"partition {session % PARTITIONS}, offset ")
    assert [(one.path, one.sent, one.found) for one in example.differences] == [("edata.is", True, False)]


OTHERS = b'{"eid":"X","mid":"X:1","pad":"%b"}' % (b"x" * 100_000)
"""An event of others: some sixty of them push the first messages of a partition out of the brokers of these tests."""


def trimmed(brokers, name, sent, instant):
    """Fill a topic, and let its first partition forget its first messages; those it keeps came at an instant."""
    sink = topic_of(brokers, name, sent)
    producer = Producer(
        {"bootstrap.servers": ",".join(brokers.brokers), "enable.idempotence": True, "log_level": 2}
    )
    for _ in range(80):
        producer.produce(name, OTHERS, partition=0, timestamp=instant)
    assert producer.flush(60) == 0
    return sink


def test_what_a_topic_no_longer_keeps_is_not_lost(brokers):
    """If a partition begins, by now, after the run was sent, what is missing may have been there: nothing is lost."""
    seen = judged(trimmed(brokers, "forgotten", batches(), STARTED + 60_000))

    assert (seen.outcome, seen.lost.events) == ("unknown", 0)
    assert 0 < seen.missing.events < ALL
    assert seen.due == seen.found + seen.missing.events == ALL
    assert "no longer keeps what came when the run began (retention)" in seen.why_unknown
    assert "partition 0 begins at offset" in seen.why_unknown


def test_what_was_never_there_is_lost_whatever_a_topic_no_longer_keeps(brokers):
    """If all that came since before the run is kept, retention is no excuse."""
    sent = [one for one in batches() if one[0] % PARTITIONS]
    seen = judged(trimmed(brokers, "kept", sent, STARTED - 60_000))

    assert (seen.outcome, seen.missing.events) == ("failed", 0)
    assert seen.lost.events == ALL - len(sent) * SIZE


def test_nothing_missing_is_delivered_whatever_a_topic_no_longer_keeps(brokers):
    """Retention matters to what is missing alone."""
    before = [(0, OTHERS)] * 80
    seen = judged(topic_of(brokers, "late", [*before, *batches()]))

    assert (seen.outcome, seen.found) == ("delivered", ALL)
