"""Sessions of any valid nesting: valid in both forms, everything reachable, within the budget of choices."""

from contextlib import suppress
from random import Random

import msgspec
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from msgspec import UNSET

from generator import SeededChance, World, check, check_session, play
from generator.errors import ScenarioError
from generator.scenarios.recorded_steps import (
    AddSource,
    EndVisit,
    LeaveVisit,
    RecordEvent,
    StartVisit,
    as_json,
    from_json,
    scenario_of,
)
from generator.spec.check import TREES
from generator.spec.rules import EIDS, FORMS
from generator.strategies import sessions, steps

WORLD = World()
T = 1767600000000
PLAYER = {"type": "player", "mode": "play", "stageid": ""}


def performed(told, *, learner=0, start=T, run=0, session=0, device="mobile"):
    scenario = scenario_of([told], "told")
    return play(scenario, WORLD.learner(learner, device), start, SeededChance(1), run=run, session=session)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_drawn_is_valid_in_both_forms(data):
    """Each event, and each session as a whole, is valid; there is an event, and no example costs 1,000 choices."""
    session = data.draw(sessions())

    assert 1 <= len(session.events) <= 40
    assert len(data.conjecture_data.nodes) <= 1000
    for form in FORMS:
        lines = session.lines(form).splitlines()
        assert [violation for line in lines for violation in check(line, form)] == []
        assert check_session(lines) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.data())
def test_a_limit_abandons_any_nesting(limit, data):
    """At max_events the story is abandoned; what was recorded until then is valid."""
    session = data.draw(sessions(max_events=limit))

    assert 1 <= len(session.events) <= limit
    assert check_session(session.lines().splitlines()) == []


@settings(max_examples=80, deadline=None)
@given(steps())
def test_steps_survive_as_json(told):
    """Steps that are written down and read again perform the same session."""
    line = as_json(told)
    again = from_json(line)

    assert as_json(again) == line
    assert b"\n" not in line
    assert performed(again).lines("wire") == performed(told).lines("wire")


@settings(max_examples=40, deadline=None)
@given(steps())
def test_another_performance_has_ids_of_its_own(told):
    """The same steps under another number, by another learner, later: other mids and session ids, the same payloads."""
    one, other = performed(told), performed(told, learner=1, start=T + 5000, session=1)

    assert not {event.mid for event in one.events} & {event.mid for event in other.events}
    assert not {event.context.sid for event in one.events} & {event.context.sid for event in other.events}
    for event, twin in zip(one.events, other.events, strict=True):
        assert event.eid == twin.eid
        assert twin.ets - event.ets == 5000
        if event.eid != "SUMMARY":
            assert event.edata == twin.edata


def seen(session, eid):
    return any(event.eid == eid for event in session.events)


def sources(session):
    return {event.context.pdata.id for event in session.events}


def ended_within(session):
    """Tell whether an END closed an outer visit and left an inner one."""
    open_ = []
    for event in session.events:
        if event.eid == "START":
            open_.append((event.context.pdata.id, event.edata.type))
        elif event.eid == "END" and open_[-1] != (event.context.pdata.id, event.edata.type):
            return True
        elif event.eid == "END":
            open_.pop()
    return False


def gaps(session):
    return {
        later.ets - earlier.ets for earlier, later in zip(session.events, session.events[1:], strict=False)
    }


KINDS = TREES["documented"]["START"].children["edata"].children["type"].rule.values
REACHABLE = {
    **{eid: (lambda session, eid=eid: seen(session, eid)) for eid in EIDS},
    **{
        f"START({kind})": (lambda session, kind=kind: any(
            event.eid == "START" and event.edata.type == kind for event in session.events
        ))
        for kind in KINDS
    },
    "four sources": lambda session: len(sources(session)) == 4,
    "an END that leaves an inner visit": ended_within,
    "a pause of exactly 30 seconds": lambda session: 30_000 in gaps(session),
    "a pause of a millisecond more": lambda session: 30_001 in gaps(session),
    "a pause of hours": lambda session: max(gaps(session), default=0) > 4 * 3_600_000,
    "what only the wire has": lambda session: bool(session.extras),
    "thirty events": lambda session: len(session.events) >= 30,
}  # fmt: skip
assert len(KINDS) == 6


def test_everything_is_reachable():
    """Each event, each type of visit, several sources, ends out of order, each pause that matters: all are drawn."""
    left = dict(REACHABLE)

    def is_complete(session):
        for name in [name for name, is_seen in left.items() if is_seen(session)]:
            del left[name]
        return not left

    with suppress(NoSuchExample):
        find(
            sessions(), is_complete, random=Random(1),
            settings=settings(database=None, max_examples=3000, phases=[Phase.generate]),
        )  # fmt: skip

    assert list(left) == []


