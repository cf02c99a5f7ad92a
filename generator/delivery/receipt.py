"""The receipt of a batch: its outcome, as far as the sender can know."""

from typing import Literal, NamedTuple

Status = Literal["acked", "rejected", "unknown"]
"""`unknown` means no proof either way: a time-out, or a connection lost after sending, is never `rejected`."""


class Receipt(NamedTuple):
    """The outcome of one batch.

    Attributes:
        status: acked, rejected or unknown.
        reason: why it was not acked, in a few words.
        final: whether the endpoint would reject the same bytes again, however often they are sent.
        is_local: whether this machine failed, not the endpoint: no file descriptor, port or buffer was left.
        retry_after: seconds that the endpoint asked to wait before the next attempt; None if it did not ask.
    """

    status: Status
    reason: str = ""
    final: bool = False
    is_local: bool = False
    retry_after: float | None = None


ACKED = Receipt("acked")


def rejected(reason: str, *, final: bool = False) -> Receipt:
    """Return the receipt of a batch that the endpoint has certainly not accepted."""
    return Receipt("rejected", reason, final)


def unknown(reason: str) -> Receipt:
    """Return the receipt of a batch that the endpoint may have accepted or not."""
    return Receipt("unknown", reason)
