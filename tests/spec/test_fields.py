"""The specification, field by field, for all 17 methods, in both forms.

The tables here are written from the specification's page and from the pipeline's schemas by hand, a second
time, and not from the rule table that they test.
"""

import copy
import json
from typing import Any, NamedTuple

import jsonschema_rs
import pytest

from generator import Telemetry, check, json_schema
from generator.errors import PayloadError
from generator.spec.violation import Problem

VISITS = ("app", "session", "editor", "player", "workflow", "assessment")
INTERACTS = (
    "TOUCH", "DRAG", "DROP", "PINCH", "ZOOM", "SHAKE", "ROTATE", "SPEAK", "LISTEN", "WRITE", "DRAW", "START", "END",
    "CHOOSE", "ACTIVATE", "SHOW", "HIDE", "SCROLL", "HEARTBEAT", "OTHER", "ENDCHOOSE",
)  # fmt: skip


class Field(NamedTuple):
    """What the specification says of one field, and values that are right and wrong for it, and for its items."""

    required: bool
    right: tuple[Any, ...]
    wrong: tuple[tuple[Any, Problem], ...]
    wrong_items: tuple[tuple[Any, Problem], ...] = ()


NOT_TEXT = (
    (3, Problem.TYPE),
    (None, Problem.NULL),
    (["x"], Problem.TYPE),
    ({}, Problem.TYPE),
    (True, Problem.TYPE),
)
NOT_NUMBER = (("3", Problem.TYPE), (None, Problem.NULL), ([], Problem.TYPE), (True, Problem.TYPE))
NOT_OBJECT = (("x", Problem.TYPE), (None, Problem.NULL), ([], Problem.TYPE), (1, Problem.TYPE))
NOT_LIST = (("x", Problem.TYPE), (None, Problem.NULL), ({}, Problem.TYPE), (1, Problem.TYPE))


def text(*, required: bool = False) -> Field:
    return Field(required, ("", "x", "अध्याय", "x" * 5000), NOT_TEXT)


def filled(*, required: bool = True) -> Field:
    return Field(required, ("x", "अध्याय"), (("", Problem.EMPTY), *NOT_TEXT))


def one_of(*values: str, required: bool = True) -> Field:
    other_case = values[0].swapcase()
    blank = () if "" in values else (("", Problem.EMPTY),)
    return Field(required, values, ((other_case, Problem.CASE), ("no such", Problem.LIST), *blank, *NOT_TEXT))


def number(*, required: bool = False) -> Field:
    return Field(required, (0, 1, -1, 0.5, 1e12, 10**20), NOT_NUMBER)


def integer(*, required: bool = False) -> Field:
    return Field(required, (0, 333, -1, 3.0), ((0.5, Problem.TYPE), *NOT_NUMBER))


def count(*, required: bool = False) -> Field:
    """A count or a size: whole, and not below zero."""
    wrong = (-1, Problem.RANGE), (-(10**20), Problem.RANGE), (0.5, Problem.TYPE)
    return Field(required, (0, 333, 3.0), (*wrong, *NOT_NUMBER))


def seconds(*, required: bool = False) -> Field:
    """A duration: not below zero."""
    wrong = (-1, Problem.RANGE), (-0.001, Problem.RANGE)
    return Field(required, (0, 0.5, -0.0, 1e12, 10**20), (*wrong, *NOT_NUMBER))


def instant(*right: float) -> Field:
    seconds, micros = (1767600000, Problem.RANGE), (1767600000000000, Problem.RANGE)
    wrong = (seconds, micros, (1767600000000.5, Problem.TYPE), *NOT_NUMBER)
    return Field(True, right or (1767600000000, 1.7676e12), wrong)


def thing(*, required: bool = False) -> Field:
    return Field(required, (), NOT_OBJECT)


def opened() -> Field:
    """An object that may have further keys of any kind."""
    return Field(False, ({}, {"further": 1}, {"further": {"a": [None]}}), NOT_OBJECT)


