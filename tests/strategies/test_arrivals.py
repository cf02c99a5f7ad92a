"""Arrival histories: what devices sent, and what came of it."""

from random import Random

import pytest
from hypothesis import Phase, find, given, settings

from generator import check, check_session
from generator.delivery.batch import Batch, Identity
from generator.errors import UsageError
from generator.spec.identity import make_msgid, read_mid, read_msgid
from generator.strategies import Arrival, History, interleavings, sessions

T = 1767600000000
HISTORIES = interleavings(sessions("practice", max_events=12), batch_size=5)


def events(batches):
    return [event for batch in batches for event in batch.events]


@settings(max_examples=40, deadline=None)
@given(HISTORIES)
def test_a_history_is_what_devices_can_have_sent(history):
    """Each batch has events and an id of its own; each session's events are valid, by themselves and as a whole."""
    mids = [event["mid"] for event in events(history.sent)]
    assert len(set(mids)) == len(mids)
    assert len({batch.msgid for batch in history.sent}) == len(history.sent)
    numbers = {read_msgid(batch.msgid).session for batch in history.sent}
    assert numbers == set(range(len(numbers)))
    for batch in history.sent:
        owner = read_msgid(batch.msgid)
        assert 1 <= len(batch.events) <= 5
        assert {read_mid(event["mid"]).session for event in batch.events} == {owner.session}
        assert batch.ets == batch.events[-1]["ets"]
        assert batch.identity.device == batch.events[0]["context"]["did"]
        assert [violation for event in batch.events for violation in check(event, "wire")] == []
    for number in numbers:
        own = [event for event in events(history.sent) if read_mid(event["mid"]).session == number]
        assert check_session(own) == []


@settings(max_examples=40, deadline=None)
@given(HISTORIES)
def test_what_arrives_was_sent_before(history):
    """Arrivals are in the order of arriving, of batches that were sent, by then; the others are lost."""
    sent = {batch.msgid: batch for batch in history.sent}

    assert [arrival.at for arrival in history.arrivals] == sorted(arrival.at for arrival in history.arrivals)
    assert [batch.ets for batch in history.sent] == sorted(batch.ets for batch in history.sent)
    for arrival in history.arrivals:
        assert arrival.batch is sent[arrival.batch.msgid]
        assert arrival.at >= arrival.batch.ets
    attempts = [(arrival.batch.msgid, arrival.attempt) for arrival in history.arrivals]
    assert len(set(attempts)) == len(attempts)
    assert len(history.arrived) + len(history.lost) == len(history.sent)


def arrived(history):
    return [arrival.batch.msgid for arrival in history.arrivals]


def sent(history):
    return [batch.msgid for batch in history.sent]


PHENOMENA = {
    "delay": lambda history: any(arrival.at > arrival.batch.ets for arrival in history.arrivals),
    "loss": lambda history: history.lost != [],
    "duplication": lambda history: len(set(arrived(history))) < len(history.arrivals),
    "reordering": lambda history: arrived(history) != sorted(arrived(history), key=sent(history).index),
    "a second attempt alone": lambda history: any(
        arrival.attempt == 2 and arrived(history).count(arrival.batch.msgid) == 1
        for arrival in history.arrivals
    ),
    "three devices": lambda history: len({batch.identity.device for batch in history.sent}) == 3,
    "nothing comes": lambda history: history.arrivals == [],
}


@pytest.mark.parametrize("name", PHENOMENA)
def test_every_phenomenon_is_reachable(name):
    """Delay, loss, duplication, reordering, each is drawn."""
    assert PHENOMENA[name](find(
        HISTORIES, PHENOMENA[name], random=Random(1),
        settings=settings(database=None, max_examples=2000, phases=[Phase.generate]),
    ))  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_the_simplest_history_is_uneventful(seed):
    """Histories shrink to one where all arrive once, in order, without delay."""
    found = find(
        HISTORIES,
        lambda history: len(history.sent) >= 2,
        random=Random(seed),
        settings=settings(database=None),
    )

    assert len(found.sent) == 2
    assert [(arrival.at, arrival.batch, arrival.attempt) for arrival in found.arrivals] == [
        (batch.ets, batch, 1) for batch in found.sent
    ]


@settings(max_examples=5, deadline=None)
@given(HISTORIES)
def test_a_failing_history_is_readable(history):
    """A history tells what was sent and what came, batch by batch, in a line or two."""
    assert repr(history).startswith("<History: sent 0(session ")
    assert len(repr(history)) < 2000


def test_a_history_shows_what_a_failure_may_be_due_to():
    """The text of a history has the pauses within a batch, and each batch's delay, attempt and loss."""
    (first, second), third = (
        [
            Batch(make_msgid(place, 0, session), ets, [beat(ets - 1500), beat(ets)], Identity("", "", ""))
            for place, ets in enumerate(instants)
        ]
        for session, instants in enumerate([(T, T + 60_000), (T + 61_000,)])
    )
    history = History(
        [first, second, *third],
        [Arrival(T, first, 1), Arrival(T + 60_000, second, 2), Arrival(T + 86_460_000, second, 3)],
    )

    assert repr(history) == (
        "<History: sent 0(session 0: HEARTBEAT +1.5s HEARTBEAT) 1(session 0: HEARTBEAT +1.5s HEARTBEAT) "
        "2(session 1: HEARTBEAT +1.5s HEARTBEAT); arrived 0+0s 1+0s(attempt 2) 1+86400s(attempt 3); lost 2>"
    )


def beat(ets):
    return {"eid": "HEARTBEAT", "ets": ets, "edata": {}}


@settings(max_examples=10, deadline=None)
@given(interleavings(sessions(), form="documented"))
def test_the_form_is_chosen(history):
    """Documented histories hold documented events."""
    assert [violation for event in events(history.sent) for violation in check(event)] == []


@pytest.mark.parametrize(
    "options", [{"max_sessions": 0}, {"batch_size": 0}, {"longest_delay": -1}, {"form": "Wire"}]
)
def test_senseless_options_are_refused(options):
    """What makes no sense is refused before anything is drawn."""
    with pytest.raises(UsageError):
        interleavings(sessions(), **options)
