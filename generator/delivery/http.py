"""HTTP for a real program: one attempt a batch; it sends nothing twice on its own."""

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
from generator.delivery.outbox import FIRST_WAIT, RETAINED, Outbox
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
        """Return an idle connection, or a new one."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._make()

    def put_back(self, connection: "KeepAlive") -> None:
        """Keep a connection for the next request; there are never more than were used at once."""
        self._idle.append(connection)

    def close(self) -> None:
        """Close the idle connections."""
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
        # Imported here, because its dependencies, such as gevent, load slowly.
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
        # An invalid address or time limit fails now, not at the first batch.
        self._connections.put_back(make())
        # A program that does not close it leaves no socket open.
        weakref.finalize(self, self._connections.close)

    def deliver(self, batch: Batch) -> Receipt:
        """Post a batch once, and judge the answer."""
        try:
            request = write(self._contract, batch)
        except ContractError as error:
            return rejected(f"not sent: {error.why}", final=True)
        try:
            answer = self.ask(request)
        except UsageError as error:
            return rejected(f"not sent: {error}", final=True)
        if isinstance(answer, Receipt):
            return answer
        receipt = judge(self._contract, answer)
        return receipt if receipt.status == "acked" else receipt._replace(retry_after=answer.retry_after)

    def ask(self, request: Request, *, chunk: int = 0) -> Answer | Receipt:
        """Send a request once, and return its answer, or a receipt with the reason if there is none.

        Args:
            request: what to send.
            chunk: how many bytes each chunk of the body has; 0 sends the body with its length.

        Raises:
            UsageError: if the head of a request cannot carry a value.
        """
        connection = self._connections.take()
        try:
            head = connection.head(request.method, request.path, request.headers)
            if chunk:
                answer = connection.post(head.chunked(), b"".join(_chunks(request.body, chunk)))
            else:
                answer = connection.post(head.of(len(request.body)), request.body)
            if isinstance(answer, Answer) and not is_success(answer.status):
                answer = answer._replace(retry_after=connection.retry_after)
        finally:
            self._connections.put_back(connection)
        if answer == unknown(LATE):
            return unknown(f"no answer within {self._timeout:g} s")
        return answer

    def close(self) -> None:
        """Close its connections; a further request makes another one."""
        self._connections.close()


def _chunks(body: bytes, size: int) -> Iterator[bytes]:
    """Yield the chunks of a body."""
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
        resend_unknown: whether a batch with an unknown outcome is sent again too, as the real web client does. It
            may then be stored twice, unless the pipeline behind the endpoint drops a repeated msgid.
        wait: seconds from a failure to the next attempt; doubled by each further failure.
    """

    def __init__(
        self, url: str, contract: Contract | None = None,
        *, token: str | None = None, timeout: float = 10.0, insecure: bool = False,
        keep: int = RETAINED, wait: float = FIRST_WAIT, resend_unknown: bool = True,
    ) -> None:  # fmt: skip
        if contract and token:
            raise UsageError("token: the given contract has its own; give the token to the contract")
        contract = contract or Sunbird(token=token)
        self._http = Http(url, contract, timeout=timeout, insecure=insecure)
        super().__init__(self._http, keep=keep, wait=wait, resend_unknown=resend_unknown)

    def _run(self) -> None:
        try:
            super()._run()
        finally:
            self._http.close()