def pairs(*, required: bool = False) -> Field:
    return Field(required, ([], [{}], [{"id": "value"}, {"a": {"b": [1, None]}}]), NOT_LIST, NOT_OBJECT)


def things(*, required: bool = False) -> Field:
    return Field(required, ([],), NOT_LIST, NOT_OBJECT)


def texts(*, required: bool = False) -> Field:
    return Field(required, ([], ["x"], ["", "y"]), NOT_LIST, NOT_TEXT)


# Under each eid: an example with every field, the fields, and the objects that are closed.
DOCUMENTED: dict[str, tuple[dict[str, Any], dict[str, Field], tuple[str, ...]]] = {
    "START": (
        {"type": "player", "mode": "play", "stageid": "s1"},
        {
            "type": one_of(*VISITS),
            "mode": one_of("preview", "edit", "play", ""),
            "stageid": text(required=True),
        },
        ("",),
    ),
    "IMPRESSION": (
        {"type": "view", "subtype": "Paginate", "pageid": "p", "itype": "SWIPE", "stageto": "2"},
        {
            "type": one_of("list", "detail", "view", "edit", "workflow", "search"),
            "subtype": text(),
            "pageid": text(required=True),
            "itype": one_of("SWIPE", "SCRUB", "AUTO", required=False),
            "stageto": text(),
        },
        ("",),
    ),
    "INTERACT": (
        {
            "type": "DRAG",
            "subtype": "s",
            "id": "b",
            "pageid": "p",
            "extra": {"pos": [{"x": 1, "y": 2.5, "z": 0}, {}], "values": ["a", 1], "tid": "t", "uri": "u"},
        },
        {
            "type": one_of(*INTERACTS),
            "subtype": text(),
            "id": filled(),
            "pageid": text(),
            "extra": thing(),
            "extra.pos": things(),
            "extra.pos.0": thing(),
            "extra.pos.0.x": number(),
            "extra.pos.0.y": number(),
            "extra.pos.0.z": number(),
            "extra.values": Field(False, ([], [1, "a", 0.5, True, {}, []]), NOT_LIST),
            "extra.values.0": Field(False, ("x", 1, True, {}, []), ((None, Problem.NULL),)),
            "extra.tid": text(),
            "extra.uri": text(),
        },
        ("", "extra", "extra.pos.0"),
    ),
    "ASSESS": (
        {
            "item": {
                "id": "q",
                "maxscore": 1,
                "exlength": 12.5,
                "params": [{"1": "5"}],
                "uri": "u",
                "desc": "d",
                "title": "t",
                "mmc": ["m"],
                "mc": ["c"],
            },
            "pass": "Yes",
            "score": 1,
            "resvalues": [{"1": "5"}],
            "duration": 3.2,
        },
        {
            "item": thing(required=True),
            "item.id": filled(),
            "item.maxscore": number(),
            "item.exlength": seconds(),
            "item.params": pairs(),
            "item.uri": text(),
            "item.desc": text(),
            "item.title": text(),
            "item.mmc": texts(),
            "item.mc": texts(),
            "pass": one_of("Yes", "No"),
            "score": Field(
                True,
                (0, 1, 0.33, 1.0),
                ((-0.01, Problem.RANGE), (1.01, Problem.RANGE), (5, Problem.RANGE), *NOT_NUMBER),
            ),
            "resvalues": pairs(required=True),
            "duration": seconds(required=True),
        },
        ("", "item"),
    ),
    "RESPONSE": (
        {
            "target": {
                "id": "t",
                "ver": "1",
                "type": "AssessmentItem",
                "parent": {"id": "p", "type": "Content"},
            },
            "qid": "q",
            "type": "CHOOSE",
            "values": [{"lhs": "option1"}],
        },
        {
            "target": thing(required=True),
            "target.id": filled(),
            "target.ver": text(required=True),
            "target.type": text(required=True),
            "target.parent": thing(),
            "target.parent.id": text(),
            "target.parent.type": Field(True, ("", "Content"), NOT_TEXT),
            "qid": filled(),
            "type": one_of("CHOOSE", "DRAG", "SELECT", "MATCH", "INPUT", "SPEAK", "WRITE"),
            "values": pairs(required=True),
        },
        ("", "target", "target.parent"),
    ),
    "INTERRUPT": (
        {"type": "background", "pageid": "p", "eventid": "e"},
        {"type": text(required=True), "pageid": text(), "eventid": text()},
        ("",),
    ),
    "FEEDBACK": (
        {"contentId": "c", "rating": 4.5, "comments": "good"},
        {"contentId": filled(), "rating": number(), "comments": text()},
        ("",),
    ),
    "SHARE": (
        {
            "dir": "Out",
            "type": "Link",
            "items": [
                {
                    "obj": {"id": "o", "type": "Content", "ver": "1"},
                    "params": [{"transfers": 0}],
                    "origin": {"id": "d", "type": "Device"},
                    "to": {"id": "u", "type": "User"},
                }
            ],
        },
        {
            "dir": one_of("In", "Out", required=False),
            "type": one_of("File", "Link", "Message", required=False),
            "items": things(required=True),
            "items.0": thing(),
            "items.0.obj": thing(),
            "items.0.obj.id": text(),
            "items.0.obj.type": text(),
            "items.0.obj.ver": text(),
            "items.0.params": pairs(),
            "items.0.origin": thing(),
            "items.0.origin.id": text(),
            "items.0.origin.type": text(),
            "items.0.to": thing(),
            "items.0.to.id": text(),
            "items.0.to.type": text(),
        },
        ("", "items.0", "items.0.obj", "items.0.origin", "items.0.to"),
    ),
    "AUDIT": (
        {"props": ["name"], "state": "Live", "prevstate": "Draft"},
        {"props": texts(), "state": text(), "prevstate": text()},
        ("",),
    ),
    "ERROR": (
        {"err": "E1", "errtype": "SYSTEM", "stacktrace": "at line 1"},
        {
            "err": text(required=True),
            "errtype": one_of("SYSTEM", "MOBILEAPP", "CONTENT"),
            "stacktrace": text(required=True),
        },
        ("",),
    ),
    "HEARTBEAT": ({}, {}, ("",)),
    "LOG": (
        {"type": "api_access", "level": "INFO", "message": "m", "params": [{"url": "/"}]},
        {
            "type": text(required=True),
            "level": one_of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
            "message": text(required=True),
            "params": pairs(),
        },
        ("",),
    ),
    "SEARCH": (
        {
            "type": "content",
            "query": "",
            "filters": {"a": [1]},
            "sort": {"b": "asc"},
            "correlationid": "c",
            "size": 333,
            "topn": [{"identifier": "do_1"}],
        },
        {
            "type": one_of("content", "assessment", "asset"),
            "query": text(required=True),
            "filters": Field(False, ({}, {"any": {"thing": None}}), NOT_OBJECT),
            "sort": Field(False, ({}, {"any": 1}), NOT_OBJECT),
            "correlationid": text(),
            "size": count(required=True),
            "topn": pairs(required=True),
        },
        ("",),
    ),
    "METRICS": (
        {"metric1": 1, "metric2": 2},
        {"metric1": integer(), "metric2": integer()},
        (),
    ),
    "SUMMARY": (
        {
            "type": "session",
            "mode": "play",
            "starttime": 1767600000000,
            "endtime": 1767600060000,
            "timespent": 59.5,
            "pageviews": 3,
            "interactions": 4,
            "envsummary": [{"env": "home", "timespent": 1.5, "visits": 1}],
            "eventssummary": [{"id": "START", "count": 1}],
            "pagesummary": [{"id": "p", "type": "view", "env": "home", "timespent": 2, "visits": 1}],
        },
        {
            "type": text(required=True),
            "mode": text(),
            "starttime": instant(1767600000000),
            "endtime": instant(1767600000000, 1767600060000),
            "timespent": seconds(required=True),
            "pageviews": count(required=True),
            "interactions": count(required=True),
            "envsummary": things(),
            "envsummary.0": thing(),
            "envsummary.0.env": text(),
            "envsummary.0.timespent": seconds(),
            "envsummary.0.visits": count(),
            "eventssummary": things(),
            "eventssummary.0": thing(),
            "eventssummary.0.id": text(),
            "eventssummary.0.count": count(),
            "pagesummary": things(),
            "pagesummary.0": thing(),
            "pagesummary.0.id": text(),
            "pagesummary.0.type": text(),
            "pagesummary.0.env": text(),
            "pagesummary.0.timespent": seconds(),
            "pagesummary.0.visits": count(),
        },
        ("", "envsummary.0", "eventssummary.0", "pagesummary.0"),
    ),
    "EXDATA": (
        {"type": "partnerdata", "data": "abc", "more": {"free": [None]}},
        {"type": text(), "data": Field(False, ("x", 1, None, {}, []), ())},
        (),
    ),
    "END": (
        {"contentId": "c", "type": "player", "duration": 12.5, "pageid": "p", "summary": [{"progress": 100}]},
        {
            "contentId": filled(),
            "type": one_of(*VISITS),
            "duration": seconds(required=True),
            "pageid": text(),
            "summary": pairs(),
        },
        ("",),
    ),
}

