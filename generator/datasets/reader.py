"""The reading of events, whoever wrote them: one a line, batches, indented documents, compressed or not.

The input is read in bounded pieces, each the text of one JSON value with the line on which it begins. What
cannot be one is told where it stands, and the reading goes on behind it.
"""

import gzip
import io
import re
import shlex
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, structs

from generator.errors import UsageError
from generator.spec.violation import Problem, Violation

LARGEST_EVENT = 1024 * 1024
"""Bytes of the largest event that pipelines take: their `event.max.size`."""
LARGEST_PIECE = 64 * 1024 * 1024
"""Bytes of the largest line or document that is held whole."""

_BLOCK = 1024 * 1024
_BLANKS = b" \t\r\n"
_BYTE = re.compile(r"\(byte (\d+)\)")


class JsonValue(Struct, frozen=True, gc=False):
    """One JSON value of the input, or what is wrong where one should be.

    Attributes:
        line: the line on which it begins, from 1.
        data: its text; empty where there is a violation.
        violation: why there is no value.
        place: its place in a batch or a list, from 0; None outside of one.
    """

    line: int
    data: bytes
    violation: Violation | None = None
    place: int | None = None


class InputHints(NamedTuple):
    """Who reads an input: what a refusal says of the way out.

    Attributes:
        way_out: how a shell's command that unpacks a file goes on.
        unpacks: what is unpacked, in words.
        marks: the beginnings of what the reader unpacks by itself.
    """

    way_out: str = "| footfall check -"
    unpacks: str = "only gzip is unpacked"
    marks: tuple[bytes, ...] = ()


_CHECK = InputHints()
_INPUT = "standard input"
Taken = Callable[[bytes], object]
"""What is given every uncompressed byte that is read, such as the update of a digest."""


@contextmanager
def opened(path: Path | str, taken: Taken | None = None, reader: InputHints = _CHECK) -> Iterator[IO[bytes]]:
    """Open a file, or standard input for "-", and what is compressed inside.

    Args:
        path: the file.
        taken: is given what is read of it, uncompressed.
        reader: who reads it.

    Raises:
        UsageError: when it cannot be read, or is plainly something else than JSON.
    """
    if str(path) == "-":
        yield _opened_input(taken, reader)
        return
    try:
        file = io.BufferedReader(io.FileIO(path), _BLOCK)
    except OSError as error:
        hint = (
            "name a file in it"
            if isinstance(error, IsADirectoryError)
            else "name a file, or - for standard input"
        )
        raise UsageError(f"{path}: cannot be read: {error.strerror}; {hint}") from None
    with file:
        yield _inflated(file, path, taken, reader)


def _opened_input(taken: Taken | None, reader: InputHints) -> IO[bytes]:
    try:
        # There is no sys.stdin where it was closed from the start.
        return _inflated(cast("io.BufferedReader[Any]", sys.stdin.buffer), _INPUT, taken, reader)
    except (OSError, AttributeError):
        raise UsageError(f"{_INPUT} cannot be read; name a file, or pipe events in") from None


def _inflated(
    file: "io.BufferedReader[Any]", name: Path | str, taken: Taken | None, reader: InputHints
) -> IO[bytes]:
    if file.peek(2)[:2] != b"\x1f\x8b":
        _refuse_other_kinds(file, name, reader)
        return io.BufferedReader(_Told(file, taken), _BLOCK) if taken else file
    stream = _Inflated(_Inflating(file, taken))
    _refuse_other_kinds(stream, name, reader)
    return stream


# How what is no JSON begins, what it is, and what makes JSON of it.
_OTHER_KINDS = {
    b"PK\x03\x04": ("a zip archive", "unzip -p {} {}"),
    b"BZh": ("compressed with bzip2", "bzcat {} {}"),
    b"\xfd7zXZ\x00": ("compressed with xz", "xzcat {} {}"),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "zstdcat {} {}"),
    b"\x1f\x8b": ("compressed with gzip twice", "zcat {} {}"),
    b"PAR1": ("a Parquet file", "write its rows as JSON, one a line"),
    b"ORC": ("an ORC file", "write its rows as JSON, one a line"),
    b"Obj\x01": ("an Avro file", "write its records as JSON, one a line"),
    b"SQLite format 3": ("a database of SQLite", "write its rows as JSON, one a line"),
    b"ARROW1": ("an Arrow file", "write its rows as JSON, one a line"),
    b"\x89HDF": ("an HDF5 file", "write its rows as JSON, one a line"),
    b"\x04\x22\x4d\x18": ("compressed with lz4", "lz4cat {} {}"),
    b"\xff\x06\x00\x00sNaPpY": ("compressed with snappy", "write it as JSON, plain or in gzip"),
    b"\xff\xfe\0\0": ("text in UTF-32", "iconv -f UTF-32 -t UTF-8 {} {}"),
    b"\0\0\xfe\xff": ("text in UTF-32", "iconv -f UTF-32 -t UTF-8 {} {}"),
    b"\xff\xfe": ("text in UTF-16", "iconv -f UTF-16 -t UTF-8 {} {}"),
    b"\xfe\xff": ("text in UTF-16", "iconv -f UTF-16 -t UTF-8 {} {}"),
}


