"""The bytes' way to an endpoint and back, plain or through TLS, on gevent's sockets."""

import os
from functools import lru_cache
from typing import Any, Protocol

from gevent import get_hub, socket, ssl

_MOST_AT_ONCE = 65_536


class Wire(Protocol):
    """An open connection, used by one greenlet."""

    def is_quiet(self) -> bool:
        """Say whether the endpoint has neither closed nor said anything unasked."""

    def send(self, head: bytes, body: bytes) -> None:
        """Send a request."""

    def receive(self) -> bytes:
        """Wait for bytes and give them; none, when the endpoint has closed."""

    def close(self) -> None:
        """Close it, whatever is under way."""


def open_wire(host: str, port: int, *, tls: bool, insecure: bool) -> Wire:
    """Connect, and prove the endpoint's certificate unless told otherwise."""
    opened = _connect(host, port)
    try:
        # Else the end of a large body waits for the endpoint's word on its beginning.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not tls:
            return Plain(opened)
        context = _context(insecure, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        opened = context.wrap_socket(opened, server_hostname=host, do_handshake_on_connect=False)
        opened.do_handshake()
        return Secure(opened)
    except BaseException:
        opened.close()
        raise


def _connect(host: str, port: int) -> Any:
    """Connect to the first of a host's addresses that answers.

    As `create_connection` does; but that leaves a socket open where a deadline passes.
    """
    refused: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        one = socket.socket(family, kind, protocol)
        try:
            one.settimeout(None)
            one.connect(address)
        except OSError as error:
            one.close()
            refused = error
        except BaseException:
            one.close()
            raise
        else:
            return one
    raise refused


@lru_cache(4)
def _context(insecure: bool, *_place: str | None) -> Any:
    """Make the one TLS context for certificates at a place: reading the system's takes milliseconds."""
    # Not by create_default_context: where nothing is patched, its sockets block the whole hub.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Plain:
    """A plain connection.

    The calls go to the system's socket at once, and the hub is asked only where they would block: the way
    through gevent's own methods costs as much again.
    """

    __slots__ = ("_raw", "_readable", "_socket", "_wait", "_writable")

    def __init__(self, connected: Any) -> None:
        hub = get_hub()
        self._socket = connected
        self._raw = connected._sock  # noqa: SLF001  gevent keeps it under this name for such use
        self._wait = hub.wait
        self._readable = hub.loop.io(connected.fileno(), 1)
        self._writable = hub.loop.io(connected.fileno(), 2)

    def is_quiet(self) -> bool:
        """Say whether the endpoint has neither closed nor said anything unasked."""
        try:
            self._raw.recv(1)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def send(self, head: bytes, body: bytes) -> None:
        """Send a request, without a copy of its body."""
        try:
            sent = self._raw.sendmsg((head, body))
        except BlockingIOError:
            sent = 0
        if sent < len(head) + len(body):
            self._send_rest(memoryview(head)[sent:])
            self._send_rest(memoryview(body)[max(0, sent - len(head)) :])

    def _send_rest(self, rest: memoryview) -> None:
        while rest:
            self._wait(self._writable)
            try:
                rest = rest[self._raw.send(rest) :]
            except BlockingIOError:
                continue

    def receive(self) -> bytes:
        """Wait for bytes and give them; none, when the endpoint has closed."""
        while True:
            # An answer is hardly ever there already.
            self._wait(self._readable)
            try:
                received: bytes = self._raw.recv(_MOST_AT_ONCE)
            except BlockingIOError:
                continue
            return received

    def close(self) -> None:
        """Close it."""
        self._readable.close()
        self._writable.close()
        self._socket.close()


class Secure:
    """A connection through TLS."""

    __slots__ = ("_socket",)

    def __init__(self, connected: Any) -> None:
        self._socket = connected

    def is_quiet(self) -> bool:
        """Say whether the endpoint has neither closed nor said anything unasked; TLS may speak for itself."""
        self._socket.settimeout(0.0)
        try:
            self._socket.recv(1)
        except ssl.SSLWantReadError:
            self._socket.settimeout(None)
            return True
        except OSError:
            return False
        return False

    def send(self, head: bytes, body: bytes) -> None:
        """Send a request: in one record of TLS, where it is short."""
        self._socket.sendall(head + body)

    def receive(self) -> bytes:
        """Wait for bytes and give them; none, when the endpoint has closed."""
        received: bytes = self._socket.recv(_MOST_AT_ONCE)
        return received

    def close(self) -> None:
        """Close it, without a farewell that could block."""
        self._socket.close()
