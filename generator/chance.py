"""Chance: the only source of the random choices in a story.

`Chance` is a small protocol, and never a `random.Random`. Hypothesis draws and shrinks its *decisions* (which
branch, which choice, how many, right or wrong), the simplest first. Its *noise* (dwell, touch point, phrase) is
`chance.noise` and comes from one seed per session.

    if chance.happens(0.3):                                   # a decision
        t.think(chance.lognormal(4, 0.6))                     # noise: durations always are
        x = chance.noise.between(0, 360)                      # noise, explicitly
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import exp
from random import Random
from statistics import NormalDist
from typing import Protocol, TypeVar

from generator.errors import ScenarioError

T = TypeVar("T")


class Chance(Protocol):
    """The source of all random choices of a scenario; every result is bounded."""

    @property
    def noise(self) -> "Chance":
        """The same protocol, for choices that Hypothesis does not shrink."""

    def happens(self, probability: float) -> bool:
        """Return whether something of this probability (0 to 1) happens; the simplest answer is False."""

    def pick(self, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """Pick one of the choices, each as likely as its weight; the simplest is the first."""

    def between(self, low: int, high: int) -> int:
        """Pick a whole number from `low` to `high`, both included; the simplest is `low`."""

    def lognormal(self, median: float, sigma: float) -> float:
        """Draw a duration, in the unit of `median`: half are below it, `sigma` is the spread of the logarithm.

        Always noise, rounded to three digits after the point, and within 3.7 sigma of the median.
        """


MOST_DECISIONS = 1_000_000
"""The most decisions of one seeded chance; a script that takes more loops for ever."""
_STEPS = 4096
# Quantiles in the middles of 4,096 equal parts, rounded, so that every machine's libm gives the same dataset.
_QUANTILES = [round(NormalDist().inv_cdf((step + 0.5) / _STEPS), 6) for step in range(_STEPS)]


def seed_of(*parts: object) -> int:
    """Derive a 64-bit seed from parts by hashing their text: the same on every machine and hash seed."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


class SeededChance:
    """Chance from one seeded stream: the same seed, the same answers, on any machine.

    Args:
        seed: parts which are hashed together, such as `SeededChance(seed, "session", 7)`.
    """

    # Random.random() is the one method whose stream Python promises to keep between versions.
    __slots__ = ("_left", "_random")

    def __init__(self, *seed: object) -> None:
        self._random = Random(seed_of(*seed)).random
        self._left = MOST_DECISIONS

    @property
    def noise(self) -> "SeededChance":
        """The stream itself: a seeded stream does not separate noise from decisions."""
        return self

    def happens(self, probability: float) -> bool:
        """See `Chance.happens`."""
        self._left -= 1
        if 0 <= probability <= 1 and self._left:
            return self._random() < probability
        self._check_endless_loop()
        raise ValueError(f"happens({probability}): a probability lies between 0 and 1")

    def pick(self, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """See `Chance.pick`."""
        self._left -= 1
        if not self._left:
            self._check_endless_loop()
        if not choices:
            raise ValueError("pick: the choices are empty")
        if weights is None:
            return choices[int(self._random() * len(choices))]
        if len(weights) != len(choices):
            raise ValueError(f"{len(choices)} choices need as many weights, not {len(weights)}")
        rest = self._random() * sum(weights)
        for choice, weight in zip(choices, weights, strict=True):
            rest -= weight
            if rest < 0:
                return choice
        return choices[-1]

    def between(self, low: int, high: int) -> int:
        """See `Chance.between`."""
        self._left -= 1
        if not self._left:
            self._check_endless_loop()
        if low > high:
            raise ValueError(f"between({low}, {high}): the lower bound comes first")
        return low + int(self._random() * (high - low + 1))

    def _check_endless_loop(self) -> None:
        """Raise ScenarioError if no decision is left: the script waits for a result that never comes."""
        if not self._left:
            raise ScenarioError(
                f"more than {MOST_DECISIONS:,} decisions in one session; does it loop for ever?"
            )

    def lognormal(self, median: float, sigma: float) -> float:
        """See `Chance.lognormal`."""
        # Rounds to three digits as round() does, at a fifth of its cost.
        return int(median * exp(sigma * _QUANTILES[int(self._random() * _STEPS)]) * 1000 + 0.5) / 1000
