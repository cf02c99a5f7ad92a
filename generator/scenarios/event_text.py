"""The text of an event in a failing example: its important facts, in a few printable characters."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

LONGEST_FACT = 30
"""The most characters of a fact in the text."""
_FACTS = {
    "IMPRESSION": ("pageid",), "INTERACT": ("id",), "ASSESS": ("passed", "pass"), "FEEDBACK": ("rating",),
    "AUDIT": ("state",), "ERROR": ("err",), "SEARCH": ("query",), "SHARE": ("type",),
}  # fmt: skip
_FIGURES = {
    "END": ("duration",), "SUMMARY": ("timespent", "pageviews", "interactions"), "SEARCH": ("size", "topn"),
    "SHARE": ("items",),
}  # fmt: skip
"""The fields that are printed with their names: numbers as they are, lists by their length."""


def event_text(eid: str, edata: Any) -> str:
    """Return an event's method and its important facts: `ASSESS(No)`, `END(player duration=31.5)`.

    Args:
        eid: its method.
        edata: its payload, a struct or a mapping.
    """
    facts = (_field(edata, name) for name in _FACTS.get(eid, ("type",)))
    parts = [plain(fact) or "''" for fact in facts if fact is not UNSET][:1]
    figures = ((name, _field(edata, name)) for name in _FIGURES.get(eid, ()))
    parts += [f"{name}={plain(_size(figure))}" for name, figure in figures if figure is not UNSET]
    return f"{eid}({' '.join(parts)})" if parts else eid


def pause_text(milliseconds: float) -> str:
    """Return a pause in seconds, to the millisecond: `+31.5s`; an instant that goes back is `-31.5s`."""
    seconds = f"{milliseconds / 1000:+.3f}".rstrip("0").rstrip(".")
    return f"{seconds}s"


def plain(fact: Any) -> str:
    """Return a fact in a few printable characters: characters that control a terminal, or are invisible, are escaped."""
    text = str(fact)
    text = text if text.isascii() and text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= LONGEST_FACT else f"{text[:LONGEST_FACT]}… {len(str(fact))} characters"


def _field(edata: Any, name: str) -> Any:
    if isinstance(edata, Mapping):
        return edata.get(name, UNSET)
    return getattr(edata, name, UNSET)


def _size(figure: Any) -> Any:
    return len(figure) if isinstance(figure, Sequence) and not isinstance(figure, str) else figure
