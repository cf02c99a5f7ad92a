"""Sessions: scenarios played on Hypothesis' choices."""

from functools import cache

from hypothesis import strategies as st

from generator.errors import ScenarioError, UsageError
from generator.scripts import choose, find
from generator.story import Scenario, Session, play
from generator.strategies.chance import DrawnChance
from generator.traffic import DEFAULT_START
from generator.world import World

_integers = cache(st.integers)
_world = cache(World)
_scenarios = cache(find)


def sessions(
    scenario: Scenario | str,
    *,
    world: World | None = None,
    learners: int = 100,
    max_events: int = 200,
) -> st.SearchStrategy[Session]:
    """Play a scenario on Hypothesis' choices.

    A story may be abandoned after any event; so the smallest session that fails ends where it fails.

    Args:
        scenario: the scenario (the decorated function itself), or the name of one of Footfall's own.
        world: who plays it, such as `World(directory="my_world")`; the default world by default.
        learners: how many of the world's learners may play it; the first is the simplest.
        max_events: the story is abandoned at so many events; nothing is filtered.

    Raises:
        ScenarioError: for a name that is unknown; the nearest is named.
    """
    if isinstance(scenario, str):
        (scenario,) = choose(_scenarios(), [scenario])
    if not isinstance(scenario, Scenario):
        raise ScenarioError(f"{scenario!r} is no scenario; decorate the function with @scenario")
    for name, value in (("learners", learners), ("max_events", max_events)):
        if value < 1:
            raise UsageError(f"{name}={value}: at least 1 is needed")
    return _sessions(scenario, world or _world(), learners, max_events)


@st.composite
def _sessions(draw: st.DrawFn, scenario: Scenario, world: World, learners: int, max_events: int) -> Session:
    # Half of the numbers leave the story whole; the shrinker finds the earliest end that still fails.
    limit = min(1 + draw(_integers(0, 2 * max_events)), max_events)
    learner = world.learner(draw(_integers(0, learners - 1)), scenario.device)
    start = int(DEFAULT_START.timestamp() * 1000)
    return play(scenario, learner, start, DrawnChance(draw), run=0, session=0, max_events=limit)