QUESTION = {
    "item": thing(required=True), "item.id": text(required=True), "item.maxscore": number(), "item.exlength": number(),
    "item.params": pairs(), "item.uri": text(), "item.desc": text(), "item.title": text(), "item.type": text(),
    "item.mmc": texts(), "item.mc": texts(),
}  # fmt: skip
PLUGIN = {
    "plugin": thing(), "plugin.id": text(required=True), "plugin.ver": text(required=True), "plugin.category": text(),
}  # fmt: skip
TARGET = {
    "target.id": text(required=True), "target.ver": text(required=True), "target.type": text(required=True),
    "target.parent": thing(), "target.parent.id": text(), "target.parent.type": text(),
}  # fmt: skip
A_TARGET = {"id": "q", "ver": "1", "type": "t", "parent": {"id": "p", "type": "Content"}}
A_PLUGIN = {"id": "p", "ver": "1", "category": "c"}
MEASURE = Field(False, (-1, 0, 50.31), ((-2, Problem.RANGE), *NOT_NUMBER))

WIRE: dict[str, tuple[dict[str, Any], dict[str, Field], tuple[str, ...]]] = {
    "START": (
        {"type": "content", "mode": "play", "pageid": "p", "loc": "l", "duration": 1.83,
         "dspec": {"os": "Android 9", "make": "m", "id": "d", "mem": -1, "idisk": 50.31, "edisk": 1, "scrn": 6.2,
                   "camera": "", "cpu": "c", "sims": -1, "cap": ["x"], "more": None},
         "uaspec": {"agent": "a", "ver": "1", "system": "s", "platform": "p", "raw": "r", "more": None}},
        {
            "type": text(required=True), "mode": text(), "pageid": text(), "loc": text(), "duration": number(),
            "dspec": thing(), "dspec.os": text(), "dspec.make": text(), "dspec.id": text(), "dspec.mem": MEASURE,
            "dspec.idisk": MEASURE, "dspec.edisk": MEASURE, "dspec.scrn": MEASURE, "dspec.camera": text(),
            "dspec.cpu": text(), "dspec.sims": MEASURE, "dspec.cap": texts(), "uaspec": thing(), "uaspec.agent": text(),
            "uaspec.ver": text(), "uaspec.system": text(), "uaspec.platform": text(), "uaspec.raw": text(),
        },
        ("",),
    ),
    "IMPRESSION": (
        {"type": "view", "subtype": "scroll", "pageid": "p", "uri": "/", "duration": 1,
         "visits": [{"objid": "o", "objtype": "t", "objver": "1", "section": "s", "index": 1}]},
        {
            "type": text(required=True), "subtype": text(), "pageid": text(required=True), "uri": text(required=True),
            "visits": things(), "visits.0": thing(), "visits.0.objid": text(required=True),
            "visits.0.objtype": text(required=True), "visits.0.objver": text(), "visits.0.section": text(),
            "visits.0.index": number(), "duration": number(),
        },
        ("", "visits.0"),
    ),
    "INTERACT": (
        {"type": "click", "subtype": "s", "id": "b", "pageid": "p", "extra": {"any": None}, "duration": 1,
         "target": A_TARGET, "plugin": A_PLUGIN},
        {
            "type": text(required=True), "subtype": text(), "id": text(required=True), "pageid": text(),
            "extra": Field(False, ({}, {"free": [None]}), NOT_OBJECT), "duration": number(), "target": thing(),
            **TARGET, **PLUGIN,
        },
        ("", "target", "plugin"),
    ),
    "ASSESS": (
        {"item": {"id": "q", "maxscore": 10, "exlength": 1, "params": [{}], "uri": "", "desc": "", "title": "",
                  "type": "mcq", "mmc": [], "mc": ["c"]},
         "index": 1, "pass": "YES", "score": 5, "resvalues": [], "duration": 1},
        {
            **QUESTION, "index": number(), "pass": text(required=True), "score": number(required=True),
            "resvalues": pairs(required=True), "duration": number(required=True),
        },
        ("", "item"),
    ),
    "RESPONSE": (
        {"target": A_TARGET, "type": "choose", "values": []},
        {"target": thing(required=True), **TARGET, "type": text(required=True), "values": pairs(required=True)},
        ("", "target"),
    ),
    "INTERRUPT": ({"type": "t", "pageid": "p"}, {"type": text(required=True), "pageid": text()}, ("",)),
    "FEEDBACK": (
        {"rating": -1, "comments": "", "commentid": "", "commenttxt": ""},
        {"rating": number(), "comments": text(), "commentid": text(), "commenttxt": text()},
        ("",),
    ),
    "SHARE": (
        {"dir": "in", "type": "file", "items": [{"id": "o", "type": "t", "ver": "1", "params": [{}],
                                                 "origin": {"id": "", "type": ""}, "to": {"id": "", "type": ""}}]},
        {
            "dir": text(), "type": text(), "items": things(required=True), "items.0": thing(), "items.0.id": text(),
            "items.0.type": text(), "items.0.ver": text(), "items.0.params": pairs(), "items.0.origin": opened(),
            "items.0.origin.id": text(), "items.0.origin.type": text(), "items.0.to": opened(),
            "items.0.to.id": text(), "items.0.to.type": text(),
        },
        ("", "items.0"),
    ),
    "AUDIT": (
        {"props": [], "state": "", "prevstate": "", "type": "", "duration": 1},
        {"props": texts(), "state": text(), "prevstate": text(), "type": text(), "duration": number()},
        ("",),
    ),
    "ERROR": (
        {"err": "", "errtype": "Error", "stacktrace": "", "pageid": "", "plugin": A_PLUGIN,
         "object": {"id": "", "type": "", "ver": "", "subtype": "", "name": "", "code": "", "parent": {"id": "", "type": ""}}},
        {
            "err": text(required=True), "errtype": text(required=True), "stacktrace": text(required=True),
            "pageid": text(), "object": thing(), "object.id": text(required=True), "object.type": text(required=True),
            "object.ver": text(required=True), "object.subtype": text(), "object.name": text(), "object.code": text(),
            "object.parent": thing(), "object.parent.id": text(), "object.parent.type": text(), **PLUGIN,
        },
        ("", "object", "plugin"),
    ),
    "HEARTBEAT": ({"any": None}, {}, ()),
    "LOG": (
        {"type": "", "level": "trace", "message": "", "params": [], "pageid": ""},
        {
            "type": text(required=True), "level": text(required=True), "message": text(required=True),
            "params": pairs(), "pageid": text(),
        },
        ("",),
    ),
    "SEARCH": (
        {"type": "all", "query": "", "filters": {}, "sort": {}, "correlationid": "", "size": 0.5, "topn": []},
        {
            "type": text(), "query": text(required=True), "filters": Field(False, ({},), NOT_OBJECT),
            "sort": Field(False, ({},), NOT_OBJECT), "correlationid": text(), "size": number(required=True),
            "topn": pairs(required=True),
        },
        ("",),
    ),
    "METRICS": (
        {"system": "", "subsystem": "", "metrics": [{"metric": "m", "value": 0.5}]},
        {
            "system": text(required=True), "subsystem": text(required=True), "metrics": things(), "metrics.0": thing(),
            "metrics.0.metric": text(), "metrics.0.value": number(),
        },
        ("",),
    ),
    "SUMMARY": (
        {"type": "", "mode": "", "starttime": 1, "endtime": 2.5, "timespent": 3, "pageviews": 4, "interactions": 5,
         "extra": [{"id": "i", "value": "v"}]},
        {
            "type": text(required=True), "mode": text(), "starttime": number(required=True),
            "endtime": number(required=True), "timespent": number(required=True), "pageviews": number(required=True),
            "interactions": number(required=True), "extra": things(), "extra.0": thing(), "extra.0.id": text(),
            "extra.0.value": text(),
        },
        ("",),
    ),
    "EXDATA": ({"type": "", "data": ""}, {"type": text(), "data": text()}, ("",)),
    "END": (
        {"type": "content", "mode": "", "duration": 0.5, "pageid": "", "summary": [{}]},
        {"type": text(required=True), "mode": text(), "duration": number(), "pageid": text(), "summary": pairs()},
        ("",),
    ),
}  # fmt: skip


