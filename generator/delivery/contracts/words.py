"""Words for what an endpoint answers: its own in JSON, a gateway's, or the headline of an HTML page."""

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
"""What servers, and gateways that reached none, answer for a request that surely was not processed."""
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
    """What an answer may say: a service's own words, its gateway's, or a strict endpoint's."""

    id: Any = None
    responseCode: Any = None  # noqa: N815  the services' name
    params: Any = None
    message: Any = None
    violations: Any = None
    error: Any = None

    @property
    def inside(self) -> dict[str, Any]:
        """Its `params`, where they are an object."""
        return self.params if isinstance(self.params, dict) else {}


_said = msgspec.json.Decoder(ParsedAnswer)


def is_success(status: int) -> bool:
    """Tell whether a status is a 2xx."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def is_redirect(status: int) -> bool:
    """Return whether a status is a 3xx: the batch is not taken here."""
    return HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST


def named(status: int) -> str:
    """Name a status: `404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def read(body: bytes) -> ParsedAnswer | None:
    """Read an answer, with a byte order mark or without; None if it is not a JSON object."""
    try:
        return _said.decode(body.removeprefix(BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def by_status(answer: Answer) -> Receipt:
    """Judge an answer of an endpoint that has no words for success: a 2xx, unless it is plainly something else."""
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
    """Judge an answer that is no 2xx.

    Rejected is what was surely not taken, final what was read and refused. A 5xx leaves it unknown: what failed
    may have failed behind the store, and a gateway's 502 or 504 hides what became of the batch behind it.
    """
    status = named(answer.status)
    if answer.location and is_redirect(answer.status):
        return rejected(f"{status}: redirects to {_place(answer.location)}")
    if answer.status == HTTPStatus.GATEWAY_TIMEOUT:
        return unknown(status)
    said = read(answer.body)
    detail = failure(said) if said else headline(answer.body)
    reason = f"{status}: {detail}" if detail and detail.lower() not in status.lower() else status
    if _may_be_taken(answer):
        return unknown(reason)
    return rejected(reason, final=answer.status in _READ_AND_REFUSED)


def _may_be_taken(answer: Answer) -> bool:
    """Return whether a failure of a server leaves open whether the batch was taken."""
    if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        # Envoy says so too of a request that it had passed on.
        said = _ENVOY.search(answer.body)
        return said is not None and not (said[1] or b"").decode().strip().startswith(_NEVER_PASSED_ON)
    return answer.status not in _NOT_TAKEN


def _place(location: str) -> str:
    """Return a redirect's target without its query, which may hold a secret or differ for each request."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return brief(location)
    return brief(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl())


def failure(said: ParsedAnswer) -> str:
    """Find the words for a failure in a JSON answer: `params`, a `message`, a strict endpoint's list, an `error`."""
    words = str(said.inside.get("errmsg") or said.inside.get("err") or said.message or "")
    violations = _violations(said.violations)
    if violations and (not words or words[0].isdigit()):
        # A number of violations says less than the first of them; any other hint says more.
        words = violations
    return brief(words or _error(said.error))


def _error(error: Any) -> str:
    """Sum up an `error`: its code and its message, or its text."""
    if isinstance(error, dict):
        return ": ".join(str(error[name]) for name in ("code", "message") if error.get(name))
    return error if isinstance(error, str) else ""


def _violations(listed: Any) -> str:
    """Sum up a list of violations: which they are, the same ones once, and not how many."""
    if not isinstance(listed, list):
        return ""
    told = (
        f"{one.get('path', '')} {one.get('problem', '')}".strip() for one in listed if isinstance(one, dict)
    )
    different = [name for name in dict.fromkeys(told) if name]
    more = "; …" if len(different) > _MOST_VIOLATIONS else ""
    return "; ".join(different[:_MOST_VIOLATIONS]) + more


def is_page(body: bytes) -> bool:
    """Return whether a body is an HTML page."""
    return _PAGE.match(body.removeprefix(BOM_UTF8)) is not None


def headline(body: bytes) -> str:
    """Find the words for a failure in an HTML page: its title, or its text where the title says nothing."""
    text = body.decode(errors="replace")
    title = _TITLE.search(text)
    if title is None:
        return brief(text)
    page = _PRE.search(text)
    return brief(unescape(page[1] if page and title[1].strip().lower() == "error" else title[1]))


def brief(text: str) -> str:
    """Make one short line of what a stranger wrote: no control characters, one space at a time, none of our secrets."""
    text = redact(text)
    words = "".join(character if character.isprintable() else " " for character in text[:1000]).split()
    line = " ".join(words)
    return line if len(line) <= _MOST_OF_A_REASON else f"{line[: _MOST_OF_A_REASON - 1]}…"
