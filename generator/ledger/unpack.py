"""Records read back from a block's bytes, of which nothing is believed."""

import struct
from collections.abc import Iterator

from generator.delivery.receipt import Status
from generator.ledger import layout
from generator.ledger.record import EventLabel, LedgerEnd, Record, Sent, SessionLease, SessionStart
from generator.spec.identity import SEQUENCES, SESSIONS

_make_sent, _unpack_sent, _SENT_SIZE = Sent._make, layout.sent.unpack_from, layout.sent.size


class Unpacker:
    """Reads the blocks of one ledger, in their order.

    Attributes:
        end: the `LedgerEnd` that was read; None before.
    """

    def __init__(self) -> None:
        self.end: LedgerEnd | None = None
        self._texts: list[str] = []
        self._outcomes: list[tuple[Status, str]] = []
        self._sessions = self._batches = self._events = 0

    @property
    def counted(self) -> LedgerEnd:
        """Give what an `LedgerEnd` would have to say by now."""
        return LedgerEnd(self._sessions, self._batches, self._events)

    def records(self, data: bytes) -> list[Record]:
        """Read a block.

        Raises:
            ValueError: it holds what no writer writes.
        """
        try:
            return list(self._records(data))
        except (struct.error, IndexError):
            raise ValueError("it holds what no record is") from None

    def _records(self, data: bytes) -> Iterator[Record]:
        at, size = 0, len(data)
        while at < size:
            if self.end:
                raise ValueError("it comes behind the end")
            kind = data[at]
            if kind == layout.SENT:
                yield self._sent(data, at)
                at += _SENT_SIZE
            elif kind == layout.OPENING:
                opening, at = self._opening(data, at)
                yield opening
            elif kind in {layout.TEXT, layout.OUTCOME}:
                at = self._said(kind, data, at)
            else:
                record, at = self._other(kind, data, at)
                yield record

    def _sent(self, data: bytes, at: int) -> Sent:
        (_, session, batch, first, events, attempt, due, begun, answered, number) = _unpack_sent(data, at)
        if session >= SESSIONS or first + events > SEQUENCES:
            raise ValueError(f"no session {session} has events {first} to {first + events - 1}")
        self._batches += 1
        self._events += events
        status, reason = self._outcomes[number]
        return _make_sent(
            (session, batch, first, events, attempt, due / 1e6, begun / 1e6, answered / 1e6, status, reason)
        )

    def _opening(self, data: bytes, at: int) -> tuple[SessionStart, int]:
        _, session, scenario, number, t0, one, two = layout.opening.unpack_from(data, at)
        uid, at = _letters(data, at + layout.opening.size, one)
        did, at = _letters(data, at, two)
        self._sessions += 1
        return SessionStart(_session(session), self._texts[scenario], number, uid, did, t0), at

    def _said(self, kind: int, data: bytes, at: int) -> int:
        """Read a text or an outcome, which later records name by its number; give where it ends."""
        if kind == layout.TEXT:
            _, length = layout.text.unpack_from(data, at)
            text, at = _letters(data, at + layout.text.size, length)
            self._texts.append(text)
            return at
        _, status, length = layout.outcome.unpack_from(data, at)
        reason, at = _letters(data, at + layout.outcome.size, length)
        self._outcomes.append((layout.STATUSES[status], reason))
        return at

    def _other(self, kind: int, data: bytes, at: int) -> tuple[SessionLease | EventLabel | LedgerEnd, int]:
        if kind == layout.LEASE:
            _, first, last = layout.lease.unpack_from(data, at)
            if first > last:
                raise ValueError(f"no sessions are from {first} to {last}")
            return SessionLease(first, _session(last)), at + layout.lease.size
        if kind == layout.LABEL:
            _, session, batch, place, fault = layout.label.unpack_from(data, at)
            sequence = None if place == layout.WHOLE else _sequence(place)
            return EventLabel(_session(session), batch, sequence, self._texts[fault]), at + layout.label.size
        if kind == layout.END:
            self.end = LedgerEnd(*layout.end.unpack_from(data, at)[1:])
            return self.end, at + layout.end.size
        raise ValueError(f"no record is of kind {kind}")


def _letters(data: bytes, at: int, length: int) -> tuple[str, int]:
    end = at + length
    if end > len(data):
        raise ValueError("a text in it has no end")
    return data[at:end].decode(), end


def _session(number: int) -> int:
    if number >= SESSIONS:
        raise ValueError(f"no session has the number {number}")
    return number


def _sequence(number: int) -> int:
    if not 0 <= number < SEQUENCES:
        raise ValueError(f"no event has the sequence {number}")
    return number
