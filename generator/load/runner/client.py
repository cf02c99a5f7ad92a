"""Locust's own client, fitted so that its answers mean the same as those of any other transport.

It brings cookies, proxies and statistics. What came back is read from its sockets by the parser that reads every
answer here: the client's own takes the last of two answers that come at once, and stops at bytes behind one.
"""

import errno
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urljoin

from gevent import Timeout, socket, ssl
from geventhttpclient.client import HTTPClientPool
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError
from geventhttpclient.useragent import ConnectionError as ClientError
from geventhttpclient.useragent import RetriesExceeded
from locust.contrib.fasthttp import FastHttpSession, FastRequest

from generator.delivery.contracts import Answer
from generator.delivery.gevent_http.response_parser import ResponseParser
from generator.delivery.gevent_http.sending import AT_ONCE, send_all
from generator.delivery.gevent_http.tunnel import open_tunnel
from generator.delivery.gevent_http.wire import tls_context, wait_for_either
from generator.delivery.proxy import proxy_for
from generator.delivery.reasons import (
    CLOSED,
    CUT_SHORT,
    ClosedError,
    CodingError,
    DeadlineExceeded,
    HandshakeError,
    NoHttpError,
    ProxyError,
    handshaking,
    lost,
    not_connected,
)
from generator.delivery.receipt import Receipt

_KEEPS_THE_BODY = frozenset((307, 308))
"""Redirects after which method and body are sent again; after any other one a GET would be."""
_MOST_REDIRECTS = 5
_CUT_IN_ITS_WORDS = ("Incomplete response", "EOF", "connection closed")
"""The message of Locust's client for an answer that ended too early."""


class UnfollowedError(ClientError):
    """A redirect to another origin, where the batch and its secrets are not sent; or one too many.

    Args:
        status: such as 307.
        location: where it points to, as an address.
    """

    def __init__(self, status: int, location: str) -> None:
        super().__init__(location)
        self.status, self.location = status, location


class _Request(FastRequest):
    """A request that follows redirects within its origin only."""

    redirects = 0

    def redirect(self, code: int, location: str) -> None:
        target = urljoin(self.url, location)
        self.redirects += 1
        if self.redirects > _MOST_REDIRECTS:
            raise UnfollowedError(code, location)
        super().redirect(code, location)
        if not self._is_same_origin():
            raise UnfollowedError(code, target)


