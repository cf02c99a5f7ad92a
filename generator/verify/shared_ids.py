"""Shared ids: events of one dataset that have the same mid and different contents, each of which must be found."""

from collections.abc import Iterator, Sequence

from pyroaring import BitMap

from generator.verify.content import Rewrites
from generator.verify.expectation import Expectation
from generator.verify.originals import Originals


class SharedIds:
    """Records which contents of a shared id were found.

    Args:
        expectation: what was sent.
        originals: the events as they were sent.
        rewrites: by ledger, compares contents.
    """

    def __init__(self, expectation: Expectation, originals: Originals, rewrites: Sequence[Rewrites]) -> None:
        self._expectation, self._originals, self._rewrites = expectation, originals, rewrites
        self._found: dict[int, set[bytes]] = {}

    def record(self, place: int, original: bytes) -> None:
        """Record that an event was found with the content of one that was sent.

        Args:
            place: the number of the event among all.
            original: the event as it was sent.
        """
        if place in self._expectation.further:
            self._found.setdefault(place, set()).add(original)

    def missing(self, among: BitMap) -> BitMap:
        """Return the ids of which an acknowledged content was not found, though another one was.

        Args:
            among: the numbers of the events that were found.
        """
        some = among & self._expectation.further.seen
        return BitMap([place for place in some if self._is_missing(place)])

    def _is_missing(self, place: int) -> bool:
        found = self._found.get(place)
        if not found:
            return False  # contents of this event were altered, or could not be compared
        session = self._expectation.batches.session[self._expectation.batch(place)]
        rewrites = self._rewrites[self._expectation.sessions.ledger[session]]
        return not all(
            sent in found or any(not rewrites.differences(sent, one) for one in found)
            for sent in self._acknowledged(place, session)
        )

    def _acknowledged(self, place: int, session: int) -> Iterator[bytes]:
        """Yield each content of an id whose batch was acknowledged."""
        expectation, sequence = self._expectation, self._expectation.sequence(place)
        if expectation.batches.status(expectation.batch(place)) == "acked":
            yield self._originals.text(session, sequence)
        acked = expectation.acked_copies(session)
        for batch, text in self._originals.copies(session, sequence):
            if batch in acked:
                yield text
