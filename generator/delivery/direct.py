"""Dispatchers that deliver each batch at once, because nothing is slow there; and the one that delivers nowhere."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from generator.delivery.batch import Batch, Packer
from generator.delivery.receipt import ACKED, Receipt
from generator.spec.rules import Form
from generator.telemetry import Recorded, Unsent


class DeliveryMethod(Protocol):
    """The lower seam: one attempt to deliver one batch, and its receipt."""

    @property
    def form(self) -> Form:
        """The form of the events that it takes."""

    def deliver(self, batch: Batch) -> Receipt:
        """Deliver a batch; the receipt reports a failure outside, no exception does."""


class UndeliveredCounts:
    """Counts the batches that could not be sent, by reason."""

    def __init__(self) -> None:
        self._batches: Counter[str] = Counter()
        self._events = 0

    def add(self, batch: Batch, reason: str) -> None:
        """Count one batch."""
        self._batches[reason] += 1
        self._events += len(batch.events)

    def unsent(self) -> Unsent:
        """Return how many batches and events were counted, and the reasons."""
        reasons = "; ".join(f"{reason} ({count})" for reason, count in self._batches.most_common())
        return Unsent(self._batches.total(), self._events, reasons)


class DirectDispatcher:
    """Delivers each batch at once.

    Args:
        delivery: what delivers.
    """

    def __init__(self, delivery: DeliveryMethod) -> None:
        self._delivery = delivery
        self._packer = Packer(delivery.form)
        self._lost = UndeliveredCounts()

    def dispatch(self, batch: Sequence[Recorded]) -> None:
        """Deliver a batch."""
        packed = self._packer.pack(batch)
        receipt = self._delivery.deliver(packed)
        if receipt.status != "acked":
            self._lost.add(packed, receipt.reason)

    def close(self) -> Unsent:
        """Return the counts of what could not be delivered."""
        return self._lost.unsent()


class Null:
    """Acknowledges every batch and discards it: what a program costs without its endpoint."""

    def __init__(self, form: Form = "documented") -> None:
        self.form: Form = form

    def deliver(self, batch: Batch) -> Receipt:  # noqa: ARG002  the seam's argument
        """Discard a batch."""
        return ACKED


class NullDispatcher(DirectDispatcher):
    """A telemetry client's dispatcher to nowhere."""

    def __init__(self, form: Form = "documented") -> None:
        super().__init__(Null(form))
