"""HTTP for a real program: one attempt a batch, nothing sent twice behind its back."""

import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from generator.delivery.address import check_address
from generator.delivery.batch import Batch
from generator.delivery.contracts import Answer, Contract, Request
from generator.delivery.contracts.sunbird import Sunbird
from generator.delivery.contracts.words import is_success
from generator.delivery.outbox import FIRST_WAIT, KEPT, Outbox
from generator.delivery.outcome import judge, write
from generator.delivery.path_once import check_path_once
from generator.delivery.reasons import LATE
from generator.delivery.receipt import Receipt, rejected, unknown
from generator.errors import ContractError, UsageError
from generator.spec.rules import Form

if TYPE_CHECKING:
    from generator.delivery.gevent_http import KeepAlive


class _Connections:
    """Idle connections to an endpoint: each is used by one thread at a time."""

    def __init__(self, make: "Callable[[], KeepAlive]") -> None:
        self._make = make
        self._idle: deque[KeepAlive] = deque()

    def take(self) -> "KeepAlive":
        """Return an idle connection, or one that is not made yet."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._make()

    def put_back(self, connection: "KeepAlive") -> None:
        """Keep a connection for the next request; there are never more than were used at once."""
        self._idle.append(connection)

    def close(self) -> None:
        """Close all that are idle."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


class Http:
    """Posts batches to an endpoint, from any number of threads.

    Args:
        url: the endpoint's address; the contract's path comes after it.
        contract: how the endpoint wants batches.
        timeout: seconds for a whole exchange: connecting, sending, and the answer to its last byte.
        insecure: whether to take any certificate.
    """

    def __init__(
        self, url: str, contract: Contract, *, timeout: float = 10.0, insecure: bool = False
    ) -> None:
        # Here and not above: what it stands on takes a while to load, and gevent is among it.
        from generator.delivery.gevent_http import KeepAlive  # noqa: PLC0415
        from generator.delivery.gevent_http.blocking import Blocking  # noqa: PLC0415

        def make() -> KeepAlive:
            return KeepAlive(address, timeout=timeout, insecure=insecure, transport=Blocking())

        self.url = address = check_address(url)
        check_path_once(address, contract.path)
        self.form: Form = contract.form
        self._contract = contract
        self._timeout = timeout
        self._connections = _Connections(make)
        # An address or a time that makes no sense is refused now, and not by the first batch.
        self._connections.put_back(make())
        # Who forgets to close it leaves no socket open.
        weakref.finalize(self, self._connections.close)

    def deliver(self, batch: Batch) -> Receipt:
        """Post a batch once, and judge the answer."""
        try:
            request = write(self._contract, batch)
        except ContractError as error:
            return rejected(f"not sent: {error.why}", final=True)
        try:
            heard = self.ask(request)
        except UsageError as error:
            return rejected(f"not sent: {error}", final=True)
        if isinstance(heard, Receipt):
            return heard
        receipt = judge(self._contract, heard)
        return receipt if receipt.status == "acked" else receipt._replace(retry_after=heard.retry_after)

    def ask(self, request: Request, *, chunk: int = 0) -> Answer | Receipt:
        """Make a request once, and give its answer; a receipt says why there is none.

        Args:
            request: what to send.
            chunk: how many bytes each chunk of the body has; 0 sends the body with its length.

        Raises:
            UsageError: for what the head of a request cannot carry.
        """
        connection = self._connections.take()
        try:
            head = connection.head(request.method, request.path, request.headers)
            if chunk:
                heard = connection.post(head.chunked(), b"".join(_chunks(request.body, chunk)))
            else:
                heard = connection.post(head.of(len(request.body)), request.body)
            if isinstance(heard, Answer) and not is_success(heard.status):
                heard = heard._replace(retry_after=connection.retry_after)
        finally:
            self._connections.put_back(connection)
        if heard == unknown(LATE):
            return unknown(f"no answer within {self._timeout:g} s")
        return heard

    def close(self) -> None:
        """Close its connections; a further request makes another one."""
        self._connections.close()


def _chunks(body: bytes, size: int) -> Iterator[bytes]:
    """Write a body in chunks."""
    for start in range(0, len(body), size):
        part = body[start : start + size]
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


class HttpDispatcher(Outbox):
    """A telemetry client's dispatcher to an endpoint.

        telemetry = Telemetry({...}, dispatcher=HttpDispatcher("https://telemetry.example.org", token=token))

    Args:
        url: the endpoint's address; the contract's path comes after it.
        contract: how the endpoint wants batches; Sunbird's by default.
        token: for Sunbird's contract, sent as `Authorization: Bearer`; never shown.
        timeout: seconds for a whole exchange: connecting, sending, and the answer to its last byte.
        insecure: whether to take any certificate.
        keep: how many failed batches are kept, to be sent again.
        resend_unknown: whether a batch of which nobody knows what became is sent again too, as the real web client
            does: it is stored twice then, unless what is behind the endpoint knows it by its msgid.
        wait: seconds from a failure to the next attempt; doubled by each further failure.
    """

    def __init__(
        self, url: str, contract: Contract | None = None,
        *, token: str | None = None, timeout: float = 10.0, insecure: bool = False,
        keep: int = KEPT, wait: float = FIRST_WAIT, resend_unknown: bool = True,
    ) -> None:  # fmt: skip
        if contract and token:
            raise UsageError("token: the contract that is given carries its own")
        contract = contract or Sunbird(token=token)
        self._http = Http(url, contract, timeout=timeout, insecure=insecure)
        super().__init__(self._http, keep=keep, wait=wait, resend_unknown=resend_unknown)

    def _run(self) -> None:
        try:
            super()._run()
        finally:
            self._http.close()
