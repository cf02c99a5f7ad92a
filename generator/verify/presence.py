"""Presence: events known by their ids alone, each read to its end, since a line that breaks off is no event.

The ids of a whole block are read at once. A batch is there if its ids follow one another. Sessions of one template have
the same eids in the same order, so most batches are compared with those of another session.
"""

import re
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from generator.verify.expectation import Expectation
from generator.verify.kept import Kept
from generator.verify.mids import Mids, check_utf8
from generator.verify.seen import Seen
from generator.verify.sessions import NONE
from generator.verify.sink.sink import Chunk, Text

KEPT = 32 << 20
"""Bytes of eids that are kept."""
_OVERHEAD, _PER_EVENT = 1024, 250
_MOST_SESSIONS = 100_000
_DIGITS, _TAIL = 32, 24
"""Letters at the end of a mid: its sequence and its tail, and the tail alone."""
_is_eid = re.compile(r"[A-Z_]+").fullmatch
_UNREAD = (msgspec.MsgspecError, ValueError, RecursionError)

Leave = Callable[[int, int], None]
"""Takes a stretch of events, its end excluded, that must be looked at one by one."""


class _Bare(Struct, gc=False):
    """An event by itself."""

    eid: str
    mid: str


class _Stored(Struct, gc=False, forbid_unknown_fields=True):
    """A line of a collector's store."""

    received: int
    event: _Bare
    msgid: Raw | UnsetType = UNSET
    reasons: Raw | UnsetType = UNSET


_Row = TypeVar("_Row", _Bare, _Stored)
_NO_EVENT = _Bare("", "")
_NO_LINE = _Stored(0, _NO_EVENT)
"""Stand for what is something else."""
_read_bare, _read_stored = msgspec.json.Decoder(_Bare), msgspec.json.Decoder(_Stored)


class _Ids(NamedTuple):
    """What events say they are, in their order.

    Attributes:
        eids: of each; "" for one that must be looked at by itself.
        mids: likewise.
        received: when each came, in milliseconds since 1970; None if that is not known.
    """

    eids: list[str]
    mids: list[str]
    received: Sequence[int] | None


class _Run(NamedTuple):
    """Neighbouring events of one batch.

    Attributes:
        batch: with which they were sent.
        sequence: of the first of them.
        event: its number among all.
        events: how many there are.
    """

    batch: int
    sequence: int
    event: int
    events: int


class Presence:
    """Counts the events of a sink by their ids, and leaves what is no whole event of ours.

    Args:
        expectation: what was sent.
        mids: reads tails.
        seen: takes down what is found.
    """

    def __init__(self, expectation: Expectation, mids: Mids, seen: Seen) -> None:
        self._expectation, self._mids, self._seen = expectation, mids, seen
        self._sessions: dict[str, int] = {}
        self._known: Kept[object, tuple[list[str], list[str]]] = Kept(KEPT)

    def take(self, text: Text, first: int, pass_on: Callable[[Chunk], None]) -> None:
        """Count the events of a text.

        Args:
            text: whole lines of a file.
            first: the number of the first of them.
            pass_on: takes those that must be looked at one by one, in their order among all.
        """
        if text.kind != "accepted":
            pass_on(text.part(text.data, first))
            return
        lines = BytesIO(text.data).readlines()
        counted = self._count(
            _of_lines(text, lines),
            lambda start, end: pass_on(text.part(b"".join(lines[start:end]), first + start)),
        )
        # Only now: those that were passed on have been counted meanwhile.
        self._seen.events += counted

    def take_events(self, chunk: Chunk, leave: Leave) -> None:
        """Count the events of a chunk.

        Args:
            chunk: events, each by itself.
            leave: takes the places of those that must be looked at one by one.
        """
        self._count(_of_events(chunk), leave)

    def _count(self, ids: _Ids, leave: Leave) -> int:
        """Count what is ours and follows in its batch; return how many events these are."""
        at = left = counted = 0
        end = len(ids.mids)
        while at < end:
            run = self._run(ids, at)
            if run is None:
                at += 1
                continue
            if left < at:
                leave(left, at)
            self._mark(run, ids.received, at)
            at = left = at + run.events
            counted += run.events
        if left < end:
            leave(left, end)
        return counted

    def _run(self, ids: _Ids, at: int) -> _Run | None:
        """Return the events that stand there as a batch has them; None if the first is none of them."""
        mid = ids.mids[at]
        ends, batches = mid[-_TAIL:], self._expectation.batches
        session = self._session(ends)
        try:
            sequence = int(mid[-_DIGITS:-_TAIL], 16)
        except ValueError:
            return None
        batch = NONE if session == NONE else batches.at(session, sequence)
        if batch == NONE:
            return None
        skipped = sequence - batches.first[batch]
        template = None if skipped else self._expectation.sessions.template(session)
        count = self._length(ids, at, sequence, ends, batches.events[batch] - skipped, template)
        return _Run(batch, sequence, batches.base[batch] + skipped, count) if count else None

    def _session(self, ends: str) -> int:
        """Return the place of the session that a tail names; `NONE` if it names none."""
        known = self._sessions.get(ends)
        if known is not None:
            return known
        if len(self._sessions) >= _MOST_SESSIONS:
            self._sessions.clear()
        try:
            owner = self._mids.owner(ends.encode())
        except ValueError:
            owner = None
        session = self._sessions[ends] = self._expectation.sessions.place(*owner) if owner else NONE
        return session

    def _length(
        self, ids: _Ids, at: int, sequence: int, ends: str, most: int, template: tuple[int, int] | None
    ) -> int:
        """Return how many events stand there, each with the id that follows in its batch."""
        kind = template and (template, sequence, most)
        known = self._known.get(kind) if kind else None
        if known:
            eids, starts = known
            same = ids.eids[at : at + most] == eids
            if same and ids.mids[at : at + most] == [start + ends for start in starts]:
                return most
        count = _followed(ids, at, sequence, ends, most)
        if kind and count == most:
            names = ids.eids[at : at + most], [mid[:-_TAIL] for mid in ids.mids[at : at + most]]
            self._known.keep(kind, names, _OVERHEAD + _PER_EVENT * most)
        return count

    def _mark(self, run: _Run, received: Sequence[int] | None, at: int) -> None:
        """Count events that stand there in their order; those that came at one time together."""
        mark, count = self._seen.found.mark, run.events
        instants = received[at : at + count] if received is not None else None
        if instants is None or instants.count(instants[0]) == count:
            mark(*run, instants[0] if instants else None)
            return
        for one, instant in enumerate(instants):
            mark(run.batch, run.sequence + one, run.event + one, 1, instant)


