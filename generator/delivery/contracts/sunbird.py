"""Sunbird's telemetry service, and the gateways and proxies before it."""

import gzip
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import unescape
from http import HTTPStatus
from typing import Any, Literal, get_args
from urllib.parse import quote

import msgspec
from msgspec import Struct

from generator.delivery.address import check_token
from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts import Answer, Request
from generator.delivery.receipt import ACKED, Receipt, rejected, unknown
from generator.errors import UsageError
from generator.spec.envelope import Event
from generator.spec.rules import Form

Compression = Literal["none", "gzip"]
COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)

DEFAULT_PATH = "/v1/telemetry"
PATHS = {
    DEFAULT_PATH: "the service itself",
    "/data/v1/telemetry": "its gateway",
    "/api/data/v1/telemetry": "the gateway, from outside",
    "/content/data/v1/telemetry": "the portal's proxy",
    "/action/data/v3/telemetry": "the portal's proxy, as the JavaScript client calls it",
    "/data/v3/telemetry": "the same without the prefix",
}
"""Where the one API is found, by layer; other paths will do."""

_EDITORS = {"/content-editor/telemetry", "/collection-editor/telemetry"}
_READ_AND_REFUSED = {400, 413, 415, 422}
_MOST_OF_A_REASON = 100
_MOST_VIOLATIONS = 2
_KEPT_HEADERS = 10_000
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_PRE = re.compile(r"<pre[^>]*>(.*?)(?:<br|\n|</pre>)", re.IGNORECASE | re.DOTALL)


class _Params(Struct):
    msgid: str


class _Envelope(Struct):
    """The body of a batch; its fields stand in the order in which the JavaScript client writes them."""

    id: str
    ver: str
    params: _Params
    ets: int
    events: Sequence[Event | Mapping[str, Any]]


class _Said(Struct):
    """What an answer may say: the service's own words, its gateway's, or a strict endpoint's."""

    responseCode: Any = None  # noqa: N815  the service's name
    params: Any = None
    message: Any = None
    violations: Any = None


_encoder = msgspec.json.Encoder()
_said = msgspec.json.Decoder(_Said)


class Sunbird:
    """Sunbird's contract: the envelope and the headers of the JavaScript client.

    Args:
        path: where batches are posted; see `PATHS`.
        token: sent as `Authorization: Bearer`; never shown.
        compress: none, or gzip as the phones do.
        form: the form of the events.
    """

    def __init__(
        self,
        path: str = DEFAULT_PATH,
        *,
        token: str | None = None,
        compress: Compression = "none",
        form: Form = "wire",
    ) -> None:
        if not re.fullmatch(r"/[!-~]*", path):
            raise UsageError(f"path={path!r}: a path begins with a slash, such as {DEFAULT_PATH}")
        if path in _EDITORS:
            raise UsageError(f"path={path!r}: editors post one event at a time there; give {DEFAULT_PATH}")
        if compress not in COMPRESSIONS:
            raise UsageError(f"compress={compress!r}: choose one of {', '.join(COMPRESSIONS)}")
        self.path = path
        self.form: Form = form
        self.compress: Compression = compress
        self._token = check_token(token)
        self._headers = lru_cache(_KEPT_HEADERS)(self._make_headers)

    def request(self, batch: Batch) -> Request:
        """Write a batch as the JavaScript client does."""
        said = _Envelope("api.sunbird.telemetry", "3.0", _Params(batch.msgid), batch.ets, batch.events)
        body = _encoder.encode(said)
        if self.compress == "gzip":
            body = gzip.compress(body, compresslevel=6, mtime=0)
        return Request("POST", self.path, self._headers(batch.identity), body)

    def _make_headers(self, identity: Identity) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "dataType": "json"}
        who = (
            ("x-device-id", identity.device),
            ("x-channel-id", identity.channel),
            ("x-app-id", identity.app),
        )
        headers |= {name: _printable(value) for name, value in who if value}
        if self.compress == "gzip":
            headers["Content-Encoding"] = "gzip"
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return headers

    def judge(self, answer: Answer) -> Receipt:
        """Say what an answer means: only `SUCCESS` inside a 2xx is taken for one."""
        said = _read(answer.body)
        named = _named(answer.status)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            if said and said.responseCode == "SUCCESS":
                return ACKED
            return rejected(f"{named}, but {_not_success(answer.body, said)}")
        if answer.status == HTTPStatus.GATEWAY_TIMEOUT:
            return unknown(named)
        detail = _failure(said) if said else _headline(answer.body)
        reason = f"{named}: {detail}" if detail and detail.lower() not in named.lower() else named
        return rejected(reason, final=answer.status in _READ_AND_REFUSED)

    def __repr__(self) -> str:
        token = ", token=(hidden)" if self._token else ""
        return f"Sunbird({self.path!r}{token}, compress={self.compress!r}, form={self.form!r})"


def _printable(value: str) -> str:
    """Write a value as a header can carry it."""
    return value if value.isascii() and value.isprintable() else quote(value)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _read(body: bytes) -> _Said | None:
    try:
        return _said.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _not_success(body: bytes, said: _Said | None) -> str:
    """Say what a 2xx holds in place of success."""
    if said is None:
        headline = _headline(body)
        return f"no JSON: {headline}" if headline else "nothing in it"
    code = "no responseCode in it" if said.responseCode is None else f"{_brief(str(said.responseCode))} in it"
    failure = _failure(said)
    return f"{code}: {failure}" if failure else code


def _failure(said: _Said) -> str:
    """Find the words for a failure in a JSON answer: `params`, the gateway's `message`, a strict endpoint's list."""
    params = said.params if isinstance(said.params, dict) else {}
    words = str(params.get("errmsg") or params.get("err") or said.message or "")
    violations = _violations(said.violations)
    if violations and (not words or words[0].isdigit()):
        # A number of violations says less than the first of them; any other hint says more.
        words = violations
    return _brief(words)


def _violations(listed: Any) -> str:
    """Sum up a list of violations: which they are, the same ones once, and not how many."""
    if not isinstance(listed, list):
        return ""
    named = (
        f"{one.get('path', '')} {one.get('problem', '')}".strip() for one in listed if isinstance(one, dict)
    )
    different = [name for name in dict.fromkeys(named) if name]
    more = "; …" if len(different) > _MOST_VIOLATIONS else ""
    return "; ".join(different[:_MOST_VIOLATIONS]) + more


def _headline(body: bytes) -> str:
    """Find the words for a failure in an HTML page: its title, or its text where the title says nothing."""
    text = body.decode(errors="replace")
    title = _TITLE.search(text)
    if title is None:
        return _brief(text)
    page = _PRE.search(text)
    return _brief(unescape(page[1] if page and title[1].strip().lower() == "error" else title[1]))


def _brief(text: str) -> str:
    """Make one short line of what a stranger wrote: no control characters, one space at a time."""
    words = "".join(character if character.isprintable() else " " for character in text[:1000]).split()
    line = " ".join(words)
    return line if len(line) <= _MOST_OF_A_REASON else f"{line[: _MOST_OF_A_REASON - 1]}…"
