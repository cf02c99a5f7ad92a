"""Values: the texts, numbers and open JSON of payloads and envelopes.

Each is a plain function of Hypothesis' `draw`. A strategy that is mapped, or composed of others, costs several
times as much as its draws; so this room has few strategies, and they consist of functions.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

LONGEST_TEXT = 1024
"""The most characters of a text; neither the specification nor the pipelines set a limit."""
FEW_ITEMS, MOST_ITEMS = 3, 12
"""The most entries of most lists and open objects, and of the one in sixteen that is larger."""
DEEPEST = 6
"""The most levels of open JSON that are drawn level by level; the notable objects are deeper."""
LARGEST_INTEGER = 2**53
"""The largest integer that every double represents; the pipelines read numbers as doubles."""

EXTREMES = (
    "0",
    "null",
    " ",
    "\u2028",  # a line's end in JavaScript, but not a control character in JSON
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
"""Texts that often break readers."""


def _nest(levels: int) -> Any:
    """Return JSON of a number of levels, lists and objects in turn."""
    value: Any = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"in": value}
    return value


NOTABLE_OBJECTS: tuple[dict[str, Any], ...] = (
    {"status": ["Live"]},
    {"status": ["Live"], "channel": {"ne": ["0123"]}},
    {"pkgVersion": {">": 0, "<=": 1.5}},
    {"": None, " ": {}, "a.b": [], "$c": [[]]},
    {"board": [{"index": 0, "value": None}, {"index": 1, "value": [True, False, "1", 1, 1.5]}]},
    {str(number): number for number in range(32)},
    {"in": _nest(8)},
    {"in": _nest(21)},
)
"""Open objects as clients write them, and those that often break readers: empty keys, many keys, many levels."""

CHARACTERS = st.characters(exclude_categories=["Cs"])
"""Every character that JSON bytes can carry: all but surrogates.

These are the default characters of `st.text()`. Hypothesis builds its table of the default ones by encoding each
code point once. That takes over a second on a clean checkout, in the phase whose speed it checks. This table takes
a tenth of a second.
"""

_PARTS = st.integers(0, 7)
_SIXTEENTHS = st.integers(0, 15)
_EXTREMES = st.sampled_from(EXTREMES)
_TEXTS = st.text(CHARACTERS, max_size=12), st.text(CHARACTERS, min_size=1, max_size=12)
_KEYS = st.text(CHARACTERS, max_size=8)
_FEW, _MANY = st.integers(0, FEW_ITEMS), st.integers(FEW_ITEMS + 1, MOST_ITEMS)
_KEY_COUNTS = (*[0] * 8, 1, 1, 2, 3)
_NOTABLE = st.sampled_from(NOTABLE_OBJECTS)
_FLAGS = st.booleans()


def happens(draw: st.DrawFn, eighths: int) -> bool:
    """Return True in `eighths` of eight cases; the simplest answer is False."""
    return draw(_PARTS) >= 8 - eighths


def draw_text(draw: st.DrawFn, *, filled: bool = False) -> str:
    """Draw any text that JSON can carry, with the extremes among them."""
    return draw(_EXTREMES) if happens(draw, 2) else draw(_TEXTS[filled])


def draw_integer(draw: st.DrawFn, low: float | None = None, high: float | None = None) -> int | float:
    """Draw a whole number, sometimes written as the pipelines write it: `3.0`."""
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


def are_many(draw: st.DrawFn) -> bool:
    """Return whether a list has more than a few items; one in sixteen has."""
    return draw(_SIXTEENTHS) == 15


def draw_json(draw: st.DrawFn) -> Any:
    """Draw any JSON value but null, with a few leaves."""
    how = draw(_PARTS)
    if how < 6:
        return _draw_leaf(draw, how)
    return _draw_list(draw, DEEPEST) if how == 6 else draw_object(draw)


def _draw_inside(draw: st.DrawFn, levels: int) -> Any:
    """Draw any JSON value: a text or a number in five of eight, a list or an object in one of eight."""
    how = draw(_SIXTEENTHS)
    if how < 12:
        return _draw_leaf(draw, how // 2)
    if how < 14 or not levels:
        return None
    return _draw_list(draw, levels) if how == 14 else _draw_open(draw, levels)


def _draw_leaf(draw: st.DrawFn, how: int) -> Any:
    if how < 3:
        return draw_text(draw)
    return draw_number(draw) if how < 5 else draw(_FLAGS)


def _draw_list(draw: st.DrawFn, levels: int) -> list[Any]:
    count = draw(_MANY if are_many(draw) else _FEW)
    return [_draw_inside(draw, levels - 1) for _ in range(count)]


def draw_object(
    draw: st.DrawFn,
    known: frozenset[str] = frozenset(),
    draw_value: Callable[[st.DrawFn], Any] | None = None,
) -> dict[str, Any]:
    """Draw an open object: most often an empty one, sometimes a large or a notable one.

    Args:
        draw: Hypothesis' `draw`.
        known: keys that it must not have, since they have rules of their own.
        draw_value: draws the values under its keys; any JSON by default, nested too.
    """
    if draw_value is None:
        return _draw_open(draw, DEEPEST, known)
    count = _draw_count(draw, draw(_SIXTEENTHS))
    return {_unknown(draw(_KEYS), known): draw_value(draw) for _ in range(count)}


def _draw_open(draw: st.DrawFn, levels: int, known: frozenset[str] = frozenset()) -> dict[str, Any]:
    how = draw(_SIXTEENTHS)
    if how > len(_KEY_COUNTS):
        return {_unknown(key, known): deepcopy(value) for key, value in draw(_NOTABLE).items()}
    return {
        _unknown(draw(_KEYS), known): _draw_inside(draw, levels - 1) for _ in range(_draw_count(draw, how))
    }


def _draw_count(draw: st.DrawFn, how: int) -> int:
    """Draw how many keys an open object has; the simplest answer is 0."""
    return _KEY_COUNTS[how] if how < len(_KEY_COUNTS) else draw(_MANY)


def _unknown(key: str, known: frozenset[str]) -> str:
    """Return a key without rules: a key that has rules is changed, so that nothing is filtered."""
    return f"{key}_" if key in known else key
