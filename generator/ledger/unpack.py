"""Records parsed from the bytes of a block, none of which is trusted."""

import struct
from collections.abc import Iterator

from generator.delivery.receipt import Status
from generator.ledger import layout
from generator.ledger.record import EventLabel, LedgerEnd, Record, Sent, SessionLease, SessionStart
from generator.spec.identity import SEQUENCES, SESSIONS

_make_sent, _unpack_sent, _SENT_SIZE = Sent._make, layout.sent.unpack_from, layout.sent.size


class Unpacker:
    """Parses the blocks of one ledger, in their order.

    Attributes:
        end: the `LedgerEnd` that was read; None until then.
    """

    def __init__(self) -> None:
        self.end: LedgerEnd | None = None
        self._texts: list[str] = []
        self._outcomes: list[tuple[Status, str]] = []
        self._sessions = self._batches = self._events = 0

    @property
    def counted(self) -> LedgerEnd:
        """Return the counts so far, which the `LedgerEnd` must have."""
        return LedgerEnd(self._sessions, self._batches, self._events)

    def records(self, data: bytes) -> list[Record]:
        """Parse a block.

        Raises:
            ValueError: if it holds what no writer writes.
        """
        try:
            return list(self._records(data))
        except (struct.error, IndexError):
            raise ValueError("it holds bytes that are not a record") from None

    def _records(self, data: bytes) -> Iterator[Record]:
        at, size = 0, len(data)
        while at < size:
            if self.end:
                raise ValueError("it follows the end")
            kind = data[at]
            if kind == layout.SENT:
                yield self._sent(data, at)
                at += _SENT_SIZE
            elif kind == layout.START:
                start, at = self._start(data, at)
                yield start
            elif kind in {layout.TEXT, layout.OUTCOME}:
                at = self._numbered(kind, data, at)
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

    def _start(self, data: bytes, at: int) -> tuple[SessionStart, int]:
        _, session, scenario, number, t0, one, two = layout.start.unpack_from(data, at)
        uid, at = _letters(data, at + layout.start.size, one)
        did, at = _letters(data, at, two)
        self._sessions += 1
        return SessionStart(_session(session), self._texts[scenario], number, uid, did, t0), at

    def _numbered(self, kind: int, data: bytes, at: int) -> int:
        """Parse a text or an outcome, to which later records refer by its number; return the offset of its end."""
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
