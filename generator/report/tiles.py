"""Draw the figures of a run as tiles, with their change from a baseline."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from generator.report.markup import Markup, element
from generator.report.number import NOTHING, counted, milliseconds, number, share, size
from generator.report.run import Run

_ALIKE = 0.01
"""A change below this share of the baseline counts as equal."""
_MANIFOLD = 10
"""From this multiple of the baseline on, a change is written as a multiple."""


class Figure(NamedTuple):
    """A figure.

    Attributes:
        of: reads it from a run; None if the run does not contain it.
        better: 1 if more is better, -1 if less is better, 0 if neither is.
        note: a further fact.
        is_latency: whether it is invalid if the generator was limited.
    """

    name: str
    of: Callable[[Run], float | None]
    write: Callable[[float], str]
    better: int
    note: Callable[[Run], str]
    is_latency: bool = False


def tiles(run: Run, baseline: Run | None = None) -> Markup:
    """Draw the figures."""
    return element("dl", *(_tile(figure, run, baseline) for figure in _FIGURES), class_="tiles")


def _tile(figure: Figure, run: Run, baseline: Run | None) -> Markup:
    value = figure.of(run)
    invalid = figure.is_latency and run.generator.limited
    return element(
        "div",
        element("dt", figure.name),
        element("dd", NOTHING if value is None else figure.write(value), class_="value"),
        element("dd", "not valid: the generator was limited" if invalid else figure.note(run), class_="note"),
        *([] if invalid else _difference(figure, value, baseline)),
        class_="tile invalid" if invalid else "tile",
    )


def _difference(figure: Figure, value: float | None, baseline: Run | None) -> Iterator[Markup]:
    is_invalid = figure.is_latency and baseline and baseline.generator.limited
    before = figure.of(baseline) if baseline and not is_invalid else None
    if before is None or value is None:
        return
    change = value - before
    if abs(change) <= _ALIKE * before:
        yield element("dd", f"equal to the baseline's {figure.write(before)}", class_="difference")
        return
    look = {1: "good", -1: "bad", 0: ""}[figure.better * (1 if change > 0 else -1)]
    sign = "+" if change > 0 else "-"
    # A baseline of zero has no multiple, so only the direction is shown.
    words = _change(value, before) if before > 0 else sign
    yield element(
        "dd", element("b", words), f" from {figure.write(before)}", class_=f"difference {look}".rstrip()
    )


def _change(value: float, before: float) -> str:
    """Format a change as a percentage, and as a multiple from ten times on."""
    if value >= _MANIFOLD * before:
        return f"{value / before:,.0f}\N{MULTIPLICATION SIGN}"
    return f"{(value - before) / before:+.0%}"


def _rate(events: int, run: Run) -> float:
    return events / run.duration


def _offered(run: Run) -> str:
    offered = run.offered_events
    if not offered:
        return "no event was offered"
    return f"of {number(round(_rate(offered, run)))} offered, {share(min(run.acked_events / offered, 1.0))}"


def _sessions(run: Run) -> str:
    unplayed = f", {run.unplayed:,} unplayed" if run.unplayed else ""
    return f"{run.finished:,} finished{unplayed}"


def _late(run: Run) -> str:
    return f"events dropped {run.dropped_events:,}, unsent {run.unsent_events:,}"


_FIGURES = (
    Figure(
        "events acknowledged", lambda run: run.acked_events, number, 1, lambda run: f"of {run.events:,} sent"
    ),
    Figure(
        "events a second", lambda run: round(_rate(run.acked_events, run), 1 if run.acked_events < 1000 else None),
        number, 1, _offered,
    ),
    Figure(
        "response p99", lambda run: run.response.p99, milliseconds, -1,
        lambda run: f"p50 {milliseconds(run.response.p50)}, max {milliseconds(run.response.max)}", is_latency=True,
    ),
    Figure(
        "service p99", lambda run: run.service.p99, milliseconds, -1,
        lambda run: f"p50 {milliseconds(run.service.p50)}, max {milliseconds(run.service.max)}", is_latency=True,
    ),
    Figure(
        "batches not acknowledged", lambda run: run.lost_batches / run.batches if run.batches else None, share, -1,
        lambda run: f"rejected {run.rejected:,}, unknown {run.unknown:,}",
    ),
    Figure("late batches", lambda run: run.late, number, -1, _late),
    Figure(
        "sent a second", lambda run: _rate(run.bytes, run), size, 0,
        lambda run: f"{size(run.bytes)} in {counted(run.batches, 'batch')}",
    ),
    Figure("sessions", lambda run: run.sessions, number, 0, _sessions),
)  # fmt: skip
