"""Nowhere: what a program costs without its endpoint."""

from generator.delivery.batch import Batch
from generator.delivery.direct import DirectDispatcher
from generator.delivery.receipt import ACKED, Receipt
from generator.spec.rules import Form


class Null:
    """Takes every batch and lets it go."""

    def __init__(self, form: Form = "documented") -> None:
        self.form: Form = form

    def deliver(self, batch: Batch) -> Receipt:  # noqa: ARG002  the seam's argument
        """Let a batch go."""
        return ACKED


class NullDispatcher(DirectDispatcher):
    """A telemetry client's dispatcher to nowhere."""

    def __init__(self, form: Form = "documented") -> None:
        super().__init__(Null(form))
