"""The journal: deeds are on disk before the events that they are about, and said to be settled after them.

In no other order could a kill at any moment leave a record that is exact: an event must not be lost, spoilt or
repeated without its deed, and a deed whose events the kill prevented is known by not being settled.
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
    """Takes filings for a store, and writes down the deeds among them.

    Args:
        store: where everything else is kept.
        begun: the first deed: when the endpoint began, and how it was told to misbehave.

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

    def append(self, filings: Iterable[WriteBatch]) -> None:
        """Put these on disk, all or none, see `Store.append`; their deeds come first.

        Raises:
            OSError: the disk is full or broken; store and journal are as they were.
        """
        filings = list(filings)
        deeds = [deed for each in filings if isinstance(each, FaultyWriteBatch) for deed in each.deeds]
        stored = [each for each in filings if not isinstance(each, FaultyWriteBatch) or each.is_stored]
        if not deeds:
            self._store.append(stored)
            return
        written = lines(deeds)
        try:
            self._segments.write(written)
            self._segments.sync()
            if stored:
                self._store.append(stored)
        except OSError:
            self._segments.undo()
            raise
        self._segments.settle(len(written))
        self._say_settled()

    def _say_settled(self) -> None:
        try:
            self._write(_SETTLED)
        except OSError as error:
            # The events are stored, and the reader can tell from them; the next deeds settle these too.
            self._segments.undo()
            sys.stderr.write(f"footfall: cannot write that deeds are settled: {error}\n")

    def _write(self, written: bytes) -> None:
        self._segments.write(written)
        self._segments.settle(len(written))

    def close(self) -> None:
        """Let go of the segments."""
        self._segments.close()


def _attempts(store: Store) -> Counter[str]:
    attempts: Counter[str] = Counter()
    for segment in _segments(store.directory, KIND):
        for line in _whole_lines(segment):
            deed = _decoded(decoder, line)
            if deed and deed.kind in {"failed", "closed"} and deed.msgid is not None:
                attempts[deed.msgid] += 1
    return attempts
