"""Functions that make the rows of the rule table, one for each kind of row."""

from generator.spec.rules import EARLIEST, LATEST, Kind, Rule
from generator.spec.violation import Problem


def text_row(
    path: str,
    required: bool = False,
    values: tuple[str, ...] = (),
    filled: bool = False,
    required_by: str = "",
) -> Rule:
    """Return the row of a text."""
    return Rule(path, Kind.TEXT, required, values, filled, required_by=required_by)


def read_into(rule: Rule, reading: str, *problems: Problem) -> Rule:
    """Return the row with a condition that is read into its source."""
    return rule._replace(readings=(*rule.readings, *((problem, reading) for problem in problems)))


def id_row(path: str) -> Rule:
    """Return the row of a documented id, which is required."""
    return read_into(text_row(path, True, filled=True), "an id that is empty names nothing", Problem.EMPTY)


def count_row(path: str, required: bool = False) -> Rule:
    """Return the row of a documented count or size."""
    return read_into(integer_row(path, required, 0), "a count is not below zero", Problem.RANGE)


def seconds_row(path: str, required: bool = False) -> Rule:
    """Return the row of a documented duration."""
    return read_into(number_row(path, required, 0), "a duration is not below zero", Problem.RANGE)


def instant_row(path: str, at_least: str = "") -> Rule:
    """Return the row of a documented instant. The range 1973 to 5138 excludes seconds and microseconds."""
    rule = integer_row(path, True, EARLIEST, LATEST)._replace(at_least=at_least)
    after = f", not before {at_least}" if at_least else ""
    return read_into(rule, f"an instant is in milliseconds since 1970{after}", Problem.RANGE)


def sensible_row(path: str, required: bool = False) -> Rule:
    """Return the row of a count, a size or a duration on the wire: any number is valid, clients send 0 or more."""
    return number_row(path, required)._replace(usual_low=0)


def number_row(
    path: str, required: bool = False, low: float | None = None, high: float | None = None
) -> Rule:
    """Return the row of a number."""
    return Rule(path, Kind.NUMBER, required, low=low, high=high)


def integer_row(
    path: str, required: bool = False, low: float | None = None, high: float | None = None
) -> Rule:
    """Return the row of a whole number."""
    return Rule(path, Kind.INTEGER, required, low=low, high=high)


def object_row(path: str, required: bool = False, closed: bool = False, others: Kind = Kind.ANY) -> Rule:
    """Return the row of an object."""
    return Rule(path, Kind.OBJECT, required, closed=closed, others=others)


def list_rows(path: str, kind: Kind, required: bool = False, closed: bool = False) -> tuple[Rule, Rule]:
    """Return the rows of a list and of its items."""
    return Rule(path, Kind.LIST, required), Rule(f"{path}[]", kind, closed=closed)


def text_rows(*paths: str, required: bool = False) -> tuple[Rule, ...]:
    """Return the rows of some texts."""
    return tuple(text_row(path, required) for path in paths)


def number_rows(*paths: str, low: float | None = None) -> tuple[Rule, ...]:
    """Return the rows of some numbers."""
    return tuple(number_row(path, low=low) for path in paths)


QUESTION_ROWS = (
    *list_rows("item.params", Kind.OBJECT),
    *text_rows("item.uri", "item.desc", "item.title"),
    *list_rows("item.mmc", Kind.TEXT),
    *list_rows("item.mc", Kind.TEXT),
)
"""The rows of an ASSESS's item that both forms share."""
