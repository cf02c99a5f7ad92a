"""The file of a ledger that is being written: whole blocks, one after the other."""

import os
from errno import ENOENT
from itertools import count
from pathlib import Path

import msgspec

from generator.errors import UsageError
from generator.ledger.frame import compress, framed, seed_of
from generator.ledger.layout import FIRST_LINE
from generator.ledger.record import Header

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class Blocks:
    """A new file in a folder, with its header on disk.

    Args:
        folder: created if it is missing.
        header: its epoch becomes the first one that is free.

    Attributes:
        path, header: of the file, with the epoch that was free.

    Raises:
        UsageError: if it cannot be written.
    """

    def __init__(self, folder: Path, header: Header) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path, self.header, self._file = _new(folder, header)
            self._begin()
        except OSError as error:
            is_file = isinstance(error, FileExistsError | NotADirectoryError)
            why = "there is a file of that name" if is_file else f"cannot be written: {error.strerror}"
            raise UsageError(f"--ledger {folder}: {why}; name another folder") from None

    def _begin(self) -> None:
        encoded = msgspec.json.encode(self.header)
        self._size, self._count, self._seed = 0, 1, seed_of(encoded)
        try:
            self._put(FIRST_LINE + framed(0, encoded, 0))
            os.fsync(self._file)
            _sync_folder(self.path.parent)
        except OSError:
            os.close(self._file)
            self.path.unlink(missing_ok=True)
            raise

    def append(self, data: bytes) -> None:
        """Append a block of records, all of it or nothing.

        Raises:
            OSError: if the disk does not take it, or the file was removed.
        """
        if not os.fstat(self._file).st_nlink:
            # A file without a name is lost when it is closed.
            raise OSError(ENOENT, "was removed while it was written", str(self.path))
        self._put(framed(self._count, compress(data), self._seed))
        self._count += 1

    def sync(self) -> None:
        """Wait until all of it is on disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _put(self, data: bytes) -> None:
        written = 0
        try:
            # A disk that is nearly full takes a part first; the next write fails.
            while written < len(data):
                written += os.pwrite(self._file, data[written:], self._size + written)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += written


def _new(folder: Path, header: Header) -> tuple[Path, Header, int]:
    for epoch in count():
        path = folder / f"ledger-{header.run:08x}-{header.worker:04d}-{epoch}.bin"
        try:
            file = os.open(path, _NEW, 0o666)
        except FileExistsError:
            continue
        return path, msgspec.structs.replace(header, epoch=epoch), file
    raise AssertionError


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
