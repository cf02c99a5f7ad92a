"""Posters: how a user posts a batch through Locust, each with one entry in Locust's statistics, whatever happens."""

from time import perf_counter
from typing import Any, NamedTuple, Protocol

import gevent
from gevent import GreenletExit
from locust import FastHttpUser
from locust.env import Environment

from generator.delivery import reasons
from generator.delivery.contracts import Contract, Request
from generator.delivery.gevent_http import Head, KeepAlive
from generator.delivery.outcome import judge
from generator.delivery.receipt import Receipt, unknown
from generator.load.runner.client import EarlyAnswerWatch
from generator.load.runner.load_run import LoadRun
from generator.load.session_in_flight import SessionInFlight

CUT_SHORT = unknown("the run ended before its answer")
LATE = unknown(reasons.LATE)
EMBEDDED = "footfall_embedded"
"""The option by which a leader sends its workers the embedded endpoint's address."""
HERE = "(this machine)"
"""The name in Locust's statistics of batches that this machine failed to send: the endpoint did not fail."""


class PostResult(NamedTuple):
    """What became of a post.

    Attributes:
        milliseconds: until the end of its answer; None where none came.
        retry_after: seconds that the answer asked to wait.
    """

    receipt: Receipt
    milliseconds: float | None
    retry_after: float | None = None


class Poster(Protocol):
    """What posts batches for one user."""

    def head(self, session: SessionInFlight) -> Any:
        """Make what a stamped session's requests have in common but for their bodies."""

    def post_stamped(self, head: Any, body: bytes) -> PostResult:
        """Post a stamped body."""

    def post(self, request: Request, seconds: float | None = None, *, is_timed: bool = True) -> PostResult:
        """Post a request.

        Args:
            request: what is posted.
            seconds: how long it may take; by default the run's time-out.
            is_timed: whether its time belongs into the statistics.
        """

    def close(self) -> None:
        """Close the connection."""


def is_embedded(environment: Environment) -> bool:
    """Return whether batches go to the embedded endpoint, which no proxy reaches."""
    return bool(environment.host) and environment.host == getattr(environment.parsed_options, EMBEDDED, "")


