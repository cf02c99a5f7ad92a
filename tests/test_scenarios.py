"""The scenarios that Footfall brings: lawful, lifelike, deterministic, and kept as golden text."""

import hashlib
import json
import os
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import find as find_example
from hypothesis import strategies as st

from generator import SeededChance, World, check, check_session, find, play
from generator.datasets.build import run_of, sessions
from generator.errors import ScenarioError, UsageError
from generator.population.traffic import DEFAULT_START, Traffic
from generator.scenarios.loader import choose
from generator.spec.rules import EIDS, FORMS, FUSED_INTERACT_TYPE
from generator.strategies import DrawnChance
from generator.strategies import sessions as drawn_sessions

GOLDEN = Path(__file__).parent / "golden"
SCENARIOS = find()
WORLD = World()
START = int(DEFAULT_START.timestamp() * 1000)


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("form", FORMS)
def test_every_session_is_valid(name, form):
    """Many sessions of each scenario, by themselves and as wholes, are valid in both forms."""
    for number in range(40):
        learner = WORLD.learner(number, SCENARIOS[name].device)
        session = play(SCENARIOS[name], learner, START, SeededChance(number), run=1, session=number)
        lines = session.lines(form).splitlines()
        assert [violation for line in lines for violation in check(line, form)] == []
        assert check_session(lines) == []
        assert check_session(session.events) == []
        assert len(lines) >= 2


@pytest.mark.parametrize("name", SCENARIOS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_every_drawn_session_is_valid(name, data):
    """Whatever Hypothesis decides, a scenario's session is valid in both forms."""
    session = data.draw(drawn_sessions(name))
    for form in FORMS:
        lines = session.lines(form).splitlines()
        assert [violation for line in lines for violation in check(line, form)] == []
        assert check_session(lines) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("eid", "wanted", "count"),
    [
        ("ASSESS", lambda edata: edata.passed == "Yes", 2),
        ("INTERRUPT", lambda edata: True, 1),
        ("START", lambda edata: True, 1),
    ],
    ids=["two right answers", "an interruption", "a start"],
)
def test_a_drawn_session_shrinks_to_what_matters(eid, wanted, count, seed):
    """The smallest session ends with what was looked for, has no more of it, and no interruption beside it."""

    def matching(session):
        return [event for event in session.events if event.eid == eid and wanted(event.edata)]

    found = find_example(
        drawn_sessions("practice"), lambda session: len(matching(session)) >= count,
        settings=settings(database=None, phases=[Phase.generate, Phase.shrink]), random=Random(seed),
    )  # fmt: skip

    assert len(matching(found)) == count
    assert found.events[-1] is matching(found)[-1]
    assert sum(event.eid == "INTERRUPT" for event in found.events) == (eid == "INTERRUPT")


def test_what_is_no_scenario_is_refused_at_once():
    """A misspelt name, a plain function and senseless numbers are refused before anything is drawn."""
    with pytest.raises(ScenarioError, match="did you mean 'practice'"):
        drawn_sessions("practise")
    with pytest.raises(ScenarioError, match="Decorate the function"):
        drawn_sessions(lambda learner, t, chance: None)
    with pytest.raises(UsageError, match="learners=0"):
        drawn_sessions("practice", learners=0)


def test_a_failing_example_is_readable():
    """A session tells itself event by event, with what matters of each."""
    _, (session, *_) = mix(1)

    assert f"START({session.events[0].edata.type})" in repr(session)
    assert session.as_json("wire")[0]["eid"] == session.events[0].eid
    with pytest.raises(UsageError, match="form 'Wire'"):
        session.lines("Wire")
    with pytest.raises(UsageError, match="form 'document'"):
        check(b"{}", "document")


@given(drawn_sessions("mobile_app", max_events=7))
def test_a_limit_filters_nothing(session):
    """max_events abandons the story; every example counts."""
    assert len(session.events) <= 7


