"""The one way from documented form to wire form.

`MAPPING` lists, row by row, where each documented field goes, and what the wire payload has no field for.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType, defstruct, structs

from generator.errors import PayloadError
from generator.spec import edata
from generator.spec.envelope import Event, Object
from generator.spec.wire_payloads import (
    WIRE_PAYLOADS,
    SummaryExtra,
    WireEnd,
    WireExdata,
    WireFeedback,
    WireHeartbeat,
    WireImpression,
    WireInterrupt,
    WireMetric,
    WireMetrics,
    WireShare,
    WireShareItem,
    WireShareParty,
    WireStart,
    WireSummary,
)


class Move(NamedTuple):
    """One row of the mapping: where a documented field goes, and what is lost on the way."""

    eid: str
    documented: str
    wire: str
    lost: str = ""


MAPPING = (
    Move("START", "stageid", "edata.pageid"),
    Move("START", "contentId, contentVer", "object.id, object.ver", "nothing: both forms have them there"),
    Move("IMPRESSION", "(the page)", "edata.uri", "nothing: route on the web, page id on mobile, empty in players"),
    Move("IMPRESSION", "itype", "edata.subtype", "itype, if a subtype is given as well"),
    Move("IMPRESSION", "stageto", "", "stageto: it is the next IMPRESSION's pageid"),
    Move("RESPONSE", "qid", "edata.target.id", "qid, if it differs from target.id"),
    Move("INTERRUPT", "eventid", "", "eventid"),
    Move("FEEDBACK", "contentId", "object.id", "the object's own id, if it differs"),
    Move("SHARE", "items[].obj", "edata.items[].id, .type, .ver"),
    Move("METRICS", "(each key)", "edata.metrics[].metric, .value"),
    Move("METRICS", "(context.pdata)", "edata.system, edata.subsystem"),
    Move("SUMMARY", "envsummary, eventssummary, pagesummary", "edata.extra[]", "nothing: each value is compact JSON"),
    Move("EXDATA", "(every key but type)", "edata.data", "nothing: other keys than a text named data become compact JSON"),
    Move("END", "contentId", "object.id", "the object's own id, if it differs"),
)  # fmt: skip
"""The public table of the mapping; a field without a row is the same in both forms."""


def _compact(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _start(payload: edata.Start, _: Event) -> WireStart:
    return WireStart(type=payload.type, mode=payload.mode, pageid=payload.stageid)


def _route(event: Event, pageid: str) -> str:
    """Return the uri of a page as the real clients write it: see `MAPPING`."""
    producer = event.context.pdata
    if str(producer.pid).endswith(".contentplayer") or event.context.env.lower() == "contentplayer":
        return ""
    return pageid if producer.id.endswith(".app") else f"/{pageid}"


def _impression(payload: edata.Impression, event: Event) -> WireImpression:
    return WireImpression(
        type=payload.type,
        subtype=payload.itype if payload.subtype in {UNSET, ""} and payload.itype else payload.subtype,
        pageid=payload.pageid,
        uri=_route(event, payload.pageid),
    )


def _response(payload: edata.Response, _: Event) -> dict[str, Any]:
    return {"target": payload.target, "type": payload.type, "values": payload.values}


def _interrupt(payload: edata.Interrupt, _: Event) -> WireInterrupt:
    return WireInterrupt(type=payload.type, pageid=payload.pageid)


def _feedback(payload: edata.Feedback, _: Event) -> WireFeedback:
    return WireFeedback(rating=payload.rating, comments=payload.comments)


def _share_party(party: edata.ShareParty | UnsetType) -> WireShareParty | UnsetType:
    return UNSET if party is UNSET else WireShareParty(id=party.id, type=party.type)


def _share_item(item: edata.ShareItem) -> WireShareItem:
    thing = item.obj or edata.ShareObject()
    return WireShareItem(
        id=thing.id,
        type=thing.type,
        ver=thing.ver,
        params=item.params,
        origin=_share_party(item.origin),
        to=_share_party(item.to),
    )


def _share(payload: edata.Share, _: Event) -> WireShare:
    return WireShare(dir=payload.dir, type=payload.type, items=[_share_item(item) for item in payload.items])


def _metrics(payload: edata.Metrics, event: Event) -> WireMetrics:
    producer = event.context.pdata
    return WireMetrics(
        system=producer.id,
        subsystem=producer.pid or "",
        metrics=[WireMetric(metric=name, value=value) for name, value in payload.items()],
    )


def _summary(payload: edata.Summary, _: Event) -> WireSummary:
    extra = [
        SummaryExtra(id=name, value=_compact(value))
        for name in ("envsummary", "eventssummary", "pagesummary")
        if (value := getattr(payload, name)) is not UNSET
    ]
    return WireSummary(
        type=payload.type,
        mode=payload.mode,
        starttime=payload.starttime,
        endtime=payload.endtime,
        timespent=payload.timespent,
        pageviews=payload.pageviews,
        interactions=payload.interactions,
        extra=extra or UNSET,
    )


def _exdata(payload: edata.Exdata, _: Event) -> WireExdata:
    rest = {key: value for key, value in payload.items() if key != "type"}
    data = rest.get("data")
    if rest and (len(rest) > 1 or not isinstance(data, str)):
        data = _compact(rest)
    return WireExdata(type=payload.get("type", UNSET), data=UNSET if data is None else data)


def _end(payload: edata.End, _: Event) -> WireEnd:
    return WireEnd(
        type=payload.type, duration=payload.duration, pageid=payload.pageid, summary=payload.summary
    )


# The payload of an eid without an entry is the same in both forms.
_CHANGED: dict[str, Callable[[Any, Event], Any]] = {
    "START": _start, "IMPRESSION": _impression, "RESPONSE": _response, "INTERRUPT": _interrupt,
    "FEEDBACK": _feedback, "SHARE": _share, "METRICS": _metrics, "SUMMARY": _summary, "EXDATA": _exdata,
    "END": _end,
}  # fmt: skip


def _object(event: Event) -> Object | UnsetType:
    """Return the event's object, with the contentId for which the wire payload has no field."""
    content = getattr(event.edata, "contentId", UNSET)
    if content is UNSET or (event.object is not UNSET and event.object.id == content):
        return event.object
    return Object(id=content) if event.object is UNSET else structs.replace(event.object, id=content)


