"""The 17 methods of the telemetry API: the only way to make an event.

    config = {"uid": "u1", "did": "d1", "channel": "c1", "env": "home"}
    with Telemetry(config, dispatcher=HttpDispatcher("http://127.0.0.1:9001")) as telemetry:
        with telemetry.start(None, "do_1", "1.0", {"type": "player", "mode": "play", "stageid": ""}):
            telemetry.interact({"type": "TOUCH", "id": "next"})

Each method takes its documented arguments as a mapping, as a payload object of `generator.spec.edata`, or
as keywords. It raises PayloadError, with the path of the bad value, if the specification forbids an argument.
Every method also takes the options of the real client, `object` and `cdata`, and `wire` for the fields that
only the wire form has.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, TypeVar
from weakref import finalize

import msgspec
from msgspec import UNSET, UnsetType, structs

from generator.clock import Clock, WallClock
from generator.errors import DeliveryError, FootfallError, PayloadError, SequenceError
from generator.spec import edata
from generator.spec.check import check
from generator.spec.envelope import Actor, Config, Context, CorrelationData, Event, Object, Producer, Rollup
from generator.spec.identity import SEQUENCES, tail
from generator.spec.payload import Data, as_mapping, make_payload
from generator.spec.session import IDLE_MS
from generator.spec.wire import check_fields

P = TypeVar("P")

ANONYMOUS = "anonymous"
BATCH_SIZE = 20
"""Events in a batch, as the real web client has it."""

DEFAULTS = Config(
    uid=ANONYMOUS,
    did="",
    sid="",
    channel="in.ekstep",
    env="contentplayer",
    pdata=Producer(id="in.ekstep", pid="", ver="1.0"),
    cdata=[],
    rollup=Rollup(),
    tags=[],
    batchsize=BATCH_SIZE,
)
"""The defaults of the real web client."""


class Recorded(NamedTuple):
    """An event as it was recorded, in documented form, and the fields that only its wire form has."""

    event: Event
    wire: Data | None


class Unsent(NamedTuple):
    """The batches and events that a dispatcher could not deliver, and why."""

    batches: int
    events: int
    reason: str


class Dispatcher(Protocol):
    """Takes the batches that a Telemetry cuts."""

    def dispatch(self, batch: Sequence[Recorded]) -> None:
        """Deliver one batch, now or later."""

    def close(self) -> Unsent:
        """Deliver the remaining batches if possible, and return those that could not be sent."""


def is_cut(eid: str, queued: int, batchsize: int = BATCH_SIZE) -> bool:
    """Return whether the real web client sends its queue now: at an END, or when a batch is full."""
    return eid == "END" or queued >= batchsize


class Recorder:
    """The state that the sources of one play share: the clock, the numbering and the identity of the mids."""

    __slots__ = ("clock", "run", "sequence", "session", "tail")

    def __init__(self, clock: Clock, run: int, session: int) -> None:
        self.clock = clock
        self.run = run
        self.session = session
        self.tail = tail(run, session)
        self.sequence = 0


class Visit:
    """The time between a START and its END; as a context manager it ends itself, unless an error is raised."""

    __slots__ = ("_before", "_summary", "_telemetry", "content_id", "counts", "is_open", "started", "type")

    def __init__(self, telemetry: "Telemetry", type_: str, content_id: str, before: "_Speaker") -> None:
        self._telemetry = telemetry
        self._before = before
        self._summary: list[dict[str, Any]] = []
        self.type = type_
        self.content_id = content_id
        self.started = telemetry.last
        self.counts = telemetry.last, telemetry._active, telemetry._pageviews, telemetry._interactions  # noqa: SLF001
        self.is_open = True

    def summarise(self, **values: Any) -> None:
        """Add results to END's `summary`: each value becomes one entry, such as `progress=100`."""
        self._summary += [{name: value} for name, value in values.items()]

    def end(self, pageid: str | UnsetType = UNSET) -> None:
        """Record END; visits that were opened inside and are still open stay without one."""
        if not self.is_open:
            raise SequenceError(f"END: this visit ({self.type} {self.content_id!r}) is over")
        self._telemetry._end_visit(self, pageid)  # noqa: SLF001

    def abandon(self) -> None:
        """Leave the visit, and every visit open inside it, without END."""
        if self.is_open:
            self._telemetry._leave(self)  # noqa: SLF001

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self.is_open:
            self.end()


class _Options(msgspec.Struct, gc=False):
    """The options of a call."""

    wire: Data | None = None
    object: Object | None = None
    cdata: list[CorrelationData] | None = None


