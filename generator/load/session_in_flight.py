"""An outgoing session: what senders send, batch by batch, whether it was stamped or is replayed."""

from typing import Any, Protocol

from generator.delivery.contracts import Request
from generator.ledger.record import SessionStart
from generator.load.prepared_batch import PreparedBatch, RequestTemplate


class SessionInFlight(Protocol):
    """A session that is being sent, batch by batch.

    Attributes:
        begun: when its first batch could be due, in seconds since the run began.
        head: what its requests have in common, kept here by the sender.
        tries: how often its next batch was sent already.
    """

    begun: float
    head: Any
    tries: int

    @property
    def scenario(self) -> str:
        """Whose story it is, as latencies and sessions are counted."""

    @property
    def number(self) -> int:
        """The session's number."""

    @property
    def has_begun(self) -> bool:
        """Whether any of its batches was sent."""

    @property
    def is_over(self) -> bool:
        """Whether all batches were sent."""

    @property
    def events(self) -> int:
        """How many events its next batch has."""

    @property
    def due(self) -> float:
        """Seconds of story from its beginning until its next batch is due."""

    @property
    def left(self) -> int:
        """How many events were not sent yet."""

    def prepare(self) -> PreparedBatch:
        """Make its next batch."""

    def opening(self) -> SessionStart:
        """Return what a ledger has to record, so that the session can be regenerated."""

    def go_on(self, *, is_acked: bool = False) -> None:
        """Go on to the batch after it.

        Args:
            is_acked: whether it was sent, and acknowledged.
        """

    def request(self) -> Request:
        """Return what its requests have in common, without a body."""

    def model(self) -> RequestTemplate | None:
        """Return the request after which this session's is made; None where each session has its own."""
