"""An injected fault of a batch, and the outcome of the batch."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from generator.delivery.receipt import Status
from generator.ledger.record import EventLabel

_WORSE_FIRST: tuple[Status, ...] = ("rejected", "unknown", "acked")
"""Of several attempts the best counts, as a ledger's reader has it."""
WITH_OTHERS = "rejected with others"
"""The outcome of an event whose batch an endpoint may have rejected because of another event."""


class FaultyBatchOutcome:
    """The outcome of a faulty batch so far, over all the requests in which it is sent.

    Args:
        faults: the faults, once for each event that has one.
        refusable: of these, the faults for which an endpoint may reject all of the batch.

    Attributes:
        faults: how many events have which fault.
        status: the best of all attempts; None before the first has ended.
    """

    __slots__ = ("_refusable", "faults", "status")

    def __init__(self, faults: Iterable[str], refusable: Iterable[str] = ()) -> None:
        self.faults = Counter(faults)
        self._refusable = frozenset(refusable)
        self.status: Status | None = None

    def words(self, fault: str, status: Status) -> str:
        """Return the outcome of the events with a fault; a rejection may have been for other events of the batch."""
        is_excused = self._refusable and fault not in self._refusable
        return WITH_OTHERS if status == "rejected" and is_excused else status

    def is_worse_than(self, status: Status) -> bool:
        """Return whether a status is better than what is known so far."""
        return self.status is None or _WORSE_FIRST.index(status) > _WORSE_FIRST.index(self.status)


class InjectedFault(NamedTuple):
    """What was done to the events of one request.

    Attributes:
        labels: it in the ledger's words.
        outcome: of the batch.
        attempt: 1 where the request repeats another one on purpose.
        is_followed: whether another request of the same batch follows at once.
    """

    labels: Sequence[EventLabel]
    outcome: FaultyBatchOutcome
    attempt: int = 0
    is_followed: bool = False
