"""The one table of rules: what the specification and the deployed pipelines ask of every field.

A row is a `Rule`: path, kind, allowed values, range, required, source. The checker and the JSON
Schema are derived from the table; the payload classes are tested against it. What no source states and
is read into it, such as that a count is not below zero, a row says in its `readings`.

Two forms share one envelope. `documented` holds the arguments that the specification gives for each
method (the page "V3 Event Details"); `wire` holds what deployed pipelines accept (the pipeline
preprocessor's schemas/telemetry/3.0, one file an eid). On the wire only `eid` and `ver` are
enumerated, and text and scores are free.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal, NamedTuple

from generator.errors import UsageError
from generator.spec.violation import Problem

Form = Literal["documented", "wire"]
FORMS: tuple[Form, ...] = ("documented", "wire")


def check_form(form: str) -> Form:
    """Give a form back; refuse what is none."""
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


_SPECIFICATION, _PIPELINE = "the specification's", "the pipeline schema's"
ENVELOPE_SOURCE = f"{_PIPELINE} envelope.json"


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
        required: whether it must be there, its parent being there.
        values: the closed list of a text; empty where text is free.
        filled: whether a text must hold at least one character.
        low, high: the inclusive range of a number.
        closed: whether an object refuses the keys that have no row.
        others: the kind of the values under an open object's further keys.
        beside: a sibling whose presence makes this one required.
        at_least: the path of the number below which this one must not lie.
        usual_low: the least number that real clients send, if the rule itself allows less.
        usual_at_least: the same for `at_least`.
        source: where the rule stands, so that a stranger finds it. Whether a field is required stands where
            its object does.
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
    beside: str = ""
    at_least: str = ""
    usual_low: float | None = None
    usual_at_least: str = ""
    source: str = ""
    readings: tuple[tuple[Problem, str], ...] = ()

    def source_of(self, problem: Problem) -> str:
        """Return where it stands that this is a problem, or that no source states it."""
        for read, reading in self.readings:
            if read is problem:
                return f"no source states it; read into {self.source}: {reading}"
        return self.source


def _text(
    path: str, required: bool = False, values: tuple[str, ...] = (), filled: bool = False, beside: str = ""
) -> Rule:
    return Rule(path, Kind.TEXT, required, values, filled, beside=beside)


def _read(rule: Rule, reading: str, *problems: Problem) -> Rule:
    """Add to a row what is read into its source."""
    return rule._replace(readings=(*rule.readings, *((problem, reading) for problem in problems)))


def _id(path: str) -> Rule:
    """Make the row of a documented id, which is required."""
    return _read(_text(path, True, filled=True), "an id that is empty names nothing", Problem.EMPTY)


def _count(path: str, required: bool = False) -> Rule:
    """Make the row of a documented count or size."""
    return _read(_integer(path, required, 0), "a count is not below zero", Problem.RANGE)


def _seconds(path: str, required: bool = False) -> Rule:
    """Make the row of a documented duration."""
    return _read(_number(path, required, 0), "a duration is not below zero", Problem.RANGE)


def _instant(path: str, at_least: str = "") -> Rule:
    """Make the row of a documented instant; between 1973 and 5138 it can be told from seconds and microseconds."""
    rule = _integer(path, True, EARLIEST, LATEST)._replace(at_least=at_least)
    after = f", not before {at_least}" if at_least else ""
    return _read(rule, f"an instant is in milliseconds since 1970{after}", Problem.RANGE)


def _sensible(path: str, required: bool = False) -> Rule:
    """Make the row of a count, a size or a duration on the wire, which may be any number, but is not below zero."""
    return _number(path, required)._replace(usual_low=0)


def _number(path: str, required: bool = False, low: float | None = None, high: float | None = None) -> Rule:
    return Rule(path, Kind.NUMBER, required, low=low, high=high)


def _integer(path: str, required: bool = False, low: float | None = None, high: float | None = None) -> Rule:
    return Rule(path, Kind.INTEGER, required, low=low, high=high)


def _object(path: str, required: bool = False, closed: bool = False, others: Kind = Kind.ANY) -> Rule:
    return Rule(path, Kind.OBJECT, required, closed=closed, others=others)


def _list(path: str, kind: Kind, required: bool = False, closed: bool = False) -> tuple[Rule, Rule]:
    return Rule(path, Kind.LIST, required), Rule(f"{path}[]", kind, closed=closed)


def _texts(*paths: str, required: bool = False) -> tuple[Rule, ...]:
    return tuple(_text(path, required) for path in paths)


def _numbers(*paths: str, low: float | None = None) -> tuple[Rule, ...]:
    return tuple(_number(path, low=low) for path in paths)


def _about(form: Form, eid: str) -> tuple[Rule, ...]:
    """Give the rows of an event's object, which a documented START requires: its contentId and contentVer."""
    if (form, eid) != ("documented", "START"):
        return (_object("object"), *_texts("object.id", "object.type", "object.ver"))
    source = f"{_SPECIFICATION} START (contentId, contentVer)"
    about, id_, ver = (
        rule._replace(source=source)
        for rule in (_object("object", True), _id("object.id"), _text("object.ver", True))
    )
    return about, id_, _text("object.type"), ver


