"""The first place in which two JSON values differ."""

from collections.abc import Iterable, Mapping
from typing import Any

from generator.spec.violation import shown


def difference(sent: Any, stored: Any, path: str = "$") -> str:
    """Describe the first place in which two JSON values differ, or return ""; 1 equals 1.0, but never true."""
    if isinstance(sent, Mapping) and isinstance(stored, Mapping):
        return _first(_member(sent, stored, name, path) for name in {**sent, **stored})
    if isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        return _first(
            difference(*both, f"{path}[{place}]") for place, both in enumerate(zip(sent, stored, strict=True))
        )
    equal = sent == stored and isinstance(sent, bool) == isinstance(stored, bool)
    return "" if equal else f"{path} was {shown(sent)}, and is {shown(stored)}"


def _member(sent: Mapping[str, Any], stored: Mapping[str, Any], name: str, path: str) -> str:
    if name not in stored:
        return f"{path}.{name} was {shown(sent[name])}, and is missing"
    if name not in sent:
        return f"{path}.{name} was not sent, and is {shown(stored[name])}"
    return difference(sent[name], stored[name], f"{path}.{name}")


def _first(differences: Iterable[str]) -> str:
    return next(filter(None, differences), "")
