"""Connections to an endpoint, plain or through TLS, on gevent's sockets."""

import os
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any, Protocol

from gevent import get_hub, socket, ssl

from generator.delivery.gevent_http.deadline import Deadline
from generator.delivery.gevent_http.sending import AT_ONCE, OnBytes, send_all
from generator.delivery.gevent_http.tunnel import open_tunnel
from generator.delivery.proxy import Proxy, on_the_way_to
from generator.delivery.reasons import handshaking, is_local


class Wire(Protocol):
    """An open connection, used by one greenlet or thread."""

    def is_quiet(self) -> bool:
        """Return whether the endpoint has neither closed nor sent data unasked."""

    def send(self, head: bytes, body: bytes, on_bytes: OnBytes) -> bool:
        """Send a request, and return whether all of it was sent, see `send_all`."""

    def receive(self) -> bytes:
        """Wait for bytes and return them; b"" if the endpoint has closed."""

    def close(self) -> None:
        """Close it, even during an exchange."""


class ExchangeLimit(Protocol):
    """One limit over a whole exchange."""

    def begin(self, seconds: float) -> None:
        """Set the limit of what happens from now on."""

    def end(self) -> None:
        """Remove the limit."""

    def close(self) -> None:
        """Free what it holds."""


class Transport(Protocol):
    """How connections are made and waited for."""

    def limit(self) -> Any:
        """Make the limit of a connection."""

    def open(
        self, host: str, port: int, *, tls: bool, insecure: bool, limit: Any, proxy: Proxy | None = None
    ) -> Wire:
        """Connect within a limit, through a proxy if there is one; verify the certificate unless `insecure`."""


