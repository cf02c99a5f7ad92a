"""The rules that hold between the events of one session, each source by itself.

A *source* is one producer (`context.pdata.id`): the app, the portal, a service. Its sid and did stay the
same. Its ets never goes back. An END needs an open START of its type and states the seconds between them. A
SUMMARY counts the events since the START to which it belongs. A START may stay open for ever.

Neither the specification nor the pipeline's schema forbids a session that breaks these rules. Real clients
break them: they count differently, send an event twice, or lose a START. So a breach is a note in events of
other producers, and an error in Footfall's own events.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from generator.spec.envelope import Event
from generator.spec.violation import Problem, Severity, Violation

SOURCE = "the rules of a session"
IDLE_MS = 30_000
"""A gap between two events of a source beyond this many milliseconds is idle time."""

_TOLERANCE = 0.010
"""Seconds by which a duration may be off: real clients write two decimals, up to 4 ms off."""
_ROUNDING = 1e-9
"""The error of floating point in a difference of seconds."""
_TOLERANCES = {"starttime": 1000 * _TOLERANCE, "endtime": 1000 * _TOLERANCE, "timespent": _TOLERANCE}

_UNSTATED = "no source states it"
_STATED = {
    "edata.duration": "the specification's END",
    **dict.fromkeys(
        ("edata.starttime", "edata.endtime", "edata.timespent", "edata.pageviews", "edata.interactions"),
        "the specification's SUMMARY",
    ),
}


def source_of(field: str) -> str:
    """Return the source that states the rule about a field of a session's event, or that no source states it."""
    return f"{SOURCE}: {_STATED.get(field, _UNSTATED)}"


class _Visit:
    """A START that no END has closed so far, and the source's counts at that moment."""

    __slots__ = ("active", "interactions", "pageviews", "started", "type")

    def __init__(self, kind: Any, started: float, source: "_Source") -> None:
        self.type, self.started = kind, started
        self.active, self.pageviews, self.interactions = source.active, source.pageviews, source.interactions


class _Source:
    """The state of one producer after its events so far."""

    __slots__ = ("active", "first", "ids", "interactions", "last", "pageviews", "visits")

    def __init__(self, event: dict[str, Any]) -> None:
        self.ids = {name: event["context"].get(name) for name in ("sid", "did")}
        self.first = self.last = event["ets"]
        self.active = 0.0
        self.pageviews = self.interactions = 0
        self.visits: list[_Visit] = []


def check_session(
    events: Iterable[Event | Mapping[str, Any] | bytes | str], *, strict: bool = True
) -> list[Violation]:
    """Find every violation of the rules between events; each event must be valid by itself.

    Args:
        events: the events of one session, of all its sources, in the order in which they were recorded.
        strict: whether a broken rule is an error; otherwise it is a note, for events of other producers.

    Returns:
        The violations; a path begins with the event's place: `[3].ets`.
    """
    severity = Severity.ERROR if strict else Severity.NOTE
    sources: dict[str, _Source] = {}
    mids: dict[str, int] = {}
    found: list[Violation] = []
    for place, given in enumerate(events):
        try:
            event = (
                msgspec.json.decode(given) if isinstance(given, bytes | str) else msgspec.to_builtins(given)
            )
            breaches = [*_breaches(event, place, mids, sources)]
        except (KeyError, TypeError, AttributeError, msgspec.MsgspecError):
            found.append(
                Violation(f"[{place}]", Problem.UNREADABLE, given, "an event that is valid by itself", SOURCE)
            )
            continue
        found += (
            Violation(f"[{place}].{path}", problem, value, expected, source_of(path), severity)
            for path, problem, value, expected in breaches
        )
    return found


_Finding = tuple[str, Problem, Any, str]


def _breaches(
    event: dict[str, Any], place: int, mids: dict[str, int], sources: dict[str, _Source]
) -> Iterator[_Finding]:
    producer = event["context"]["pdata"]["id"]
    first = mids.setdefault(event["mid"], place)
    if first != place:
        # A copy is the same event once more: it starts, ends and counts nothing.
        yield "mid", Problem.DIFFERENT, event["mid"], f"another mid than that of event {first}"
        return
    source = sources.get(producer)
    if source is None:
        source = sources[producer] = _Source(event)
    yield from _advance(event, source)


def _advance(event: dict[str, Any], source: _Source) -> Iterator[_Finding]:
    """Yield what is wrong with the next event of a source, and update the source."""
    for name, value in source.ids.items():
        if event["context"].get(name) != value:
            yield f"context.{name}", Problem.DIFFERENT, event["context"].get(name), f"{value!r}, as before"
    eid, edata = event["eid"], event["edata"]
    if eid == "SUMMARY":
        # A SUMMARY describes the events before it, so it is compared before its own time counts.
        yield from _summary(edata, source)
    gap = event["ets"] - source.last
    if gap < 0:
        yield "ets", Problem.RANGE, event["ets"], f"at least {source.last}: time does not go back"
    elif gap <= IDLE_MS:
        source.active += gap
    source.last = max(source.last, event["ets"])
    if eid == "START":
        source.visits.append(_Visit(edata.get("type"), event["ets"], source))
    elif eid == "END":
        yield from _end(event, source)
    source.pageviews += eid == "IMPRESSION"
    source.interactions += eid == "INTERACT"


def _end(event: dict[str, Any], source: _Source) -> Iterator[_Finding]:
    kind, duration = event["edata"].get("type"), event["edata"].get("duration")
    # Abandoned visits can lie above the one that ends. Among visits of its type, the duration identifies it.
    open_ = [visit for visit in reversed(source.visits) if visit.type == kind]
    if not open_:
        types = ", ".join(repr(visit.type) for visit in source.visits)
        yield "edata.type", Problem.DIFFERENT, kind, f"the type of an open START ({types or 'none is open'})"
        return
    off = {visit: _off(duration, event["ets"] - visit.started) for visit in open_}
    ended = min(open_, key=off.__getitem__)  # the inner one of two that are equally near
    is_true = off[ended] <= _TOLERANCE + _ROUNDING
    ended = ended if is_true else open_[0]
    del source.visits[source.visits.index(ended) :]
    if not is_true:
        lasted = (event["ets"] - ended.started) / 1000
        yield "edata.duration", Problem.UNTRUE, duration, f"{lasted}, the seconds since its START"


def _off(duration: float | None, lasted: float) -> float:
    """Return how many seconds a duration is off; 0 if it is not stated."""
    return 0.0 if duration is None else abs(duration - lasted / 1000)


def _counts(source: _Source, visit: _Visit | None) -> dict[str, float]:
    return {
        "starttime": visit.started if visit else source.first,
        "endtime": source.last,
        "timespent": (source.active - (visit.active if visit else 0)) / 1000,
        "pageviews": source.pageviews - (visit.pageviews if visit else 0),
        "interactions": source.interactions - (visit.interactions if visit else 0),
    }


def _summary(edata: dict[str, Any], source: _Source) -> Iterator[_Finding]:
    """Compare a SUMMARY with each visit it can belong to, and with the whole: any visit may have been abandoned."""
    candidates = [_counts(source, visit) for visit in [*reversed(source.visits), None]]
    wrong = [
        {
            name: value
            for name, value in counts.items()
            if abs(edata[name] - value) > _TOLERANCES.get(name, 0) + _ROUNDING
        }
        for counts in candidates
    ]
    for name, value in min(wrong, key=len).items():
        yield f"edata.{name}", Problem.UNTRUE, edata[name], f"{value}, counted from its events"
