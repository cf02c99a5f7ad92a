"""What a rule is: the row of the rule table, and the closed lists that the specification gives.

A `Rule` has a path, a kind, allowed values, a range, required and a source. A row can contain a condition
that its source does not state, such as that a count is not below zero: its `readings` list those conditions.

Two forms share one envelope. `documented` holds the arguments that the specification gives for each
method (the page "V3 Event Details"); `wire` holds what deployed pipelines accept (the pipeline
preprocessor's schemas/telemetry/3.0, one file an eid). On the wire only `eid` and `ver` are
enumerated, and text and scores are free.
"""

from enum import StrEnum
from typing import Literal, NamedTuple

from generator.errors import UsageError
from generator.spec.violation import Problem

Form = Literal["documented", "wire"]
FORMS: tuple[Form, ...] = ("documented", "wire")


def check_form(form: str) -> Form:
    """Return the form unchanged; raise UsageError if it is unknown."""
    for known in FORMS:
        if form == known:
            return known
    raise UsageError(f"form {form!r}: choose {' or '.join(map(repr, FORMS))}")


EIDS = (
    "START", "IMPRESSION", "INTERACT", "ASSESS", "RESPONSE", "INTERRUPT", "FEEDBACK", "SHARE", "AUDIT",
    "ERROR", "HEARTBEAT", "LOG", "SEARCH", "METRICS", "SUMMARY", "EXDATA", "END",
)  # fmt: skip
VERSIONS = ("3.0", "3.1")

VISIT_TYPES = ("app", "session", "editor", "player", "workflow", "assessment")
MODES = ("preview", "edit", "play", "")
IMPRESSION_TYPES = ("list", "detail", "view", "edit", "workflow", "search")
NAVIGATIONS = ("SWIPE", "SCRUB", "AUTO")
# "ENDCHOOSE" on the specification's page is END and CHOOSE with a comma lost: accepted, never generated.
FUSED_INTERACT_TYPE = "ENDCHOOSE"
INTERACT_TYPES = (
    "TOUCH", "DRAG", "DROP", "PINCH", "ZOOM", "SHAKE", "ROTATE", "SPEAK", "LISTEN", "WRITE", "DRAW", "START",
    "END", "CHOOSE", "ACTIVATE", "SHOW", "HIDE", "SCROLL", "HEARTBEAT", "OTHER", FUSED_INTERACT_TYPE,
)  # fmt: skip
PASSES = ("Yes", "No")
RESPONSE_TYPES = ("CHOOSE", "DRAG", "SELECT", "MATCH", "INPUT", "SPEAK", "WRITE")
DIRECTIONS = ("In", "Out")
SHARE_TYPES = ("File", "Link", "Message")
ERROR_TYPES = ("SYSTEM", "MOBILEAPP", "CONTENT")
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
SEARCH_TYPES = ("content", "assessment", "asset")

# Milliseconds since 1970 between 1973 and 5138: what lies below is seconds, what lies above is microseconds.
EARLIEST, LATEST = 10**11, 10**14


class Kind(StrEnum):
    """What a value is, in JSON's words; `VALUE` is anything but null, `ANY` is anything."""

    TEXT = "text"
    NUMBER = "a number"
    INTEGER = "an integer"
    OBJECT = "an object"
    LIST = "a list"
    VALUE = "a value"
    ANY = "anything"


class Rule(NamedTuple):
    """One row of the table.

    Attributes:
        path: from the event's root, `edata.item.params[]` being each item of that list.
        kind: what the value is.
        required: whether the value must exist if its parent exists.
        values: the closed list of a text; empty if any text is allowed.
        filled: whether a text must hold at least one character.
        low, high: the inclusive range of a number.
        closed: whether an object allows only the keys that have a row.
        others: the kind of the values under an open object's further keys.
        required_by: a sibling whose presence makes this one required.
        at_least: the path of the number below which this one must not lie.
        usual_low: the least number that real clients send, if the rule itself allows less.
        usual_at_least: the same for `at_least`.
        source: the document that states the rule. The source of an object also states which of its fields
            are required.
        readings: the problems of this row that no source states, each with what is read into the source.
    """

    path: str
    kind: Kind
    required: bool = False
    values: tuple[str, ...] = ()
    filled: bool = False
    low: float | None = None
    high: float | None = None
    closed: bool = False
    others: Kind = Kind.ANY
    required_by: str = ""
    at_least: str = ""
    usual_low: float | None = None
    usual_at_least: str = ""
    source: str = ""
    readings: tuple[tuple[Problem, str], ...] = ()

    def source_of(self, problem: Problem) -> str:
        """Return the source that states this problem, or that no source states it."""
        for read, reading in self.readings:
            if read is problem:
                return f"no source states it; read into {self.source}: {reading}"
        return self.source


# --- one function for each kind of row ---


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
