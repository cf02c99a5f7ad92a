"""The injector: seeded, independent of the order, true to the shares, and gentle to what it does not hit."""

import json
import random

import msgspec
import pytest
from candidates import session
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts.obsrv import Obsrv
from generator.delivery.contracts.plain import PlainContract
from generator.delivery.contracts.sunbird import Sunbird
from generator.faults import KINDS, FaultPlan, Injector
from generator.faults.injector import resent_msgid
from generator.spec.identity import read_mid, read_msgid
from generator.spec.rules import FORMS

SHARES = ["missing_field=0.1", "wrong_type=0.1", "repeated_mid=0.1", "missing_end=0.5", "truncated_json=0.1",
          "repeated_batch=0.1", "skewed_clock=0.1", "replayed_session=0.1"]  # fmt: skip


def batches(number, form="wire", run=1, size=20, count=68):
    """Give one session's events, cut into batches."""
    texts = session(form, run, number, count)
    return [texts[first : first + size] for first in range(0, count, size)]


def injector(*faults, seed=1, run=1, form="wire"):
    return Injector(FaultPlan.of(faults, form=form, allow_crashing_faults=True), seed, run, form)


def counted(injector, name, sessions):
    """Count the labels of a kind in so many sessions."""
    done = [damaged for number in range(sessions) for damaged in injector.batches(batches(number), number)]
    return sum(label.fault == name for damaged in done for label in damaged.labels)


@settings(deadline=None)
@given(seed=st.integers(0, 2**63 - 1), run=st.integers(0, 2**32 - 1), number=st.integers(0, 2**40 - 1))
def test_one_seed_one_outcome(seed, run, number):
    """Two injectors of one seed do the same damage to one session."""
    given_ = batches(number, run=run)
    twins = [injector(*SHARES, seed=seed, run=run).batches(given_, number) for _ in range(2)]

    assert twins[0] == twins[1]


@settings(max_examples=20, deadline=None)
@given(order=st.randoms(use_true_random=False), seed=st.integers(0, 1000))
def test_the_order_of_batches_does_not_matter(order, seed):
    """Batches get the same damage whenever they come, alone or among those of other sessions."""
    whole = {
        (number, place): damaged
        for number in range(3)
        for place, damaged in enumerate(injector(*SHARES, seed=seed).batches(batches(number), number))
    }
    places = list(whole)
    order.shuffle(places)
    one = injector(*SHARES, seed=seed)
    alone = {
        (number, place): one.damage(batches(number)[place], number, place, place * 20)
        for number, place in places
    }

    assert alone == whole


def test_seed_run_session_and_batch_decide():
    """Another seed, run, session or batch is another draw."""
    text = session("wire")
    plan = ["missing_field=0.5"]
    done = [
        injector(*plan).damage(text, 1, 0, 0),
        injector(*plan, seed=2).damage(text, 1, 0, 0),
        injector(*plan, run=2).damage(text, 1, 0, 0),
        injector(*plan).damage(text, 2, 0, 0),
        injector(*plan).damage(text, 1, 1, 0),
    ]

    assert len({tuple(label.sequence for label in damaged.labels) for damaged in done}) == len(done)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), form=st.sampled_from(FORMS))
def test_what_is_not_hit_is_not_touched(seed, form):
    """Of a batch with damage to events, each other event is the given text itself, in its place."""
    texts = session(form, count=40)
    damaged = injector(
        "missing_field=0.2", "repeated_mid=0.1", "missing_end=0.5", seed=seed, form=form
    ).damage(texts, 1, 0, 0)
    hit = {label.sequence for label in damaged.labels}
    left = iter(damaged.events)

    assert all(any(text is one for one in left) for place, text in enumerate(texts) if place not in hit)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), form=st.sampled_from(FORMS), name=st.sampled_from(sorted(KINDS)))
def test_every_damage_is_labelled_and_found_again(seed, form, name):
    """What differs from what was given is labelled by its own place, under its own kind; its mid is still there."""
    kind = KINDS[name]
    if form not in kind.verdicts:
        return
    texts = session(form, count=40)
    damaged = Injector(FaultPlan({kind: 0.3}), seed, 1, form).damage(texts, 7, 3, 100)

    assert {(label.session, label.batch, label.fault) for label in damaged.labels} <= {(7, 3, name)}
    if kind.level == "event":
        places = [label.sequence - 100 for label in damaged.labels]
        assert len(set(places)) == len(places)
        assert [text for place, text in enumerate(texts) if place not in places] == [
            text for text in damaged.events if text in texts and texts.index(text) not in places
        ]
        if name not in {"bad_mid", "not_an_object", "missing_start", "missing_end"}:
            sent = b"".join(damaged.events)
            assert all(json.loads(texts[place])["mid"].encode() in sent for place in places)
    else:
        assert [label.sequence for label in damaged.labels] in ([], [None])


