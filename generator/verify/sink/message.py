"""A message: one JSON text that a program wrote, and the events inside it."""

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

_BLANKS = b" \t\r\n"
_DEEPEST = 4
"""Envelopes within envelopes: Obsrv's list holds objects, whose event may be a batch, which holds events."""


class _Shape(Struct, gc=False):
    eid: Raw | UnsetType = UNSET
    events: Raw | UnsetType = UNSET
    event: Raw | UnsetType = UNSET
    base64: Raw | UnsetType = UNSET


_SHAPE = msgspec.json.Decoder(_Shape)
_LIST = msgspec.json.Decoder(list[Raw])
_ANY = msgspec.json.Decoder(Raw)
_TEXT = msgspec.json.Decoder(bytes)


def events_in(data: bytes) -> list[bytes]:
    """Give the events inside of a message, each as its own JSON text, byte for byte as it stands there.

    Known are an event by itself, a batch (`{"events":[…]}`), a list, an event under its name (`{"event":{…}}`,
    as the collector's store and Obsrv have it), and these within each other. What is none of these is given
    whole, for whoever reads it to find that it is no event of ours.

    Raises:
        ValueError: it is no JSON, or nested beyond all measure.
    """
    try:
        _ANY.decode(data)
        return _events(data, _DEEPEST)
    except RecursionError:
        raise ValueError("too many levels of nesting") from None
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None


def _events(view: bytes, deeper: int) -> list[bytes]:
    start = view.lstrip(_BLANKS)[:1] if view[:1] in _BLANKS else view[:1]
    if not deeper or start not in {b"{", b"["}:
        return [view]
    if start == b"[":
        return _all(_LIST.decode(view), deeper)
    shape = _SHAPE.decode(view)
    if shape.eid is not UNSET:
        return [view]
    if shape.events is not UNSET:
        inside = _of_batch(shape.events, deeper)
        return [view] if inside is None else inside
    if shape.event is not UNSET:
        return _events(bytes(shape.event), deeper - 1)
    return [view if shape.base64 is UNSET else _unpacked(shape.base64)]


def _of_batch(events: Raw, deeper: int) -> list[bytes] | None:
    """Give the events of a batch; None where they are no list."""
    try:
        return _all(_LIST.decode(events), deeper)
    except msgspec.ValidationError:
        return None


def _all(events: list[Raw], deeper: int) -> list[bytes]:
    return [event for raw in events for event in _events(bytes(raw), deeper - 1)]


def _unpacked(text: Raw) -> bytes:
    """Give what a collector could not keep as part of a line; it may be no JSON at all."""
    try:
        return _TEXT.decode(text)
    except msgspec.ValidationError:
        return bytes(text)
