"""Reading mids out of events: of thousands at once where they are as the encoder writes them, else one by one."""

import re
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from generator.spec.identity import Mid, read_mid, tail

_HEAD = 128
"""Bytes within which the encoder has written the mid; eid, ets and ver come before it."""
_FRONT = re.compile(rb'^\{"eid":"([A-Z_]+)","ets":\d+,"ver":"3\.\d","mid":"\1:([0-9a-f]{32})"', re.MULTILINE)
_WORDS = 4
"""32 hex digits are four words: the sequence, and three of the tail."""
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
        eid, digits = found[1].decode(), found[2]
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
        try:
            said = _NAME.decode(event)
        except msgspec.ValidationError:
            return Name(None, None, None)
        except RecursionError:
            raise ValueError("too many levels of nesting") from None
        mid = said.mid if isinstance(said.mid, str) else None
        return Name(said.eid, mid, read_mid(mid) if mid else None)


class Row:
    """The mids of many events in a row, all of them as the encoder writes them.

    Args:
        digits: the 32 hex digits of each.
    """

    def __init__(self, digits: Sequence[bytes]) -> None:
        self._digits = digits
        self._words = array("I", bytes.fromhex(b"".join(digits).decode()))
        self._words.byteswap()

    @classmethod
    def of(cls, events: Sequence[bytes]) -> "Row | None":
        """Read them; None where any is not as the encoder writes it."""
        heads = b"\n".join([event[:_HEAD] for event in events])
        found = _FRONT.findall(heads)
        if len(found) != len(events) or heads.count(b"\n") != len(events) - 1:
            return None
        return cls([digits for _, digits in found])

    def sequence(self, at: int) -> int:
        """Give the sequence of one."""
        return self._words[_WORDS * at]

    def tail(self, at: int) -> bytes:
        """Give the tail of one."""
        return self._digits[at][8:]

    def follows(self, at: int, count: int) -> bool:
        """Tell whether the next so many are of one session, one after the other."""
        words, start, end = self._words, _WORDS * at, _WORDS * (at + count)
        first, *tail = words[start : start + _WORDS]
        return (
            words[start:end:_WORDS] == array("I", range(first, first + count))
            and words[start + 3 : end : _WORDS] == array("I", tail[2:]) * count
            and words[start + 2 : end : _WORDS] == array("I", tail[1:2]) * count
            and words[start + 1 : end : _WORDS] == array("I", tail[:1]) * count
        )
