"""The lines of a file, some thousand at a time."""

from collections.abc import Iterator
from typing import IO, NamedTuple

from generator.corpus.reading import LARGEST_PIECE
from generator.errors import UsageError

BLOCK = 256 * 1024
"""Bytes that are read at once: few enough to stay in a processor's cache."""


class Lines(NamedTuple):
    """Whole lines, without their ends.

    Attributes:
        first: the number of the first of them, from 1.
        texts: the lines.
        is_ended: whether the last one has its end.
    """

    first: int
    texts: list[bytes]
    is_ended: bool


def blocks(file: IO[bytes], name: str) -> Iterator[Lines]:
    """Read a file in blocks of whole lines.

    Raises:
        UsageError: it cannot be read, or a line is too long to be held.
    """
    number = 1
    while data := _block(file, name):
        texts = data.split(b"\n")
        is_ended = not texts[-1]
        if is_ended:
            texts.pop()
        yield Lines(number, texts, is_ended)
        number += len(texts)


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
