"""Contents compared: the event that was sent, and the one that was found, as JSON values.

The order of keys does not matter, nor how a number is written; `"1"`, `1` and `true` are three values. Of a key
that stands twice the last one counts, as it does for every reader of the event behind the sink. What else may differ
depends on where the sink stands, see `generator.verify.rewrites`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import islice
from math import isinf
from typing import Any, NamedTuple

import msgspec

from generator.delivery.sink_name import STAGES
from generator.errors import UsageError
from generator.verify.pipeline import Pipeline
from generator.verify.rewrites import Allows, Case, has_doubles, rewrites_at
from generator.verify.specified import is_specified

ABSENT = "(absent)"
"""Stands in a difference for what is not there."""
MOST = 20
"""Differences that are told of one event."""
_LONGEST = 200
_INDEX = re.compile(r"\[\d+\]")
_LARGEST = 2**63
_EXACT_DOUBLES = 2**53
"""Below it every integer is a double."""
_UNREAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_UNWRITTEN = (msgspec.MsgspecError, UnicodeEncodeError, RecursionError, OverflowError)
_decode = msgspec.json.Decoder().decode


def _to_the_digit(text: str) -> int | float:
    """Read a number with a point or an exponent; a large integer to its last digit."""
    number = float(text)
    if isinf(number):
        raise ValueError("a number is out of range")
    if abs(number) < _EXACT_DOUBLES:
        return number
    digits = Decimal(text)
    return int(digits) if digits == digits.to_integral_value() else number


_decode_to_the_digit = msgspec.json.Decoder(float_hook=_to_the_digit).decode
_encode = msgspec.json.Encoder().encode


class Difference(NamedTuple):
    """What is not as it was sent.

    Attributes:
        path: where, such as `edata.items[0].id`; "" for the event as a whole.
        sent: the value that was sent, or `ABSENT`; what is long or has parts as a text, shortened.
        found: the value that is there, likewise.
    """

    path: str
    sent: Any
    found: Any


class Rewrites:
    """Compares events, and knows what a healthy pipeline rewrites before a stage, see `generator.verify.rewrites`.

    Args:
        ignored: what else is not compared: dotted paths, such as `context.rollup`, each with all below it; of a
            list it is so in every item, `edata.items.id`.
        pipeline: behind the contract with which the events were sent.
        stage: where in it the sink stands.

    Raises:
        UsageError: for a path that is none.
    """

    def __init__(
        self, ignored: Iterable[str] = (), pipeline: Pipeline = "sunbird", stage: str = "accepted"
    ) -> None:
        self._pipeline: Pipeline = pipeline
        self._stage, self._paths = stage, tuple(ignored)
        self._ignored = [_parts(path) for path in self._paths]
        self._used: set[str] = set()
        rows = list(rewrites_at(pipeline, stage))
        self._added = [(row.path, row.allows) for row in rows if row.kind == "added"]
        self._changed = {row.path: row.allows for row in rows if row.kind == "changed"}
        self._has_doubles = has_doubles(pipeline, stage)
        self._is_same_number = _is_same_double if self._has_doubles else _is_equal

    def differences(
        self, sent: bytes, found: bytes, posted: float | None = None, received: float | None = None
    ) -> list[Difference]:
        """Compare the JSON texts of an event; nothing where it is the same, at most `MOST` differences else.

        Args:
            sent: the event as it was sent.
            found: the event as it was found.
            posted: when its batch was first sent, in milliseconds since 1970; None if unknown.
            received: when the sink received it, likewise.
        """
        if sent == found:
            return []
        unlike = self._compared(sent, found, posted, received, _decode)
        if unlike and not self._has_doubles:
            # A large integer that is written with an exponent, 1.0E30, is read as the nearest double at first.
            return self._compared(sent, found, posted, received, _decode_to_the_digit)
        return unlike

    def unused(self) -> list[str]:
        """Return the ignored paths that lead nowhere: no event that differs has them, nor has the specification.

        Events that are the same to the byte are not looked into: there was nothing to leave out.
        """
        pairs = zip(self._paths, self._ignored, strict=True)
        return [path for path, parts in pairs if path not in self._used and not self._is_known(parts)]

    def _is_known(self, parts: list[str]) -> bool:
        added = (path for path, _ in self._added)
        return parts[0] in added or is_specified(parts)

    def stage_of(self, sent: bytes, found: bytes, posted: float | None, received: float | None) -> str:
        """Return the next stage of the pipeline that makes the one of the other; "" if none does.

        Args:
            sent: the event as it was sent.
            found: the event as it was found.
            posted: see `differences`.
            received: see `differences`.
        """
        return next(
            (
                stage
                for stage in STAGES[STAGES.index(self._stage) + 1 :]
                if not Rewrites(self._paths, self._pipeline, stage).differences(sent, found, posted, received)
            ),
            "",
        )

    def _compared(
        self, sent: bytes, found: bytes, posted: float | None, received: float | None,
        decode: Callable[[bytes], Any],
    ) -> list[Difference]:  # fmt: skip
        try:
            before = decode(sent)
        except _UNREAD:
            # Only what was replayed verbatim can be so, and that is passed on as it is.
            return [Difference("", _shown(sent), _shown(found))]
        try:
            after = decode(found)
        except _UNREAD as error:
            return [Difference("", _told(before), f"unreadable: {str(error)[:_LONGEST]}")]
        if not isinstance(before, dict) or not isinstance(after, dict):
            return [] if self._is_same(before, after) else [Difference("", _told(before), _told(after))]
        case = Case(before.copy(), after.copy(), posted, received)
        self._leave_out(case, before, after)
        if _are_plainly_same(before, after, sent):
            return []
        return [Difference(*one) for one in islice(self._unlike(case, before, after), MOST)]

    def _leave_out(self, case: Case, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Take out of both what stages add, and what is ignored."""
        for name, allows in self._added:
            if name in after and allows(case, before.get(name), after[name]):
                del after[name]
                before.pop(name, None)
        for path, parts in zip(self._paths, self._ignored, strict=True):
            was_sent, is_found = _remove(before, parts), _remove(after, parts)
            if was_sent or is_found:
                self._used.add(path)

    def _unlike(
        self, case: Case, event: dict[str, Any], found: dict[str, Any]
    ) -> Iterator[tuple[str, Any, Any]]:
        """Yield what is unlike and no rewrite. It keeps a list of what is left, for values may be nested deeply."""
        waiting: list[tuple[str, Any, Any]] = [("", event, found)]
        while waiting:
            path, before, after = waiting.pop()
            if isinstance(before, dict) and isinstance(after, dict):
                waiting += _members(path, before, after)
            elif isinstance(before, list) and isinstance(after, list):
                waiting += _items(path, before, after)
            elif not self._is_same(before, after):
                allows: Allows | None = self._changed.get(path)
                if not (allows and allows(case, before, after)):
                    yield path, _told(before), _told(after)

    def _is_same(self, before: Any, after: Any) -> bool:
        """Tell whether two values without parts are the same."""
        if isinstance(before, bool) or isinstance(after, bool):
            return before is after
        if isinstance(before, int | float) and isinstance(after, int | float):
            return self._is_same_number(before, after)
        return type(before) is type(after) and bool(before == after)