def rollup(path: str) -> dict[str, Field]:
    return {f"{path}.rollup": thing(), **{f"{path}.rollup.l{level}": text() for level in (1, 2, 3, 4)}}


# What every event carries, whatever its payload.
ENVELOPE: dict[str, Field] = {
    "mid": filled(), "ver": one_of("3.0", "3.1")._replace(wrong=(("2.0", Problem.LIST), ("", Problem.EMPTY), *NOT_TEXT)),
    "actor": thing(required=True), "actor.id": text(required=True), "actor.type": text(required=True),
    "context": thing(required=True), "context.channel": filled(), "context.env": text(required=True),
    "context.pdata": thing(required=True), "context.pdata.id": text(required=True), "context.pdata.pid": text(),
    "context.pdata.ver": text(), "context.sid": text(), "context.did": text(), "context.cdata": things(),
    "context.cdata.0": thing(), "context.cdata.0.type": text(required=True), "context.cdata.0.id": text(required=True),
    "object": thing(), "object.id": text(), "object.type": text(), "object.ver": text(), **rollup("object"),
    "tags": texts(), "edata": thing(required=True),
}  # fmt: skip
# The pipeline's schema sets no bounds to an ets, and has no rollup in a context.
ENVELOPES = {
    "documented": ENVELOPE | {"ets": instant()} | rollup("context"),
    "wire": ENVELOPE | {"ets": number(required=True)},
}

