"""Draw horizontal bars: counts by name, the greatest first."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from generator.report.charts.line_chart import drawing, nothing
from generator.report.markup import Markup, element, short
from generator.report.number import counted, share

MOST = 18
"""The most bars that are drawn; the last one adds up the rarer counts."""
_WIDTH, _ROW, _THICK = 510, 22, 12
_CAPITAL, _LETTER, _WIDEST = 8.2, 6.3, 34
_NUMBERS = 128
_LONGEST = 200


class Bar(NamedTuple):
    """A count with its name.

    Attributes:
        look: the CSS class that gives its colour.
    """

    name: str
    total: int
    look: str = "acked"


def bars(name: str, title: str, rows: Sequence[Bar], noun: str, *, none: str) -> Markup:
    """Draw bars, each with its count and its share of all.

    Args:
        name: unique in the page.
        title: what is counted.
        rows: in the order in which they are drawn.
        noun: the unit of the counts, in the singular.
        none: the text if all counts are 0.
    """
    total, most = sum(row.total for row in rows), max((row.total for row in rows), default=0)
    if not total:
        return nothing(title, none)
    names = [short(row.name, _WIDEST) for row in rows]
    left = 10 + max(map(_width, names))
    parts = []
    for place, (row, shown) in enumerate(zip(rows, names, strict=True)):
        y, long = place * _ROW, (_WIDTH - left - _NUMBERS) * row.total / most
        tooltip = f"{short(row.name, _LONGEST)}: {counted(row.total, noun)}, {share(row.total / total)}"
        parts.append(
            element(
                "g",
                element("title", tooltip),
                element("text", shown, x=left - 8, y=y + 15, class_="tick end"),
                element("rect", x=left, y=y + 5, width=max(long, 1.0 if row.total else 0), height=_THICK, rx=2,
                        class_=f"bar {row.look}"),
                element("text", f"{row.total:,} · {share(row.total / total)}", x=left + long + 6, y=y + 15,
                        class_="tick strong"),
                class_="spot",
            )
        )  # fmt: skip
    about = "; ".join(f"{short(row.name, _LONGEST)}: {row.total:,}" for row in rows)
    return element(
        "figure",
        element("figcaption", element("h2", title)),
        drawing(name, title, about, _WIDTH, len(rows) * _ROW + 4, *parts),
        class_="chart bars",
    )


def _width(name: str) -> float:
    """Estimate the width of a name, generously: the fonts of the reader are not known."""
    return sum(_CAPITAL if letter.isupper() else _LETTER for letter in name)


def greatest(counts: Mapping[str, int], look: str = "acked", most: int = MOST) -> list[Bar]:
    """Return counts as bars, the greatest first; one bar holds the sum of those beyond the most."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if len(ordered) <= most:
        return [Bar(name, count, look) for name, count in ordered]
    rest = ordered[most - 1 :]
    more = Bar(f"{len(rest):,} others", sum(count for _, count in rest), "quiet")
    return [*(Bar(name, count, look) for name, count in ordered[: most - 1]), more]
