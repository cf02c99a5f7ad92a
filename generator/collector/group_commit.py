"""Group commit: all waiting batches are written at once, synced once, and answered together."""

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from generator.collector.store import WriteBatch

Done = Callable[[bool], None]
"""What is called once: with True when the batch is on disk, with False when it could not be stored."""


class BatchWriter(Protocol):
    """What writes batches to disk: the store, or the journal before it."""

    def append(self, write_batches: Iterable[WriteBatch]) -> None:
        """Write these to disk, all or none, or raise an OSError."""


class WriteQueue(Protocol):
    """What batches are enqueued in: the group commit, or the storage faults before it."""

    def enqueue(self, write_batch: WriteBatch, done: Done) -> None:
        """Store a batch, and call `done` when it is stored."""


class GroupCommit:
    """Writes all waiting batches to disk at once; it belongs to the running event loop.

    Args:
        store: this object is its only writer.

    Attributes:
        healthy: whether the last write succeeded.
    """

    def __init__(self, store: BatchWriter) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "commit")
        self._waiting: list[tuple[WriteBatch, Done]] = []
        self._writing = False
        self._idle = asyncio.Event()
        self._idle.set()
        self.healthy = True

    def enqueue(self, write_batch: WriteBatch, done: Done) -> None:
        """Store a batch with all others that wait, and call `done` when it is on disk."""
        self._waiting.append((write_batch, done))
        if not self._writing:
            self._writing = True
            self._idle.clear()
            # Not at once, so that what other clients sent in the same moment joins in.
            self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        group, self._waiting = self._waiting, []
        write = self._thread.submit(self._store.append, [write_batch for write_batch, _ in group])
        write.add_done_callback(
            lambda written: self._loop.call_soon_threadsafe(self._finish, group, written.exception())
        )

    def _finish(self, group: list[tuple[WriteBatch, Done]], error: BaseException | None) -> None:
        self._report(error)
        if error:
            # Those that came meanwhile were checked as if these were stored: a duplicate of a batch
            # that failed must fail with it, or it would be lost.
            group, self._waiting = group + self._waiting, []
        if self._waiting:
            self._begin()
        else:
            self._writing = False
            self._idle.set()
        for _, done in group:
            done(error is None)

    def _report(self, error: BaseException | None) -> None:
        """Write a line when storing begins to fail, and one when it works again; not one for each batch."""
        was_healthy, self.healthy = self.healthy, error is None
        if error and was_healthy:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            place = getattr(error, "filename", None) or "the store"
            sys.stderr.write(
                f"footfall: {place}: cannot be written: {reason}. Batches are answered with 500 until it can be written\n"
            )
        elif not error and not was_healthy:
            sys.stderr.write("footfall: batches are stored again\n")

    async def close(self) -> None:
        """Wait until nothing waits."""
        await self._idle.wait()
        self._thread.shutdown()
