"""A session as a timeline: one event a row, indented by the visits that are open, each source marked."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rich.text import Text

IDLE_MS = 30_000
"""A gap beyond this many milliseconds is drawn, as it is left out of a SUMMARY's timespent."""

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


class Head(NamedTuple):
    """What is said above a timeline: a title, and who, where and when."""

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


def drawn(head: Head, events: Iterable[dict[str, Any]]) -> Iterator[Text]:
    """Draw a session: a head, a row an event, and what was left open.

    Args:
        head: what is said above.
        events: in the order in which they were recorded; what is missing in one is not drawn.
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
    start = before = _time(listed[0]) if listed else 0
    for event in listed:
        now = _time(event)
        source = sources[_source_name(event)]
        if now - before > IDLE_MS:
            yield _gap((now - before) / 1000)
        yield from _rows(event, source, (now - start) / 1000, marked=len(sources) > 1)
        before = max(before, now)
    for source in sources.values():
        yield from _left_open(source, len(source.visits), marked=len(sources) > 1)


# --- rows ---------------------------------------------------------------------------------------------


def _rows(event: dict[str, Any], source: _Source, seconds: float, *, marked: bool) -> Iterator[Text]:
    eid = _word(event.get("eid"))
    if eid == "END":
        yield from _left_open(source, _inside(source, event), marked=marked)
        if source.visits:
            source.visits.pop()
    row = _margin(clock(seconds), source, marked=marked)
    glyph, colour = _LOOKS.get(eid, ("?", "red"))
    row.append(f"{glyph} {eid:<{_WIDEST_EID}} ", colour)
    row.append(" ".join(_details(event)), "" if colour != "dim" else "dim")
    yield row
    if eid == "START":
        about = _of(event, "object")
        source.visits.append(_Visit(_word(_of(event, "edata").get("type")), _word(about.get("id"))))


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
    type_, id_ = _word(_of(end, "edata").get("type")), _word(_of(end, "object").get("id"))
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


def span(seconds: float) -> str:
    """Write a duration as a person says it: 4.2 s, 3 min 5 s, 2 h 10 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def moment(milliseconds: float) -> str:
    """Write an instant as date and time in UTC."""
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{milliseconds} ms since 1970"


# --- what stands in an event, as far as it is there ------------------------------------------------------


def _sources(events: list[dict[str, Any]]) -> dict[str, _Source]:
    names = dict.fromkeys(map(_source_name, events))
    return {name: _Source(number, name) for number, name in enumerate(names)}


def _source_name(event: dict[str, Any]) -> str:
    pdata = _of(event, "context").get("pdata")
    return _word(pdata.get("id")) if isinstance(pdata, dict) else ""


def _of(value: dict[str, Any], name: str) -> dict[str, Any]:
    inside = value.get(name)
    return inside if isinstance(inside, dict) else {}


def _time(event: dict[str, Any]) -> float:
    ets = event.get("ets")
    return ets if isinstance(ets, int | float) and abs(ets) < 10**15 else 0


