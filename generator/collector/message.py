"""An HTTP/1.1 message: the head of a request, and an answer."""

import re
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

HEAD_BYTES = 16 * 1024
"""The largest head of a request, in bytes: Node's own limit, behind which the telemetry service stands."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VERSIONS = ("HTTP/1.1", "HTTP/1.0")


class HttpError(Exception):
    """A request that is refused before its body is judged.

    Attributes:
        status: the HTTP status.
        bare: whether the answer has no body, as when the request is no HTTP at all.
    """

    def __init__(self, status: int, message: str, bare: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.bare = bare


class Head(NamedTuple):
    """The first lines of a request.

    Attributes:
        path: the target without its query.
        headers: by lower-case name; repeated ones joined by a comma.
        length: the declared bytes of the body; 0 where none is declared.
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


def parse_head(data: bytes) -> Head:
    """Read a head, without the empty line that ends it.

    Raises:
        HttpError: 400 where the bytes are no HTTP, or where two readers could differ on the body's length.
    """
    first, *lines = data.decode("latin-1").split("\r\n")
    method, target, version = _request_line(first)
    headers = _headers(lines)
    chunked = _is_chunked(headers)
    return Head(
        method,
        _path(target),
        headers,
        0 if chunked else _length(headers),
        chunked,
        _keeps(headers.get("connection", ""), version),
    )


def _request_line(line: str) -> tuple[str, str, str]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[2] not in _VERSIONS or not _TOKEN.fullmatch(parts[0]) or not parts[1]:
        raise HttpError(400, "the request line is not HTTP/1.1", bare=True)
    return parts[0], parts[1], parts[2]


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name) or "\n" in value or "\r" in value or "\0" in value:
            raise HttpError(400, "a header line is malformed", bare=True)
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _is_chunked(headers: dict[str, str]) -> bool:
    encoding = headers.get("transfer-encoding")
    if encoding is None:
        return False
    # Both lengths in one request is how requests are smuggled past a proxy.
    if encoding.lower() != "chunked" or "content-length" in headers:
        raise HttpError(400, "the body's length is ambiguous", bare=True)
    return True


def _length(headers: dict[str, str]) -> int:
    text = headers.get("content-length")
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise HttpError(400, "Content-Length is not a number", bare=True)
    return int(text)


def _path(target: str) -> str:
    if target.startswith("/"):
        return target.partition("?")[0]
    try:
        return urlsplit(target).path or "/"
    except ValueError as error:
        raise HttpError(400, "the request's target is malformed", bare=True) from error


def _keeps(connection: str, version: str) -> bool:
    options = connection.lower()
    return "close" not in options if version == "HTTP/1.1" else "keep-alive" in options


class Answer(NamedTuple):
    """What a client gets.

    Attributes:
        kind: the media type of the body; empty where there is none.
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


def render(answer: Answer, head: Head | None, keep: bool) -> bytes:
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
