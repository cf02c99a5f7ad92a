"""Chance drawn from Hypothesis: what a script decides is what shrinks."""

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
        part = self._decide(_PARTS)
        # One part always says yes, and the next simplest: so a yes stays a yes where it moves to another question.
        return part == 1 or part > _PARTS - likely

    def pick(self, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """See `Chance.pick`; weights say how likely, and Hypothesis asks what is possible."""
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
        """Draw one of so many answers, 0 being the simplest."""
        return self._draw(_integers(0, count - 1))


class _Leaving(BaseException):
    """Leaves a script from inside; no `except Exception` of the script's can hold it up."""


# One decision in so many leaves the story: half of all stories, as long as they are, come to their end.
_RARELY = 96


class LeavingChance(DrawnChance):
    """Drawn chance that may leave the story at any decision, which is simpler than any answer.

    So what stands before the decision that matters is deleted, and the story ends with it as before; were the
    place of its end drawn, deleting what stands before would have it go on to where nothing was decided.
    """

    def play(self, t: Story, script: Callable[[], object]) -> None:
        """Run a script, which may be left as soon as there is an event."""
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
