"""The store: append-only segments of JSON lines, and the reader of them.

    accepted-000001.jsonl    {"received":1700000000000,"msgid":"…","event":{…}}
    rejected-000001.jsonl    {"received":1700000000000,"msgid":"…","reasons":["…"],"event":{…}}
    duplicate-000001.jsonl   {"received":1700000000000,"msgid":"…","reasons":["…"],"event":{…}}
    batches-000001.jsonl     {"received":1700000000000,"msgid":"…","accepted":20,"rejected":0,"duplicate":0}
    lock                     held by the collector that writes

`received` is in milliseconds since 1970. `event` is the bytes as sent. If these would break the line
(indented JSON) or the reader (not UTF-8, a lone surrogate), `base64` has them instead. A batch's own line is written
after its events are on disk: without it the batch was never acknowledged, and its msgid counts as new.
"""

import fcntl
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from generator.collector.batch import EventName, name_of
from generator.errors import UsageError

Kind = Literal["accepted", "rejected", "duplicate"]
KINDS: tuple[Kind, ...] = ("accepted", "rejected", "duplicate")
SEGMENT_BYTES = 64 * 1024 * 1024
"""The size in bytes beyond which the next segment is begun."""

_T = TypeVar("_T")
_BATCHES = "batches"
_BLOCK = 64 * 1024
_sync = getattr(os, "fdatasync", os.fsync)


class WriteBatch(Struct, gc=False):
    """What becomes of one batch.

    Attributes:
        received: when it came, in milliseconds since 1970.
        accepted: the bytes of each event that is valid and new.
        rejected: the bytes of each that is not valid, and why.
        duplicate: the bytes of each that was seen before, and which id was.
        plain: whether no event's bytes need another form to stand in one line of UTF-8.
    """

    received: int
    msgid: str | None
    accepted: list[Raw]
    rejected: list[tuple[Raw, list[str]]]
    duplicate: list[tuple[Raw, str]]
    plain: bool


class StoredEvent(NamedTuple):
    """One event as it was stored.

    Attributes:
        received: when it came, in milliseconds since 1970.
        msgid: its batch's `params.msgid`; None if the batch had none.
        event: its bytes as sent.
        reasons: why it was rejected, or which id was seen before.
    """

    kind: Kind
    received: int
    msgid: str | None
    event: bytes
    reasons: tuple[str, ...]


class _Line(Struct, gc=False):
    received: int
    msgid: str | None = None
    reasons: list[str] = []
    event: Raw | UnsetType = UNSET
    base64: str | UnsetType = UNSET

    def sent(self) -> bytes:
        return b64decode(self.base64) if isinstance(self.base64, str) else bytes(self.event or b"")


class _BatchLine(Struct, gc=False):
    received: int
    msgid: str | None
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0


class _AcceptedLine(Struct, gc=False):
    """An accepted line as far as a restart needs it, which is half the work of reading it whole."""

    received: int
    event: EventName | None = None
    base64: str = ""

    def name(self) -> EventName | None:
        return self.event or name_of(b64decode(self.base64))


_raw = msgspec.json.Decoder(Raw)
_accepted_line = msgspec.json.Decoder(_AcceptedLine)
_line = msgspec.json.Decoder(_Line)
_batch_line = msgspec.json.Decoder(_BatchLine)


def _encode(write_batch: WriteBatch) -> dict[str, bytes]:
    """Encode a batch's lines, by segment kind."""
    head = b'{"received":%d,"msgid":%b' % (write_batch.received, msgspec.json.encode(write_batch.msgid))
    lines: dict[str, bytes] = {}
    if write_batch.accepted:
        if write_batch.plain:
            start = head + b',"event":'
            lines["accepted"] = start + (b"}\n" + start).join(write_batch.accepted) + b"}\n"
        else:
            lines["accepted"] = b"".join(head + _event(event) for event in write_batch.accepted)
    if write_batch.rejected:
        lines["rejected"] = b"".join(_reasoned(head, *each) for each in write_batch.rejected)
    if write_batch.duplicate:
        lines["duplicate"] = b"".join(_reasoned(head, raw, [why]) for raw, why in write_batch.duplicate)
    lines[_BATCHES] = b'%b,"accepted":%d,"rejected":%d,"duplicate":%d}\n' % (
        head, len(write_batch.accepted), len(write_batch.rejected), len(write_batch.duplicate),
    )  # fmt: skip
    return lines


