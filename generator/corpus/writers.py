"""Where a dataset's lines go: a file with its manifest beside it, or a stream; complete lines or nothing."""

import gzip
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self, cast

from generator.corpus.beside import labels_path, manifest_path, read_manifest, whose
from generator.errors import UsageError


class Writer(Protocol):
    """What takes complete lines."""

    def write(self, lines: bytes) -> None:
        """Write complete lines."""


class StreamWriter:
    """Writes to a stream, standard output by default; a closed pipe is the reader's way of saying enough."""

    def __init__(self, stream: IO[bytes] | None = None) -> None:
        self._stream = stream or sys.stdout.buffer

    def write(self, lines: bytes) -> None:
        """Write complete lines."""
        self._stream.write(lines)

    def finish(self, manifest: bytes) -> None:  # noqa: ARG002  a stream has nothing beside it
        """Let everything go out."""
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the stream open: it is not ours."""


class FileWriter:
    """Writes a file and its manifest under temporary names, which become the files together or not at all.

    Args:
        path: the file, replaced if it is there; a name that ends in .gz is compressed, without a time stamp.
        has_labels: whether labels of damage are written beside it, which are there together with the others.

    Attributes:
        target: the file that is written: path, or what it points to.
        manifest: its manifest's path.
        labels: the path of the labels; those of a dataset that is replaced go with it.

    Raises:
        UsageError: when it cannot be written; nothing is left behind, and a file that was there stays.
    """

    def __init__(self, path: Path, *, has_labels: bool = False) -> None:
        self.path = path
        # Through a link to what it points at: the link itself is not replaced.
        target = Path(os.path.realpath(path))
        _refuse_what_is_no_file(path, target)
        _refuse_what_is_not_written(path)
        self.target, self._part = target, _part(target)
        self.manifest, self.labels = manifest_path(target), labels_path(target)
        _refuse_a_manifest_of_others(path, target, self.manifest)
        self._has_old_labels = _has_labels(self.manifest, self.labels)
        if has_labels and self.labels.exists() and not self._has_old_labels:
            raise UsageError(
                f"{path}: its labels would be {self.labels.name}, which is there and no dataset's; give another -o"
            )
        for each in (target, self.manifest, self.labels):
            _take_away_what_was_left(each)
        self._label_file: IO[bytes] | None = None
        try:
            self._file = self._part.open("wb")
            if has_labels:
                self._label_file = _part(self.labels).open("wb")
        except OSError as error:
            raise self._unwritable(error) from None
        self._stream: IO[bytes] = self._file
        if path.suffix == ".gz":
            # The fastest level: the default one takes thrice the time that the events themselves take.
            zipped = gzip.GzipFile("", "wb", compresslevel=1, fileobj=self._file, mtime=0)
            self._stream = cast("IO[bytes]", zipped)

    def write(self, lines: bytes) -> None:
        """Write complete lines."""
        try:
            self._stream.write(lines)
        except OSError as error:
            raise self._unwritable(error) from None

    def label(self, lines: bytes) -> None:
        """Write complete lines of labels."""
        assert self._label_file, "a writer without labels"  # noqa: S101
        try:
            self._label_file.write(lines)
        except OSError as error:
            raise self._unwritable(error) from None

    def finish(self, manifest: bytes) -> None:
        """Put the file, its manifest and its labels in place."""
        try:
            if self._stream is not self._file:
                self._stream.close()
            _sync_and_close(self._file)
            if self._label_file:
                _sync_and_close(self._label_file)
            beside = _part(self.manifest)
            with beside.open("wb") as file:
                file.write(manifest)
                _sync_and_close(file)
            self._part.replace(self.target)
            beside.replace(self.manifest)
            if self._label_file:
                _part(self.labels).replace(self.labels)
            elif self._has_old_labels:
                self.labels.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> UsageError:
        reason = error.strerror or str(error)
        return UsageError(
            f"{self.path}: cannot be written: {reason}; nothing was left there, give another -o"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take away what was not finished."""
        for part in (self._part, _part(self.manifest), _part(self.labels)):
            part.unlink(missing_ok=True)
        for file in (self._file, self._label_file):
            if file and not file.closed:
                # What is still buffered goes nowhere: the disk may be full, and the file is gone.
                with Path(os.devnull).open("wb") as nowhere:
                    os.dup2(nowhere.fileno(), file.fileno())
                if file is self._file:
                    self._stream.close()
                file.close()


def _part(path: Path) -> Path:
    # Of one process alone: two that write the same file do not mix their lines.
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _sync_and_close(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _refuse_what_is_no_file(path: Path, target: Path) -> None:
    if target.is_dir():
        raise UsageError(f"{path}: is a directory; name a file in it, such as {path / 'events.jsonl'}")
    if target.exists() and not target.is_file():
        raise UsageError(f"{path}: is no regular file, which -o would replace; write to it with > {path}")
    if not target.name or not target.parent.is_dir():
        raise UsageError(f"{path}: there is no directory {target.parent}; make it first, or give another -o")


_OTHER_KINDS = {".zip", ".bz2", ".zst", ".xz", ".parquet"}


def _refuse_what_is_not_written(path: Path) -> None:
    """Refuse a name that promises what the file would not be."""
    if path.suffix.lower() in _OTHER_KINDS:
        plain = path.with_name(f"{path.stem.removesuffix('.jsonl')}.jsonl")
        raise UsageError(
            f"{path}: {path.suffix} is not written; name it {plain}.gz, or {plain} and convert that"
        )


def _refuse_a_manifest_of_others(path: Path, target: Path, beside: Path) -> None:
    """Refuse to replace the manifest of another dataset: x.jsonl and x.jsonl.gz would share theirs."""
    if not beside.exists():
        return
    manifest = read_manifest(beside)
    if manifest is None:
        raise UsageError(
            f"{path}: its manifest would be {beside.name}, which is there and is no manifest; give another -o"
        )
    if other := whose(manifest, target):
        raise UsageError(
            f"{path}: its manifest would be {beside.name}, which is that of {other}; give another -o, or remove {other}"
        )


def _has_labels(manifest: Path, labels: Path) -> bool:
    """Tell whether a manifest that is there says that these labels are its dataset's."""
    said = read_manifest(manifest)
    return bool(said) and said.get("labels") == labels.name  # type: ignore[union-attr]  # it is not None


def _take_away_what_was_left(path: Path) -> None:
    """Take away what processes that were killed have left of the same file."""
    start, end = f".{path.name}.", ".part"
    with suppress(OSError):  # it does no harm where it must stay
        for left in path.parent.iterdir():
            number = left.name.removeprefix(start).removesuffix(end)
            if left.name == f"{start}{number}{end}" and number.isdecimal() and not _lives(int(number)):
                left.unlink()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # another user's
    return process > 0
