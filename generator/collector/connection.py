"""One client's connection: its requests read one after the other, bounded in size, number and time."""

import asyncio
from dataclasses import dataclass
from math import inf
from typing import cast

from generator.collector.body import BodySink, ChunkedFraming, Framing, SizedFraming
from generator.collector.endpoint import Handler, ReceivedRequest
from generator.collector.message import (
    HEAD_BYTES,
    HttpError,
    HttpResponse,
    RequestHead,
    parse_request_head,
    render,
)
from generator.collector.stats import Stats

_HEAD_END = b"\r\n\r\n"
# Bytes of further requests that a client may send before it has its answer.
_AHEAD = 64 * 1024


@dataclass(frozen=True)
class ConnectionLimits:
    """What a client may take of the collector: seconds and bytes.

    Attributes:
        head: seconds for the head of a request, from its first byte.
        body: seconds of silence within a body.
        request: seconds for a whole request, in all (Node's own limit).
        idle: seconds between two requests (the service's keep-alive).
        answer: seconds in which an answer must have been read.
        linger: seconds in which a rejected body is read on and dropped, so that the client reads the answer.
        linger_bytes: and how many bytes of it.
        connections: open at once.
        held: bytes of unfinished bodies, of all clients together.
    """

    head: float = 30
    body: float = 30
    request: float = 300
    idle: float = 300
    answer: float = 30
    linger: float = 2
    linger_bytes: int = 16 * 1024 * 1024
    connections: int = 10_000
    held: int = 256 * 1024 * 1024


class ConnectionPool:
    """All open connections, and what they hold together."""

    def __init__(self, handler: Handler, stats: Stats, limits: ConnectionLimits) -> None:
        self.handler = handler
        self.stats = stats
        self.limits = limits
        self.open: set[Connection] = set()
        self.held = 0
        self.closing = False

    def sweep(self, now: float) -> None:
        """Cut off each client that is overdue at this instant of the loop's clock, in seconds."""
        for connection in [each for each in self.open if each.deadline <= now]:
            connection.time_out()

    def close(self) -> None:
        """Close every connection, after its answer if one is due."""
        self.closing = True
        for connection in list(self.open):
            connection.close_when_answered()