def _reasoned(head: bytes, raw: Raw, reasons: list[str]) -> bytes:
    return head + b',"reasons":' + msgspec.json.encode(reasons) + _event(raw)


def _event(raw: Raw) -> bytes:
    sent = bytes(raw)
    if b"\n" not in sent and b"\r" not in sent and _is_readable(sent):
        return b',"event":%b}\n' % sent
    return b',"base64":"%b"}\n' % b64encode(sent)


def _is_readable(event: bytes) -> bool:
    """Return whether a reader can decode the event: UTF-8, no lone surrogate, no endless nesting."""
    try:
        event.decode()
        _raw.decode(event)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return False
    return True


class _Segments:
    """The segments of one kind, of which the last is appended to."""

    def __init__(self, directory: Path, kind: str, segment_bytes: int) -> None:
        self._directory = directory
        self._kind = kind
        self._most = segment_bytes
        present = _segments(directory, kind)
        self._number = _number(present[-1]) if present else 1
        self._file = self._open()
        self._size = _repair(self._path)

    @property
    def _path(self) -> Path:
        return self._directory / f"{self._kind}-{self._number:06d}.jsonl"

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(self._path, flags, 0o644)

    def write(self, data: bytes) -> None:
        """Append, whole or with an OSError; first begin the next segment if this one is full."""
        if self._size >= self._most:
            self._rotate()
        if os.fstat(self._file).st_size != self._size:
            os.ftruncate(self._file, self._size)
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def sync(self) -> None:
        """Wait until the disk has it."""
        _sync(self._file)

    def undo(self) -> None:
        """Cut off what was appended since the last `settle`."""
        # If this fails too, the next write tries again before it appends.
        with suppress(OSError):
            os.ftruncate(self._file, self._size)

    def settle(self, written: int) -> None:
        """Count what was appended as part of the store."""
        self._size += written

    def _rotate(self) -> None:
        self._number += 1
        full, self._file, self._size = self._file, self._open(), 0
        os.close(full)
        _sync_directory(self._directory)

    def close(self) -> None:
        os.close(self._file)


