"""The user: one learner on one device, who plays sessions and sends their batches."""

from collections import deque
from contextlib import suppress
from time import monotonic, time
from typing import Any

import gevent
from gevent import GreenletExit
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError
from geventhttpclient.useragent import RetriesExceeded
from locust import FastHttpUser, task
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.env import Environment
from locust.exception import StopUser

from generator.delivery.contracts import Answer, Request
from generator.delivery.failure import CLOSED, NO_HTTP, words
from generator.delivery.receipt import Receipt, rejected, unknown
from generator.errors import FootfallError
from generator.load.player import Due
from generator.load.settings import Settings
from generator.load.swarm.node import Node, events_of, log
from generator.load.swarm.test import Test

_CUT_SHORT = unknown("the run ended before its answer")
_LATE = unknown("no answer in time")


class Learner(FastHttpUser):
    """One learner on one device, for as long as the user lives."""

    def __init__(self, environment: Environment) -> None:
        self._node: Node = environment.footfall  # type: ignore[attr-defined]
        self._test = self._node.test
        settings = self._test.settings if self._test else Settings()
        # Locust's own default is to take any certificate.
        self.insecure = settings.insecure
        self.network_timeout = self.connection_timeout = settings.timeout
        super().__init__(environment)
        self._player = self._node.new_player()
        self._due: deque[Due] = deque()
        self._begins = 0.0
        self._number = 0

    @task
    def step(self) -> None:
        """Begin a session, or send the batch that is due. Between two steps Locust may stop a user at once."""
        if self._test is None or self._test.is_stopping:
            raise StopUser
        now = time() * 1000
        if self._due:
            if self._due[0].at <= now:
                self._send(self._due.popleft())
        elif self._begins <= now:
            self._begin(int(now))

    def wait_time(self) -> float:
        """Give the seconds until the next step."""
        at = self._due[0].at if self._due else self._begins
        return max(0.0, at / 1000 - time())

    def on_stop(self) -> None:
        """Send what was recorded until now, as a client does that is closed; count what there is no time for.

        A greenlet of its own does it, since Locust may end this one twice: when the user wakes while it is being
        stopped. Locust waits however long this takes, so the limit is kept here.
        """
        test, player, now = self._test, self._player, time() * 1000
        if test is None or player is None:
            return
        recorded = deque(part for due in self._due if (part := player.until(due, now)).recorded)
        self._due.clear()
        if recorded and self.environment.stop_timeout:
            sending = gevent.spawn(self._send_within, self.environment.stop_timeout, recorded)
            while not sending.ready():
                with suppress(GreenletExit):
                    sending.join()
        test.tally.unsent(sum(len(due.recorded) for due in recorded))

    def _send_within(self, seconds: float, recorded: deque[Due]) -> None:
        """Send batches in their order, as many as there is time for."""
        ends = monotonic() + seconds
        while recorded and (left := ends - monotonic()) > 0:
            self._send(recorded.popleft(), left)

    def _begin(self, now: int) -> None:
        test, player, lane = self._test, self._player, self._node.lane
        if test is None or player is None or lane is None or test.allowance.is_used_up:
            raise StopUser
        if not test.allowance.take():
            self._begins = now + 20
            return
        try:
            self._number = lane.session(test.run)
            session, due = player.play(self._number, now)
        except FootfallError as error:
            self._give_up(error)
            return
        test.tally.begin(session.scenario)
        self._due.extend(due)
        if not due:
            self._end_session()

    def _give_up(self, error: FootfallError) -> None:
        """Count a session whose script raised; Locust lists the error and ends with exit code 1."""
        test = self._node.test
        if test:
            test.tally.sessions += 1
            test.tally.unplayed += 1
            if test.tally.unplayed == 1:
                log.error("%s", error)
        events_of(self.environment).user_error.fire(
            user_instance=self, exception=error, tb=error.__traceback__
        )
        self._end_session()
        self._begins = time() * 1000 + 1000

    def _end_session(self) -> None:
        if self._player and self._test:
            self._begins = (time() + self._player.pause(self._number)) * 1000
            self._node.session_ended(self._test)

    def _send(self, due: Due, left: float | None = None) -> None:
        """Send a batch; one of the last within the seconds that are left."""
        test, player = self._test, self._player
        if test is None or player is None or test.contract is None:
            return
        batch = player.batch(due, int(time() * 1000), test.contract.form)
        request = test.contract.request(batch)
        receipt = _CUT_SHORT
        try:
            receipt = self._post(test, request, left)
            if left is not None and receipt == _LATE:
                receipt = _CUT_SHORT
        finally:
            # Also when Locust ends the user amidst: the batch may have arrived.
            test.tally.sent(batch, len(request.body), receipt)
            if receipt.status == "unknown":
                # A connection whose state nobody knows is not used again: the next answer there may be this one's.
                self.client.client.clientpool.close()
        if due.is_last:
            self._end_session()

    def _post(self, test: Test, request: Request, left: float | None) -> Receipt:
        """Post a batch: one entry in Locust's statistics, whatever happens.

        Times are of answers only, and of batches sent when they were due: at the end all users send at once.
        """
        body: Any = request.body  # bytes, and nothing else: a bytearray would jam Locust's client
        seconds = test.settings.timeout if left is None else min(test.settings.timeout, left)
        with gevent.Timeout(seconds) as limit:
            try:
                with self.client.post(
                    request.path, data=body, headers=request.headers, name=request.path,
                    catch_response=True, allow_redirects=False,
                ) as response:  # fmt: skip
                    receipt, is_answered = _judge(test, response)
                    if left is not None or not is_answered:
                        response.request_meta["response_time"] = None
                    if receipt.status == "acked":
                        response.success()
                    else:
                        response.failure(test.tally.reason(receipt))
            except Exception as error:  # noqa: BLE001  no answer, however odd, ends a user
                receipt = _without_answer(error)
                self._enter(request, test.tally.reason(receipt))
            except gevent.Timeout as late:
                if late is not limit:
                    raise
                receipt = _without_answer(late)
                self._enter(request, test.tally.reason(receipt))
        return receipt

    def _enter(self, request: Request, reason: str) -> None:
        """Make the entry that Locust's client did not make."""
        events_of(self.environment).request.fire(
            request_type=request.method, name=request.path, response_time=None,
            response_length=0, exception=RuntimeError(reason), context={},
        )  # fmt: skip


def _judge(test: Test, response: Any) -> tuple[Receipt, bool]:
    """Judge what Locust's client gives back, and say whether there was an answer at all."""
    assert test.contract is not None  # noqa: S101  a test that sends has one
    error = response.request_meta["exception"]
    if error is None or isinstance(error, LocustBadStatusCode):
        return test.contract.judge(Answer(response.status_code, response.content or b"")), True
    return _without_answer(error), False


def _without_answer(error: BaseException) -> Receipt:
    """Judge a failure: refused is only what surely never reached the endpoint."""
    if isinstance(error, RetriesExceeded):
        # Locust's client names the last of its attempts so, though it makes one only.
        error = getattr(error, "original", error)
    said = words(error)
    match error:
        case ConnectionRefusedError() | gevent.socket.gaierror() | gevent.ssl.SSLCertVerificationError():
            return rejected(f"not connected: {said}")
        case gevent.Timeout() | TimeoutError():
            return _LATE
        case HTTPConnectionClosed():
            return unknown(CLOSED)
        case HTTPParseError() | UnicodeError():
            return unknown(NO_HTTP)
    return unknown(f"connection lost: {said}" if said else "no answer that can be read")
