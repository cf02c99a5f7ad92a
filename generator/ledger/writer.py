"""The writer of a ledger: it holds records and writes them later; a lease is on disk when the call returns."""

from collections.abc import Callable, Iterator
from pathlib import Path

from generator.delivery.receipt import Receipt, Status
from generator.ledger import layout
from generator.ledger.blocks import Blocks
from generator.ledger.frame import MOST_BYTES
from generator.ledger.record import EventLabel, Header, SessionStart

MOST_REASONS = 200
"""The most different reasons that are written, so that an endpoint's messages cannot fill the disk."""
LONGEST_REASON = 200
"""The most letters of a reason that are written."""
MOST_HELD = 1_000_000
"""The most records that are held while the disk takes none: about 100 MB."""
_IN_A_BLOCK = 1000
# Names of the module, for speed: `sent` is called for every batch.
_pack_sent, _SENT, _MICROSECONDS = layout.sent.pack, layout.SENT, layout.MICROSECONDS


class LedgerWriter:
    """Writes the ledger of one worker.

    `open`, `sent` and `label` only hold a record; one thread calls them. `flush`, `lease` and `close` wait for the
    disk; another thread may call them, and each waits for the others.

    If the disk takes nothing, the writer holds the records, and the next call that succeeds writes them. Once more
    than `MOST_HELD` records are held, the writer drops all that follow, and the ledger will not be whole.

    Args:
        folder: where it is written; created if it is missing.
        header: of the run; its epoch becomes the first one that is free.

    Attributes:
        path: the file, `ledger-<run>-<worker>-<epoch>.bin`.
        header: as it was written.

    Raises:
        UsageError: if it cannot be written.
    """

    def __init__(self, folder: Path, header: Header) -> None:
        # Imported here, because reading a ledger does not need it.
        from gevent.monkey import get_original  # noqa: PLC0415

        self._blocks = Blocks(folder, header)
        self.path, self.header = self._blocks.path, self._blocks.header
        # The system's lock: gevent's would make greenlets of one thread wait, not threads.
        self._lock = get_original("_thread", "allocate_lock")()
        self._held: list[bytes] = []
        self._append: Callable[[bytes], None] = self._held.append
        self._texts: dict[str, int] = {}
        self._outcomes: dict[tuple[Status, str], int] = {}
        # Of the last batch: most batches have the same.
        self._receipt: Receipt | None = None
        self._number = 0
        self._sessions = self._batches = self._events = 0
        self._forgets = self._closed = False

    def open(self, start: SessionStart) -> None:
        """Record that a session starts."""
        session, scenario, number, uid, did, t0 = start
        text = self._text(scenario)
        one, two = uid.encode(), did.encode()
        self._append(
            layout.start.pack(layout.START, session, text, number, t0, len(one), len(two)) + one + two
        )
        self._sessions += 1

    def sent(
        self, session: int, batch: int, first: int, events: int, attempt: int,
        due: float, begun: float, answered: float, receipt: Receipt,
    ) -> None:  # fmt: skip
        """Record an attempt to send a batch, and its receipt.

        Args:
            session: the session of the batch.
            batch: its number in the session.
            first: the sequence of its first event.
            events: how many there are.
            attempt: 0 for the first one.
            due: when it was to be sent, in seconds since the header's `started`, as both that follow.
            begun: when it was sent.
            answered: when its answer was whole, or its time limit passed.
            receipt: its outcome.
        """
        if receipt is not self._receipt:
            self._receipt, self._number = receipt, self._outcome(receipt)
        due, begun, answered = due * _MICROSECONDS, begun * _MICROSECONDS, answered * _MICROSECONDS
        self._append(
            _pack_sent(
                _SENT,
                session,
                batch,
                first,
                events,
                attempt,
                round(due),
                round(begun),
                round(answered),
                self._number,
            )
        )
        self._batches += 1
        self._events += events

    def label(self, label: EventLabel) -> None:
        """Record that a fault is injected on purpose."""
        session, batch, sequence, fault = label
        place = layout.WHOLE if sequence is None else sequence
        text = self._text(fault)
        self._append(layout.label.pack(layout.LABEL, session, batch, place, text))

    def lease(self, first: int, last: int) -> None:
        """Record that sessions may be sent from now on: on disk, with all held records, when the call returns.

        Args:
            first: the number of the first one.
            last: the number of the last one, included.

        Raises:
            OSError: if it is not on disk; then none of them may be sent.
        """
        self._append(layout.lease.pack(layout.LEASE, first, last))
        with self._lock:
            self._write()
            self._blocks.sync()

    def flush(self) -> None:
        """Write the held records.

        Raises:
            OSError: if not all of them could be written.
        """
        with self._lock:
            self._write()

    def close(self) -> None:
        """Write the held records and the end; call it after the last record. A second call does nothing.

        Raises:
            OSError: if not all of it could be written: the ledger can be read, but is not whole.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if not self._forgets:
                self._append(layout.end.pack(layout.END, self._sessions, self._batches, self._events))
            self._append = _refuse
            try:
                self._write()
                self._blocks.sync()
            finally:
                self._held.clear()
                self._blocks.close()

    def _text(self, text: str) -> int:
        """Return the number of a text; write it if it is new."""
        number = self._texts.get(text)
        if number is None:
            encoded = text.encode()
            self._append(layout.text.pack(layout.TEXT, len(encoded)) + encoded)
            number = self._texts[text] = len(self._texts)
        return number

    def _outcome(self, receipt: Receipt) -> int:
        """Return the number of an outcome; write it if it is new."""
        key = (receipt.status, receipt.reason[:LONGEST_REASON])
        if key not in self._outcomes and len(self._outcomes) >= MOST_REASONS and key[1]:
            key = (receipt.status, "other reasons")
        number = self._outcomes.get(key)
        if number is None:
            status, encoded = layout.STATUSES.index(key[0]), key[1].encode(errors="replace")
            self._append(layout.outcome.pack(layout.OUTCOME, status, len(encoded)) + encoded)
            number = self._outcomes[key] = len(self._outcomes)
        return number

    def _write(self) -> None:
        """Write the records that are held now; records of other threads meanwhile stay held behind them."""
        held, written = self._held[:], 0
        try:
            for start in range(0, len(held), _IN_A_BLOCK):
                for records in _small(held[start : start + _IN_A_BLOCK]):
                    self._blocks.append(b"".join(records))
                    written += len(records)
        except OSError:
            if len(held) > MOST_HELD:
                # Drop all that follow, because a record may refer to an earlier one.
                self._forgets, self._append = True, _forget
            raise
        finally:
            del self._held[:written]


def _small(records: list[bytes]) -> Iterator[list[bytes]]:
    """Yield the records in pieces that fit into a block."""
    if len(records) == 1 or sum(map(len, records)) <= MOST_BYTES // 2:
        yield records
        return
    middle = len(records) // 2
    yield from _small(records[:middle])
    yield from _small(records[middle:])


def _forget(_: bytes) -> None:
    """Drop a record."""


def _refuse(_: bytes) -> None:
    raise ValueError("the ledger is closed: its end is already written")
