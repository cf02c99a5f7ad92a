"""Where a dataset's lines go: a file with its manifest beside it, or a stream; complete lines or nothing."""

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol, Self, cast

from generator.datasets.companions import labels_path, manifest_path, owner_of, read_manifest
from generator.errors import UsageError
from generator.system.files import Replacement


class DatasetWriter(Protocol):
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
    """Writes a file, its manifest and its labels, which replace the files that are there together or not at all.

    Args:
        path: the file, replaced if it is there; a name that ends in .gz is compressed, without a time stamp.
        has_labels: whether labels of damage are written next to it.

    Attributes:
        target: the file that is written: path, or what it points to.
        manifest: its manifest's path.
        labels: the path of the labels; those of a dataset that is replaced are removed with it.
        replaces: whether a file was there before.

    Raises:
        UsageError: when it cannot be written; nothing is left behind, and a file that was there stays.
    """

    def __init__(self, path: Path, *, has_labels: bool = False) -> None:
        self.path = path
        # Through a link to what it points at: the link itself is not replaced.
        target = Path(os.path.realpath(path))
        _refuse_what_is_no_file(path, target)
        _refuse_what_is_not_written(path)
        self.target, self.replaces = target, target.exists()
        self.manifest, self.labels = manifest_path(target), labels_path(target)
        _refuse_a_manifest_of_others(path, target, self.manifest)
        self._has_old_labels = _has_labels(self.manifest, self.labels)
        if has_labels and self.labels.exists() and not self._has_old_labels:
            raise UsageError(
                f"{path}: its labels would be {self.labels.name}, which is there and no dataset's; give another -o"
            )
        with ExitStack() as opened, self._refusing():
            self._file = opened.enter_context(Replacement(target))
            self._manifest_file = opened.enter_context(Replacement(self.manifest))
            self._label_file = opened.enter_context(Replacement(self.labels)) if has_labels else None
            self._opened = opened.pop_all()
        self._stream = self._file.stream
        if path.suffix.lower() == ".gz":
            # The fastest level: the default one takes thrice the time that the events themselves take.
            zipped = gzip.GzipFile("", "wb", compresslevel=1, fileobj=self._file.stream, mtime=0)
            self._stream = cast("IO[bytes]", zipped)

    def write(self, lines: bytes) -> None:
        """Write complete lines."""
        with self._refusing():
            self._stream.write(lines)

    def label(self, lines: bytes) -> None:
        """Write complete lines of labels."""
        assert self._label_file, "a writer without labels"  # noqa: S101
        with self._refusing():
            self._label_file.stream.write(lines)

    def finish(self, manifest: bytes) -> None:
        """Put the file, its manifest and its labels in place."""
        written = [each for each in (self._file, self._manifest_file, self._label_file) if each]
        with self._refusing():
            if self._stream is not self._file.stream:
                self._stream.close()
            self._manifest_file.stream.write(manifest)
            for each in written:
                each.sync()
            for each in written:
                each.move()
            if self._has_old_labels and not self._label_file:
                self.labels.unlink(missing_ok=True)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn an error of the system into one that names the file."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(
                f"{self.path}: cannot be written: {reason}; nothing was left there, give another -o"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not put in place."""
        self._opened.close()
        if self._stream is not self._file.stream and not self._stream.closed:
            # Its file is closed, and what it still holds is of no use.
            with suppress(OSError, ValueError):
                self._stream.close()


def _refuse_what_is_no_file(path: Path, target: Path) -> None:
    if target.is_dir():
        raise UsageError(f"{path}: is a directory; name a file in it, such as {path / 'events.jsonl'}")
    if target.exists() and not target.is_file():
        raise UsageError(f"{path}: is no regular file, which -o would replace; write to it with > {path}")
    if not target.name or not target.parent.is_dir():
        raise UsageError(f"{path}: there is no directory {target.parent}; make it first, or give another -o")


_WRITTEN = ("", ".jsonl", ".ndjson", ".json")


def _refuse_what_is_not_written(path: Path) -> None:
    """Refuse a name whose ending promises another format than JSON lines."""
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    if name.suffix.lower() not in _WRITTEN:
        plain = path.with_name(f"{name.stem.removesuffix('.jsonl')}.jsonl")
        raise UsageError(
            f"{path}: {name.suffix} is not written: a dataset is JSON lines, plain or gzip. "
            f"Name it {plain} or {plain}.gz, and convert that"
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
    if other := owner_of(manifest, target):
        raise UsageError(
            f"{path}: its manifest would be {beside.name}, which is that of {other}; give another -o, or remove {other}"
        )


def _has_labels(manifest: Path, labels: Path) -> bool:
    """Tell whether a manifest that is there says that these labels are its dataset's."""
    said = read_manifest(manifest)
    return bool(said) and said.get("labels") == labels.name  # type: ignore[union-attr]  # it is not None