def _followed(ids: _Ids, at: int, sequence: int, ends: str, most: int) -> int:
    """Follow the ids of a batch as long as each event has the next one."""
    count = 0
    for eid, mid in zip(ids.eids[at : at + most], ids.mids[at : at + most], strict=True):
        if mid != f"{eid}:{sequence + count:08x}{ends}" or not _is_eid(eid):
            break
        count += 1
    return count


def _of_lines(text: Text, lines: Sequence[bytes]) -> _Ids:
    """Read the ids of lines: all at once if each is an event, or each a line of a store; else line by line."""
    stored = _decoded(_read_stored, text.data, len(lines))
    if stored is not None:
        return _of_store(stored, is_dated=text.is_dated)
    bare = None if text.is_dated else _decoded(_read_bare, text.data, len(lines))
    if bare is None:
        return _line_by_line(lines, is_dated=text.is_dated)
    return _Ids([event.eid for event in bare], [event.mid for event in bare], None)


def _of_store(rows: Sequence[_Stored], *, is_dated: bool) -> _Ids:
    events = [row.event for row in rows]
    received = [row.received for row in rows] if is_dated else None
    return _Ids([event.eid for event in events], [event.mid for event in events], received)


def _line_by_line(lines: Sequence[bytes], *, is_dated: bool) -> _Ids:
    stored = [_one(_read_stored, line) for line in lines]
    if is_dated:
        return _of_store([row or _NO_LINE for row in stored], is_dated=True)
    events = [
        row.event if row else _one(_read_bare, line) or _NO_EVENT
        for row, line in zip(stored, lines, strict=True)
    ]
    return _Ids([event.eid for event in events], [event.mid for event in events], None)


def _of_events(chunk: Chunk) -> _Ids:
    """Read the ids of events."""
    events = [_one(_read_bare, event) or _NO_EVENT for event in chunk.events]
    return _Ids([event.eid for event in events], [event.mid for event in events], chunk.received)


def _decoded(decoder: "msgspec.json.Decoder[_Row]", data: bytes, count: int) -> "list[_Row] | None":
    """Decode all lines; None if one is something else, or several values stand on one line."""
    try:
        check_utf8(data)
        rows = decoder.decode_lines(data)
    except _UNREAD:
        return None
    return rows if len(rows) == count else None


def _one(decoder: "msgspec.json.Decoder[_Row]", data: bytes) -> "_Row | None":
    """Decode one value; None if it is something else."""
    try:
        check_utf8(data)
        return decoder.decode(data)
    except _UNREAD:
        return None
