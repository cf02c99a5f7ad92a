"""A request's body on its way in: cut out of the stream, inflated, counted against the limit."""

import re
import zlib
from typing import Protocol

from generator.collector.message import HttpError

LIMIT = 5 * 1024 * 1024
"""The largest body after inflation, in bytes, which exactly passes: the telemetry service's own limit."""

# A gzip stream may be many members, each of them a few bytes that inflate to none.
_MEMBERS = 1024
_CHUNK_LINE = 1024
_TRAILER = 16 * 1024
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")


class Framing(Protocol):
    """Where a body ends in the stream."""

    done: bool

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Part the bytes into those of the body and those that follow it."""


class Sized:
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


class Chunked:
    """A body in chunks, each behind its length; the trailer's fields are passed over."""

    __slots__ = ("_held", "_left", "_trailer", "done")

    def __init__(self) -> None:
        self.done = False
        self._held = b""
        # Bytes left of the present chunk with its line end; 0 where a length line is due, -1 in the trailer.
        self._left = 0
        self._trailer = 0

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Part the bytes into those of the body and those that follow it."""
        data, self._held = self._held + data, b""
        parts: list[bytes] = []
        at = 0
        while not self.done and at < len(data):
            step = self._line(data, at) if self._left <= 0 else self._chunk(data, at, parts)
            if step < 0:
                self._held = data[at:]
                return b"".join(parts), b""
            at = step
        return b"".join(parts), data[at:]

    def _chunk(self, data: bytes, at: int, parts: list[bytes]) -> int:
        """Take what is there of a chunk, and its line end when it is whole; -1 where more is needed."""
        payload = self._left - 2
        if payload > 0:
            part = data[at : at + payload]
            parts.append(part)
            self._left -= len(part)
            return at + len(part)
        if len(data) - at < 2:
            return -1
        if data[at : at + 2] != b"\r\n":
            raise HttpError(400, "a chunk is longer than it says", bare=True)
        self._left = 0
        return at + 2

    def _line(self, data: bytes, at: int) -> int:
        """Read a length line or a line of the trailer; -1 where more is needed."""
        end = data.find(b"\r\n", at, at + _CHUNK_LINE)
        if end < 0:
            if len(data) - at >= _CHUNK_LINE:
                raise HttpError(400, "a chunk's length line is too long", bare=True)
            return -1
        if self._left < 0:
            self._pass_trailer(end - at)
        else:
            self._read_length(data[at:end])
        return end + 2

    def _read_length(self, line: bytes) -> None:
        size = line.partition(b";")[0].rstrip(b" \t")
        if not _SIZE.fullmatch(size):
            raise HttpError(400, "a chunk's length is not a number", bare=True)
        length = int(size, 16)
        self._left = length + 2 if length else -1

    def _pass_trailer(self, length: int) -> None:
        self.done = length == 0
        self._trailer += length
        if self._trailer > _TRAILER:
            raise HttpError(431, "the trailer is too long", bare=True)


class Sink(Protocol):
    """Where the bytes of a body go."""

    @property
    def held(self) -> int:
        """The bytes held in memory."""

    @property
    def sated(self) -> bool:
        """Whether no more is wanted, the body having an answer already."""

    def feed(self, data: bytes) -> None:
        """Take further bytes."""

    def finish(self) -> bytes:
        """Give the whole body, inflated."""


class Plain:
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
        """Give the whole body."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)


class Inflated:
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
        self._plain = Plain()
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
        """Open the member that follows, as Node's zlib does; other trailing bytes are passed over."""
        if self._wbits != 31 or not data.startswith(b"\x1f"):
            return False
        self._members += 1
        if self._members > _MEMBERS:
            raise HttpError(400, "the gzip stream has too many members")
        self._stream = zlib.decompressobj(self._wbits)
        return True

    def finish(self) -> bytes:
        """Give the whole body; a stream cut short is refused."""
        if self._wire and not self._stream.eof:
            raise HttpError(400, "unexpected end of file")
        return self._plain.finish()


class Unread:
    """A body that nobody reads, such as one whose type is not JSON; it is passed over up to the limit."""

    __slots__ = ("_passed", "held", "sated")

    def __init__(self) -> None:
        self._passed = 0
        self.held = 0
        self.sated = False

    def feed(self, data: bytes) -> None:
        """Pass further bytes over."""
        self._passed += len(data)
        self.sated = self._passed > LIMIT

    def finish(self) -> bytes:
        """Give no bytes."""
        return b""
