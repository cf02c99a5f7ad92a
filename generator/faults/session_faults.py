"""The damage to a session: each event stays valid by itself, and one rule between them is broken."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from generator.errors import UsageError
from generator.faults.minimal import minimal_event
from generator.spec.identity import make_mid, read_mid
from generator.spec.rules import EARLIEST, LATEST, Form, check_form
from generator.spec.session import IDLE_MS, source_of
from generator.spec.violation import Problem, Violation

_Event = Mapping[str, Any]
# What is appended never says more of itself than this, and both are listed in either form.
_TYPE, _OTHER_TYPE = "app", "session"


class FaultySession(NamedTuple):
    """A session that was damaged.

    Attributes:
        events: its events; those that were not touched are the given ones themselves.
        violation: what `check_session` must find in them, and nothing else.
    """

    events: list[dict[str, Any]]
    violation: Violation


class SessionFault(NamedTuple):
    """One kind of damage to a session; its text is a sentence.

    Attributes:
        name: what is done, in a few words.
        field: the path of the field that is wrong then, from its event's root.
        problem: what `check_session` calls it.
    """

    name: str
    field: str
    problem: Problem

    def __str__(self) -> str:
        """Say field and damage in one line."""
        return f"{self.field}: {self.name}"

    def apply(self, events: Sequence[_Event], form: Form = "documented") -> FaultySession:
        """Damage a valid session, whatever is in it; the events that are given stay as they are.

        Most damage is an event more, or two, behind the last, of the last one's source.

        Args:
            events: the session's events in the order in which they were recorded, as a JSON reader sees them.
            form: the form that they have.
        """
        tape = _Tape(events, check_form(form))
        value, expected = _WAYS[self](self, tape)
        path = f"[{tape.place}].{self.field}"
        return FaultySession(
            tape.events, Violation(path, self.problem, value, expected, source_of(self.field))
        )


class _Tape:
    """A session on its way to damage: what was recorded, and what is recorded further.

    Attributes:
        place: where the damaged event stands.
    """

    def __init__(self, events: Sequence[_Event], form: Form) -> None:
        self.form = form
        self.events = [*map(_as_dict, events)] or [minimal_event("HEARTBEAT", form)]
        self.place = len(self.events) - 1

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]

    def own(self, end: int | None = None) -> list[dict[str, Any]]:
        """Give what one source said up to a place, the event there included; up to the last by default."""
        events = self.events if end is None else self.events[: end + 1]
        return [event for event in events if _producer(event) == _producer(events[-1])]

    def record(self, eid: str, payload: _Event | None = None) -> dict[str, Any]:
        """Append a valid event of the last one's source and instant, and give it to be damaged."""
        smallest = minimal_event(eid, self.form)
        event = self.last | {
            "eid": eid,
            "mid": self._new_mid(eid),
            "edata": smallest["edata"] | (payload or {}),
        }
        if "object" in smallest:
            # What a START requires of its object the last event's may lack.
            about = event.get("object") or {}
            event["object"] = {
                **smallest["object"],
                **{name: value for name, value in about.items() if value},
            }
        self.events.append(event)
        self.place = len(self.events) - 1
        return event

    def close(self) -> None:
        """End the visits that are still open, the innermost first."""
        for start in reversed(_open(self.own())):
            self.end(start)

    def end(self, start: _Event) -> dict[str, Any]:
        """Append the END of a visit."""
        return self.record("END", {"type": start["edata"]["type"], "duration": _lasted(start, self.last)})

    def _new_mid(self, eid: str) -> str:
        taken = {event["mid"] for event in self.events}
        ours = read_mid(self.last["mid"])
        if ours is None:
            return str(max(taken, key=len)) + "x"
        sequence = ours.sequence + 1
        while (mid := make_mid(eid, sequence, ours.run, ours.session)) in taken:
            sequence += 1
        return mid


def _as_dict(event: _Event) -> dict[str, Any]:
    return event if isinstance(event, dict) else dict(event)


def _producer(event: _Event) -> Any:
    return event["context"]["pdata"]["id"]


def _open(own: Sequence[_Event]) -> list[_Event]:
    """Give the STARTs of one source that no END has closed, the outermost first."""
    open_: list[_Event] = []
    for event in own:
        if event["eid"] == "START":
            open_.append(event)
        elif event["eid"] == "END":
            del open_[_started(event, open_) :]
    return open_


def _started(end: _Event, open_: Sequence[_Event]) -> int:
    """Find the START that an END closes: the innermost of its type, as long ago as it says."""
    kind, duration = end["edata"]["type"], end["edata"].get("duration")
    places = [place for place, start in enumerate(open_) if start["edata"]["type"] == kind]
    true = [place for place in places if _lasted(open_[place], end) == duration]
    return (true or places)[-1]


def _lasted(start: _Event, end: _Event) -> float:
    seconds: float = (end["ets"] - start["ets"]) / 1000
    return seconds


def _counts(own: Sequence[_Event]) -> dict[str, float]:
    """Count what a source did in its innermost visit, or in all if none is open, as a SUMMARY says it."""
    open_ = _open(own)
    since = own[next(place for place, event in enumerate(own) if event is open_[-1]) :] if open_ else own
    gaps = [later["ets"] - earlier["ets"] for earlier, later in pairwise(since)]
    return {
        "starttime": since[0]["ets"],
        "endtime": since[-1]["ets"],
        "timespent": round(sum((gap for gap in gaps if gap <= IDLE_MS), 0.0) / 1000, 3),
        "pageviews": sum(event["eid"] == "IMPRESSION" for event in since),
        "interactions": sum(event["eid"] == "INTERACT" for event in since),
    }


