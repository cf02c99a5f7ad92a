"""Strategies of sessions: scenarios played on Hypothesis' choices, and sessions of any valid nesting."""

from copy import deepcopy
from functools import cache
from typing import TypeVar

import msgspec
from hypothesis import strategies as st

from generator.chance import Chance, SeededChance
from generator.errors import ScenarioError, UsageError
from generator.population.traffic import DEFAULT_START
from generator.scenarios.loader import choose, find
from generator.scenarios.recorded_steps import RANDOM_VALID, scenario_of
from generator.scenarios.story import DEVICES, Scenario, Session, Story, play
from generator.spec.edata import PAYLOADS
from generator.strategies.chance import LeavingChance
from generator.strategies.steps import MOST_STEPS, steps
from generator.world import Learner, World

Part = TypeVar("Part")

_integers = cache(st.integers)
_world = cache(World)
_scenarios = cache(find)
_START = int(DEFAULT_START.timestamp() * 1000)


def sessions(
    scenario: Scenario | str | None = None,
    *,
    world: World | None = None,
    learners: int = 100,
    max_events: int = 200,
) -> st.SearchStrategy[Session]:
    """Draw a session: one of any valid nesting, or a scenario played on Hypothesis' choices.

    Without a scenario any valid session can be drawn, likely or not: visits in any order and depth, left open or
    ended, several sources, all 17 events with any valid payload, pauses of any length; at most 40 events.
    A scenario's story can be left after any event; so the smallest session that fails ends where it fails.

    Args:
        scenario: the scenario (the decorated function itself), or the name of one of Footfall's own.
        world: the world of the learners, such as `World(directory="my_world")`; the default world by default.
        learners: how many of the world's learners can play it; the first is the simplest.
        max_events: the story is abandoned after this many events; nothing is filtered.

    Raises:
        ScenarioError: for an unknown name, with the nearest known one.
    """
    if isinstance(scenario, str):
        (scenario,) = choose(_scenarios(), [scenario])
    if not isinstance(scenario, Scenario | None):
        raise ScenarioError(f"{scenario!r} is not a scenario. Decorate the function with @scenario.")
    if not isinstance(world, World | None):
        raise UsageError(f"world={world!r}: a World is needed, such as World(directory='my_world')")
    for name, value in (("learners", learners), ("max_events", max_events)):
        if value < 1:
            raise UsageError(f"{name}={value}: at least 1 is needed")
    if scenario is None:
        return _any_valid(world or _world(), learners, max_events)
    return _played(scenario, world or _world(), learners, max_events)


@st.composite
def _any_valid(draw: st.DrawFn, world: World, learners: int, max_events: int) -> Session:
    device = draw(_DEVICES)
    learner = world.learner(draw(_integers(0, learners - 1)), device)
    recorded = draw(steps(max_steps=min(MOST_STEPS, 2 * max_events)))
    scenario = scenario_of([recorded], RANDOM_VALID)
    return _own(play(scenario, learner, _START, SeededChance(0), max_events=max_events))


_DEVICES = st.sampled_from(DEVICES)


@st.composite
def _played(draw: st.DrawFn, scenario: Scenario, world: World, learners: int, max_events: int) -> Session:
    learner = world.learner(draw(_integers(0, learners - 1)), scenario.device)
    chance = LeavingChance(draw)

    def script(learner: Learner, t: Story, _: Chance) -> None:
        chance.play(t, lambda: scenario.script(learner, t, chance))

    session = play(scenario._replace(script=script), learner, _START, chance, max_events=max_events)
    # The story can be left between two decisions, too.
    _cut(session, 1 + draw(_integers(0, 4 * max_events - 1)))
    return _own(session)


def _own(session: Session) -> Session:
    """Replace all objects that a session shares with its world by copies, so that a test may change the session."""
    for event in session.events:
        type_ = PAYLOADS[event.eid]
        data = msgspec.to_builtins(event.edata)
        event.edata = type_(data) if issubclass(type_, dict) else msgspec.convert(data, type_)
        event.actor, event.context = _copied(event.actor), _copied(event.context)
        event.object, event.tags = deepcopy(event.object), deepcopy(event.tags)
    for place, wire in session.extras.items():
        session.extras[place] = deepcopy(wire)
    return session


def _copied(part: Part) -> Part:
    return msgspec.convert(msgspec.to_builtins(part), type(part))


def _cut(session: Session, length: int) -> None:
    """Remove the events that would not have been recorded if the story had been left after `length` events."""
    del session.events[length:]
    for place in [place for place in session.extras if place >= length]:
        del session.extras[place]