def _word(value: Any) -> str:
    """Write a value in one line, and shortly."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    text = "".join(letter if letter.isprintable() else "·" for letter in text[:200])
    return text if len(text) <= 60 else f"{text[:59]}…"


def _pairs(value: Any) -> str:
    """Write a list of small objects, or one object, as name=value."""
    found = value if isinstance(value, list) else [value]
    words = [f"{_word(k)}={_word(v)}" for one in found if isinstance(one, dict) for k, v in one.items()]
    return ", ".join(words)


def _number(value: Any, unit: str = "") -> str:
    return (
        f"{value:g}{unit}" if isinstance(value, int | float) and not isinstance(value, bool) else _word(value)
    )


def _details(event: dict[str, Any]) -> Iterator[str]:
    """Yield the words that matter of an event, in reading order."""
    eid, edata = _word(event.get("eid")), _of(event, "edata")
    tell = _TELLERS.get(eid)
    told = tell(event, edata) if tell else (_pairs(edata),)
    yield from (word for word in told if word)


def _start(event: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    about = _of(event, "object")
    yield f"{_word(edata.get('type'))} {_word(edata.get('mode'))}".strip()
    yield _word(about.get("id"))
    page = edata.get("stageid") or edata.get("pageid")
    yield f"on {_word(page)}" if page else ""


def _end(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield _word(edata.get("type"))
    duration = edata.get("duration")
    yield f"after {span(duration)}" if isinstance(duration, int | float) else ""
    yield _pairs(edata.get("summary"))


def _impression(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield _word(edata.get("pageid"))
    yield f"({_joined(edata, 'type', 'subtype', 'itype')})"
    yield f"→ {_word(edata.get('stageto'))}" if edata.get("stageto") else ""
    yield _word(edata.get("uri"))


def _interact(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{_word(edata.get('type'))} {_word(edata.get('id'))}"
    yield f"({_word(edata.get('subtype'))})" if edata.get("subtype") else ""
    yield f"on {_word(edata.get('pageid'))}" if edata.get("pageid") else ""
    yield _point(_of(edata, "extra"))


def _point(extra: dict[str, Any]) -> str:
    points = extra.get("pos")
    if not isinstance(points, list):
        return _pairs(extra)
    return " → ".join(
        f"at {_number(point.get('x'))},{_number(point.get('y'))}"
        for point in points
        if isinstance(point, dict)
    )


def _assess(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    item = _of(edata, "item")
    yield "right" if edata.get("pass") == "Yes" else "wrong"
    most = item.get("maxscore")
    yield f"{_number(edata.get('score'))}" + (f" of {_number(most)}" if most is not None else "")
    yield f"in {_number(edata.get('duration'), ' s')}"
    yield _word(item.get("title") or item.get("id"))


def _response(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{_word(edata.get('type'))} {_pairs(edata.get('values'))}"


def _feedback(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{_number(edata.get('rating'))} stars" if "rating" in edata else ""
    yield f"“{_word(edata.get('comments'))}”" if edata.get("comments") else ""


def _share(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield _joined(edata, "dir", "type")
    items = edata.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            about = _of(item, "obj") or item
            yield f"{_word(about.get('id'))} to {_word(_of(item, 'to').get('id'))}"


def _audit(event: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{_word(edata.get('prevstate')) or '·'} → {_word(edata.get('state')) or '·'}"
    props = edata.get("props")
    yield ", ".join(map(_word, props)) if isinstance(props, list) else ""
    yield f"of {_joined(_of(event, 'object'), 'type', 'id')}"


def _error(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield _joined(edata, "errtype", "err")
    yield _word(str(edata.get("stacktrace", "")).split("\n")[0])


def _log(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield _joined(edata, "level", "type", "message")
    yield _pairs(edata.get("params"))


def _search(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{_word(edata.get('type'))} “{_word(edata.get('query'))}” → {_number(edata.get('size'))} found"
    yield _pairs(edata.get("filters"))


def _summary(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    timespent = edata.get("timespent")
    yield _word(edata.get("type"))
    yield f"{span(timespent)} active" if isinstance(timespent, int | float) else ""
    yield f"{_number(edata.get('pageviews'))} pages, {_number(edata.get('interactions'))} interactions"


def _interrupt(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield _word(edata.get("type"))
    yield f"on {_word(edata.get('pageid'))}" if edata.get("pageid") else ""


def _joined(value: dict[str, Any], *names: str) -> str:
    return " ".join(word for name in names if (word := _word(value.get(name))))


_TELLERS = {
    "START": _start, "END": _end, "IMPRESSION": _impression, "INTERACT": _interact, "ASSESS": _assess,
    "RESPONSE": _response, "INTERRUPT": _interrupt, "FEEDBACK": _feedback, "SHARE": _share, "AUDIT": _audit,
    "ERROR": _error, "LOG": _log, "SEARCH": _search, "SUMMARY": _summary,
}  # fmt: skip
