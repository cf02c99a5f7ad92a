"""Shapes: where the ids of a batch stand, known from another session of the same template.

A template's sessions differ in identity and time alone, and most of what identifies is of one length. So where one
batch was followed line by line, the next one of its kind is read at the same places in one look; where anything is
not as it was there, it is followed line by line as well.
"""

import re
from collections.abc import Callable, Sequence
from itertools import repeat
from struct import Struct
from typing import NamedTuple

from generator.verify.kept import Kept

KEPT = 32 << 20
"""Bytes that are kept."""
_OVERHEAD, _PER_EVENT = 1024, 700
_TAIL = 25
"""Bytes of a tail with the quotation mark behind it."""
_FRONT = re.compile(rb'(\{"eid":"([A-Z_]++)","ets":)(\d++)(,"ver":"3\.\d","mid":"\2:.{8})', re.DOTALL)


class _Shape(NamedTuple):
    """The places in a batch.

    Attributes:
        size: bytes from its first event to the end of its last line.
        unpack: takes out, for each line: what stands before the instant, the instant, what follows up to the
            mid's tail, the tail, and what closes the line.
        before, behind: what must stand before the instants, and between them and the tails.
        starts, ends: where the events begin, and where their lines end.
    """

    size: int
    unpack: Callable[[bytes], tuple[bytes, ...]]
    before: tuple[bytes, ...]
    behind: tuple[bytes, ...]
    starts: Sequence[int]
    ends: Sequence[int]


class Shapes:
    """Keeps the shapes of batches by what they are of."""

    def __init__(self) -> None:
        self._kept: Kept[object, _Shape] = Kept(KEPT)

    def size(self, kind: object, data: bytes, at: int, ends: bytes, close: bytes, seam: bytes) -> int:
        """Give how many bytes a batch takes that stands there with all its ids; 0 where that is not known.

        Args:
            kind: what it is of.
            data: where it is looked for.
            at: where its first event would begin.
            ends: the tail of its mids, and what follows it.
            close: what stands behind its last event.
            seam: what stands between two of its events.
        """
        shape = self._kept.get(kind)
        if shape is None:
            return 0
        region = data[at : at + shape.size]
        if len(region) < shape.size:
            return 0
        parts = shape.unpack(region)
        stands = (
            parts[::5] == shape.before
            and parts[2::5] == shape.behind
            and parts[3::5].count(ends) == len(shape.starts)
            and parts[4:-1:5].count(seam) == len(shape.starts) - 1
            and parts[-1] == close
            and b"".join(parts[1::5]).isdigit()
            # No line ends before it should.
            and [*map(region.index, repeat(b"\n"), shape.starts)] == shape.ends
        )
        return shape.size if stands else 0

    def learn(self, kind: object, data: bytes, at: int, end: int, close: bytes, seam: bytes) -> None:
        """Take down where the ids of a batch stand that was followed line by line."""
        format_, before, behind, starts, ends = "=", [], [], [], []
        place = at
        while place < end:
            front = _FRONT.match(data, place)
            assert front  # noqa: S101  it was read there already
            line_end = data.index(b"\n", place)
            closing = close if line_end + 1 == end else seam
            closes = line_end + 1 - len(close)
            skipped = closes - front.end() - _TAIL
            format_ += f"{len(front[1])}s{len(front[3])}s{len(front[4])}s{_TAIL}s{skipped}x{len(closing)}s"
            before.append(front[1])
            behind.append(front[4])
            starts.append(place - at)
            ends.append(line_end - at)
            place = closes + len(closing)
        shape = _Shape(end - at, Struct(format_).unpack, tuple(before), tuple(behind), starts, ends)
        self._kept.keep(kind, shape, _OVERHEAD + _PER_EVENT * len(starts))
