"""What became of a batch, as far as its sender can know."""

from typing import Literal, NamedTuple

Status = Literal["acked", "rejected", "unknown"]
"""Taken, refused, or nobody knows: a time-out, and a connection lost after sending, are never a refusal."""


class Receipt(NamedTuple):
    """What became of one batch.

    Attributes:
        status: acked, rejected or unknown.
        reason: why it was not acked, in a few words.
        final: whether the same bytes would be refused again, however often they are sent.
        is_local: whether this machine failed, and not the endpoint: it ran out of file descriptors, ports or buffers.
        retry_after: seconds that the endpoint asked to wait before the next attempt; None if it did not ask.
    """

    status: Status
    reason: str = ""
    final: bool = False
    is_local: bool = False
    retry_after: float | None = None


ACKED = Receipt("acked")


def rejected(reason: str, *, final: bool = False) -> Receipt:
    """Say that the endpoint has surely not taken a batch."""
    return Receipt("rejected", reason, final)


def unknown(reason: str) -> Receipt:
    """Say that the endpoint may have taken a batch, or not."""
    return Receipt("unknown", reason)