class Store:
    """The store of one collector, for writing.

    Args:
        directory: made if it does not exist.
        segment_bytes: the size beyond which the next segment is begun.

    Raises:
        UsageError: the directory cannot be written, or another collector writes there.
    """

    def __init__(self, directory: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(directory)
            self._segments = {kind: _Segments(directory, kind, segment_bytes) for kind in (*KINDS, _BATCHES)}
            _sync_directory(directory)
        except OSError as error:
            raise UsageError(
                f"the store {directory} cannot be written: {error.strerror}; name another with --store"
            ) from error

    def append(self, write_batches: Iterable[WriteBatch]) -> None:
        """Write these to disk, all or none.

        Raises:
            OSError: the disk is full or broken; the store is as it was.
        """
        gathered: dict[str, list[bytes]] = {}
        for write_batch in write_batches:
            for kind, lines in _encode(write_batch).items():
                gathered.setdefault(kind, []).append(lines)
        whole = {kind: b"".join(lines) for kind, lines in gathered.items()}
        try:
            for kind in KINDS:
                if kind in whole:
                    self._segments[kind].write(whole[kind])
                    self._segments[kind].sync()
            # Last, and unsynced: a msgid that is forgotten costs nothing, since each mid is known; one that
            # is remembered without its events would make their resending a duplicate, and lose them.
            self._segments[_BATCHES].write(whole[_BATCHES])
        except OSError as error:
            for kind in whole:
                self._segments[kind].undo()
            # The system's error does not name the file.
            raise OSError(error.errno, error.strerror, str(self.directory)) from error
        for kind, data in whole.items():
            self._segments[kind].settle(len(data))

    def mids_since(self, instant: int) -> Iterator[tuple[int, str]]:
        """Yield receipt time and mid of the events accepted since an instant, oldest first."""
        for data in _lines_since(self.directory, "accepted", instant):
            line = _decoded(_accepted_line, data)
            name = line.name() if line and line.received >= instant else None
            if line and name:
                yield line.received, name.mid

    def msgids_since(self, instant: int) -> Iterator[tuple[int, str]]:
        """Yield receipt time and msgid of the batches acknowledged since an instant, oldest first."""
        for data in _lines_since(self.directory, _BATCHES, instant):
            line = _decoded(_batch_line, data)
            if line and line.msgid is not None and line.received >= instant:
                yield line.received, line.msgid

    def close(self) -> None:
        """Close the segments and release the lock."""
        for segments in self._segments.values():
            segments.close()
        self._lock.close()


def _lock(directory: Path) -> IO[str]:
    # The file stays open: the lock ends with the process, even if it is killed.
    lock = (directory / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read(20).strip() or "unknown"
        lock.close()
        raise UsageError(
            f"the store {directory} is written by another collector (process {holder}): "
            "stop that one, or name another with --store"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _segments(directory: Path, kind: str) -> list[Path]:
    return sorted(directory.glob(f"{kind}-[0-9]*.jsonl"), key=_number)


def _number(segment: Path) -> int:
    return int(segment.stem.rpartition("-")[2])


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _repair(segment: Path) -> int:
    """Cut off a torn last line, which a killed collector left and never acknowledged; return the size."""
    with segment.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        whole = _end_of_lines(file, size)
        if whole < size:
            _warn(f"{segment}: cut {size - whole} bytes of a line never acknowledged")
            file.truncate(whole)
    return whole


def _warn(text: str) -> None:
    sys.stderr.write(f"footfall: {text}\n")


def _end_of_lines(file: IO[bytes], end: int) -> int:
    while end > 0:
        begin = max(0, end - _BLOCK)
        file.seek(begin)
        found = file.read(end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _decoded(decoder: msgspec.json.Decoder[_T], data: bytes) -> _T | None:
    """Decode a line; skip one that a power cut spoiled, with a warning."""
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        _warn(f"a spoiled line of {len(data)} bytes in the store is skipped")
        return None


def _lines_since(directory: Path, kind: str, instant: int) -> Iterator[bytes]:
    for segment in _segments(directory, kind):
        # What was last written before the instant holds nothing since.
        if segment.stat().st_mtime * 1000 >= instant:
            yield from _whole_lines(segment)


def _whole_lines(segment: Path) -> Iterator[bytes]:
    with segment.open("rb", buffering=1 << 20) as file:
        for line in file:
            # A line without its end is being written, or is torn.
            if line.endswith(b"\n"):
                yield line


def read(path: Path, kinds: Iterable[Kind] = KINDS) -> Iterator[StoredEvent]:
    """Read a store, or one segment of it, while it is served or after; a torn last line is left out.

    Raises:
        UsageError: the store is missing, or a line within it is spoiled.
    """
    for kind in kinds:
        for segment in _segments(path, kind) if path.is_dir() else _only(path, kind):
            yield from _read_segment(segment, kind)
    if not path.exists():
        raise UsageError(f"{path}: no such store. Name the directory of a collector's store")


def _only(path: Path, kind: Kind) -> list[Path]:
    return [path] if path.name.startswith(f"{kind}-") else []


def _read_segment(segment: Path, kind: Kind) -> Iterator[StoredEvent]:
    for number, data in enumerate(_whole_lines(segment), start=1):
        try:
            line = _line.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{segment}, line {number} is spoiled: {error}") from error
        yield StoredEvent(kind, line.received, line.msgid, line.sent(), tuple(line.reasons))
