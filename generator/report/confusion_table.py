"""How damage that was done on purpose was judged: a table, its cells shaded by their counts."""

from collections.abc import Sequence
from math import log10

from generator.faults.kinds import KINDS
from generator.report.delivery import Confusion, Judged
from generator.report.markup import Markup, element, short
from generator.report.table import MOST, numeric, table

_SHADES = 5
_COLUMNS = (
    ("false_accepts", "✗ wrongly accepted", "wrong"), ("false_rejects", "✗ wrongly refused", "wrong"),
    ("rightly_refused", "✓ rightly refused", "right"), ("rightly_accepted", "✓ rightly accepted", "right"),
    ("kept_nowhere", "· kept nowhere", "open"), ("undecided", "· left open", "open"), ("unknown", "? unknown", "open"),
)  # fmt: skip
"""The outcomes: as they are called in JSON, to people, and in the style sheet."""


def confusion_table(confusion: Confusion) -> Markup:
    """Show how each kind of damage was judged, the worst first."""
    rows = confusion.worst_first()
    mark = "✗" if any(row.wrong for _, row in rows) else "✓"
    about = f"{mark} {confusion.in_a_sentence} The deeper a colour, the more events."
    most = max((getattr(row, name) for _, row in rows for name, *_ in _COLUMNS), default=0)
    head = ("kind of damage", *(f">{title}" for _, title, _ in _COLUMNS))
    shown = (_row(name, row, most) for name, row in rows[:MOST])
    return table("Damage on purpose", head, shown, len(rows), "kinds", look="confusion", about=about)


def _row(name: str, row: Judged, most: int) -> Sequence[Markup]:
    what = element("div", KINDS[name].what, class_="about") if name in KINDS else None
    cells = (
        numeric(_count(getattr(row, field)), _look(getattr(row, field), most, look))
        for field, _, look in _COLUMNS
    )
    return element("td", element("code", short(name, 60)), what), *cells


def _count(count: int) -> str:
    return f"{count:,}" if count else "·"


def _look(count: int, most: int, look: str) -> str:
    """Shade a cell by the digits of its count: one event is to be seen beside a million."""
    if not count:
        return "none"
    return f"shaded {look} shade{1 + round((_SHADES - 1) * (log10(count) / log10(most) if most > 1 else 1))}"
