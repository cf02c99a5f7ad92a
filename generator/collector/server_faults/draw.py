"""What happens to an event or a batch: a function of the seed and its id, independent of what came before."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from generator.chance import seed_of

T = TypeVar("T", bound=str)


def fraction(*name: object) -> float:
    """Return a number from 0 to 1, 1 excluded, which is the same for the same name."""
    return (seed_of(*name) >> 11) * 2.0**-53


class Draw(Generic[T]):
    """Picks one of several outcomes, each as often as its share.

    Args:
        seed: of the run.
        what: what it decides, so that two decisions about one id are independent.
        shares: how often each outcome happens, from 0 to 1, and together 1 at most.
    """

    def __init__(self, seed: int, what: str, shares: Mapping[T, float]) -> None:
        self._seed = seed
        self._what = what
        self._shares = [(outcome, share) for outcome, share in shares.items() if share]

    def pick(self, *name: object) -> T | None:
        """Return the outcome for this name; None if it has none."""
        if not self._shares:
            return None
        point = fraction(self._seed, self._what, *name)
        for outcome, share in self._shares:
            if point < share:
                return outcome
            point -= share
        return None
