"""The reader of a ledger: it reads the header first, then the records as a stream."""

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

_AS_TEXT = (
    "perhaps by a copy in text mode, which changes line ends or the encoding; copy it again as binary data"
)


class Ledger:
    """A ledger whose header has been read.

    Args:
        path: the file.

    Attributes:
        path: the file.
        header: the data of its run.

    Raises:
        CutLedgerError: if it ends in its header.
        LedgerError: if it cannot be read, is not a ledger, or has another format; or if its header is corrupt.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._torn: str | None = None
        self._is_whole = False
        try:
            if not path.is_file():
                raise LedgerError(f"{path}: {'is not a file' if path.exists() else 'file not found'}")
            with path.open("rb") as file:
                _check_title(path, file)
                frame = _header_frame(path, file)
        except OSError as error:
            raise _unreadable(path, error) from None
        self.header = _header(path, frame.payload)
        self._seed, self._start = seed_of(frame.payload), frame.end

    @property
    def is_whole(self) -> bool:
        """Whether its last record is a `LedgerEnd` with the right counts; reads it all unless that was done."""
        self._read_through()
        return self._is_whole

    @property
    def torn(self) -> str:
        """Where and why its rest could not be read, "" if it could; reads it all unless that was done.

        The ledger of a killed worker has no `LedgerEnd`; its last block may be torn.
        """
        self._read_through()
        return self._torn or ""

    def records(self) -> Iterator[Record]:
        """Yield the records, block by block, from the first one.

        An end that is cut off is left out, see `torn`.

        Raises:
            LedgerError: if it cannot be read, or is corrupt before its end, so that no verdict is possible.
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
                raise self._corrupt(at, f"block {frame.number} follows instead of block {number}")
            try:
                records = unpacker.records(decompress(frame.payload))
            except ValueError as error:
                raise self._corrupt(at, str(error)) from None
            yield from records
            at, number = frame.end, number + 1
        self._conclude(file, at, unpacker)

    def _conclude(self, file: IO[bytes], at: int, unpacker: Unpacker) -> None:
        """Note how it ends: the unreadable rest is a torn end only if no good block follows."""
        left = file.seek(0, 2) - at
        if left and is_followed(file, at, self._seed):
            raise self._corrupt(at, "good blocks follow it")
        self._torn = ""
        if left:
            self._torn = f"is cut off or corrupt at byte {at:,}: its last {left:,} bytes are left out"
        elif unpacker.end and unpacker.end != unpacker.counted:
            self._torn = f"has {_in_words(unpacker.counted)}, but its end counts {_in_words(unpacker.end)}"
        self._is_whole = not self._torn and unpacker.end is not None

    def _corrupt(self, at: int, why: str) -> LedgerError:
        return LedgerError(
            f"{self.path}: is corrupt at byte {at:,}, {why}; no verdict is possible. Copy it again, or leave it out"
        )

    def _read_through(self) -> None:
        if self._torn is None:
            for _ in self.records():
                pass


def read(path: Path) -> Ledger:
    """Read the header of a ledger; `records` reads the rest.

    Raises:
        LedgerError: see `Ledger`.
    """
    return Ledger(path)


def read_all(paths: Iterable[Path]) -> tuple[list[Ledger], list[str]]:
    """Read ledgers; return those that have a header, and the reason why each of the others has none.

    Raises:
        LedgerError: see `Ledger`, except for a ledger that ends in its header.
    """
    found, cut = list[Ledger](), list[str]()
    for path in paths:
        try:
            found.append(read(path))
        except CutLedgerError as error:
            cut.append(str(error))
    return found, cut


def _in_words(counts: tuple[int, int, int]) -> str:
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
        raise LedgerError(f"{path}: is corrupt in its first line, {_AS_TEXT}")
    version = line.removeprefix(TITLE).rstrip()
    if version == line.rstrip() or not version.isdigit():
        raise LedgerError(f"{path}: is not a ledger; name a file or the folder that locust --ledger wrote")
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
        raise LedgerError(f"{path}: is corrupt behind its first line, {_AS_TEXT}")
    if is_marked(file, len(FIRST_LINE) + 1):
        raise LedgerError(f"{path}: is corrupt in its header; no verdict is possible")
    raise _cut_off(path)


def _header(path: Path, encoded: bytes) -> Header:
    try:
        header = msgspec.json.decode(encoded, type=Header)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise LedgerError(f"{path}: its header describes no run: {error}; no verdict is possible") from None
    if header.format != FORMAT or not 0 <= header.run < RUNS or min(header.worker, header.epoch) < 0:
        raise LedgerError(f"{path}: its header describes no run; no verdict is possible")
    return header


def _cut_off(path: Path, how: str = "ends in its header") -> CutLedgerError:
    return CutLedgerError(
        f"{path}: {how}: its worker was killed before it sent anything, or its copy is incomplete; "
        "copy it again, or leave it out"
    )
