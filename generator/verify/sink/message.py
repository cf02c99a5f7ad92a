"""A message: the JSON texts that a program wrote, and the events inside them.

Between a sink's writer and an event stand wrappers: a batch, the envelope of a queue, the document of a search
engine, the record of a log shipper. Those that are known are opened, within each other too. Whatever else stands
there is returned as it is, for the reader to find that it is not an event.
"""

import re
import zlib
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from generator.verify.sink.layout import FIELDS

_BLANKS = b" \t\r\n"
_BETWEEN = re.compile(rb"[ \t\r\n,\x1e]*")
"""What may stand between two JSON texts: a comma, as in a list, and the mark of RFC 7464 too."""
_DEEPEST = 8
"""Wrappers within wrappers."""
_WRAPPERS = (
    "events", "event",  # a batch; Obsrv, and a collector's store
    "value", "message", "json", "payload", "data", "body", "record", "log", "line", "raw", "_raw",  # queues, logs
    "data_base64", "_source", "hits", "after", "kinesis", "detail", "doc", "document", "jsonPayload", "textPayload",
    "Records", "records", "rows", "docs", "messages", "results", "items", "entries", "batch",
)  # fmt: skip
"""The members in which an event may stand, the likeliest first."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_NOT_NUMBERS = (b"NaN", b"Infinity")
_TEXT_OR_NOT_NUMBER = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|-?\b(?:NaN|Infinity)\b', re.DOTALL)
"""A string, also one that is cut off, or what stands for a number outside of one."""
_EVENT_START = b'{"eid":"'
"""How most events begin, those of our encoder too."""
_GZIP = b"\x1f\x8b"
_LARGEST = 64 << 20
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")


class _Shape(Struct, gc=False):
    eid: Raw | UnsetType = UNSET
    events: Raw | UnsetType = UNSET
    base64: Raw | UnsetType = UNSET


class _Event(Struct, gc=False):
    eid: Raw | UnsetType = UNSET
    mid: Raw | UnsetType = UNSET


_SHAPE = msgspec.json.Decoder(_Shape)
_EVENT = msgspec.json.Decoder(_Event)
_LIST = msgspec.json.Decoder(list[Raw])
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_ANY = msgspec.json.Decoder(Raw)
_BYTES = msgspec.json.Decoder(bytes)
_TEXT = msgspec.json.Decoder(str)


def events_in(data: bytes) -> list[bytes]:
    """Return the events inside of a message, each as its own JSON text, byte for byte as it stands there.

    Known are an event by itself, a batch (`{"events":[…]}`), a list, an event under its name (`{"event":{…}}`,
    as the collector's store and Obsrv have it), what queues, search engines and log shippers wrap around these,
    as objects or as text, and several JSON texts behind each other. What is none of these is returned whole, for
    the reader to find that it is not an event.

    Raises:
        ValueError: part of it is not JSON, or nested too deeply.
    """
    if data.startswith(_EVENT_START) and _is_one(data):
        return [data]
    try:
        return [event for text in _texts(with_numbers(data)) for event in _opened(text, _DEEPEST)]
    except RecursionError:
        raise ValueError("too many levels of nesting") from None
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None


def _is_one(data: bytes) -> bool:
    """Return whether a text is one JSON text, and no more."""
    try:
        _ANY.decode(data)
    except (ValueError, RecursionError):
        return False
    return True


def with_numbers(data: bytes) -> bytes:
    """Return JSON texts with null for NaN and the infinities: JSON does not have them, and writers of tables do."""
    if not any(word in data for word in _NOT_NUMBERS):
        return data
    return _TEXT_OR_NOT_NUMBER.sub(lambda found: found[0] if found[0][:1] == b'"' else b"null", data)


def first_end(data: bytes | memoryview) -> int | None:
    """Return where the first of several JSON texts ends; None if there is only one.

    Raises:
        ValueError: the first one is cut off, or is not JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        _ANY.decode(data)
    except msgspec.DecodeError as error:
        trailing = _TRAILING.search(str(error))
        if trailing is None:
            raise
        return int(trailing[1]) - 1
    return None


def next_start(data: bytes, at: int) -> int:
    """Return where the next JSON text begins, behind blanks and commas."""
    found = _BETWEEN.match(data, at)
    return found.end() if found else at


def _texts(data: bytes) -> Iterator[bytes]:
    """Yield the JSON texts that stand behind each other; mostly there is one."""
    end = first_end(data)
    if end is None:
        yield data
        return
    view, at = memoryview(data), 0
    while end is not None:
        yield data[at : at + end].rstrip(_BLANKS)
        at = next_start(data, at + end)
        if at == len(data):
            return
        end = first_end(view[at:])
    yield data[at:]


def _opened(view: bytes, deeper: int) -> list[bytes]:
    """Return the events of one JSON text, or the text itself."""
    if view.startswith(_EVENT_START):
        return [view]
    start = view.lstrip(_BLANKS)[:1] if view[:1] in _BLANKS else view[:1]
    if deeper and start == b'"':
        inside = _of_member(view, deeper)
        return inside or [view]
    if not deeper or start not in {b"{", b"["}:
        return [view]
    if start == b"[":
        return _all(_LIST.decode(view), deeper)
    shape = _SHAPE.decode(view)
    if _is_said(shape.eid):
        return [view]
    if shape.events is not UNSET:
        inside = _of_list(shape.events, deeper)
        if inside is not None:
            return inside
    if shape.base64 is not UNSET and _is_said(shape.base64):
        return [_unpacked(shape.base64)]
    inside = _unwrapped(_MEMBERS.decode(view), deeper)
    return [view] if inside is None else inside


def _unwrapped(members: dict[str, Raw], deeper: int) -> list[bytes] | None:
    """Return the events in an object that has no eid; None if nothing in it is understood."""
    is_empty = False
    for name in _WRAPPERS:
        if name not in members:
            continue
        inside = _of_member(bytes(members[name]), deeper)
        if inside:
            return inside
        is_empty = is_empty or inside == []
    if is_empty:
        return []
    return _in_lower_case(members) if "mid" not in members else None


def _of_member(value: bytes, deeper: int) -> list[bytes] | None:
    """Return the events in a wrapper's member; None if it holds something else."""
    value = value.strip(_BLANKS)
    if value[:1] == b'"':
        text = _of_text(_TEXT.decode(value))
        if text is None:
            return None
        value = text
    if value[:1] not in {b"{", b"["}:
        return None
    try:
        inside = [event for text in _texts(value) for event in _opened(text, deeper - 1)]
    except (ValueError, RecursionError):
        return None  # text that only begins like JSON
    return inside if not inside or any(map(is_event, inside)) else None


def _of_text(text: str) -> bytes | None:
    """Return the JSON text inside of a string, which may stand there in base64, and compressed."""
    text = text.strip()
    if text[:1] in {"{", "["}:
        return text.encode()
    if not _BASE64.fullmatch(text):
        return None
    try:
        data = b64decode(text)
        if data.startswith(_GZIP):
            data = zlib.decompressobj(31).decompress(data, _LARGEST)
    except (Error, zlib.error):
        return None
    return data.strip(_BLANKS)


def is_event(text: bytes) -> bool:
    """Return whether a JSON text is an event, anybody's: an object with an eid or a mid."""
    try:
        shape = _EVENT.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return _is_said(shape.eid) or _is_said(shape.mid)


def _is_said(value: Raw | UnsetType) -> bool:
    """Return whether a member is there; a table's writer puts null for what is not."""
    return value is not UNSET and bytes(value) != b"null"


def _in_lower_case(members: dict[str, Raw]) -> list[bytes] | None:
    """Return an event whose members are named in another case with the names of the specification."""
    lower = {name.lower() for name in members}
    if len(lower) < len(members) or not {"eid", "mid"} <= lower:
        return None
    named = {(name.lower() if name.lower() in FIELDS else name): value for name, value in members.items()}
    return [msgspec.json.encode(named)]


def _of_list(events: Raw, deeper: int) -> list[bytes] | None:
    """Return the events of a batch; None if they are not a list."""
    try:
        return _all(_LIST.decode(events), deeper)
    except msgspec.ValidationError:
        return None


def _all(events: list[Raw], deeper: int) -> list[bytes]:
    return [event for raw in events for event in _opened(bytes(raw), deeper - 1)]


def _unpacked(text: Raw) -> bytes:
    """Return what a collector could not keep as part of a line; it may not be JSON at all."""
    try:
        return _BYTES.decode(text)
    except msgspec.ValidationError:
        return bytes(text)
