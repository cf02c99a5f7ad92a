"""Hypothesis strategies: the same scenarios, played on Hypothesis' choices.

    @given(sessions("practice"))
    def test_my_parser_survives(session):
        parse(session.lines("wire"))

Decisions are what Hypothesis draws and shrinks, the simplest first; noise comes from one seed per session.
"""

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from generator.chance import Chance, SeededChance
from generator.errors import ScenarioError, UsageError
from generator.scripts import choose, find
from generator.story import Scenario, Session, play
from generator.traffic import DEFAULT_START
from generator.world import World

__all__ = ["sessions"]

T = TypeVar("T")

_integers = cache(st.integers)
_world = cache(World)
_scenarios = cache(find)

# Sixteenths: fine enough to keep the shape of a story, coarse enough that no branch is too rare to be found.
_PARTS = 16


class DrawnChance:
    """Chance that draws its decisions from Hypothesis.

    Args:
        draw: what Hypothesis' `composite` hands over.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._noise = SeededChance("noise", draw(_integers(0, 2**32 - 1)))

    @property
    def noise(self) -> Chance:
        """A stream seeded once a session."""
        return self._noise

    def happens(self, probability: float) -> bool:
        """See `Chance.happens`; what is possible at all has a chance of at least one in sixteen."""
        if not 0 <= probability <= 1:
            raise ValueError(f"happens({probability}): a probability lies between 0 and 1")
        if probability in {0, 1}:
            return probability == 1
        likely = min(max(round(probability * _PARTS), 1), _PARTS - 1)
        return self._draw(_integers(0, _PARTS - 1)) >= _PARTS - likely

    def pick(self, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """See `Chance.pick`; weights say how likely, and Hypothesis asks what is possible."""
        if not choices:
            raise ValueError("pick: there is nothing to pick from")
        possible = choices if weights is None else [c for c, w in zip(choices, weights, strict=True) if w > 0]
        return possible[self._draw(_integers(0, len(possible) - 1))]

    def between(self, low: int, high: int) -> int:
        """See `Chance.between`."""
        if low > high:
            raise ValueError(f"between({low}, {high}): the lower bound comes first")
        return low + self._draw(_integers(0, high - low))

    def lognormal(self, median: float, sigma: float) -> float:
        """See `Chance.lognormal`."""
        return self._noise.lognormal(median, sigma)


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
