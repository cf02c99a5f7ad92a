"""The contract: which answer each request gets, as the telemetry service gives it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import escape
from typing import Any, NamedTuple, Protocol

import msgspec

from generator.clock import Clock
from generator.collector.batch import Batch, MalformedError
from generator.collector.body import LIMIT, Inflated, Plain, Sink, Unread
from generator.collector.intake import Complaint, Intake, Judged, Mode, Outcome, judge
from generator.collector.message import HTML, JSON, Answer, Head, HttpError
from generator.collector.tally import Tally

TELEMETRY_PATHS = (
    "/v1/telemetry",  # the service itself
    "/data/v1/telemetry",  # behind Kong
    "/api/data/v1/telemetry",  # the public documentation
    "/data/v3/telemetry",
    "/action/data/v3/telemetry",  # the JS client's default
    "/content/data/v1/telemetry",  # the portal's proxy
)

Reply = Callable[[Answer | None], None]
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
_ENCODINGS: dict[str, Callable[[], Sink]] = {
    "identity": Plain,
    "gzip": lambda: Inflated(31),
    "deflate": lambda: Inflated(15),
}
# The charsets that Node's decoder knows and that start with "utf-", as the service asks.
_CHARSETS = {
    "utf-8": "",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32": "utf-32",
}


class Request(NamedTuple):
    """A request with its body, inflated."""

    head: Head
    body: bytes


class Handler(Protocol):
    """Whatever answers requests: the endpoint, or what stands before it."""

    def open(self, head: Head) -> Sink:
        """Say where the body goes, or refuse it at once with an HttpError."""

    def handle(self, request: Request, reply: Reply) -> None:
        """Answer a request, now or later."""

    def refuse(self, error: HttpError) -> Answer:
        """Answer what is no proper request."""


class About(NamedTuple):
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
        self, intake: Intake, tally: Tally, clock: Clock, about: About, is_healthy: Callable[[], bool]
    ) -> None:
        self._intake = intake
        self._tally = tally
        self._clock = clock
        self._about = about
        self._is_healthy = is_healthy
        self._thread = ThreadPoolExecutor(1, "judge")
        self._loop = asyncio.get_running_loop()
        self._getters: dict[str, Callable[[], Answer]] = {"/health": self._health, "/stats": self._stats}

    def open(self, head: Head) -> Sink:
        """Say where the body goes; in the order in which the service asks: type, charset, encoding."""
        if not head.has_body or not _is_json(head):
            return Unread()
        charset = _charset(head)
        if charset not in _CHARSETS:
            raise HttpError(415, f'unsupported charset "{charset.upper()}"')
        encoding = head.headers.get("content-encoding", "identity").lower()
        if encoding not in _ENCODINGS:
            raise HttpError(415, f'unsupported content encoding "{encoding}"')
        if encoding == "identity" and head.length > LIMIT:
            raise HttpError(413, "request entity too large")
        return _ENCODINGS[encoding]()

    def handle(self, request: Request, reply: Reply) -> None:
        """Answer a request: a batch when it is on disk, all else at once."""
        head, body = request
        self._tally.bytes += len(body)
        path = head.path if head.path in _PATHS else head.path.lower().rstrip("/")
        if head.method == "POST" and path in _PATHS:
            self._take(request, reply)
        elif head.method == "OPTIONS":
            reply(Answer(200, "", b""))
        elif head.method in ("GET", "HEAD") and path in self._getters:
            reply(self._getters[path]())
        else:
            reply(_page(404, f"Cannot {head.method} {head.path}"))

    def refuse(self, error: HttpError) -> Answer:
        """Answer what is no proper request; a page as the service's, or nothing as Node's parser does."""
        return Answer(error.status, "", b"") if error.bare else _page(error.status, str(error))

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _take(self, request: Request, reply: Reply) -> None:
        body = _utf8(request.body, _charset(request.head))
        if len(body) > _LARGE:
            self._judge_aside(lambda: Batch(body), reply)
            return
        try:
            batch = Batch(body)
        except MalformedError as error:
            reply(self._malformed(error))
            return
        if len(batch.events) > _MANY:
            self._judge_aside(lambda: batch, reply)
        else:
            self._take_judged(self._judge(batch), reply)

    def _judge(self, batch: Batch) -> Judged:
        # What was seen before goes to the duplicates unjudged, as in the pipeline.
        return (
            Judged(batch, batch.names(), None, "")
            if self._intake.repeats(batch)
            else judge(batch, self._intake.form)
        )

    def _judge_aside(self, make: Callable[[], Batch], reply: Reply) -> None:
        form = self._intake.form
        work = self._loop.run_in_executor(self._thread, lambda: judge(make(), form))

        def judged(work: asyncio.Future[Judged]) -> None:
            error = work.exception()
            if isinstance(error, MalformedError):
                reply(self._malformed(error))
            elif error:
                reply(None)
                raise error
            else:
                self._take_judged(work.result(), reply)

        work.add_done_callback(judged)

    def _take_judged(self, judged: Judged, reply: Reply) -> None:
        self._intake.take(judged, lambda outcome: reply(self._outcome(outcome, judged.hint)))

    def _outcome(self, outcome: Outcome, hint: str) -> Answer | None:
        if outcome == "stored":
            return Answer(200, JSON, _SUCCESS % self._clock.now)
        if outcome == "failed":
            return self._say(500, "api.telemetry", "SERVER_ERROR", "Request failed")
        return None if outcome == "unanswered" else self._refusal(outcome, hint)

    def _malformed(self, error: MalformedError) -> Answer:
        if self._about.mode == "sunbird":
            return _page(400, f"SyntaxError: {error}")
        self._tally.batches["refused"] += 1
        return self._refusal([Complaint(None, "$", str(error), msgspec.Raw(b"null"))], "")

    def _refusal(self, complaints: list[Complaint], hint: str) -> Answer:
        said = hint or f"{len(complaints)} violations, nothing of the batch is stored"
        return self._say(400, "api.telemetry", "CLIENT_ERROR", said, violations=complaints)

    def _say(self, status: int, name: str, code: str, error: str = "", **further: Any) -> Answer:
        params = {"err": error} if error else {}
        said = {"id": name, "ver": "1.0", "ets": self._clock.now, "params": params, "responseCode": code}
        return Answer(status, JSON, msgspec.json.encode(said | further))

    def _health(self) -> Answer:
        if self._is_healthy():
            return self._say(200, "api.health", "SUCCESS")
        return self._say(500, "api.health", "SERVER_ERROR", "Telemetry API is unhealthy")

    def _stats(self) -> Answer:
        shortened = self._intake.msgids.shortened + self._intake.mids.shortened
        said = self._about._asdict() | self._tally.said() | {"windows_shortened": shortened}
        return Answer(200, JSON, msgspec.json.encode(said))


def _is_json(head: Head) -> bool:
    """Whether the service's parser reads this body; any other type is `{}` to it."""
    kind = head.headers.get("content-type", "")
    return kind == "application/json" or kind.partition(";")[0].strip().lower() == "application/json"


def _charset(head: Head) -> str:
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


def _page(status: int, message: str) -> Answer:
    """Make the service's error page."""
    return Answer(status, HTML, _PAGE.format(escape(message)).encode("utf-8", "replace"))
