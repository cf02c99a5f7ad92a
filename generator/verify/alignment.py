"""An event as a sink lays it out, aligned with the event that was sent: what the layout alone changed is undone.

A table has null for what is missing, loses the case of names and the difference between an object and its text, and
keeps instants as times. None of that is done to an event by whoever stored it. With the event that was sent at hand
all of it can be undone; whatever differs behind that is a difference.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from generator.verify.sink.layout import NESTED, Layout

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_UNREAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_UNWRITTEN = (msgspec.MsgspecError, UnicodeEncodeError, RecursionError, OverflowError)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_Object = dict[str, Any]


class UnclearError(ValueError):
    """Part of an event cannot be understood as it stands in the sink."""


def align(sent: bytes, found: bytes, layout: Layout) -> bytes:
    """Return an event as it would stand in a sink that lays out nothing.

    Args:
        sent: the event as it was sent.
        found: it as it was found.
        layout: what the sink does to events.

    Raises:
        UnclearError: an object stands there as text that is not JSON, so what it holds is not known.
    """
    if not layout.has_nulls and not layout.has_columns:
        return found
    try:
        before, after = _decode(sent), _decode(found)
    except _UNREAD:
        return found
    if not isinstance(before, dict) or not isinstance(after, dict):
        return found
    if layout.has_columns:
        _nest(before, after)
        for name in layout.further - before.keys():
            after.pop(name, None)
    _align(before, after, layout)
    try:
        return _encode(after)
    except _UNWRITTEN:
        return found


def _nest(sent: _Object, found: _Object) -> None:
    """Put what stands under a name with dots where the path leads."""
    dotted = [one for one in found if "." in one and one not in sent]
    # A whole object comes before its members, which are put into it.
    for name in sorted(dotted, key=lambda one: one.count(".")):
        first, *path, last = name.split(".")
        if first.lower() not in NESTED:
            continue
        value, place = found.pop(name), found
        if value is None:
            continue
        for part in (first.lower(), *path):
            place[part] = _object_at(place, part)
            place = place[part]
            if not isinstance(place, dict):
                break
        else:
            place[last] = value


def _object_at(place: _Object, name: str) -> Any:
    """Return the object that stands under a name: a new one for null, and the one that a text holds."""
    value = place.get(name)
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        return _of_text(value)
    return value


def _align(sent: _Object, found: _Object, layout: Layout) -> None:
    """Undo the layout in place. It keeps a list of what is left, for values may be nested deeply."""
    waiting: list[tuple[Any, Any]] = [(sent, found)]
    while waiting:
        before, after = waiting.pop()
        if isinstance(before, dict):
            _align_names(before, after, layout)
            pairs: Iterator[tuple[Any, Any]] = ((name, before[name]) for name in before.keys() & after.keys())
        else:
            pairs = zip(range(min(len(before), len(after))), before, strict=False)
        for place, one in pairs:
            other = after[place] = _value(one, after[place], layout)
            if isinstance(one, dict | list) and type(one) is type(other):
                waiting.append((one, other))


def _align_names(sent: _Object, found: _Object, layout: Layout) -> None:
    """Give the members of an object the names that were sent, and drop those that say nothing."""
    if layout.has_columns and not found.keys() <= sent.keys():
        wanted = {name.lower(): name for name in sent if name not in found}
        for name in [one for one in found if one not in sent and one.lower() in wanted]:
            found[wanted.pop(name.lower())] = found.pop(name)
    for name in [one for one, value in found.items() if one not in sent and _says_nothing(value, layout)]:
        del found[name]
    for name, value in sent.items():
        if value is None:
            found.setdefault(name, None)
        elif value == "" and layout.is_untyped and found.get(name) is None:
            found[name] = ""


def _says_nothing(value: Any, layout: Layout) -> bool:
    """Return whether a value is null, or in a table an object of nulls alone: what other rows have."""
    if value is None:
        return True
    if not layout.has_columns or not isinstance(value, dict) or not value:
        return False
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict) and one:
            waiting += one.values()
        elif one is not None:
            return False
    return True


def _value(sent: Any, found: Any, layout: Layout) -> Any:
    """Return a value as it was before a table took it."""
    if not layout.has_columns or not isinstance(found, str) or found == sent:
        return found
    if isinstance(sent, dict | list):
        return _of_text(found)
    if isinstance(sent, str):
        return sent if _is_one_instant(sent, found) else found
    return _number(sent, found, layout)


def _of_text(text: str) -> Any:
    """Return the object that a column of text holds."""
    try:
        return _decode(text)
    except _UNREAD:
        raise UnclearError(f"{text[:60]!r} stands there for an object, and is not JSON") from None


def _number(sent: Any, found: str, layout: Layout) -> Any:
    """Return a number or a truth that stands there as text, or as a time."""
    if isinstance(sent, int | float) and not isinstance(sent, bool) and _instant(found) == sent:
        return sent
    if not layout.is_untyped:
        return found
    try:
        read = _decode(found.lower())
    except _UNREAD:
        return found
    is_alike = isinstance(read, bool) == isinstance(sent, bool) and isinstance(read, int | float)
    return read if is_alike else found


def _is_one_instant(sent: str, found: str) -> bool:
    """Return whether two texts are one instant: a table that took the text for a time writes it in its own way."""
    instant = _instant(sent)
    return instant is not None and instant == _instant(found)


def _instant(text: str) -> float | None:
    """Return the milliseconds since 1970 of a time, in UTC unless it says more; None for any other text."""
    if not _TIME.match(text):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000
