"""An HTTP/1.1 message: the head of a request, and an answer."""

from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

HEAD_BYTES = 16 * 1024
"""The largest head of a request, in bytes: Node's own limit, behind which the telemetry service stands."""


class HttpError(Exception):
    """A request that is rejected before its body is checked.

    Attributes:
        status: the HTTP status.
        bare: whether the answer has no body, as when the request is not HTTP at all.
    """

    def __init__(self, status: int, message: str, bare: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.bare = bare


class RequestHead(NamedTuple):
    """The first lines of a request.

    Attributes:
        path: the target without its query.
        headers: by lower-case name; repeated ones joined by a comma.
        length: the declared bytes of the body; 0 if none is declared.
        chunked: whether the body comes in chunks, its length unknown.
        keep: whether the client keeps the connection open.
    """

    method: str
    path: str
    headers: dict[str, str]
    length: int
    chunked: bool
    keep: bool

    @property
    def has_body(self) -> bool:
        """Whether a body follows."""
        return self.chunked or self.length > 0


class _Fields:
    """What the parser calls back with."""

    __slots__ = ("headers", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: dict[str, str] = {}

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").rstrip(" \t")
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text


def parse_request_head(data: bytes) -> RequestHead:
    """Read a head, with the empty line that ends it.

    Raises:
        HttpError: 400 if the bytes are not HTTP, or if two readers could differ on the body's length.
    """
    fields = _Fields()
    parser = HttpRequestParser(fields)
    try:
        # A request to upgrade is ignored, as by any server without that protocol.
        with suppress(HttpParserUpgrade):
            parser.feed_data(data)
    except HttpParserError as error:
        raise HttpError(400, str(error), bare=True) from error
    method = parser.get_method()
    # The parser also takes HTTP/0.9 and HTTP/2.0, other protocols, and several spaces.
    if not data.startswith(b"%b %b HTTP/1." % (method, fields.target)):
        raise HttpError(400, "the request line is not HTTP/1.1", bare=True)
    headers = fields.headers
    coding = headers.get("transfer-encoding", "")
    # The parser rejects two lengths itself, since that is how requests are smuggled past a proxy.
    if coding.lower() not in {"", "chunked"}:
        raise HttpError(400, "the body's length is ambiguous", bare=True)
    path, length = _path(fields.target.decode("latin-1")), int(headers.get("content-length", 0))
    # The parser's own word on keeping is gone with the end of a request without a body.
    keep = _keeps(headers.get("connection", ""), parser.get_http_version())
    return RequestHead(method.decode(), path, headers, length, bool(coding), keep)


def _path(target: str) -> str:
    if target.startswith("/"):
        return target.partition("?")[0]
    try:
        return urlsplit(target).path or "/"
    except ValueError as error:
        raise HttpError(400, "the request's target is malformed", bare=True) from error


def _keeps(connection: str, version: str) -> bool:
    options = connection.lower()
    return "close" not in options if version == "1.1" else "keep-alive" in options


class HttpResponse(NamedTuple):
    """What a client gets.

    Attributes:
        kind: the media type of the body; empty if there is none.
    """

    status: int
    kind: str
    body: bytes


# The service lets any page of any origin send telemetry; its list of allowed headers.
_ORIGIN = "Access-Control-Allow-Origin: *\r\n"
_CORS = (
    "Access-Control-Allow-Methods: GET, PUT, POST, PATCH, DELETE, OPTIONS\r\n"
    "Access-Control-Allow-Headers: Content-Type, Authorization, cid, user-id, x-auth, Cache-Control, "
    "X-Requested-With, datatype, *\r\n"
)


def render(answer: HttpResponse, head: RequestHead | None, keep: bool) -> bytes:
    """Write an answer as bytes; one to HEAD is written without its body."""
    status, kind, body = answer
    lines = f"HTTP/1.1 {status} {_PHRASES[status]}\r\n{_ORIGIN}"
    if kind:
        lines += f"Content-Type: {kind}\r\n"
    if kind == HTML:
        lines += "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'\r\n"
    method = head.method if head else ""
    if method == "OPTIONS":
        lines += _CORS
    lines += f"Content-Length: {len(body)}\r\nConnection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    return lines.encode("latin-1") + (b"" if method == "HEAD" else body)


JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