@pytest.mark.parametrize("name", SCENARIOS)
def test_golden_sessions(name):
    """One session of each scenario is kept as text; FOOTFALL_GOLDEN=write writes it anew, for review in the diff."""
    learner = WORLD.learner(1, SCENARIOS[name].device)
    session = play(SCENARIOS[name], learner, START, SeededChance(11), run=0x60D60D, session=1)
    text = "".join(f"{shown(event, session.start)}\n" for event in session.events)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("FOOTFALL_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text


# The Standard Telemetry Workflows as grammars over `EID(type)`, sources told apart by a letter: s a service's own.
APP = r"(IMPRESSION |INTERACT |FEEDBACK |LOG |ERROR |EXDATA )"
PLAY = rf"INTERACT START\(player\) {APP}*(END\(player\) )?IMPRESSION "
GRAMMARS = {
    "mobile_app": rf"START\(app\) {APP}*(START\(session\) ({APP}|{PLAY})*END\(session\) )+{APP}*(END\(app\) )?",
    "content_editor": r"START\(session\) IMPRESSION INTERACT sAUDIT START\(editor\) "
    r"((INTERACT sSEARCH INTERACT )|(INTERACT )|(INTERACT sLOG ))*INTERACT sAUDIT END\(editor\) ",
    "backend_service": r"sAUDIT (sLOG (sLOG )?(sMETRICS )?)*sMETRICS sAUDIT ",
    "dial_code": r"sAUDIT IMPRESSION sLOG sSEARCH START\(workflow\) IMPRESSION "
    r"(INTERACT START\(player\) (IMPRESSION |INTERACT |INTERRUPT )*(END\(player\) )?)*END\(workflow\) sAUDIT ",
    "web_portal": r"(AUDIT )?START\(session\) (IMPRESSION |INTERACT |SEARCH |SUMMARY |ERROR |FEEDBACK |SHARE "
    r"|START\(player\) |END\(player\) )*(END\(session\) )?",
}


def told(event):
    service = "s" if event.actor.type == "System" else ""
    kind = f"({event.edata.type})" if event.eid in {"START", "END"} else ""
    return f"{service}{event.eid}{kind} "


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data())
def test_the_standard_workflows_keep_their_order(name, data):
    """Whatever is decided, each of the five Standard Telemetry Workflows follows its grammar."""
    session = play(SCENARIOS[name], WORLD.learner(0, SCENARIOS[name].device), START, DrawnChance(data.draw))

    assert re.fullmatch(GRAMMARS[name], "".join(map(told, session.events))), "".join(
        map(told, session.events)
    )


def shown(event, start):
    line = json.loads(_encode(event))
    where = f"{event.context.pdata.pid} {event.context.env} {line['object'].get('id', '')}".rstrip()
    return f"{(event.ets - start) / 1000:10.3f} {event.eid:<10} [{where}] {json.dumps(line['edata'], ensure_ascii=False)}"


def _encode(event):
    import msgspec

    return msgspec.json.encode(event)


def mix(count, seed=3):
    traffic = Traffic(seed, choose(SCENARIOS), WORLD)
    return traffic, list(sessions(traffic, range(count), run_of(traffic)))


def test_all_17_events_occur_in_the_default_mix():
    """A default dataset of some hundred sessions has every event of the specification."""
    _, played = mix(300)

    assert {event.eid for session in played for event in session.events} == set(EIDS)


def test_the_fused_interact_type_is_never_generated():
    """ENDCHOOSE is read, not written."""
    _, played = mix(300)

    types = {event.edata.type for session in played for event in session.events if event.eid == "INTERACT"}
    assert FUSED_INTERACT_TYPE not in types


def test_the_mix_looks_like_life():
    """Interactions and impressions dominate, sessions are abandoned, sizes are those of real events."""
    _, played = mix(400)
    counts = Counter(event.eid for session in played for event in session.events)
    total = counts.total()
    bytes_ = sum(len(session.lines("wire")) for session in played)

    assert 0.30 < counts["INTERACT"] / total < 0.60
    assert 0.15 < counts["IMPRESSION"] / total < 0.45
    assert 0.5 < counts["END"] / counts["START"] < 0.95
    assert 600 < bytes_ / total < 1100


def test_shares_are_kept():
    """Each scenario is played as often as its share says."""
    _, played = mix(1500)
    shares = Counter(session.scenario for session in played)
    whole = sum(scenario.share for scenario in SCENARIOS.values())

    for name, scenario in SCENARIOS.items():
        assert abs(shares[name] / 1500 - scenario.share / whole) < 0.04


def test_a_session_is_a_function_of_seed_and_number():
    """Any session alone is the same as among others; another seed gives another."""
    traffic, played = mix(20)
    run = run_of(traffic)

    assert traffic.play(13, run).lines() == played[13].lines()
    assert Traffic(3, choose(find()), World()).play(13, run).lines() == played[13].lines()
    assert Traffic(4, choose(SCENARIOS), WORLD).play(13, run).lines() != played[13].lines()


def test_no_mid_occurs_twice():
    """In a dataset every mid is unique."""
    _, played = mix(200)
    mids = [event.mid for session in played for event in session.events]

    assert len(set(mids)) == len(mids)


def test_the_golden_dataset():
    """Twenty sessions of seed 1 have this sha256, on any machine, Python and hash seed."""
    traffic = Traffic(1, choose(SCENARIOS), World())
    lines = b"".join(session.lines() for session in sessions(traffic, range(20), 0))

    assert hashlib.sha256(lines).hexdigest() == (GOLDEN / "dataset.sha256").read_text().strip()
