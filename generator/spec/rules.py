"""The one table of rules: what the specification and the deployed pipelines ask of every field.

A row is a `Rule`: path, kind, allowed values, range, required, source. The checker and the JSON
Schema are derived from the table; the payload classes are tested against it.

Two forms share one envelope. `documented` holds the arguments that the specification gives for each
method (the page "V3 Event Details"); `wire` holds what deployed pipelines accept (the pipeline
preprocessor's schemas/telemetry/3.0, one file an eid). On the wire only `eid` and `ver` are
enumerated, and text and scores are free.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal, NamedTuple

from generator.errors import UsageError

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


ENVELOPE_SOURCE = "the pipeline schema's envelope.json"


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
        equals: the path of the value which this one must repeat.
        at_most: the path of the number which this one must not exceed.
        source: where the rule stands, so that a stranger finds it.
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
    equals: str = ""
    at_most: str = ""
    source: str = ""


def _text(
    path: str, required: bool = False, values: tuple[str, ...] = (), filled: bool = False,
    beside: str = "", equals: str = "",
) -> Rule:  # fmt: skip
    return Rule(path, Kind.TEXT, required, values, filled, beside=beside, equals=equals)


def _number(
    path: str, required: bool = False, low: float | None = None, high: float | None = None, at_most: str = ""
) -> Rule:
    return Rule(path, Kind.NUMBER, required, low=low, high=high, at_most=at_most)


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


def _envelope(form: Form) -> tuple[Rule, ...]:
    """Give the envelope's rows: the pipeline's envelope, actor, context and object schemas."""
    documented = form == "documented"
    ets = _integer("ets", True, EARLIEST, LATEST) if documented else _number("ets", True)
    rollup = (_object("context.rollup"), *_texts(*(f"context.rollup.l{n}" for n in range(1, 5))))
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
        _object("object"),
        *_texts("object.id", "object.type", "object.ver"),
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
        _text("id", True, filled=True),
        _text("pageid"),
        _object("extra", closed=True),
        *_list("extra.pos", Kind.OBJECT, closed=True),
        *_numbers("extra.pos[].x", "extra.pos[].y", "extra.pos[].z"),
        *_list("extra.values", Kind.VALUE),
        *_texts("extra.tid", "extra.uri"),
    ),
    "ASSESS": (
        _object("item", True, closed=True),
        _text("item.id", True, filled=True),
        *_numbers("item.maxscore", "item.exlength"),
        *_QUESTION_LISTS,
        _text("pass", True, PASSES),
        _number("score", True, 0, 1, at_most="item.maxscore"),
        *_list("resvalues", Kind.OBJECT, True),
        _number("duration", True),
    ),
    "RESPONSE": (
        _object("target", True, closed=True),
        _text("target.id", True, filled=True),
        *_texts("target.ver", "target.type", required=True),
        _object("target.parent", closed=True),
        _text("target.parent.id"),
        _text("target.parent.type", beside="id"),
        _text("qid", True, filled=True, equals="target.id"),
        _text("type", True, RESPONSE_TYPES),
        *_list("values", Kind.OBJECT, True),
    ),
    "INTERRUPT": (_text("type", True), _text("pageid"), _text("eventid")),
    "FEEDBACK": (_text("contentId", True, filled=True), _number("rating"), _text("comments")),
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
        _integer("size", True),
        *_list("topn", Kind.OBJECT, True),
    ),
    "METRICS": (_object("", closed=False, others=Kind.INTEGER),),
    "SUMMARY": (
        _text("type", True),
        _text("mode"),
        _integer("starttime", True, EARLIEST, LATEST),
        _integer("endtime", True, EARLIEST, LATEST),
        _number("timespent", True),
        _integer("pageviews", True),
        _integer("interactions", True),
        *_list("envsummary", Kind.OBJECT, closed=True),
        _text("envsummary[].env"),
        _number("envsummary[].timespent"),
        _integer("envsummary[].visits"),
        *_list("eventssummary", Kind.OBJECT, closed=True),
        _text("eventssummary[].id"),
        _integer("eventssummary[].count"),
        *_list("pagesummary", Kind.OBJECT, closed=True),
        *_texts("pagesummary[].id", "pagesummary[].type", "pagesummary[].env"),
        _number("pagesummary[].timespent"),
        _integer("pagesummary[].visits"),
    ),
    "EXDATA": (_object(""), _text("type")),
    "END": (
        _text("contentId", True, filled=True),
        _text("type", True, VISIT_TYPES),
        _number("duration", True),
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
    "START": (_text("type", True), *_texts("mode", "pageid"), *_DEVICE, _text("loc"), _number("duration")),
    "IMPRESSION": (
        _text("type", True),
        _text("subtype"),
        *_texts("pageid", "uri", required=True),
        *_list("visits", Kind.OBJECT, closed=True),
        *_texts("visits[].objid", "visits[].objtype", required=True),
        *_texts("visits[].objver", "visits[].section"),
        _number("visits[].index"),
        _number("duration"),
    ),
    "INTERACT": (
        _text("type", True),
        _text("subtype"),
        _text("id", True),
        _text("pageid"),
        _object("extra"),
        *_target(required=False),
        *_PLUGIN,
        _number("duration"),
    ),
    "ASSESS": (
        _object("item", True, closed=True),
        _text("item.id", True),
        *_numbers("item.maxscore", "item.exlength"),
        *_QUESTION_LISTS,
        _text("item.type"),
        _number("index"),
        _text("pass", True),
        _number("score", True),
        *_list("resvalues", Kind.OBJECT, True),
        _number("duration", True),
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
    "AUDIT": (*_list("props", Kind.TEXT), *_texts("state", "prevstate", "type"), _number("duration")),
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
        _number("size", True),
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
        *(_number(name, True) for name in ("starttime", "endtime", "timespent", "pageviews", "interactions")),
        *_list("extra", Kind.OBJECT),
        *_texts("extra[].id", "extra[].value"),
    ),
    "EXDATA": _texts("type", "data"),
    "END": (
        _text("type", True),
        *_texts("mode", "pageid"),
        _number("duration"),
        *_list("summary", Kind.OBJECT),
    ),
}


def _placed(rule: Rule, source: str) -> Rule:
    """Move a payload's row below `edata`, and its cross references with it."""

    def below(path: str) -> str:
        return f"edata.{path}" if path else ""

    return rule._replace(
        path=below(rule.path) or "edata",
        equals=below(rule.equals),
        at_most=below(rule.at_most),
        source=source,
    )


def _table(form: Form, eid: str) -> tuple[Rule, ...]:
    if form == "documented":
        rows, source = _DOCUMENTED[eid], f"the specification's {eid}"
    else:
        rows, source = _WIRE[eid], f"the pipeline schema's {eid.lower()}.json"
    envelope = tuple(rule._replace(source=ENVELOPE_SOURCE) for rule in _envelope(form))
    payload = {rule.path: rule for rule in (_placed(row, source) for row in rows)}
    # Every edata is a closed object unless its own row says otherwise.
    root = payload.pop("edata", _placed(_object("", closed=True), source))
    return (*envelope, root._replace(required=True), *payload.values())


RULES: dict[Form, dict[str, tuple[Rule, ...]]] = {
    form: {eid: _table(form, eid) for eid in EIDS} for form in FORMS
}
"""Every rule, by form and eid: the envelope's rows first, then those of `edata`."""