_Said = tuple[Any, str]
_OFF_MS = 1000
"""By how much an instant is misstated: more than what the rounding of real clients excuses."""


def _repeat_mid(_: SessionFault, tape: _Tape) -> _Said:
    mid = tape.events[0]["mid"]
    tape.record("HEARTBEAT")["mid"] = mid
    return mid, "another mid than that of event 0"


def _change_id(fault: SessionFault, tape: _Tape) -> _Said:
    name = fault.field.removeprefix("context.")
    before = tape.own()[0]["context"].get(name)
    event = tape.record("HEARTBEAT")
    event["context"] = event["context"] | {name: f"{before or ''}x"}
    return event["context"][name], f"{before!r}, as before"


def _go_back(_: SessionFault, tape: _Tape) -> _Said:
    if tape.last["ets"] == EARLIEST:
        tape.record("HEARTBEAT")["ets"] += 1
    reached = tape.last["ets"]
    event = tape.record("HEARTBEAT")
    event["ets"] -= 1
    return event["ets"], f"at least {reached}: time does not go back"


def _end_unopened(_: SessionFault, tape: _Tape) -> _Said:
    tape.close()
    tape.record("END", {"type": _TYPE, "duration": 0})
    return _TYPE, "the type of an open START (none is open)"


def _end_another(_: SessionFault, tape: _Tape) -> _Said:
    tape.close()
    tape.record("START", {"type": _TYPE})
    tape.record("END", {"type": _OTHER_TYPE, "duration": 0})
    return _OTHER_TYPE, f"the type of an open START ({_TYPE!r})"


def _misstate_duration(_: SessionFault, tape: _Tape) -> _Said:
    """Damage the last END there is; where there is none, the innermost visit gets one."""
    ends = [place for place, event in enumerate(tape.events) if event["eid"] == "END"]
    if not ends:
        open_ = _open(tape.own())
        tape.end(open_[-1] if open_ else tape.record("START", {"type": _TYPE}))
        ends = [len(tape.events) - 1]
    tape.place = ends[-1]
    *before, end = tape.own(tape.place)
    lasted = [
        _lasted(start, end) for start in _open(before) if start["edata"]["type"] == end["edata"]["type"]
    ]
    # Longer than any visit that it could be taken to end; the innermost is the one that is then meant.
    untrue = max(lasted) + 1
    tape.events[tape.place] = end | {"edata": end["edata"] | {"duration": untrue}}
    return untrue, f"{lasted[-1]}, the seconds since its START"


def _miscount(fault: SessionFault, tape: _Tape) -> _Said:
    """Append a SUMMARY of the innermost visit in which one number is wrong, and true of no outer one either."""
    name = fault.field.removeprefix("edata.")
    if name == "starttime":
        untrue = _untrue_start(tape)
    elif name == "endtime":
        untrue = _untrue_end(tape)
    else:
        # No outer visit counts more than there are events.
        untrue = _counts(tape.own())[name] + 1 + len(tape.events)
    counts = _counts(tape.own())
    tape.record("SUMMARY", counts | {name: untrue})
    return untrue, f"{counts[name]}, counted from its events"


def _untrue_start(tape: _Tape) -> float:
    """Return an instant at which no visit of the source began, and which is not after the last event."""
    before: float = tape.own()[0]["ets"] - _OFF_MS
    if before >= EARLIEST:
        return before
    start, end = (_counts(tape.own())[name] for name in ("starttime", "endtime"))
    # No outer visit began after the inner one.
    if end < start + _OFF_MS:
        tape.record("HEARTBEAT")["ets"] = start + _OFF_MS
    return start + _OFF_MS


def _untrue_end(tape: _Tape) -> float:
    """Return an instant that is not that of the last event, and not before the first."""
    start, end = (_counts(tape.own())[name] for name in ("starttime", "endtime"))
    if end + _OFF_MS <= LATEST:
        return end + _OFF_MS
    if end - _OFF_MS >= start:
        return end - _OFF_MS
    raise UsageError(
        f"ets {end}: no second is left after it for a SUMMARY with an untrue endtime; give earlier events"
    )


_WAYS: dict[SessionFault, Callable[[SessionFault, _Tape], _Said]] = {
    SessionFault("a mid comes twice", "mid", Problem.DIFFERENT): _repeat_mid,
    SessionFault("changes within a source", "context.sid", Problem.DIFFERENT): _change_id,
    SessionFault("changes within a source", "context.did", Problem.DIFFERENT): _change_id,
    SessionFault("goes back", "ets", Problem.RANGE): _go_back,
    SessionFault("an END without an open START", "edata.type", Problem.DIFFERENT): _end_unopened,
    SessionFault("an END of another type than the open START", "edata.type", Problem.DIFFERENT): _end_another,
    SessionFault("an END's is untrue", "edata.duration", Problem.UNTRUE): _misstate_duration,
    **{
        SessionFault("a SUMMARY's is untrue", f"edata.{name}", Problem.UNTRUE): _miscount
        for name in ("starttime", "endtime", "timespent", "pageviews", "interactions")
    },
}

SESSION_FAULTS: tuple[SessionFault, ...] = tuple(_WAYS)
"""All the damage that can be done to a session."""
