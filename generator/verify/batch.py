"""A batch made anew: its events as they were sent."""

import msgspec
from msgspec import Raw

from generator.errors import FootfallError

_EVENTS = msgspec.json.Decoder(list[Raw])


class RegenerateError(FootfallError):
    """One session cannot be made anew."""


class Batch:
    """The events of one batch, as they were sent.

    Args:
        joined: their JSON texts with commas between them.
    """

    __slots__ = ("_events", "joined")

    def __init__(self, joined: bytes) -> None:
        self.joined = joined
        self._events: list[bytes] | None = None

    @property
    def events(self) -> list[bytes]:
        """The JSON text of each; parted when they are first asked for."""
        if self._events is None:
            self._events = [bytes(one) for one in _EVENTS.decode(b"[%b]" % self.joined)]
        return self._events

    def __repr__(self) -> str:
        return f"Batch({len(self.events)} events, {len(self.joined)} bytes)"
