"""Summarise an event in one line: its important values, in reading order."""

from collections.abc import Iterator
from typing import Any


def event_text(event: dict[str, Any]) -> str:
    """Return the important values of an event in one line; missing values are left out."""
    edata = part(event, "edata")
    values = _VALUES.get(word(event.get("eid")))
    words = values(event, edata) if values else (_pairs(edata),)
    return " ".join(filter(None, words))


def source_of(event: dict[str, Any]) -> str:
    """Return the id of an event's producer; "" if it is missing."""
    pdata = part(event, "context").get("pdata")
    return word(pdata.get("id")) if isinstance(pdata, dict) else ""


def span(seconds: float) -> str:
    """Format a duration: 4.2 s, 3 min 5 s, 2 h 10 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def time_of(event: dict[str, Any]) -> float:
    """Return the instant of an event, in milliseconds since 1970; 0 if it is missing."""
    ets = event.get("ets")
    return ets if isinstance(ets, int | float) and abs(ets) < 10**15 else 0


def part(value: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object inside another one; an empty object if it is missing."""
    inside = value.get(name)
    return inside if isinstance(inside, dict) else {}


def word(value: Any) -> str:
    """Format a value in one short line."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    text = "".join(letter if letter.isprintable() else "·" for letter in text[:200])
    return text if len(text) <= 60 else f"{text[:59]}…"


def _pairs(value: Any) -> str:
    """Format a list of small objects, or one object, as name=value."""
    found = value if isinstance(value, list) else [value]
    words = [f"{word(k)}={word(v)}" for one in found if isinstance(one, dict) for k, v in one.items()]
    return ", ".join(words)


def _number(value: Any, unit: str = "") -> str:
    return (
        f"{value:g}{unit}" if isinstance(value, int | float) and not isinstance(value, bool) else word(value)
    )


def _start(event: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    about = part(event, "object")
    yield f"{word(edata.get('type'))} {word(edata.get('mode'))}".strip()
    yield word(about.get("id"))
    page = edata.get("stageid") or edata.get("pageid")
    yield f"on {word(page)}" if page else ""


def _end(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield word(edata.get("type"))
    duration = edata.get("duration")
    yield f"after {span(duration)}" if isinstance(duration, int | float) else ""
    yield _pairs(edata.get("summary"))


def _impression(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield word(edata.get("pageid"))
    yield f"({_joined(edata, 'type', 'subtype', 'itype')})"
    yield f"→ {word(edata.get('stageto'))}" if edata.get("stageto") else ""
    yield word(edata.get("uri"))


def _interact(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{word(edata.get('type'))} {word(edata.get('id'))}"
    yield f"({word(edata.get('subtype'))})" if edata.get("subtype") else ""
    yield f"on {word(edata.get('pageid'))}" if edata.get("pageid") else ""
    yield _point(part(edata, "extra"))


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
    item = part(edata, "item")
    yield "right" if edata.get("pass") == "Yes" else "wrong"
    most = item.get("maxscore")
    yield f"{_number(edata.get('score'))}" + (f" of {_number(most)}" if most is not None else "")
    yield f"in {_number(edata.get('duration'), ' s')}"
    yield word(item.get("title") or item.get("id"))


def _response(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{word(edata.get('type'))} {_pairs(edata.get('values'))}"


def _feedback(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{_number(edata.get('rating'))} stars" if "rating" in edata else ""
    yield f"“{word(edata.get('comments'))}”" if edata.get("comments") else ""


def _share(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield _joined(edata, "dir", "type")
    items = edata.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            about = part(item, "obj") or item
            yield f"{word(about.get('id'))} to {word(part(item, 'to').get('id'))}"


def _audit(event: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{word(edata.get('prevstate')) or '·'} → {word(edata.get('state')) or '·'}"
    props = edata.get("props")
    yield ", ".join(map(word, props)) if isinstance(props, list) else ""
    yield f"of {_joined(part(event, 'object'), 'type', 'id')}"


def _error(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield _joined(edata, "errtype", "err")
    yield word(str(edata.get("stacktrace", "")).split("\n")[0])


def _log(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield _joined(edata, "level", "type", "message")
    yield _pairs(edata.get("params"))


def _search(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield f"{word(edata.get('type'))} “{word(edata.get('query'))}” → {_number(edata.get('size'))} found"
    yield _pairs(edata.get("filters"))


def _summary(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    timespent = edata.get("timespent")
    yield word(edata.get("type"))
    yield f"{span(timespent)} active" if isinstance(timespent, int | float) else ""
    yield f"{_number(edata.get('pageviews'))} pages, {_number(edata.get('interactions'))} interactions"


def _interrupt(_: dict[str, Any], edata: dict[str, Any]) -> Iterator[str]:
    yield word(edata.get("type"))
    yield f"on {word(edata.get('pageid'))}" if edata.get("pageid") else ""


def _joined(value: dict[str, Any], *names: str) -> str:
    return " ".join(filter(None, (word(value.get(name)) for name in names)))


_VALUES = {
    "START": _start, "END": _end, "IMPRESSION": _impression, "INTERACT": _interact, "ASSESS": _assess,
    "RESPONSE": _response, "INTERRUPT": _interrupt, "FEEDBACK": _feedback, "SHARE": _share, "AUDIT": _audit,
    "ERROR": _error, "LOG": _log, "SEARCH": _search, "SUMMARY": _summary,
}  # fmt: skip
