"""An envelope of the user's own: a TOML table with placeholders, compiled once into bytes and places to fill.

    [body]
    id = "$msgid"
    sentAt = "$ets"
    source = "app $app"
    events = "$events"

`$ets`, `$events` and `$event` alone are JSON values; all else is text. Placeholders are written as in Python's
`string.Template`: `$name`, `${name}`, and `$$` for a dollar. A filled-in value cannot break the JSON around it.
"""

import math
from collections.abc import Iterator, Mapping
from string import Template
from typing import Any, NamedTuple

import msgspec

from generator.delivery.batch import Batch
from generator.delivery.contracts.body import Layout
from generator.delivery.contracts.table import TomlTable, nearest, shown

IDENTITY = ("did", "channel", "app")
_TEXTS = ("msgid", "ets", *IDENTITY)
_DEEPEST = 50
_BEYOND = 2**63


class Placeholder(NamedTuple):
    """A place to fill."""

    name: str


def split(text: str, known: tuple[str, ...]) -> Iterator[str | Placeholder]:
    """Split a text at its placeholders.

    Raises:
        ValueError: if a placeholder is unknown; with the names that are known.
    """
    done = 0
    for match in Template.pattern.finditer(text):
        yield text[done : match.start()]
        done = match.end()
        name = match["named"] or match["braced"]
        if match["escaped"]:
            yield "$"
        elif name in known:
            yield Placeholder(name)
        elif name:
            names = [f"${one}" for one in known]
            hint = nearest(f"${name}", names, f"there are {', '.join(names)}")
            raise ValueError(f"${name} stands for nothing; {hint}")
        else:
            raise ValueError("a lone $ stands for nothing; write $$ for a dollar")
    yield text[done:]


def in_text(value: str) -> bytes:
    """Return a text as JSON writes it between quotes."""
    return msgspec.json.encode(value)[1:-1]


def _is_number(value: Any) -> bool:
    """Return whether a value is a number that any reader of JSON reads; true and false are numbers here."""
    if isinstance(value, int):
        return abs(value) < _BEYOND
    return isinstance(value, float) and math.isfinite(value)


class TomlEnvelope:
    """The JSON around events.

    Args:
        table: the JSON as TOML, with placeholders.
        layout: how events stand in a body; with `lines` and `one` each has an envelope of its own.
    """

    def __init__(self, table: TomlTable, layout: Layout) -> None:
        self._table = table
        self._whole = "events" if layout == "array" else "event"
        parts = list(self._parts("", table.values, _DEEPEST))
        held = sum(part == Placeholder(self._whole) for part in parts)
        if held != 1:
            raise self._table.fault("", f'"${self._whole}" stands in it {held} times; once is needed')
        self._pieces = parts

    def write(self, batch: Batch, events: bytes) -> bytes:
        """Write an envelope.

        Args:
            batch: whose it is.
            events: what stands inside, as JSON: an array, or one event.
        """
        values = {name: in_text(value) for name, value in zip(IDENTITY, batch.identity, strict=True)}
        values |= {"msgid": in_text(batch.msgid), "ets": str(batch.ets).encode(), self._whole: events}
        return b"".join(values[part.name] if isinstance(part, Placeholder) else part for part in self._pieces)

    def _parts(self, key: str, value: Any, depth: int) -> Iterator[bytes | Placeholder]:
        if not depth:
            raise self._table.fault("", "nested too deeply")
        if isinstance(value, str):
            yield from self._text(key, value)
        elif isinstance(value, Mapping):
            inside = (
                (f"{key}.{name}" if key else name, msgspec.json.encode(name) + b":", one)
                for name, one in value.items()
            )
            yield from self._list(b"{}", inside, depth)
        elif isinstance(value, list):
            yield from self._list(b"[]", ((f"{key}[{n}]", b"", one) for n, one in enumerate(value)), depth)
        elif _is_number(value):
            yield msgspec.json.encode(value)
        else:
            raise self._table.fault(key, f"{shown(value)} is not a value of JSON; put it in quotes")

    def _list(
        self, brackets: bytes, inside: Iterator[tuple[str, bytes, Any]], depth: int
    ) -> Iterator[bytes | Placeholder]:
        yield brackets[:1]
        for number, (key, before, value) in enumerate(inside):
            yield b"," + before if number else before
            yield from self._parts(key, value, depth - 1)
        yield brackets[1:]

    def _text(self, key: str, text: str) -> Iterator[bytes | Placeholder]:
        if text.startswith("env:"):
            raise self._table.fault(key, "a secret may stand in [headers] only: reports show the body")
        try:
            parts = [part for part in split(text, (*_TEXTS, self._whole)) if part]
        except ValueError as error:
            raise self._table.fault(key, str(error)) from None
        if parts in ([Placeholder("ets")], [Placeholder(self._whole)]):
            yield from (part for part in parts if isinstance(part, Placeholder))
            return
        if Placeholder(self._whole) in parts:
            raise self._table.fault(key, f"${self._whole} is not a text; let it stand alone in its quotes")
        yield b'"'
        yield from (part if isinstance(part, Placeholder) else in_text(part) for part in parts)
        yield b'"'
