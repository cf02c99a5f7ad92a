"""Rates and durations as people write them: 250, 100k, 1.5M, 100_000; 500ms, 30s, 1h30m.

Read and shown in decimals, so that what is shown reads back as the same number to the last bit.
"""

import re
from decimal import Decimal

from generator.errors import UsageError

HIGHEST_RATE = 1_000_000_000
"""The highest rate that is taken, a second."""
LONGEST = 30 * 86_400.0
"""The longest duration that is taken, in seconds: thirty days."""
SHORTEST = 0.001
"""The shortest duration that is taken, in seconds."""

_DECIMAL = r"(?:0|[1-9]\d{0,15}|[1-9]\d{0,2}(?:_\d{3}){1,5})(?:\.\d{1,24})?"
_RATE = re.compile(rf"({_DECIMAL})([kKM]?)", re.ASCII)
_TIMES = {"h": Decimal(3600), "m": Decimal(60), "s": Decimal(1), "ms": Decimal("0.001")}
_DURATION = re.compile("".join(rf"(?:({_DECIMAL}){unit})?" for unit in _TIMES), re.ASCII)
_THOUSANDS = {"": 1, "k": 1000, "K": 1000, "M": 1_000_000}


def read_rate(text: str) -> float:
    """Read a rate: digits with an optional point, grouped by _ or not, and k for thousands or M for millions.

    Raises:
        UsageError: for anything else, and for more than `HIGHEST_RATE`.
    """
    found = _RATE.fullmatch(text)
    if not found:
        raise UsageError(
            f"{shortened(text)} is not a rate; write 0 or more without commas, as 250, 0.5, 100k, 1.5M or 100_000"
        )
    rate = float(Decimal(found[1]) * _THOUSANDS[found[2]])
    if rate > HIGHEST_RATE:
        raise UsageError(f"{shortened(text)} is too high a rate; at most {HIGHEST_RATE:,} a second are taken")
    return rate


def read_duration(text: str) -> float:
    """Read a duration in seconds: 2h, 5m, 30s, 500ms, or some of them from the long to the short as in 1h30m.

    Raises:
        UsageError: for anything else, and for more than `LONGEST`.
    """
    found = _DURATION.fullmatch(text)
    if not found or not text:
        raise UsageError(
            f"{shortened(text)} is not a duration; write it with a unit, as 500ms, 30s, 5m, 2h or 1h30m"
        )
    parts = zip(found.groups(), _TIMES.values(), strict=True)
    seconds = float(sum(Decimal(number) * unit for number, unit in parts if number))
    if seconds > LONGEST:
        raise UsageError(f"{shortened(text)} is too long; at most thirty days are taken, which is 720h")
    return seconds


def show_rate(rate: float) -> str:
    """Write a rate so that it reads back as the same number, short where it is round."""
    exact = _exact(rate)
    for suffix in ("M", "k"):
        scaled = exact / _THOUSANDS[suffix]
        if scaled >= 1 and not scaled * 100 % 1:
            return _plain(scaled) + suffix
    return _plain(exact)


def show_duration(seconds: float) -> str:
    """Write a duration so that it reads back as the same number, in the largest unit that gives a whole one."""
    exact = _exact(seconds)
    for unit, size in _TIMES.items():
        if exact >= size and not exact % size:
            return f"{_plain(exact / size)}{unit}"
    return f"{_plain(exact)}s" if exact >= 1 or not exact else f"{_plain(exact * 1000)}ms"


def shortened(text: str, length: int = 60) -> str:
    """Quote what a user wrote, of a long one the beginning."""
    return repr(text if len(text) <= length else text[: length - 1] + "…")


def _exact(number: float) -> Decimal:
    return Decimal(repr(float(number)))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
