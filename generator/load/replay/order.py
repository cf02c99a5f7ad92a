"""The order in which sessions began: datasets lie in the order of their numbers, or of their ends.

A dataset that is larger than what is held is sorted on disk, in a temporary file without a name: runs that are
sorted each by itself, and then merged.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from heapq import merge
from typing import IO

import msgspec

from generator.load.replay.session_assembler import HELD_BYTES, RecordedSession

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(RecordedSession)
_LENGTH = 8


def by_start(
    recordings: Iterable[RecordedSession], held_bytes: int = HELD_BYTES
) -> Iterator[RecordedSession]:
    """Yield sessions in the order of their first instants; all are read before the first is given.

    Args:
        recordings: the sessions.
        held_bytes: bytes of events that are sorted in memory.
    """
    held: list[RecordedSession] = []
    size = 0
    runs: list[_Run] = []
    with tempfile.TemporaryFile() as file:
        for recording in recordings:
            held.append(recording)
            size += recording.size
            if size > held_bytes:
                runs.append(_Run(file, sorted(held, key=_began)))
                held, size = [], 0
        held.sort(key=_began)
        if runs:
            yield from merge(*runs, held, key=_began)
        else:
            yield from held


def _began(recording: RecordedSession) -> tuple[int, int]:
    return recording.start, recording.number


class _Run:
    """Sessions written to a file, one after the other."""

    def __init__(self, file: IO[bytes], recordings: list[RecordedSession]) -> None:
        file.seek(0, os.SEEK_END)
        self._file, self._start = file, file.tell()
        for recording in recordings:
            data = _encoder.encode(recording)
            file.write(len(data).to_bytes(_LENGTH, "big") + data)
        file.flush()
        self._end = file.tell()

    def __iter__(self) -> Iterator[RecordedSession]:
        number, at = self._file.fileno(), self._start
        while at < self._end:
            size = int.from_bytes(os.pread(number, _LENGTH, at), "big")
            yield _decoder.decode(os.pread(number, size, at + _LENGTH))
            at += _LENGTH + size
