"""The damage to a session: its events stay valid, and the one rule that is broken is what `check_session` says."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import check, check_session
from generator.chance import SeededChance
from generator.errors import UsageError
from generator.faults import SESSION_FAULTS, minimal_event
from generator.scenarios.loader import find
from generator.scenarios.story import play
from generator.spec.rules import EARLIEST, FORMS, LATEST, VISIT_TYPES
from generator.spec.violation import Problem
from generator.world import World

BOTH = pytest.mark.parametrize("form", FORMS)
START = 1_767_600_000_000


@pytest.fixture(scope="module")
def played():
    """Give two sessions of every scenario, and what they were when abandoned half-way and at once."""
    world = World()
    return {
        (name, seed, form): play(
            scenario, world.learner(seed, scenario.device), START, SeededChance(seed), session=seed
        ).as_json(form)
        for name, scenario in find().items()
        for seed in range(2)
        for form in FORMS
    }


def holds(fault, events, form):
    """Damage a session and hold it against both checks; True where all is as the fault says."""
    before = copy.deepcopy(events)
    damaged = fault.apply(events, form)
    whole = [event for event in damaged.events if all(event is not given for given in events)]
    assert events == before
    assert [violation for event in whole for violation in check(event, form)] == []
    assert check_session(damaged.events) == [damaged.violation]
    return True


@BOTH
@pytest.mark.parametrize("fault", SESSION_FAULTS, ids=str)
def test_every_fault_causes_its_violation_alone(played, fault, form):
    """On every played session, whole or abandoned, one rule between valid events is broken, and no other."""
    for key, events in played.items():
        if key[2] == form:
            assert holds(fault, events, form)
            assert holds(fault, events[: len(events) // 2], form)
            assert holds(fault, events[:1], form)


@BOTH
@pytest.mark.parametrize("fault", SESSION_FAULTS, ids=str)
@pytest.mark.parametrize("ets", [EARLIEST, LATEST, None])
def test_every_fault_is_total(fault, form, ets):
    """An empty session can be damaged, and one at the first or the last instant there is."""
    events = [] if ets is None else [minimal_event("START", form) | {"ets": ets}]

    if (ets, fault.field) == (LATEST, "edata.endtime"):
        # An endtime is not before its starttime, and not after the last instant: none is left that is untrue.
        with pytest.raises(UsageError, match="give earlier events"):
            fault.apply(events, form)
        return
    assert holds(fault, events, form)


STEPS = st.one_of(
    st.tuples(st.just("START"), st.sampled_from(VISIT_TYPES)),
    st.sampled_from([("IMPRESSION", None), ("INTERACT", None), ("END", None)]),
)


@pytest.mark.parametrize("fault", SESSION_FAULTS, ids=str)
@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(STEPS, st.sampled_from([0, 1, 999, 30_000, 30_001]), st.sampled_from("ab"))))
def test_any_nesting_can_be_damaged(fault, steps):
    """Whatever is nested, abandoned, idle or said by two sources at once: the damage is the one that is named."""
    events, open_, ets = [], {"a": [], "b": []}, START
    for number, ((eid, kind), gap, producer) in enumerate(steps):
        ets += gap
        event = minimal_event(eid) | {"mid": f"m{number}", "ets": ets}
        event["context"] = event["context"] | {"pdata": {"id": producer}}
        if eid == "START":
            open_[producer].append(event)
            event["edata"]["type"] = kind
        elif eid == "END":
            if not open_[producer]:
                continue
            start = open_[producer].pop()
            seconds = (ets - start["ets"]) / 1000
            event["edata"] |= {"type": start["edata"]["type"], "duration": seconds}
        events.append(event)
    assert check_session(events) == []

    assert holds(fault, events, "documented")


def test_every_rule_between_events_can_be_broken():
    """Each rule of a session has its fault, each fault is said in one sentence, and no two say the same."""
    counts = {
        (f"edata.{name}", Problem.UNTRUE)
        for name in ("starttime", "endtime", "timespent", "pageviews", "interactions")
    }

    assert {(fault.field, fault.problem) for fault in SESSION_FAULTS} == counts | {
        ("mid", Problem.DIFFERENT),
        ("context.sid", Problem.DIFFERENT),
        ("context.did", Problem.DIFFERENT),
        ("ets", Problem.RANGE),
        ("edata.type", Problem.DIFFERENT),
        ("edata.duration", Problem.UNTRUE),
    }
    assert len({str(fault) for fault in SESSION_FAULTS}) == len(SESSION_FAULTS)


def test_an_end_that_is_there_is_the_one_that_lies(played):
    """Where a session has an END, its own duration is damaged, and nothing is added."""
    (fault,) = [fault for fault in SESSION_FAULTS if fault.field == "edata.duration"]
    events = played["practice", 0, "documented"]
    ends = [place for place, event in enumerate(events) if event["eid"] == "END"]
    damaged = fault.apply(events)

    assert ends
    assert len(damaged.events) == len(events)
    assert damaged.violation.path == f"[{ends[-1]}].edata.duration"


def test_what_is_appended_is_numbered_on(played):
    """An event of ours is followed by one whose mid counts on."""
    events = played["practice", 0, "documented"]
    damaged = next(fault for fault in SESSION_FAULTS if fault.field == "ets").apply(events)

    assert damaged.events[-1]["mid"].startswith(f"HEARTBEAT:{len(events):08x}")
    assert damaged.events[-1]["mid"][-24:] == events[-1]["mid"][-24:]
