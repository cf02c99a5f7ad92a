"""What the body of a 2xx proves, for contracts that have words for success.

Only the contract's own words prove success. The batch is rejected if the body has another value at their place, or
an error. Any other body leaves the batch unknown, and the reason names what came instead of the words.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any

from generator.delivery.contracts import Answer
from generator.delivery.contracts.words import (
    ParsedAnswer,
    brief,
    failure,
    headline,
    is_page,
    is_success,
    named,
)
from generator.delivery.receipt import Receipt, rejected, unknown

_SUCCESSES = frozenset(
    ("success", "successful", "ok", "accepted", "created", "queued", "received", "stored", "true", "0")
)
"""What endpoints write for success; only the contract's own word proves it."""
_HIDDEN = "bytes that cannot be shown"
_ENCODINGS = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
"""The wide ones first: the beginning of text in UTF-16 is one of text in UTF-32 too."""
_BEGINNINGS = {name: tuple(one.encode(name) for one in "\ufeff{[<") for name in _ENCODINGS}
"""How JSON and HTML begin in them, with a byte order mark or without."""


def without_success(answer: Answer, parsed: ParsedAnswer | None, wanted: Mapping[str, str]) -> Receipt:
    """Judge a 2xx that lacks a word for success.

    Args:
        answer: the 2xx.
        parsed: its body; None if that is not a JSON object.
        wanted: the words for success, by their place: `responseCode` or `params.status`.
    """
    status = named(answer.status)
    if parsed is None:
        return unknown(f"{status}, but {unreadable(answer)}")
    seen = {"responseCode": parsed.responseCode, "params.status": parsed.inside.get("status")}
    words = failure(parsed)
    for place, word in seen.items():
        if means_failure(word, wanted.get(place, "success")):
            what = f"{brief(str(word))} in it" if place == "responseCode" else _other(place, word, "SUCCESS")
            return rejected(_joined(status, what, words))
    place = next(place for place, word in wanted.items() if seen[place] != word)
    is_present = seen[place] is not None
    what = _other(place, seen[place], wanted[place]) if is_present else f"no {place} in it"
    if has_error(parsed) and not is_present:
        return rejected(_joined(status, what, words or "an error"))
    text = answer.body.decode(errors="replace").strip()
    return unknown(_joined(status, what, words or ("" if is_present or text == "{}" else brief(text))))


def means_failure(seen: Any, wanted: Any) -> bool:
    """Return whether a value at the place of a word for success means that the batch was not accepted.

    Success in another spelling or of another type proves nothing. Nor does a value that is not a text, number or
    boolean.

    Args:
        seen: the value.
        wanted: the word for success.
    """
    if seen == wanted or not isinstance(seen, str | int | float):
        return False
    if isinstance(seen, int | float) and isinstance(wanted, int | float):
        return isinstance(seen, bool) == isinstance(wanted, bool)
    text = str(seen).strip().casefold()
    is_2xx = text.isdecimal() and len(text) < 10 and is_success(int(text))
    return bool(text) and not is_2xx and text not in _SUCCESSES and text != str(wanted).casefold()


def has_error(parsed: ParsedAnswer | None) -> bool:
    """Return whether an answer holds an error: a `params.err`, a list of violations, an `error`."""
    if parsed is None:
        return False
    return any((parsed.inside.get("err"), parsed.inside.get("errmsg"), parsed.violations, parsed.error))


def unreadable(answer: Answer) -> str:
    """Return why the body of a 2xx cannot be read: what it holds instead of the words."""
    if answer.coding:
        return f"its body is in {brief(answer.coding)}, which was not asked for"
    if answer.is_cut:
        return f"its answer is longer than the {len(answer.body):,} bytes that are read"
    body = answer.body.removeprefix(BOM_UTF8)
    if not body.strip():
        return "nothing in it"
    encoding = _encoding(body)
    if encoding:
        return f"its text is in {encoding}, not UTF-8"
    if is_page(body):
        return f"an HTML page: {headline(body)}"
    return _of_json(body) or f"no JSON: {headline(body) or _HIDDEN}"


def _encoding(body: bytes) -> str:
    """Return the name of an encoding of two or four bytes a character; "" for any other text."""
    found = next((name for name, begins in _BEGINNINGS.items() if body.startswith(begins)), "")
    return found[:6].upper()


def _of_json(body: bytes) -> str:
    """Return what is wrong with a body that begins with JSON; "" if it does not."""
    try:
        text = body.decode().lstrip()
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return ""
    if text[end:].strip():
        # A number or a word at the beginning of a sentence is not JSON.
        rest = brief(text[end:]) or _HIDDEN
        return f"more behind its JSON: {rest}" if isinstance(value, dict | list | str) else ""
    return "" if isinstance(value, dict) else f"no object in its JSON: {brief(text)}"


def _other(place: str, seen: Any, wanted: str) -> str:
    return f"{place} is {brief(repr(seen))}, not {wanted!r}"


def _joined(status: str, what: str, words: str) -> str:
    return f"{status}, but {what}: {words}" if words else f"{status}, but {what}"
