"""Damage to a batch: what was done on purpose, and what became of the batch."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from generator.delivery.ledger.record import Label
from generator.delivery.receipt import Status

_WORSE_FIRST: tuple[Status, ...] = ("rejected", "unknown", "acked")
"""Of several attempts the best counts, as a ledger's reader has it."""


class Fate:
    """What became of a damaged batch so far, over all the requests in which it is sent.

    Args:
        faults: the damage, once for each event that has it.

    Attributes:
        faults: how many events have which damage.
        status: the best of all attempts; None before the first has ended.
    """

    __slots__ = ("faults", "status")

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = Counter(faults)
        self.status: Status | None = None

    def is_worse_than(self, status: Status) -> bool:
        """Tell whether a status is better than what is known so far."""
        return self.status is None or _WORSE_FIRST.index(status) > _WORSE_FIRST.index(self.status)


class Damage(NamedTuple):
    """What was done to the events of one request.

    Attributes:
        labels: it in the ledger's words.
        fate: of the batch.
        attempt: 1 where the request repeats another one on purpose.
        is_followed: whether another request of the same batch follows at once.
    """

    labels: Sequence[Label]
    fate: Fate
    attempt: int = 0
    is_followed: bool = False
