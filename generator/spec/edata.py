"""The 17 payloads in documented form: the arguments that the specification gives for each method.

A field that is left out is `UNSET` and is not written. The constructors check nothing, for speed; the
recorder, `check` and `msgspec.convert` do.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from generator.spec.envelope import LARGEST, Filled, Milliseconds, Number, Pairs

VisitType = Literal["app", "session", "editor", "player", "workflow", "assessment"]
InteractType = Literal[
    "TOUCH", "DRAG", "DROP", "PINCH", "ZOOM", "SHAKE", "ROTATE", "SPEAK", "LISTEN", "WRITE", "DRAW", "START",
    "END", "CHOOSE", "ACTIVATE", "SHOW", "HIDE", "SCROLL", "HEARTBEAT", "OTHER", "ENDCHOOSE",
]  # fmt: skip
Count = Annotated[int, Meta(ge=0)]
"""How many or how large: not below zero."""
Seconds = Annotated[float, Meta(ge=0, le=LARGEST)] | Annotated[int, Meta(ge=0)]
"""A duration: not below zero."""
Score = Annotated[float, Meta(ge=0, le=1)] | Annotated[int, Meta(ge=0, le=1)]
Value = str | int | float | bool | list[Any] | dict[str, Any]


class Start(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A visit begins: an app, a session, an editor, a player, a workflow or an assessment."""

    type: VisitType
    mode: Literal["preview", "edit", "play", ""]
    stageid: str


class Impression(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A page is seen."""

    type: Literal["list", "detail", "view", "edit", "workflow", "search"]
    subtype: str | UnsetType = UNSET
    pageid: str
    itype: Literal["SWIPE", "SCRUB", "AUTO"] | UnsetType = UNSET
    stageto: str | UnsetType = UNSET


class Position(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A point on the screen."""

    x: Number | UnsetType = UNSET
    y: Number | UnsetType = UNSET
    z: Number | UnsetType = UNSET


class Extra(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What more is known of an interaction: where, with which values, between what."""

    pos: list[Position] | UnsetType = UNSET
    values: list[Value] | UnsetType = UNSET
    tid: str | UnsetType = UNSET
    uri: str | UnsetType = UNSET


class Interact(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A user touches, drags, listens, writes."""

    type: InteractType
    subtype: str | UnsetType = UNSET
    id: Filled
    pageid: str | UnsetType = UNSET
    extra: Extra | UnsetType = UNSET


class AssessedItem(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The question that an ASSESS is about: `edata.item`."""

    id: Filled
    maxscore: Number | UnsetType = UNSET
    exlength: Seconds | UnsetType = UNSET
    params: Pairs | UnsetType = UNSET
    uri: str | UnsetType = UNSET
    desc: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    mmc: list[str] | UnsetType = UNSET
    mc: list[str] | UnsetType = UNSET


class Assess(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A question is answered and judged; `passed` is written as `pass`."""

    item: AssessedItem
    passed: Literal["Yes", "No"] = field(name="pass")
    score: Score
    resvalues: Pairs
    duration: Seconds


class TargetParent(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What a response's target belongs to."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET


class Target(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What a response answers."""

    id: Filled
    ver: str
    type: str
    parent: TargetParent | UnsetType = UNSET


class Response(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A user responds to a question, a poll, a calendar event."""

    target: Target
    qid: Filled
    type: Literal["CHOOSE", "DRAG", "SELECT", "MATCH", "INPUT", "SPEAK", "WRITE"]
    values: Pairs


class Interrupt(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A call comes in, the screen locks, the app goes to the background."""

    type: str
    pageid: str | UnsetType = UNSET
    eventid: str | UnsetType = UNSET


class Feedback(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A rating, a comment, or both."""

    contentId: Filled  # noqa: N815  the specification's spelling
    rating: Number | UnsetType = UNSET
    comments: str | UnsetType = UNSET


class ShareObject(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The thing that is shared."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    ver: str | UnsetType = UNSET


class ShareParty(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Where a shared thing comes from, or goes to."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET


class ShareItem(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One shared thing on its way."""

    obj: ShareObject | UnsetType = UNSET
    params: Pairs | UnsetType = UNSET
    origin: ShareParty | UnsetType = UNSET
    to: ShareParty | UnsetType = UNSET


class Share(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Content goes from one person or device to another."""

    dir: Literal["In", "Out"] | UnsetType = UNSET
    type: Literal["File", "Link", "Message"] | UnsetType = UNSET
    items: list[ShareItem]


class Audit(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """An object changes."""

    props: list[str] | UnsetType = UNSET
    state: str | UnsetType = UNSET
    prevstate: str | UnsetType = UNSET


class Error(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A user meets an error."""

    err: str
    errtype: Literal["SYSTEM", "MOBILEAPP", "CONTENT"]
    stacktrace: str


class Heartbeat(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The process is running; without arguments."""


class Log(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A line of a log: an API access, a job, an app update."""

    type: str
    level: Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    message: str
    params: Pairs | UnsetType = UNSET


class Search(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A search and what it found."""

    type: Literal["content", "assessment", "asset"]
    query: str
    filters: dict[str, Any] | UnsetType = UNSET
    sort: dict[str, Any] | UnsetType = UNSET
    correlationid: str | UnsetType = UNSET
    size: Count
    topn: Pairs


class Metrics(dict[str, int]):
    """A service's figures, by names of its own: whole numbers under any key."""


class EnvSummary(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The time spent in one environment, in seconds."""

    env: str | UnsetType = UNSET
    timespent: Seconds | UnsetType = UNSET
    visits: Count | UnsetType = UNSET


class EventsSummary(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """How often one kind of event occurred."""

    id: str | UnsetType = UNSET
    count: Count | UnsetType = UNSET


class PageSummary(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """The time spent on one page, in seconds."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    env: str | UnsetType = UNSET
    timespent: Seconds | UnsetType = UNSET
    visits: Count | UnsetType = UNSET


class Summary(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What a visit came to; `timespent` in seconds, without idle time."""

    type: str
    mode: str | UnsetType = UNSET
    starttime: Milliseconds
    endtime: Milliseconds
    timespent: Seconds
    pageviews: Count
    interactions: Count
    envsummary: list[EnvSummary] | UnsetType = UNSET
    eventssummary: list[EventsSummary] | UnsetType = UNSET
    pagesummary: list[PageSummary] | UnsetType = UNSET


class Exdata(dict[str, Any]):
    """Data of a partner's, encrypted, encoded or serialised: `type` is text, the rest is free."""


class End(Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A visit ends; `duration` in seconds since its START."""

    contentId: Filled  # noqa: N815  the specification's spelling
    type: VisitType
    duration: Seconds
    pageid: str | UnsetType = UNSET
    summary: Pairs | UnsetType = UNSET


Payload = (
    Start | Impression | Interact | Assess | Response | Interrupt | Feedback | Share | Audit | Error | Heartbeat
    | Log | Search | Metrics | Summary | Exdata | End
)  # fmt: skip
"""Any of the 17."""

PAYLOADS: dict[str, type[Payload]] = {
    "START": Start, "IMPRESSION": Impression, "INTERACT": Interact, "ASSESS": Assess, "RESPONSE": Response,
    "INTERRUPT": Interrupt, "FEEDBACK": Feedback, "SHARE": Share, "AUDIT": Audit, "ERROR": Error,
    "HEARTBEAT": Heartbeat, "LOG": Log, "SEARCH": Search, "METRICS": Metrics, "SUMMARY": Summary,
    "EXDATA": Exdata, "END": End,
}  # fmt: skip
"""The payload class of each eid."""
