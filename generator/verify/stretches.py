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

_LINE = re.compile(rb"(?P<head>%b)?(?P<event>%b)" % (HEAD, FRONT))
_FRONT = re.compile(FRONT)
_SEQUENCE, _TAIL = slice(8), slice(8, None)


class _Line(NamedTuple):
    """The first line of a stretch.

    Attributes:
        at: where it begins.
        head: what stands before its event.
        received: when that came; None where it is not known.
        ends: the tail of its mid.
        batch, sequence: as its mid says.
    """

    at: int
    head: bytes
    received: int | None
    ends: bytes
    batch: int
    sequence: int


class Stretches:
    """Takes what stands in a text as it was sent, and passes on what does not.

    Args:
        expectation: what was sent.
        originals: what contents are compared with; None where they are not: then lines are known by their ids.
        mids: reads ids.
        seen: takes down what is found.
        labelled: the events that were damaged on purpose; they are not compared.
        pass_on: takes the events of all other lines, in their order among those found.
    """

    def __init__(
        self, expectation: Expectation, originals: Originals | None, mids: Mids, seen: Seen, labelled: BitMap,
        pass_on: Callable[[Chunk], None],
    ) -> None:  # fmt: skip
        self._expectation, self._originals = expectation, originals
        self._mids, self._seen = mids, seen
        self._labelled, self._pass_on = labelled, pass_on
        self._number = 1

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
        if said is None or (text.is_dated and not said["head"]):
            return None
        digits = said["digits"]
        owner = self._mids.owner(digits[_TAIL])
        if owner is None:
            return None
        session, sequence = self._expectation.sessions.place(*owner), int(digits[_SEQUENCE], 16)
        batch = NONE if session == NONE else self._expectation.batches.at(session, sequence)
        if batch == NONE:
            return None
        received = int(said["received"]) if text.is_dated else None
        return _Line(at, said["head"] or b"", received, digits[_TAIL], batch, sequence)

    def _length(self, data: bytes, line: _Line) -> tuple[int, int]:
        """Give how many lines stand there as they should, and where the next begins."""
        skipped = line.sequence - self._expectation.batches.first[line.batch]
        if self._originals is None:
            return _named(data, line, self._expectation.batches.events[line.batch] - skipped)
        lines, count = self._originals.lines(line.batch, skipped)
        if not lines or not data.startswith(_first(lines), line.at + len(line.head)):
            return 0, 0
        return _as_sent(data, line, lines, count)

    def _count(self, line: _Line, count: int) -> None:
        batches = self._expectation.batches
        event = batches.base[line.batch] + line.sequence - batches.first[line.batch]
        self._seen.found.mark(line.batch, line.sequence, event, count, line.received)
        self._seen.events += count
        if self._originals:
            labelled = self._labelled and self._labelled.range_cardinality(event, event + count)
            self._seen.compared += count - (labelled or 0)


def _first(lines: bytes) -> bytes:
    end = lines.find(b"\n")
    return lines if end < 0 else lines[:end]


def _as_sent(data: bytes, line: _Line, lines: bytes, count: int) -> tuple[int, int]:
    """Compare with the events of a batch: all at once, and where they differ, up to there."""
    if line.head:
        expected = b"%b%b}\n" % (line.head, lines.replace(b"\n", b"}\n" + line.head))
    else:
        expected = lines + b"\n"
    if data.startswith(expected, line.at):
        return count, line.at + len(expected)
    end = expected.rfind(b"\n", 0, _alike(data, line.at, expected)) + 1
    return expected.count(b"\n", 0, end), line.at + end


def _alike(data: bytes, at: int, expected: bytes) -> int:
    """Give how many bytes from there are as expected."""
    low, high = 0, min(len(expected), len(data) - at)
    while low < high:
        middle = (low + high + 1) // 2
        if data[at + low : at + middle] == expected[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _named(data: bytes, line: _Line, most: int) -> tuple[int, int]:
    """Follow the ids of a batch as long as each line has the next one."""
    at, before, ends, sequence = line.at, len(line.head), line.ends, line.sequence
    close = b"}}\n" if before else b"}\n"
    # Where a line ends as it should and the next begins alike: looked for at once, which halves the time.
    seam, back, match = close + line.head, len(close) - 1, _FRONT.match
    for count in range(most):
        found = match(data, at + before)
        if found is None or found[2] != b"%08x%b" % (sequence + count, ends):
            return count, at
        end = data.index(b"\n", found.end()) - back
        if not data.startswith(seam, end):
            is_last = data.startswith(close, end)
            return (count + 1, end + len(close)) if is_last else (count, at)
        at = end + len(close)
    return most, at
