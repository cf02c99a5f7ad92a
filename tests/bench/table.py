"""A row of the budget table."""

from typing import NamedTuple


class Row(NamedTuple):
    """What was measured, beside what it may be.

    Attributes:
        what: the name of the row.
        value: the figure.
        unit: its unit.
        budget: the design's budget; empty where it has none.
        note: what the figure is held against.
    """

    what: str
    value: float
    unit: str
    budget: str = ""
    note: str = ""

    def __str__(self) -> str:
        digits = 3 if self.unit == "x" else 1 if self.value < 100 else 0
        figure = f"{self.value:,.{digits}f}"
        return f"{self.what:<44} {figure:>12} {self.unit:<11} {self.budget:<14} {self.note}"
