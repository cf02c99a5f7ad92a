"""Files of JSON as a sink: an event, a batch or a list a line, or indented over lines, compressed or not."""

import glob
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from generator.corpus.reading import opened, values
from generator.errors import UsageError
from generator.load.replay import zstd
from generator.verify.sink.lines import bare, blocks, dated
from generator.verify.sink.message import events_in
from generator.verify.sink.sink import Chunk, Kind, Text

INPUT = "-"
_MARK = b"\xef\xbb\xbf"
_SIZE = 4096


class FileSink:
    """Files that another program writes.

    Args:
        patterns: a file's name, a glob, or "-" for standard input, by what is found there.
    """

    def __init__(self, patterns: Mapping[Kind, str]) -> None:
        self._patterns = patterns

    def described(self) -> str:
        """Say what is read."""
        named = {"-": "standard input"}
        return ", ".join(named.get(pattern, pattern) for pattern in self._patterns.values())

    def chunks(self) -> Iterator[Chunk | Text]:
        """Give all that is there, file by file.

        Raises:
            UsageError: no file is called so, or one cannot be read to its end.
        """
        for kind, pattern in self._patterns.items():
            for path in _files(pattern):
                with _unpacked(path) as file:
                    yield from _read(file, path, kind)


def _files(pattern: str) -> list[str]:
    if pattern == INPUT:
        return [pattern]
    # A name may hold what a glob reads otherwise.
    found = [pattern] if Path(pattern).is_file() else glob.glob(pattern, recursive=True)  # noqa: PTH207  may be absolute
    files = sorted(path for path in found if Path(path).is_file())
    if not files:
        raise UsageError(
            f"{pattern}: there is no such file; name one that is there, or a glob such as 'sink/*.jsonl'"
        )
    return files


@contextmanager
def _unpacked(path: str) -> Iterator[IO[bytes]]:
    if path != INPUT and _is_zstd(path):
        with Path(path).open("rb") as file:
            yield zstd.buffered(zstd.Inflating(file, Path(path)))
        return
    with opened(path) as file:
        yield file


def _is_zstd(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(len(zstd.MAGIC)) == zstd.MAGIC
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None


def _read(file: IO[bytes], path: str, kind: Kind) -> Iterator[Chunk | Text]:
    name = "standard input" if path == INPUT else path
    if _has_documents(file):
        yield from _documents(file, name, kind)
    else:
        yield from _texts(file, name, kind)
    problem = _problem(file)
    if problem:
        raise UsageError(f"{name}: cannot be read to its end: {problem}; what came after is not known")


def _problem(file: Any) -> str:
    """Say why what is compressed could be unpacked no further; "" where it could."""
    inflating = getattr(file, "inflating", None) or getattr(file, "raw", None)
    return str(getattr(inflating, "problem", ""))


def _has_documents(file: IO[bytes]) -> bool:
    """Tell whether the first value goes on beyond its line."""
    start: bytes = file.peek(1)  # type: ignore[attr-defined]
    line, end, _ = start.removeprefix(_MARK).lstrip().partition(b"\n")
    if not end or not line.strip():
        return False
    try:
        events_in(line)
    except ValueError as error:
        return "truncated" in str(error)
    return False


def _texts(file: IO[bytes], name: str, kind: Kind) -> Iterator[Text]:
    def part(data: bytes, first: int) -> Chunk:
        return _part(name, kind, data, first)

    for place, block in enumerate(blocks(file, name)):
        whole = block if block.endswith(b"\n") else block + b"\n"
        yield Text(kind, whole, not place, False, part)


def _part(name: str, kind: Kind, data: bytes, first: int) -> Chunk:
    events: list[bytes] = []
    unreadable: list[str] = []
    lines: list[int] = []
    for number, text in enumerate(data.split(b"\n")[:-1], start=first):
        try:
            found = _events(text.removeprefix(_MARK) if number == 1 else text)
        except ValueError as error:
            unreadable.append(f"{name}:{number}: {error}")
            continue
        events += found
        lines += [number] * len(found)
    return Chunk(kind, events, None, name, unreadable, lines)


def _events(text: bytes) -> list[bytes]:
    line = text.strip()
    known = bare(line)
    if known:
        return [known]
    in_store = dated(line)
    if in_store:
        return [in_store.event]
    return events_in(line) if line else []


def _documents(file: IO[bytes], name: str, kind: Kind) -> Iterator[Chunk]:
    events: list[bytes] = []
    unreadable: list[str] = []
    first = 1
    for piece in values(file):
        try:
            if piece.violation:
                unreadable.append(f"{name}:{piece.line}: {piece.violation}")
            else:
                events += events_in(piece.data)
        except ValueError as error:
            unreadable.append(f"{name}:{piece.line}: {error}")
        if len(events) + len(unreadable) >= _SIZE:
            yield Chunk(kind, events, None, f"{name}:{first}", unreadable)
            events, unreadable, first = [], [], piece.line + 1
    yield Chunk(kind, events, None, f"{name}:{first}", unreadable)
