"""Reading mids out of events: at their front where they are as the encoder writes them, else wherever they stand."""

import re
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from generator.spec.identity import Mid, read_mid, tail

FRONT = rb'\{"eid":"(?P<eid>[A-Z_]+)","ets":\d+,"ver":"3\.\d","mid":"(?P=eid):(?P<digits>[0-9a-f]{32})"'
"""An event as the encoder begins it."""
_FRONT = re.compile(FRONT)
_MOST_OWNERS = 100_000


class Name(NamedTuple):
    """What an event says it is.

    Attributes:
        eid: its own; None where it has none.
        mid: its own; None where that is no text.
        ours: what the mid says, where it is one of ours.
    """

    eid: Any
    mid: str | None
    ours: Mid | None


class _Name(Struct, gc=False):
    eid: Any = None
    mid: Any = None


_NAME = msgspec.json.Decoder(_Name)


def check_utf8(text: bytes) -> None:
    """Refuse what is no UTF-8, and so no JSON: a decoder passes over the texts that it does not need.

    Raises:
        ValueError: it is none.
    """
    if text.isascii():
        return
    try:
        text.decode()
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None


class Mids:
    """Reads mids; it remembers the sessions of the last ones, since their check costs the most."""

    def __init__(self) -> None:
        self._owners: dict[bytes, tuple[int, int] | None] = {}

    def owner(self, ends: bytes) -> tuple[int, int] | None:
        """Give run and session of a tail; None for one that is not ours, or damaged."""
        try:
            return self._owners[ends]
        except KeyError:
            if len(self._owners) >= _MOST_OWNERS:
                self._owners.clear()
            run, session = int(ends[:8], 16), int(ends[8:18], 16)
            owner = (run, session) if tail(run, session).encode() == ends else None
            self._owners[ends] = owner
            return owner

    def front(self, event: bytes) -> Name | None:
        """Read an event that is as the encoder writes it; None for any other."""
        found = _FRONT.match(event)
        if found is None:
            return None
        eid, digits = found["eid"].decode(), found["digits"]
        owner = self.owner(digits[8:])
        ours = Mid(eid, int(digits[:8], 16), *owner) if owner else None
        return Name(eid, f"{eid}:{digits.decode()}", ours)

    def name(self, event: bytes) -> Name:
        """Read any event.

        Raises:
            ValueError: it is no JSON.
        """
        return self.front(event) or self.whole(event)

    @staticmethod
    def whole(event: bytes) -> Name:
        """Read any event to its end: of a name that stands there twice the last one counts.

        Raises:
            ValueError: it is no JSON.
        """
        check_utf8(event)
        try:
            said = _NAME.decode(event)
        except msgspec.ValidationError:
            return Name(None, None, None)
        except RecursionError:
            raise ValueError("too many levels of nesting") from None
        mid = said.mid if isinstance(said.mid, str) else None
        return Name(said.eid, mid, read_mid(mid) if mid else None)
