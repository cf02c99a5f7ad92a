"""The contract: which answer each request gets, as the telemetry service gives it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import escape
from typing import Any, NamedTuple, Protocol

import msgspec

from generator.clock import Clock
from generator.collector.batch import MalformedError, ReceivedBatch
from generator.collector.body import LIMIT, BodySink, DiscardedBody, InflatedBody, PlainBody
from generator.collector.ingest import CheckedBatch, Ingest, Mode, Outcome, RejectReason, check_batch
from generator.collector.message import HTML, JSON, HttpError, HttpResponse, RequestHead
from generator.collector.stats import Stats

TELEMETRY_PATHS = (
    "/v1/telemetry",  # the service itself
    "/data/v1/telemetry",  # behind Kong
    "/api/data/v1/telemetry",  # the public documentation
    "/data/v3/telemetry",
    "/action/data/v3/telemetry",  # the JS client's default
    "/content/data/v1/telemetry",  # the portal's proxy
)

Reply = Callable[[HttpResponse | None], None]
"""What is called once for each request, now or later; None hangs up without an answer."""

_PAGE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n'
    "<body>\n<pre>{}</pre>\n</body>\n</html>\n"
)
# Bodies beyond this many bytes or events are judged in a thread, so that the others are answered meanwhile.
_LARGE = 256 * 1024
_MANY = 2000
_PATHS = frozenset(TELEMETRY_PATHS)
_SUCCESS = b'{"id":"api.telemetry","ver":"1.0","ets":%d,"params":{},"responseCode":"SUCCESS"}'
_BOM = b"\xef\xbb\xbf"
_ENCODINGS: dict[str, Callable[[], BodySink]] = {
    "identity": PlainBody,
    "gzip": lambda: InflatedBody(31),
    "deflate": lambda: InflatedBody(15),
}
# The charsets that Node's decoder knows and that start with "utf-", as the service asks.
_CHARSETS = {
    "utf-8": "",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32": "utf-32",
}


class ReceivedRequest(NamedTuple):
    """A request with its body, inflated."""

    head: RequestHead
    body: bytes


class Handler(Protocol):
    """Whatever answers requests: the endpoint, or what stands before it."""

    def open(self, head: RequestHead) -> BodySink:
        """Say where the body goes, or refuse it at once with an HttpError."""

    def handle(self, request: ReceivedRequest, reply: Reply) -> None:
        """Answer a request, now or later."""

    def refuse(self, error: HttpError) -> HttpResponse:
        """Answer what is no proper request."""


class CollectorInfo(NamedTuple):
    """What /stats says of the collector besides its counts."""

    mode: Mode
    form: str
    store: str


class Endpoint:
    """The telemetry service's contract, over an intake.

    Args:
        is_healthy: whether the store takes what is written.
    """

    def __init__(
        self, intake: Ingest, tally: Stats, clock: Clock, about: CollectorInfo, is_healthy: Callable[[], bool]
    ) -> None:
        self._intake = intake
        self._tally = tally
        self._clock = clock
        self._about = about
        self._is_healthy = is_healthy
        self._thread = ThreadPoolExecutor(1, "judge")
        self._loop = asyncio.get_running_loop()
        self._getters: dict[str, Callable[[], HttpResponse]] = {
            "/health": self._health,
            "/stats": self._stats,
        }

    def open(self, head: RequestHead) -> BodySink:
        """Say where the body goes; in the order in which the service asks: type, charset, encoding."""
        if not head.has_body or not _is_json(head):
            return DiscardedBody()
        charset = _charset(head)
        if charset not in _CHARSETS:
            raise HttpError(415, f'unsupported charset "{charset.upper()}"')
        encoding = head.headers.get("content-encoding", "identity").lower()
        if encoding not in _ENCODINGS:
            raise HttpError(415, f'unsupported content encoding "{encoding}"')
        if encoding == "identity" and head.length > LIMIT:
            raise HttpError(413, "request entity too large")
        return _ENCODINGS[encoding]()

    def handle(self, request: ReceivedRequest, reply: Reply) -> None:
        """Answer a request: a batch when it is on disk, all else at once."""
        head, body = request
        self._tally.bytes += len(body)
        path = head.path if head.path in _PATHS else head.path.lower().rstrip("/")
        if head.method == "POST" and path in _PATHS:
            self._take(request, reply)
        elif head.method == "OPTIONS":
            reply(HttpResponse(200, "", b""))
        elif head.method in ("GET", "HEAD") and path in self._getters:
            reply(self._getters[path]())
        else:
            reply(_page(404, f"Cannot {head.method} {head.path}"))

    def refuse(self, error: HttpError) -> HttpResponse:
        """Answer what is no proper request; a page as the service's, or nothing as Node's parser does."""
        return HttpResponse(error.status, "", b"") if error.bare else _page(error.status, str(error))

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _take(self, request: ReceivedRequest, reply: Reply) -> None:
        body = _utf8(request.body, _charset(request.head))
        if len(body) > _LARGE:
            self._judge_aside(lambda: ReceivedBatch(body), reply)
            return
        try:
            batch = ReceivedBatch(body)
        except MalformedError as error:
            reply(self._malformed(error))
            return
        if len(batch.events) > _MANY:
            self._judge_aside(lambda: batch, reply)
        else:
            self._take_judged(self._judge(batch), reply)

    def _judge(self, batch: ReceivedBatch) -> CheckedBatch:
        # What was seen before goes to the duplicates unjudged, as in the pipeline.
        return (
            CheckedBatch(batch, batch.names(), None, "")
            if self._intake.repeats(batch)
            else check_batch(batch, self._intake.form)
        )

    def _judge_aside(self, make: Callable[[], ReceivedBatch], reply: Reply) -> None:
        form = self._intake.form
        work = self._loop.run_in_executor(self._thread, lambda: check_batch(make(), form))

        def judged(work: asyncio.Future[CheckedBatch]) -> None:
            error = work.exception()
            if isinstance(error, MalformedError):
                reply(self._malformed(error))
            elif error:
                reply(None)
                raise error
            else:
                self._take_judged(work.result(), reply)

        work.add_done_callback(judged)

    def _take_judged(self, judged: CheckedBatch, reply: Reply) -> None:
        self._intake.take(judged, lambda outcome: reply(self._outcome(outcome, judged.hint)))

    def _outcome(self, outcome: Outcome, hint: str) -> HttpResponse | None:
        if outcome == "stored":
            return HttpResponse(200, JSON, _SUCCESS % self._clock.now)
        if outcome == "failed":
            return self._say(500, "api.telemetry", "SERVER_ERROR", "Request failed")
        return None if outcome == "unanswered" else self._refusal(outcome, hint)

    def _malformed(self, error: MalformedError) -> HttpResponse:
        if self._about.mode == "sunbird":
            return _page(400, f"SyntaxError: {error}")
        self._tally.batches["refused"] += 1
        return self._refusal([RejectReason(None, "$", str(error), msgspec.Raw(b"null"))], "")

    def _refusal(self, complaints: list[RejectReason], hint: str) -> HttpResponse:
        said = hint or f"{len(complaints)} violations, nothing of the batch is stored"
        return self._say(400, "api.telemetry", "CLIENT_ERROR", said, violations=complaints)

    def _say(self, status: int, name: str, code: str, error: str = "", **further: Any) -> HttpResponse:
        params = {"err": error} if error else {}
        said = {"id": name, "ver": "1.0", "ets": self._clock.now, "params": params, "responseCode": code}
        return HttpResponse(status, JSON, msgspec.json.encode(said | further))

    def _health(self) -> HttpResponse:
        if self._is_healthy():
            return self._say(200, "api.health", "SUCCESS")
        return self._say(500, "api.health", "SERVER_ERROR", "Telemetry API is unhealthy")

    def _stats(self) -> HttpResponse:
        shortened = self._intake.msgids.shortened + self._intake.mids.shortened
        said = self._about._asdict() | self._tally.said() | {"windows_shortened": shortened}
        return HttpResponse(200, JSON, msgspec.json.encode(said))


def _is_json(head: RequestHead) -> bool:
    """Whether the service's parser reads this body; any other type is `{}` to it."""
    kind = head.headers.get("content-type", "")
    return kind == "application/json" or kind.partition(";")[0].strip().lower() == "application/json"


def _charset(head: RequestHead) -> str:
    """Give the charset of a body, in lower case."""
    _, semicolon, parameters = head.headers.get("content-type", "").partition(";")
    if semicolon:
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"').lower()
    return "utf-8"


def _utf8(body: bytes, charset: str) -> bytes:
    """Give a body in UTF-8, in which events are stored: the one case in which they are not as sent."""
    codec = _CHARSETS.get(charset)
    if codec and body:
        body = body.decode(codec, "replace").encode()
    return body.removeprefix(_BOM)


def _page(status: int, message: str) -> HttpResponse:
    """Make the service's error page."""
    return HttpResponse(status, HTML, _PAGE.format(escape(message)).encode("utf-8", "replace"))
