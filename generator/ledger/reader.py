"""The reader of a ledger: its header, and then its records as a stream."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from generator.errors import CutLedgerError, LedgerError
from generator.ledger.frame import (
    MARK,
    BlockFrame,
    decompress,
    is_followed,
    is_marked,
    read_frame,
    seed_of,
)
from generator.ledger.layout import FIRST_LINE, TITLE
from generator.ledger.record import FORMAT, Header, Record
from generator.ledger.unpack import Unpacker
from generator.spec.identity import RUNS

_AS_TEXT = "as by a copy in text mode, which changes the ends of lines or the encoding; copy it again, as binary data"


class Ledger:
    """A ledger that can be read.

    Args:
        path: the file.

    Attributes:
        path: the file.
        header: what its run was.

    Raises:
        CutLedgerError: it ends in its header.
        LedgerError: it cannot be read, is no ledger, or one of another format; or its header is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._torn: str | None = None
        self._is_whole = False
        try:
            if not path.is_file():
                raise LedgerError(f"{path}: {'is no file' if path.exists() else 'there is no such file'}")
            with path.open("rb") as file:
                _check_title(path, file)
                frame = _header_frame(path, file)
        except OSError as error:
            raise _unreadable(path, error) from None
        self.header = _header(path, frame.payload)
        self._seed, self._start = seed_of(frame.payload), frame.end

    @property
    def is_whole(self) -> bool:
        """Whether its last record is an `End`, and counts what is there; reads it all unless that was done."""
        self._read_through()
        return self._is_whole

    @property
    def torn(self) -> str:
        """Where and why its rest could not be read, "" where it could; reads it all unless that was done.

        A ledger whose worker was killed has no `End`, and may be torn or not.
        """
        self._read_through()
        return self._torn or ""

    def records(self) -> Iterator[Record]:
        """Read the records, block by block; each time from the first one.

        What is cut off at its end is left out, see `torn`.

        Raises:
            LedgerError: it cannot be read, or is damaged before its end, so that nothing can be judged by it.
        """
        try:
            with self.path.open("rb") as file:
                yield from self._records(file)
        except OSError as error:
            raise _unreadable(self.path, error) from None

    def _records(self, file: IO[bytes]) -> Iterator[Record]:
        unpacker, at, number = Unpacker(), self._start, 1
        while (frame := read_frame(file, at, self._seed)) is not None:
            if frame.number != number:
                raise self._damaged(at, f"there is block {frame.number} in place of block {number}")
            try:
                records = unpacker.records(decompress(frame.payload))
            except ValueError as error:
                raise self._damaged(at, str(error)) from None
            yield from records
            at, number = frame.end, number + 1
        self._conclude(file, at, unpacker)

    def _conclude(self, file: IO[bytes], at: int, unpacker: Unpacker) -> None:
        """Say how it ends: what cannot be read from here on is a torn end only where nothing good follows."""
        left = file.seek(0, 2) - at
        if left and is_followed(file, at, self._seed):
            raise self._damaged(at, "there are good blocks behind it")
        self._torn = ""
        if left:
            self._torn = f"is cut off or damaged at byte {at:,}: its last {left:,} bytes are left out"
        elif unpacker.end and unpacker.end != unpacker.counted:
            self._torn = (
                f"says at its end that it has {_told(unpacker.end)}, and has {_told(unpacker.counted)}"
            )
        self._is_whole = not self._torn and unpacker.end is not None

    def _damaged(self, at: int, why: str) -> LedgerError:
        return LedgerError(f"{self.path}: is damaged at byte {at:,}, {why}; nothing can be judged by it")

    def _read_through(self) -> None:
        if self._torn is None:
            for _ in self.records():
                pass


def read(path: Path) -> Ledger:
    """Read a ledger: its header at once, its records when they are asked for.

    Raises:
        LedgerError: see `Ledger`.
    """
    return Ledger(path)


def read_all(paths: Iterable[Path]) -> tuple[list[Ledger], list[str]]:
    """Read ledgers, and return those that have a header, and why each of the others has none.

    Raises:
        LedgerError: see `Ledger`; a ledger that ends in its header is no error.
    """
    found, cut = list[Ledger](), list[str]()
    for path in paths:
        try:
            found.append(read(path))
        except CutLedgerError as error:
            cut.append(str(error))
    return found, cut


def _told(counts: tuple[int, int, int]) -> str:
    sessions, batches, events = counts
    return f"{sessions:,} sessions, {batches:,} batches and {events:,} events"


def _unreadable(path: Path, error: OSError) -> LedgerError:
    return LedgerError(f"{path}: cannot be read: {error.strerror or error}")


def _check_title(path: Path, file: IO[bytes]) -> None:
    line = file.readline(64)
    if line == FIRST_LINE:
        return
    if not line:
        raise _cut_off(path, "is empty")
    if FIRST_LINE.startswith(line):
        raise _cut_off(path)
    if line.startswith(FIRST_LINE.rstrip()) and not line[len(FIRST_LINE) - 1 : len(FIRST_LINE)].isdigit():
        raise LedgerError(f"{path}: is damaged in its first line, {_AS_TEXT}")
    version = line.removeprefix(TITLE).rstrip()
    if version == line.rstrip() or not version.isdigit():
        raise LedgerError(f"{path}: is no ledger; name what locust wrote with --ledger, or its folder")
    raise LedgerError(
        f"{path}: is a ledger of format {version.decode()}, and this Footfall reads format {FORMAT}; "
        "read it with the version that wrote it"
    )


def _header_frame(path: Path, file: IO[bytes]) -> BlockFrame:
    frame = read_frame(file, len(FIRST_LINE), 0)
    if frame:
        return frame
    file.seek(len(FIRST_LINE))
    start = file.read(len(MARK))
    if start.strip(b"\0") and not MARK.startswith(start):
        raise LedgerError(f"{path}: is damaged behind its first line, {_AS_TEXT}")
    if is_marked(file, len(FIRST_LINE) + 1):
        raise LedgerError(f"{path}: is damaged in its header; nothing can be judged by it")
    raise _cut_off(path)


def _header(path: Path, told: bytes) -> Header:
    try:
        header = msgspec.json.decode(told, type=Header)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise LedgerError(f"{path}: its header says no run: {error}; nothing can be judged by it") from None
    if header.format != FORMAT or not 0 <= header.run < RUNS or min(header.worker, header.epoch) < 0:
        raise LedgerError(f"{path}: its header says no run; nothing can be judged by it")
    return header


def _cut_off(path: Path, how: str = "ends in its header") -> CutLedgerError:
    return CutLedgerError(
        f"{path}: {how}: its worker was killed before it sent anything, or its copy broke off; "
        "copy it again, or leave it out"
    )
