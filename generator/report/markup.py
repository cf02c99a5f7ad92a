"""Make elements of HTML and SVG: text inside an element is escaped, markup is not."""

from collections.abc import Iterable
from html import escape

_ALONE = {"circle", "line", "link", "meta", "path", "rect"}
"""Elements that are written as one tag if they are empty."""
_JOINERS = "\u200c\u200d"
"""Invisible letters that Indian scripts need."""

Value = str | float | None


class Markup(str):
    """Text that is already HTML or SVG."""

    __slots__ = ()


def element(name: str, /, *children: str | None, **attributes: Value) -> Markup:
    """Return an element.

    Args:
        name: of the element.
        children: text, which is escaped, or markup; None is left out.
        attributes: `class_` is `class`, `stroke_width` is `stroke-width`; None is left out.
    """
    given = "".join(
        f' {_name(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None
    )
    inside = joined(children)
    if not inside and name in _ALONE:
        return Markup(f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{inside}</{name}>")


def joined(parts: Iterable[str | None]) -> Markup:
    """Join parts; text among them is escaped."""
    return Markup(
        "".join(part if isinstance(part, Markup) else text(part) for part in parts if part is not None)
    )


def text(words: str) -> Markup:
    """Escape text; replace letters that are invisible or change its direction."""
    return Markup(escape(printable(words)))


def printable(words: str) -> str:
    """Replace letters that cannot be printed."""
    return "".join(letter if letter.isprintable() or letter in _JOINERS else "�" for letter in words)


def short(words: str, most: int) -> str:
    """Return words of at most a number of letters."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def fixed(value: float) -> str:
    """Format a coordinate with at most one decimal."""
    shown = f"{value:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


def _name(key: str) -> str:
    return key.removesuffix("_").replace("_", "-")


def _value(value: str | float) -> str:
    return text(value) if isinstance(value, str) else fixed(value)
