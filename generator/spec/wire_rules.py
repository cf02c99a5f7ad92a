"""The rows of the 17 payloads in wire form: the pipeline preprocessor's schemas/telemetry/3.0, one file an eid."""

from collections.abc import Iterable

from generator.spec.rules import (
    QUESTION_ROWS,
    Kind,
    Rule,
    list_rows,
    number_row,
    number_rows,
    object_row,
    sensible_row,
    text_row,
    text_rows,
)


def _target(required: bool) -> tuple[Rule, ...]:
    return (
        object_row("target", required, closed=True),
        *text_rows("target.id", "target.ver", "target.type", required=True),
        object_row("target.parent"),
        *text_rows("target.parent.id", "target.parent.type"),
    )


_PLUGIN = (
    object_row("plugin", closed=True),
    *text_rows("plugin.id", "plugin.ver", required=True),
    text_row("plugin.category"),
)
_DEVICE = (
    object_row("dspec"),
    *text_rows("dspec.os", "dspec.make", "dspec.id", "dspec.camera", "dspec.cpu"),
    *number_rows("dspec.mem", "dspec.idisk", "dspec.edisk", "dspec.scrn", "dspec.sims", low=-1),
    *list_rows("dspec.cap", Kind.TEXT),
    object_row("uaspec"),
    *text_rows("uaspec.agent", "uaspec.ver", "uaspec.system", "uaspec.platform", "uaspec.raw"),
)

WIRE: dict[str, Iterable[Rule]] = {
    "START": (
        text_row("type", True),
        *text_rows("mode", "pageid"),
        *_DEVICE,
        text_row("loc"),
        sensible_row("duration"),
    ),
    "IMPRESSION": (
        text_row("type", True),
        text_row("subtype"),
        *text_rows("pageid", "uri", required=True),
        *list_rows("visits", Kind.OBJECT, closed=True),
        *text_rows("visits[].objid", "visits[].objtype", required=True),
        *text_rows("visits[].objver", "visits[].section"),
        sensible_row("visits[].index"),
        sensible_row("duration"),
    ),
    "INTERACT": (
        text_row("type", True),
        text_row("subtype"),
        text_row("id", True),
        text_row("pageid"),
        object_row("extra"),
        *_target(required=False),
        *_PLUGIN,
        sensible_row("duration"),
    ),
    "ASSESS": (
        object_row("item", True, closed=True),
        text_row("item.id", True),
        number_row("item.maxscore"),
        sensible_row("item.exlength"),
        *QUESTION_ROWS,
        text_row("item.type"),
        sensible_row("index"),
        text_row("pass", True),
        number_row("score", True),
        *list_rows("resvalues", Kind.OBJECT, True),
        sensible_row("duration", True),
    ),
    "RESPONSE": (*_target(required=True), text_row("type", True), *list_rows("values", Kind.OBJECT, True)),
    "INTERRUPT": (text_row("type", True), text_row("pageid")),
    "FEEDBACK": (number_row("rating"), *text_rows("comments", "commentid", "commenttxt")),
    "SHARE": (
        *text_rows("dir", "type"),
        *list_rows("items", Kind.OBJECT, True, closed=True),
        *text_rows("items[].id", "items[].type", "items[].ver"),
        *list_rows("items[].params", Kind.OBJECT),
        # Of an item's objects the pipeline's schema closes none.
        object_row("items[].origin"),
        *text_rows("items[].origin.id", "items[].origin.type"),
        object_row("items[].to"),
        *text_rows("items[].to.id", "items[].to.type"),
    ),
    "AUDIT": (
        *list_rows("props", Kind.TEXT),
        *text_rows("state", "prevstate", "type"),
        sensible_row("duration"),
    ),
    "ERROR": (
        *text_rows("err", "errtype", "stacktrace", required=True),
        text_row("pageid"),
        object_row("object", closed=True),
        *text_rows("object.id", "object.type", "object.ver", required=True),
        *text_rows("object.subtype", "object.name", "object.code"),
        object_row("object.parent"),
        *text_rows("object.parent.id", "object.parent.type"),
        *_PLUGIN,
    ),
    "HEARTBEAT": (object_row(""),),
    "LOG": (
        *text_rows("type", "level", "message", required=True),
        *list_rows("params", Kind.OBJECT),
        text_row("pageid"),
    ),
    "SEARCH": (
        text_row("type"),
        text_row("query", True),
        object_row("filters"),
        object_row("sort"),
        text_row("correlationid"),
        sensible_row("size", True),
        *list_rows("topn", Kind.OBJECT, True),
    ),
    "METRICS": (
        *text_rows("system", "subsystem", required=True),
        *list_rows("metrics", Kind.OBJECT),
        text_row("metrics[].metric"),
        number_row("metrics[].value"),
    ),
    "SUMMARY": (
        text_row("type", True),
        text_row("mode"),
        number_row("starttime", True),
        number_row("endtime", True)._replace(usual_at_least="starttime"),
        *(sensible_row(name, True) for name in ("timespent", "pageviews", "interactions")),
        *list_rows("extra", Kind.OBJECT),
        *text_rows("extra[].id", "extra[].value"),
    ),
    "EXDATA": text_rows("type", "data"),
    "END": (
        text_row("type", True),
        *text_rows("mode", "pageid"),
        sensible_row("duration"),
        *list_rows("summary", Kind.OBJECT),
    ),
}
