"""An entry: one event as it stands in a dataset, read no further than is needed to send it."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, structs

from generator.datasets.reader import JsonValue, events_inside
from generator.errors import UsageError
from generator.load.replay.dataset import Dataset
from generator.load.replay.instant import MILLISECONDS, instant, unit_of
from generator.load.replay.warnings import Warnings

NO_EVENT = "no readable event, left out"
_SHOWN = 60


class RawEvent(Struct, frozen=True, array_like=True, gc=False):
    """One event.

    Attributes:
        file, line: where it stands.
        data: its JSON.
        eid: its `eid`, whatever that is.
        ets: its instant, in milliseconds since 1970, whatever its unit was; None without one.
        mid, sid, did: "" where it has none.
        body: the number of the batch that it stands in; 0 where it stands alone.
        msgid: that batch's id; "" where it has none.
        sent: that batch's own instant; None where it has none.
        unit: in which unit the event has its instant; "" if that is milliseconds or missing.
    """

    file: int
    line: int
    data: bytes
    eid: str
    ets: int | None
    mid: str
    sid: str
    did: str
    body: int = 0
    msgid: str = ""
    sent: int | None = None
    unit: str = ""


class _Context(Struct, gc=False):
    sid: Any = UNSET
    did: Any = UNSET


class _Head(Struct, gc=False):
    eid: str
    ets: Any = UNSET
    mid: Any = UNSET
    context: _Context | list[Any] | str | float | bool | UnsetType | None = UNSET


class _Params(Struct, gc=False):
    msgid: Any = UNSET


class _Body(Struct, gc=False):
    """What is around the events of a batch: Sunbird's envelope, Obsrv's, or another."""

    eid: Raw | UnsetType = UNSET
    ets: Any = UNSET
    params: _Params | list[Any] | str | float | bool | UnsetType | None = UNSET
    data: Raw | UnsetType = UNSET


_HEAD = msgspec.json.Decoder(_Head)
_BODY = msgspec.json.Decoder(_Body)
_UNREAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def raw_events(dataset: Dataset, warnings: Warnings) -> Iterator[RawEvent]:
    """Yield every event of a dataset, in order; what is none is counted and named."""
    bodies = 0
    for file, piece in dataset.pieces():
        inside = [piece] if piece.violation else list(_inside(piece))
        if inside == [piece]:
            yield from _entry(dataset, warnings, file, piece)
            continue
        if not inside:
            warnings.add(NO_EVENT, dataset.place(file, piece.line), "a batch without events")
            continue
        bodies += 1
        msgid, sent = _around(piece.data)
        for one in inside:
            for entry in _entry(dataset, warnings, file, one):
                yield structs.replace(entry, body=bodies, msgid=msgid, sent=sent)


def readable(found: Iterable[RawEvent], dataset: Dataset, warnings: Warnings) -> Iterator[RawEvent]:
    """Yield the events that can be read as JSON; the others are counted and named."""
    for entry in found:
        why = why_unreadable(entry)
        if why:
            warnings.add(NO_EVENT, dataset.place(entry.file, entry.line), why)
        else:
            yield entry


def _inside(piece: JsonValue) -> Iterator[JsonValue]:
    """Yield the events of a value; Obsrv's batches call theirs `data`, which elsewhere may be anything."""
    found = list(events_inside(piece))
    if found == [piece]:
        body = _body(piece.data)
        data = b"" if body.data is UNSET or body.eid is not UNSET else bytes(body.data)
        if data[:1] in {b"[", b"{"}:
            found = [
                structs.replace(one, place=one.place or 0)
                for one in events_inside(JsonValue(piece.line, data))
            ]
    yield from found


def _body(data: bytes) -> _Body:
    try:
        return _BODY.decode(data)
    except _UNREAD:
        return _Body()


def _around(data: bytes) -> tuple[str, int | None]:
    body = _body(data)
    msgid = body.params.msgid if isinstance(body.params, _Params) else ""
    return (msgid if isinstance(msgid, str) else ""), instant(body.ets)


def _entry(dataset: Dataset, warnings: Warnings, file: int, piece: JsonValue) -> Iterator[RawEvent]:
    data = piece.data
    try:
        if piece.violation:
            warnings.add(NO_EVENT, dataset.place(file, piece.line), _short(piece.violation))
            return
        data.decode()  # msgspec passes over what it does not read
        head = _HEAD.decode(data)
    except _UNREAD as error:
        warnings.add(NO_EVENT, dataset.place(file, piece.line), _short(error))
        return
    context = head.context if isinstance(head.context, _Context) else _Context()
    unit = unit_of(head.ets)
    yield RawEvent(
        file, piece.line, data, head.eid, instant(head.ets), _text(head.mid), _text(context.sid), _text(context.did),
        unit="" if unit in (None, MILLISECONDS) else unit.name,
    )  # fmt: skip


def why_unreadable(entry: RawEvent) -> str:
    """Return why an event cannot be read as JSON; "" if it can. Most of it was passed over so far."""
    try:
        msgspec.json.decode(entry.data)
    except _UNREAD as error:
        return _short(error)
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _short(problem: object) -> str:
    text = " ".join(str(problem).split())
    return text if len(text) <= _SHOWN * 2 else f"{text[: _SHOWN * 2]}…"


def check_for_events(dataset: Dataset) -> None:
    """Check that a dataset has at least one event that can be read.

    Raises:
        UsageError: where it has none.
    """
    warnings = Warnings()
    if next(readable(raw_events(dataset, warnings), dataset, warnings), None) is None:
        why = next(iter(warnings.named.get(NO_EVENT, [])), "only blank lines")
        raise UsageError(f"--replay {dataset.path}: it has no event ({why}); give a file with events")
