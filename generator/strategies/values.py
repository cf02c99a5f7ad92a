"""Values: the texts, numbers and open JSON of which payloads and envelopes are made."""

from functools import cache
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


@cache
def texts(*, filled: bool = False) -> st.SearchStrategy[str]:
    """Draw any text that JSON can carry, the extremes among them.

    Args:
        filled: whether it holds at least one character.
    """
    return st.text(min_size=int(filled), max_size=12) | st.sampled_from(EXTREMES)


@cache
def integers(low: float | None = None, high: float | None = None) -> st.SearchStrategy[int | float]:
    """Draw a whole number, now and then written as the pipelines write it: `3.0`."""
    least = -LARGEST_INTEGER if low is None else int(low)
    most = LARGEST_INTEGER if high is None else int(high)
    whole = st.integers(least, most)
    bounds = [int(bound) for bound in (low, high) if bound is not None]
    return whole | whole.map(float) | st.sampled_from(bounds) if bounds else whole | whole.map(float)


@cache
def numbers(low: float | None = None, high: float | None = None) -> st.SearchStrategy[int | float]:
    """Draw a number: whole or with a fraction, never infinite."""
    fractions = st.floats(low, high, allow_nan=False, allow_infinity=False)
    return integers(low, high) | fractions


@cache
def json_values() -> st.SearchStrategy[Any]:
    """Draw any JSON value but null, of a few leaves."""
    leaves = st.booleans() | texts() | numbers()
    return leaves | st.lists(leaves | st.none(), max_size=MOST_ITEMS) | json_objects()


@cache
def json_objects(known: frozenset[str] = frozenset()) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a small open object.

    Args:
        known: keys that it must not have, since rules of their own speak of them.
    """
    keys = st.text(max_size=8)
    if known:
        # A key that has rules becomes one that has none; nothing is filtered.
        keys = keys.map(lambda key: f"{key}_" if key in known else key)
    leaves = st.none() | st.booleans() | texts() | numbers()
    return st.dictionaries(keys, leaves | st.lists(leaves, max_size=MOST_ITEMS), max_size=MOST_ITEMS)
