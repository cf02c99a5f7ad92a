"""HTTP for a real program: one attempt a batch, nothing sent twice behind its back."""

import ssl
from http.client import HTTPException

import urllib3
from urllib3 import exceptions

from generator.delivery.address import check_address
from generator.delivery.batch import Batch
from generator.delivery.contracts import Answer, Contract, Request
from generator.delivery.contracts.sunbird import Sunbird
from generator.delivery.failure import NO_HTTP, lost, not_connected, words
from generator.delivery.outbox import FIRST_WAIT, KEPT, Outbox
from generator.delivery.receipt import Receipt, unknown
from generator.errors import UsageError
from generator.spec.rules import Form

MOST_OF_AN_ANSWER = 65_536
"""Bytes of an answer that are read; no contract's answer is longer."""


class Http:
    """Posts batches to an endpoint.

    Args:
        url: the endpoint's address; the contract's path comes after it.
        contract: how the endpoint wants batches.
        timeout: seconds to wait for a connection, and for an answer.
        insecure: whether to take any certificate.
    """

    def __init__(
        self, url: str, contract: Contract, *, timeout: float = 10.0, insecure: bool = False
    ) -> None:
        if not 0 < timeout < 86_400:
            raise UsageError(f"timeout={timeout}: more than 0 seconds and less than a day are needed")
        self.url = check_address(url)
        self.form: Form = contract.form
        self._contract = contract
        self._timeout = timeout
        self._pool = urllib3.PoolManager(
            retries=False,
            timeout=urllib3.Timeout(connect=timeout, read=timeout),
            cert_reqs="CERT_NONE" if insecure else "CERT_REQUIRED",
        )

    def deliver(self, batch: Batch) -> Receipt:
        """Post a batch once, and judge the answer."""
        heard = self.ask(self._contract.request(batch))
        return heard if isinstance(heard, Receipt) else self._contract.judge(heard)

    def ask(self, request: Request, *, chunk: int = 0) -> Answer | Receipt:
        """Make a request once, and give its answer; a receipt says why there is none.

        Args:
            request: what to send.
            chunk: how many bytes each chunk of the body has; 0 sends the body with its length.
        """
        body, headers = _framed(request, chunk)
        try:
            # Redirects are answers: a followed one would become a GET, and its page a success.
            response = self._pool.request(
                request.method, self.url + request.path, body=body, headers=headers,
                redirect=False, preload_content=False,
            )  # fmt: skip
            said = response.read(MOST_OF_AN_ANSWER, decode_content=True)
            if len(said) < MOST_OF_AN_ANSWER:
                response.release_conn()
            else:
                response.close()
            return Answer(response.status, said, response.headers.get("Location", ""))
        except (exceptions.HTTPError, OSError) as error:
            return self._without_answer(error)

    def _without_answer(self, error: Exception) -> Receipt:
        """Judge a failure: refused is only what surely never reached the endpoint."""
        cause = _bottom(error)
        said = words(cause)
        match error:
            case exceptions.NewConnectionError():
                return not_connected(cause)
            case exceptions.ConnectTimeoutError():
                # The system may give up long before this program would.
                return not_connected(cause, f"silence for {self._timeout:g} s")
            case exceptions.SSLError() if isinstance(cause, ssl.SSLCertVerificationError) or not said:
                return not_connected(cause, "the certificate is not trusted")
            case exceptions.ReadTimeoutError():
                return unknown(f"no answer within {self._timeout:g} s")
        if isinstance(cause, HTTPException) and not said:
            return unknown(NO_HTTP)
        return lost(cause)


def _framed(request: Request, chunk: int) -> tuple[bytes | list[bytes], dict[str, str]]:
    """Return a request's body and headers, the body in chunks if asked for."""
    if not chunk:
        return request.body, request.headers
    pieces = [request.body[start : start + chunk] for start in range(0, len(request.body), chunk)]
    return pieces, {**request.headers, "Transfer-Encoding": "chunked"}


def _bottom(error: BaseException) -> BaseException:
    """Find what lies at the bottom of an error."""
    while inner := error.__cause__ or error.__context__ or _wrapped(error):
        error = inner
    return error


def _wrapped(error: BaseException) -> BaseException | None:
    """Give the error that another one was made of, which urllib3 keeps among its arguments."""
    return next((part for part in error.args if isinstance(part, BaseException)), None)


class HttpDispatcher(Outbox):
    """A telemetry client's dispatcher to an endpoint.

        telemetry = Telemetry({...}, dispatcher=HttpDispatcher("https://telemetry.example.org", token=token))

    Args:
        url: the endpoint's address; the contract's path comes after it.
        contract: how the endpoint wants batches; Sunbird's by default.
        token: for Sunbird's contract, sent as `Authorization: Bearer`; never shown.
        timeout: seconds to wait for a connection, and for an answer.
        insecure: whether to take any certificate.
        keep: how many failed batches are kept, to be sent again.
        wait: seconds from a failure to the next attempt; doubled by each further failure.
    """

    def __init__(
        self, url: str, contract: Contract | None = None,
        *, token: str | None = None, timeout: float = 10.0, insecure: bool = False,
        keep: int = KEPT, wait: float = FIRST_WAIT,
    ) -> None:  # fmt: skip
        if contract and token:
            raise UsageError("token: the contract that is given carries its own")
        contract = contract or Sunbird(token=token)
        super().__init__(Http(url, contract, timeout=timeout, insecure=insecure), keep=keep, wait=wait)