TABLES = {"documented": DOCUMENTED, "wire": WIRE}
SCHEMAS = {form: jsonschema_rs.validator_for(json_schema(form)) for form in TABLES}


def event(eid: str, edata: dict[str, Any]) -> dict[str, Any]:
    about = {"object": {"id": "o", "ver": "1.0"}} if eid == "START" else {}
    return {
        "eid": eid, "ets": 1767600000000, "ver": "3.0", "mid": "m", "actor": {"id": "", "type": "User"},
        "context": {"channel": "c", "pdata": {"id": "p"}, "env": ""}, **about, "edata": edata,
    }  # fmt: skip


def full_event(eid: str, edata: dict[str, Any]) -> dict[str, Any]:
    levels = {f"l{level}": "x" for level in (1, 2, 3, 4)}
    result = event(eid, edata)
    result["context"] |= {"sid": "s", "did": "d", "cdata": [{"type": "t", "id": "i"}], "rollup": dict(levels)}
    result["context"]["pdata"] |= {"pid": "p", "ver": "1"}
    return result | {"object": {"id": "o", "type": "t", "ver": "1", "rollup": levels}, "tags": ["x"]}


def changed(example: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Give a copy with another value at a path; `...` takes the value away."""
    result = copy.deepcopy(example)
    *parents, last = path.split(".")
    place: Any = result
    for name in parents:
        place = place[int(name)] if name.isdigit() else place[name]
    key = int(last) if last.isdigit() else last
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return result


def shown(path: str) -> str:
    return "".join(f"[{name}]" if name.isdigit() else f".{name}" for name in path.split(".") if name)


def every(kind: str) -> list[Any]:
    return list(rows(kind))


def rows(kind: str):
    for form, table in TABLES.items():
        for eid, (example, fields, closed) in table.items():
            if kind == "example":
                yield pytest.param(form, eid, example, id=f"{form}-{eid}")
            elif kind == "closed":
                for path in closed:
                    yield pytest.param(form, eid, example, path, id=f"{form}-{eid}-{path or 'edata'}")
            else:
                for path, field in fields.items():
                    if kind == "missing" and path.split(".")[-1].isdigit():
                        continue  # an item of a list is never required
                    if kind == "items" and not field.wrong_items:
                        continue
                    yield pytest.param(form, eid, example, path, field, id=f"{form}-{eid}-{path}")


@pytest.mark.parametrize(("form", "eid", "example"), every("example"))
def test_an_event_with_every_field_is_valid(form, eid, example):
    """What the specification shows is valid, as bytes, as text and as a mapping, and by the schema."""
    whole = event(eid, example)

    assert (
        check(whole, form) == check(json.dumps(whole), form) == check(json.dumps(whole).encode(), form) == []
    )
    assert SCHEMAS[form].is_valid(whole)


@pytest.mark.parametrize(("form", "eid", "example", "path", "field"), every("fields"))
def test_right_values_are_accepted(form, eid, example, path, field):
    """Every value that the specification allows is valid."""
    for value in field.right:
        whole = event(eid, changed(example, path, value))
        assert check(whole, form) == check(json.dumps(whole), form) == [], value
        assert SCHEMAS[form].is_valid(whole), value


@pytest.mark.parametrize(("form", "eid", "example", "path", "field"), every("fields"))
def test_wrong_values_are_named(form, eid, example, path, field):
    """A wrong value is named with its path, its problem and itself, and the schema refuses it too."""
    for value, problem in field.wrong:
        whole = event(eid, changed(example, path, value))
        found = check(json.dumps(whole), form)
        assert [(v.path, v.problem, v.value) for v in found][:1] == [
            (f"$.edata{shown(path)}", problem, value)
        ], value
        assert not SCHEMAS[form].is_valid(whole), value


@pytest.mark.parametrize(("form", "eid", "example", "path", "field"), every("items"))
def test_wrong_items_are_named(form, eid, example, path, field):
    """A wrong item of a list is named with its place, and the schema refuses it too."""
    for value, problem in field.wrong_items:
        whole = event(eid, changed(example, path, [value]))
        found = [(v.path, v.problem, v.value) for v in check(json.dumps(whole), form)]
        assert found == [(f"$.edata{shown(path)}[0]", problem, value)]
        assert not SCHEMAS[form].is_valid(whole), value


@pytest.mark.parametrize(("form", "eid", "example", "path", "field"), every("missing"))
def test_missing_fields_are_named_where_they_are_required(form, eid, example, path, field):
    """A required field that is missing is named; an optional one is not missed."""
    whole = event(eid, changed(example, path, ...))

    found = [(v.path, v.problem) for v in check(whole, form)]

    assert found == ([(f"$.edata{shown(path)}", Problem.MISSING)] if field.required else [])
    assert SCHEMAS[form].is_valid(whole) == (not field.required)


@pytest.mark.parametrize(("form", "eid", "example", "path"), every("closed"))
def test_unknown_keys_are_named_in_closed_objects(form, eid, example, path):
    """A key that has no place in a closed object is named."""
    place = f"{path}.foreign".lstrip(".")
    whole = event(eid, changed(example, place, 1))

    for written in (whole, json.dumps(whole)):
        assert [(v.path, v.problem) for v in check(written, form)] == [
            (f"$.edata{shown(place)}", Problem.UNKNOWN)
        ]
    assert not SCHEMAS[form].is_valid(whole)


@pytest.mark.parametrize(("form", "eid", "example"), every("example"))
def test_a_payload_is_required_of_every_event(form, eid, example):
    """An event of any kind without edata, or with one that is no object, is refused."""
    whole = event(eid, example)

    for value, problem in ((..., Problem.MISSING), *NOT_OBJECT):
        found = check(changed(whole, "edata", value), form)
        assert [(v.path, v.problem) for v in found] == [("$.edata", problem)]


def envelope_rows():
    for form, table in ENVELOPES.items():
        for path, field in table.items():
            yield pytest.param(form, path, field, id=f"{form}-envelope-{path}")


@pytest.mark.parametrize(("form", "path", "field"), list(envelope_rows()))
def test_the_envelope_says_who_where_and_when(form, path, field):
    """Each field of the envelope takes right values, and wrong ones, wrong items and its absence are named."""
    whole = full_event("HEARTBEAT", {})
    place = f"${shown(path)}"
    cases = [(value, None) for value in field.right] + list(field.wrong)
    if not path.split(".")[-1].isdigit():
        cases.append((..., Problem.MISSING if field.required else None))
    for value, problem in cases:
        broken = changed(whole, path, value)
        expected = [(place, problem)] if problem else []
        assert [(v.path, v.problem) for v in check(json.dumps(broken), form)] == expected, value
        assert SCHEMAS[form].is_valid(broken) == (not problem), value
    for value, problem in field.wrong_items:
        broken = changed(whole, path, [value])
        assert [(v.path, v.problem) for v in check(broken, form)] == [(f"{place}[0]", problem)], value


def call(eid: str, data: dict[str, Any]) -> None:
    telemetry = Telemetry()
    if eid == "START":
        telemetry.start(None, "content", "1.0", data)
    else:
        telemetry.start(None, "content", "1.0", {"type": "player", "mode": "play", "stageid": ""})
        getattr(telemetry, eid.lower())(data)


# The recorder fills these where they are missing or given: see each method's docstring.
FILLED = {
    ("ASSESS", "pass"),
    ("ASSESS", "score"),
    ("END", "duration"),
    ("END", "contentId"),
    ("END", "type"),
} | {("SUMMARY", name) for name in ("starttime", "endtime", "timespent", "pageviews", "interactions")}


@pytest.mark.parametrize(("eid", "example", "fields"), [(e, x, f) for e, (x, f, _) in DOCUMENTED.items()])
def test_the_methods_refuse_what_the_specification_refuses(eid, example, fields):
    """Each of the 17 methods takes right arguments and refuses wrong ones with the path of the bad value."""
    call(eid, example)
    for path, field in fields.items():
        if (eid, path) == ("END", "duration"):
            continue  # always the recorder's own
        for value, _ in field.wrong:
            with pytest.raises(PayloadError) as refused:
                call(eid, changed(example, path, value))
            assert refused.value.path == f"${shown(path)}", (path, value)
        if field.required and (eid, path) not in FILLED:
            with pytest.raises(PayloadError) as refused:
                call(eid, changed(example, path, ...))
            assert refused.value.path == f"${shown(path)}", path
