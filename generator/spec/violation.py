"""What can be wrong with an event, and the text of a violation."""

from enum import StrEnum
from typing import Any

from msgspec import Struct


class Problem(StrEnum):
    """What can be wrong with a value."""

    UNREADABLE = "not JSON"
    MISSING = "missing"
    NULL = "null"
    TYPE = "wrong type"
    UNKNOWN = "unknown key"
    LIST = "not in the list"
    CASE = "wrong case"
    EMPTY = "empty"
    RANGE = "out of range"
    DIFFERENT = "different"
    UNTRUE = "untrue"
    UNICODE = "lone surrogate"


class Severity(StrEnum):
    """Whether a violation makes an input invalid: an error does, a note does not."""

    ERROR = "error"
    NOTE = "note"


class Violation(Struct, frozen=True):
    """One thing that is wrong with an event.

    Attributes:
        path: where, from the event's root: `$.edata.item.id`.
        problem: what.
        value: the value at the path; None if it is missing.
        expected: what the rule allows.
        source: the document that states the rule.
        severity: whether it makes the event, or its session, invalid.
    """

    path: str
    problem: Problem
    value: Any
    expected: str
    source: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return path, value, problem and what is expected, in one line."""
        value = "" if self.problem is Problem.MISSING else f" {shown(self.value)}:"
        return f"{self.path}{value} {self.problem}, expected {self.expected}" + (
            f" ({self.source})" if self.source else ""
        )


_SHOWN = 60


def shown(value: Any) -> str:
    """Return the text of any value, in at most 60 characters."""
    if isinstance(value, int) and abs(value) > 10**_SHOWN:
        return f"a whole number of {value.bit_length()} bits"
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
