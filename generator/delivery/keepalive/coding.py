"""A compressed answer, inflated as far as it is kept: a few bytes may hold gigabytes."""

import zlib
from typing import Any

import brotli  # type: ignore[import-untyped]  # comes with Locust's client, which asks for it in every request

from generator.delivery.failure import CodingError

_ZLIB, _GZIP, _BARE = zlib.MAX_WBITS, zlib.MAX_WBITS | 16, -zlib.MAX_WBITS


def inflate(body: bytes, coding: bytes, most: int, *, is_whole: bool) -> bytes:
    """Give the beginning of what a body holds.

    Args:
        body: what came.
        coding: its Content-Encoding, in lower case.
        most: bytes to give at most.
        is_whole: whether the body came to its end.

    Raises:
        CodingError: when it cannot be read.
    """
    try:
        match coding:
            case b"gzip" | b"x-gzip":
                inflated, ended = _inflate(body, _GZIP, most)
            case b"deflate":
                inflated, ended = _deflated(body, most)
            case b"br":
                inflated, ended = _unbrotli(body, most)
            case b"identity":
                return body[:most]
            case _:
                raise CodingError(f"nobody asked for {coding.decode(errors='replace')}")
    except (zlib.error, brotli.error) as error:
        raise CodingError(str(error)) from error
    if is_whole and not ended and len(inflated) < most:
        raise CodingError("the compressed body ends too early")
    return inflated


def _inflate(body: bytes, window: int, most: int) -> tuple[bytes, bool]:
    stream = zlib.decompressobj(window)
    return stream.decompress(body, most), stream.eof


def _deflated(body: bytes, most: int) -> tuple[bytes, bool]:
    """Inflate what is called deflate: with zlib's header, as the standard has it, or without, as some have it."""
    try:
        return _inflate(body, _ZLIB, most)
    except zlib.error:
        return _inflate(body, _BARE, most)


def _unbrotli(body: bytes, most: int) -> tuple[bytes, bool]:
    stream: Any = brotli.Decompressor()
    # Its limit is where it stops growing, not where it ends.
    return stream.process(body, output_buffer_limit=most)[:most], stream.is_finished()
