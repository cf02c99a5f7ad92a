"""The 17 payloads in wire form: what deployed pipelines accept.

The classes follow the pipeline preprocessor's schemas (schemas/telemetry/3.0): closed objects, free text.
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from generator.spec.envelope import LARGEST, Number, Pairs

Measure = Annotated[float, Meta(ge=-1, le=LARGEST)] | Annotated[int, Meta(ge=-1)]
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
    """A browser's description of itself (`uaspec`)."""

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


class WireParent(Struct, kw_only=True, gc=False):
    """What a target or an object belongs to."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET


class WireTarget(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The target of a response or an interaction."""

    id: str
    ver: str
    type: str
    parent: WireParent | UnsetType = UNSET


class InlineObject(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The object in which an error occurred."""

    id: str
    type: str
    ver: str
    subtype: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    parent: WireParent | UnsetType = UNSET


class WireStart(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """START on the wire."""

    type: str
    mode: str | UnsetType = UNSET
    pageid: str | UnsetType = UNSET
    dspec: DeviceSpec | UnsetType = UNSET
    uaspec: UserAgentSpec | UnsetType = UNSET
    loc: str | UnsetType = UNSET
    duration: Number | UnsetType = UNSET


class WireVisit(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One thing that was in sight on a page."""

    objid: str
    objtype: str
    objver: str | UnsetType = UNSET
    section: str | UnsetType = UNSET
    index: Number | UnsetType = UNSET


class WireImpression(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """IMPRESSION on the wire."""

    type: str
    subtype: str | UnsetType = UNSET
    pageid: str
    uri: str
    visits: list[WireVisit] | UnsetType = UNSET
    duration: Number | UnsetType = UNSET


class WireInteract(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """INTERACT on the wire."""

    type: str
    subtype: str | UnsetType = UNSET
    id: str
    pageid: str | UnsetType = UNSET
    extra: dict[str, Any] | UnsetType = UNSET
    target: WireTarget | UnsetType = UNSET
    plugin: Plugin | UnsetType = UNSET
    duration: Number | UnsetType = UNSET


class WireQuestion(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
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


class WireAssess(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """ASSESS on the wire."""

    item: WireQuestion
    index: Number | UnsetType = UNSET
    passed: str = field(name="pass")
    score: Number
    resvalues: Pairs
    duration: Number


class WireResponse(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """RESPONSE on the wire."""

    target: WireTarget
    type: str
    values: Pairs


class WireInterrupt(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """INTERRUPT on the wire."""

    type: str
    pageid: str | UnsetType = UNSET


class WireFeedback(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """FEEDBACK on the wire; what it is about is `object.id`."""

    rating: Number | UnsetType = UNSET
    comments: str | UnsetType = UNSET
    commentid: str | UnsetType = UNSET
    commenttxt: str | UnsetType = UNSET


class WireShareParty(Struct, kw_only=True, gc=False):
    """The origin or the destination of a shared thing; further keys are allowed."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET


class WireShareItem(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One shared thing on the wire."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    ver: str | UnsetType = UNSET
    params: Pairs | UnsetType = UNSET
    origin: WireShareParty | UnsetType = UNSET
    to: WireShareParty | UnsetType = UNSET


class WireShare(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """SHARE on the wire."""

    dir: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    items: list[WireShareItem]


class WireAudit(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """AUDIT on the wire."""

    props: list[str] | UnsetType = UNSET
    state: str | UnsetType = UNSET
    prevstate: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    duration: Number | UnsetType = UNSET


class WireError(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """ERROR on the wire."""

    err: str
    errtype: str
    stacktrace: str
    pageid: str | UnsetType = UNSET
    object: InlineObject | UnsetType = UNSET
    plugin: Plugin | UnsetType = UNSET


class WireHeartbeat(dict[str, Any]):
    """HEARTBEAT on the wire: the one payload that is not closed."""


class WireLog(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """LOG on the wire."""

    type: str
    level: str
    message: str
    params: Pairs | UnsetType = UNSET
    pageid: str | UnsetType = UNSET


class WireSearch(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """SEARCH on the wire."""

    type: str | UnsetType = UNSET
    query: str
    filters: dict[str, Any] | UnsetType = UNSET
    sort: dict[str, Any] | UnsetType = UNSET
    correlationid: str | UnsetType = UNSET
    size: Number
    topn: Pairs


class WireMetric(Struct, kw_only=True, gc=False):
    """One figure of a service's."""

    metric: str | UnsetType = UNSET
    value: Number | UnsetType = UNSET


class WireMetrics(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """METRICS on the wire."""

    system: str
    subsystem: str
    metrics: list[WireMetric] | UnsetType = UNSET


class SummaryExtra(Struct, kw_only=True, gc=False):
    """One further finding of a SUMMARY's, its value written as text."""

    id: str | UnsetType = UNSET
    value: str | UnsetType = UNSET


class WireSummary(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """SUMMARY on the wire."""

    type: str
    mode: str | UnsetType = UNSET
    starttime: Number
    endtime: Number
    timespent: Number
    pageviews: Number
    interactions: Number
    extra: list[SummaryExtra] | UnsetType = UNSET


class WireExdata(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """EXDATA on the wire."""

    type: str | UnsetType = UNSET
    data: str | UnsetType = UNSET


class WireEnd(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """END on the wire; what ended is `object.id`."""

    type: str
    mode: str | UnsetType = UNSET
    duration: Number | UnsetType = UNSET
    pageid: str | UnsetType = UNSET
    summary: Pairs | UnsetType = UNSET


WIRE_PAYLOADS: dict[str, type] = {
    "START": WireStart, "IMPRESSION": WireImpression, "INTERACT": WireInteract, "ASSESS": WireAssess, "RESPONSE": WireResponse,
    "INTERRUPT": WireInterrupt, "FEEDBACK": WireFeedback, "SHARE": WireShare, "AUDIT": WireAudit, "ERROR": WireError,
    "HEARTBEAT": WireHeartbeat, "LOG": WireLog, "SEARCH": WireSearch, "METRICS": WireMetrics, "SUMMARY": WireSummary,
    "EXDATA": WireExdata, "END": WireEnd,
}  # fmt: skip
"""The wire payload class of each eid."""
