"""One changed value of an event: its mid stays, everything else stays as sent to the byte."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from generator.chance import Chance
from generator.spec.reading import place_of

Steps = tuple[str | int, ...]

# What an event is known by, and what pipelines write there themselves: a change would not be seen as one.
_UNCHANGED = frozenset(("eid", "ver", "mid", "syncts", "@timestamp", "flags", "metadata", "type"))
# Deeper values are not changed: every level costs a copy of the event.
_DEEPEST = 32
# The numbers to which a float can add 1.
_EXACT = 2**53
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_dict = msgspec.json.Decoder(dict[str, Raw])
_list = msgspec.json.Decoder(list[Raw])


class AlteredEvent(NamedTuple):
    """An event with one changed value.

    Attributes:
        event: its bytes.
        path: which value, such as `$.edata.id`.
        before, after: what it was, and what it is.
    """

    event: Raw
    path: str
    before: Any
    after: Any


def alter(event: Raw, chance: Chance) -> AlteredEvent | None:
    """Change one value in a way that no pipeline does: a text grows by "~", a number by 1, a truth turns.

    Return None if there is nothing to change.
    """
    values = _values(event)
    if not values:
        return None
    steps, before = chance.pick(values)
    after = _other(before)
    return AlteredEvent(_with(event, steps, Raw(msgspec.json.encode(after))), _path(steps), before, after)


def value_at(event: bytes, path: str) -> Any:
    """Return the value at an altered event's path; None if there is none."""
    return next((value for steps, value in _values(event) if _path(steps) == path), None)


def _values(event: bytes | Raw) -> list[tuple[Steps, Any]]:
    """List each text, number and truth that may be changed, and how to come to it."""
    try:
        whole = msgspec.json.decode(event)
    except _UNREADABLE:
        return []
    return list(_below(whole)) if isinstance(whole, dict) else []


def _below(event: dict[str, Any]) -> Iterator[tuple[Steps, Any]]:
    waiting: list[tuple[Steps, Any]] = [
        ((name,), value) for name, value in event.items() if name not in _UNCHANGED
    ]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, str | int | float):
            yield steps, value
        elif len(steps) < _DEEPEST and value is not None:
            below = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*steps, step), child) for step, child in below]


def _other(value: str | float) -> str | float:
    if isinstance(value, str):
        return value + "~"
    if isinstance(value, bool):
        return not value
    return value + 1 if abs(value) < _EXACT else 0


def _with(raw: Raw, steps: Steps, value: Raw) -> Raw:
    """Put a value in its place; what stands next to it stays as it was written."""
    if not steps:
        return value
    first, *rest = steps
    if isinstance(first, str):
        fields = _dict.decode(raw)
        fields[first] = _with(fields[first], tuple(rest), value)
        return Raw(msgspec.json.encode(fields))
    items = _list.decode(raw)
    items[first] = _with(items[first], tuple(rest), value)
    return Raw(msgspec.json.encode(items))


def _path(steps: Steps) -> str:
    path = "$"
    for step in steps:
        path = place_of(path, step) if isinstance(step, str) else f"{path}[{step}]"
    return path