def _envelope(form: Form, eid: str) -> tuple[Rule, ...]:
    """Give the envelope's rows: the pipeline's envelope, actor, context and object schemas."""
    documented = form == "documented"
    ets = _number("ets", True)
    if documented:
        ets = _read(_instant("ets"), "it is a whole number", Problem.TYPE)
    rollup = (_object("context.rollup"), *_texts(*(f"context.rollup.l{n}" for n in range(1, 5))))
    rollup = tuple(rule._replace(source=f"{_SPECIFICATION} context") for rule in rollup)
    return (
        _object(""),
        _text("eid", True, EIDS),
        ets,
        _text("ver", True, VERSIONS),
        _text("mid", True, filled=True),
        _object("actor", True),
        *_texts("actor.id", "actor.type", required=True),
        _object("context", True),
        _text("context.channel", True, filled=True),
        _text("context.env", True),
        _object("context.pdata", True),
        _text("context.pdata.id", True),
        *_texts("context.pdata.pid", "context.pdata.ver", "context.sid", "context.did"),
        *_list("context.cdata", Kind.OBJECT, closed=True),
        *_texts("context.cdata[].type", "context.cdata[].id", required=True),
        # The pipeline's context schema has no rollup: there it may be anything.
        *(rollup if documented else ()),
        *_about(form, eid),
        _object("object.rollup"),
        *_texts(*(f"object.rollup.l{n}" for n in range(1, 5))),
        *_list("tags", Kind.TEXT),
    )


_QUESTION_LISTS = (
    *_list("item.params", Kind.OBJECT),
    *_texts("item.uri", "item.desc", "item.title"),
    *_list("item.mmc", Kind.TEXT),
    *_list("item.mc", Kind.TEXT),
)

_DOCUMENTED: dict[str, Iterable[Rule]] = {
    "START": (
        _text("type", True, VISIT_TYPES),
        _text("mode", True, MODES),
        _text("stageid", True),
    ),
    "IMPRESSION": (
        _text("type", True, IMPRESSION_TYPES),
        _text("subtype"),
        _text("pageid", True),
        _text("itype", values=NAVIGATIONS),
        _text("stageto"),
    ),
    "INTERACT": (
        _text("type", True, INTERACT_TYPES),
        _text("subtype"),
        _id("id"),
        _text("pageid"),
        _object("extra", closed=True),
        *_list("extra.pos", Kind.OBJECT, closed=True),
        *(
            _read(_number(f"extra.pos[].{axis}"), "a position is a number", Problem.TYPE)
            for axis in ("x", "y", "z")
        ),
        Rule("extra.values", Kind.LIST),
        _read(Rule("extra.values[]", Kind.VALUE), "null is not a value", Problem.NULL),
        *_texts("extra.tid", "extra.uri"),
    ),
    "ASSESS": (
        _object("item", True, closed=True),
        _id("item.id"),
        _number("item.maxscore"),
        _seconds("item.exlength"),
        *_QUESTION_LISTS,
        _text("pass", True, PASSES),
        _number("score", True, 0, 1),
        *_list("resvalues", Kind.OBJECT, True),
        _seconds("duration", True),
    ),
    "RESPONSE": (
        _object("target", True, closed=True),
        _id("target.id"),
        *_texts("target.ver", "target.type", required=True),
        _object("target.parent", closed=True),
        _text("target.parent.id"),
        _text("target.parent.type", beside="id"),
        _id("qid"),
        _text("type", True, RESPONSE_TYPES),
        *_list("values", Kind.OBJECT, True),
    ),
    "INTERRUPT": (_text("type", True), _text("pageid"), _text("eventid")),
    "FEEDBACK": (_id("contentId"), _number("rating"), _text("comments")),
    "SHARE": (
        _text("dir", values=DIRECTIONS),
        _text("type", values=SHARE_TYPES),
        *_list("items", Kind.OBJECT, True, closed=True),
        _object("items[].obj", closed=True),
        *_texts("items[].obj.id", "items[].obj.type", "items[].obj.ver"),
        *_list("items[].params", Kind.OBJECT),
        _object("items[].origin", closed=True),
        *_texts("items[].origin.id", "items[].origin.type"),
        _object("items[].to", closed=True),
        *_texts("items[].to.id", "items[].to.type"),
    ),
    "AUDIT": (*_list("props", Kind.TEXT), *_texts("state", "prevstate")),
    "ERROR": (
        _text("err", True),
        _text("errtype", True, ERROR_TYPES),
        _text("stacktrace", True),
    ),
    "HEARTBEAT": (),
    "LOG": (
        _text("type", True),
        _text("level", True, LEVELS),
        _text("message", True),
        *_list("params", Kind.OBJECT),
    ),
    "SEARCH": (
        _text("type", True, SEARCH_TYPES),
        _text("query", True),
        _object("filters"),
        _object("sort"),
        _text("correlationid"),
        _count("size", True),
        *_list("topn", Kind.OBJECT, True),
    ),
    "METRICS": (_object("", closed=False, others=Kind.INTEGER),),
    "SUMMARY": (
        _text("type", True),
        _text("mode"),
        _instant("starttime"),
        _instant("endtime", at_least="starttime"),
        _seconds("timespent", True),
        _count("pageviews", True),
        _count("interactions", True),
        *_list("envsummary", Kind.OBJECT, closed=True),
        _text("envsummary[].env"),
        _seconds("envsummary[].timespent"),
        _count("envsummary[].visits"),
        *_list("eventssummary", Kind.OBJECT, closed=True),
        _text("eventssummary[].id"),
        _count("eventssummary[].count"),
        *_list("pagesummary", Kind.OBJECT, closed=True),
        *_texts("pagesummary[].id", "pagesummary[].type", "pagesummary[].env"),
        _seconds("pagesummary[].timespent"),
        _count("pagesummary[].visits"),
    ),
    "EXDATA": (_object(""), _text("type")),
    "END": (
        _id("contentId"),
        _text("type", True, VISIT_TYPES),
        _seconds("duration", True),
        _text("pageid"),
        *_list("summary", Kind.OBJECT),
    ),
}


