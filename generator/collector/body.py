"""A request's body on its way in: cut out of the stream, inflated, counted against the limit."""

import zlib
from typing import Protocol

from httptools import HttpParserError, HttpRequestParser

from generator.collector.message import HttpError

LIMIT = 5 * 1024 * 1024
"""The largest body after inflation, in bytes, which exactly passes: the telemetry service's own limit."""

# A gzip stream may be many members, each of them a few bytes that inflate to none.
_MEMBERS = 1024
# Chunks may have extensions, and behind the last of them a trailer.
_SILENCE = 16 * 1024


class Framing(Protocol):
    """Where a body ends in the stream."""

    done: bool

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Part the bytes into those of the body and those that follow it."""


class SizedFraming:
    """A body of declared length."""

    __slots__ = ("done", "left")

    def __init__(self, length: int) -> None:
        self.left = length
        self.done = length == 0

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Part the bytes into those of the body and those that follow it."""
        if len(data) < self.left:
            self.left -= len(data)
            return data, b""
        mine, rest = data[: self.left], data[self.left :]
        self.left, self.done = 0, True
        return mine, rest


class ChunkedFraming:
    """A body in chunks, each behind its length; the trailer's fields are skipped."""

    __slots__ = ("_held", "_parser", "_parts", "_silence", "_trailing", "done", "on_body")

    def __init__(self) -> None:
        self.done = False
        self._held = b""
        self._parts: list[bytes] = []
        self._silence = 0  # bytes since the last one of the body
        self.on_body = self._parts.append
        self._parser = HttpRequestParser(self)
        self._parser.feed_data(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        self._trailing = False

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: ARG002
        """Know the trailer by its fields."""
        self._trailing = True

    def on_message_complete(self) -> None:
        """Know the end."""
        self.done = True

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Part the bytes into those of the body and those that follow it."""
        data = self._held + data
        at = 0
        # The parser does not report where a body ended, but it can only be behind two line ends: it gets no
        # further than the next two, and what may be the beginning of two is held back.
        while not self.done and (end := data.find(b"\r\n\r\n", at)) >= 0:
            self._feed(data[at : end + 4])
            at = end + 4
        if not self.done:
            tail = data[max(at, len(data) - 3) :]
            whole = len(data) - len(tail) + len(tail.rstrip(b"\r\n"))
            self._feed(data[at:whole])
            at, self._held = len(data), data[whole:]
        part = b"".join(self._parts)
        self._parts.clear()
        return part, data[at:]

    def _feed(self, data: bytes) -> None:
        known = len(self._parts)
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            raise HttpError(400, str(error), bare=True) from error
        self._silence = 0 if len(self._parts) > known else self._silence + len(data)
        if self._silence > _SILENCE:
            status = 431 if self._trailing else 400
            raise HttpError(status, "the lines around the chunks are too long", bare=True)


class BodySink(Protocol):
    """Where the bytes of a body go."""

    @property
    def held(self) -> int:
        """The bytes held in memory."""

    @property
    def sated(self) -> bool:
        """Whether the body has an answer already, so that no more bytes are needed."""

    def feed(self, data: bytes) -> None:
        """Take further bytes."""

    def finish(self) -> bytes:
        """Return the whole body, inflated."""


class PlainBody:
    """A body as it is."""

    __slots__ = ("_parts", "held", "sated")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.held = 0
        self.sated = False

    def feed(self, data: bytes) -> None:
        """Take further bytes, up to the limit."""
        self.held += len(data)
        if self.held > LIMIT:
            raise HttpError(413, "request entity too large")
        self._parts.append(data)

    def finish(self) -> bytes:
        """Return the whole body."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)


class InflatedBody:
    """A compressed body, inflated as it comes and never further than the limit.

    Args:
        wbits: zlib's name for the container: 31 gzip, 15 deflate.
    """

    __slots__ = ("_members", "_stream", "_wbits", "_wire", "_plain", "sated")  # noqa: RUF023

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._stream = zlib.decompressobj(wbits)
        self._members = 1
        self._wire = 0
        self._plain = PlainBody()
        self.sated = False

    @property
    def held(self) -> int:
        """The bytes held in memory, after inflation."""
        return self._plain.held

    def feed(self, data: bytes) -> None:
        """Take further compressed bytes; what inflates past the limit is not inflated."""
        self._wire += len(data)
        if self._wire > LIMIT:
            raise HttpError(413, "request entity too large")
        while data:
            if self._stream.eof and not self._next_member(data):
                return
            data = self._inflate(data)

    def _inflate(self, data: bytes) -> bytes:
        room = LIMIT - self._plain.held + 1
        try:
            self._plain.feed(self._stream.decompress(data, room))
        except zlib.error as error:
            raise HttpError(400, str(error)) from error
        return self._stream.unused_data or self._stream.unconsumed_tail

    def _next_member(self, data: bytes) -> bool:
        """Open the member that follows, as Node's zlib does; other trailing bytes are skipped."""
        if self._wbits != 31 or not data.startswith(b"\x1f"):
            return False
        self._members += 1
        if self._members > _MEMBERS:
            raise HttpError(400, "the gzip stream has too many members")
        self._stream = zlib.decompressobj(self._wbits)
        return True

    def finish(self) -> bytes:
        """Return the whole body; raise HttpError if the stream is cut short."""
        if self._wire and not self._stream.eof:
            raise HttpError(400, "unexpected end of file")
        return self._plain.finish()


class DiscardedBody:
    """A body that is not used, such as one whose type is not JSON; it is skipped up to the limit."""

    __slots__ = ("_passed", "held", "sated")

    def __init__(self) -> None:
        self._passed = 0
        self.held = 0
        self.sated = False

    def feed(self, data: bytes) -> None:
        """Skip further bytes."""
        self._passed += len(data)
        self.sated = self._passed > LIMIT

    def finish(self) -> bytes:
        """Return no bytes."""
        return b""