class Greenlets:
    """The transport of a program with gevent: a waiting greenlet blocks no other."""

    def limit(self) -> Deadline:
        """Make the limit of a connection."""
        return Deadline()

    def open(
        self, host: str, port: int, *, tls: bool, insecure: bool, limit: Deadline, proxy: Proxy | None = None  # noqa: ARG002  it is thrown into the greenlet
    ) -> Wire:  # fmt: skip
        """Connect, through a proxy if there is one; verify the certificate unless `insecure`."""
        to = (proxy.host, proxy.port) if proxy else (host, port)
        with on_the_way_to(proxy):
            opened = first_connected(socket.getaddrinfo(*to, 0, socket.SOCK_STREAM), _connect)
        try:
            # Else the end of a large body waits for the endpoint's acknowledgement of its beginning.
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not tls:
                return PlainWire(opened)
            if proxy:
                with on_the_way_to(proxy):
                    open_tunnel(proxy, host, port, opened.sendall, partial(opened.recv, AT_ONCE))
            context = _context(insecure, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
            opened = context.wrap_socket(opened, server_hostname=host, do_handshake_on_connect=False)
            with handshaking():
                opened.do_handshake()
            return TlsWire(opened)
        except BaseException:
            opened.close()
            raise


def first_connected(found: Iterable[Any], connect: Callable[[tuple[Any, ...], Any], Any]) -> Any:
    """Connect to the first of a host's addresses that answers.

    `create_connection` does the same, but leaves a socket open if a deadline passes. If no address answers, this
    function prefers an error of the endpoint to one of this machine, which may lack IPv6.

    Args:
        found: the addresses, as `getaddrinfo` returns them.
        connect: makes a socket of a kind and connects it to an address.
    """
    failure: OSError | None = None
    for family, kind, protocol, _, address in found:
        try:
            return connect((family, kind, protocol), address)
        except OSError as error:
            if failure is None or is_local(failure):
                failure = error
    raise failure or socket.gaierror(socket.EAI_NONAME, "no address")


def _connect(kind: tuple[Any, ...], address: Any) -> Any:
    one = socket.socket(*kind)
    try:
        one.settimeout(None)
        one.connect(address)
    except BaseException:
        one.close()
        raise
    return one


@lru_cache(4)
def _context(insecure: bool, *_place: str | None) -> Any:
    """Make the one TLS context for certificates at a place: reading the system's takes milliseconds."""
    return tls_context(ssl, insecure=insecure)


def tls_context(of: Any, *, insecure: bool) -> Any:
    """Make a TLS context of a module: Python's own `ssl`, or gevent's.

    This does not call create_default_context: in an unpatched process its sockets block gevent's whole hub.
    """
    context = of.SSLContext(of.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    if insecure:
        context.check_hostname = False
        context.verify_mode = of.CERT_NONE
    return context


class PlainWire:
    """A plain connection.

    Calls go directly to the system's socket, and to the hub only if they would block: gevent's own methods cost
    twice as much.
    """

    __slots__ = ("_raw", "_readable", "_socket", "_wait")

    def __init__(self, connected: Any) -> None:
        hub = get_hub()
        self._socket = connected
        self._raw = connected._sock  # noqa: SLF001  gevent keeps it under this name for such use
        self._wait = hub.wait
        self._readable = hub.loop.io(connected.fileno(), 1)

    def is_quiet(self) -> bool:
        """Return whether the endpoint has neither closed nor sent data unasked."""
        try:
            self._raw.recv(1)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def send(self, head: bytes, body: bytes, on_bytes: OnBytes) -> bool:
        """Send a request, without a copy of its body; see `send_all`."""
        try:
            sent = self._raw.sendmsg((head, body))
        except BlockingIOError:
            sent = 0
        if sent == len(head) + len(body):
            return True
        channel, of_body = _Channel(self._raw), max(0, sent - len(head))
        return send_all(channel, memoryview(head)[sent:], on_bytes) and send_all(
            channel, memoryview(body)[of_body:], on_bytes
        )

    def receive(self) -> bytes:
        """Wait for bytes and return them; b"" if the endpoint has closed."""
        while True:
            # An answer has hardly ever arrived already.
            self._wait(self._readable)
            try:
                received: bytes = self._raw.recv(AT_ONCE)
            except BlockingIOError:
                continue
            return received

    def close(self) -> None:
        """Close it."""
        self._readable.close()
        self._socket.close()


class TlsWire:
    """A connection through TLS."""

    __slots__ = ("_socket",)

    def __init__(self, connected: Any) -> None:
        self._socket = connected

    def is_quiet(self) -> bool:
        """Return whether the endpoint has neither closed nor sent data unasked; records of TLS itself do not count."""
        self._socket.settimeout(0.0)
        try:
            self._socket.recv(1)
        except ssl.SSLWantReadError:
            self._socket.settimeout(None)
            return True
        except OSError:
            return False
        return False

    def send(self, head: bytes, body: bytes, on_bytes: OnBytes) -> bool:
        """Send a request, in one record of TLS if it is short; see `send_all`."""
        self._socket.settimeout(0.0)
        try:
            return send_all(_Channel(self._socket), memoryview(head + body), on_bytes)
        finally:
            self._socket.settimeout(None)

    def receive(self) -> bytes:
        """Wait for bytes and return them; b"" if the endpoint has closed."""
        received: bytes = self._socket.recv(AT_ONCE)
        return received

    def close(self) -> None:
        """Close it, without the closing message of TLS, which could block."""
        self._socket.close()


class _Channel:
    """A socket that never waits, and gevent's wait for it."""

    def __init__(self, connected: Any) -> None:
        self._socket = connected

    def send(self, data: memoryview) -> int:
        sent: int = self._socket.send(data)
        return sent

    def receive(self) -> bytes:
        received: bytes = self._socket.recv(AT_ONCE)
        return received

    def wait(self) -> None:
        wait_for_either(self._socket.fileno())


def wait_for_either(number: int) -> None:
    """Wait until a file descriptor can be read or written."""
    hub = get_hub()
    watcher = hub.loop.io(number, 3)
    try:
        hub.wait(watcher)
    finally:
        watcher.close()
