"""The transport of a program with threads: sockets that block, and one limit over a whole exchange."""

import os
import select
import socket
import ssl
from functools import lru_cache
from math import inf
from time import monotonic
from typing import Any

from generator.delivery.gevent_http.sending import AT_ONCE, OnBytes, send_all
from generator.delivery.gevent_http.tunnel import open_tunnel
from generator.delivery.gevent_http.wire import Wire, first_connected, tls_context
from generator.delivery.proxy import Proxy, on_the_way_to
from generator.delivery.reasons import DeadlineExceeded, handshaking


class ThreadLimit:
    """A limit that one thread sets for each exchange."""

    def __init__(self) -> None:
        self._at = inf

    def begin(self, seconds: float) -> None:
        """Set the limit of what happens from now on."""
        self._at = monotonic() + seconds

    def end(self) -> None:
        """Remove the limit."""
        self._at = inf

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def left(self) -> float | None:
        """Return the seconds that are left, None without a limit.

        Raises:
            DeadlineExceeded: if none are left.
        """
        if self._at == inf:
            return None
        left = self._at - monotonic()
        if left <= 0:
            raise DeadlineExceeded
        return left


class Blocking:
    """The transport of a program with threads."""

    def limit(self) -> ThreadLimit:
        """Make the limit of a connection."""
        return ThreadLimit()

    def open(
        self,
        host: str,
        port: int,
        *,
        tls: bool,
        insecure: bool,
        limit: ThreadLimit,
        proxy: Proxy | None = None,
    ) -> Wire:
        """Connect within a limit, through a proxy if there is one; verify the certificate unless `insecure`."""

        def connect(kind: tuple[Any, ...], address: Any) -> socket.socket:
            one = socket.socket(*kind)
            try:
                _within(limit, one, lambda: one.connect(address))
            except BaseException:
                one.close()
                raise
            return one

        to = (proxy.host, proxy.port) if proxy else (host, port)
        with on_the_way_to(proxy):
            opened = first_connected(socket.getaddrinfo(*to, 0, socket.SOCK_STREAM), connect)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls and proxy:
                with on_the_way_to(proxy):
                    _tunnel(proxy, host, port, opened, limit)
            if tls:
                context = _context(insecure, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
                secured = context.wrap_socket(opened, server_hostname=host, do_handshake_on_connect=False)
                opened = secured
                with handshaking():
                    _within(limit, secured, secured.do_handshake)
        except BaseException:
            opened.close()
            raise
        return _Wire(opened, limit)


def _tunnel(proxy: Proxy, host: str, port: int, one: socket.socket, limit: ThreadLimit) -> None:
    """Open a tunnel within a limit."""
    open_tunnel(
        proxy, host, port,
        lambda data: _within(limit, one, lambda: one.sendall(data)),
        lambda: _within(limit, one, lambda: one.recv(AT_ONCE)),
    )  # fmt: skip


def _within(limit: ThreadLimit, one: socket.socket, act: Any) -> Any:
    """Call a function that may wait for a socket, within a limit."""
    one.settimeout(limit.left())
    try:
        return act()
    except TimeoutError as error:
        if error.errno is None:  # not the system's own, which gives up earlier
            raise DeadlineExceeded from None
        raise


@lru_cache(4)
def _context(insecure: bool, *_place: str | None) -> ssl.SSLContext:
    """Make the one TLS context for certificates at a place."""
    context: ssl.SSLContext = tls_context(ssl, insecure=insecure)
    return context


class _Wire:
    """An open connection, plain or through TLS."""

    __slots__ = ("_limit", "_socket")

    def __init__(self, connected: socket.socket, limit: ThreadLimit) -> None:
        self._socket, self._limit = connected, limit

    def is_quiet(self) -> bool:
        """Return whether the endpoint has neither closed nor sent data unasked; records of TLS itself do not count."""
        self._socket.settimeout(0.0)
        try:
            self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def send(self, head: bytes, body: bytes, on_bytes: OnBytes) -> bool:
        """Send a request, see `send_all`."""
        self._socket.settimeout(0.0)
        return send_all(_Channel(self._socket, self._limit), memoryview(head + body), on_bytes)

    def receive(self) -> bytes:
        """Wait for bytes and return them; b"" if the endpoint has closed."""
        received: bytes = _within(self._limit, self._socket, lambda: self._socket.recv(AT_ONCE))
        return received

    def close(self) -> None:
        """Close it, without the closing message of TLS, which could block."""
        self._socket.close()


class _Channel:
    """A socket that never waits."""

    def __init__(self, connected: socket.socket, limit: ThreadLimit) -> None:
        self._socket, self._limit = connected, limit

    def send(self, data: memoryview) -> int:
        return self._socket.send(data)

    def receive(self) -> bytes:
        return self._socket.recv(AT_ONCE)

    def wait(self) -> None:
        poll, left = select.poll(), self._limit.left()
        poll.register(self._socket, select.POLLIN | select.POLLOUT)
        poll.poll(None if left is None else left * 1000)
