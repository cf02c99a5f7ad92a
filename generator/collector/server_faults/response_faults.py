"""Response faults: some batches fail, some are not answered, and answers come late."""

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Literal, Protocol

from msgspec import structs

from generator.clock import Clock
from generator.collector.batch import ReceivedBatch
from generator.collector.group_commit import WriteQueue
from generator.collector.ingest import CheckedBatch, Ingest, IngestOptions, Outcome
from generator.collector.server_faults.draw import Draw, fraction
from generator.collector.server_faults.fault_record import FaultRecord, FaultyWriteBatch
from generator.collector.server_faults.options import ServerFaults
from generator.collector.server_faults.storage_faults import StorageFaults
from generator.collector.stats import Stats

Ending = Literal["failed", "closed"]
OnOutcome = Callable[[Outcome], None]


class Timer(Protocol):
    """What calls back after a time: the event loop."""

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> object:
        """Call back after `delay` seconds."""


class ResponseFaults(Ingest):
    """An `Ingest` that lets batches fail before it looks for duplicates, so that it remembers nothing of them.

    A batch that is sent again is drawn again, by its msgid and how often it failed or was not answered before:
    it succeeds in the end, unless the share is 1.

    Args:
        asked: which faults, and how often.
        write_queue: what stores.
        attempts: how often each batch failed or was not answered before, by its msgid.
        timer: what delays the answers.
    """

    def __init__(
        self, asked: ServerFaults, write_queue: WriteQueue, attempts: Counter[str], timer: Timer,
        stats: Stats, clock: Clock, options: IngestOptions,
    ) -> None:  # fmt: skip
        self._storage_faults = StorageFaults(asked, write_queue)
        super().__init__(self._storage_faults, stats, clock, options)
        self._asked = asked
        self._record_queue = write_queue
        self._attempts = attempts
        self._timer = timer
        endings: dict[Ending, float] = {"failed": asked.fail, "closed": asked.close_after_read}
        self._endings = Draw(asked.seed, "batch", endings)
        self._span = asked.span

    def take(self, checked: CheckedBatch, done: OnOutcome) -> None:
        """Take a checked batch, see `Ingest.take`, or let it fail."""
        name = _name(checked.batch)
        done = self._late(name, done)
        attempt = self._attempts[name]
        ending = self._endings.pick(name, attempt)
        if ending is None:
            super().take(checked, done)
            return
        self._attempts[name] += 1
        mids = tuple(each.mid for each in checked.names if each)
        is_stored = ending == "closed" and fraction(self._asked.seed, "stored", name, attempt) < 0.5
        record = FaultRecord(ending, self._clock.now, checked.batch.msgid, mids, stored=is_stored)
        if is_stored:
            self._take_unanswered(checked, record, done)
        else:
            self._write_record(record, done)

    def _late(self, name: str, done: OnOutcome) -> OnOutcome:
        """Return a callback that delays the answer."""
        if self._span is None:
            return done
        low, high = self._span
        seconds = low + (high - low) * fraction(self._asked.seed, "delay", name)

        def late(outcome: Outcome) -> None:
            self._timer.call_later(seconds, done, outcome)

        return late

    def _take_unanswered(self, checked: CheckedBatch, record: FaultRecord, done: OnOutcome) -> None:
        """Store a batch without an answer; a rejected one is not stored."""

        def taken(outcome: Outcome) -> None:
            if isinstance(outcome, list):
                self._storage_faults.further = None
                self._write_record(structs.replace(record, stored=False), done)
            else:
                self._stats.batches["unanswered"] += 1
                done("unanswered")

        self._storage_faults.further = record
        super().take(checked, taken)

    def _write_record(self, record: FaultRecord, done: OnOutcome) -> None:
        """Store nothing but the record, and then report the outcome."""
        outcome: Outcome = "failed" if record.kind == "failed" else "unanswered"

        def written(on_disk: bool) -> None:
            self._stats.batches[outcome] += 1  # type: ignore[index]
            done(outcome if on_disk else "failed")

        self._record_queue.enqueue(
            FaultyWriteBatch(record.when, record.msgid, [], [], [], True, [record], is_stored=False), written
        )


def _name(batch: ReceivedBatch) -> str:
    """Return what identifies a batch: its msgid, or a hash of its body if it has none."""
    return blake2b(batch.body, digest_size=16).hexdigest() if batch.msgid is None else batch.msgid
