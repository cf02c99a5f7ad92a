"""The lines of a file, some thousand at a time; and those that our own encoder or collector wrote."""

import re
from collections.abc import Iterator
from functools import cache
from typing import IO, NamedTuple

from generator.corpus.reading import LARGEST_PIECE
from generator.errors import UsageError

BLOCK = 1 << 20
"""Bytes that are read at once: a batch that is cut in two by a block's end takes longer to follow."""
HEAD = (
    rb'\{"received":(?P<received>\d{1,15}),"msgid":(?:"[^"\\\n]*"|null)'
    rb'(?:,"reasons":\["[^"\\\n]*"\])?,"event":'
)
"""What stands before an event in a collector's store; after the event comes a brace."""
_START = b'{"eid":"'
_HEAD = re.compile(HEAD)


class Dated(NamedTuple):
    """An event of a store's line, and when it came, in milliseconds since 1970."""

    event: bytes
    received: int


def blocks(file: IO[bytes], name: str) -> Iterator[bytes]:
    """Read a file in blocks of whole lines, each with its end; the last one of all may have none.

    Raises:
        UsageError: it cannot be read, or a line is too long to be held.
    """
    _keep_memory()
    while data := _block(file, name):
        yield data


@cache
def _keep_memory() -> None:
    """Let the memory of blocks be used again.

    The C library gives that of large ones back to the system, and takes it anew page by page, until a still larger
    one was freed (glibc's M_MMAP_THRESHOLD, which is dynamic).
    """
    bytearray(16 * BLOCK)


def _block(file: IO[bytes], name: str) -> bytes:
    try:
        data = file.read(BLOCK)
        rest = file.readline(LARGEST_PIECE) if data and not data.endswith(b"\n") else b""
    except OSError as error:
        raise UsageError(f"{name}: cannot be read to its end: {error.strerror or error}") from None
    if len(rest) == LARGEST_PIECE and not rest.endswith(b"\n"):
        raise UsageError(
            f"{name}: a line of more than {LARGEST_PIECE:,} bytes; put each event on a line of its own"
        )
    return data + rest


def bare(line: bytes) -> bytes | None:
    """Return a line that begins and ends as an event of our encoder does; None for any other."""
    return line if line.startswith(_START) and line.endswith(b"}") else None


def dated(line: bytes) -> Dated | None:
    """Give the event in a line of a collector's store; None for any other line, and one that needs reading."""
    found = _HEAD.match(line)
    if found is None or not line.endswith(b"}}"):
        return None
    return Dated(line[found.end() : -1], int(found["received"]))
