"""The head of a request, made once: the same bytes that Locust's own client sends for that request."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from geventhttpclient import URL, HTTPClient
from geventhttpclient.header import Headers

from generator.delivery.address import A_PATH, is_path
from generator.delivery.proxy import Proxy
from generator.errors import UsageError

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_OURS = {"content-length", "transfer-encoding", "expect"}
_WITH_BODY = {"POST", "PUT", "PATCH"}
_ANSWERED_ODDLY = {"HEAD", "CONNECT"}


class Head:
    """The head of a request, without the length of its body.

    Args:
        url: the endpoint's address, as `check_address` returns it.
        method: such as POST.
        path: begins with a slash; the address' own path comes before it.
        headers: by name, in the order in which they are sent.
        proxy: the proxy that reads the request; None if it goes to the endpoint or through a tunnel.

    Raises:
        UsageError: if the head of a request cannot carry a value, or the transport writes a header itself.
    """

    __slots__ = ("_bare", "_before")

    def __init__(
        self, url: str, method: str, path: str, headers: Mapping[str, str], proxy: Proxy | None = None
    ) -> None:
        method = _check_method(method)
        _check_path(url, path)
        for name, value in headers.items():
            _check_header(name, value)
        target = URL(url + path).quoted_uri
        if proxy:
            target = f"http://{_host(url)}{target}"
            headers = {**headers, **proxy.headers}
        line = f"{method} {target} HTTP/1.1\r\n"
        bare = line + _lines(url, headers, has_body=False)
        if method in _WITH_BODY:
            bare += "Content-Length: 0\r\n"
        self._bare = f"{bare}\r\n".encode("latin-1")
        self._before = f"{line}{_lines(url, headers, has_body=True)}Content-Length: ".encode("latin-1")

    def renamed(self, pairs: Iterable[tuple[str, str]]) -> "Head":
        """Return the same head with some of its words replaced.

        Args:
            pairs: each word, such as a device's id, and its replacement; every occurrence is replaced.
        """
        other = Head.__new__(Head)
        before, bare = self._before, self._bare
        for old, new in pairs:
            if not _VALUE.fullmatch(new):
                raise UsageError(
                    f"{new!r}: the head of a request cannot carry it; it holds a line break or more than latin-1"
                )
            before = before.replace(old.encode("latin-1"), new.encode("latin-1"))
            bare = bare.replace(old.encode("latin-1"), new.encode("latin-1"))
        other._before, other._bare = before, bare  # noqa: SLF001  its own
        return other

    def of(self, length: int) -> bytes:
        """Return the head of a request whose body has `length` bytes."""
        return self._before + b"%d\r\n\r\n" % length if length else self._bare

    def chunked(self) -> bytes:
        """Return the head of a request whose body comes in chunks."""
        return self._before.removesuffix(b"Content-Length: ") + b"Transfer-Encoding: chunked\r\n\r\n"


def _lines(url: str, headers: Mapping[str, str], *, has_body: bool) -> str:
    """Format the headers that Locust's client sends, in its order: its own name first, the host last."""
    fields = Headers()
    fields.update(HTTPClient.DEFAULT_HEADERS)
    fields.update(headers)
    if "Accept-Encoding" not in headers and "accept-encoding" not in headers:
        fields["Accept-Encoding"] = "gzip, deflate, br"
    if has_body and not fields.get("Content-Type"):
        fields["content-type"] = "application/octet-stream"
    if "Host" not in fields:
        fields["Host"] = _host(url)
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items())


def _host(url: str) -> str:
    """Return a host as the client writes it: without the ports 80 and 443, even if the scheme is another."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in {None, 80, 443} else f"{host}:{parts.port}"


def _check_method(method: str) -> str:
    if not _TOKEN.fullmatch(method):
        raise UsageError(f"method={method!r}: a method is a word, such as POST")
    if method.upper() in _ANSWERED_ODDLY:
        raise UsageError(f"method={method!r}: batches cannot be sent with it; give POST or PUT")
    return method.upper()


def _check_path(url: str, path: str) -> None:
    if not (is_path(path) and is_path(urlsplit(url).path + path)):
        raise UsageError(f"path={path!r}: {A_PATH}; write other characters as %20")


def _check_header(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise UsageError(f"{name!r} is not the name of a header; give letters, digits and dashes")
    if name.lower() in _OURS:
        raise UsageError(f"header {name}: the transport writes it itself; leave it out")
    if not _VALUE.fullmatch(value):
        # The value may be a secret.
        raise UsageError(
            f"header {name}: its value (not shown) holds a line break or a character beyond latin-1"
        )
