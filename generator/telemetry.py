"""The 17 methods of the telemetry API: the only way to make an event.

    config = {"uid": "u1", "did": "d1", "channel": "c1", "env": "home"}
    with Telemetry(config, dispatcher=HttpDispatcher("http://127.0.0.1:9001")) as telemetry:
        with telemetry.start(None, "do_1", "1.0", {"type": "player", "mode": "play", "stageid": ""}):
            telemetry.interact({"type": "TOUCH", "id": "next"})

Each method takes its documented arguments as a mapping, as a payload object of `generator.spec.edata`, or
as keywords; what the specification refuses is refused with the path of the bad value. Beside them every
method takes what the real client calls options: `object`, `cdata`, and `wire` for what only the wire has.
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
"""What the real web client assumes where it is told nothing."""


class Recorded(NamedTuple):
    """An event as it was recorded, in documented form, and what only its wire form has."""

    event: Event
    wire: Data | None


class Unsent(NamedTuple):
    """What a dispatcher could not deliver, and why."""

    batches: int
    events: int
    reason: str


class Dispatcher(Protocol):
    """What takes the batches that a Telemetry cuts."""

    def dispatch(self, batch: Sequence[Recorded]) -> None:
        """Take one batch, to deliver it now or later."""

    def close(self) -> Unsent:
        """Deliver what is left, as far as it will go, and say what could not be sent."""


def is_cut(eid: str, queued: int, batchsize: int = BATCH_SIZE) -> bool:
    """Tell whether the real web client sends its queue now: at an END, or when a batch is full."""
    return eid == "END" or queued >= batchsize


class Tape:
    """What the sources of one play share: the clock, the numbering and the identity of the mids."""

    __slots__ = ("clock", "run", "sequence", "session", "tail")

    def __init__(self, clock: Clock, run: int, session: int) -> None:
        self.clock = clock
        self.run = run
        self.session = session
        self.tail = tail(run, session)
        self.sequence = 0


class Visit:
    """What is between a START and its END; as a context manager it ends itself, unless something is raised."""

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
        """Say what the visit came to: each value becomes an entry of END's `summary`, such as `progress=100`."""
        self._summary += [{name: value} for name, value in values.items()]

    def end(self, pageid: str | UnsetType = UNSET) -> None:
        """Write END; visits which were opened inside and left open stay without one."""
        if not self.is_open:
            raise SequenceError(f"END: this visit ({self.type} {self.content_id!r}) is over")
        self._telemetry._end_visit(self, pageid)  # noqa: SLF001

    def abandon(self) -> None:
        """Leave, with no END, as people do; whatever is open inside is left with it."""
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
    """What a call may say beside its data."""

    wire: Data | None = None
    object: Object | None = None
    cdata: list[CorrelationData] | None = None


_NONE = _Options()


class _Speaker(msgspec.Struct, gc=False):
    """Who speaks from where about what, from a START to its END."""

    config: Config
    actor: Actor
    context: Context
    object: Object
    tags: list[str]


def _convert(value: Any, type_: type[P], eid: str, path: str) -> P:
    """Convert an argument that is no payload: a config, an object, correlation data."""
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        problem, _, below = str(error).partition(" - at ")
        place = below.strip("`").replace("$", path, 1) or path
        raise PayloadError(f"{eid}: {place}: {problem}", place) from None


def _options(eid: str, fields: dict[str, Any]) -> _Options:
    """Take the options out of a call's keywords."""
    wire = about = cdata = None
    if "wire" in fields:
        wire = fields.pop("wire")
        check_fields(eid, wire)
    if "object" in fields:
        about = fields.pop("object")
        if about.__class__ is not Object:
            # A content, a course, a learner knows itself as an object.
            about = _convert(getattr(about, "object", about), Object, eid, "$.object")
    if "cdata" in fields:
        cdata = _convert(fields.pop("cdata"), list[CorrelationData], eid, "$.cdata")
    return _Options(wire, about, cdata)


