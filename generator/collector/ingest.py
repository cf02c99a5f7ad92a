"""What becomes of each event: accepted, rejected with its reasons, or a duplicate, as the pipeline decides."""

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Raw, Struct

from generator.clock import Clock
from generator.collector.batch import EventName, ReceivedBatch, name_of
from generator.collector.dedup_window import DedupWindow
from generator.collector.group_commit import WriteQueue
from generator.collector.stats import Stats
from generator.collector.store import Store, WriteBatch
from generator.spec.check import MOST_VIOLATIONS, check, read_valid
from generator.spec.rules import FORMS, Form
from generator.spec.violation import Violation, shown

Mode = Literal["sunbird", "strict"]
MODES: tuple[Mode, ...] = ("sunbird", "strict")

LARGEST_EVENT = 1_048_576
"""The largest event in bytes, stamped as below: the pipeline's `event.max.size`."""
STAMP = 67
"""Bytes that the extractor adds before it measures: `,"syncts":1.533364283909E12` and
`,"@timestamp":"2018-08-04T06:31:23.909Z"`."""

# A hostile event must not fill the disk with reasons, nor an answer with violations.
_MOST_REASONS = 8
_MOST_SHOWN = 1000
_VALUE_BYTES = 400

_MSGID, _MID = "msgid seen before", "mid seen before"
# The extractor's own words.
_TOO_LARGE = "Event size is Exceeded"


class RejectReason(Struct):
    """One violation in a rejected batch.

    Attributes:
        event: its index in the batch; None if it is the batch itself.
    """

    event: int | None
    path: str
    problem: str
    value: Raw


Outcome = Literal["stored", "failed", "unanswered"] | list[RejectReason]
"""How a batch is answered: stored, not stored, without an answer, or rejected with these reasons."""


class CheckedBatch(Struct, gc=False):
    """A batch with what its events are called, and what is wrong with each.

    Attributes:
        hint: the message if events fail in this form and the whole batch would pass in the other.
    """

    batch: ReceivedBatch
    names: list[EventName | None]
    faults: list[list[Violation]] | None
    hint: str


def check_batch(batch: ReceivedBatch, form: Form) -> CheckedBatch:
    """Check every event of a batch; it touches nothing shared and may run in any thread.

    `faults` is None if every event is valid.
    """
    names: list[EventName | None] = []
    faults: list[list[Violation]] = []
    for event in batch.events:
        envelope = read_valid(event, form)
        names.append(EventName(envelope.eid, envelope.mid) if envelope else name_of(event))
        faults.append([] if envelope else check(bytes(event), form))
    if not any(faults):
        return CheckedBatch(batch, names, None, "")
    return CheckedBatch(batch, names, faults, _hint(batch, faults, form))


def _hint(batch: ReceivedBatch, faults: list[list[Violation]], form: Form) -> str:
    other = next(each for each in FORMS if each != form)
    bad = [event for event, fault in zip(batch.events, faults, strict=True) if fault]
    good = [event for event, fault in zip(batch.events, faults, strict=True) if not fault]
    # The invalid ones first: one that is invalid in both forms decides it.
    if any(check(bytes(event), other) for event in (*bad, *good)):
        return ""
    if good:
        message = f"{len(bad)} of {len(faults)} events fail in the {form} form, and all would pass"
    else:
        message = f"every event fails in the {form} form and would pass"
    return f"{message} in the {other} form: serve with --form {other}, or send the {form} form"


class IngestOptions(NamedTuple):
    """How batches are checked: the answers' mode and the form of the events."""

    mode: Mode
    form: Form


