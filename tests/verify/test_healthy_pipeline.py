"""A healthy pipeline gives no alarm, whatever came through it; and no damage hides behind its rewrites."""

import json
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pipeline import healthy, java, read, write

from generator import SeededChance, World, find, play
from generator.strategies import sessions
from generator.verify.content import Rewrites
from generator.verify.stage import STAGES, Stage

WORLD, SCENARIOS = World(2), find()
DAY = 86_400_000
REWRITES = {name: Rewrites((), "sunbird", name) for name in STAGES}
EACH = pytest.mark.parametrize("name", sorted(SCENARIOS))
QUICK = settings(max_examples=6, deadline=None)


def events_of(name, number):
    script = SCENARIOS[name]
    session = play(script, WORLD.learner(number, script.device), 10**12, SeededChance(number), session=number)
    return session.lines("wire").splitlines()


def is_in_order(accepted, now):
    """See that at each stage there is what should be, as it was sent, and nothing else but the pipeline's own."""
    topics = healthy(accepted, now)
    sent = {read(text)["mid"]: (text, read(text)) for text in accepted}
    assert topics["failed"] == topics["duplicate"] == []
    for name in STAGES:
        stage = Stage.named(name)
        found = {read(text)["mid"]: text for text in topics[name]}
        own = {mid for mid, text in found.items() if stage.spawned(read(text))}
        wanted = {mid for mid, (_, event) in sent.items() if stage.expects(event["eid"], event["ets"], now)}
        assert found.keys() - own == wanted, name
        assert not own & sent.keys()
        for mid in wanted:
            assert REWRITES[name].differences(sent[mid][0], found[mid], now) == [], name
    assert any(Stage.named("raw").spawned(read(text)) for text in topics["log"])
    return topics


@EACH
@QUICK
@given(number=st.integers(0, 10**6), late=st.integers(-2 * DAY, 200 * DAY))
def test_a_healthy_pipeline_gives_no_alarm(name, number, late):
    """Every scenario, sent at once, days ahead of time or months late: all is where and as it should be."""
    accepted = events_of(name, number)

    is_in_order(accepted, int(json.loads(accepted[-1])["ets"]) + late)


@settings(max_examples=40, deadline=None)
@given(session=sessions(), late=st.sampled_from([0, -DAY, 91 * DAY, 120 * DAY]))
def test_anything_valid_gives_no_alarm(session, late):
    """Any valid session does neither: strange texts, every event, federated users, DIAL codes in any case."""
    accepted = session.lines("wire").splitlines()
    assume(accepted)

    is_in_order(accepted, int(json.loads(accepted[-1])["ets"]) + late)


def test_what_is_rare_is_among_them():
    """The rewrites that few sessions meet are met: a federated user, a small DIAL code, a blank channel, a SHARE."""
    [text] = [line for line in events_of("mobile_app", 3) if json.loads(line)["eid"] == "START"][:1]
    plain = json.loads(text)
    share = {
        **plain, "eid": "SHARE", "mid": "SHARE:1", "object": {"id": "do_1", "type": "Content"},
        "edata": {"dir": "Out", "type": "File", "items": [
            {"id": "do_2", "type": "Content", "ver": "1", "params": [{"transfers": 0, "size": 7}, {"transfers": 2}],
             "origin": {"id": "o", "type": "Device"}, "to": {"id": "t", "type": "Device"}},
            {"id": "do_3", "type": "Content", "ver": "1", "params": [],
             "origin": {"id": "o", "type": "Device"}, "to": {"id": "t", "type": "Device"}}]},
    }  # fmt: skip
    federated = {
        **plain, "mid": "START:2", "actor": {"id": "f:0123-45:u1", "type": "User"},
        "context": {**plain["context"], "channel": " "}, "object": {"id": "a1b2ß", "type": "dialCode", "ver": "1"},
    }  # fmt: skip

    topics = is_in_order([json.dumps(one).encode() for one in (share, federated)], plain["ets"])

    assert sum(read(one)["eid"] == "SHARE_ITEM" for one in topics["unique"]) == 2
    [rewritten] = [read(one) for one in topics["denorm"] if read(one)["mid"] == "START:2"]
    assert rewritten["actor"]["id"] == "u1"
    assert rewritten["object"]["id"] == "A1B2SS"
    assert rewritten["context"]["channel"].startswith("b00bc992")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_java_writes_the_number_that_it_was_given(number):
    """Whatever Java's way to write it looks like, the double is the same."""
    assert float(java(number)) == number


def test_java_writes_as_java_does():
    """The simulated pipeline writes numbers as the real one does."""
    told = ["1.533364283909E12", "0.0", "1.0", "-2.5", "0.001", "1.0E-4", "9999999.0", "1.0E7", "1.2345E-7"]
    assert [java(float(text)) for text in told] == told


# --- damage ---


def leaves(value, path=()):
    """Yield the paths to all that has no parts."""
    parts = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if parts is None:
        yield path
        return
    for key, one in parts:
        yield from leaves(one, (*path, key))


def holder(event, path):
    for key in path[:-1]:
        event = event[key]
    return event


def other(value):
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}x"


DAMAGES = {
    "changed": lambda place, key: place.update({key: other(place[key])}),
    "dropped": lambda place, key: place.pop(key),
    "in a list": lambda place, key: place.update({key: [place[key]]}),
    "doubled": lambda place, key: place.update({f"{key} ": place[key]}),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
@EACH
@QUICK
@given(number=st.integers(0, 10**6), data=st.data())
def test_damage_to_one_value_is_found_behind_the_rewrites(name, damage, number, data):
    """A value that changed, went, came or is of another type is told with its place, at every stage."""
    accepted = events_of(name, number)
    topics = healthy(accepted, int(json.loads(accepted[-1])["ets"]))
    sent = {json.loads(text)["mid"]: text for text in accepted}
    stage = data.draw(st.sampled_from([one for one in STAGES[1:] if topics[one]]))
    texts = [text for text in topics[stage] if read(text)["mid"] in sent]
    event = read(data.draw(st.sampled_from(texts)))
    text = sent[event["mid"]]
    paths = [path for path in leaves(read(text)) if isinstance(path[-1], str)]
    path = data.draw(st.sampled_from(paths))
    DAMAGES[damage](holder(event, path), path[-1])

    found = REWRITES[stage].differences(text, write(event), read(text)["ets"])

    assert len(found) == 1
    assert found[0].path.strip().endswith(path[-1])


@EACH
@QUICK
@given(number=st.integers(0, 10**6), data=st.data())
def test_values_of_two_events_that_changed_places_are_found(name, number, data):
    """Two events that have each other's values are both altered."""
    accepted = events_of(name, number)
    topics = healthy(accepted, int(json.loads(accepted[-1])["ets"]))
    sent = {json.loads(text)["mid"]: text for text in accepted}
    found = [event for event in map(read, topics["denorm"]) if event["mid"] in sent]
    swaps = [
        (one, two, key) for one, two in combinations(found, 2) for key in ("ets", "edata", "object", "actor", "context")
        if key in one and key in two and one[key] != two[key]
    ]  # fmt: skip
    assume(swaps)
    one, two, key = data.draw(st.sampled_from(swaps))
    one[key], two[key] = two[key], one[key]

    assert all(REWRITES["denorm"].differences(sent[event["mid"]], write(event)) for event in (one, two))
