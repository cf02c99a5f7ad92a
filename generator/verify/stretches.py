"""Stretches: neighbouring lines of one batch, found in a file's text in one look, without parting it."""

import re
from collections.abc import Callable

from msgspec import Struct

from generator.verify.expectation import Expectation
from generator.verify.mids import FRONT, Mids
from generator.verify.seen import Seen
from generator.verify.sessions import NONE
from generator.verify.sink.lines import HEAD
from generator.verify.sink.sink import Text

_LINE = re.compile(rb"(%b)?%b" % (HEAD, FRONT))
_HEAD_OF, _RECEIVED, _DIGITS = 1, "received", "digits"
_MOST_SESSIONS = 100_000
_RESTS = 15
"""Texts that are passed on unread after one without any line of ours: most likely they have none either."""


class Line(Struct, gc=False):
    """The first line of a stretch.

    Attributes:
        at: where its event begins.
        head: what stands before that.
        close: what stands behind each event.
        received: when it came; None where that is not known.
        ends: the tail of its mid.
        batch, sequence: as its mid says.
    """

    at: int
    head: bytes
    close: bytes
    received: int | None
    ends: bytes
    batch: int
    sequence: int


Length = Callable[[bytes, Line], tuple[int, int]]
"""Returns how many lines of a text, from one on, stand there as they should, and where to look on."""
PassOn = Callable[[Text, int], None]
"""Takes a part of a text, and the number of its first line."""


class Stretches:
    """Counts what stands in a text as it should, and passes on what does not.

    Args:
        expectation: what was sent.
        length: tells what stands there as it should.
        mids: reads ids.
        seen: takes down what is found.
        pass_on: takes all other lines, in their order among those found.
    """

    def __init__(
        self, expectation: Expectation, length: Length, mids: Mids, seen: Seen, pass_on: PassOn
    ) -> None:
        self._expectation, self._length = expectation, length
        self._mids, self._seen, self._pass_on = mids, seen, pass_on
        self._number, self._resting = 1, 0
        self._sessions: dict[bytes, int] = {}

    def take(self, text: Text) -> None:
        """Look at a text from its beginning to its end."""
        if text.is_first:
            self._number = 1
        if text.kind != "accepted" or self._resting:
            self._resting = max(0, self._resting - 1)
            self._pass_on(text, self._number)
            self._number += text.data.count(b"\n")
            return
        if not self._count_all(text):
            self._resting = _RESTS

    def _count_all(self, text: Text) -> bool:
        """Count the stretches of a text; return whether any of its lines is ours."""
        data = text.data
        at = left = 0
        first, has_ours = self._number, False
        while at < len(data):
            line = self._line(text, at)
            count, end = self._length(data, line) if line else (0, 0)
            has_ours |= line is not None
            if line and count:
                self._part(text, left, at, first)
                self._count(line, count)
                at = left = end
                first = self._number = self._number + count
            else:
                end = max(end, data.index(b"\n", at) + 1)
                self._number += data.count(b"\n", at, end)
                at = end
        self._part(text, left, at, first)
        return has_ours

    def _part(self, text: Text, start: int, end: int, number: int) -> None:
        if start < end:
            self._pass_on(text._replace(data=text.data[start:end]), number)

    def _line(self, text: Text, at: int) -> Line | None:
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
        return Line(at + len(head), head, close, instant, ends, batch, sequence)

    def _session(self, ends: bytes) -> int:
        """Give the place of the session that a tail names; `NONE` where there is none."""
        if len(self._sessions) >= _MOST_SESSIONS:
            self._sessions.clear()
        owner = self._mids.owner(ends)
        session = self._sessions[ends] = self._expectation.sessions.place(*owner) if owner else NONE
        return session

    def _count(self, line: Line, count: int) -> None:
        batches = self._expectation.batches
        event = batches.base[line.batch] + line.sequence - batches.first[line.batch]
        self._seen.found.mark(line.batch, line.sequence, event, count, line.received)
        self._seen.events += count
