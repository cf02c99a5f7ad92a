"""Shrinking: from a case that fails to smaller ones, many at once, each of them as valid as the first was."""

import json
from collections.abc import Iterator
from typing import Any

from generator.faults import minimal_event
from generator.probe.cases import minimal
from generator.probe.exchange import Event, ProbeCase
from generator.spec.check import check
from generator.spec.rules import EIDS, Form

ROUNDS = 12
"""How often smaller cases are tried at most: each time the sink is waited for."""
MOST_CANDIDATES = 100
"""Cases in one round."""

_MANY = 20
"""Events of a batch whose number alone is made smaller: there are too many to try each without a part of it."""

_Path = tuple[str | int, ...]


def size(case: ProbeCase) -> tuple[int, int, str]:
    """Measure a case: a smaller one is understood sooner."""
    text = json.dumps(case.events)
    return len(case.events), len(text), text


def smaller(case: ProbeCase, form: Form) -> list[ProbeCase]:
    """Return smaller cases of the same kind, the smallest first.

    What has a violation is the smallest event with it from the start, and is only parted from other events.
    """
    found: dict[str, ProbeCase] = {}
    measure = size(case)
    for events in _candidates(case, form):
        candidate = case._replace(events=events)
        measured = size(candidate)
        if measured < measure:
            found.setdefault(measured[2], candidate)
    return sorted(found.values(), key=size)[:MOST_CANDIDATES]


def _candidates(case: ProbeCase, form: Form) -> Iterator[tuple[Event, ...]]:
    events = case.events
    if len(events) > _MANY:
        yield from _far_fewer(events)
        return
    yield from _fewer(events)
    if case.violation is None:
        yield tuple(_smallest(event, form) for event in events)
        for place, event in enumerate(events):
            for simpler in _simpler(event, form):
                yield (*events[:place], simpler, *events[place + 1 :])


def _far_fewer(events: tuple[Event, ...]) -> Iterator[tuple[Event, ...]]:
    """Take away from either end, the half and ever less: so a number that is needed is found in few rounds."""
    width = len(events) // 2
    while width:
        yield from (events[width:], events[:-width])
        width //= 2


def _fewer(events: tuple[Event, ...]) -> Iterator[tuple[Event, ...]]:
    if len(events) > 1:
        middle = len(events) // 2
        yield from (events[:middle], events[middle:])
        for place in range(len(events)):
            yield (events[place],)
            yield (*events[:place], *events[place + 1 :])


def _smallest(event: Event, form: Form) -> Event:
    return minimal_event(event["eid"], form) if event.get("eid") in EIDS else event


def _simpler(event: Event, form: Form) -> Iterator[Event]:
    """Yield simpler events that are valid: the smallest, it with one part of this one, and this one with less."""
    smallest = _smallest(event, form)
    tried = (minimal(form), smallest, *_restored(smallest, event), *_reduced(event))
    yield from (one for one in tried if not check(one, form))


def _restored(smallest: Event, event: Event) -> Iterator[Event]:
    for name, value in event.items():
        if value != smallest.get(name):
            yield smallest | {name: value}
            yield from _restored_inside(smallest, name, value)


def _restored_inside(smallest: Event, name: str, value: Any) -> Iterator[Event]:
    inside = smallest.get(name)
    if isinstance(value, dict) and isinstance(inside, dict):
        for key in value:
            yield smallest | {name: inside | {key: value[key]}}


def _reduced(event: Event) -> Iterator[Event]:
    """Yield this event with less in it: many parts taken out at once, then one, then shorter values."""
    paths = list(_paths(event))
    for width in (len(paths) // 2, len(paths) // 4, len(paths) // 8):
        for start in range(0, len(paths), width) if width > 1 else ():
            yield _without(event, paths[start : start + width])
    for path in paths:
        yield _without(event, [path])
        for value in _shorter(_at(event, path)):
            yield _with(event, path, value)


def _paths(value: Any, above: _Path = ()) -> Iterator[_Path]:
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in items:
        yield (*above, key)
        yield from _paths(inner, (*above, key))


def _shorter(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        middle = len(value) // 2
        halves = (value[:middle], value[middle:]) if middle else ()
        # Readers often misread what is outside of ASCII.
        yield from ("", *halves, *dict.fromkeys(letter for letter in value if not " " < letter <= "~"))
    elif isinstance(value, bool):
        return
    elif isinstance(value, int | float):
        yield from (0, 1)
    elif isinstance(value, list) and value:
        yield from ([], *([item] for item in value))
    elif isinstance(value, dict) and value:
        yield {}


def _at(value: Any, path: _Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _with(value: Any, path: _Path, put: Any) -> Any:
    if not path:
        return put
    copy = value.copy()
    copy[path[0]] = _with(value[path[0]], path[1:], put)
    return copy


def _without(event: Event, paths: list[_Path]) -> Event:
    """Take out what stands at these paths, the last first, so that places in lists stay true."""
    for path in reversed(paths):
        holder = _at(event, path[:-1])
        if isinstance(holder, list):
            inner: Any = [item for place, item in enumerate(holder) if place != path[-1]]
        else:
            inner = {key: item for key, item in holder.items() if key != path[-1]}
        event = _with(event, path[:-1], inner)
    return event