def test_steps_do_what_they_say():
    """Visits end and are left from inside out, sources speak beside each other, options are taken."""
    told = [
        StartVisit("do_1", PLAYER, options={"wire": {"duration": 1.5}}),
        StartVisit("do_2", {**PLAYER, "type": "editor"}, pause=2),
        AddSource({"pdata": {"id": "service"}, "channel": "c"}),
        RecordEvent(
            "LOG", {"type": "t", "level": "INFO", "message": ""}, source=1, options={"object": {"id": "o"}}
        ),
        LeaveVisit(),
        StartVisit("do_3", {**PLAYER, "type": "workflow"}),
        EndVisit(out=1, data={"pageid": "last"}, pause=1),
    ]
    session = performed(told)
    end = session.events[-1]

    assert [event.eid for event in session.events] == ["START", "START", "LOG", "START", "END"]
    assert (end.edata.type, end.edata.contentId, end.edata.duration) == ("player", "do_1", 3)
    assert session.events[2].context.pdata.id == "service"
    assert session.events[2].object.id == "o"
    assert session.as_json("wire")[0]["edata"]["duration"] == 1.5
    assert check_session(session.events) == []


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ([EndVisit()], "step 0.*its source or visit is not open"),
        ([RecordEvent("HEARTBEAT"), LeaveVisit()], "step 1.*its source or visit is not open"),
        ([StartVisit("do_1", PLAYER), EndVisit(out=1)], "step 1.*its source or visit is not open"),
        ([RecordEvent("HEARTBEAT", source=1)], "step 0.*its source or visit is not open"),
        ([RecordEvent("THINK")], "step 0.*choose one of .*HEARTBEAT"),
        ([RecordEvent("INTERACT", {"type": "TOUCH"})], "step 0.*INTERACT: .*id missing"),
        ([AddSource({"colour": "red"})], "step 0.*colour"),
    ],
    ids=str,
)
def test_a_step_that_cannot_be_done_is_named(told, line):
    """What cannot be performed is refused with the step's place and the reason."""
    with pytest.raises(ScenarioError, match=line):
        performed(told)


@pytest.mark.parametrize(
    "line", [b"", b"{}", b'[{"do":"dance"}]', b'[{"do":"end","out":-1}]', b'[{"do":"say"}]']
)
def test_what_are_no_steps_is_refused(line):
    """Reading checks the kinds of steps and their fields."""
    with pytest.raises(ScenarioError, match="does not contain recorded steps"):
        from_json(line)


@pytest.mark.parametrize("scenario", ["practice", "mobile_app", "backend_service", None])
def test_a_drawn_session_is_the_tests_own(scenario):
    """Whatever a test does to a session, the next one has nothing of it: no list is shared with the world."""
    seen = []

    @given(sessions(scenario))
    @settings(max_examples=25, database=None, deadline=None)
    def spoil(session):
        seen.append(session)
        assert "SPOILT" not in repr(session.in_form("wire"))
        for event in session.events:
            if event.tags is not UNSET:
                event.tags.append("SPOILT")
            for part in (event.edata, event.context, event.object, *session.extras.values()):
                spoil_lists(part)

    spoil()

    assert "SPOILT" in repr([session.events for session in seen])


def spoil_lists(part):
    """Write into every list that there is."""
    if isinstance(part, list):
        for item in part:
            spoil_lists(item)
        part.append("SPOILT")
    elif isinstance(part, dict):
        for inner in part.values():
            spoil_lists(inner)
    elif isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            spoil_lists(getattr(part, name))


def test_a_session_shows_what_a_failure_may_be_due_to():
    """The text of a session has its pauses, its counts and who speaks; what is zero everywhere takes no room."""
    session = performed([
        StartVisit("do_1", PLAYER), RecordEvent("IMPRESSION", {"type": "view", "pageid": "p"}, pause=29.5),
        AddSource({"pdata": {"id": "service"}, "channel": "c"}), RecordEvent("METRICS", {"calls": 3}, source=1, pause=86_400),
        RecordEvent("SEARCH", {"type": "content", "query": "", "size": 7, "topn": [{"identifier": "a"}, {"identifier": "b"}]}),
        RecordEvent("SUMMARY", {"type": "player"}), EndVisit(pause=0.5),
    ])  # fmt: skip

    assert repr(session) == (
        "<Session 0 of run 00000000, told: START(player) +29.5s IMPRESSION(p) +86400s METRICS@2 "
        "SEARCH('' size=7 topn=2) SUMMARY(player timespent=29.5 pageviews=1 interactions=0) "
        "+0.5s END(player duration=86430.0)>"
    )


def test_a_session_is_told_in_plain_letters():
    """What a terminal would act upon, or hide, is escaped in what is printed; what is long is cut."""
    session = play(scenario_of([[
        RecordEvent("INTERRUPT", {"type": "\x1b[2J\u2028"}),
        RecordEvent("INTERRUPT", {"type": "x" * 1000}), RecordEvent("INTERRUPT", {"type": "é"}),
    ]], "told"), World().learner(1), 1767600000000, SeededChance(1))  # fmt: skip

    assert repr(session) == (
        "<Session 0 of run 00000000, told: INTERRUPT(\\x1b[2J\\u2028) "
        f"INTERRUPT({'x' * 30}… 1000 characters) INTERRUPT(\\xe9)>"
    )
