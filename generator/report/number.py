"""Format numbers for people."""

from math import floor, log10

BEYOND = 3_600_000
"""The milliseconds that mean a latency beyond any bound, such as that of a batch which was never sent."""
NOTHING = "—"
"""The text for a missing measurement."""


def number(value: float) -> str:
    """Format a number with thousands separators, and with three significant digits if it is small."""
    if value == 0 or abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - floor(log10(abs(value))))}f}".rstrip("0").rstrip(".")


def milliseconds(value: float | None) -> str:
    """Format a latency, in seconds if it is long."""
    if value is None:
        return NOTHING
    if value >= BEYOND:
        return "beyond 1 h"
    return f"{number(value)} ms" if value < 10_000 else f"{number(value / 1000)} s"


def share(value: float) -> str:
    """Format a share from 0 to 1 as per cent; a tiny share never reads 0 %, nor an almost full one 100 %."""
    percent = 100 * value
    if 0 < percent < 0.01:
        return "< 0.01 %"
    if 99.99 < percent < 100:
        return "> 99.99 %"
    return f"{percent:.2f}".rstrip("0").rstrip(".") + " %"


def size(count: float) -> str:
    """Format bytes in units of a thousand, as network rates are."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{number(count)} {unit}"
        count /= 1000
    return f"{number(count)} TB"


def clock(seconds: float) -> str:
    """Format seconds since the start as 7 s, 2:05 or 1:02:05."""
    if seconds < 60:
        return f"{number(seconds)} s"
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: 1 event, 2,000 events, 2 batches."""
    many = f"{noun}es" if noun.endswith("ch") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"
