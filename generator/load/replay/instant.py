"""An instant as a recording has it: in seconds, milliseconds, microseconds or nanoseconds since 1970."""

from typing import Any, NamedTuple

from generator.spec.rules import EARLIEST, LATEST


class TimeUnit(NamedTuple):
    """A unit of time, recognised by the number of digits that an instant of our days has in it.

    Attributes:
        name: in the plural.
        low, high: the instants that are taken for this unit; `high` is excluded.
        milliseconds: the length of one unit.
    """

    name: str
    low: float
    high: float
    milliseconds: float


MILLISECONDS = TimeUnit("milliseconds", EARLIEST, LATEST + 1, 1)
# 10, 16 and 19 digits are the years 2001 to 2286; milliseconds are the specification's and have the widest range.
UNITS = (
    MILLISECONDS,
    TimeUnit("seconds", 10**9, 10**10, 1000),
    TimeUnit("microseconds", 10**15, 10**16, 1e-3),
    TimeUnit("nanoseconds", 10**18, 10**19, 1e-6),
)


def unit_of(value: Any) -> TimeUnit | None:
    """Return the unit of an instant; None if the value is not an instant."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return next((unit for unit in UNITS if unit.low <= value < unit.high), None)


def instant(value: Any) -> int | None:
    """Return an instant in milliseconds since 1970; None if the value is not an instant."""
    unit = unit_of(value)
    if unit is None:
        return None
    return int(value) if unit is MILLISECONDS else int(value * unit.milliseconds)


def shifted(value: Any, milliseconds: int) -> Any:
    """Return an instant moved by some milliseconds, in its own unit; any other value unchanged."""
    unit = unit_of(value)
    if unit is None:
        return value
    if unit is MILLISECONDS:
        return value + milliseconds
    shift = milliseconds / unit.milliseconds
    return value + round(shift) if isinstance(value, int) else value + shift
