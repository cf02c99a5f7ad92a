"""Strategies of recorded steps: sessions of any valid nesting.

Each step is drawn by itself, without regard to the others, so that an example can lose any step when it shrinks.
Its numbers of sources and visits are then limited to those that exist. The simplest step takes three choices: that
there is one, which kind, and that it has no options.
"""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from generator.errors import UsageError
from generator.scenarios.recorded_steps import AddSource, EndVisit, LeaveVisit, RecordEvent, StartVisit, Step
from generator.spec.check import TREES, Node
from generator.spec.wire import WIRE_ONLY
from generator.strategies.envelope import SIMPLEST_FIRST, actors, objects
from generator.strategies.payloads import draw_payload, draw_value
from generator.strategies.values import draw_text, happens

MOST_STEPS = 40
"""The most steps of one session, so that an example costs at most about a thousand choices."""
LONGEST_PAUSE = 86_400.0
"""The most seconds between two steps, by default."""
PRODUCERS = ("footfall.portal.1", "footfall.service.2", "footfall.desktop.3")
"""The producers of the added sources, in the order in which they are added."""

_OFTEN = 6
_KINDS: st.SearchStrategy[str] = st.sampled_from([
    *(eid for eid in SIMPLEST_FIRST if eid not in {"START", "END"}),
    *["START"] * _OFTEN, *["END"] * _OFTEN, "leave", "add source",
])  # fmt: skip
# Zero ends the session.
_MORE = st.integers(0, 24)
_MANNERS = st.integers(0, 7)
_SOURCES = st.integers(0, len(PRODUCERS))
_OUT = st.integers(0, 2)
_ODDS = st.booleans()
# Idle time begins beyond 30 seconds; -1 for any pause.
_PAUSES = st.sampled_from([0.0, 0.001, 29.999, 30.0, 30.001, -1.0, -1.0, -1.0])


def steps(
    *, min_steps: int = 0, max_steps: int = MOST_STEPS, longest_pause: float = LONGEST_PAUSE
) -> st.SearchStrategy[list[Step]]:
    """Draw a recorded session of any valid nesting.

    Visits of the six types in any order and depth, ended, left or left open; several sources; all 17 events, with
    any valid payload; pauses of any length.

    Args:
        min_steps: the fewest steps to draw; steps that have no effect are removed afterwards.
        max_steps: the most steps to draw; an example with many costs many draws.
        longest_pause: the most seconds between two steps.

    Raises:
        UsageError: for numbers that contradict each other.
    """
    if not 0 <= min_steps <= max_steps:
        raise UsageError(
            f"min_steps={min_steps}, max_steps={max_steps}: 0 <= min_steps <= max_steps is needed"
        )
    return _steps(min_steps, max_steps, longest_pause)


@st.composite
def _steps(draw: st.DrawFn, min_steps: int, max_steps: int, longest_pause: float) -> list[Step]:
    plot = _Plot()
    step = _step(longest_pause)
    for place in range(max_steps):
        # This choice is not a part of the step: otherwise the simplest step would end the session.
        if place >= min_steps and not draw(_MORE):
            break
        plot.add(draw(step))
    # A session has at least one event.
    return plot.steps if plot.has_events else [RecordEvent("HEARTBEAT")]


@st.composite
def _step(draw: st.DrawFn, longest_pause: float) -> Step:
    kind, manner = draw(_KINDS), draw(_MANNERS)
    if kind == "add source":
        return AddSource(_draw_config(draw))
    how: dict[str, Any] = {}
    if manner:
        how = {"pause": _draw_pause(draw, longest_pause), "source": draw(_SOURCES)}
    if kind == "leave":
        return LeaveVisit(draw(_OUT), **how)
    if manner == 7:
        how["options"] = _draw_options(draw, kind)
    return _draw_event(draw, kind, how)


