"""Draw a session: a lane for each kind of event, a mark for each event, a bar for each visit."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from generator.report.charts.line_chart import drawing, nothing
from generator.report.charts.scale import TimeScale
from generator.report.event_text import event_text, source_of, time_of
from generator.report.markup import Markup, element, fixed, joined, short
from generator.report.number import clock, counted
from generator.report.run import SampleEvent, SampleSession

MOST = 400
"""The most events of a session that a summary contains and a page draws."""


def sample_of(scenario: str, events: Iterable[dict[str, Any]]) -> SampleSession:
    """Return a session in the form of summary.json.

    Args:
        scenario: the name of its scenario.
        events: decoded, in the order in which they were recorded.
    """
    first = list(islice(events, MOST))
    start = time_of(first[0]) if first else 0
    return SampleSession(scenario=scenario, events=[_event(event, start) for event in first])


def _event(event: dict[str, Any], start: float) -> SampleEvent:
    at = round((time_of(event) - start) / 1000, 3)
    return SampleEvent(at=at, eid=str(event.get("eid", "")), text=event_text(event), source=source_of(event))


_WIDTH, _LEFT, _RIGHT, _LANE, _TOP, _BOTTOM = 1040, 104, 14, 24, 8, 40
_LANES = 17
_MARKS = ("M0-5a5 5 0 1 0 .01 0z", "M0-6 6 0 0 6-6 0z", "M0-6 5.5 4.5h-11z", "M-5-5h10v10h-10z")
"""A source's mark: a circle, a diamond, a triangle, a square."""


class _Drawing(NamedTuple):
    lanes: dict[str, int]
    sources: dict[str, int]
    time: TimeScale

    def across(self, seconds: float) -> float:
        return _LEFT + self.time.place(seconds) * (_WIDTH - _LEFT - _RIGHT)

    def lane(self, eid: str) -> float:
        return _TOP + (self.lanes.get(eid, len(self.lanes) - 1) + 0.5) * _LANE

    @property
    def floor(self) -> float:
        return _TOP + len(self.lanes) * _LANE


def session(sample: SampleSession | None) -> Markup:
    """Draw a session and list its events."""
    title = f"A sample session: {short(sample.scenario, 60)}" if sample else "A sample session"
    events = sample.events[:MOST] if sample else []
    if not sample or not events:
        return nothing(title, "The run recorded no session.")
    plan = _plan(events)
    more = len(sample.events) - len(events)
    about = f"{counted(len(sample.events), 'event')} in {clock(plan.time.high - plan.time.low)}" + (
        f", the first {len(events)} drawn" if more else ""
    )
    return element(
        "figure",
        element("figcaption", element("h2", title), _legend(plan)),
        element("p", about, class_="about"),
        drawing("session", title, about, _WIDTH, plan.floor + _BOTTOM,
                *_lanes(plan), *_visits(plan, events), *_axis(plan), *(_mark(plan, one) for one in events)),
        _list(events),
        class_="chart session",
    )  # fmt: skip


def _plan(events: Sequence[SampleEvent]) -> _Drawing:
    times = [event.at for event in events]
    eids = list(dict.fromkeys(event.eid for event in events))[:_LANES]
    sources = dict.fromkeys(event.source for event in events)
    return _Drawing(
        {eid: lane for lane, eid in enumerate(eids)},
        {source: number for number, source in enumerate(sources)},
        TimeScale(min(times), max(times)),
    )


def _legend(plan: _Drawing) -> Markup | None:
    """Return the names of the sources, if there are several."""
    if len(plan.sources) < 2:
        return None
    shown = list(plan.sources.items())[:8]
    return element("ul", *(_entry(name, number) for name, number in shown), class_="legend")


def _entry(name: str, number: int) -> Markup:
    mark = element("svg", _glyph(number), viewBox="-7 -7 14 14", width=14, height=14, aria_hidden="true")
    return element("li", mark, short(name or "no name", 40))


def _glyph(number: int, **more: str) -> Markup:
    return element("path", d=_MARKS[number % len(_MARKS)], class_=f"mark source{number % 6}", **more)


def _lanes(plan: _Drawing) -> Iterable[Markup]:
    for eid in plan.lanes:
        y = plan.lane(eid)
        yield element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="grid")
        yield element("text", short(eid, 13), x=_LEFT - 12, y=y + 4, class_="tick end")


def _visits(plan: _Drawing, events: Sequence[SampleEvent]) -> Iterable[Markup]:
    """Draw each visit in the lane of START, from its START to its END; without an END, to the end of the session."""
    opened: dict[str, list[SampleEvent]] = {}
    for event in events:
        if event.eid == "START":
            opened.setdefault(event.source, []).append(event)
        elif event.eid == "END" and opened.get(event.source):
            yield _visit(plan, opened[event.source].pop(), event.at, "visit")
    for left in opened.values():
        for start in left:
            yield _visit(plan, start, plan.time.high, "visit left")


def _visit(plan: _Drawing, start: SampleEvent, end: float, look: str) -> Markup:
    x, y = plan.across(start.at), plan.lane("START")
    tooltip = f"{short(start.text, 120)}: {clock(end - start.at)}" + (
        ", left without END" if "left" in look else ""
    )
    return element(
        "rect", element("title", tooltip),
        x=x, y=y - 8, width=max(plan.across(end) - x, 1), height=16, rx=3, class_=f"spot {look}",
    )  # fmt: skip


def _axis(plan: _Drawing) -> Iterable[Markup]:
    yield element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=plan.floor, y2=plan.floor, class_="axis")
    for value in plan.time.ticks():
        x = plan.across(value)
        yield element("line", x1=x, x2=x, y1=plan.floor, y2=plan.floor + 5, class_="axis")
        yield element("text", clock(value), x=x, y=plan.floor + 18, class_="tick middle")
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    yield element(
        "text", "time since the session's start", x=middle, y=plan.floor + 36, class_="label middle"
    )


def _mark(plan: _Drawing, event: SampleEvent) -> Markup:
    place = f"translate({fixed(plan.across(event.at))} {fixed(plan.lane(event.eid))})"
    tooltip = f"{clock(max(event.at, 0))} · {short(event.eid, 40)} {short(event.text, 120)}"
    return element(
        "g", element("title", tooltip), _glyph(plan.sources[event.source]), transform=place, class_="spot"
    )


def _list(events: Sequence[SampleEvent]) -> Markup:
    rows = (
        element("tr", element("td", clock(max(one.at, 0)), class_="number"), element("td", short(one.eid, 40)),
                element("td", short(one.text, 200)))
        for one in events
    )  # fmt: skip
    return element(
        "details",
        element("summary", "Its events as a list"),
        element("table", element("tbody", joined(rows))),
    )
