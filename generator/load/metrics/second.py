"""A second of a run: what was due, sent and answered in it, and how long the answers took."""

from collections.abc import Iterable
from typing import Annotated, Any, Self

import msgspec

from generator.errors import FootfallError, UsageError
from generator.load.metrics.latency import Latency

LATE_MS = 100.0
"""Milliseconds after which a batch that is sent counts as late."""
_YEAR = 366 * 86400
Count = Annotated[int, msgspec.Meta(ge=0)]


def _encoded(value: Any) -> Any:
    return value.encode()


def _decoded(_: type, value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError("latencies are given as text")
    try:
        return Latency.decode(value)
    except FootfallError as error:
        raise ValueError(str(error)) from None


class Second(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What happened within one second of a run, or within several when they are merged.

    What was due counts in the second in which it was due, what was sent in the second of its sending, and what
    became of it, with both latencies, in the second in which that was known. So a second is over when it is
    over: nothing but what was due in it is ever added later.

    Attributes:
        at: whole seconds since the run's start.
        offered_events: due in it, sent or not.
        dropped_events: due in it, and given up because nothing could send them in time.
        batches: sent in it.
        late: of these, sent more than 100 ms after they were due.
        sent_events: in these batches.
        bytes: of these batches' bodies, compressed where they are.
        acked, rejected, unknown: batches of which that became known in it.
        local: batches that this machine failed to send, for want of a file descriptor, a port or a buffer: they
            prove nothing about the endpoint.
        acked_events: in acked batches.
        service: from the sending of a batch to the end of its answer. One that was given up counts with the time that
            it waited: else the slowest would be left out. One whose connection was rejected or lost is left out.
        response: the same from the instant at which it was first due. One whose connection was rejected or lost counts
            with the time-out, for no answer came in that time. What was dropped counts as beyond any bound.
        waiting: how long each batch that was on its way at the end of this second had waited by then, from the
            instant at which it was due.
    """

    at: Annotated[int, msgspec.Meta(ge=0, lt=_YEAR)] = 0
    offered_events: Count = 0
    dropped_events: Count = 0
    batches: Count = 0
    late: Count = 0
    sent_events: Count = 0
    bytes: Count = 0
    acked: Count = 0
    rejected: Count = 0
    unknown: Count = 0
    local: Count = 0
    acked_events: Count = 0
    service: Latency = msgspec.field(default_factory=Latency)
    response: Latency = msgspec.field(default_factory=Latency)
    waiting: Latency = msgspec.field(default_factory=Latency)

    @property
    def answered(self) -> int:
        """Batches of which it became known what the endpoint had made of them."""
        return self.acked + self.rejected + self.unknown

    @property
    def settled(self) -> int:
        """Batches that are on their way no longer."""
        return self.answered + self.local

    @property
    def weight(self) -> int:
        """The sum of all counts: they only grow, so of two reports on a second the heavier is the later."""
        counts: int = sum(getattr(self, name) for name in COUNTS)
        return counts + self.service.count + self.response.count + self.waiting.count

    def merge(self, other: "Second") -> None:
        """Add what another second, or another worker's same second, has counted."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.service.merge(other.service)
        self.response.merge(other.response)
        self.waiting.merge(other.waiting)

    def as_row(self) -> dict[str, Any]:
        """Return it in JSON's types; what is zero is left out."""
        row: dict[str, Any] = msgspec.to_builtins(self, enc_hook=_encoded)
        return {"at": self.at, **{name: value for name, value in row.items() if value != ""}}

    @classmethod
    def of_rows(cls, rows: Any) -> list[Self]:
        """Read seconds from rows.

        Raises:
            UsageError: for anything else; its text begins with what is wrong.
        """
        try:
            return msgspec.convert(rows, list[cls], dec_hook=_decoded)  # type: ignore[valid-type]
        except msgspec.ValidationError as error:
            raise UsageError(str(error)) from None

    @classmethod
    def merged(cls, seconds: Iterable["Second"], at: int = 0) -> Self:
        """Merge any number of them into one."""
        whole = cls(at=at)
        for second in seconds:
            whole.merge(second)
        return whole


COUNTS = tuple(
    field.name
    for field in msgspec.structs.fields(Second)
    if field.name not in {"at", "service", "response", "waiting"}
)
