"""Sessions of a replay made anew: the dataset is read once more, and kept where each session can be found."""

import os
import tempfile
from array import array
from collections.abc import Callable
from typing import Any
from weakref import finalize

import msgspec
from msgspec import Raw

from generator.ledger.record import SessionStart
from generator.load.plan import Plan
from generator.load.replay.batching import split_as_recorded, split_into_batches
from generator.load.replay.dataset import Dataset
from generator.load.replay.event_rewriter import EventRewriter
from generator.load.replay.raw_event import RawEvent, raw_events, why_unreadable
from generator.load.replay.session_assembler import RecordedSession, SessionAssembler
from generator.load.replay.session_source import device_of
from generator.load.replay.warnings import Warnings
from generator.verify.batch import Batch, RegenerateError

_encoder = msgspec.json.Encoder()
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(RecordedSession).decode
_BLOCK = 1 << 20


class Replayed:
    """Makes sessions of a replay anew.

    Args:
        plan: what was replayed.
        run: the run in every new id.
        mark: the tag in every event; "" for none.
    """

    def __init__(self, plan: Plan, run: int, mark: str) -> None:
        assert plan.dataset is not None  # noqa: S101  made only where one is replayed
        self._plan, self._run, self._mark = plan, run, mark
        self._is_verbatim = plan.settings.verbatim
        self._recordings = _Recordings(plan.dataset, whole_bodies=self._is_verbatim)

    def session(self, opening: SessionStart) -> list[Batch]:
        """Give a session's batches."""
        recording = self._recordings[opening.number]
        found = [entry for entry in recording.entries if not why_unreadable(entry)]
        if not found:
            raise RegenerateError(f"session {opening.session}: recording {opening.number} holds no event")
        device = device_of(found[0])
        size, at_end = self._plan.batch_size(device), self._plan.cuts_at_end(device)
        start, write = recording.start, self._writing(opening, found)
        if self._is_verbatim:
            batches = split_as_recorded(found, start, size, self._plan.largest, at_end=at_end)
        else:
            batches = split_into_batches(found, start, size, at_end=at_end)
        return [Batch(_encoder.encode([write(entry) for entry in batch.entries])[1:-1]) for batch in batches]

    def _writing(self, opening: SessionStart, found: list[RawEvent]) -> Callable[[RawEvent], Any]:
        """Give what writes an event as it was sent."""
        if self._is_verbatim:
            return lambda entry: Raw(entry.data)
        anew = EventRewriter(self._run, opening.session, opening.t0, self._mark, found)
        return lambda entry: anew.event(entry, self._plan.form)


class _Recordings:
    """The recordings of a dataset by their numbers, in a temporary file without a name.

    Compressed files are read from their beginning alone: so all is read once, and eight bytes of each are held.

    Raises:
        OSError: when there is no room for them.
    """

    def __init__(self, dataset: Dataset, *, whole_bodies: bool) -> None:
        self._path = dataset.path
        self._file = tempfile.TemporaryFile(buffering=_BLOCK)  # noqa: SIM115  it is open for as long as this lives
        finalize(self, self._file.close)
        self._places = array("Q", [0])
        for recording in SessionAssembler(whole_bodies=whole_bodies).sessions(
            raw_events(dataset, Warnings())
        ):
            self._places.append(self._places[-1] + self._file.write(_pack(recording)))
        self._file.flush()

    def __getitem__(self, number: int) -> RecordedSession:
        if not 0 <= number < len(self._places) - 1:
            raise RegenerateError(f"recording {number}: {self._path} holds {len(self._places) - 1:,}")
        begin, end = self._places[number], self._places[number + 1]
        return _unpack(os.pread(self._file.fileno(), end - begin, begin))
