"""A batch: the events of one body, each as the bytes that were sent."""

import json
import re
from json import JSONDecodeError
from typing import Any, NoReturn

import msgspec
from msgspec import Raw, Struct

MOST_EVENTS = 30_000
"""More events than 5 MiB can hold of valid ones, the smallest of which has some 200 bytes."""


class MalformedError(Exception):
    """A body that is not JSON, or neither an object nor a list."""


class EventName(Struct, gc=False):
    """What an event is called: its kind and its id."""

    eid: str
    mid: str


class _Params(Struct, gc=False):
    msgid: str | None = None


class _Body(Struct, gc=False):
    params: _Params | None = None
    events: list[Raw] | None = None


class _Names(Struct, gc=False):
    events: list[EventName]


_body = msgspec.json.Decoder(_Body)
_names = msgspec.json.Decoder(_Names)
_name = msgspec.json.Decoder(EventName)
_SPACE = re.compile(r"[ \t\n\r]*")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class ReceivedBatch:
    """The events of one body, their bytes as sent.

    Attributes:
        msgid: `params.msgid` as sent; None if the batch has none.
        events: each event's bytes.
        missing: whether the body has no events at all.
        broken: why the pipeline's extractor takes nothing from the body; empty if it does.
    """

    __slots__ = ("_whole", "body", "broken", "events", "missing", "msgid")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.broken = ""
        self.msgid: str | None = None
        self.events: list[Raw] = []
        self._whole = True
        try:
            read = _body.decode(body) if body else _Body()
        except _UNREADABLE:
            # The decoder stops at the first thing amiss: a wrong shape, a lone surrogate, deep nesting, or
            # bytes that are not JSON. The telemetry service rejects only the last.
            self._whole = False
            read = self._read_leniently()
        self.missing = read.events is None and not self.broken
        self.msgid = read.params.msgid if read.params else None
        self._admit(read.events or [])

    def _admit(self, events: list[Raw]) -> None:
        if len(events) > MOST_EVENTS:
            self.broken = (
                f"$.events holds {len(events)} events, and 5 MiB can hold at most {MOST_EVENTS} valid ones"
            )
        else:
            self.events = events

    def _read_leniently(self) -> _Body:
        # Bytes that are not UTF-8 stand for themselves, so that the slices can be given back as sent.
        text = self.body.decode("utf-8", "surrogateescape")
        try:
            fields = _Scanner(text).fields()
        except (JSONDecodeError, RecursionError) as error:
            raise MalformedError(str(error)) from error
        return self._shape(fields)

    def _shape(self, fields: dict[str, Any]) -> _Body:
        params, events = fields.get("params"), fields.get("events")
        msgid = params.get("msgid") if isinstance(params, dict) else None
        if "" in fields:
            self.broken = "$ is a list, expected an object with events"
        elif not isinstance(params, dict | None):
            self.broken = "$.params is not an object"
        elif not isinstance(msgid, str | None):
            self.broken = "$.params.msgid is not a text"
        elif not isinstance(events, list | None):
            self.broken = "$.events is not a list"
        if self.broken:
            return _Body()
        printable = None if msgid is None else msgid.encode("utf-8", "replace").decode()
        return _Body(_Params(printable), events)

    def names(self) -> list[EventName | None]:
        """Return each event's kind and id; None if it has none."""
        if self._whole:
            try:
                return [*_names.decode(self.body).events] if self.events else []
            except _UNREADABLE:
                pass  # some event has no name: look at each
        return [name_of(event) for event in self.events]


def name_of(event: Raw | bytes) -> EventName | None:
    """Read an event's kind and id; None if it has none."""
    try:
        return _name.decode(event)
    except _UNREADABLE:
        return None


def _reject_constant(name: str) -> NoReturn:
    raise JSONDecodeError(f"{name} is not JSON", name, 0)


class _Scanner:
    """A slow reader of bodies, as lenient as the service's own; it keeps each event's own text."""

    def __init__(self, text: str) -> None:
        self._text = text
        # Integers of any length, which Python's own reader rejects beyond 4,300 digits.
        self._scan = json.JSONDecoder(parse_int=float, parse_constant=_reject_constant).raw_decode

    def fields(self) -> dict[str, Any]:
        """Read the top level; a list is returned under the empty name."""
        at = self._skip(0)
        opening = self._text[at : at + 1]
        if opening == "[":
            _, end = self._scan(self._text, at)
            self._expect_end(end)
            return {"": None}
        if opening != "{":
            raise JSONDecodeError("expected an object or a list", self._text, at)
        return self._object(at + 1)

    def _object(self, at: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        at = self._skip(at)
        if self._text.startswith("}", at):
            self._expect_end(at + 1)
            return fields
        while True:
            name, at = self._scan(self._text, at)
            if not isinstance(name, str):
                raise JSONDecodeError("expected a name", self._text, at)
            at = self._skip(self._expect(":", self._skip(at)))
            if name == "events" and self._text.startswith("[", at):
                fields[name], at = self._list(at + 1)
            else:
                fields[name], at = self._scan(self._text, at)
            at = self._skip(at)
            if self._text.startswith("}", at):
                self._expect_end(at + 1)
                return fields
            at = self._skip(self._expect(",", at))

    def _list(self, at: int) -> tuple[list[Raw], int]:
        items: list[Raw] = []
        at = self._skip(at)
        if self._text.startswith("]", at):
            return items, at + 1
        while True:
            _, end = self._scan(self._text, at)
            items.append(Raw(self._text[at:end].encode("utf-8", "surrogateescape")))
            at = self._skip(end)
            if self._text.startswith("]", at):
                return items, at + 1
            at = self._skip(self._expect(",", at))

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _expect(self, mark: str, at: int) -> int:
        if not self._text.startswith(mark, at):
            raise JSONDecodeError(f"expected {mark!r}", self._text, at)
        return at + 1

    def _expect_end(self, at: int) -> None:
        if self._skip(at) != len(self._text):
            raise JSONDecodeError("trailing characters", self._text, at)
