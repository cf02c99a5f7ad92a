"""Draw a flow: the whole divides into ways, and each way into ends; each width shows a count."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from generator.report.charts.line_chart import drawing
from generator.report.markup import Markup, element, fixed

_WIDTH, _NODE = 1040, 12
_LEFT, _MIDDLE, _RIGHT = 112, 410, 732
"""The x coordinates of the whole, the ways and the ends."""
_TALL = 190
"""The height of the whole, in the units of the view box."""
_THIN = 3
"""The least height: one event of a million stays visible."""
_THICK = 24
"""The least height of a band that can hold text."""
_LABEL, _GAP, _EDGE = 34, 10, 6
_STUB = 110


class Branch(NamedTuple):
    """The outcome of a part.

    Attributes:
        mark: distinguishes it from others without colours.
        name: in a few words.
        about: a short explanation.
        look: the CSS class that gives its colour.
        least: whether the count is a minimum.
    """

    mark: str
    total: int
    name: str
    about: str
    look: str
    least: bool = False

    @property
    def label(self) -> str:
        """The outcome in one line."""
        return f"{self.mark} {'at least ' if self.least else ''}{self.total:,} {self.name}"


class Stream(NamedTuple):
    """A part of the whole, and its ends; ends with a count of 0 are not drawn."""

    name: str
    total: int
    look: str
    ends: Sequence[Branch] = ()


class _Box(NamedTuple):
    y: float
    tall: float

    @property
    def middle(self) -> float:
        return self.y + self.tall / 2


def sankey(
    name: str, title: str, whole: Stream, ways: Sequence[Stream], strays: Sequence[Branch] = ()
) -> Markup:
    """Draw a flow.

    Args:
        name: unique in the page.
        title: the heading.
        whole: the sum; it has no ends of its own.
        ways: its parts.
        strays: ends that do not belong to the whole.
    """
    ways = [way._replace(ends=[end for end in way.ends if end.total]) for way in ways if way.total]
    strays = [end for end in strays if end.total]
    ends = [end for way in ways for end in way.ends]
    # An incomplete ledger does not name every event, so the ends can be more than the whole.
    scale = _TALL / max(
        whole.total, sum(way.total for way in ways), sum(end.total for end in [*ends, *strays]), 1
    )
    talls = [max(_THIN, end.total * scale) for end in [*ends, *strays]]
    between = _sums(talls, ways)
    widths = [max(_THIN, way.total * scale, sum(inner)) for way, inner in zip(ways, between, strict=True)]
    columns = [[max(sum(widths), _THIN)], widths, talls]
    high = max(_stack(column) for column in columns)
    (first,), middle, last = (_boxes(column, high) for column in columns)
    about = "; ".join([f"{whole.total:,} {whole.name}", *(f"{way.total:,} {way.name}" for way in ways),
                       *(f"{end.label}, {end.about}" for end in [*ends, *strays])])  # fmt: skip
    return element(
        "figure",
        element("figcaption", element("h2", title)),
        drawing(name, title, about, _WIDTH, high + 2 * _EDGE,
                *_bands(first, middle, ways), *_ends(middle, last, ways, between),
                *(_stray(box, end) for box, end in zip(last[len(ends):], strays, strict=True)),
                _node(_LEFT, first, whole.look), _words(_LEFT - 8, first, whole.name, f"{whole.total:,}", "end"),
                *_named(middle, ways), *(_end(box, end) for box, end in zip(last, [*ends, *strays], strict=True))),
        class_="chart flow",
    )  # fmt: skip


def _sums(talls: Sequence[float], ways: Sequence[Stream]) -> list[Sequence[float]]:
    """Return the widths of each way's ends."""
    found: list[Sequence[float]] = []
    at = 0
    for way in ways:
        found.append(talls[at : at + len(way.ends)])
        at += len(way.ends)
    return found


def _stack(talls: Sequence[float]) -> float:
    """Return the height of a column in which each box has space for its text."""
    return sum(max(tall, _LABEL) + _GAP for tall in talls) - _GAP if talls else 0


def _boxes(talls: Sequence[float], high: float) -> list[_Box]:
    """Return a column's boxes, centred in the height of the picture."""
    at, boxes = _EDGE + (high - _stack(talls)) / 2, []
    for tall in talls:
        room = max(tall, _LABEL)
        boxes.append(_Box(at + (room - tall) / 2, tall))
        at += room + _GAP
    return boxes


def _bands(first: _Box, middle: Sequence[_Box], ways: Sequence[Stream]) -> Iterator[Markup]:
    """Draw the bands from the whole to the ways."""
    at = first.y
    for box, way in zip(middle, ways, strict=True):
        yield _band(_LEFT, at, _MIDDLE, box.y, box.tall, f"{way.total:,} {way.name}", way.look)
        at += box.tall


def _ends(
    middle: Sequence[_Box], last: Sequence[_Box], ways: Sequence[Stream], between: Sequence[Sequence[float]]
) -> Iterator[Markup]:
    """Draw the bands from the ways to the ends."""
    boxes = iter(last)
    for box, way, talls in zip(middle, ways, between, strict=True):
        at = box.y
        for end, tall in zip(way.ends, talls, strict=True):
            yield _band(_MIDDLE, at, _RIGHT, next(boxes).y, tall, f"{end.label}, {end.about}", end.look)
            at += tall


def _band(left: float, top: float, right: float, to: float, tall: float, tooltip: str, look: str) -> Markup:
    left, bend = left + _NODE, fixed((left + _NODE + right) / 2)
    upper = f"M{fixed(left)} {fixed(top)}C{bend} {fixed(top)} {bend} {fixed(to)} {fixed(right)} {fixed(to)}"
    below, under = fixed(to + tall), fixed(top + tall)
    lower = f"V{below}C{bend} {below} {bend} {under} {fixed(left)} {under}Z"
    return element("path", element("title", tooltip), d=upper + lower, class_=f"spot band {look}")


def _stray(box: _Box, end: Branch) -> Markup:
    """Draw an end without a way: a wedge."""
    start = f"M{_RIGHT - _STUB} {fixed(box.middle)}L{_RIGHT} {fixed(box.y)}"
    path = f"{start}V{fixed(box.y + box.tall)}Z"
    return element(
        "path", element("title", f"{end.label}, {end.about}"), d=path, class_=f"spot band {end.look}"
    )


def _node(x: float, box: _Box, look: str) -> Markup:
    return element("rect", x=x, y=box.y, width=_NODE, height=box.tall, rx=1.5, class_=f"bar {look}")


def _named(boxes: Sequence[_Box], ways: Sequence[Stream]) -> Iterator[Markup]:
    for box, way in zip(boxes, ways, strict=True):
        yield _node(_MIDDLE, box, way.look)
        # The text stands above a thin band, which would strike it through.
        y = box.middle + 4 if box.tall > _THICK else box.y - 5
        yield element("text", f"{way.total:,} {way.name}", x=_MIDDLE + _NODE + 6, y=y, class_="strong")


def _end(box: _Box, end: Branch) -> Markup:
    words = _words(_RIGHT + _NODE + 8, box, end.label, end.about, "label")
    return element("g", _node(_RIGHT, box, end.look), words)


def _words(x: float, box: _Box, first: str, second: str, look: str) -> Markup:
    """Draw two lines of text next to a box: its name, and its count or reason."""
    return element(
        "g",
        element("text", first, x=x, y=box.middle - 3, class_=f"strong {look}"),
        element("text", second, x=x, y=box.middle + 12, class_=look),
    )
