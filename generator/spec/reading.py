"""Read JSON that may be hostile, and find the values in an event that JSON cannot carry."""

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

from msgspec import UNSET, Struct, structs

from generator.spec.violation import Problem, Violation

_EXCERPT = 60
_MAX_DIGITS = 4000
_MAX_DEPTH = 2000


def _integer(digits: str) -> int | float:
    # Python does not read more digits than this; as a float the number is infinite, and reported as such.
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def _unreadable(value: Any, expected: str) -> Violation:
    return Violation("$", Problem.UNREADABLE, value, expected)


def read_json(data: bytes) -> Any:
    """Read JSON leniently, so that `check` can find the problems inside; return a Violation if it is not JSON."""
    try:
        return json.loads(data.decode(), parse_int=_integer)
    except UnicodeDecodeError as error:
        return _unreadable(data[error.start : error.start + 8], f"UTF-8 at byte {error.start}")
    except RecursionError:
        return _unreadable(data[:_EXCERPT], "fewer levels of nesting")
    except json.JSONDecodeError as error:
        return _unreadable(data[:_EXCERPT], _wanted(error))
    except ValueError as error:
        return _unreadable(data[:_EXCERPT], str(error))


def _wanted(error: json.JSONDecodeError) -> str:
    """Return what was expected, from the error of Python's reader."""
    problem, place = error.msg.removesuffix(" at"), f"at character {error.pos}"
    if problem.startswith("Expecting "):
        return f"a {problem.removeprefix('Expecting ')} {place}"
    return f"one whole JSON value ({problem[:1].lower()}{problem[1:].removesuffix(' starting')} {place})"


def plain(value: Any) -> Any:
    """Return structs as the dictionaries that they are written as, and all other values unchanged."""
    if isinstance(value, Struct):
        fields = [(field.encode_name, getattr(value, field.name)) for field in structs.fields(value)]
        return {name: plain(inner) for name, inner in fields if inner is not UNSET}
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def is_plain_json(event: Any) -> bool:
    """Return whether JSON can carry an event: in one call what `walk_leaves` finds value by value."""
    try:
        text = json.dumps(event, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        return False
    # With more brackets than this it may be nested too deeply; the limit of Python differs between versions.
    return text.count("{") + text.count("[") <= _MAX_DEPTH


def _below(value: Any, path: str) -> Iterator[tuple[Any, str]]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield name, place_of(path, name)
            yield child, place_of(path, name)
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            yield child, f"{path}[{index}]"


def walk_leaves(event: Any) -> Iterator[Violation]:
    """Yield a violation for each value that JSON cannot carry: NaN, lone surrogates, foreign objects, cycles."""
    waiting: list[tuple[Any, str, int]] = [(event, "$", 0)]
    while waiting:
        value, path, depth = waiting.pop()
        if isinstance(value, str):
            if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
                yield Violation(path, Problem.UNICODE, value, "Unicode text")
        elif isinstance(value, float):
            if not isfinite(value):
                yield Violation(path, Problem.UNREADABLE, value, "a finite number")
        elif value is not None and not isinstance(value, int | dict | list | tuple):
            yield Violation(
                path, Problem.UNREADABLE, value, "a value that JSON knows, such as text or a thing's id"
            )
        elif depth > _MAX_DEPTH:
            yield Violation(path[:_EXCERPT] + "…", Problem.UNREADABLE, value, "fewer levels of nesting")
            return
        else:
            waiting.extend((child, place, depth + 1) for child, place in _below(value, path))


def place_of(path: str, name: Any) -> str:
    """Return the path of a key; a key that is not printable is escaped."""
    return f"{path}.{name}" if isinstance(name, str) and name.isprintable() else f"{path}[{name!a}]"
