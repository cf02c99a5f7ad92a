"""The source: the sessions of a dataset that one worker sends, one after the other."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from math import ceil
from typing import NamedTuple

import msgspec
from msgspec import Raw

from generator.delivery.contracts import Contract
from generator.load.replay.assignment import DatasetPart
from generator.load.replay.batching import RecordedBatch, split_as_recorded, split_into_batches
from generator.load.replay.completed_set import CompletedSet
from generator.load.replay.dataset import Dataset
from generator.load.replay.event_rewriter import EventRewriter, form_of
from generator.load.replay.order import by_start
from generator.load.replay.raw_event import NO_EVENT, RawEvent, raw_events, readable
from generator.load.replay.replayed_session import ReplayedSession, ReplayIdentity
from generator.load.replay.session_assembler import RecordedSession, SessionAssembler
from generator.load.replay.warnings import Warnings
from generator.spec.rules import Form

SURVEYED = 500
"""Events that are looked at before anything is sent."""
_BREATHS = 2000
"""Events between two breaths."""


class ClientBehaviour(NamedTuple):
    """How a kind of device sends.

    Attributes:
        contract: as the endpoint wants it from there.
        size: events in a batch.
        cuts_at_end: whether each END ends one.
    """

    contract: Contract
    size: int
    cuts_at_end: bool


class ReplayPlan(NamedTuple):
    """How sessions are sent.

    Attributes:
        clients: by kind of device, web and mobile.
        is_verbatim: whether as they are.
        run: in every new id.
        mark: the tag in every event; "" for none.
        speed: how much faster than recorded.
        in_order: whether they begin as recorded, and must be put into that order.
    """

    clients: Mapping[str, ClientBehaviour]
    is_verbatim: bool
    run: int
    mark: str
    speed: float
    in_order: bool


class SessionSource:
    """The sessions that one worker sends.

    Args:
        dataset: whose they are.
        share: which of them are its own.
        done: those that were acknowledged in an earlier run, of which none is sent.
        how: how they are sent.
        breathe: called now and then until the first session is there, which may take long.

    Attributes:
        started: the start of the run, in milliseconds since 1970.
        zero: the first instant of all that is sent, by any worker; in milliseconds since 1970.
        last: the last one, as far as it was read.
        skipped: how many sessions of its own were done.
    """

    def __init__(
        self,
        dataset: Dataset,
        share: DatasetPart,
        done: CompletedSet,
        how: ReplayPlan,
        breathe: Callable[[], None] = lambda: None,
    ) -> None:
        self._dataset, self._share, self._done, self._how = dataset, share, done, how
        self.warnings = Warnings()
        self._grouping = SessionAssembler(whole_bodies=how.is_verbatim)
        self._breathe: Callable[[], None] | None = breathe
        self.started = 0.0
        self.zero: int | None = None
        self.last = 0
        self.skipped = 0
        mine = self._mine() if share.of else iter(())
        self._sessions = by_start(mine) if how.in_order else mine
        self._next = next(self._sessions, None)
        self._breathe = None

    @property
    def is_over(self) -> bool:
        """Whether no session is left."""
        return self._next is None

    @property
    def start(self) -> int | None:
        """The first instant of the next session; None where none is left."""
        return self._next.start if self._next else None

    def begin(self, at: float, *, is_past: bool) -> ReplayedSession | None:
        """Begin the next session, see `Begin`; None where none is left."""
        recording = self._next
        if recording is None:
            return None
        self._next = next(self._sessions, None)
        return self._replayed(recording, at, is_past=is_past)

    def notes(self) -> list[str]:
        """Return lines on what could not be sent as it should."""
        notes = list(self.warnings.lines())
        if self._grouping.parted and self._share.speaks:
            notes.append(
                f"replay: {self._grouping.parted:,} parts of sessions stood so far behind the parts before them "
                "that they were sent as sessions of their own"
            )
        return notes

    def _mine(self) -> Iterator[RecordedSession]:
        for recording in self._grouping.sessions(self._read()):
            if recording.number in self._done:
                self.skipped += self._share.has(recording.number)
                continue
            start = recording.start
            if start:  # a session without any instant begins at once
                self.zero = start if self.zero is None else min(self.zero, start)
                self.last = max(self.last, start)
            if self._share.has(recording.number):
                # What no JSON reader reads is left out; until here most of an event was passed over.
                whole = list(readable(recording.entries, self._dataset, self.warnings))
                if whole:
                    yield RecordedSession(recording.number, whole)

    def _read(self) -> Iterator[RawEvent]:
        # Every worker reads all; one of them reports what all find alike.
        warnings = self.warnings if self._share.speaks else Warnings()
        for number, entry in enumerate(raw_events(self._dataset, warnings)):
            if self._breathe and not number % _BREATHS:
                self._breathe()
            yield entry

    def _replayed(self, recording: RecordedSession, at: float, *, is_past: bool) -> ReplayedSession:
        how, found = self._how, recording.entries
        client = how.clients[device_of(found[0])]
        start = recording.start
        batches = list(self._batches(how, client, found, start))
        if how.is_verbatim:
            identity = ReplayIdentity(client.contract, _as_it_is, None)
            return ReplayedSession(recording.number, batches, identity, at)
        span = batches[-1].due
        spared = span if is_past else max(0.0, span - span / how.speed)
        shift = int(self.started + at * 1000) - ceil(spared * 1000) - start
        rewriter = EventRewriter(how.run, recording.number, shift, how.mark, found, self._unmapped)
        form = client.contract.form

        def write(entry: RawEvent) -> dict[str, object]:
            return rewriter.event(entry, form)

        return ReplayedSession(
            recording.number, batches, ReplayIdentity(client.contract, write, how.run, shift), at
        )

    def _unmapped(self, entry: RawEvent) -> None:
        place = self._dataset.place(entry.file, entry.line)
        self.warnings.add("valid in neither form, sent as it is", place, entry.eid[:40])

    @staticmethod
    def _batches(
        how: ReplayPlan, client: ClientBehaviour, found: list[RawEvent], start: int
    ) -> Iterator[RecordedBatch]:
        if how.is_verbatim:
            most = client.contract.largest
            return split_as_recorded(found, start, client.size, most, at_end=client.cuts_at_end)
        return split_into_batches(found, start, client.size, at_end=client.cuts_at_end)


def _as_it_is(entry: RawEvent) -> Raw:
    return Raw(entry.data)


class _Producer(msgspec.Struct, frozen=True, gc=False):
    id: str = ""


class _Context(msgspec.Struct, frozen=True, gc=False):
    pdata: _Producer = _Producer()


class _Spoken(msgspec.Struct, gc=False):
    context: _Context = _Context()


_SPOKEN = msgspec.json.Decoder(_Spoken)


def device_of(entry: RawEvent) -> str:
    """Return the kind of device that an event's producer implies: apps are on phones, all else sends as the web does."""
    try:
        producer = _SPOKEN.decode(entry.data).context.pdata.id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "web"
    return "mobile" if producer.endswith(".app") else "web"


