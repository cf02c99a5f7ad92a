"""The damage to a batch on its way: its bytes, its headers, its envelope; and what the telemetry service answers."""

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

LIMIT = 5 * 1024 * 1024
"""The largest body after inflation that the telemetry service takes, in bytes."""

_BOMB = 32 * 1024 * 1024
_SPACES = b" " * 1024 * 1024


class ExpectedOutcome(StrEnum):
    """What becomes of a batch at the telemetry service and the pipeline behind it.

    `LOST` is the treacherous one: SUCCESS is answered, and not every event arrives as it was sent.
    """

    TAKEN = "taken"
    LOST = "acknowledged and lost"
    REFUSED = "refused"


class HttpPayload(NamedTuple):
    """What is carried over the wire, beside method and path.

    Attributes:
        headers: by name.
        body: compressed where the headers say so.
    """

    headers: dict[str, str]
    body: bytes


class BodyFault(NamedTuple):
    """One kind of damage to a batch on its way; its text is a sentence.

    Attributes:
        name: what is done, in a few words.
        status: what the telemetry service answers.
        fate: what becomes of the batch; few of those answered with 200 arrive.
        is_poison: whether a deployed pipeline is known to crash at it.
    """

    name: str
    status: int
    fate: ExpectedOutcome
    is_poison: bool = False

    def __str__(self) -> str:
        """Say damage, answer and fate in one line."""
        return f"{self.name}: {self.status}, {self.fate}"

    def apply(self, headers: Mapping[str, str], body: bytes) -> HttpPayload:
        """Damage a valid batch of one event or more; what is given stays as it is.

        Args:
            headers: those of the request; the body's length is not among them.
            body: the batch as the telemetry service takes it: JSON, gzipped where the headers say so.
        """
        return _WAYS[self](HttpPayload(dict(headers), body))


_Way = Callable[[HttpPayload], HttpPayload]


def _with(headers: Mapping[str, str], name: str, value: str | None) -> dict[str, str]:
    """Set a header, or with None take it out, however its name is spelt there."""
    kept = {key: said for key, said in headers.items() if key.lower() != name.lower()}
    return kept if value is None else kept | {name: value}


def _is_gzipped(carried: HttpPayload) -> bool:
    said = {name.lower(): value.lower() for name, value in carried.headers.items()}
    return said.get("content-encoding") == "gzip"


def _plain(carried: HttpPayload) -> bytes:
    return gzip.decompress(carried.body) if _is_gzipped(carried) else carried.body


def _compressed(carried: HttpPayload) -> bytes:
    return carried.body if _is_gzipped(carried) else gzip.compress(carried.body, mtime=0)


def _text(change: Callable[[bytes], bytes]) -> _Way:
    """Change the bytes below the compression."""

    def damage(carried: HttpPayload) -> HttpPayload:
        text = change(_plain(carried))
        return carried._replace(body=gzip.compress(text, mtime=0) if _is_gzipped(carried) else text)

    return damage


