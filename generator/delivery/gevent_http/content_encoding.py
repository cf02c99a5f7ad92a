"""A compressed answer, decompressed as far as it is kept: a few bytes may hold gigabytes."""

import zlib
from typing import Any

import brotli  # type: ignore[import-untyped]  # comes with Locust's client, which asks for it in every request

from generator.delivery.reasons import CodingError

_ZLIB, _GZIP, _BARE = zlib.MAX_WBITS, zlib.MAX_WBITS | 16, -zlib.MAX_WBITS
_CODINGS = {b"gzip", b"x-gzip", b"deflate", b"br", b"identity", b""}


def unknown_coding(codings: bytes) -> str:
    """Return the Content-Encoding of a body if one of its codings cannot be read here; "" if all can.

    Args:
        codings: their names in lower case, in the order in which they were applied.
    """
    is_known = all(one in _CODINGS for one in _listed(codings))
    return "" if is_known else codings.decode("latin-1")


def inflate(body: bytes, codings: bytes, most: int, *, is_whole: bool) -> bytes:
    """Return the beginning of a decompressed body.

    Args:
        body: the bytes that were received.
        codings: its Content-Encoding, in lower case; `unknown_coding` returns "" for it.
        most: the most bytes to return.
        is_whole: whether the body was received to its end.

    Raises:
        CodingError: if it cannot be read.
    """
    for coding in reversed(_listed(codings)):
        body, is_whole = _decoded(body, coding, most, is_whole=is_whole)
    return body[:most]


def _listed(codings: bytes) -> list[bytes]:
    return [one.strip() for one in codings.split(b",")]


def _decoded(body: bytes, coding: bytes, most: int, *, is_whole: bool) -> tuple[bytes, bool]:
    """Return the beginning of a body without one coding, and whether that is all of it."""
    if coding in {b"identity", b""}:
        return body, is_whole
    try:
        match coding:
            case b"br":
                inflated, ended = _unbrotli(body, most)
            case b"deflate":
                inflated, ended = _deflated(body, most)
            case _:
                inflated, ended = _inflate(body, _GZIP, most)
    except (zlib.error, brotli.error) as error:
        raise CodingError(str(error)) from error
    if is_whole and not ended and len(inflated) < most:
        raise CodingError("the compressed body ends too early")
    return inflated, ended


def _inflate(body: bytes, window: int, most: int) -> tuple[bytes, bool]:
    stream = zlib.decompressobj(window)
    return stream.decompress(body, most), stream.eof


def _deflated(body: bytes, most: int) -> tuple[bytes, bool]:
    """Decompress `deflate`: with zlib's header, as in the standard, or without, as some servers send it."""
    try:
        return _inflate(body, _ZLIB, most)
    except zlib.error:
        return _inflate(body, _BARE, most)


def _unbrotli(body: bytes, most: int) -> tuple[bytes, bool]:
    stream: Any = brotli.Decompressor()
    # Its limit may be exceeded by the last piece.
    return stream.process(body, output_buffer_limit=most)[:most], stream.is_finished()
