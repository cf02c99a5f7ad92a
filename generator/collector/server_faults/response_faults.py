"""An unreliable intake: some batches fail, some are not answered, and answers come late."""

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Literal, Protocol

from msgspec import structs

from generator.clock import Clock
from generator.collector.batch import ReceivedBatch
from generator.collector.group_commit import WriteQueue
from generator.collector.ingest import CheckedBatch, Ingest, Mode, Outcome
from generator.collector.server_faults.draw import Draw, fraction
from generator.collector.server_faults.fault_record import FaultRecord, FaultyWriteBatch
from generator.collector.server_faults.options import ServerFaults
from generator.collector.server_faults.storage_faults import StorageFaults
from generator.collector.stats import Stats
from generator.spec.rules import Form

Ending = Literal["failed", "closed"]
Told = Callable[[Outcome], None]


class Timer(Protocol):
    """What calls back after a time: the event loop."""

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> object:
        """Call back after so many seconds."""


class ResponseFaults(Ingest):
    """An intake which lets batches fail before it judges what is new, so that it remembers nothing of them.

    A batch that comes again is drawn for anew, by its msgid and how often it failed or was not answered before:
    so it gets through in the end, but where the share is 1.

    Args:
        asked: what is to happen, and how often.
        commit: what stores.
        attempts: how often each batch failed or was not answered before, by its msgid.
        timer: what answers late.
    """

    def __init__(
        self, asked: ServerFaults, commit: WriteQueue, attempts: Counter[str], timer: Timer,
        tally: Stats, clock: Clock, mode: Mode, form: Form,
    ) -> None:  # fmt: skip
        self._doctor = StorageFaults(asked, commit)
        super().__init__(self._doctor, tally, clock, mode, form)
        self._asked = asked
        self._commit = commit
        self._attempts = attempts
        self._timer = timer
        endings: dict[Ending, float] = {"failed": asked.fail, "closed": asked.close_after_read}
        self._endings = Draw(asked.seed, "batch", endings)
        self._span = asked.span

    def take(self, judged: CheckedBatch, done: Told) -> None:
        """Take a judged batch, see `Ingest.take`, or let it fail."""
        name = _name(judged.batch)
        done = self._late(name, done)
        attempt = self._attempts[name]
        ending = self._endings.pick(name, attempt)
        if ending is None:
            super().take(judged, done)
            return
        self._attempts[name] += 1
        mids = tuple(each.mid for each in judged.names if each)
        is_stored = ending == "closed" and fraction(self._asked.seed, "stored", name, attempt) < 0.5
        deed = FaultRecord(ending, self._clock.now, judged.batch.msgid, mids, stored=is_stored)
        if is_stored:
            self._take_unanswered(judged, deed, done)
        else:
            self._tell(deed, done)

    def _late(self, name: str, done: Told) -> Told:
        """Let an answer wait."""
        if self._span is None:
            return done
        low, high = self._span
        seconds = low + (high - low) * fraction(self._asked.seed, "delay", name)

        def late(outcome: Outcome) -> None:
            self._timer.call_later(seconds, done, outcome)

        return late

    def _take_unanswered(self, judged: CheckedBatch, deed: FaultRecord, done: Told) -> None:
        """Store a batch and say nothing; one that is refused is not stored."""

        def taken(outcome: Outcome) -> None:
            if isinstance(outcome, list):
                self._doctor.further = None
                self._tell(structs.replace(deed, stored=False), done)
            else:
                self._tally.batches["unanswered"] += 1
                done("unanswered")

        self._doctor.further = deed
        super().take(judged, taken)

    def _tell(self, deed: FaultRecord, done: Told) -> None:
        """Store nothing but the deed, and then say what it is about."""
        outcome: Outcome = "failed" if deed.kind == "failed" else "unanswered"

        def written(on_disk: bool) -> None:
            self._tally.batches[outcome] += 1  # type: ignore[index]
            done(outcome if on_disk else "failed")

        self._commit.file(
            FaultyWriteBatch(deed.when, deed.msgid, [], [], [], True, [deed], is_stored=False), written
        )


def _name(batch: ReceivedBatch) -> str:
    """Give what a batch is known by: its msgid, or where it has none a hash of its body."""
    return blake2b(batch.body, digest_size=16).hexdigest() if batch.msgid is None else batch.msgid
