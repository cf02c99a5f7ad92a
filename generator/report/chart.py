"""Line charts in SVG: axes, ticks, a legend, and what stands at each place told to whoever points there."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from generator.report.downsample import Point
from generator.report.markup import Markup, element, fixed, text
from generator.report.scale import Scale

_LEFT, _RIGHT, _TOP, _BOTTOM = 68, 14, 26, 40
_TICK = 5

Write = Callable[[float], str]
"""How a value is written for people."""


class Series(NamedTuple):
    """A line.

    Attributes:
        name: in the legend.
        look: the classes of the style sheet that give its colour and stroke.
        points: in the order in which they are joined; None is a gap.
    """

    name: str
    look: str
    points: Sequence[Point]


class Axis(NamedTuple):
    """An axis: what it is of, where values stand on it, and how its ticks are written."""

    label: str
    scale: Scale
    write: Write


class HoverRegion(NamedTuple):
    """A stretch of the x axis, and what is told to whoever points there, line by line."""

    low: float
    high: float
    told: Sequence[str]


class PlotArea(NamedTuple):
    """Where a chart's lines are drawn, in the units of its view box."""

    width: float
    height: float
    x: Scale
    y: Scale

    def across(self, value: float) -> float:
        """Give the x coordinate of a value."""
        return _LEFT + self.x.place(value) * (self.width - _LEFT - _RIGHT)

    def up(self, value: float) -> float:
        """Give the y coordinate of a value."""
        return self.floor - self.y.place(value) * (self.floor - _TOP)

    @property
    def floor(self) -> float:
        """The y coordinate of the x axis."""
        return self.height - _BOTTOM


def line_chart(
    name: str, title: str, about: str, series: Sequence[Series], x: Axis, y: Axis, *,
    spots: Iterable[HoverRegion] = (), width: float = 1040, height: float = 260, look: str = "",
) -> Markup:  # fmt: skip
    """Draw lines.

    Args:
        name: unique in the page, letters and hyphens.
        title: what is drawn.
        about: the same for whoever cannot see it: its lowest, its highest, what stands out.
        series: the lines, the last on top.
        x: the axis across.
        y: the axis up.
        spots: what is told at which stretch of the x axis.
        width: of the view box.
        height: of the view box.
        look: further classes.
    """
    frame = PlotArea(width, height, x.scale, y.scale)
    # The room of the legend is the page's own, so that no name ever lies over a line.
    return element(
        "figure",
        element("figcaption", element("h2", title), legend(series)),
        drawing(
            name, title, about, width, height,
            *_y_axis(frame, y), *(line(frame, one) for one in series), *_x_axis(frame, x),
            element("line", class_="cursor", y1=_TOP, y2=frame.floor),
            element("g", *(_spot(frame, spot) for spot in spots), class_="spots"),
        ),
        class_=f"chart {look}".rstrip(),
    )  # fmt: skip


def drawing(name: str, title: str, about: str, width: float, height: float, *parts: Markup) -> Markup:
    """Make a picture that has a name and a description for whoever cannot see it."""
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", about, id=f"{name}-about"),
        *parts,
        id=name, viewBox=f"0 0 {fixed(width)} {fixed(height)}", role="img",
        aria_labelledby=f"{name}-title", aria_describedby=f"{name}-about",
    )  # fmt: skip


def legend(series: Iterable[Series]) -> Markup:
    """Name the lines, each beside a piece of it."""
    return element("ul", *(_entry(one.name, one.look) for one in series), class_="legend")


def _entry(name: str, look: str) -> Markup:
    swatch = element(
        "svg",
        element("path", d="M1 6h22", class_=f"line {look}"),
        viewBox="0 0 24 12", width=24, height=12, aria_hidden="true",
    )  # fmt: skip
    return element("li", swatch, name)


def line(frame: PlotArea, series: Series) -> Markup:
    """Draw a line, broken where there are no values."""
    runs = (list(run) for there, run in groupby(series.points, lambda point: point[1] is not None) if there)
    path = "".join(_path(frame, run) for run in runs)
    return element("path", d=path or "M0 0", class_=f"line {series.look}")


def _path(frame: PlotArea, run: Sequence[Point]) -> str:
    at = [f"{fixed(frame.across(x))} {fixed(frame.up(y))}" for x, y in run if y is not None]
    # A point alone would not be seen: a ring is put around it.
    return "M" + "L".join(at) + ("m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0" if len(at) == 1 else "")


def _y_axis(frame: PlotArea, axis: Axis) -> Iterable[Markup]:
    right = frame.width - _RIGHT
    for value in axis.scale.ticks():
        y = frame.up(value)
        yield element("line", x1=_LEFT, x2=right, y1=y, y2=y, class_="grid")
        yield element("text", axis.write(value), x=_LEFT - 8, y=y + 4, class_="tick end")
    # Over its ticks, not turned beside them: it is read without turning one's head, and never meets a long number.
    yield element("text", axis.label, x=_LEFT - 8, y=10, class_="label end")


def _x_axis(frame: PlotArea, axis: Axis) -> Iterable[Markup]:
    yield element("line", x1=_LEFT, x2=frame.width - _RIGHT, y1=frame.floor, y2=frame.floor, class_="axis")
    for value in axis.scale.ticks():
        x = frame.across(value)
        yield element("line", x1=x, x2=x, y1=frame.floor, y2=frame.floor + _TICK, class_="axis")
        yield element("text", axis.write(value), x=x, y=frame.floor + 18, class_="tick middle")
    centre = (_LEFT + frame.width - _RIGHT) / 2
    yield element("text", axis.label, x=centre, y=frame.height - 4, class_="label middle")


def _spot(frame: PlotArea, spot: HoverRegion) -> Markup:
    left, right = frame.across(spot.low), frame.across(spot.high)
    return element(
        "rect", element("title", Markup("\n".join(map(text, spot.told)))),
        x=left, y=_TOP, width=max(right - left, 1), height=frame.floor - _TOP,
    )  # fmt: skip


def nothing(title: str, why: str) -> Markup:
    """Stand where a picture would be if there were something to draw."""
    return element("figure", element("figcaption", element("h2", title)), element("p", why, class_="nothing"))
