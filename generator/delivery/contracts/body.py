"""The body of a request: how events stand in it, how it is compressed, and the headers that state both."""

import gzip
from collections.abc import Sequence
from typing import Any, Literal, get_args
from urllib.parse import quote

import msgspec

from generator.errors import UsageError

Compression = Literal["none", "gzip"]
COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)
Layout = Literal["array", "lines", "one"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

_encoder = msgspec.json.Encoder()


def check_compression(compress: str) -> Compression:
    """Return a compression unchanged.

    Raises:
        UsageError: if it is unknown.
    """
    for known in COMPRESSIONS:
        if compress == known:
            return known
    raise UsageError(f"compress={compress!r}: choose one of {', '.join(COMPRESSIONS)}")


def compressed(body: bytes, compress: Compression) -> bytes:
    """Compress a body: the same body, the same bytes."""
    return gzip.compress(body, compresslevel=6, mtime=0) if compress == "gzip" else body


def check_layout(layout: str) -> Layout:
    """Return a layout unchanged.

    Raises:
        UsageError: if it is unknown.
    """
    for known in LAYOUTS:
        if layout == known:
            return known
    raise UsageError(f"layout={layout!r}: choose one of {', '.join(LAYOUTS)}")


def most(layout: Layout) -> int:
    """Return the most events of one request; 0 for no limit."""
    return 1 if layout == "one" else 0


def only(events: Sequence[Any]) -> Any:
    """Return the one event of a batch.

    Raises:
        UsageError: if the batch has another size.
    """
    if len(events) != 1:
        raise UsageError(
            f"a batch of {len(events)} events: one event a request is wanted; cut batches of one, --batch-size 1"
        )
    return events[0]


def write_events(events: Sequence[Any], layout: Layout) -> bytes:
    """Write events as JSON: an array, lines that each end in a newline, or the one event of a batch of one."""
    match layout:
        case "array":
            return _encoder.encode(events)
        case "lines":
            return _encoder.encode_lines(events)
        case "one":
            return _encoder.encode(only(events))


def content_type(layout: Layout) -> str:
    """Return the content type of a body that holds nothing but events."""
    return "application/x-ndjson" if layout == "lines" else "application/json"


def content_headers(kind: str, compress: Compression) -> dict[str, str]:
    """Return the headers that state the type of a body, and how it is compressed."""
    headers = {"Content-Type": kind}
    if compress == "gzip":
        headers["Content-Encoding"] = "gzip"
    return headers


def printable(value: str) -> str:
    """Format a value as a header can carry it."""
    return value if value.isascii() and value.isprintable() else quote(value)