def _names(cls: type) -> set[str]:
    return {field.encode_name for field in structs.fields(cls)} if issubclass(cls, Struct) else set()


WIRE_ONLY: dict[str, tuple[str, ...]] = {
    eid: tuple(sorted(_names(cls) - _names(edata.PAYLOADS[eid]))) for eid, cls in WIRE_PAYLOADS.items()
}
"""The fields that only the wire form has, by eid: what a call's `wire=` may contain."""


def _some_of(cls: type) -> Any:
    """Return a class with the fields of a wire payload, all of them optional."""
    if not issubclass(cls, Struct):
        return dict[str, Any]
    fields = [(field.encode_name, field.type | UnsetType, UNSET) for field in structs.fields(cls)]
    return defstruct(f"Some{cls.__name__}", fields, forbid_unknown_fields=True)


_SOME = {eid: _some_of(cls) for eid, cls in WIRE_PAYLOADS.items()}


def check_fields(eid: str, fields: Mapping[str, Any]) -> None:
    """Check fields that only the wire form has, such as `dspec` or `plugin`, against the eid's wire payload.

    Raises:
        PayloadError: if the pipeline's schema forbids a field.
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
    return WireHeartbeat(merged) if eid == "HEARTBEAT" else msgspec.convert(merged, WIRE_PAYLOADS[eid])


def to_wire(event: Event, fields: Mapping[str, Any] | None = None) -> Event:
    """Return a documented event in wire form; the envelope stays as it is.

    Args:
        event: a valid event whose `edata` is one of the documented payloads.
        fields: the fields that only the wire form has, for this event, already checked.
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