def binomial(count, share, tail=1e-6):
    """Give the numbers of hits below and above which a binomial falls once in a million."""
    chances = [(1 - share) ** count]
    for hits in range(count):
        chances.append(chances[-1] * (count - hits) / (hits + 1) * share / (1 - share))
    below = [sum(chances[: hits + 1]) for hits in range(count + 1)]
    return sum(each < tail for each in below), sum(each < 1 - tail for each in below)


@pytest.mark.parametrize("share", [0.02, 0.5])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_share_is_that_of_the_candidates(share, seed):
    """Of 640 candidates, which all but the LOG are, as many are hit as a binomial with this share allows."""
    low, high = binomial(640, share)

    assert low <= counted(injector(f"missing_field={share}", seed=seed), "missing_field", 10) <= high


def test_all_are_hit_and_none():
    """With a share of 1 every END stays away, and no other event; with 0 nothing happens."""
    assert counted(injector("missing_end=1"), "missing_end", 10) == 40
    assert counted(injector("missing_field=0"), "missing_field", 10) == 0


def test_each_kind_has_its_own_share_beside_others():
    """Kinds of which an event gets one at most do not take from each other's shares."""
    both = injector("null_value=0.5", "missing_field=0.5")
    hits = [counted(both, name, 10) for name in ("null_value", "missing_field")]
    low, high = binomial(640, 0.5)

    assert sum(hits) == 640
    assert low <= hits[0] <= high


def test_two_damages_never_meet():
    """A damaged session's batches have one label each, a damaged batch one, and an event one."""
    one = injector(*SHARES)
    for number in range(50):
        done = one.batches(batches(number), number)
        labels = [label for damaged in done for label in damaged.labels]
        whole = {label.batch for label in labels if label.sequence is None}

        assert len({(label.batch, label.sequence) for label in labels}) == len(labels)
        assert not [label for label in labels if label.sequence is not None and label.batch in whole]


def test_a_session_is_damaged_as_a_whole():
    """A wrong clock moves all of a session's events by one span, and a replay repeats each of its batches."""
    given_ = batches(3)
    moved = injector("skewed_clock=1").batches(given_, 3)
    spans = {
        json.loads(after)["ets"] - json.loads(before)["ets"]
        for sent, texts in zip(moved, given_, strict=True)
        for after, before in zip(sent.events, texts, strict=True)
    }
    replayed = injector("replayed_session=1").batches(given_, 3)

    assert len(spans) == 1
    assert 0 not in spans
    assert {damaged.again for damaged in replayed} == {"anew"}
    assert [damaged.events for damaged in replayed] == given_


def test_a_batch_that_comes_anew_has_a_msgid_of_its_own():
    """The msgid of a replay is ours, of the same run and session, and no batch of the session has it."""
    msgid = read_msgid(resent_msgid(5, 7, 9))

    assert (msgid.run, msgid.session) == (7, 9)
    assert msgid.batch >= 2**31


def test_a_damaged_request_leaves_events_and_request_as_they_are():
    """Damage to a request is done to its bytes, and what is given stays as it is."""
    texts = session("wire")
    damaged = injector("truncated_json=1").damage(texts, 1, 0, 0)
    headers, body = {"Content-Type": "application/json"}, b'{"events":[' + b",".join(texts) + b"]}"
    carried = damaged.carried(headers, body)

    assert damaged.events is texts
    assert carried.body == body[: len(carried.body)] != body
    assert injector("null_value=1").damage(texts, 1, 0, 0).carried(headers, body) == (headers, body)


@pytest.mark.parametrize(
    "contract", [Sunbird(), Obsrv("telemetry"), PlainContract("array"), PlainContract("lines")], ids=repr
)
def test_contracts_carry_damage_as_it_is(contract):
    """The texts stand in a request byte for byte, whatever was done to them, lone surrogates among it."""
    damaged = injector("lone_surrogate=0.5", "repeated_mid=0.5").damage(session("wire"), 1, 0, 0)
    batch = Batch("m", 1, [msgspec.Raw(text) for text in damaged.events], Identity("d", "c", "a"))
    separator = b"\n" if contract.request(batch).body.startswith(damaged.events[0] + b"\n") else b","

    assert separator.join(damaged.events) in contract.request(batch).body
    assert b"\\ud" in b"".join(damaged.events)


def test_a_batch_has_no_more_than_three_enormous_events():
    """However many are asked for, a batch with enormous events is not too large itself."""
    damaged = injector("event_at_limit=1").damage(session("wire"), 1, 0, 0)

    assert len(damaged.labels) == 3
    assert sum(map(len, damaged.events)) < 5 * 1024 * 1024


def test_a_clean_plan_touches_nothing():
    """Where no damage is asked for, the list that was given comes back."""
    texts = session("wire")

    assert injector().damage(texts, 1, 0, 0) == (texts, (), None, None)
    assert injector().damage(texts, 1, 0, 0).events is texts


def test_foreign_randomness_is_not_asked():
    """The process's own random numbers play no part."""
    random.seed(1)
    first = injector(*SHARES).batches(batches(1), 1)
    random.seed(2)

    assert injector(*SHARES).batches(batches(1), 1) == first
    assert read_mid(json.loads(batches(1)[0][0])["mid"]).session == 1
