"""Chance drawn from Hypothesis, which shrinks the decisions of a script."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from generator.chance import Chance, SeededChance
from generator.scenarios.story import Story

T = TypeVar("T")

_integers = cache(st.integers)

# Sixteenths: fine enough to keep the shape of a story, coarse enough that no branch is too rare to be found.
_PARTS = 16


class DrawnChance:
    """Chance that draws its decisions from Hypothesis.

    Args:
        draw: the `draw` of Hypothesis' `composite`.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._noise = SeededChance("noise", draw(_integers(0, 2**32 - 1)))

    @property
    def noise(self) -> Chance:
        """A stream seeded once a session."""
        return self._noise

    def happens(self, probability: float) -> bool:
        """See `Chance.happens`; anything possible has a chance of at least one in sixteen."""
        if not 0 <= probability <= 1:
            raise ValueError(f"happens({probability}): a probability lies between 0 and 1")
        if probability in {0, 1}:
            return probability == 1
        likely = min(max(round(probability * _PARTS), 1), _PARTS - 1)
        part = self._decide(_PARTS)
        # Part 1, the next simplest, is always a yes: so a yes stays a yes if it moves to another question.
        return part == 1 or part > _PARTS - likely

    def pick(self, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """See `Chance.pick`; of the weights, Hypothesis uses only whether a choice is possible."""
        if not choices:
            raise ValueError("pick: the choices are empty")
        possible = choices if weights is None else [c for c, w in zip(choices, weights, strict=True) if w > 0]
        return possible[self._decide(len(possible))]

    def between(self, low: int, high: int) -> int:
        """See `Chance.between`."""
        if low > high:
            raise ValueError(f"between({low}, {high}): the lower bound comes first")
        return low + self._decide(high - low + 1)

    def lognormal(self, median: float, sigma: float) -> float:
        """See `Chance.lognormal`."""
        return self._noise.lognormal(median, sigma)

    def _decide(self, count: int) -> int:
        """Draw a number below `count`; 0 is the simplest."""
        return self._draw(_integers(0, count - 1))


class _Leaving(BaseException):
    """Ends a script from inside; an `except Exception` in the script does not catch it."""


# One decision in 96 leaves the story, so that half of all stories, at their length, reach their end.
_RARELY = 96


class LeavingChance(DrawnChance):
    """Drawn chance that can leave the story at any decision; to leave is simpler than any answer.

    So Hypothesis can delete the decisions before the one that matters, and the story still ends after that one.
    If the place of the end were drawn, a deletion before it would move the end to undecided events.
    """

    def play(self, t: Story, script: Callable[[], object]) -> None:
        """Run a script, which can be left after its first event."""
        self._story = t
        with suppress(_Leaving):
            script()

    def _decide(self, count: int) -> int:
        if count > _RARELY or not self._story.has_begun:
            return super()._decide(count)
        answer = self._draw(_integers(0, _RARELY // count * count))
        if not answer:
            raise _Leaving
        return (answer - 1) % count
