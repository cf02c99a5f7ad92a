"""Values: the texts, numbers and open JSON of which payloads and envelopes are made.

Each is a plain function of Hypothesis' `draw`. A strategy that is mapped, or composed of others, costs several
times what it draws; so the strategies of this room are few, and what they consist of are functions.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

LONGEST_TEXT = 1024
"""Characters of the longest text that is drawn; neither the specification nor the pipelines set a limit."""
MOST_ITEMS = 3
"""Entries of the longest list, and of the largest open object, that is drawn."""
LARGEST_INTEGER = 2**53
"""Beyond it readers that keep numbers as doubles, as the pipelines do, read another number."""

EXTREMES = (
    "0",
    "null",
    " ",
    "\u2028",  # a line's end in JavaScript, and no control character in JSON
    "\u0000",
    "\t\r\n",
    '"\\/',
    "e\u0301",  # two characters that another normal form makes one
    "\u0905\u0932\u093f\u092b\u093c",
    "\u202eabc",  # from right to left
    "\U0001f469\u200d\U0001f52c",
    "\uffff",
    "\U0010ffff",
    "\ufeffx",
    "x" * LONGEST_TEXT,
)
"""Texts at which readers stumble."""

CHARACTERS = st.characters(exclude_categories=["Cs"])
"""Every character that JSON bytes can carry: all but surrogates.

These are the default characters of `st.text()`. Hypothesis builds its table of the default ones by encoding each
code point once: that takes over a second on a clean checkout, in the phase whose speed it checks. This table is
built in a tenth of a second.
"""

_PARTS = st.integers(0, 7)
_EXTREMES = st.sampled_from(EXTREMES)
_TEXTS = st.text(CHARACTERS, max_size=12), st.text(CHARACTERS, min_size=1, max_size=12)
_KEYS = st.text(CHARACTERS, max_size=8)
_COUNTS = st.integers(0, MOST_ITEMS)
_FLAGS = st.booleans()


def happens(draw: st.DrawFn, eighths: int) -> bool:
    """Decide what happens so many times of eight; the simplest answer is no."""
    return draw(_PARTS) >= 8 - eighths


def draw_text(draw: st.DrawFn, *, filled: bool = False) -> str:
    """Draw any text that JSON can carry, the extremes among them."""
    return draw(_EXTREMES) if happens(draw, 2) else draw(_TEXTS[filled])


def draw_integer(draw: st.DrawFn, low: float | None = None, high: float | None = None) -> int | float:
    """Draw a whole number, now and then written as the pipelines write it: `3.0`."""
    least = -LARGEST_INTEGER if low is None else int(low)
    most = LARGEST_INTEGER if high is None else int(high)
    how = draw(_PARTS)
    if how == 6 and (low is not None or high is not None):
        return most if low is None or (high is not None and draw(_FLAGS)) else least
    number = draw(st.integers(least, most))
    return float(number) if how == 7 else number


def draw_number(draw: st.DrawFn, low: float | None = None, high: float | None = None) -> int | float:
    """Draw a number: whole or with a fraction, never infinite."""
    if happens(draw, 3):
        return draw(st.floats(low, high, allow_nan=False, allow_infinity=False))
    return draw_integer(draw, low, high)


def draw_json(draw: st.DrawFn) -> Any:
    """Draw any JSON value but null, of a few leaves."""
    how = draw(_PARTS)
    if how < 6:
        return _draw_leaf(draw, how)
    return [_draw_scalar(draw) for _ in range(draw(_COUNTS))] if how == 6 else draw_object(draw)


def _draw_scalar(draw: st.DrawFn) -> Any:
    how = draw(_PARTS)
    return None if how > 5 else _draw_leaf(draw, how)


def _draw_leaf(draw: st.DrawFn, how: int) -> Any:
    if how < 3:
        return draw_text(draw)
    return draw_number(draw) if how < 5 else draw(_FLAGS)


def draw_object(
    draw: st.DrawFn,
    known: frozenset[str] = frozenset(),
    draw_inside: Callable[[st.DrawFn], Any] = _draw_scalar,
) -> dict[str, Any]:
    """Draw a small open object, more often than not an empty one.

    Args:
        draw: Hypothesis' own.
        known: keys that it must not have, since rules of their own speak of them.
        draw_inside: what draws the values under its keys.
    """
    value = {}
    for _ in range(max(0, draw(_PARTS) - (7 - MOST_ITEMS))):
        key = draw(_KEYS)
        # A key that has rules becomes one that has none; nothing is filtered.
        value[f"{key}_" if key in known else key] = draw_inside(draw)
    return value