class Connection(asyncio.Protocol):
    """One client.

    Attributes:
        deadline: the instant of the loop's clock, in seconds, at which the client is overdue.
    """

    __slots__ = (
        "_ahead",
        "_ended",
        "_framing",
        "_handler",
        "_head",
        "_held",
        "_last",
        "_limits",
        "_lingered",
        "_loop",
        "_paused",
        "_pool",
        "_reading",
        "_sink",
        "_stuck",
        "_transport",
        "_waiting",
        "deadline",
    )  # fmt: skip

    def __init__(self, pool: ConnectionPool, loop: asyncio.AbstractEventLoop) -> None:
        self._pool = pool
        self._handler = pool.handler
        self._limits = pool.limits
        self._loop = loop
        self.deadline = inf
        self._ahead = b""  # bytes not looked at yet
        self._head: RequestHead | None = None  # of the request whose body is being read
        self._framing: Framing = SizedFraming(0)
        self._sink: BodySink | None = None
        self._held = 0
        self._last = inf  # when the present request must be whole
        self._waiting: RequestHead | None = None  # of the request whose answer is due
        self._reading = False  # whether _advance runs, which an immediate answer must not enter again
        self._paused = False
        self._stuck = False  # whether the client does not read its answers
        self._ended = False  # whether the client has nothing more to send
        self._lingered = -1  # bytes dropped after a rejection; -1 before any

    # --- callbacks of the transport ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open a client's connection, or reject it if there are too many."""
        self._transport = cast("asyncio.Transport", transport)
        self._pool.open.add(self)
        self.deadline = self._loop.time() + self._limits.head
        if len(self._pool.open) > self._limits.connections:
            self._reject(HttpError(503, "too many connections"), None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Free what the client held."""
        self._pool.open.discard(self)
        self._release()
        self._ahead = b""
        self._head = self._sink = None
        self.deadline = inf

    def data_received(self, data: bytes) -> None:
        """Take further bytes."""
        if self._lingered >= 0:
            self._drop(len(data))
        elif self._waiting is not None or self._stuck:
            self._keep_ahead(data)
        else:
            self._advance(self._ahead + data if self._ahead else data)

    def eof_received(self) -> bool:
        """Keep the way back open while an answer is due."""
        self._ended = True
        return self._waiting is not None

    def pause_writing(self) -> None:
        """Stop serving a client that does not read its answers."""
        self._stuck = True
        self.deadline = self._loop.time() + self._limits.answer

    def resume_writing(self) -> None:
        """Go on, the client having read."""
        self._stuck = False
        self._go_on()

    # --- reading --------------------------------------------------------------------------------------

    def _keep_ahead(self, data: bytes) -> None:
        self._ahead += data
        if len(self._ahead) > _AHEAD and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _go_on(self) -> None:
        """Read what came while an answer was due."""
        if self._waiting is not None or self._stuck or self._lingered >= 0 or self._transport.is_closing():
            return
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        if self._ahead and not self._reading:
            data, self._ahead = self._ahead, b""
            self._advance(data)

    def _advance(self, data: bytes) -> None:
        """Read requests, as far as the bytes go and no answer is awaited."""
        self._ahead = b""
        self._reading = True
        try:
            while data and self._waiting is None and not self._stuck and self._lingered < 0:
                data = self._read_body(data) if self._head else self._read_head(data)
        except HttpError as error:
            self._reject(error, self._head)
        finally:
            self._reading = False
        if data and self._lingered < 0:
            self._keep_ahead(data)

    def _read_head(self, data: bytes) -> bytes:
        """Read a head and return what follows it; an unfinished one is kept for later."""
        end = data.find(_HEAD_END, 0, HEAD_BYTES)
        if end < 0:
            return self._await_head(data)
        first = 0
        while data.startswith(b"\r\n", first) and first < end:  # a leftover of the body before
            first += 2
        head = self._head = parse_request_head(data[first : end + 4])
        self._sink = self._handler.open(head)
        if head.chunked:
            self._framing = ChunkedFraming()
        else:
            self._framing = SizedFraming(head.length)
        rest = data[end + 4 :]
        now = self._loop.time()
        self._last = now + self._limits.request
        self.deadline = now + self._limits.body
        if not head.has_body:
            self._hand_over()
        elif head.headers.get("expect", "").lower() == "100-continue" and not rest:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return rest

    def _await_head(self, data: bytes) -> bytes:
        if len(data) >= HEAD_BYTES:
            raise HttpError(431, "the head is too large", bare=True)
        if not self._ahead and self.deadline > (soon := self._loop.time() + self._limits.head):
            self.deadline = soon
        self._ahead = data
        return b""

    def _read_body(self, data: bytes) -> bytes:
        """Read a part of a body and return what follows the body."""
        sink = cast("BodySink", self._sink)
        part, rest = self._framing.take(data)
        if part:
            sink.feed(part)
            self._hold(sink.held)
        if self._framing.done or sink.sated:
            self._hand_over()
        else:
            self.deadline = min(self._loop.time() + self._limits.body, self._last)
        return rest

    def _hold(self, held: int) -> None:
        self._pool.held += held - self._held
        self._held = held
        if self._pool.held > self._limits.held:
            raise HttpError(503, "too many unfinished bodies")

    def _release(self) -> None:
        self._pool.held -= self._held
        self._held = 0

    def _hand_over(self) -> None:
        """Pass a whole request to the handler."""
        head, sink = cast("RequestHead", self._head), cast("BodySink", self._sink)
        body = sink.finish()
        if not self._framing.done:  # a body that is too long is not read on
            head = head._replace(keep=False)
        self._head = self._sink = None
        self._waiting = head
        self.deadline = inf
        self._handler.handle(ReceivedRequest(head, body), self._reply)

    # --- answering ------------------------------------------------------------------------------------

    def _reply(self, answer: HttpResponse | None) -> None:
        head, self._waiting = self._waiting, None
        self._release()
        if self._transport.is_closing():
            return
        if answer is None:
            self._transport.abort()
            return
        self._pool.stats.answers[answer.status] += 1
        keep = head is not None and head.keep and not self._ended and not self._pool.closing
        # Before the write, which may find that the client does not read and set a shorter one.
        self.deadline = self._loop.time() + self._limits.idle
        self._transport.write(render(answer, head, keep))
        if keep:
            self._go_on()
        else:
            self._linger()

    def _reject(self, error: HttpError, head: RequestHead | None) -> None:
        """Answer what cannot be read on, and close."""
        self._release()
        answer = self._handler.reject(error)
        self._pool.stats.answers[answer.status] += 1
        self._transport.write(render(answer, head, keep=False))
        self._linger()

    def _linger(self) -> None:
        """Close for writing, and drop what still comes: closed at once, the answer could be lost on its way."""
        self._head = self._sink = None
        self._ahead = b""
        self._lingered = 0
        self.deadline = self._loop.time() + self._limits.linger
        if self._ended:
            self._transport.close()
            return
        if self._paused:
            self._transport.resume_reading()
        self._transport.write_eof()

    def _drop(self, count: int) -> None:
        self._lingered += count
        if self._lingered > self._limits.linger_bytes:
            self._transport.abort()

    def time_out(self) -> None:
        """Cut off a client that is overdue: with 408 if a request was begun, else without an answer."""
        if self._lingered < 0 and not self._stuck and (self._head or self._ahead):
            self._reject(HttpError(408, "the request did not come in time", bare=True), self._head)
        else:
            self._transport.abort()

    def close_when_answered(self) -> None:
        """Close, at once if no answer is due."""
        if self._waiting is None:
            self._transport.close()