def _draw_event(draw: st.DrawFn, kind: str, how: dict[str, Any]) -> Step:
    match kind:
        case "START":
            return _draw_start(draw, how)
        case "END":
            return EndVisit(draw(_OUT), _draw_some(draw, _edata("END"), _FREE_AT_END), **how)
        case "SUMMARY":
            return RecordEvent(kind, _draw_some(draw, _edata(kind), _FREE_IN_SUMMARY), **how)
    return RecordEvent(kind, draw_payload(draw, "documented", kind), **how)


def _draw_start(draw: st.DrawFn, how: dict[str, Any]) -> StartVisit:
    data = draw_payload(draw, "documented", "START")
    content, version = draw_text(draw, filled=True), draw_text(draw) if happens(draw, 1) else "1.0"
    config = _draw_some(draw, _CONTEXT, ("env", "cdata", "rollup")) if happens(draw, 2) else {}
    return StartVisit(content, data, version, config, **how)


def _draw_config(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the config of an added source; the recorder makes the id of its session."""
    config = _draw_some(draw, _CONTEXT, ("channel", "pdata", "env", "did", "cdata", "rollup"))
    return {**config, "actor": draw(_ACTORS)}


def _draw_pause(draw: st.DrawFn, longest: float) -> float:
    notable = draw(_PAUSES)
    return draw(_milliseconds(longest)) / 1000 if notable < 0 else min(notable, longest)


@cache
def _milliseconds(longest: float) -> st.SearchStrategy[int]:
    return st.integers(0, int(longest * 1000))


def _draw_options(draw: st.DrawFn, eid: str) -> dict[str, Any]:
    """Draw the options of a call."""
    if draw(_ODDS) and WIRE_ONLY[eid]:
        name = draw(_wire_only(eid))
        return {"wire": {name: draw_value(draw, TREES["wire"][eid].children["edata"].children[name])}}
    if draw(_ODDS):
        return {"object": draw(_OBJECTS)}
    return {"cdata": draw_value(draw, _CONTEXT.children["cdata"])}


@cache
def _wire_only(eid: str) -> st.SearchStrategy[str]:
    return st.sampled_from(list(WIRE_ONLY[eid]))


def _draw_some(draw: st.DrawFn, node: Node, names: tuple[str, ...]) -> dict[str, Any]:
    """Draw the required fields among these of a row, and some of the others."""
    fields = {name: node.children[name] for name in names}
    return {
        name: draw_value(draw, child)
        for name, child in fields.items()
        if child.rule.required or happens(draw, 2)
    }


def _edata(eid: str) -> Node:
    return TREES["documented"][eid].children["edata"]


_CONTEXT = TREES["documented"]["HEARTBEAT"].children["context"]
_ACTORS, _OBJECTS = actors(), objects()
# The others are counted by the recorder.
_FREE_AT_END = "pageid", "summary"
_FREE_IN_SUMMARY = "type", "mode", "envsummary", "eventssummary", "pagesummary"


class _Plot:
    """The steps that have an effect, each with a source and a visit that exist."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        # How many visits each source has open.
        self._open = [0]

    @property
    def has_events(self) -> bool:
        return any(isinstance(step, StartVisit | RecordEvent) for step in self.steps)

    def add(self, step: Step) -> None:
        if isinstance(step, AddSource):
            self._open_source(step)
            return
        step.source = min(step.source, len(self._open) - 1)
        if isinstance(step, EndVisit | LeaveVisit):
            self._close(step)
            return
        self._open[step.source] += isinstance(step, StartVisit)
        self.steps.append(step)

    def _open_source(self, step: AddSource) -> None:
        opened = len(self._open) - 1
        if opened < len(PRODUCERS):
            step.config["pdata"]["id"] = PRODUCERS[opened]
            self._open.append(0)
            self.steps.append(step)

    def _close(self, step: EndVisit | LeaveVisit) -> None:
        open_ = self._open[step.source]
        if open_:
            step.out = min(step.out, open_ - 1)
            self._open[step.source] -= step.out + 1
            self.steps.append(step)
