"""The journal: fault records are on disk before the events that they are about, and settled after them.

In no other order could a kill at any moment leave a record that is exact: no event may be lost, altered or
repeated without its record, and a record whose events the kill prevented is not settled.
"""

import sys
from collections import Counter
from collections.abc import Iterable

from generator.collector.server_faults.fault_record import KIND, FaultRecord, FaultyWriteBatch, decoder, lines
from generator.collector.store import (
    SEGMENT_BYTES,
    Store,
    WriteBatch,
    _decoded,
    _Segments,
    _segments,
    _whole_lines,
)
from generator.errors import UsageError

_SETTLED = lines([FaultRecord("settled", 0)])


class Journal:
    """Writes batches to a store, and their fault records before them.

    Args:
        store: where the events are written.
        begun: the first record: when the endpoint started, and with which options.

    Attributes:
        attempts: how often each batch failed or was not answered in this store, by its msgid.

    Raises:
        UsageError: the store cannot be written.
    """

    def __init__(self, store: Store, begun: FaultRecord) -> None:
        self._store = store
        self.attempts = _attempts(store)
        try:
            self._segments = _Segments(store.directory, KIND, SEGMENT_BYTES)
            self._write(lines([begun]))
        except OSError as error:
            raise UsageError(
                f"the store {store.directory} cannot be written: {error.strerror}; name another with --store"
            ) from error

    def append(self, write_batches: Iterable[WriteBatch]) -> None:
        """Write these to disk, all or none, see `Store.append`; their records come first.

        Raises:
            OSError: the disk is full or broken; store and journal are as they were.
        """
        write_batches = list(write_batches)
        records = [
            record
            for each in write_batches
            if isinstance(each, FaultyWriteBatch)
            for record in each.fault_records
        ]
        stored = [each for each in write_batches if not isinstance(each, FaultyWriteBatch) or each.is_stored]
        if not records:
            self._store.append(stored)
            return
        written = lines(records)
        try:
            self._segments.write(written)
            self._segments.sync()
            if stored:
                self._store.append(stored)
        except OSError:
            self._segments.undo()
            raise
        self._segments.settle(len(written))
        self._write_settled()

    def _write_settled(self) -> None:
        try:
            self._write(_SETTLED)
        except OSError as error:
            # The events are stored, and the reader finds them; the next records settle these too.
            self._segments.undo()
            sys.stderr.write(f"footfall: cannot write that fault records are settled: {error}\n")

    def _write(self, written: bytes) -> None:
        self._segments.write(written)
        self._segments.settle(len(written))

    def close(self) -> None:
        """Close the segments."""
        self._segments.close()


def _attempts(store: Store) -> Counter[str]:
    attempts: Counter[str] = Counter()
    for segment in _segments(store.directory, KIND):
        for line in _whole_lines(segment):
            record = _decoded(decoder, line)
            if record and record.kind in {"failed", "closed"} and record.msgid is not None:
                attempts[record.msgid] += 1
    return attempts
