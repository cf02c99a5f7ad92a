"""Where a dataset's lines go: a file, a gzip file or a stream; complete lines or nothing."""

import gzip
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from generator.errors import UsageError


class Writer(Protocol):
    """What takes complete lines."""

    def write(self, lines: bytes) -> None:
        """Write complete lines."""


class StreamWriter:
    """Writes to standard output; closed pipes are the reader's way of saying enough."""

    def __init__(self, stream: IO[bytes] | None = None) -> None:
        self._stream = stream or sys.stdout.buffer

    def write(self, lines: bytes) -> None:
        """Write complete lines, at once: who reads a pipe sees whole sessions."""
        self._stream.write(lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None or issubclass(kind, KeyboardInterrupt):
            self._stream.flush()


class FileWriter:
    """Writes a file under a temporary name beside it, which becomes the file when it is complete.

    Args:
        path: the file; a name that ends in .gz is compressed, with no time stamp inside.

    Raises:
        UsageError: when it cannot be written; nothing is left behind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(f".{path.name}.part")
        try:
            self._file = self._part.open("wb")
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
        self._stream: IO[bytes] = self._file
        if path.suffix == ".gz":
            self._stream = gzip.GzipFile("", "wb", compresslevel=6, fileobj=self._file, mtime=0)  # type: ignore[assignment]

    def write(self, lines: bytes) -> None:
        """Write complete lines."""
        try:
            self._stream.write(lines)
        except OSError as error:
            raise UsageError(
                f"{self.path}: cannot be written further: {error.strerror}; nothing was left there"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the file in place when it is complete, or when Ctrl-C ended it; else take it away."""
        try:
            if kind is None or issubclass(kind, KeyboardInterrupt):
                self._finish()
            else:
                self._discard()
        except OSError as problem:
            self._discard()
            raise UsageError(
                f"{self.path}: cannot be written: {problem.strerror}; nothing was left there"
            ) from None

    def _finish(self) -> None:
        if self._stream is not self._file:
            self._stream.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self.path)

    def _discard(self) -> None:
        self._part.unlink(missing_ok=True)
        # What is still buffered can go nowhere: the disk is full, and the file is gone.
        raw = self._file.detach() if hasattr(self._file, "detach") else self._file
        raw.close()
