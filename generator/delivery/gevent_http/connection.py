"""Keep-alive posts to one endpoint: one attempt each; nothing is sent twice."""

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from generator.delivery.address import PORTS, check_address
from generator.delivery.contracts import Answer
from generator.delivery.gevent_http.head import Head
from generator.delivery.gevent_http.response_parser import ResponseParser
from generator.delivery.gevent_http.wire import Greenlets, Transport, Wire
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
    lost,
    not_connected,
)
from generator.delivery.receipt import Receipt
from generator.errors import UsageError

_BROKEN = (
    DeadlineExceeded, OSError, UnicodeError, ClosedError, NoHttpError, CodingError, HandshakeError, ProxyError,
)  # fmt: skip


class KeepAlive:
    """One connection to one endpoint, used by one greenlet or thread; it connects when needed, and again after a failure.

    Args:
        url: the endpoint's address; its path comes before the requests' paths.
        timeout: seconds for a whole exchange: connecting, sending, and the answer to its last byte.
        insecure: whether to take any certificate.
        transport: how it is made and waited for; with gevent by default.
        is_direct: whether to ignore the proxy of the environment.

    Raises:
        UsageError: if the address, or the proxy in the environment, is invalid.
    """

    def __init__(
        self, url: str, *, timeout: float = 30.0, insecure: bool = False,
        transport: Transport | None = None, is_direct: bool = False,
    ) -> None:  # fmt: skip
        if not 0 < timeout < 86_400:
            raise UsageError(f"timeout={timeout}: more than 0 seconds and less than a day are needed")
        self.url = check_address(url)
        parts = urlsplit(self.url)
        self._host, self._port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        if not (self._host.isascii() and self._host.isprintable()) or " " in self._host:
            raise UsageError(f"{url!r}: a host is written in ASCII; give the form that begins with xn--")
        self._tls, self._insecure, self._timeout = parts.scheme == "https", insecure, timeout
        self._proxy = None if is_direct else proxy_for(self.url)
        # A tunnel does not change an exchange; without one the proxy takes part in it.
        self._middle = "" if self._tls or self._proxy is None else str(self._proxy)
        self._transport = transport or Greenlets()
        self._limit = self._transport.limit()
        self._wire: Wire | None = None
        self._reading = ResponseParser()
        self._on_bytes = self._take

    def head(self, method: str, path: str, headers: Mapping[str, str]) -> Head:
        """Return the head of many requests that differ in their bodies.

        Raises:
            UsageError: if the head of a request cannot carry a value.
        """
        return Head(self.url, method, path, headers, self._proxy if self._middle else None)

    def post(self, head: bytes, body: bytes, timeout: float | None = None) -> Answer | Receipt:
        """Send a request once, and return its answer, or a receipt with the reason if there is none.

        Args:
            head: the head that `Head.of` returns for the length of this body.
            body: what is sent.
            timeout: seconds for this exchange.
        """
        seconds = self._timeout if timeout is None else timeout
        self._limit.begin(seconds)
        try:
            return self._exchange(head, body)
        except _BROKEN as error:
            is_connected = self._wire is not None
            self._hang_up()
            return lost(error) if is_connected else not_connected(error, seconds)
        except BaseException:
            # Another greenlet may end this one here: the next exchange must not read this answer.
            self._hang_up()
            raise
        finally:
            self._limit.end()

    @property
    def retry_after(self) -> float | None:
        """Return the seconds to wait that the last answer asked for in its Retry-After; None if it did not ask."""
        return self._reading.retry_after

    def close(self) -> None:
        """Close the connection; a further post connects again."""
        self._hang_up()
        self._limit.close()

    def _exchange(self, head: bytes, body: bytes) -> Answer:
        wire = self._wire
        # A connection that the endpoint has closed is found before anything is sent, not by a lost batch.
        if wire is None or not wire.is_quiet():
            wire = self._connect()
        reading = self._reading
        reading.begin()
        try:
            is_sent = wire.send(head, body, self._on_bytes)
        except ConnectionError as error:
            return self._early_answer(wire, error)
        answer = _read(wire, reading)
        if not is_sent:
            self._hang_up()
            return answer._replace(is_early=True)
        if not reading.keeps:
            self._hang_up()
        return answer._replace(proxy=self._middle) if self._middle else answer

    def _take(self, data: bytes) -> bool:
        """Parse what is received while a request is being sent, and return whether to stop sending."""
        self._reading.feed(data)
        return self._reading.is_enough

    def _early_answer(self, wire: Wire, error: ConnectionError) -> Answer:
        """Return the answer that an endpoint sent before the end of a request and before it closed; else raise the error."""
        with suppress(OSError, ClosedError, NoHttpError, CodingError):
            answer = _read(wire, self._reading)
            self._hang_up()
            return answer._replace(is_early=True)
        raise error

    def _connect(self) -> Wire:
        self._hang_up()
        self._reading.renew()
        self._wire = self._transport.open(
            self._host,
            self._port,
            tls=self._tls,
            insecure=self._insecure,
            limit=self._limit,
            proxy=self._proxy,
        )
        return self._wire

    def _hang_up(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()


def _read(wire: Wire, reading: ResponseParser) -> Answer:
    """Read an answer, as far as it is kept."""
    while not reading.is_whole:
        data = wire.receive()
        if data:
            reading.feed(data)
            continue
        reading.end()
        if not reading.is_whole:
            raise ClosedError(CUT_SHORT if reading.has_begun else CLOSED)
    return reading.answer()
