"""What becomes of each event: accepted, rejected with its reasons, or a duplicate, as the pipeline decides."""

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any, Literal

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
    """One violation in a refused batch.

    Attributes:
        event: its index in the batch; None where it is the batch itself.
    """

    event: int | None
    path: str
    problem: str
    value: Raw


Outcome = Literal["stored", "failed", "unanswered"] | list[RejectReason]
"""What a client is told: stored, not stored, nothing at all, or refused with these complaints."""


class CheckedBatch(Struct, gc=False):
    """A batch with what its events are called, and what is wrong with each.

    Attributes:
        hint: said once when events fail in this form and the whole batch would pass in the other.
    """

    batch: ReceivedBatch
    names: list[EventName | None]
    faults: list[list[Violation]] | None
    hint: str


def check_batch(batch: ReceivedBatch, form: Form) -> CheckedBatch:
    """Check every event of a batch; it touches nothing shared and may run in any thread.

    `faults` is None where all is well.
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
    # The bad ones first: where they are simply bad, the first of them settles it.
    if any(check(bytes(event), other) for event in (*bad, *good)):
        return ""
    if good:
        said = f"{len(bad)} of {len(faults)} events fail in the {form} form, and all would pass"
    else:
        said = f"every event fails in the {form} form and would pass"
    return f"{said} in the {other} form: serve with --form {other}, or send the {form} form"


class Ingest:
    """Judges batches, knows again what it saw within the hour, and files what is to be stored.

    Args:
        filer: the commit, or what stands before it.
    """

    def __init__(self, filer: WriteQueue, tally: Stats, clock: Clock, mode: Mode, form: Form) -> None:
        self._filer = filer
        self._tally = tally
        self._clock = clock
        self._mode = mode
        self.form = form
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
        """Whether this batch's msgid was seen within the hour."""
        return batch.msgid is not None and batch.msgid in self.msgids

    def take(self, judged: CheckedBatch, done: Callable[[Outcome], None]) -> None:
        """Store a judged batch, or in strict mode refuse a bad one whole."""
        batch = judged.batch
        if self.repeats(batch):
            self._file_repeated(judged, done)
        elif self._mode == "strict" and (complaints := _complaints(judged)):
            self._tally.batches["refused"] += 1
            done(complaints)
        elif batch.broken:
            self._file_broken(judged, done)
        else:
            self._file_sorted(judged, done)

    def _begin(self, batch: ReceivedBatch) -> "_Sorting":
        body = batch.body
        plain = body.isascii() and b"\n" not in body and b"\r" not in body
        return _Sorting(WriteBatch(self._clock.now, batch.msgid, [], [], [], plain))

    def _file_repeated(self, judged: CheckedBatch, done: Callable[[Outcome], None]) -> None:
        sorting = self._begin(judged.batch)
        sorting.filing.duplicate = [(event, _MSGID) for event in judged.batch.events]
        sorting.duplicate = judged.names
        self._file(sorting, [], done)

    def _file_broken(self, judged: CheckedBatch, done: Callable[[Outcome], None]) -> None:
        sorting = self._begin(judged.batch)
        sorting.reject(
            Raw(judged.batch.body), None, [f"the whole batch: {judged.batch.broken}"], "broken batch"
        )
        self._file(sorting, self._new_msgid(judged.batch), done)

    def _file_sorted(self, judged: CheckedBatch, done: Callable[[Outcome], None]) -> None:
        batch = judged.batch
        sorting = self._begin(batch)
        self.mids.rotate(sorting.filing.received)
        mids = [name.mid for name in judged.names if name]
        small = len(batch.body) + STAMP <= LARGEST_EVENT or max(map(_stamped, batch.events)) <= LARGEST_EVENT
        if small and judged.faults is None and len(mids) == len(batch.events) and self.mids.all_new(mids):
            sorting.filing.accepted, sorting.accepted, sorting.mids = batch.events, judged.names, mids
        else:
            self._sort(judged, sorting)
        self._file(sorting, self._new_msgid(batch), done)

    def _sort(self, judged: CheckedBatch, sorting: "_Sorting") -> None:
        """Sort a batch in which not all are plainly accepted."""
        fresh: set[str] = set()
        faults: Iterable[list[Violation]] = judged.faults or repeat([])
        for event, name, violations in zip(judged.batch.events, judged.names, faults):  # noqa: B905
            if _stamped(event) > LARGEST_EVENT:
                sorting.reject(event, name, [_TOO_LARGE], _TOO_LARGE)
            elif violations or name is None:
                sorting.reject(event, name, _reasons(violations), *map(_key, violations[:_MOST_REASONS]))
            elif name.mid in fresh or name.mid in self.mids:
                sorting.filing.duplicate.append((event, _MID))
                sorting.duplicate.append(name)
            else:
                sorting.filing.accepted.append(event)
                sorting.accepted.append(name)
                fresh.add(name.mid)
        sorting.mids = list(fresh)
        if judged.hint:
            sorting.filing.rejected[0][1].append(judged.hint)

    def _new_msgid(self, batch: ReceivedBatch) -> list[str]:
        return [] if batch.msgid is None else [batch.msgid]

    def _file(self, sorting: "_Sorting", msgids: list[str], done: Callable[[Outcome], None]) -> None:
        self.msgids.rotate(sorting.filing.received)
        self.msgids.add(msgids)
        self.mids.add(sorting.mids)

        def stored(on_disk: bool) -> None:
            if on_disk:
                sorting.count(self._tally)
            else:
                self._tally.batches["failed"] += 1
                self.msgids.discard(msgids)
                self.mids.discard(sorting.mids)
            done("stored" if on_disk else "failed")

        self._filer.file(sorting.filing, stored)