def _refuse_other_kinds(file: "io.BufferedReader[Any]", name: Path | str, reader: InputHints) -> None:
    """Say at once what a file is that can be no JSON, rather than of each line that it is none."""
    start = file.peek(16)[:16]
    found = None if start.startswith(reader.marks) else other_kind(start)
    word = "FILE" if name == _INPUT else shlex.quote(str(name))
    if found:
        kind, way_out = found
        raise UsageError(
            f"{name}: is {kind}, not JSON in UTF-8, and {reader.unpacks}; {way_out.format(word, reader.way_out)}"
        )


def other_kind(start: bytes) -> tuple[str, str] | None:
    """Return what a file is that is not JSON, and what makes JSON of it, by its first bytes; None if they do not say."""
    if start[8:12] == b"DUCK":
        return "a database of DuckDB", "write its rows as JSON, one a line"
    return next((said for mark, said in _OTHER_KINDS.items() if start.startswith(mark)), None)


class _Told(io.RawIOBase):
    """A file of which everything that is read is told."""

    def __init__(self, file: "io.BufferedReader[Any]", taken: Taken) -> None:
        self._file, self._taken = file, taken

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self._file.readinto1(buffer)
        self._taken(buffer[:size])
        return size


class _Inflating(io.RawIOBase):
    """What is inside of a gzip stream, as far as it can be read; then `problem` says why no further."""

    def __init__(self, file: IO[bytes], taken: Taken | None) -> None:
        self._gzip = gzip.GzipFile(fileobj=file)
        self._taken = taken
        self.problem = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._gzip.read1(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self.problem = str(error)
            return 0
        buffer[: len(data)] = data
        if self._taken:
            self._taken(data)
        return len(data)


class _Inflated(io.BufferedReader):
    def __init__(self, raw: _Inflating) -> None:
        super().__init__(raw, _BLOCK)
        self.inflating = raw


# --- lines ------------------------------------------------------------------------------------------


def _unreadable(line: int, value: object, expected: str) -> JsonValue:
    return JsonValue(line, b"", Violation("$", Problem.UNREADABLE, value, expected))


def _lines(file: IO[bytes]) -> Iterator[JsonValue]:
    """Yield the lines that are not blank, stripped; one that is too long is passed over unheld."""
    number = 0
    while line := file.readline(LARGEST_PIECE):
        number += 1
        if len(line) == LARGEST_PIECE and not line.endswith(b"\n"):
            yield _too_long(file, number, line[:60])
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        # The start stays as it is: indentation tells documents from lines.
        line = line.rstrip(_BLANKS)
        if line:
            yield JsonValue(number, line)
    if isinstance(file, _Inflated) and file.inflating.problem:
        expected = "a whole gzip stream; what comes from here on is lost"
        yield _unreadable(number + 1, file.inflating.problem, expected)


def _too_long(file: IO[bytes], number: int, start: bytes) -> JsonValue:
    size = LARGEST_PIECE
    while rest := file.readline(_BLOCK):
        size += len(rest)
        if rest.endswith(b"\n"):
            break
    return _unreadable(number, start, f"a line of at most {LARGEST_PIECE:,} bytes, and this one has {size:,}")


# --- values: a line each, or documents over several lines ----------------------------------------------


def values(file: IO[bytes]) -> Iterator[JsonValue]:
    """Yield the JSON values of an input: one a line, or each over several lines as `jq .` writes them."""
    lines = _lines(file)
    first = next(lines, None)
    if first is None:
        return
    rest = chain([first], lines)
    yield from _documents(rest) if _goes_on(first) else rest


def _problem(data: bytes) -> str:
    """Say why a text is not one JSON value; nothing where it is."""
    try:
        msgspec.json.decode(data, type=Raw)
    except msgspec.DecodeError as error:
        return str(error)
    except RecursionError:
        return "too many levels of nesting"
    return ""


def _goes_on(piece: JsonValue) -> bool:
    """Tell whether a value begins here that its line does not end."""
    return piece.data[:1] in {b"{", b"["} and "truncated" in _problem(piece.data)


def _documents(lines: Iterator[JsonValue]) -> Iterator[JsonValue]:
    """Join the lines of each document; of lines that form none, each is a value by itself."""
    for first in lines:
        if not _goes_on(first):
            yield first
            continue
        held = _gather(first, lines)
        document = _joined(held)
        problem = _problem(document)
        if not problem:
            yield JsonValue(first.line, document)
        elif first.data in {b"{", b"["}:
            yield _broken(first.line, document, problem)
        else:
            yield from held


def _gather(first: JsonValue, lines: Iterator[JsonValue]) -> list[JsonValue]:
    """Take the lines of a document: up to the bracket that closes it, or to where it cannot go on."""
    held, size = [first], len(first.data)
    tried = 0
    opening = first.data[:1]
    closing = b"}" if opening == b"{" else b"]"
    for piece in lines:
        held.append(piece)
        size += len(piece.data)
        if size > LARGEST_PIECE:
            raise UsageError(
                f"line {first.line}: a JSON document of more than {LARGEST_PIECE:,} bytes begins here; "
                "put each event on a line of its own, as jq -c '.[]' does"
            )
        # Documents are indented: what stands in the first column ends one, or shows that there is none.
        if piece.violation or piece.data[:1] == opening == b"{":
            break
        # Some are not: then an inner bracket ends nothing, and it is not worth while to try at each.
        if piece.data[:1] == closing and size >= 2 * tried:
            tried = size
            if "truncated" not in _problem(_joined(held)):
                break
    return held


def _joined(held: list[JsonValue]) -> bytes:
    """Join lines, the blank ones between them put back, so that line numbers can be counted."""
    text, line = [], held[0].line
    for piece in held:
        text += [b"\n" * (piece.line - line), piece.data]
        line = piece.line
    return b"".join(text)


def _broken(line: int, document: bytes, problem: str) -> JsonValue:
    found = _BYTE.search(problem)
    at = int(found[1]) if found else len(document)
    line += document.count(b"\n", 0, at)
    excerpt = document[max(0, min(at, len(document) - 60)) :][:60]
    problem = _BYTE.sub("", problem).removeprefix("JSON is malformed:").strip()
    wanted = problem.removeprefix("expected ")
    return _unreadable(
        line, excerpt, wanted if wanted != problem else f"one whole JSON value ({problem.lower()})"
    )


# --- events: alone, in batches, in lists, in a collector's store ----------------------------------------


class _Shape(Struct, gc=False):
    eid: Raw | UnsetType = UNSET
    events: list[Raw] | UnsetType = UNSET
    event: Raw | UnsetType = UNSET


_SHAPE = msgspec.json.Decoder(_Shape)
_LIST = msgspec.json.Decoder(list[Raw])


def _inside(data: bytes) -> list[Raw] | None:
    """Give the events inside of a value, or None for one that is an event itself."""
    try:
        if data.lstrip(_BLANKS)[:1] == b"[":
            return _LIST.decode(data)
        shape = _SHAPE.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if shape.eid is not UNSET:
        return None
    if shape.events is not UNSET:
        return shape.events
    if shape.event is UNSET:
        return None
    return [] if bytes(shape.event) == b"null" else [shape.event]


def holds_no_event(piece: JsonValue) -> bool:
    """Return whether a value is the line of a store or a recording with null in the place of its event."""
    try:
        shape = _SHAPE.decode(piece.data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return shape.eid is UNSET and shape.event is not UNSET and bytes(shape.event) == b"null"


def _too_large(piece: JsonValue) -> JsonValue:
    expected = f"an event of at most {LARGEST_EVENT:,} bytes, and this one has {len(piece.data):,}"
    return _unreadable(piece.line, piece.data[:60], expected)


def events_inside(piece: JsonValue) -> Iterator[JsonValue]:
    """Yield the events of one value: itself, those of a batch or a list, or the one of a store's line."""
    inside = _inside(piece.data)
    if inside is None:
        yield _too_large(piece) if len(piece.data) > LARGEST_EVENT else piece
        return
    line, at = piece.line, 0
    for place, raw in enumerate(inside):
        data = bytes(raw)
        found = piece.data.index(data, at)
        line += piece.data.count(b"\n", at, found)
        at = found
        large = len(data) > LARGEST_EVENT
        event = _too_large(JsonValue(line, data)) if large else JsonValue(line, data)
        yield structs.replace(event, place=place)


def events(file: IO[bytes]) -> Iterator[JsonValue]:
    """Yield every event of an input, in order, and what is wrong where one should be."""
    for piece in values(file):
        if piece.violation:
            yield piece
        else:
            yield from events_inside(piece)