def scan(dataset: Dataset, wanted: Form, *, is_verbatim: bool) -> Iterator[str]:
    """Read a dataset's first events, and yield what is worth knowing before they are sent."""
    warnings = Warnings()
    head = list(readable(islice(raw_events(dataset, warnings), SURVEYED), dataset, warnings))
    forms = [form_of(entry.data, wanted) for entry in head]
    other: Form = "wire" if wanted == "documented" else "documented"
    if other in forms:
        is_mapped = wanted == "wire" and not is_verbatim
        done = (
            "they are written in wire form"
            if is_mapped
            else f"they are sent so, though {wanted} form is wanted"
        )
        yield f"{dataset.path} has events in {other} form: {done}"
    if None in forms:
        first = head[forms.index(None)]
        yield (
            f"{dataset.place(first.file, first.line)}: {first.eid[:40]} is valid in neither form, "
            f"as {forms.count(None):,} of the first {len(head):,} events are; such events are sent as they are"
        )
    if left_out := warnings.counts[NO_EVENT]:
        yield (
            f"{warnings.named[NO_EVENT][0]}: cannot be read, as {left_out:,} of the first {len(head) + left_out:,} "
            f"events {'is' if left_out == 1 else 'are'}; such events are left out"
        )
    for unit, count in Counter(entry.unit for entry in head if entry.unit).items():
        yield (
            f"{dataset.path}: {count:,} of the first {len(head):,} events have ets in {unit}, by the number of its "
            f"digits; the specification has milliseconds. They are timed as {unit}, and sent in {unit}"
        )
