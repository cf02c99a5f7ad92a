"""The 17 payloads in wire form, and the one way from documented to wire.

The classes are the pipeline preprocessor's schemas (schemas/telemetry/3.0): closed objects, free text.
What a wire payload cannot carry is told by `MAPPING`, row by row.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, defstruct, field, structs

from generator.errors import PayloadError
from generator.spec import edata
from generator.spec.envelope import Event, Number, Object, Pairs

Measure = Annotated[float, Meta(ge=-1, le=1.7976931348623157e308)] | Annotated[int, Meta(ge=-1)]
"""A figure of a device's; -1 where it is unknown."""


class DeviceSpec(Struct, kw_only=True, gc=False):
    """What a device is made of (`dspec`); sizes in GB, the screen in inches."""

    os: str | UnsetType = UNSET
    make: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    mem: Measure | UnsetType = UNSET
    idisk: Measure | UnsetType = UNSET
    edisk: Measure | UnsetType = UNSET
    scrn: Measure | UnsetType = UNSET
    camera: str | UnsetType = UNSET
    cpu: str | UnsetType = UNSET
    sims: Measure | UnsetType = UNSET
    cap: list[str] | UnsetType = UNSET


class UserAgentSpec(Struct, kw_only=True, gc=False):
    """What a browser says of itself (`uaspec`)."""

    agent: str | UnsetType = UNSET
    ver: str | UnsetType = UNSET
    system: str | UnsetType = UNSET
    platform: str | UnsetType = UNSET
    raw: str | UnsetType = UNSET


