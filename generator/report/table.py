"""Tables in HTML."""

from collections.abc import Iterable, Sequence

from generator.report.markup import Markup, element, joined, short

MOST = 200
"""Rows of a table that is as long as the endpoint or the user makes it."""
LONGEST = 300


def table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[Markup]], count: int, what: str, *,
    look: str = "", about: str = "",
) -> Markup:  # fmt: skip
    """Make a table; a column whose head begins with > is one of numbers.

    Args:
        title: what it shows.
        head: of its columns; nothing where they need no names.
        rows: the cells of at most `MOST` rows.
        count: how many rows there would be in all.
        what: of what, in the plural.
        look: further classes.
        about: what else is to be said of it.
    """
    body = element("tbody", joined(element("tr", *row) for row in rows))
    first = element("thead", element("tr", *map(_head, head))) if head else None
    more = element("p", f"The first {MOST} of {count:,} {what}.", class_="about") if count > MOST else None
    return element(
        "section",
        element("h2", title),
        element("p", about, class_="about") if about else None,
        element("div", element("table", first, body), class_="wide"),
        more,
        class_=f"table {look}".rstrip(),
    )


def pairs(title: str, rows: Sequence[tuple[str, str]]) -> Markup:
    """Make a table of names and values; what has no value is left out."""
    given = [(name, value) for name, value in rows if value]
    shown = (
        (element("td", short(name, 60), class_="name"), element("td", short(value, LONGEST)))
        for name, value in given[:MOST]
    )
    return table(title, (), shown, len(given), "rows")


def numeric(words: str, look: str = "") -> Markup:
    """Make a cell of a column of numbers."""
    return element("td", words, class_=f"number {look}".rstrip())


def _head(name: str) -> Markup:
    return element(
        "th", name.removeprefix(">"), scope="col", class_="number" if name.startswith(">") else None
    )