_NONE = _Options()


class _Speaker(msgspec.Struct, gc=False):
    """The actor, context and object of the events from a START to its END."""

    config: Config
    actor: Actor
    context: Context
    object: Object
    tags: list[str]


def _convert(value: Any, type_: type[P], eid: str, path: str) -> P:
    """Convert an argument that is not a payload: a config, an object, correlation data."""
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        problem, _, below = str(error).partition(" - at ")
        place = below.strip("`").replace("$", path, 1) or path
        raise PayloadError(f"{eid}: {place}: {problem}", place) from None


def _options(eid: str, fields: dict[str, Any]) -> _Options:
    """Remove the options from a call's keywords, and return them."""
    wire = about = cdata = None
    if "wire" in fields:
        wire = fields.pop("wire")
        check_fields(eid, wire)
    if "object" in fields:
        about = fields.pop("object")
        if about.__class__ is not Object:
            # A content, a course and a learner have an `object`.
            about = _convert(getattr(about, "object", about), Object, eid, "$.object")
    if "cdata" in fields:
        cdata = _convert(fields.pop("cdata"), list[CorrelationData], eid, "$.cdata")
    return _Options(wire, about, cdata)


def _text_argument(name: str, value: Any, fields: dict[str, Any], default: str = "") -> str:
    """Return an argument of START that is given by position, by its Python name or by the specification's name."""
    if name in fields:
        if value is not UNSET:
            raise PayloadError(f"START: $.{name}: it is given twice; leave one of the two out", f"$.{name}")
        value = fields.pop(name)
    if value is UNSET and default:
        return default
    if not isinstance(value, str) or not (value or default):
        expected = "a text" if default else "a text of at least one character"
        got = "nothing" if value is UNSET else repr(value)
        raise PayloadError(f"START: $.{name}: expected {expected}, got {got}", f"$.{name}")
    return value


def _config(value: Any, eid: str) -> Config:
    if isinstance(value, Config):
        return value
    if not isinstance(value, Mapping):
        problem = (
            f"expected a config, got {value!r}; the call is start(config, content_id, content_ver, data)"
        )
        raise PayloadError(f"{eid}: $.config: {problem}", "$.config")
    return _convert(value, Config, eid, "$.config")


def _overlaid(base: Config, over: Config) -> Config:
    """Return a config with the fields of another over it; a uid in `over` hides the actor of `base`."""
    return Config(
        uid=base.uid if over.uid is UNSET else over.uid,
        actor=base.actor if over.actor is UNSET and over.uid is UNSET else over.actor,
        did=base.did if over.did is UNSET else over.did,
        sid=base.sid if over.sid is UNSET else over.sid,
        channel=base.channel if over.channel is UNSET else over.channel,
        env=base.env if over.env is UNSET else over.env,
        pdata=base.pdata if over.pdata is UNSET else over.pdata,
        cdata=base.cdata if over.cdata is UNSET else over.cdata,
        rollup=base.rollup if over.rollup is UNSET else over.rollup,
        tags=base.tags if over.tags is UNSET else over.tags,
        batchsize=base.batchsize if over.batchsize is UNSET else over.batchsize,
    )


def _speaker(config: Config, about: Object) -> _Speaker:
    """Turn a complete config into actor, context and tags, as the real client does."""
    uid = config.did if config.uid == ANONYMOUS and config.did else config.uid
    context = Context(
        channel=config.channel or "", pdata=config.pdata or Producer(id=""), env=config.env or "",
        sid=config.sid, did=config.did, cdata=config.cdata, rollup=config.rollup,
    )  # fmt: skip
    return _Speaker(config, config.actor or Actor(uid or "", "User"), context, about, config.tags or [])


