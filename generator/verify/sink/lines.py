"""The lines of a file, some thousand at a time; and those that our own encoder or collector wrote."""

import re
from collections.abc import Iterator
from functools import cache
from typing import IO, NamedTuple

from generator.datasets.reader import LARGEST_PIECE
from generator.errors import UsageError

BLOCK = 1 << 20
"""Bytes that are read at once; at most as many again are read on, to the end of a session."""
HEAD = (
    rb'\{"received":(?P<received>0|[1-9]\d{0,14}),"msgid":(?:"[ !#-\[\]-~]*"|null)'
    rb'(?:,"reasons":\["[ !#-\[\]-~]*"\])?,"event":'
)
"""What stands before an event in a collector's store, if that is JSON for certain; after the event comes a brace."""
_START = b'{"eid":"'
_HEAD = re.compile(HEAD)
_MID = re.compile(rb'"mid":"[A-Z_]+:[0-9a-f]{8}([0-9a-f]{24})"')
_FIRST = 512
"""Bytes of a line in which its mid stands."""


class Dated(NamedTuple):
    """An event of a store's line, and when it came, in milliseconds since 1970."""

    event: bytes
    received: int


def blocks(file: IO[bytes], name: str) -> Iterator[bytes]:
    """Read a file in blocks of whole lines, each with its end; the last one of all may have none.

    A block goes on for as long as its last lines are of one session, so that hardly a batch is cut in two.

    Raises:
        UsageError: it cannot be read, or a line is too long to be held.
    """
    _keep_memory()
    following = b""
    while True:
        begun = following
        try:
            data = file.read(BLOCK)
            rest, following = _rest(file, name, data)
        except OSError as error:
            raise UsageError(f"{name}: cannot be read to its end: {error.strerror or error}") from None
        if not begun and not data:
            return
        yield b"".join((begun, data, *rest))


@cache
def _keep_memory() -> None:
    """Let the memory of blocks be used again.

    The C library gives that of large ones back to the system, and takes it anew page by page, until a still larger
    one was freed (glibc's M_MMAP_THRESHOLD, which is dynamic).
    """
    bytearray(16 * BLOCK)


def _rest(file: IO[bytes], name: str, data: bytes) -> tuple[list[bytes], bytes]:
    """Read what belongs behind the beginning of a block; return it, and the line after it."""
    line = _line(file, name)
    rest, session, size = [line], _session(data[data.rfind(b"\n") + 1 :] + line), 0
    while session and size < BLOCK:
        line = _line(file, name)
        if _session(line) != session:
            return rest, line
        rest.append(line)
        size += len(line)
    return rest, b""


def _line(file: IO[bytes], name: str) -> bytes:
    line = file.readline(LARGEST_PIECE)
    if len(line) == LARGEST_PIECE and not line.endswith(b"\n"):
        raise UsageError(
            f"{name}: a line of more than {LARGEST_PIECE:,} bytes; put each event on a line of its own"
        )
    return line


def _session(line: bytes) -> bytes:
    """Return the end of the first mid in a line, which a session's events share; b"" if there is none."""
    found = _MID.search(line, 0, _FIRST)
    return found[1] if found else b""


def bare(line: bytes) -> bytes | None:
    """Return a line that begins and ends as an event of our encoder does; None for any other."""
    return line if line.startswith(_START) and line.endswith(b"}") else None


def dated(line: bytes) -> Dated | None:
    """Give the event in a line of a collector's store; None for any other line, and one that needs reading."""
    found = _HEAD.match(line)
    if found is None or not line.endswith(b"}}"):
        return None
    return Dated(line[found.end() : -1], int(found["received"]))
