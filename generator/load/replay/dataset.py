"""A dataset: the files that are replayed, and what they hold, value by value."""

from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from hashlib import blake2b
from pathlib import Path
from typing import IO

from generator.datasets.reader import InputHints, JsonValue, opened, values
from generator.errors import UsageError
from generator.load.replay import zstd
from generator.spec.violation import Problem, Violation

_HEAD = 64 * 1024
_MANIFEST = ".manifest.json"
_READER = InputHints("> FILE, and replay that", "only gzip and zstd are unpacked")


class Dataset:
    """Files of events, or of batches.

    Args:
        path: a file, a folder of files, or a pattern such as `store/accepted-*.jsonl`.

    Attributes:
        files: the files, in the order of their names; of a folder all but hidden ones and manifests.
        size: their bytes together, as they are stored.
        digest: by which the dataset is known again: of names, sizes and beginnings.

    Raises:
        UsageError: for a path that is missing, cannot be read, is not JSON or is empty.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.files = _found(path)
        digest = blake2b(digest_size=16)
        self.size = 0
        for file in self.files:
            size, head = _looked_at(file)
            self.size += size
            digest.update(f"{file.name}\0{size}\0".encode() + head)
        if not self.size:
            raise UsageError(f"--replay {path}: it is empty; give a file with events")
        self.digest = digest.hexdigest()

    def pieces(self) -> Iterator[tuple[int, JsonValue]]:
        """Yield every JSON value with its file's number, and what is wrong where one should be."""
        for number, path in enumerate(self.files):
            with _unpacked(path) as file:
                for piece in values(file):
                    yield number, piece
                problem = file.raw.problem if _is_zstd_stream(file) else ""  # type: ignore[attr-defined]
                if problem:
                    expected = "a whole zstd stream; what comes from here on is lost"
                    yield number, JsonValue(0, b"", Violation("$", Problem.UNREADABLE, problem, expected))

    def place(self, file: int, line: int) -> str:
        """Name a place."""
        return f"{self.files[file]}:{line}" if line else str(self.files[file])


def _found(path: str) -> list[Path]:
    place = Path(path)
    if place.is_dir():
        files = [one for one in place.iterdir() if one.is_file() and not one.name.startswith(".")]
        files = [one for one in files if not one.name.endswith(_MANIFEST)]
    elif place.exists():
        files = [place]
    else:
        files = [Path(one) for one in glob(path, recursive=True) if Path(one).is_file()]  # noqa: PTH207  may be absolute
    if not files:
        why = "the folder has no file" if place.is_dir() else "the file is missing"
        raise UsageError(f"--replay {path}: {why}; footfall generate -o FILE writes one")
    return sorted(files)


def _looked_at(path: Path) -> tuple[int, bytes]:
    """Return a file's size and beginning; raise UsageError for one that is not JSON before anything is sent."""
    try:
        _check_regular(path)
        with path.open("rb") as file:
            head = file.read(_HEAD)
        with _unpacked(path):
            return path.stat().st_size, head
    except OSError as error:
        raise UsageError(f"--replay {path}: cannot be read: {error.strerror}; give another file") from None
    except UsageError as error:
        message = str(error)
        raise UsageError(message if message.startswith("--") else f"--replay {message}") from None


def _check_regular(path: Path) -> None:
    if not path.is_file():
        raise UsageError(f"{path}: is not a regular file, and is read more than once; write it to one first")


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if file.peek(4)[:4] == zstd.MAGIC:
            yield zstd.buffered(zstd.Inflating(file, path))
            return
    with opened(path, reader=_READER) as stream:
        yield stream


def _is_zstd_stream(file: IO[bytes]) -> bool:
    return isinstance(getattr(file, "raw", None), zstd.Inflating)
