"""List the first events of each problem, in tables that the reader opens."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from generator.report.delivery import WORDS, Example, Fault
from generator.report.markup import Markup, element, joined, short
from generator.report.tables import numeric

MOST = 10
"""The most events that are listed for a problem."""
_DIFFERENCES = 3
_LONGEST = 120
_HEAD = ("event", "scenario", "session", "batch", "worker", "sent, UTC", "problem")


def examples(faults: Mapping[str, Fault]) -> Markup | None:
    """Return the first events of each problem; None if no event is known."""
    known = {name: fault for name, fault in faults.items() if fault.examples}
    if not known:
        return None
    lists = (_listed(name, fault, is_open=not place) for place, (name, fault) in enumerate(known.items()))
    return element(
        "section", element("h2", "The first events of each problem"), *lists, class_="table examples"
    )


def _listed(name: str, fault: Fault, *, is_open: bool) -> Markup:
    shown = fault.examples[:MOST]
    count = max(fault.events, len(shown))
    some = f"{name}: {count:,}" if len(shown) == count else f"{name}: the first {len(shown)} of {count:,}"
    head = element("tr", *(element("th", words, scope="col") for words in _HEAD))
    body = joined(element("tr", *_row(one, why=WORDS[name])) for one in shown)
    table = element("table", element("thead", head), element("tbody", body))
    return element(
        "details",
        element("summary", some),
        element("div", table, class_="wide"),
        open="" if is_open else None,
    )


def _row(one: Example, *, why: str) -> Sequence[Markup]:
    msgid = element("div", f"msgid {short(one.msgid, _LONGEST)}", class_="about") if one.msgid else None
    return (
        element("td", element("code", short(one.mid, _LONGEST)), msgid),
        element("td", short(one.scenario or "—", 40)),
        numeric(_number(one.session)),
        numeric(_number(one.batch)),
        numeric(_number(one.worker)),
        element("td", _instant(one.sent)),
        element("td", *(element("div", words) for words in _wrong(one, why))),
    )


def _wrong(one: Example, why: str) -> Iterator[str]:
    for difference in one.differences[:_DIFFERENCES]:
        path = short(difference.path, _LONGEST) or "the event"
        yield f"{path}: sent {_written(difference.sent)}, found {_written(difference.found)}"
    if len(one.differences) > _DIFFERENCES:
        yield f"and {len(one.differences) - _DIFFERENCES} more"
    reason = one.why if one.why or one.differences else why
    yield short(f"{reason}, at {one.place}".removeprefix(", ") if one.place else reason, 2 * _LONGEST)


def _written(value: Any) -> str:
    """Format a value as JSON, so that 1 and "1" differ; a list or an object is its number of parts."""
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value):,}"
    if isinstance(value, str):
        return f"“{short(value, _LONGEST)}”"
    return short(msgspec.json.encode(value).decode(), _LONGEST)


def _number(value: int | None) -> str:
    return "—" if value is None else f"{value:,}"


def _instant(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "—"
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