class _Sorting:
    """A filing in the making, with what its events are called."""

    __slots__ = ("_keys", "accepted", "duplicate", "filing", "mids", "rejected")

    def __init__(self, filing: WriteBatch) -> None:
        self.filing = filing
        self.mids: list[str] = []
        self.accepted: list[EventName | None] = []
        self.rejected: list[EventName | None] = []
        self.duplicate: list[EventName | None] = []
        self._keys: list[str] = []

    def reject(self, event: Raw, name: EventName | None, reasons: list[str], *keys: str) -> None:
        """Reject one event; the keys are its reasons without the values, to be counted."""
        self.filing.rejected.append((event, reasons))
        self.rejected.append(name)
        self._keys += keys

    def count(self, tally: Stats) -> None:
        """Count what is on disk now."""
        tally.accepted.count(self.accepted)
        tally.rejected.count(self.rejected, self._keys)
        tally.duplicate.count(self.duplicate, [why for _, why in self.filing.duplicate])
        repeated = bool(self.filing.duplicate) and self.filing.duplicate[0][1] == _MSGID
        tally.batches["duplicate" if repeated else "acknowledged"] += 1


def _stamped(event: Raw) -> int:
    """Give an event's size in bytes as the extractor measures it."""
    return len(memoryview(event)) + STAMP


def _key(violation: Violation) -> str:
    return f"{violation.path}: {violation.problem}"


def _reasons(violations: list[Violation]) -> list[str]:
    said = [_printable(str(violation)) for violation in violations[:_MOST_REASONS]]
    more = len(violations) - len(said)
    least = "at least " if len(violations) >= MOST_VIOLATIONS else ""
    return [*said, f"and {least}{more} more"] if more else said or ["$.eid or $.mid cannot be read"]


def _printable(text: str) -> str:
    return text[:_VALUE_BYTES].encode("utf-8", "replace").decode()


def _complaints(judged: CheckedBatch) -> list[RejectReason]:
    """List what is wrong with a batch: with itself, or with its events."""
    batch = judged.batch
    if batch.broken or batch.missing:
        problem = batch.broken or "missing, and the batch's events are lost"
        return [RejectReason(None, "$" if batch.broken else "$.events", problem, Raw(b"null"))]
    complaints = [
        _too_large(at, event) for at, event in enumerate(batch.events) if _stamped(event) > LARGEST_EVENT
    ]
    for at, violations in enumerate(judged.faults or ()):
        complaints += [_complaint(at, violation) for violation in violations[:_MOST_SHOWN]]
        if len(complaints) >= _MOST_SHOWN:
            break
    return complaints


def _too_large(at: int, event: Raw) -> RejectReason:
    return RejectReason(at, "$", f"{_TOO_LARGE}: {LARGEST_EVENT} bytes", msgspec.Raw(b"%d" % _stamped(event)))


def _complaint(at: int, violation: Violation) -> RejectReason:
    problem = f"{violation.problem}, expected {violation.expected}"
    return RejectReason(at, _printable(violation.path), _printable(problem), _value(violation.value))


def _value(value: Any) -> Raw:
    """Show the bad value itself where it is small and JSON can carry it, else as a text."""
    try:
        encoded = msgspec.json.encode(value, enc_hook=repr)
    except (ValueError, TypeError, OverflowError, RecursionError):
        encoded = b""
    if 0 < len(encoded) <= _VALUE_BYTES:
        return Raw(encoded)
    return Raw(msgspec.json.encode(_printable(shown(value))))