def _is_equal(sent: float, found: float) -> bool:
    return sent == found


def _is_same_double(sent: float, found: float) -> bool:
    """Tell whether a number is the same: by value, or as the double that is nearest to it."""
    if sent == found:
        return True
    try:
        return isinstance(found, float) and float(sent) == found
    except OverflowError:
        return False


def _parts(path: str) -> list[str]:
    parts = _INDEX.sub("", path).removeprefix("$.").split(".")
    if not all(parts):
        raise UsageError(f"--ignore {path!r}: no path; give one with dots, such as context.rollup")
    return parts


def _remove(value: Any, parts: list[str]) -> bool:
    """Remove what stands at a path, in every item of a list; return whether anything did."""
    places = [value]
    for part in parts[:-1]:
        places = [one[part] for one in _objects(places) if part in one]
    is_there = False
    for one in _objects(places):
        is_there |= one.pop(parts[-1], _NOTHING) is not _NOTHING
    return is_there


def _objects(values: list[Any]) -> Iterator[dict[str, Any]]:
    waiting = values[::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            waiting += reversed(value)


def _are_plainly_same(before: dict[str, Any], after: dict[str, Any], sent: bytes) -> bool:
    """Tell at once of most that they are the same. Python takes true for 1: where any stands it does not help."""
    if b"true" in sent or b"false" in sent:
        return False
    try:
        if before != after:
            return False
        text = _encode(after)
    except _UNWRITTEN:
        return False
    return b"true" not in text and b"false" not in text


class _Nothing:
    """What is not there; like nothing that JSON has."""


_NOTHING = _Nothing()


def _members(path: str, before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Pair members, the first one last, where it is taken from."""
    names = [*before, *(name for name in after if name not in before)]
    start = f"{path}." if path else ""
    pairs = ((name, before.get(name, _NOTHING), after.get(name, _NOTHING)) for name in reversed(names))
    return [(start + name, one, other) for name, one, other in pairs if not _is_one_text(one, other)]


def _items(path: str, before: list[Any], after: list[Any]) -> list[tuple[str, Any, Any]]:
    """Pair items, the first one last, where it is taken from."""
    longest = max(len(before), len(after))
    one, other = (part + [_NOTHING] * (longest - len(part)) for part in (before, after))
    return [(f"{path}[{place}]", one[place], other[place]) for place in reversed(range(longest))]


def _is_one_text(one: Any, other: Any) -> bool:
    return one.__class__ is str and other.__class__ is str and one == other


def _told(value: Any) -> Any:
    """Give a value as it is told: small, and such as JSON has."""
    if isinstance(value, _Nothing):
        return ABSENT
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return f"a number of {value.bit_length()} bits"
    if isinstance(value, dict | list):
        try:
            return _shown(_encode(value))
        except _UNWRITTEN:
            return "nested too deeply to be shown"
    return value


def _shown(text: bytes) -> str:
    return text[:_LONGEST].decode(errors="replace") + ("…" if len(text) > _LONGEST else "")
