"""Draw line charts in SVG: axes, ticks, a legend, and the values at each place as a tooltip."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from generator.report.charts.downsample import Point
from generator.report.charts.scale import Scale
from generator.report.markup import Markup, element, fixed, text

_LEFT, _RIGHT, _TOP, _BOTTOM = 68, 14, 26, 40
_TICK = 5

Write = Callable[[float], str]
"""A function that formats a value."""


class Series(NamedTuple):
    """A line.

    Attributes:
        name: in the legend.
        look: the CSS classes that give its colour and stroke.
        points: in the order in which they are joined; None is a gap.
    """

    name: str
    look: str
    points: Sequence[Point]


class Axis(NamedTuple):
    """An axis: its label, its scale, and the format of its ticks."""

    label: str
    scale: Scale
    write: Write


class HoverRegion(NamedTuple):
    """An interval of the x axis and its tooltip, line by line."""

    low: float
    high: float
    tooltip: Sequence[str]


class ChartShape(NamedTuple):
    """The size of a chart's view box, and its further CSS classes."""

    width: float = 1040
    height: float = 260
    look: str = ""


_SHAPE = ChartShape()


class PlotArea(NamedTuple):
    """The area in which a chart draws its lines, in the units of its view box."""

    width: float
    height: float
    x: Scale
    y: Scale

    def across(self, value: float) -> float:
        """Return the x coordinate of a value."""
        return _LEFT + self.x.place(value) * (self.width - _LEFT - _RIGHT)

    def up(self, value: float) -> float:
        """Return the y coordinate of a value."""
        return self.floor - self.y.place(value) * (self.floor - _TOP)

    @property
    def floor(self) -> float:
        """The y coordinate of the x axis."""
        return self.height - _BOTTOM


def line_chart(
    name: str, title: str, about: str, series: Sequence[Series], axes: tuple[Axis, Axis], *,
    spots: Iterable[HoverRegion] = (), shape: ChartShape = _SHAPE,
) -> Markup:  # fmt: skip
    """Draw lines.

    Args:
        name: unique in the page, letters and hyphens.
        title: what is drawn.
        about: a description for screen readers: the lowest and the highest values.
        series: the lines, the last on top.
        axes: the x axis and the y axis.
        spots: the tooltips along the x axis.
        shape: the size and the further CSS classes.
    """
    (x, y), (width, height, look) = axes, shape
    frame = PlotArea(width, height, x.scale, y.scale)
    # The legend stands outside the picture, so a name never covers a line.
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
    """Return a picture with a title and a description for screen readers."""
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", about, id=f"{name}-about"),
        *parts,
        id=name, viewBox=f"0 0 {fixed(width)} {fixed(height)}", role="img",
        aria_labelledby=f"{name}-title", aria_describedby=f"{name}-about",
    )  # fmt: skip


def legend(series: Iterable[Series]) -> Markup:
    """Return the names of the lines, each next to a sample of the line."""
    return element("ul", *(_entry(one.name, one.look) for one in series), class_="legend")


def _entry(name: str, look: str) -> Markup:
    swatch = element(
        "svg",
        element("path", d="M1 6h22", class_=f"line {look}"),
        viewBox="0 0 24 12", width=24, height=12, aria_hidden="true",
    )  # fmt: skip
    return element("li", swatch, name)


def line(frame: PlotArea, series: Series) -> Markup:
    """Draw a line with a gap for each missing value."""
    runs = (list(run) for there, run in groupby(series.points, lambda point: point[1] is not None) if there)
    path = "".join(_path(frame, run) for run in runs)
    return element("path", d=path or "M0 0", class_=f"line {series.look}")


def _path(frame: PlotArea, run: Sequence[Point]) -> str:
    at = [f"{fixed(frame.across(x))} {fixed(frame.up(y))}" for x, y in run if y is not None]
    # A single point is not visible by itself, so it gets a ring.
    return "M" + "L".join(at) + ("m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0" if len(at) == 1 else "")


def _y_axis(frame: PlotArea, axis: Axis) -> Iterable[Markup]:
    right = frame.width - _RIGHT
    for value in axis.scale.ticks():
        y = frame.up(value)
        yield element("line", x1=_LEFT, x2=right, y1=y, y2=y, class_="grid")
        yield element("text", axis.write(value), x=_LEFT - 8, y=y + 4, class_="tick end")
    # The label stands above the ticks: it is horizontal, and it never covers a long number.
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
        "rect", element("title", Markup("\n".join(map(text, spot.tooltip)))),
        x=left, y=_TOP, width=max(right - left, 1), height=frame.floor - _TOP,
    )  # fmt: skip


def nothing(title: str, why: str) -> Markup:
    """Return the text that replaces a chart without data."""
    return element("figure", element("figcaption", element("h2", title)), element("p", why, class_="nothing"))
