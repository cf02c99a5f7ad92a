"""Make a payload of the data of a call, or raise an error with the path of the bad value."""

from collections.abc import Callable, Mapping
from functools import cache
from math import isfinite
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, defstruct, structs

from generator.errors import PayloadError
from generator.spec.check import agrees, check_payload
from generator.spec.edata import PAYLOADS, Assess, Extra, Interact, Payload, Response, Summary
from generator.spec.reading import plain
from generator.spec.violation import Problem

Data = Mapping[str, Any]

# What the specification's page shows inside {"edata": {...}}; the wrapper is accepted and never written.
_WRAPPED = {"AUDIT", "HEARTBEAT", "METRICS", "SUMMARY"}
_AGREEING = (Response, Summary)
# msgspec looks a listed value up by its UTF-8, which a lone surrogate has not.
_CONVERSION_ERRORS = (msgspec.ValidationError, UnicodeEncodeError)


def as_mapping(eid: str, data: Any) -> Data:
    """Return a call's data as a mapping, without the specification's `edata` wrapper."""
    if data is None:
        return {}
    if isinstance(data, Struct):
        data = msgspec.to_builtins(data)
    if data.__class__ is not dict and not isinstance(data, Mapping):
        raise PayloadError(f"{eid}: $: expected a mapping or a payload object, got {data!r}")
    inner = data["edata"] if eid in _WRAPPED and data.keys() == {"edata"} else None
    return inner if isinstance(inner, Mapping) else data


def make_payload(eid: str, data: Any, fields: Data | None = None) -> Payload:
    """Make a payload of a mapping, a payload object or keywords.

    Args:
        eid: which of the 17.
        data: the documented arguments as a mapping, or a payload object of `generator.spec.edata`, which is
            taken as it is and must not be changed afterwards.
        fields: further arguments, as keywords.

    Raises:
        PayloadError: if the specification forbids the data, with the path of the bad value.
    """
    type_ = PAYLOADS[eid]
    try:
        if data.__class__ is type_ and not fields and isinstance(data, Struct):
            _validate(data)
            payload: Any = data
        else:
            data = as_mapping(eid, data)
            data = {**data, **fields} if fields else data if data.__class__ is dict else dict(data)
            payload = _of_mapping(eid, type_, data)
    except _CONVERSION_ERRORS:
        raise _payload_error(eid, data) from None
    if type_ in _AGREEING and not agrees(payload):
        raise _payload_error(eid, payload)
    if payload is not data and eid in _OPEN and not _is_json(data):
        raise _payload_error(eid, data)
    return payload  # type: ignore[no-any-return]


# Payloads with fields of any type: these can contain NaN, infinities and dates, which JSON cannot carry.
_OPEN = {"INTERACT", "ASSESS", "RESPONSE", "SHARE", "LOG", "SEARCH", "END"}


def _is_json(value: Any) -> bool:
    kind = value.__class__
    if kind is dict:
        return all(map(_is_json, value.values()))
    if kind is list:
        return all(map(_is_json, value))
    if kind is float:
        return isfinite(value)
    if isinstance(value, Struct):
        return _VALID.get(id(value)) is value or all(
            _is_json(getattr(value, name)) for name in value.__struct_fields__
        )
    return value is UNSET or value is None or isinstance(value, str | int | dict | list)


def _of_mapping(eid: str, type_: type[Payload], data: dict[str, Any]) -> Payload:
    if issubclass(type_, dict):
        # METRICS and EXDATA have free keys; their classes are mappings.
        if check_payload(eid, data) or not _is_json(data):
            raise _payload_error(eid, data)
        return type_(_integral(data))
    try:
        return msgspec.convert(data, type_)
    except msgspec.ValidationError:
        # Perhaps only the notation is wrong: 3.0 for an integer.
        return msgspec.convert(_integral(plain(data)), type_)


def _payload_error(eid: str, data: Any) -> PayloadError:
    violations = check_payload(eid, plain(data))
    # A misspelt key is also a missing one: the misspelling is the more useful violation.
    first = next(
        (violation for violation in violations if violation.problem is Problem.UNKNOWN), violations[0]
    )
    return PayloadError(f"{eid}: {first}", first.path)


def _integral(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _integral(item) for key, item in value.items()}
    return [_integral(item) for item in value] if isinstance(value, list) else value


# Payload objects come from a world that makes each question and each answer once: an object that was valid once
# is not checked again. A reference to the object prevents that another object gets its id.
_MOST_REMEMBERED = 65536
_NEVER_SHARED = {Assess, Interact, Extra}
_VALID: dict[int, Any] = {}


class _Twin(NamedTuple):
    """How the objects of one payload class are checked: their values in a tuple, as a class read by position."""

    values: Callable[[Any], tuple[Any, ...]]
    names: tuple[str, ...]
    by_position: type[Struct]


@cache
def _twin_of(type_: type[Struct]) -> _Twin:
    fields = structs.fields(type_)
    by_position = defstruct(
        f"_{type_.__name__}", [(field.name, field.type) for field in fields], array_like=True
    )
    names = [field.name for field in fields]
    values = (
        attrgetter(*names)
        if len(names) > 1
        else lambda payload: tuple(getattr(payload, name) for name in names)
    )
    return _Twin(values, tuple(field.encode_name for field in fields), by_position)


def _validate(payload: Struct) -> None:
    """Check a payload object, which its constructor did not."""
    if _VALID.get(id(payload)) is payload:
        return
    twin = _twin_of(type(payload))
    values = twin.values(payload)
    for value in values:
        if isinstance(value, Struct):
            _validate(value)
        elif value.__class__ is list and _VALID.get(id(value)) is not value:
            _validate_list(value)
    if UNSET in values:
        given = {name: value for name, value in zip(twin.names, values, strict=True) if value is not UNSET}
        msgspec.convert(given, type(payload))
    else:
        msgspec.convert(values, twin.by_position)
    if type(payload) not in _NEVER_SHARED:
        _remember(payload)


def _validate_list(items: list[Any]) -> None:
    for item in items:
        if isinstance(item, Struct):
            _validate(item)
    if not _is_json(items):
        raise msgspec.ValidationError("a number that JSON cannot carry")
    _remember(items)


def _remember(value: Any) -> None:
    if len(_VALID) >= _MOST_REMEMBERED:
        _VALID.clear()
    _VALID[id(value)] = value