class Telemetry:
    """A telemetry client with the 17 methods of the specification.

    Args:
        config: the default for every event; a START's config overrides it until its END.
        clock: the source of the time; wall time by default.
        dispatcher: takes the batches; without one, nothing is sent.
        run, session: the identity in the mids; a fresh run by default, since pipelines remember mids.

    Raises:
        PayloadError: from every method, if the specification forbids an argument, with the path of the bad value.
        SequenceError: for an END without a START.
    """

    def __init__(
        self,
        config: Config | Data | None = None,
        clock: Clock | None = None,
        dispatcher: Dispatcher | None = None,
        *,
        run: int | None = None,
        session: int = 0,
        recorder: Recorder | None = None,
    ) -> None:
        if recorder is None:
            fresh = int.from_bytes(os.urandom(4), "big") if run is None else run
            recorder = Recorder(clock or WallClock(), fresh, session)
        self._recorder = recorder
        self._dispatcher = dispatcher
        self._queue: list[Recorded] = []
        self._closed = False
        # A program that ends without close() still sends what it recorded.
        self._at_exit = finalize(self, _send, self._queue, dispatcher) if dispatcher else None
        self._wire: Data | None = None
        self._keep: Callable[[Event], object] = self._queued
        self._visits: list[Visit] = []
        self.first = self.last = 0
        self._active = self._pageviews = self._interactions = 0
        given = Config() if config is None else _config(config, "config")
        self._speaker = _speaker(_overlaid(DEFAULTS, given), Object())

    # --- the 17 methods -----------------------------------------------------------------------------

    def start(
        self,
        config: Config | Data | None = None,
        content_id: str | UnsetType = UNSET,
        content_ver: str | UnsetType = UNSET,
        data: Data | edata.Start | None = None,
        **fields: Any,
    ) -> Visit:
        """Begin a visit: START.

        Args:
            config: overrides the constructor's config until this visit's END.
            content_id: the content, required; for app and session visits the app's or session's own id. As a
                keyword it may have the specification's name, `contentId`.
            content_ver: the content's version, "1.0" by default; as a keyword also `contentVer`.
            data: type, mode and stageid, which are required.
            fields: the data as keywords, and the options: `object`, the content's type and rollup; `cdata`,
                what the visit belongs to; `wire`, fields that only the wire form has (dspec, uaspec).
        """
        # First: if the config was left out by mistake, every other argument is in the wrong place.
        over = None if config is None else _config(config, "START")
        content_id = _text_argument("contentId", content_id, fields)
        content_ver = _text_argument("contentVer", content_ver, fields, default="1.0")
        options = _options("START", fields) if fields else _NONE
        payload: Any = make_payload("START", data, fields)
        before = self._speaker
        effective = before.config if over is None else _overlaid(before.config, over)
        if options.cdata is not None:
            effective = structs.replace(effective, cdata=options.cdata)
        more = options.object or Object()
        about = Object(id=content_id, type=more.type, ver=content_ver, rollup=more.rollup)
        self._speaker = _speaker(effective, about)
        try:
            self._record("START", payload, _Options(options.wire) if options.wire else _NONE)
        except FootfallError:
            self._speaker = before
            raise
        visit = Visit(self, payload.type, content_id, before)
        self._visits.append(visit)
        return visit

    def impression(self, data: Data | edata.Impression | None = None, /, **fields: Any) -> None:
        """Record that a page is seen: IMPRESSION."""
        self._record_call("IMPRESSION", data, fields)
        self._pageviews += 1

    def interact(self, data: Data | edata.Interact | None = None, /, **fields: Any) -> None:
        """Record that a user touches, drags, listens, writes: INTERACT."""
        self._record_call("INTERACT", data, fields)
        self._interactions += 1

    def assess(self, data: Data | edata.Assess | None = None, /, **fields: Any) -> None:
        """Record that a question is answered and judged: ASSESS.

        `pass` is "No" by default. The default of `score` depends on it: 1 for "Yes", 0 for "No".
        """
        if data.__class__ is not edata.Assess:
            data = {**as_mapping("ASSESS", data), **fields}
            passed = data.setdefault("pass", "No")
            data.setdefault("score", 1 if passed == "Yes" else 0)
            fields = {name: data.pop(name) for name in _Options.__struct_fields__ if name in data}
        self._record_call("ASSESS", data, fields)

    def response(self, data: Data | edata.Response | None = None, /, **fields: Any) -> None:
        """Record a user's response to a question, a poll, a calendar event: RESPONSE."""
        self._record_call("RESPONSE", data, fields)

    def interrupt(self, data: Data | edata.Interrupt | None = None, /, **fields: Any) -> None:
        """Record that something interrupts: a call, the screen lock, the background: INTERRUPT."""
        self._record_call("INTERRUPT", data, fields)

    def feedback(self, data: Data | edata.Feedback | None = None, /, **fields: Any) -> None:
        """Record a rating, a comment, or both: FEEDBACK. Its contentId becomes the event's object."""
        self._record_call("FEEDBACK", data, fields)

    def share(self, data: Data | edata.Share | None = None, /, **fields: Any) -> None:
        """Record that content goes from one person or device to another: SHARE."""
        self._record_call("SHARE", data, fields)

    def audit(self, data: Data | edata.Audit | None = None, /, **fields: Any) -> None:
        """Record that an object changes: AUDIT."""
        self._record_call("AUDIT", data, fields)

    def error(self, error: Data | edata.Error | None = None, /, **fields: Any) -> None:
        """Record an error that a user meets: ERROR."""
        self._record_call("ERROR", error, fields)

    def heartbeat(self, data: Data | edata.Heartbeat | None = None, /, **fields: Any) -> None:
        """Record that the process is running: HEARTBEAT."""
        self._record_call("HEARTBEAT", data, fields)

    def log(self, data: Data | edata.Log | None = None, /, **fields: Any) -> None:
        """Record a line of a log: LOG."""
        self._record_call("LOG", data, fields)

    def search(self, data: Data | edata.Search | None = None, /, **fields: Any) -> None:
        """Record a search and what it found: SEARCH."""
        self._record_call("SEARCH", data, fields)

    def metrics(self, data: Data | edata.Metrics | None = None, /, **fields: Any) -> None:
        """Record a service's figures, whole numbers under names of its own: METRICS.

        Any name may be a figure's. So keywords alone are figures, and the options `object`, `cdata` and `wire`
        are taken next to a mapping: `metrics({"requests": 3}, object=…)`.
        """
        self._record_free_call("METRICS", data, fields)

    def summary(self, data: Data | edata.Summary | None = None, /, **fields: Any) -> None:
        """Record the totals of a visit: SUMMARY.

        The recorder fills in the counts that are not given: starttime, endtime, timespent (seconds, without
        idle gaps over 30 s), pageviews and interactions. It counts from the innermost open START, or from the
        first event if no START is open.
        """
        self._record_call("SUMMARY", {**self.counted(), **as_mapping("SUMMARY", data)}, fields)

    def exdata(self, data: Data | edata.Exdata | None = None, /, **fields: Any) -> None:
        """Record a partner's data, encrypted, encoded or serialised: EXDATA.

        Any key may be the partner's. So keywords alone are data, and the options `object`, `cdata` and `wire`
        are taken next to a mapping: `exdata({"type": "xapi", "data": "…"}, object=…)`.
        """
        self._record_free_call("EXDATA", data, fields)

    def end(self, data: Data | edata.End | None = None, /, **fields: Any) -> None:
        """End the innermost open visit, last in first out as the real client does: END.

        `contentId` and `type` are its START's by default. `duration` is always the time since its START in
        seconds: the real client overwrites any other value.
        """
        if not self._visits:
            raise SequenceError("END: no START is open; call start(...) first")
        visit = self._visits[-1]
        options = _options("END", fields) if fields else _NONE
        filled = {"contentId": visit.content_id, "type": visit.type, **as_mapping("END", data), **fields}
        filled["duration"] = (self.now - visit.started) / 1000
        if visit._summary:  # noqa: SLF001
            filled["summary"] = [*filled.get("summary", []), *visit._summary]  # noqa: SLF001
        payload: Any = make_payload("END", filled)
        if payload.type != visit.type:
            problem = f"END: $.type {payload.type!r}: the innermost open START is of type {visit.type!r}"
            raise PayloadError(problem, "$.type")
        self._record("END", payload, options)
        self._leave(visit)

    # --- the client as a whole -------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """The present instant, in milliseconds since 1970; never before the last event's."""
        return max(self._recorder.clock.now, self.last)

    def counted(self) -> dict[str, Any]:
        """Return the counts of a SUMMARY of the innermost open visit, or of all events if no visit is open."""
        visit = self._visits[-1] if self._visits else None
        started, active, pageviews, interactions = (
            visit.counts if visit else (self.first or self.now, 0, 0, 0)
        )
        return {
            "starttime": started,
            "endtime": self.last or self.now,
            "timespent": (self._active - active) / 1000,
            "pageviews": self._pageviews - pageviews,
            "interactions": self._interactions - interactions,
        }

    def flush(self) -> None:
        """Send the queued events, without waiting for a full batch or an END."""
        _send(self._queue, self._dispatcher)

    def close(self) -> Unsent:
        """Send the queued events and return what could not be sent; an open visit stays without END.

        Nothing can be recorded afterwards.
        """
        self.flush()
        self._closed = True
        if self._at_exit:
            self._at_exit.detach()
        return self._dispatcher.close() if self._dispatcher else Unsent(0, 0, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; raise `DeliveryError` if events could not be sent, unless another error was raised before."""
        unsent = self.close()
        if unsent.events and kind is None:
            raise DeliveryError(
                f"{unsent.events} events in {unsent.batches} batches could not be sent: {unsent.reason}"
            )

    # --- how an event is made ---------------------------------------------------------------------------

    def _record_call(self, eid: str, data: Any, fields: dict[str, Any]) -> None:
        options = _options(eid, fields) if fields else _NONE
        plain = _PLAIN.get(eid)
        if plain is not None and data.__class__ is dict and not fields:
            # The short path of nearly all events.
            try:
                payload = _from_dict(data, plain)
                if eid == "INTERACT" and payload.extra and payload.extra.values:
                    payload = make_payload(eid, data)
            except (msgspec.ValidationError, UnicodeEncodeError):
                payload = make_payload(eid, data)
        else:
            payload = make_payload(eid, data, fields)
        self._record(eid, payload, options)

    def _record_free_call(self, eid: str, data: Any, fields: dict[str, Any]) -> None:
        """Record an event whose keys are free: keywords without a mapping are data, whatever their names."""
        self._record_call(eid, fields if data is None else data, {} if data is None else fields)

    def _record(self, eid: str, payload: Any, options: _Options) -> None:
        """Make the event and store it; every event is made here."""
        recorder = self._recorder
        now, last = recorder.clock.now, self.last
        if now < last:  # noqa: PLR1730  max() would cost a call for every event
            now = last
        if now - last <= IDLE_MS:
            self._active += now - last
        elif not last:
            self.first = now
        speaker = self._speaker
        context, about = speaker.context, speaker.object
        if options is not _NONE:
            about = options.object or about
            if options.cdata is not None:
                context = structs.replace(context, cdata=options.cdata)
        if eid in _NAMES_CONTENT and payload.contentId != about.id:
            about = structs.replace(about, id=payload.contentId)
        sequence = recorder.sequence
        if sequence >= self._room:
            self._no_room(eid)
        mid = (
            f"{eid}:{_HEX[sequence]}{recorder.tail}"
            if sequence < _COUNTED
            else f"{eid}:{sequence:08x}{recorder.tail}"
        )
        event = Event(eid, now, "3.0", mid, speaker.actor, context, about, speaker.tags, payload)
        if options.wire:
            self._keep_wire(options.wire)
        self._keep(event)
        self.last = now
        recorder.sequence = sequence + 1

    # A story stores its events differently, and limits their number; see `generator.scenarios.story`.
    _room = SEQUENCES

    def _no_room(self, eid: str) -> None:
        raise SequenceError(
            f"{eid}: this client has made {SEQUENCES:,} events, more than its mids can number; make a new one"
        )

    def _keep_wire(self, wire: Data) -> None:
        self._wire = wire

    def _queued(self, event: Event) -> None:
        """Queue an event, and send the queue if the real client would."""
        if self._closed:
            raise SequenceError(f"{event.eid}: this client is closed; nothing more may be recorded")
        wire, self._wire = self._wire, None
        _check_json(event)
        self._queue.append(Recorded(event, wire))
        if is_cut(event.eid, len(self._queue), self._speaker.config.batchsize or BATCH_SIZE):
            self.flush()

    # --- visits ---------------------------------------------------------------------------------------

    def _end_visit(self, visit: Visit, pageid: str | UnsetType) -> None:
        while self._visits[-1] is not visit:
            self._leave(self._visits[-1])
        self.end() if pageid is UNSET else self.end(pageid=pageid)

    def _leave(self, visit: Visit) -> None:
        """Close a visit and all inside it, and restore the config from before its START."""
        while True:
            inner = self._visits.pop()
            inner.is_open = False
            self._speaker = inner._before  # noqa: SLF001
            if inner is visit:
                return


_NAMES_CONTENT = {"FEEDBACK", "END"}
# The payloads whose mapping is checked by conversion alone: no free keys, no wrapper, no fields that must agree,
# and no field of any type but INTERACT's extra.values.
_PLAIN: dict[str, type[Any]] = {
    eid: edata.PAYLOADS[eid] for eid in ("INTERACT", "IMPRESSION", "INTERRUPT", "FEEDBACK", "ERROR")
}
_from_dict = msgspec.convert
# The sequence numbers of nearly all sessions, formatted in advance.
_COUNTED = 1024
_HEX = [f"{sequence:08x}" for sequence in range(_COUNTED)]


def _send(queue: list[Recorded], dispatcher: Dispatcher | None) -> None:
    """Pass a queue's events to the dispatcher as one batch, and empty the queue."""
    if queue and dispatcher:
        dispatcher.dispatch(queue[:])
    queue.clear()


def _check_json(event: Event) -> None:
    """Raise PayloadError if an event contains a NaN, an infinity or a lone surrogate."""
    for violation in check(event):
        raise PayloadError(f"{event.eid}: {violation}", violation.path)
