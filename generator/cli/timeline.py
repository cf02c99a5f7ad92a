"""Draw a session as a timeline: one event a row, indented by the open visits, with a mark for each source."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rich.text import Text

from generator.report.event_text import event_text, part, source_of, span, time_of, word

IDLE_MS = 30_000
"""A longer gap, in milliseconds, is drawn; the timespent of a SUMMARY leaves it out."""

_MARKS = "●◆▲■★✚"
_COLOURS = ("cyan", "magenta", "yellow", "green", "blue", "white")

# A glyph and a colour for each kind of event.
_LOOKS = {
    "START": ("▶", "bold green"), "END": ("■", "bold green"), "IMPRESSION": ("◉", "cyan"),
    "INTERACT": ("☞", "blue"), "ASSESS": ("✎", "yellow"), "RESPONSE": ("↩", "yellow"),
    "INTERRUPT": ("‖", "bold magenta"), "FEEDBACK": ("★", "magenta"), "SHARE": ("➦", "magenta"),
    "AUDIT": ("§", "white"), "ERROR": ("✖", "bold red"), "HEARTBEAT": ("·", "dim"), "LOG": ("≡", "dim"),
    "SEARCH": ("?", "cyan"), "METRICS": ("#", "dim"), "SUMMARY": ("Σ", "green"), "EXDATA": ("⬡", "dim"),
}  # fmt: skip
_WIDEST_EID = 10


class TimelineHead(NamedTuple):
    """The head of a timeline: a title, and who, where and when."""

    title: str
    facts: tuple[str, ...]


class _Visit(NamedTuple):
    type: str
    id: str


class _Source:
    """One producer: its mark, and the visits that are open."""

    def __init__(self, number: int, name: str) -> None:
        self.name = name
        self.mark = Text(_MARKS[number % len(_MARKS)], _COLOURS[number % len(_COLOURS)])
        self.colour = _COLOURS[number % len(_COLOURS)]
        self.visits: list[_Visit] = []


def timeline(head: TimelineHead, events: Iterable[dict[str, Any]]) -> Iterator[Text]:
    """Draw a session: a head, a row an event, and what was left open.

    Args:
        head: the lines above the events.
        events: in the order in which they were recorded; missing values are not drawn.
    """
    listed = list(events)
    sources = _sources(listed)
    yield Text(head.title, "bold")
    yield from (Text(fact, "dim") for fact in head.facts)
    if len(sources) > 1:
        yield Text("   ").join(
            source.mark + Text(f" {source.name}", source.colour) for source in sources.values()
        )
    yield Text()
    start = before = time_of(listed[0]) if listed else 0
    for event in listed:
        now = time_of(event)
        source = sources[source_of(event)]
        if now - before > IDLE_MS:
            yield _gap((now - before) / 1000)
        yield from _rows(event, source, (now - start) / 1000, marked=len(sources) > 1)
        before = max(before, now)
    for source in sources.values():
        yield from _left_open(source, len(source.visits), marked=len(sources) > 1)


# --- rows ---------------------------------------------------------------------------------------------


def _rows(event: dict[str, Any], source: _Source, seconds: float, *, marked: bool) -> Iterator[Text]:
    eid = word(event.get("eid"))
    if eid == "END":
        yield from _left_open(source, _inside(source, event), marked=marked)
        if source.visits:
            source.visits.pop()
    row = _margin(clock(seconds), source, marked=marked)
    glyph, colour = _LOOKS.get(eid, ("?", "red"))
    row.append(f"{glyph} {eid:<{_WIDEST_EID}} ", colour)
    row.append(event_text(event), "" if colour != "dim" else "dim")
    yield row
    if eid == "START":
        about = part(event, "object")
        source.visits.append(_Visit(word(part(event, "edata").get("type")), word(about.get("id"))))


def _margin(time: str, source: _Source, *, marked: bool) -> Text:
    row = Text(f"{time:>9} ", "dim")
    if marked:
        row.append_text(source.mark).append(" ")
    return row.append("│ " * len(source.visits), source.colour)


def _gap(seconds: float) -> Text:
    return Text(f"{'':>9} ┈┈ {span(seconds)} idle ┈┈", "dim italic")


def _left_open(source: _Source, count: int, *, marked: bool) -> Iterator[Text]:
    """Close the innermost visits that no END will close."""
    for _ in range(count):
        visit = source.visits.pop()
        row = _margin("", source, marked=marked)
        yield row.append(f"╵ {visit.type} {visit.id} left without END".replace("  ", " "), "red")


def _inside(source: _Source, end: dict[str, Any]) -> int:
    """Count the visits that were opened inside the one which ends here, and left."""
    type_, id_ = word(part(end, "edata").get("type")), word(part(end, "object").get("id"))
    for wanted in (_Visit(type_, id_), None):
        for above, visit in enumerate(reversed(source.visits)):
            if visit == wanted or (wanted is None and visit.type == type_):
                return above
    return 0


def clock(seconds: float) -> str:
    """Write an offset as 1:02:03.4 or 2:03.4."""
    tenths = round(abs(seconds) * 10)
    minutes, tenth = divmod(tenths, 600)
    hours, minute = divmod(minutes, 60)
    sign = "-" if seconds < 0 and tenths else "+"
    text = f"{minute:02}:{tenth / 10:04.1f}" if hours else f"{minute}:{tenth / 10:04.1f}"
    return f"{sign}{hours}:{text}" if hours else f"{sign}{text}"


def moment(milliseconds: float) -> str:
    """Write an instant as date and time in UTC."""
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{milliseconds} ms since 1970"


def _sources(events: list[dict[str, Any]]) -> dict[str, _Source]:
    names = dict.fromkeys(map(source_of, events))
    return {name: _Source(number, name) for number, name in enumerate(names)}
