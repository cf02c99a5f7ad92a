"""A pattern: what a batch has in common with those of other sessions of its template, and slots for what differs.

A pattern is learned from two batches, and proved: read to its end with other values in its slots. So whatever is
built from it holds whole events with their ids, as long as the values are plain.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from struct import Struct
from typing import NamedTuple

import msgspec

from generator.verify.mids import check_utf8

_TAIL, _SEAM, _FIRST = range(3)
"""The places of values: the tail of the mids, what stands between two events, and the first of those of slots."""
_differences = re.compile(rb"[^\0]++").finditer
_token = re.compile(rb"[0-9A-Za-z_.@+-]*+").match
_is_plain = re.compile(rb"[0-9A-Za-z_.@+-]*+").fullmatch
"""Such values are written as they are wherever they stand in a JSON string."""
_is_instant = re.compile(rb"1[0-9]{12}").fullmatch
_is_eid = re.compile(r"[A-Z_]+").fullmatch
_SHORTEST = 4
"""Letters of a slot at least: a key with a slot in it is neither "eid" nor "mid" then."""
_OTHER, _ZERO = b"z", b"0"
"""Fill the slots in the proof. The letter is JSON inside a string alone, and never behind a backslash there."""


class _Named(msgspec.Struct, gc=False):
    eid: str
    mid: str


_read = msgspec.json.Decoder(_Named).decode


class Sample(NamedTuple):
    """A batch as it stands in a text.

    Attributes:
        events: its events, with line ends between them.
        ends: the tail of its mids.
        sequence: of the first of them.
    """

    events: bytes
    ends: bytes
    sequence: int

    @property
    def masked(self) -> bytes:
        """The events without the tail."""
        return self.events.replace(self.ends, bytes(len(self.ends)))


class Slot(NamedTuple):
    """A token that is another one in each session; of an instant the digits behind the first.

    Attributes:
        start, end: where it stands in a sample.
        is_instant: whether it is one.
    """

    start: int
    end: int
    is_instant: bool

    def of(self, sample: Sample) -> bytes:
        """Return its value in a sample."""
        return sample.events[self.start : self.end]

    @property
    def other(self) -> bytes:
        """Its value in the proof."""
        return (_ZERO if self.is_instant else _OTHER) * (self.end - self.start)


class _Pieces(NamedTuple):
    """Constants with places for values between them.

    Attributes:
        parts: constants at even places; the values' places are kept free at odd ones.
        take: takes the values, in their order, out of all that there are.
    """

    parts: list[bytes]
    take: Callable[[Sequence[bytes]], Sequence[bytes]]

    @classmethod
    def of(cls, constants: Sequence[bytes], places: Sequence[int]) -> "_Pieces":
        """Make pieces of constants, and of the places of the values between them among all values."""
        parts = [b""] * (len(constants) + len(places))
        parts[::2] = constants
        # With one place itemgetter gives the value alone: a slice gives it in a sequence.
        take = itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))
        return cls(parts, take)


class Pattern:
    """A batch with slots.

    Args:
        sample: a batch.
        slots: by slot, what tells one value from another.
        longer: bytes that the text between two events has more than a line end.
    """

    def __init__(self, sample: Sample, slots: dict[Slot, object], longer: int) -> None:
        firsts: dict[object, Slot] = {}
        for slot, name in slots.items():
            firsts.setdefault(name, slot)
        tokens, instants = (
            [one for one in firsts.values() if one.is_instant is kind] for kind in (False, True)
        )
        self._firsts = [*tokens, *instants]
        order = {slots[slot]: place for place, slot in enumerate(self._firsts, start=_FIRST)}
        fixed = {found.span(): _TAIL for found in re.finditer(sample.ends, sample.events)}
        fixed |= {found.span(): _SEAM for found in re.finditer(b"\n", sample.events)}
        places = {**fixed, **{(slot.start, slot.end): order[name] for slot, name in slots.items()}}
        spans = sorted(places)
        bounds = [0, *(at for span in spans for at in span), len(sample.events)]
        constants = [sample.events[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True)]
        self._pieces = _shared(constants, [places[span] for span in spans], _FIRST + len(tokens))
        self._tokens, self._instants = _unpacker(sample, tokens, longer), _unpacker(sample, instants, longer)
        self._size = len(sample.events) + longer * sample.events.count(b"\n")

    def build(self, data: bytes, at: int, ends: bytes, seam: bytes) -> bytes:
        """Return the batch with the values that stand in a text; b"" if they are not plain.

        Args:
            data: the text.
            at: where the batch begins in it.
            ends: the tail of its mids.
            seam: what stands between two of its events.
        """
        if len(data) - at < self._size:
            return b""
        tokens, instants = self._tokens(data, at), self._instants(data, at)
        if _is_plain(b"".join(tokens)) and b"".join(instants).isdigit():
            return self._fill(ends, seam, (*tokens, *instants))
        return b""

    def is_of(self, sample: Sample) -> bool:
        """Return whether a sample is the pattern, filled with its own values, and these are plain."""
        values = [slot.of(sample) for slot in self._firsts]
        are_plain = all(
            value.isdigit() if slot.is_instant else _is_plain(value)
            for slot, value in zip(self._firsts, values, strict=True)
        )
        return are_plain and self._fill(sample.ends, b"\n", values) == sample.events

    def is_proved(self, sequence: int) -> bool:
        """Return whether each line is an event with its id, whatever the plain values of the slots are.

        Args:
            sequence: of the first event.
        """
        ends = _OTHER * 24
        text = self._fill(ends, b"\n", [slot.other for slot in self._firsts])
        try:
            check_utf8(text)
            events = [_read(line) for line in text.split(b"\n")]
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return False
        return all(
            _is_eid(event.eid) and event.mid == f"{event.eid}:{number:08x}{ends.decode()}"
            for number, event in enumerate(events, start=sequence)
        )

    def _fill(self, ends: bytes, seam: bytes, slots: Iterable[bytes]) -> bytes:
        values = [ends, seam, *slots]
        for parts, take in self._pieces:
            parts[1::2] = take(values)
            values.append(b"".join(parts))
        return values[-1]


def learned(one: Sample, other: Sample, slots: Sequence[Slot], longer: int) -> Pattern | None:
    """Learn a pattern from two samples of one size, and prove it; return None if that fails.

    Args:
        one: a sample.
        other: another one.
        slots: where they differ, and where others did.
        longer: bytes that the text between two events has more than a line end.
    """
    tails = [found.span() for found in re.finditer(other.ends, other.events)]
    spans = sorted([*tails, *((slot.start, slot.end) for slot in slots)])
    if any(end > start for (_, end), (start, _) in pairwise(spans)):
        return None
    if any(slot.end - slot.start < _SHORTEST for slot in slots):
        return None
    pattern = Pattern(
        other, {slot: (slot.is_instant, slot.of(one), slot.of(other)) for slot in slots}, longer
    )
    return pattern if pattern.is_of(other) and pattern.is_proved(other.sequence) else None


def differing(one: Sample, other: Sample) -> Iterator[Slot]:
    """Yield the tokens in which two samples of one size differ."""
    first, text = one.masked, other.masked
    size, reverse = len(text), text[::-1]
    different = (int.from_bytes(first, "big") ^ int.from_bytes(text, "big")).to_bytes(size, "big")
    done = 0
    for found in _differences(different):
        if found.end() <= done:
            continue
        place = max(found.start(), done)
        start, done = size - _end(reverse, size - place), max(_end(text, place), found.end())
        is_instant = bool(_is_instant(text, start, done) and _is_instant(first, start, done))
        yield Slot(start + is_instant, done, is_instant)


def _end(text: bytes, at: int) -> int:
    """Return where the token ends that goes on there."""
    found = _token(text, at)
    return found.end() if found else at


def _shared(constants: Sequence[bytes], places: Sequence[int], instants: int) -> list[_Pieces]:
    """Make blocks of what several events of a batch share, each joined once, and at last pieces of the batch.

    Args:
        constants: of the batch.
        places: of the values between them; those of the blocks come after all others.
        instants: the place of the first instant; no block holds one.
    """
    first = max(places) + 1
    runs = [
        list(run)
        for _, run in groupby(range(len(places)), lambda at: places[at] == _SEAM or places[at] >= instants)
    ]
    stretches = [
        (tuple(places[at] for at in run), tuple(constants[run[0] + 1 : run[-1] + 1])) for run in runs
    ]
    shared = [stretch for stretch, times in Counter(stretches).items() if times > 1 and len(stretch[0]) > 1]
    left, between = list[int](), [constants[0]]
    for run, stretch in zip(runs, stretches, strict=True):
        if stretch in shared:
            left.append(first + shared.index(stretch))
        else:
            left += stretch[0]
            between += stretch[1]
        between.append(constants[run[-1] + 1])
    blocks = [_Pieces.of([b"", *inner, b""], taken) for taken, inner in shared]
    return [*blocks, _Pieces.of(between, left)]


def _unpacker(
    sample: Sample, slots: Iterable[Slot], longer: int
) -> Callable[[bytes, int], tuple[bytes, ...]]:
    """Return what takes the values of slots out of a text."""
    format_, done = "=", 0
    for slot in slots:
        at = slot.start + longer * sample.events.count(b"\n", 0, slot.start)
        format_ += f"{at - done}x{slot.end - slot.start}s"
        done = at + slot.end - slot.start
    return Struct(format_).unpack_from
