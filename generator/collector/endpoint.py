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
# Bodies beyond this many bytes or events are checked in a thread, so that the others are answered meanwhile.
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
        """Return where the body goes, or raise an HttpError to reject it at once."""

    def handle(self, request: ReceivedRequest, reply: Reply) -> None:
        """Answer a request, now or later."""

    def reject(self, error: HttpError) -> HttpResponse:
        """Return the answer to a request that is not well-formed."""


class CollectorInfo(NamedTuple):
    """What /stats reports of the collector besides its counts."""

    mode: Mode
    form: str
    store: str


class Endpoint:
    """The telemetry service's contract, over an ingest.

    Args:
        is_healthy: whether the last write to the store succeeded.
    """

    def __init__(
        self, ingest: Ingest, stats: Stats, clock: Clock, about: CollectorInfo, is_healthy: Callable[[], bool]
    ) -> None:
        self._ingest = ingest
        self._stats = stats
        self._clock = clock
        self._about = about
        self._is_healthy = is_healthy
        self._thread = ThreadPoolExecutor(1, "check")
        self._loop = asyncio.get_running_loop()
        self._getters: dict[str, Callable[[], HttpResponse]] = {
            "/health": self._answer_health,
            "/stats": self._answer_stats,
        }

    def open(self, head: RequestHead) -> BodySink:
        """Return where the body goes; checks in the service's order: type, charset, encoding."""
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
        self._stats.bytes += len(body)
        path = head.path if head.path in _PATHS else head.path.lower().rstrip("/")
        if head.method == "POST" and path in _PATHS:
            self._take(request, reply)
        elif head.method == "OPTIONS":
            reply(HttpResponse(200, "", b""))
        elif head.method in ("GET", "HEAD") and path in self._getters:
            reply(self._getters[path]())
        else:
            reply(_page(404, f"Cannot {head.method} {head.path}"))

    def reject(self, error: HttpError) -> HttpResponse:
        """Return the answer to a request that is not well-formed: the service's page, or no body, as Node's parser does."""
        return HttpResponse(error.status, "", b"") if error.bare else _page(error.status, str(error))

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _take(self, request: ReceivedRequest, reply: Reply) -> None:
        body = _utf8(request.body, _charset(request.head))
        if len(body) > _LARGE:
            self._check_in_thread(lambda: ReceivedBatch(body), reply)
            return
        try:
            batch = ReceivedBatch(body)
        except MalformedError as error:
            reply(self._malformed(error))
            return
        if len(batch.events) > _MANY:
            self._check_in_thread(lambda: batch, reply)
        else:
            self._take_checked(self._check(batch), reply)

    def _check(self, batch: ReceivedBatch) -> CheckedBatch:
        # What was seen before goes to the duplicates unchecked, as in the pipeline.
        return (
            CheckedBatch(batch, batch.names(), None, "")
            if self._ingest.repeats(batch)
            else check_batch(batch, self._ingest.form)
        )

    def _check_in_thread(self, make: Callable[[], ReceivedBatch], reply: Reply) -> None:
        form = self._ingest.form
        work = self._loop.run_in_executor(self._thread, lambda: check_batch(make(), form))

        def checked(work: asyncio.Future[CheckedBatch]) -> None:
            error = work.exception()
            if isinstance(error, MalformedError):
                reply(self._malformed(error))
            elif error:
                reply(None)
                raise error
            else:
                self._take_checked(work.result(), reply)

        work.add_done_callback(checked)

    def _take_checked(self, checked: CheckedBatch, reply: Reply) -> None:
        self._ingest.take(checked, lambda outcome: reply(self._outcome(outcome, checked.hint)))

    def _outcome(self, outcome: Outcome, hint: str) -> HttpResponse | None:
        if outcome == "stored":
            return HttpResponse(200, JSON, _SUCCESS % self._clock.now)
        if outcome == "failed":
            return self._respond(500, "api.telemetry", "SERVER_ERROR", "Request failed")
        return None if outcome == "unanswered" else self._rejection(outcome, hint)

    def _malformed(self, error: MalformedError) -> HttpResponse:
        if self._about.mode == "sunbird":
            return _page(400, f"SyntaxError: {error}")
        self._stats.batches["refused"] += 1
        return self._rejection([RejectReason(None, "$", str(error), msgspec.Raw(b"null"))], "")

    def _rejection(self, reject_reasons: list[RejectReason], hint: str) -> HttpResponse:
        message = hint or f"{len(reject_reasons)} violations, nothing of the batch is stored"
        return self._respond(400, "api.telemetry", "CLIENT_ERROR", message, violations=reject_reasons)

    def _respond(self, status: int, name: str, code: str, error: str = "", **further: Any) -> HttpResponse:
        params = {"err": error} if error else {}
        content = {"id": name, "ver": "1.0", "ets": self._clock.now, "params": params, "responseCode": code}
        return HttpResponse(status, JSON, msgspec.json.encode(content | further))

    def _answer_health(self) -> HttpResponse:
        if self._is_healthy():
            return self._respond(200, "api.health", "SUCCESS")
        return self._respond(500, "api.health", "SERVER_ERROR", "Telemetry API is unhealthy")

    def _answer_stats(self) -> HttpResponse:
        shortened = self._ingest.msgids.shortened + self._ingest.mids.shortened
        content = self._about._asdict() | self._stats.as_json() | {"windows_shortened": shortened}
        return HttpResponse(200, JSON, msgspec.json.encode(content))


def _is_json(head: RequestHead) -> bool:
    """Return whether the service's parser reads this body; any other type is `{}` to it."""
    kind = head.headers.get("content-type", "")
    return kind == "application/json" or kind.partition(";")[0].strip().lower() == "application/json"


def _charset(head: RequestHead) -> str:
    """Return the charset of a body, in lower case."""
    _, semicolon, parameters = head.headers.get("content-type", "").partition(";")
    if semicolon:
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"').lower()
    return "utf-8"


def _utf8(body: bytes, charset: str) -> bytes:
    """Return a body in UTF-8, in which events are stored: the one case in which they are not as sent."""
    codec = _CHARSETS.get(charset)
    if codec and body:
        body = body.decode(codec, "replace").encode()
    return body.removeprefix(_BOM)


def _page(status: int, message: str) -> HttpResponse:
    """Return the service's error page."""
    return HttpResponse(status, HTML, _PAGE.format(escape(message)).encode("utf-8", "replace"))
