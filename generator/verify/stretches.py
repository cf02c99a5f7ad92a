"""Stretches: neighbouring lines of one batch, found in a file's text in one look, without parting it."""

import re
from collections.abc import Callable
from typing import NamedTuple

from pyroaring import BitMap

from generator.verify.expectation import Expectation
from generator.verify.mids import FRONT, Mids
from generator.verify.originals import Originals
from generator.verify.seen import Seen
from generator.verify.sessions import NONE
from generator.verify.sink.lines import HEAD
from generator.verify.sink.sink import Chunk, Text

_LINE = re.compile(rb"(%b)?%b" % (HEAD, FRONT))
_HEAD_OF, _RECEIVED, _DIGITS = 1, "received", "digits"
_MOST_SESSIONS = 100_000


class _Line(NamedTuple):
    """The first line of a stretch.

    Attributes:
        at: where its event begins.
        head: what stands before that.
        close: what stands behind each event.
        received: when it came; None where that is not known.
        batch, sequence: as its mid says.
    """

    at: int
    head: bytes
    close: bytes
    received: int | None
    batch: int
    sequence: int


class Stretches:
    """Takes what stands in a text as it was sent, and passes on what does not.

    Args:
        expectation: what was sent.
        originals: what contents are compared with.
        mids: reads ids.
        seen: takes down what is found.
        changed: the events that were sent with another content on purpose; they are not compared.
        pass_on: takes the events of all other lines, in their order among those found.
    """

    def __init__(
        self, expectation: Expectation, originals: Originals, mids: Mids, seen: Seen, changed: BitMap,
        pass_on: Callable[[Chunk], None],
    ) -> None:  # fmt: skip
        self._expectation, self._originals = expectation, originals
        self._mids, self._seen = mids, seen
        self._changed, self._pass_on = changed, pass_on
        self._number = 1
        self._sessions: dict[bytes, int] = {}

    def take(self, text: Text) -> None:
        """Look at a text from its beginning to its end."""
        data = text.data
        at = left = 0
        if text.is_first:
            self._number = 1
        first = self._number
        while at < len(data):
            line = self._line(text, at) if text.kind == "accepted" else None
            count, end = self._length(data, line) if line else (0, 0)
            if line and count:
                self._part(text, left, at, first)
                self._count(line, count)
                at = left = end
                first = self._number = self._number + count
            else:
                at = data.index(b"\n", at) + 1
                self._number += 1
        self._part(text, left, at, first)

    def _part(self, text: Text, start: int, end: int, number: int) -> None:
        if start < end:
            self._pass_on(text.part(text.data[start:end], number))

    def _line(self, text: Text, at: int) -> _Line | None:
        """Read the line that begins there; None for one that is not ours, or that must be looked at closely."""
        said = _LINE.match(text.data, at)
        if said is None:
            return None
        head, received, digits = said.group(_HEAD_OF, _RECEIVED, _DIGITS)
        if head is None and text.is_dated:
            return None
        ends, sequence = digits[8:], int(digits[:8], 16)
        session = self._sessions.get(ends)
        if session is None:
            session = self._session(ends)
        batch = NONE if session == NONE else self._expectation.batches.at(session, sequence)
        if batch == NONE:
            return None
        head, close = (head, b"}\n") if head else (b"", b"\n")
        instant = int(received) if text.is_dated else None
        return _Line(at + len(head), head, close, instant, batch, sequence)

    def _session(self, ends: bytes) -> int:
        """Give the place of the session that a tail names; `NONE` where there is none."""
        if len(self._sessions) >= _MOST_SESSIONS:
            self._sessions.clear()
        owner = self._mids.owner(ends)
        session = self._sessions[ends] = self._expectation.sessions.place(*owner) if owner else NONE
        return session

    def _length(self, data: bytes, line: _Line) -> tuple[int, int]:
        """Give how many lines stand there as they should, and where the next begins."""
        skipped = line.sequence - self._expectation.batches.first[line.batch]
        lines = b"" if skipped else self._originals.lines(line.batch)
        if lines:
            return _as_sent(data, line, lines, self._expectation.batches.events[line.batch])
        rest = self._originals.rest(line.batch, skipped)
        return _as_sent(data, line, b"\n".join(rest), len(rest)) if rest else (0, 0)

    def _count(self, line: _Line, count: int) -> None:
        batches = self._expectation.batches
        event = batches.base[line.batch] + line.sequence - batches.first[line.batch]
        self._seen.found.mark(line.batch, line.sequence, event, count, line.received)
        self._seen.events += count
        changed = self._changed and self._changed.range_cardinality(event, event + count)
        self._seen.compared += count - (changed or 0)


def _as_sent(data: bytes, line: _Line, lines: bytes, count: int) -> tuple[int, int]:
    """Compare with the events of a batch: all at once, and where they differ, up to there."""
    at, close = line.at, line.close
    text = lines.replace(b"\n", close + line.head) if line.head else lines
    end = at + len(text)
    if data.startswith(text, at) and data.startswith(close, end):
        return count, end + len(close)
    return _begun(data, at, text + close)


def _begun(data: bytes, at: int, text: bytes) -> tuple[int, int]:
    """Give how many lines are as in a text, and where the first of the others begins."""
    first = text.index(b"\n") + 1
    if not data.startswith(text[:first], at):
        return 0, at
    # Most often it is the end of what was read that cuts a batch in two.
    alike = len(data) - at if text.startswith(data[at:]) else _alike(data, at, text)
    end = text.rindex(b"\n", 0, alike) + 1
    return text.count(b"\n", 0, end), at + end


def _alike(data: bytes, at: int, text: bytes) -> int:
    """Give how many bytes are as in a text."""
    low, high = 0, min(len(text), len(data) - at)
    while low < high:
        middle = (low + high + 1) // 2
        if data[at + low : at + middle] == text[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