def _target(required: bool) -> tuple[Rule, ...]:
    return (
        _object("target", required, closed=True),
        *_texts("target.id", "target.ver", "target.type", required=True),
        _object("target.parent"),
        *_texts("target.parent.id", "target.parent.type"),
    )


_PLUGIN = (
    _object("plugin", closed=True),
    *_texts("plugin.id", "plugin.ver", required=True),
    _text("plugin.category"),
)
_DEVICE = (
    _object("dspec"),
    *_texts("dspec.os", "dspec.make", "dspec.id", "dspec.camera", "dspec.cpu"),
    *_numbers("dspec.mem", "dspec.idisk", "dspec.edisk", "dspec.scrn", "dspec.sims", low=-1),
    *_list("dspec.cap", Kind.TEXT),
    _object("uaspec"),
    *_texts("uaspec.agent", "uaspec.ver", "uaspec.system", "uaspec.platform", "uaspec.raw"),
)

_WIRE: dict[str, Iterable[Rule]] = {
    "START": (_text("type", True), *_texts("mode", "pageid"), *_DEVICE, _text("loc"), _sensible("duration")),
    "IMPRESSION": (
        _text("type", True),
        _text("subtype"),
        *_texts("pageid", "uri", required=True),
        *_list("visits", Kind.OBJECT, closed=True),
        *_texts("visits[].objid", "visits[].objtype", required=True),
        *_texts("visits[].objver", "visits[].section"),
        _sensible("visits[].index"),
        _sensible("duration"),
    ),
    "INTERACT": (
        _text("type", True),
        _text("subtype"),
        _text("id", True),
        _text("pageid"),
        _object("extra"),
        *_target(required=False),
        *_PLUGIN,
        _sensible("duration"),
    ),
    "ASSESS": (
        _object("item", True, closed=True),
        _text("item.id", True),
        _number("item.maxscore"),
        _sensible("item.exlength"),
        *_QUESTION_LISTS,
        _text("item.type"),
        _sensible("index"),
        _text("pass", True),
        _number("score", True),
        *_list("resvalues", Kind.OBJECT, True),
        _sensible("duration", True),
    ),
    "RESPONSE": (*_target(required=True), _text("type", True), *_list("values", Kind.OBJECT, True)),
    "INTERRUPT": (_text("type", True), _text("pageid")),
    "FEEDBACK": (_number("rating"), *_texts("comments", "commentid", "commenttxt")),
    "SHARE": (
        *_texts("dir", "type"),
        *_list("items", Kind.OBJECT, True, closed=True),
        *_texts("items[].id", "items[].type", "items[].ver"),
        *_list("items[].params", Kind.OBJECT),
        # Of an item's objects the pipeline's schema closes none.
        _object("items[].origin"),
        *_texts("items[].origin.id", "items[].origin.type"),
        _object("items[].to"),
        *_texts("items[].to.id", "items[].to.type"),
    ),
    "AUDIT": (*_list("props", Kind.TEXT), *_texts("state", "prevstate", "type"), _sensible("duration")),
    "ERROR": (
        *_texts("err", "errtype", "stacktrace", required=True),
        _text("pageid"),
        _object("object", closed=True),
        *_texts("object.id", "object.type", "object.ver", required=True),
        *_texts("object.subtype", "object.name", "object.code"),
        _object("object.parent"),
        *_texts("object.parent.id", "object.parent.type"),
        *_PLUGIN,
    ),
    "HEARTBEAT": (_object(""),),
    "LOG": (
        *_texts("type", "level", "message", required=True),
        *_list("params", Kind.OBJECT),
        _text("pageid"),
    ),
    "SEARCH": (
        _text("type"),
        _text("query", True),
        _object("filters"),
        _object("sort"),
        _text("correlationid"),
        _sensible("size", True),
        *_list("topn", Kind.OBJECT, True),
    ),
    "METRICS": (
        *_texts("system", "subsystem", required=True),
        *_list("metrics", Kind.OBJECT),
        _text("metrics[].metric"),
        _number("metrics[].value"),
    ),
    "SUMMARY": (
        _text("type", True),
        _text("mode"),
        _number("starttime", True),
        _number("endtime", True)._replace(usual_at_least="starttime"),
        *(_sensible(name, True) for name in ("timespent", "pageviews", "interactions")),
        *_list("extra", Kind.OBJECT),
        *_texts("extra[].id", "extra[].value"),
    ),
    "EXDATA": _texts("type", "data"),
    "END": (
        _text("type", True),
        *_texts("mode", "pageid"),
        _sensible("duration"),
        *_list("summary", Kind.OBJECT),
    ),
}


