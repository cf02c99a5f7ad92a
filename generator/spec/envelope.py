"""What every event carries, whatever its payload: who, where, when, about what."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from generator.spec.rules import EARLIEST, LATEST

LARGEST = 1.7976931348623157e308

Filled = Annotated[str, Meta(min_length=1)]
"""A text of at least one character."""
Number = int | Annotated[float, Meta(ge=-LARGEST, le=LARGEST)]
"""A number that JSON can carry: neither infinite nor NaN."""
Milliseconds = Annotated[int, Meta(ge=EARLIEST, le=LATEST)]
"""An instant, in milliseconds since 1970."""
Pairs = list[dict[str, Any]]
"""The specification's "array of key-value pairs": a list of small open objects."""


class Actor(Struct, gc=False):
    """Who did it: a user, or the system itself."""

    id: str
    type: str


class Producer(Struct, kw_only=True, gc=False):
    """The program that sends the event: `context.pdata`."""

    id: str
    pid: str | UnsetType = UNSET
    ver: str | UnsetType = UNSET


class CorrelationData(Struct, gc=False, forbid_unknown_fields=True):
    """One thing that an event belongs to, such as a PlaySession or a Course."""

    type: str
    id: str


class Rollup(Struct, kw_only=True, gc=False):
    """The levels above: organisations in a context, course and units above an object."""

    l1: str | UnsetType = UNSET
    l2: str | UnsetType = UNSET
    l3: str | UnsetType = UNSET
    l4: str | UnsetType = UNSET


class Context(Struct, kw_only=True, gc=False):
    """Where it happened: channel, producer, environment, session and device."""

    channel: Filled
    pdata: Producer
    env: str
    sid: str | UnsetType = UNSET
    did: str | UnsetType = UNSET
    cdata: list[CorrelationData] | UnsetType = UNSET
    rollup: Rollup | UnsetType = UNSET


class Object(Struct, kw_only=True, gc=False):
    """What it is about: content, a course, a user, a DIAL code."""

    id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    ver: str | UnsetType = UNSET
    rollup: Rollup | UnsetType = UNSET


class Config(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a telemetry client gets once: who sends events, for whom, where.

    The names are the real web client's. A field that is `UNSET` in a START's config is taken from the
    constructor's config, and else from the real client's defaults.

    Attributes:
        uid: the user; "anonymous" becomes the did.
        actor: used instead of `uid`, for an actor that is not a User.
        batchsize: events in one batch, 1 to 1000.
    """

    uid: str | UnsetType = UNSET
    actor: Actor | UnsetType = UNSET
    did: str | UnsetType = UNSET
    sid: str | UnsetType = UNSET
    channel: Filled | UnsetType = UNSET
    env: str | UnsetType = UNSET
    pdata: Producer | UnsetType = UNSET
    cdata: list[CorrelationData] | UnsetType = UNSET
    rollup: Rollup | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    batchsize: Annotated[int, Meta(ge=1, le=1000)] | UnsetType = UNSET


class Event(Struct, gc=False):
    """One telemetry event; its fields stand in the order in which the real client writes them."""

    eid: str
    ets: Milliseconds
    ver: Literal["3.0", "3.1"]
    mid: Filled
    actor: Actor
    context: Context
    object: Object | UnsetType
    tags: list[str] | UnsetType
    edata: Any


class Envelope(Struct, kw_only=True, gc=False):
    """An event as it is read: its payload is still JSON, since `eid` decides what that is."""

    eid: str
    ets: Milliseconds
    ver: Literal["3.0", "3.1"]
    mid: Filled
    actor: Actor
    context: Context
    object: Object | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