class Plugin(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The plugin of an editor or a player."""

    id: str
    ver: str
    category: str | UnsetType = UNSET


class Parent(Struct, kw_only=True, gc=False):
    """What a target or an object belongs to."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET


class Target(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What is answered or acted upon."""

    id: str
    ver: str
    type: str
    parent: Parent | UnsetType = UNSET


class InlineObject(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The object in which an error occurred."""

    id: str
    type: str
    ver: str
    subtype: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    parent: Parent | UnsetType = UNSET


class Start(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """START on the wire."""

    type: str
    mode: str | UnsetType = UNSET
    pageid: str | UnsetType = UNSET
    dspec: DeviceSpec | UnsetType = UNSET
    uaspec: UserAgentSpec | UnsetType = UNSET
    loc: str | UnsetType = UNSET
    duration: Number | UnsetType = UNSET


class Visit(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One thing that was in sight on a page."""

    objid: str
    objtype: str
    objver: str | UnsetType = UNSET
    section: str | UnsetType = UNSET
    index: Number | UnsetType = UNSET


class Impression(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """IMPRESSION on the wire."""

    type: str
    subtype: str | UnsetType = UNSET
    pageid: str
    uri: str
    visits: list[Visit] | UnsetType = UNSET
    duration: Number | UnsetType = UNSET


class Interact(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """INTERACT on the wire."""

    type: str
    subtype: str | UnsetType = UNSET
    id: str
    pageid: str | UnsetType = UNSET
    extra: dict[str, Any] | UnsetType = UNSET
    target: Target | UnsetType = UNSET
    plugin: Plugin | UnsetType = UNSET
    duration: Number | UnsetType = UNSET


class Question(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The question of an ASSESS on the wire."""

    id: str
    maxscore: Number | UnsetType = UNSET
    exlength: Number | UnsetType = UNSET
    params: Pairs | UnsetType = UNSET
    uri: str | UnsetType = UNSET
    desc: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    mmc: list[str] | UnsetType = UNSET
    mc: list[str] | UnsetType = UNSET
    type: str | UnsetType = UNSET


class Assess(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """ASSESS on the wire."""

    item: Question
    index: Number | UnsetType = UNSET
    passed: str = field(name="pass")
    score: Number
    resvalues: Pairs
    duration: Number


class Response(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """RESPONSE on the wire."""

    target: Target
    type: str
    values: Pairs


class Interrupt(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """INTERRUPT on the wire."""

    type: str
    pageid: str | UnsetType = UNSET


class Feedback(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """FEEDBACK on the wire; what it is about is `object.id`."""

    rating: Number | UnsetType = UNSET
    comments: str | UnsetType = UNSET
    commentid: str | UnsetType = UNSET
    commenttxt: str | UnsetType = UNSET


class ShareParty(Struct, kw_only=True, gc=False):
    """The origin or the destination of a shared thing; further keys are allowed."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET


class ShareItem(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One shared thing on the wire."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    ver: str | UnsetType = UNSET
    params: Pairs | UnsetType = UNSET
    origin: ShareParty | UnsetType = UNSET
    to: ShareParty | UnsetType = UNSET


class Share(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """SHARE on the wire."""

    dir: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    items: list[ShareItem]


class Audit(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """AUDIT on the wire."""

    props: list[str] | UnsetType = UNSET
    state: str | UnsetType = UNSET
    prevstate: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    duration: Number | UnsetType = UNSET


class Error(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """ERROR on the wire."""

    err: str
    errtype: str
    stacktrace: str
    pageid: str | UnsetType = UNSET
    object: InlineObject | UnsetType = UNSET
    plugin: Plugin | UnsetType = UNSET


class Heartbeat(dict[str, Any]):
    """HEARTBEAT on the wire: the one payload that is not closed."""


class Log(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """LOG on the wire."""

    type: str
    level: str
    message: str
    params: Pairs | UnsetType = UNSET
    pageid: str | UnsetType = UNSET


class Search(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """SEARCH on the wire."""

    type: str | UnsetType = UNSET
    query: str
    filters: dict[str, Any] | UnsetType = UNSET
    sort: dict[str, Any] | UnsetType = UNSET
    correlationid: str | UnsetType = UNSET
    size: Number
    topn: Pairs


class Metric(Struct, kw_only=True, gc=False):
    """One figure of a service's."""

    metric: str | UnsetType = UNSET
    value: Number | UnsetType = UNSET


class Metrics(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """METRICS on the wire."""

    system: str
    subsystem: str
    metrics: list[Metric] | UnsetType = UNSET


class SummaryExtra(Struct, kw_only=True, gc=False):
    """One further finding of a SUMMARY's, its value written as text."""

    id: str | UnsetType = UNSET
    value: str | UnsetType = UNSET


class Summary(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """SUMMARY on the wire."""

    type: str
    mode: str | UnsetType = UNSET
    starttime: Number
    endtime: Number
    timespent: Number
    pageviews: Number
    interactions: Number
    extra: list[SummaryExtra] | UnsetType = UNSET


class Exdata(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """EXDATA on the wire."""

    type: str | UnsetType = UNSET
    data: str | UnsetType = UNSET


class End(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """END on the wire; what ended is `object.id`."""

    type: str
    mode: str | UnsetType = UNSET
    duration: Number | UnsetType = UNSET
    pageid: str | UnsetType = UNSET
    summary: Pairs | UnsetType = UNSET


WIRE_PAYLOADS: dict[str, type] = {
    "START": Start, "IMPRESSION": Impression, "INTERACT": Interact, "ASSESS": Assess, "RESPONSE": Response,
    "INTERRUPT": Interrupt, "FEEDBACK": Feedback, "SHARE": Share, "AUDIT": Audit, "ERROR": Error,
    "HEARTBEAT": Heartbeat, "LOG": Log, "SEARCH": Search, "METRICS": Metrics, "SUMMARY": Summary,
    "EXDATA": Exdata, "END": End,
}  # fmt: skip
"""The wire payload class of each eid."""


class Move(NamedTuple):
    """One row of the mapping: where a documented field goes, and what is lost on the way."""

    eid: str
    documented: str
    wire: str
    lost: str = ""


MAPPING = (
    Move("START", "stageid", "edata.pageid"),
    Move("START", "contentId, contentVer", "object.id, object.ver", "nothing: they stand there in both forms"),
    Move("IMPRESSION", "(the page)", "edata.uri", "nothing: route on the web, page id on mobile, empty in players"),
    Move("IMPRESSION", "itype", "edata.subtype", "itype, where a subtype is given as well"),
    Move("IMPRESSION", "stageto", "", "stageto: it is the next IMPRESSION's pageid"),
    Move("RESPONSE", "qid", "edata.target.id", "qid, where it is another than target.id"),
    Move("INTERRUPT", "eventid", "", "eventid"),
    Move("FEEDBACK", "contentId", "object.id", "the object's own id, where it is another"),
    Move("SHARE", "items[].obj", "edata.items[].id, .type, .ver"),
    Move("METRICS", "(each key)", "edata.metrics[].metric, .value"),
    Move("METRICS", "(context.pdata)", "edata.system, edata.subsystem"),
    Move("SUMMARY", "envsummary, eventssummary, pagesummary", "edata.extra[]", "nothing: each value is compact JSON"),
    Move("EXDATA", "(every key but type)", "edata.data", "nothing: other keys than a text named data become compact JSON"),
    Move("END", "contentId", "object.id", "the object's own id, where it is another"),
)  # fmt: skip
"""The public table of the mapping; a field without a row is the same in both forms."""


def _compact(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _start(payload: edata.Start, _: Event) -> Start:
    return Start(type=payload.type, mode=payload.mode, pageid=payload.stageid)


def _route(event: Event, pageid: str) -> str:
    """Give the uri of a page as the real clients do: see `MAPPING`."""
    producer = event.context.pdata
    if str(producer.pid).endswith(".contentplayer") or event.context.env.lower() == "contentplayer":
        return ""
    return pageid if producer.id.endswith(".app") else f"/{pageid}"


def _impression(payload: edata.Impression, event: Event) -> Impression:
    return Impression(
        type=payload.type,
        subtype=payload.itype if payload.subtype in {UNSET, ""} and payload.itype else payload.subtype,
        pageid=payload.pageid,
        uri=_route(event, payload.pageid),
    )


def _response(payload: edata.Response, _: Event) -> dict[str, Any]:
    return {"target": payload.target, "type": payload.type, "values": payload.values}


def _interrupt(payload: edata.Interrupt, _: Event) -> Interrupt:
    return Interrupt(type=payload.type, pageid=payload.pageid)


def _feedback(payload: edata.Feedback, _: Event) -> Feedback:
    return Feedback(rating=payload.rating, comments=payload.comments)


def _share_party(party: edata.ShareParty | UnsetType) -> ShareParty | UnsetType:
    return UNSET if party is UNSET else ShareParty(id=party.id, type=party.type)


def _share_item(item: edata.ShareItem) -> ShareItem:
    thing = item.obj or edata.ShareObject()
    return ShareItem(
        id=thing.id,
        type=thing.type,
        ver=thing.ver,
        params=item.params,
        origin=_share_party(item.origin),
        to=_share_party(item.to),
    )


def _share(payload: edata.Share, _: Event) -> Share:
    return Share(dir=payload.dir, type=payload.type, items=[_share_item(item) for item in payload.items])


def _metrics(payload: edata.Metrics, event: Event) -> Metrics:
    producer = event.context.pdata
    return Metrics(
        system=producer.id,
        subsystem=producer.pid or "",
        metrics=[Metric(metric=name, value=value) for name, value in payload.items()],
    )


def _summary(payload: edata.Summary, _: Event) -> Summary:
    extra = [
        SummaryExtra(id=name, value=_compact(value))
        for name in ("envsummary", "eventssummary", "pagesummary")
        if (value := getattr(payload, name)) is not UNSET
    ]
    return Summary(
        type=payload.type,
        mode=payload.mode,
        starttime=payload.starttime,
        endtime=payload.endtime,
        timespent=payload.timespent,
        pageviews=payload.pageviews,
        interactions=payload.interactions,
        extra=extra or UNSET,
    )


def _exdata(payload: edata.Exdata, _: Event) -> Exdata:
    rest = {key: value for key, value in payload.items() if key != "type"}
    data = rest.get("data")
    if rest and (len(rest) > 1 or not isinstance(data, str)):
        data = _compact(rest)
    return Exdata(type=payload.get("type", UNSET), data=UNSET if data is None else data)


def _end(payload: edata.End, _: Event) -> End:
    return End(type=payload.type, duration=payload.duration, pageid=payload.pageid, summary=payload.summary)


# An eid without an entry is written alike in both forms.
_CHANGED: dict[str, Callable[[Any, Event], Any]] = {
    "START": _start, "IMPRESSION": _impression, "RESPONSE": _response, "INTERRUPT": _interrupt,
    "FEEDBACK": _feedback, "SHARE": _share, "METRICS": _metrics, "SUMMARY": _summary, "EXDATA": _exdata,
    "END": _end,
}  # fmt: skip


def _object(event: Event) -> Object | UnsetType:
    """Give the event's object, with the contentId that the wire payload has no room for."""
    content = getattr(event.edata, "contentId", UNSET)
    if content is UNSET or (event.object is not UNSET and event.object.id == content):
        return event.object
    return Object(id=content) if event.object is UNSET else structs.replace(event.object, id=content)


def _names(cls: type) -> set[str]:
    return {field.encode_name for field in structs.fields(cls)} if issubclass(cls, Struct) else set()


WIRE_ONLY: dict[str, tuple[str, ...]] = {
    eid: tuple(sorted(_names(cls) - _names(edata.PAYLOADS[eid]))) for eid, cls in WIRE_PAYLOADS.items()
}
"""What only the wire has, by eid: what a call's `wire=` may give."""


def _some_of(cls: type) -> Any:
    """Make a class of any of a wire payload's fields, none of them required."""
    if not issubclass(cls, Struct):
        return dict[str, Any]
    fields = [(field.encode_name, field.type | UnsetType, UNSET) for field in structs.fields(cls)]
    return defstruct(f"Some{cls.__name__}", fields, forbid_unknown_fields=True)


_SOME = {eid: _some_of(cls) for eid, cls in WIRE_PAYLOADS.items()}


def check_fields(eid: str, fields: Mapping[str, Any]) -> None:
    """Check what only the wire has, such as `dspec` or `plugin`, against the eid's wire payload.

    Raises:
        PayloadError: for what the pipeline's schema would refuse.
    """
    try:
        msgspec.convert(fields, _SOME[eid])
    except msgspec.ValidationError as error:
        problem, _, below = str(error).partition(" - at ")
        path = below.strip("`").replace("$", "$.wire", 1) or "$.wire"
        more = (
            f"; on the wire {eid} has also {', '.join(WIRE_ONLY[eid]) or 'nothing'}"
            if "unknown field" in problem
            else ""
        )
        raise PayloadError(f"{eid}: {path}: {problem}{more}", path) from None


def _with_fields(eid: str, payload: Any, fields: Mapping[str, Any]) -> Any:
    merged = {**msgspec.to_builtins(payload), **msgspec.to_builtins(fields)}
    return Heartbeat(merged) if eid == "HEARTBEAT" else msgspec.convert(merged, WIRE_PAYLOADS[eid])


def to_wire(event: Event, fields: Mapping[str, Any] | None = None) -> Event:
    """Give a documented event in wire form; the envelope stays as it is.

    Args:
        event: a valid event whose `edata` is one of the documented payloads.
        fields: what only the wire has, for this event, already checked.
    """
    change = _CHANGED.get(event.eid)
    payload = change(event.edata, event) if change else event.edata
    if fields:
        payload = _with_fields(event.eid, payload, fields)
    return Event(
        event.eid,
        event.ets,
        event.ver,
        event.mid,
        event.actor,
        event.context,
        _object(event),
        event.tags,
        payload,
    )
