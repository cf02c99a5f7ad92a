"""Files of JSON as a sink: an event, a batch or a list a line, or indented over lines, compressed or not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import msgspec

from generator.datasets.reader import InputHints, opened
from generator.errors import UsageError
from generator.load.replay import zstd
from generator.verify.sink.documents import Document, Documents
from generator.verify.sink.layout import Layout
from generator.verify.sink.lines import bare, blocks, dated
from generator.verify.sink.message import events_in, first_end
from generator.verify.sink.places import places
from generator.verify.sink.sink import Chunk, Kind, Text

INPUT = "-"
_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n\x1e"
"""What may stand around a JSON text, with the mark of RFC 7464."""
_SIZE = 4096
_READER = InputHints("| footfall verify LEDGER --against -", "only gzip and zstd are unpacked", (zstd.MAGIC,))
_LONG = 64 * 1024
"""Bytes of a first line that is not ended, from which a file has none, or none to be relied on."""
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BRACKETS = {b"[", b"]", b","}
"""Lines between which a list stands with an event a line."""
_LAYOUT = Layout(has_nulls=True)
"""JSON that a program made of a table has null for what is not there."""


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
            if pattern == INPUT:
                with _unpacked(INPUT, "standard input") as file:
                    yield from _read(file, "standard input", kind, {})
                continue
            found = places(pattern)
            if found.notes:
                yield Chunk(kind, [], None, pattern, notes=found.notes)
            for place in found.files:
                with _unpacked(place.path, str(place.path)) as file:
                    yield from _read(file, str(place.path), kind, place.fields)


@contextmanager
def _unpacked(path: Path | str, name: str) -> Iterator[IO[bytes]]:
    """Open a file or a pipe, each read once from its beginning, and what is compressed inside."""
    with opened(path, reader=_READER) as file:
        start: bytes = file.peek(len(zstd.MAGIC))  # type: ignore[attr-defined]
        if start.startswith(zstd.MAGIC):
            yield zstd.buffered(zstd.Inflating(cast("BinaryIO", file), Path(name)))
        else:
            yield file


def _read(file: IO[bytes], name: str, kind: Kind, fields: Mapping[str, str]) -> Iterator[Chunk | Text]:
    """Read a file.

    Args:
        file: it, unpacked.
        name: what it is called.
        kind: as what its events are kept.
        fields: members of each event that the file's folders say.
    """
    if _has_documents(file):
        yield from _documents(file, name, kind, fields)
    else:
        yield from _texts(file, name, kind, fields)
    problem = _problem(file)
    if problem:
        raise UsageError(f"{name}: cannot be read to its end: {problem}; what came after is not known")


def _problem(file: Any) -> str:
    """Say why what is compressed could be unpacked no further; "" where it could."""
    inflating = getattr(file, "inflating", None) or getattr(file, "raw", None)
    return str(getattr(inflating, "problem", ""))


def _has_documents(file: IO[bytes]) -> bool:
    """Return whether the first JSON text goes on beyond its line, or beyond what can be seen of it."""
    start: bytes = file.peek(1)  # type: ignore[attr-defined]
    line, end, rest = start.removeprefix(_MARK).lstrip().partition(b"\n")
    if not end:
        return len(start) >= _LONG
    if line.strip() == b"[" and _is_whole(rest.partition(b"\n")[0]):
        return False  # a list with an event a line
    return bool(line.strip()) and not _is_whole(line, even_if_broken=True)


def _is_whole(line: bytes, *, even_if_broken: bool = False) -> bool:
    """Return whether a line holds whole JSON texts.

    Args:
        line: the line.
        even_if_broken: whether what is not JSON is whole too, unless it may go on in the next line.
    """
    try:
        first_end(line.strip())
    except (ValueError, RecursionError) as error:
        return even_if_broken and "truncated" not in str(error)
    return True


def _texts(file: IO[bytes], name: str, kind: Kind, fields: Mapping[str, str]) -> Iterator[Text]:
    def part(data: bytes, first: int) -> Chunk:
        return _part(name, kind, data, first, fields)

    for place, block in enumerate(blocks(file, name)):
        whole = block if block.endswith(b"\n") else block + b"\n"
        yield Text(kind, whole, not place, False, part)


def _part(name: str, kind: Kind, data: bytes, first: int, fields: Mapping[str, str]) -> Chunk:
    events: list[bytes] = []
    unreadable: list[str] = []
    lines: list[int] = []
    unread = 0
    for number, text in enumerate(data.split(b"\n")[:-1], start=first):
        try:
            found = _events(text.removeprefix(_MARK) if number == 1 else text)
        except ValueError as error:
            unreadable.append(f"{name}:{number}: {error}")
            unread += len(text)
            continue
        events += found
        lines += [number] * len(found)
    if fields:
        events = [_with_fields(event, fields) for event in events]
    return Chunk(kind, events, None, name, unreadable, lines, unread, _LAYOUT)


def _events(text: bytes) -> list[bytes]:
    line = text.strip(_BLANKS)
    known = bare(line)
    if known:
        return [known]
    in_store = dated(line)
    if in_store and first_end(line) is None:
        return [in_store.event]
    return events_in(line) if line and line not in _BRACKETS else []


def _documents(file: IO[bytes], name: str, kind: Kind, fields: Mapping[str, str]) -> Iterator[Chunk]:
    events: list[bytes] = []
    unreadable: list[str] = []
    first, unread = 1, 0
    for document in Documents(file, name):
        found, problem = _parted(document)
        events += [_with_fields(event, fields) for event in found] if fields else found
        if problem:
            unreadable.append(f"{name}:{document.line}: {problem}")
            unread += len(document.data)
        if len(events) + len(unreadable) >= _SIZE:
            yield Chunk(kind, events, None, f"{name}:{first}", unreadable, (), unread, _LAYOUT)
            events, unreadable, first, unread = [], [], document.line + 1, 0
    yield Chunk(kind, events, None, f"{name}:{first}", unreadable, (), unread, _LAYOUT)


def _parted(document: Document) -> tuple[list[bytes], str]:
    """Return the events in a document, and why it could not be read."""
    if document.problem:
        return [], document.problem
    try:
        return events_in(document.data), ""
    except ValueError as error:
        return [], str(error)


def _with_fields(event: bytes, fields: Mapping[str, str]) -> bytes:
    """Return an event with those members that only its file's folders say, as a writer of partitions leaves them out."""
    try:
        members = _MEMBERS.decode(event)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return event
    missing = {
        name: msgspec.Raw(value.encode() if name == "ets" else msgspec.json.encode(value))
        for name, value in fields.items()
        if name not in members
    }
    return msgspec.json.encode({**missing, **members}) if missing else event