class EarlyAnswerWatch:
    """What becomes of a client's connection during one exchange.

    Attributes:
        proxy: the one on the way; None for none.
        is_connected: whether there is a connection, so that something may have been sent.
        is_at_proxy: whether the proxy is still asked for the way to the endpoint.
        is_shaking: whether TLS is being agreed upon.
        is_early: whether the endpoint answered enough before the whole request was sent.
        reading: the answer to the last request of the exchange.
    """

    def __init__(self, session: FastHttpSession, *, insecure: bool = False, is_direct: bool = False) -> None:
        """Fit a client: it receives while it sends, and follows only redirects that keep method and body.

        Args:
            session: the client.
            insecure: whether to take any certificate.
            is_direct: whether to use no proxy, whatever the environment names.
        """
        url = session.base_url or ""
        self.proxy = None if is_direct else proxy_for(url)
        self._middle = self.proxy if url.startswith("http:") else None
        self.insecure = insecure
        agent: Any = session.client
        agent.redirect_response_codes = _KEEPS_THE_BODY
        agent.request_type = _Request
        agent.clientpool = _Pool(self, agent.clientpool)
        self.begin()

    def begin(self) -> None:
        """Begin an exchange."""
        self.is_connected, self.is_early, self.is_at_proxy, self.is_shaking = True, False, False, False
        self.reading = ResponseParser()

    def received(self, error: BaseException | None, seconds: float) -> Answer | Receipt:
        """Return the answer, or the receipt with the reason why it is missing.

        Args:
            error: what the client raised, if it did.
            seconds: how long it was ready to wait.
        """
        if isinstance(error, UnfollowedError):
            return Answer(error.status, b"", error.location)
        try:
            if self.reading.is_whole:
                answer = self.reading.answer()._replace(is_early=self.is_early)
                return answer._replace(proxy=str(self._middle)) if self._middle else answer
        except CodingError as unreadable:
            return lost(unreadable)
        data_received = self._placed(_plain(error or HTTPParseError()))
        return lost(data_received) if self.is_connected else not_connected(data_received, seconds)

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that a proxy wants which takes part in each exchange."""
        return self._middle.headers if self._middle else {}

    def _placed(self, error: BaseException) -> BaseException:
        """Return an error with the place at which it came up."""
        if self.is_at_proxy and isinstance(error, OSError | DeadlineExceeded):
            return ProxyError(str(self.proxy), error)
        return HandshakeError(error) if self.is_shaking and isinstance(error, DeadlineExceeded) else error


class _Pool(HTTPClientPool):
    """Makes clients whose sockets report to an exchange what becomes of them."""

    def __init__(self, line: EarlyAnswerWatch, like: HTTPClientPool) -> None:
        options = {**like.client_args, "ssl_context_factory": partial(_context, line.insecure)}
        if line.proxy:
            options |= {"proxy_host": line.proxy.host, "proxy_port": line.proxy.port}
        super().__init__(**options)
        self._line = line

    def get_client(self, url: Any) -> Any:
        known = len(self.clients)
        client: Any = super().get_client(url)
        if len(self.clients) > known:
            self._fit(client._connection_pool)  # noqa: SLF001  there is no other way to its sockets
            if ":" in client.host:
                client._base_url_string = f"http://[{client.host}]:{client.port}/"  # noqa: SLF001  for a proxy; it lacks the brackets
        return client

    def _fit(self, pool: Any) -> None:
        line = self._line
        pool._create_socket = partial(_connected, line, pool._create_socket)  # noqa: SLF001  its hooks for subclasses
        pool._create_tcp_socket = partial(_hearing, socket.socket, line)  # noqa: SLF001
        if hasattr(pool, "ssl_context"):
            pool.ssl_context.sslsocket_class = partial(_hearing, ssl.SSLSocket, line)
            pool._connect_socket = partial(_secured, line, pool)  # noqa: SLF001


def _connected(line: EarlyAnswerWatch, connect: Callable[[], Any]) -> Any:
    line.is_connected, line.is_at_proxy = False, line.proxy is not None
    made = connect()
    line.is_connected, line.is_at_proxy, line.is_shaking = True, False, False
    return made


def _context(insecure: bool, cafile: str | None = None) -> Any:  # noqa: ARG001  the client's own idea of whom to trust
    """Make a TLS context that trusts whom every other transport trusts, see SSL_CERT_FILE."""
    return tls_context(ssl, insecure=insecure)


def _secured(line: EarlyAnswerWatch, pool: Any, one: Any, address: Any) -> Any:
    """Connect, through a tunnel if there is a proxy, and agree upon TLS."""
    one.connect(address)
    host, port = pool._request_host, pool._request_port  # noqa: SLF001  the client's own hook for the same
    if line.proxy:
        receive = partial(socket.socket.recv, one, AT_ONCE)
        open_tunnel(line.proxy, host, port, partial(socket.socket.sendall, one), receive)
    line.is_at_proxy, line.is_shaking = False, True
    with handshaking():
        return pool.ssl_context.wrap_socket(one, server_hostname=host)


def _hearing(kind: type, line: EarlyAnswerWatch, *args: Any, **options: Any) -> Any:
    made = _HEARING[kind](*args, **options)
    made.line = line
    return made


class _ReceivingSocket:
    """A socket that receives while it sends, and then ends the sending as a lost connection would.

    The client looks for an answer in that case; what has come of it already is kept for that. An answer is read
    until it is whole before the client sees its beginning, since the client closes the connection at the first byte
    that its own parser does not take.
    """

    line: EarlyAnswerWatch
    gettimeout: Any  # a socket's, as the next one
    settimeout: Any
    _received = b""
    _is_over = False
    _refused: NoHttpError | None = None

    def sendall(self, data: Any, *_: Any) -> None:
        """Send bytes, unless the endpoint answers enough meanwhile."""
        reading = self.line.reading = ResponseParser()
        self._received = b""
        one = _Channel(self, super())

        def receive(data_received: bytes) -> bool:
            self._received += data_received
            reading.feed(data_received)
            return reading.is_enough

        seconds = self.gettimeout()
        self.settimeout(0.0)
        try:
            is_sent = send_all(one, memoryview(data), receive)
        except NoHttpError as error:
            self._refused, is_sent = error, False
        finally:
            self.settimeout(seconds)
        if not is_sent:
            self.line.is_early = True
            raise BrokenPipeError(errno.EPIPE, "the endpoint has ended the request")

    def recv(self, *args: Any) -> bytes:
        """Return what was received while sending, and then what comes.

        Raises:
            NoHttpError: for bytes that are not an answer.
        """
        if self._refused:
            raise self._refused
        reading = self.line.reading
        while not (reading.is_whole or self._is_over):
            received = self._receive(*args)
            if received:
                reading.feed(received)
            else:
                reading.end()
            self._received += received
        if not self._received:
            return b"" if self._is_over else self._receive(*args)
        part, self._received = self._received[: args[0]], self._received[args[0] :]
        return part

    def _receive(self, *args: Any) -> bytes:
        received: bytes = super().recv(*args)  # type: ignore[misc]
        self._is_over = not received
        return received


class _Channel:
    """A socket that never waits; its own methods are those from before it received anything."""

    def __init__(self, one: Any, plain: Any) -> None:
        self._one, self._plain = one, plain

    def send(self, data: memoryview) -> int:
        sent: int = self._plain.send(data)
        return sent

    def receive(self) -> bytes:
        received: bytes = self._plain.recv(AT_ONCE)
        return received

    def wait(self) -> None:
        wait_for_either(self._one.fileno())


class _PlainSocket(_ReceivingSocket, socket.socket):  # type: ignore[misc]
    """A plain one."""


class _SecureSocket(_ReceivingSocket, ssl.SSLSocket):  # type: ignore[misc]
    """One through TLS."""


_HEARING: dict[type, Any] = {socket.socket: _PlainSocket, ssl.SSLSocket: _SecureSocket}


def _plain(error: BaseException) -> BaseException:
    """Return what an error of Locust's client means."""
    if isinstance(error, RetriesExceeded):
        # It names the last of its attempts so, though it makes one only.
        error = getattr(error, "original", error)
    match error:
        case Timeout():
            return DeadlineExceeded()
        case TimeoutError() if error.errno is None:
            return DeadlineExceeded()
        case HTTPConnectionClosed():
            # The system's error is the cause of its own.
            cause = error.__context__
            return cause if isinstance(cause, OSError) else ClosedError(CLOSED)
        case HTTPParseError() if any(word in str(error) for word in _CUT_IN_ITS_WORDS):
            return ClosedError(CUT_SHORT)
        case HTTPParseError() | UnicodeError():
            return NoHttpError(str(error))
    return error
