"""Chance drawn from Hypothesis: what a script decides is what shrinks."""

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from generator.chance import Chance, SeededChance

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