class KeepAlivePoster:
    """Posts over a keep-alive connection of its own, at a small part of the cost of Locust's client.

    Args:
        test: what is sent.
        environment: Locust's.
    """

    def __init__(self, test: LoadRun, environment: Environment) -> None:
        settings = test.settings
        self._test, self._contract = test, _contract(test)
        self._fire = fire(environment)
        self._connection = KeepAlive(
            environment.host or "", timeout=settings.timeout, insecure=settings.insecure,
            is_direct=is_embedded(environment),
        )  # fmt: skip

    def head(self, session: SessionInFlight) -> Head:
        """Make the head of a session's requests; where many have one model, that is made once."""
        model = session.model()
        if model is None:
            return self._head(session.request())
        known = self._test.heads.get(model.key)
        if known is None:
            known = self._test.heads[model.key] = self._head(model.request)
        return known.renamed(model.renames)

    def _head(self, request: Request) -> Head:
        return self._connection.head(request.method, request.path, request.headers)

    def post_stamped(self, head: Head, body: bytes) -> PostResult:
        """See `Poster.post_stamped`."""
        return self._post(head.of(len(body)), body, None, is_timed=True)

    def post(self, request: Request, seconds: float | None = None, *, is_timed: bool = True) -> PostResult:
        """See `Poster.post`."""
        head = self._head(request)
        if seconds is not None:
            seconds = min(seconds, self._test.settings.timeout)
        return self._post(head.of(len(request.body)), request.body, seconds, is_timed=is_timed)

    def _post(self, head: bytes, body: bytes, seconds: float | None, *, is_timed: bool) -> PostResult:
        begun = perf_counter()
        try:
            answer = self._connection.post(head, body, seconds)
        except GreenletExit:
            # Locust ends its user during the request; its statistics count the batch all the same, with the time it waited.
            self._enter(CUT_SHORT, (perf_counter() - begun) * 1000, 0, None)
            raise
        milliseconds = (perf_counter() - begun) * 1000
        if isinstance(answer, Receipt):
            waited = milliseconds if is_timed and answer == LATE else None
            return self._enter(answer, waited, 0, None)._replace(milliseconds=None)
        self._test.has_answer = True
        receipt = judge(self._contract, answer)
        retry_after = None if receipt.status == "acked" else self._connection.retry_after
        return self._enter(receipt, milliseconds if is_timed else None, len(answer.body), retry_after)

    def _enter(
        self, receipt: Receipt, milliseconds: float | None, length: int, retry_after: float | None
    ) -> PostResult:
        error = None if receipt.status == "acked" else RuntimeError(self._test.sent.counters.reason(receipt))
        name = HERE if receipt.is_local else self._contract.path
        self._fire(
            request_type="POST", name=name, response_time=milliseconds, response_length=length,
            exception=error, context={},
        )  # fmt: skip
        return PostResult(receipt, milliseconds, retry_after)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class LocustPoster:
    """Posts through Locust's own client, with its proxies and cookies.

    A redirect is followed only if method and body go along, 307 and 308, and only within its origin.

    Args:
        test: what is sent.
        user: whose client it is.
    """

    def __init__(self, test: LoadRun, user: FastHttpUser) -> None:
        self._test, self._contract, self._client = test, _contract(test), user.client
        self._fire = fire(user.environment)
        self._line = EarlyAnswerWatch(
            user.client, insecure=test.settings.insecure, is_direct=is_embedded(user.environment)
        )

    def head(self, session: SessionInFlight) -> Request:
        """Make a request without a body."""
        return session.request()

    def post_stamped(self, head: Request, body: bytes) -> PostResult:
        """See `Poster.post_stamped`."""
        return self.post(head._replace(body=body))

    def post(self, request: Request, seconds: float | None = None, *, is_timed: bool = True) -> PostResult:
        """See `Poster.post`."""
        timeout = self._test.settings.timeout
        seconds = timeout if seconds is None else min(timeout, seconds)
        self._line.begin()
        begun = perf_counter() if is_timed else None
        with gevent.Timeout(seconds) as limit:
            try:
                outcome = self._exchange(request, seconds, is_timed=is_timed)
            except Exception as error:  # noqa: BLE001  no answer, however odd, ends a user
                outcome = self._enter(request, self._judge(error, seconds)[0], begun)
            except gevent.Timeout as late:
                if late is not limit:
                    raise
                outcome = self._enter(request, self._judge(late, seconds)[0], begun)
            except GreenletExit:
                self._enter(request, CUT_SHORT, begun)
                self.close()
                raise
        if outcome.receipt.status == "unknown" or self._line.is_early:
            # A connection in an unknown state is not used again: the next answer there may be this one's.
            self.close()
        return outcome

    def _exchange(self, request: Request, seconds: float, *, is_timed: bool) -> PostResult:
        body: Any = request.body  # bytes, and nothing else: a bytearray would jam Locust's client
        begun = perf_counter()
        with self._client.request(
            request.method, request.path, data=body, headers={**request.headers, **self._line.headers}, name=self._contract.path,
            catch_response=True, allow_redirects=True,
        ) as response:  # fmt: skip
            milliseconds = (perf_counter() - begun) * 1000
            receipt, is_answered = self._judge(response.request_meta["exception"], seconds)
            if receipt.is_local:
                response.request_meta["name"] = HERE
            if not (is_timed and (is_answered or receipt == LATE)):
                response.request_meta["response_time"] = None
            if receipt.status == "acked":
                response.success()
            else:
                response.failure(self._test.sent.counters.reason(receipt))
            return PostResult(
                receipt, milliseconds if is_timed and is_answered else None, self._line.reading.retry_after
            )

    def _judge(self, error: BaseException | None, seconds: float) -> tuple[Receipt, bool]:
        """Judge what has come back, and return it with whether it was an answer."""
        received = self._line.received(error, seconds)
        if isinstance(received, Receipt):
            return received, False
        self._test.has_answer = True
        return judge(self._contract, received), True

    def _enter(self, request: Request, receipt: Receipt, begun: float | None) -> PostResult:
        """Make the entry that Locust's client did not make; what was given up has waited since it begun."""
        is_timed = begun is not None and receipt in (LATE, CUT_SHORT)
        waited = (perf_counter() - (begun or 0.0)) * 1000 if is_timed else None
        name = HERE if receipt.is_local else self._contract.path
        self._fire(
            request_type=request.method, name=name, response_time=waited, response_length=0,
            exception=RuntimeError(self._test.sent.counters.reason(receipt)), context={},
        )  # fmt: skip
        return PostResult(receipt, None)

    def close(self) -> None:
        """Close the client's connections."""
        self._client.client.clientpool.close()


def fire(environment: Environment) -> Any:
    """Return what makes an entry in Locust's statistics; its hooks have no types."""
    events: Any = environment.events
    return events.request.fire


def poster_of(test: LoadRun, user: FastHttpUser) -> Poster:
    """Return the poster that was asked for."""
    return (
        LocustPoster(test, user)
        if test.settings.http_client == "locust"
        else KeepAlivePoster(test, user.environment)
    )


def _contract(test: LoadRun) -> Contract:
    assert test.contract is not None  # noqa: S101  a test that sends has one
    return test.contract
