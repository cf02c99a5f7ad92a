"""The words in an answer: the endpoint's own in JSON, a gateway's, or the headline of an HTML page."""

import re
from codecs import BOM_UTF8
from html import unescape
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from generator.delivery.contracts import Answer
from generator.delivery.receipt import ACKED, Receipt, rejected, unknown
from generator.delivery.redact import redact

_READ_AND_REFUSED = {400, 413, 415, 422}
_NOT_TAKEN = {501, 503, 505, 506, 507, 508, 510, 511, 521, 523, 525, 526, 529, 530}
"""The statuses from 500 of servers, and of gateways that reached no server, which did not process the request."""
_ENVOY = re.compile(
    rb"upstream connect error or disconnect/reset before headers(?:.*?reset reason:\s*([a-z ]+))?", re.DOTALL
)
_NEVER_PASSED_ON = ("connection failure", "remote connection failure", "local connection failure", "overflow")
_MOST_OF_A_REASON = 100
_MOST_VIOLATIONS = 2
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_PRE = re.compile(r"<pre[^>]*>(.*?)(?:<br|\n|</pre>)", re.IGNORECASE | re.DOTALL)


class ParsedAnswer(Struct):
    """The fields of an answer: a service's own, its gateway's, or a strict endpoint's."""

    id: Any = None
    responseCode: Any = None  # noqa: N815  the services' name
    params: Any = None
    message: Any = None
    violations: Any = None
    error: Any = None

    @property
    def inside(self) -> dict[str, Any]:
        """Its `params` if they are an object, else an empty one."""
        return self.params if isinstance(self.params, dict) else {}


_parser = msgspec.json.Decoder(ParsedAnswer)


def is_success(status: int) -> bool:
    """Return whether a status is a 2xx."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def is_redirect(status: int) -> bool:
    """Return whether a status is a 3xx: this endpoint does not accept the batch."""
    return HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST


def named(status: int) -> str:
    """Return the name of a status: `404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def read(body: bytes) -> ParsedAnswer | None:
    """Parse an answer, with a byte order mark or without; return None if it is not a JSON object."""
    try:
        return _parser.decode(body.removeprefix(BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def by_status(answer: Answer) -> Receipt:
    """Judge an answer of an endpoint that has no words for success: a 2xx is one, unless its body shows otherwise."""
    if not is_success(answer.status):
        return refused(answer)
    if answer.status == HTTPStatus.MULTI_STATUS:
        return unknown(
            f"{named(answer.status)}: each part has a status of its own, which this contract does not read"
        )
    if is_page(answer.body):
        return unknown(f"{named(answer.status)}, but an HTML page: {headline(answer.body)}")
    return ACKED


def refused(answer: Answer) -> Receipt:
    """Judge an answer that is not a 2xx.

    The batch is rejected if the endpoint has certainly not accepted it; finally so if the endpoint has read it. Most
    statuses from 500 leave it unknown: the failure may lie behind the store, and a gateway's 502 or 504 hides the
    outcome behind it.
    """
    status = named(answer.status)
    if answer.location and is_redirect(answer.status):
        return rejected(f"{status}: redirects to {_place(answer.location)}")
    if answer.status == HTTPStatus.GATEWAY_TIMEOUT:
        return unknown(status)
    parsed = read(answer.body)
    detail = failure(parsed) if parsed else headline(answer.body)
    reason = f"{status}: {detail}" if detail and detail.lower() not in status.lower() else status
    if _may_be_taken(answer):
        return unknown(reason)
    return rejected(reason, final=answer.status in _READ_AND_REFUSED)


def _may_be_taken(answer: Answer) -> bool:
    """Return whether the server may have accepted the batch, although it failed."""
    if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        # Envoy answers 503 too for a request that it had passed on.
        match = _ENVOY.search(answer.body)
        return match is not None and not (match[1] or b"").decode().strip().startswith(_NEVER_PASSED_ON)
    return answer.status not in _NOT_TAKEN


def _place(location: str) -> str:
    """Return a redirect's target without its query, which may hold a secret, or differ for each request."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return brief(location)
    return brief(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl())


def failure(parsed: ParsedAnswer) -> str:
    """Return the words for a failure in a JSON answer: `params`, a `message`, a strict endpoint's list, an `error`."""
    words = str(parsed.inside.get("errmsg") or parsed.inside.get("err") or parsed.message or "")
    violations = _violations(parsed.violations)
    if violations and (not words or words[0].isdigit()):
        # The first violation is more useful than their number; any other hint is more useful than both.
        words = violations
    return brief(words or _error(parsed.error))


def _error(error: Any) -> str:
    """Return the code and the message of an `error`, or its text."""
    if isinstance(error, dict):
        return ": ".join(str(error[name]) for name in ("code", "message") if error.get(name))
    return error if isinstance(error, str) else ""


def _violations(listed: Any) -> str:
    """Return the different violations of a list, without their number."""
    if not isinstance(listed, list):
        return ""
    lines = (
        f"{one.get('path', '')} {one.get('problem', '')}".strip() for one in listed if isinstance(one, dict)
    )
    different = [name for name in dict.fromkeys(lines) if name]
    more = "; …" if len(different) > _MOST_VIOLATIONS else ""
    return "; ".join(different[:_MOST_VIOLATIONS]) + more


def is_page(body: bytes) -> bool:
    """Return whether a body is an HTML page."""
    return _PAGE.match(body.removeprefix(BOM_UTF8)) is not None


def headline(body: bytes) -> str:
    """Return the words for a failure in an HTML page: its title, or its text if the title is only `Error`."""
    text = body.decode(errors="replace")
    title = _TITLE.search(text)
    if title is None:
        return brief(text)
    page = _PRE.search(text)
    return brief(unescape(page[1] if page and title[1].strip().lower() == "error" else title[1]))


def brief(text: str) -> str:
    """Return foreign text as one short line: no control characters, single spaces, no secrets of this process."""
    text = redact(text)
    words = "".join(character if character.isprintable() else " " for character in text[:1000]).split()
    line = " ".join(words)
    return line if len(line) <= _MOST_OF_A_REASON else f"{line[: _MOST_OF_A_REASON - 1]}…"
