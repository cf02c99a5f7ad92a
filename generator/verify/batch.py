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

    @property
    def lines(self) -> bytes:
        """The events with line ends between them; b"" where one of them goes over several lines."""
        return b"\n".join(self.events) if b"\n" not in self.joined else b""

    @property
    def count(self) -> int:
        """How many events there are."""
        return len(self.events)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.joined)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.count} events, {len(self.joined)} bytes)"
