"""How events stand in a body: in an array, one a line, or one alone."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec

from generator.errors import UsageError

Layout = Literal["array", "lines", "one"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

_encoder = msgspec.json.Encoder()


def check_layout(layout: str) -> Layout:
    """Give a layout back; refuse what is none."""
    for known in LAYOUTS:
        if layout == known:
            return known
    raise UsageError(f"layout={layout!r}: choose one of {', '.join(LAYOUTS)}")


def most(layout: Layout) -> int:
    """Give the most events of one request; 0 for no limit."""
    return 1 if layout == "one" else 0


def content_type(layout: Layout) -> str:
    """Give the content type of a body that holds nothing but events."""
    return "application/x-ndjson" if layout == "lines" else "application/json"


def only(events: Sequence[Any]) -> Any:
    """Give the one event of a batch; refuse a batch of another size."""
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