def _envelope(change: Callable[[dict[str, Any]], Any]) -> _Way:
    """Change the envelope, which stays JSON."""

    def written(text: bytes) -> bytes:
        batch = change(json.loads(text))
        return json.dumps(batch, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogateescape")

    return _text(written)


def _bytes(change: Callable[[bytes], bytes]) -> _Way:
    """Change the bytes of a gzip stream."""
    return lambda carried: HttpPayload(
        _with(carried.headers, "Content-Encoding", "gzip"), change(_compressed(carried))
    )


def _header(name: str, value: str | None) -> _Way:
    """Change a header and nothing else."""
    return lambda carried: carried._replace(headers=_with(carried.headers, name, value))


def _pad(text: bytes, size: int) -> bytes:
    return text.ljust(size, b" ")


def _break_checksum(stream: bytes) -> bytes:
    return stream[:-8] + bytes([stream[-8] ^ 0xFF]) + stream[-7:]


def _break_first_mid(batch: dict[str, Any]) -> dict[str, Any]:
    """Put a byte that no UTF-8 has, in Python's own spelling of it, into the first event's mid."""
    first, *others = batch["events"]
    return batch | {"events": [first | {"mid": f"\udcff{first['mid']}"}, *others]}


def _declare_gzip(carried: HttpPayload) -> HttpPayload:
    return HttpPayload(_with(carried.headers, "Content-Encoding", "gzip"), _plain(carried))


def _hide_gzip(carried: HttpPayload) -> HttpPayload:
    return HttpPayload(_with(carried.headers, "Content-Encoding", None), _compressed(carried))


def _names(batch: dict[str, Any]) -> list[str]:
    return [event["mid"] for event in batch["events"]]


def _lost(name: str, *, is_poison: bool = False) -> BodyFault:
    return BodyFault(name, 200, ExpectedOutcome.LOST, is_poison)


def _refused(name: str, status: int = 400) -> BodyFault:
    return BodyFault(name, status, ExpectedOutcome.REFUSED)


def _inflate_far(carried: HttpPayload) -> HttpPayload:
    """Put so many spaces behind the JSON that it is small on the way, and enormous behind it."""
    packer = zlib.compressobj(wbits=31)
    parts = [packer.compress(_plain(carried))]
    parts += [packer.compress(_SPACES) for _ in range(_BOMB // len(_SPACES))]
    return HttpPayload(_with(carried.headers, "Content-Encoding", "gzip"), b"".join((*parts, packer.flush())))


GZIP_BOMB = _refused("a gzip bomb of 32 MiB", 413)
"""Not among `BODY_FAULTS`: the limit that it tests is that of a byte more than 5 MiB, at six times the cost."""

# The plainest first. Only the last two are harmless: they stand at a limit.
_WAYS: dict[BodyFault, _Way] = {
    GZIP_BOMB: _inflate_far,
    _refused("the last byte is missing"): _text(lambda text: text.rstrip()[:-1]),
    _refused("the second half is missing"): _text(lambda text: text[: len(text) // 2]),
    _refused("not JSON"): _text(lambda _: b"<events/>"),
    _refused("a primitive in place of the envelope"): _text(lambda _: b'"events"'),
    _refused("null in place of the envelope"): _text(lambda _: b"null"),
    _refused("two envelopes, one behind the other"): _text(lambda text: text + text),
    _refused("NaN, which JSON cannot carry"): _envelope(lambda batch: batch | {"ets": float("nan")}),
    _lost("no body"): lambda carried: carried._replace(body=b""),
    _lost("no content type"): _header("Content-Type", None),
    _lost("content type text/plain"): _header("Content-Type", "text/plain"),
    _lost("content type of a form"): _header("Content-Type", "application/x-www-form-urlencoded"),
    _refused("charset latin1", 415): _header("Content-Type", "application/json; charset=latin1"),
    _refused("content encoding br", 415): _header("Content-Encoding", "br"),
    _refused("content encoding zstd", 415): _header("Content-Encoding", "zstd"),
    _refused("gzip declared, plain sent"): _declare_gzip,
    _refused("gzip sent, nothing declared"): _hide_gzip,
    _refused("gzip with a wrong checksum"): _bytes(_break_checksum),
    _refused("gzip cut short"): _bytes(lambda stream: stream[:-9]),
    _lost("a byte that is no UTF-8 in a mid"): _envelope(_break_first_mid),
    _lost("events missing"): _envelope(
        lambda batch: {name: value for name, value in batch.items() if name != "events"}
    ),
    _lost("the list of events in place of the envelope"): _envelope(lambda batch: batch["events"]),
    _lost("msgid is a number"): _envelope(lambda batch: batch | {"params": {"msgid": 7}}),
    _lost("params is a text"): _envelope(lambda batch: batch | {"params": "msgid"}),
    _lost("events is an object", is_poison=True): _envelope(
        lambda batch: batch | {"events": dict(enumerate(batch["events"]))}
    ),
    _lost("events holds texts", is_poison=True): _envelope(lambda batch: batch | {"events": _names(batch)}),
    _refused("a byte more than 5 MiB after inflation", 413): _text(lambda text: _pad(text, LIMIT + 1)),
    BodyFault("5 MiB after inflation", 200, ExpectedOutcome.TAKEN): _text(lambda text: _pad(text, LIMIT)),
    BodyFault("a byte order mark", 200, ExpectedOutcome.TAKEN): _text(lambda text: b"\xef\xbb\xbf" + text),
}

BODY_FAULTS: tuple[BodyFault, ...] = tuple(fault for fault in _WAYS if fault is not GZIP_BOMB)
"""All the damage that can be done to a batch on its way."""