def _text_argument(name: str, value: Any, fields: dict[str, Any], default: str = "") -> str:
    """Return an argument of START that is given by place, by its Python name or by the specification's name."""
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
    """Lay what one config says over another; a uid of its own hides the other's actor."""
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
        clock: what tells the time; wall time by default.
        dispatcher: what takes the batches; without one, nothing is sent anywhere.
        run, session: the identity in the mids; a fresh run by default, since pipelines remember mids.

    Raises:
        PayloadError: from every method, for what the specification refuses, with the path of the bad value.
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
        tape: Tape | None = None,
    ) -> None:
        if tape is None:
            fresh = int.from_bytes(os.urandom(4), "big") if run is None else run
            tape = Tape(clock or WallClock(), fresh, session)
        self._tape = tape
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
            content_id: the content, required; of app and session visits the app's or session's own id. As a
                keyword it may have the specification's name, `contentId`.
            content_ver: the content's version, "1.0" by default; as a keyword also `contentVer`.
            data: type, mode and stageid; required all the same.
            fields: the data as keywords, and the options: `object`, what more is known of the content (type,
                rollup); `cdata`, what the visit belongs to; `wire`, what only the wire has (dspec, uaspec).
        """
        # First: if it was left out by mistake, every other argument is in the wrong place.
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
        self._say("IMPRESSION", data, fields)
        self._pageviews += 1

    def interact(self, data: Data | edata.Interact | None = None, /, **fields: Any) -> None:
        """Record that someone touches, drags, listens, writes: INTERACT."""
        self._say("INTERACT", data, fields)
        self._interactions += 1

    def assess(self, data: Data | edata.Assess | None = None, /, **fields: Any) -> None:
        """Record that a question is answered and judged: ASSESS.

        `pass` is "No" where nothing is said, and `score` follows it: 1 for "Yes", 0 for "No".
        """
        if data.__class__ is not edata.Assess:
            data = {**as_mapping("ASSESS", data), **fields}
            passed = data.setdefault("pass", "No")
            data.setdefault("score", 1 if passed == "Yes" else 0)
            fields = {name: data.pop(name) for name in _Options.__struct_fields__ if name in data}
        self._say("ASSESS", data, fields)

    def response(self, data: Data | edata.Response | None = None, /, **fields: Any) -> None:
        """Record what someone responds to a question, a poll, a calendar event: RESPONSE."""
        self._say("RESPONSE", data, fields)

    def interrupt(self, data: Data | edata.Interrupt | None = None, /, **fields: Any) -> None:
        """Record that something interrupts: a call, the screen lock, the background: INTERRUPT."""
        self._say("INTERRUPT", data, fields)

    def feedback(self, data: Data | edata.Feedback | None = None, /, **fields: Any) -> None:
        """Record a rating, a comment, or both: FEEDBACK. Its contentId becomes the event's object."""
        self._say("FEEDBACK", data, fields)

    def share(self, data: Data | edata.Share | None = None, /, **fields: Any) -> None:
        """Record that content goes from one person or device to another: SHARE."""
        self._say("SHARE", data, fields)

    def audit(self, data: Data | edata.Audit | None = None, /, **fields: Any) -> None:
        """Record that an object changes: AUDIT."""
        self._say("AUDIT", data, fields)

    def error(self, error: Data | edata.Error | None = None, /, **fields: Any) -> None:
        """Record an error that someone meets: ERROR."""
        self._say("ERROR", error, fields)

    def heartbeat(self, data: Data | edata.Heartbeat | None = None, /, **fields: Any) -> None:
        """Record that the process is running: HEARTBEAT."""
        self._say("HEARTBEAT", data, fields)

    def log(self, data: Data | edata.Log | None = None, /, **fields: Any) -> None:
        """Record a line of a log: LOG."""
        self._say("LOG", data, fields)

    def search(self, data: Data | edata.Search | None = None, /, **fields: Any) -> None:
        """Record a search and what it found: SEARCH."""
        self._say("SEARCH", data, fields)

    def metrics(self, data: Data | edata.Metrics | None = None, /, **fields: Any) -> None:
        """Record a service's figures, whole numbers under names of its own: METRICS.

        Any name may be a figure's. So keywords alone are figures, and the options `object`, `cdata` and `wire`
        are taken next to a mapping: `metrics({"requests": 3}, object=…)`.
        """
        self._say_freely("METRICS", data, fields)

    def summary(self, data: Data | edata.Summary | None = None, /, **fields: Any) -> None:
        """Record what a visit came to: SUMMARY.

        What is not given is counted from the innermost open START, or from the first event where none is
        open: starttime, endtime, timespent (seconds, idle gaps over 30 s excluded), pageviews, interactions.
        """
        self._say("SUMMARY", {**self.counted(), **as_mapping("SUMMARY", data)}, fields)

    def exdata(self, data: Data | edata.Exdata | None = None, /, **fields: Any) -> None:
        """Record a partner's data, encrypted, encoded or serialised: EXDATA.

        Any key may be the partner's. So keywords alone are data, and the options `object`, `cdata` and `wire`
        are taken next to a mapping: `exdata({"type": "xapi", "data": "…"}, object=…)`.
        """
        self._say_freely("EXDATA", data, fields)

    def end(self, data: Data | edata.End | None = None, /, **fields: Any) -> None:
        """End the innermost open visit, last in first out as the real client does: END.

        `contentId` and `type` are its START's where they are not given. `duration` is always the time since
        its START in seconds, as the real client writes it over whatever it is given.
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

    # --- what a program does with the client as a whole ------------------------------------------------

    @property
    def now(self) -> int:
        """The present instant, in milliseconds since 1970; never before the last event's."""
        return max(self._tape.clock.now, self.last)

    def counted(self) -> dict[str, Any]:
        """Count what SUMMARY says of the innermost open visit, or of everything where none is open."""
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
        """Send what is queued, without waiting for a full batch or an END."""
        _send(self._queue, self._dispatcher)

    def close(self) -> Unsent:
        """Send what is queued and say what could not be sent; an open visit stays without END.

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
        """Close, and raise `DeliveryError` if something could not be sent, unless an error is on its way already."""
        unsent = self.close()
        if unsent.events and kind is None:
            raise DeliveryError(
                f"{unsent.events} events in {unsent.batches} batches could not be sent: {unsent.reason}"
            )

    # --- how an event is made ---------------------------------------------------------------------------

    def _say(self, eid: str, data: Any, fields: dict[str, Any]) -> None:
        options = _options(eid, fields) if fields else _NONE
        plain = _PLAIN.get(eid)
        if plain is not None and data.__class__ is dict and not fields:
            # The way of nearly all events, without a detour.
            try:
                payload = _from_dict(data, plain)
                if eid == "INTERACT" and payload.extra and payload.extra.values:
                    payload = make_payload(eid, data)
            except (msgspec.ValidationError, UnicodeEncodeError):
                payload = make_payload(eid, data)
        else:
            payload = make_payload(eid, data, fields)
        self._record(eid, payload, options)

    def _say_freely(self, eid: str, data: Any, fields: dict[str, Any]) -> None:
        """Record an event whose keys are free: keywords without a mapping are data, whatever they are called."""
        self._say(eid, fields if data is None else data, {} if data is None else fields)

    def _record(self, eid: str, payload: Any, options: _Options) -> None:
        """Make the event and hand it on: the one place where events come from."""
        tape = self._tape
        now, last = tape.clock.now, self.last
        if now < last:  # noqa: PLR1730  max() would cost a call on the way of every event
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
        sequence = tape.sequence
        if sequence >= self._room:
            self._no_room(eid)
        mid = (
            f"{eid}:{_HEX[sequence]}{tape.tail}"
            if sequence < _COUNTED
            else f"{eid}:{sequence:08x}{tape.tail}"
        )
        event = Event(eid, now, "3.0", mid, speaker.actor, context, about, speaker.tags, payload)
        if options.wire:
            self._keep_wire(options.wire)
        self._keep(event)
        self.last = now
        tape.sequence = sequence + 1

    # A story keeps its events otherwise, and has room for so many; see `generator.scenarios.story`.
    _room = SEQUENCES

    def _no_room(self, eid: str) -> None:
        raise SequenceError(
            f"{eid}: this client has made {SEQUENCES:,} events, more than its mids can number; make a new one"
        )

    def _keep_wire(self, wire: Data) -> None:
        self._wire = wire

    def _queued(self, event: Event) -> None:
        """Queue an event, and send the queue where the real client does."""
        if self._closed:
            raise SequenceError(f"{event.eid}: this client is closed; nothing more may be recorded")
        wire, self._wire = self._wire, None
        _refuse_what_json_cannot_carry(event)
        self._queue.append(Recorded(event, wire))
        if is_cut(event.eid, len(self._queue), self._speaker.config.batchsize or BATCH_SIZE):
            self.flush()

    # --- visits ---------------------------------------------------------------------------------------

    def _end_visit(self, visit: Visit, pageid: str | UnsetType) -> None:
        while self._visits[-1] is not visit:
            self._leave(self._visits[-1])
        self.end() if pageid is UNSET else self.end(pageid=pageid)

    def _leave(self, visit: Visit) -> None:
        """Close a visit and all inside it, and speak again as before its START."""
        while True:
            inner = self._visits.pop()
            inner.is_open = False
            self._speaker = inner._before  # noqa: SLF001
            if inner is visit:
                return


_NAMES_CONTENT = {"FEEDBACK", "END"}
# The payloads whose mapping is checked by conversion alone: no free keys, no wrapper, nothing to agree, and no
# place where anything may stand but INTERACT's extra.values.
_PLAIN: dict[str, type[Any]] = {
    eid: edata.PAYLOADS[eid] for eid in ("INTERACT", "IMPRESSION", "INTERRUPT", "FEEDBACK", "ERROR")
}
_from_dict = msgspec.convert
# The sequence numbers of nearly all sessions, written beforehand.
_COUNTED = 1024
_HEX = [f"{sequence:08x}" for sequence in range(_COUNTED)]


def _send(queue: list[Recorded], dispatcher: Dispatcher | None) -> None:
    """Hand a queue's events to the dispatcher as one batch, and empty it."""
    if queue and dispatcher:
        dispatcher.dispatch(queue[:])
    queue.clear()


def _refuse_what_json_cannot_carry(event: Event) -> None:
    """Refuse NaN, infinities and lone surrogates, wherever in an event they stand."""
    for violation in check(event):
        raise PayloadError(f"{event.eid}: {violation}", violation.path)