class Ingest:
    """Checks batches against what it saw within the hour, and enqueues what is to be stored.

    Args:
        write_queue: the group commit, or the storage faults before it.
    """

    def __init__(self, write_queue: WriteQueue, stats: Stats, clock: Clock, options: IngestOptions) -> None:
        self._write_queue = write_queue
        self._stats = stats
        self._clock = clock
        self._mode, self.form = options
        self.msgids = DedupWindow()
        self.mids = DedupWindow()

    def recall(self, store: Store, since: int) -> None:
        """Remember what was stored since an instant, so that a restart forgets nothing."""
        for received, msgid in store.msgids_since(since):
            self.msgids.rotate(received)
            self.msgids.add((msgid,))
        for received, mid in store.mids_since(since):
            self.mids.rotate(received)
            self.mids.add((mid,))

    def repeats(self, batch: ReceivedBatch) -> bool:
        """Return whether this batch's msgid was seen within the hour."""
        return batch.msgid is not None and batch.msgid in self.msgids

    def take(self, checked: CheckedBatch, done: Callable[[Outcome], None]) -> None:
        """Store a checked batch, or in strict mode reject a batch with an invalid event."""
        batch = checked.batch
        if self.repeats(batch):
            self._enqueue_repeated(checked, done)
        elif self._mode == "strict" and (reject_reasons := _reject_reasons(checked)):
            self._stats.batches["refused"] += 1
            done(reject_reasons)
        elif batch.broken:
            self._enqueue_broken(checked, done)
        else:
            self._enqueue_sorted(checked, done)

    def _begin(self, batch: ReceivedBatch) -> "_Sorting":
        body = batch.body
        plain = body.isascii() and b"\n" not in body and b"\r" not in body
        return _Sorting(WriteBatch(self._clock.now, batch.msgid, [], [], [], plain))

    def _enqueue_repeated(self, checked: CheckedBatch, done: Callable[[Outcome], None]) -> None:
        sorting = self._begin(checked.batch)
        sorting.write_batch.duplicate = [(event, _MSGID) for event in checked.batch.events]
        sorting.duplicate = checked.names
        self._enqueue(sorting, [], done)

    def _enqueue_broken(self, checked: CheckedBatch, done: Callable[[Outcome], None]) -> None:
        sorting = self._begin(checked.batch)
        sorting.reject(
            Raw(checked.batch.body), None, [f"the whole batch: {checked.batch.broken}"], "broken batch"
        )
        self._enqueue(sorting, self._new_msgid(checked.batch), done)

    def _enqueue_sorted(self, checked: CheckedBatch, done: Callable[[Outcome], None]) -> None:
        batch = checked.batch
        sorting = self._begin(batch)
        self.mids.rotate(sorting.write_batch.received)
        mids = [name.mid for name in checked.names if name]
        small = len(batch.body) + STAMP <= LARGEST_EVENT or max(map(_stamped, batch.events)) <= LARGEST_EVENT
        if small and checked.faults is None and len(mids) == len(batch.events) and self.mids.all_new(mids):
            sorting.write_batch.accepted, sorting.accepted, sorting.mids = batch.events, checked.names, mids
        else:
            self._sort(checked, sorting)
        self._enqueue(sorting, self._new_msgid(batch), done)

    def _sort(self, checked: CheckedBatch, sorting: "_Sorting") -> None:
        """Sort a batch in which not all are plainly accepted."""
        fresh: set[str] = set()
        faults: Iterable[list[Violation]] = checked.faults or repeat([])
        for event, name, violations in zip(checked.batch.events, checked.names, faults):  # noqa: B905
            if _stamped(event) > LARGEST_EVENT:
                sorting.reject(event, name, [_TOO_LARGE], _TOO_LARGE)
            elif violations or name is None:
                sorting.reject(event, name, _reasons(violations), *map(_key, violations[:_MOST_REASONS]))
            elif name.mid in fresh or name.mid in self.mids:
                sorting.write_batch.duplicate.append((event, _MID))
                sorting.duplicate.append(name)
            else:
                sorting.write_batch.accepted.append(event)
                sorting.accepted.append(name)
                fresh.add(name.mid)
        sorting.mids = list(fresh)
        if checked.hint:
            sorting.write_batch.rejected[0][1].append(checked.hint)

    def _new_msgid(self, batch: ReceivedBatch) -> list[str]:
        return [] if batch.msgid is None else [batch.msgid]

    def _enqueue(self, sorting: "_Sorting", msgids: list[str], done: Callable[[Outcome], None]) -> None:
        self.msgids.rotate(sorting.write_batch.received)
        self.msgids.add(msgids)
        self.mids.add(sorting.mids)

        def stored(on_disk: bool) -> None:
            if on_disk:
                sorting.count(self._stats)
            else:
                self._stats.batches["failed"] += 1
                self.msgids.discard(msgids)
                self.mids.discard(sorting.mids)
            done("stored" if on_disk else "failed")

        self._write_queue.enqueue(sorting.write_batch, stored)


