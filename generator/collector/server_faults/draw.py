"""What happens to an event or a batch: a function of the seed and its id, whatever came before it."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from generator.chance import seed_of

T = TypeVar("T", bound=str)


def fraction(*name: object) -> float:
    """Give a number from 0 to 1, 1 excluded, which is the same for the same name."""
    return (seed_of(*name) >> 11) * 2.0**-53


class Draw(Generic[T]):
    """Picks one of some fates, each as often as its share.

    Args:
        seed: of the run.
        what: on what it decides, so that two decisions on one id have nothing to do with each other.
        shares: how often each fate happens, from 0 to 1, and together 1 at most.
    """

    def __init__(self, seed: int, what: str, shares: Mapping[T, float]) -> None:
        self._seed = seed
        self._what = what
        self._shares = [(fate, share) for fate, share in shares.items() if share]

    def pick(self, *name: object) -> T | None:
        """Give the fate of whatever has this name; None where it has none."""
        if not self._shares:
            return None
        point = fraction(self._seed, self._what, *name)
        for fate, share in self._shares:
            if point < share:
                return fate
            point -= share
        return None
