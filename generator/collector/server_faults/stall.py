"""A stall: for some time, again and again, nothing is answered."""

from functools import partial

from generator.collector.body import BodySink
from generator.collector.endpoint import Handler, ReceivedRequest, Reply
from generator.collector.message import HttpError, HttpResponse, RequestHead
from generator.collector.server_faults.options import Pause
from generator.collector.server_faults.response_faults import Timer


class Stall:
    """Holds back the answers of the handler behind it; what is sent meanwhile is received and stored.

    A request that is not well-formed is rejected all the same, as by a proxy.

    Args:
        handler: whose answers are held back.
        pause: for how long, and how often.
        timer: what ends it.
    """

    def __init__(self, handler: Handler, pause: Pause, timer: Timer) -> None:
        self._handler = handler
        self._pause = pause
        self._timer = timer
        self._stalled = False
        self._held: list[tuple[Reply, HttpResponse | None]] = []
        timer.call_later(pause.every, self._begin)

    def open(self, head: RequestHead) -> BodySink:
        """Return where the body goes, see `Handler.open`."""
        return self._handler.open(head)

    def handle(self, request: ReceivedRequest, reply: Reply) -> None:
        """Answer a request, after the stall."""
        self._handler.handle(request, partial(self._answer, reply))

    def reject(self, error: HttpError) -> HttpResponse:
        """Return the answer to a request that is not well-formed."""
        return self._handler.reject(error)

    def _answer(self, reply: Reply, answer: HttpResponse | None) -> None:
        if self._stalled:
            self._held.append((reply, answer))
        else:
            reply(answer)

    def _begin(self) -> None:
        self._stalled = True
        self._timer.call_later(self._pause.seconds, self._end)
        self._timer.call_later(self._pause.every, self._begin)

    def _end(self) -> None:
        self._stalled = False
        held, self._held = self._held, []
        for reply, answer in held:
            reply(answer)
