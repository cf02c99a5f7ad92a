"""What was found of what was sent: how often, in which order, and how long after the answer."""

from array import array

from generator.verify.copies import Copies
from generator.verify.delay import Delays
from generator.verify.expectation import Expectation


class Found:
    """Counts events that were found as accepted.

    Args:
        expectation: what was sent.

    Attributes:
        copies: how often each was found.
        out_of_order: how many stand behind an event that their session sent later.
        delays: how long they took to be there.
    """

    def __init__(self, expectation: Expectation) -> None:
        self._expectation = expectation
        self._next = array("Q", [0]) * len(expectation.sessions)
        self._starts = [source.header.started for source in expectation.sources]
        self.copies, self.delays = Copies(), Delays()
        self.out_of_order = 0

    def mark(self, batch: int, sequence: int, event: int, count: int, received: int | None) -> None:
        """Count events of a batch that stand in their order.

        Args:
            batch: with which they were sent.
            sequence: of the first of them.
            event: its number among all.
            count: how many there are.
            received: when they came, in milliseconds since 1970; None where that is not known.
        """
        batches = self._expectation.batches
        session = batches.session[batch]
        due = self._next[session]
        if sequence < due:
            # A copy of what was there already is not late.
            late = min(due - sequence, count)
            self.out_of_order += late - self.copies.among(event, event + late)
        if sequence + count > due:
            self._next[session] = sequence + count
        self.copies.add(event, event + count)
        if received is not None and batches.status(batch) == "acked":
            started = self._starts[self._expectation.sessions.ledger[session]]
            self.delays.add(received - started - batches.answered[batch], count)