class _Sorting:
    """A batch to write, as it is sorted, with the names of its events."""

    __slots__ = ("_keys", "accepted", "duplicate", "mids", "rejected", "write_batch")

    def __init__(self, write_batch: WriteBatch) -> None:
        self.write_batch = write_batch
        self.mids: list[str] = []
        self.accepted: list[EventName | None] = []
        self.rejected: list[EventName | None] = []
        self.duplicate: list[EventName | None] = []
        self._keys: list[str] = []

    def reject(self, event: Raw, name: EventName | None, reasons: list[str], *keys: str) -> None:
        """Reject one event; the keys are its reasons without the values, to be counted."""
        self.write_batch.rejected.append((event, reasons))
        self.rejected.append(name)
        self._keys += keys

    def count(self, stats: Stats) -> None:
        """Count what is on disk now."""
        stats.accepted.count(self.accepted)
        stats.rejected.count(self.rejected, self._keys)
        stats.duplicate.count(self.duplicate, [why for _, why in self.write_batch.duplicate])
        repeated = bool(self.write_batch.duplicate) and self.write_batch.duplicate[0][1] == _MSGID
        stats.batches["duplicate" if repeated else "acknowledged"] += 1


def _stamped(event: Raw) -> int:
    """Return an event's size in bytes as the extractor measures it."""
    return len(memoryview(event)) + STAMP


def _key(violation: Violation) -> str:
    return f"{violation.path}: {violation.problem}"


def _reasons(violations: list[Violation]) -> list[str]:
    texts = [_printable(str(violation)) for violation in violations[:_MOST_REASONS]]
    more = len(violations) - len(texts)
    least = "at least " if len(violations) >= MOST_VIOLATIONS else ""
    return [*texts, f"and {least}{more} more"] if more else texts or ["$.eid or $.mid cannot be read"]


def _printable(text: str) -> str:
    return text[:_VALUE_BYTES].encode("utf-8", "replace").decode()


def _reject_reasons(checked: CheckedBatch) -> list[RejectReason]:
    """List what is wrong with a batch: with itself, or with its events."""
    batch = checked.batch
    if batch.broken or batch.missing:
        problem = batch.broken or "missing, and the batch's events are lost"
        return [RejectReason(None, "$" if batch.broken else "$.events", problem, Raw(b"null"))]
    reject_reasons = [
        _too_large(at, event) for at, event in enumerate(batch.events) if _stamped(event) > LARGEST_EVENT
    ]
    for at, violations in enumerate(checked.faults or ()):
        reject_reasons += [_reject_reason(at, violation) for violation in violations[:_MOST_SHOWN]]
        if len(reject_reasons) >= _MOST_SHOWN:
            break
    return reject_reasons


def _too_large(at: int, event: Raw) -> RejectReason:
    return RejectReason(at, "$", f"{_TOO_LARGE}: {LARGEST_EVENT} bytes", msgspec.Raw(b"%d" % _stamped(event)))


def _reject_reason(at: int, violation: Violation) -> RejectReason:
    problem = f"{violation.problem}, expected {violation.expected}"
    return RejectReason(at, _printable(violation.path), _printable(problem), _value(violation.value))


def _value(value: Any) -> Raw:
    """Encode the invalid value itself if it is small and JSON can carry it, else as a text."""
    try:
        encoded = msgspec.json.encode(value, enc_hook=repr)
    except (ValueError, TypeError, OverflowError, RecursionError):
        encoded = b""
    if 0 < len(encoded) <= _VALUE_BYTES:
        return Raw(encoded)
    return Raw(msgspec.json.encode(_printable(shown(value))))