# The file of the pipeline's schema in which an object of the envelope or of a payload is described.
_FILES = {
    "context.pdata": "pdata", "context.cdata": "cdata", "context": "context", "actor": "actor",
    "object.rollup": "rollup", "object": "object",
    "edata.item": "question", "edata.items": "items", "edata.target.parent": "parent", "edata.target": "target",
    "edata.plugin": "plugin", "edata.object.parent": "parent", "edata.object": "inlineobject",
    "edata.dspec": "dspec", "edata.uaspec": "uaspec",
}  # fmt: skip


def _file(path: str, otherwise: str) -> str:
    """Return the pipeline's file that describes what stands at a path; the more exact ones come first."""
    for place, name in _FILES.items():
        if path.startswith(place) and path[len(place) : len(place) + 1] in {"", ".", "["}:
            return f"{_PIPELINE} {name}.json"
    return otherwise


def _placed(rule: Rule, form: Form, eid: str) -> Rule:
    """Move a payload's row below `edata`, its cross references with it, and name its source."""

    def below(path: str) -> str:
        return f"edata.{path}" if path else ""

    path = below(rule.path) or "edata"
    source = f"{_SPECIFICATION} {eid}"
    if form == "wire":
        source = _file(path, f"{_PIPELINE} {eid.lower()}.json")
    elif rule.closed:
        rule = _read(rule, "it has the keys that are named, and no others", Problem.UNKNOWN)
    return rule._replace(
        path=path,
        at_least=below(rule.at_least),
        usual_at_least=below(rule.usual_at_least),
        source=source,
    )


def _table(form: Form, eid: str) -> tuple[Rule, ...]:
    rows = (_DOCUMENTED if form == "documented" else _WIRE)[eid]
    envelope = tuple(
        rule if rule.source else rule._replace(source=_file(rule.path, ENVELOPE_SOURCE))
        for rule in _envelope(form, eid)
    )
    payload = {rule.path: rule for rule in (_placed(row, form, eid) for row in rows)}
    # Every edata is a closed object unless its own row says otherwise.
    root = payload.pop("edata", _placed(_object("", closed=True), form, eid))
    return (*envelope, root._replace(required=True), *payload.values())


RULES: dict[Form, dict[str, tuple[Rule, ...]]] = {
    form: {eid: _table(form, eid) for eid in EIDS} for form in FORMS
}
"""Every rule, by form and eid: the envelope's rows first, then those of `edata`."""
