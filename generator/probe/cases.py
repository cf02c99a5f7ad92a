"""Cases: on what a property is tried. Some are certain, the smallest of their kind; the others are drawn."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

from hypothesis import strategies as st

from generator.faults import BODY_FAULTS, BodyFault, EventFault, ExpectedOutcome, catalogue, minimal_event
from generator.faults.json_pointer import reach
from generator.probe.exchange import Event, ProbeCase, of_batch
from generator.spec.check import check
from generator.spec.rule_table import RULES
from generator.spec.rules import EIDS, Form, Kind
from generator.strategies import batches
from generator.strategies.envelope import SIMPLEST_FIRST
from generator.strategies.values import CHARACTERS, EXTREMES, NOTABLE_OBJECTS, draw_object

PLAINEST = "HEARTBEAT"
"""The method with the smallest event: it is used if the payload does not matter."""

MOST_EVENTS = 5
"""Events in a batch that is drawn: more of them find nothing new, and take longer to draw."""


class CaseSource(NamedTuple):
    """The cases of a property.

    Attributes:
        certain: tried one after the other, the smallest first.
        drawn: tried as often as the user wants; None if there is nothing to vary.
    """

    certain: tuple[ProbeCase, ...] = ()
    drawn: "st.SearchStrategy[ProbeCase] | None" = None


@cache
def minimal(form: Form) -> Event:
    """Return the smallest event."""
    return minimal_event(PLAINEST, form)


@cache
def drawn_batches(form: Form, spare: tuple[str, ...] = ()) -> "st.SearchStrategy[ProbeCase]":
    """Draw the events of one device."""
    eids = tuple(eid for eid in SIMPLEST_FIRST if eid not in spare)
    drawn = batches(form=form, eids=eids, max_size=MOST_EVENTS)
    return drawn.map(lambda batch: ProbeCase(of_batch(batch)))


def valid(form: Form, spare: tuple[str, ...] = ()) -> CaseSource:
    """Try batches of valid events.

    Args:
        form: theirs.
        spare: methods which are left out.
    """
    return CaseSource(
        (ProbeCase((minimal(form),)), ProbeCase((minimal(form),) * 2)), drawn_batches(form, spare)
    )


_COUNTS = (20, 200)
"""Events in batches that are certain to be tried: they find an endpoint that stores only the first of them."""

_WHOLE = (2**31 - 1, 2**31, 2**53 - 1)
"""Whole numbers that readers often misread; beyond them, JavaScript itself does."""


def many(form: Form, *further: ProbeCase) -> CaseSource:
    """Try batches of valid events, long ones too.

    Args:
        form: theirs.
        further: what is certain to be tried as well.
    """
    certain, drawn = valid(form)
    return CaseSource(
        (*certain, *further, *(ProbeCase((minimal(form),) * count) for count in _COUNTS)), drawn
    )


def numbers(form: Form) -> tuple[ProbeCase, ...]:
    """Return an event for each whole number that readers often misread."""
    return tuple(ProbeCase((_counted(form, number),)) for number in _WHOLE)


def _counted(form: Form, number: int) -> Event:
    pointer = reach(form, "SEARCH", minimal_event("SEARCH", form), "edata.size")
    pointer.put(number)
    event: Event = pointer.event
    return event


def sent_again(form: Form, *choices: str) -> CaseSource:
    """Try batches of valid events, the smallest in each of these ways too."""
    certain, drawn = valid(form)
    return CaseSource((*certain, *(ProbeCase((minimal(form),), choice=choice) for choice in choices)), drawn)


def alone(form: Form) -> CaseSource:
    """Try the smallest event of each method, alone in its batch."""
    return CaseSource(tuple(ProbeCase((minimal_event(eid, form),)) for eid in EIDS))


def nothing(form: Form) -> CaseSource:  # noqa: ARG001  called as its peers are
    """Try without an event."""
    return CaseSource((ProbeCase(),))


def with_choices(form: Form, *choices: str) -> CaseSource:
    """Try each of these on the smallest batch, and on others."""
    certain = tuple(ProbeCase((minimal(form),), choice=choice) for choice in choices)
    drawn = st.builds(
        lambda case, choice: case._replace(choice=choice), drawn_batches(form), st.sampled_from(choices)
    )
    return CaseSource(certain, drawn)


# --- what readers often misread ------------------------------------------------------------------------------


def empty_lists(form: Form) -> CaseSource:
    """Try each list of each method's payload, empty."""
    paths = [(eid, rule.path) for eid in EIDS for rule in RULES[form][eid] if rule.kind is Kind.LIST]
    events = [_emptied(form, eid, path) for eid, path in paths if path.startswith("edata") or eid == PLAINEST]
    return CaseSource(tuple(ProbeCase((event,)) for event in events if not check(event, form)))


def _emptied(form: Form, eid: str, path: str) -> Event:
    pointer = reach(form, eid, minimal_event(eid, form), path)
    pointer.put([])
    event: Event = pointer.event
    return event


_HARD = (
    "\u2028",
    "\u2029",
    "\u0000",
    "\u0085",
    "\u200d",
    "\u0660",
    "\ufffd",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
)


def texts(form: Form) -> CaseSource:
    """Try each text that readers often misread, between two plain letters, and others."""
    certain = [_with_message(form, f"a{text}b") for text in dict.fromkeys((*_HARD, *EXTREMES))]
    anything = st.text(CHARACTERS, max_size=20) | st.sampled_from(EXTREMES)
    return CaseSource(tuple(certain), anything.map(lambda text: _with_message(form, text)))


def _with_message(form: Form, text: str) -> ProbeCase:
    pointer = reach(form, "LOG", minimal_event("LOG", form), "edata.message")
    pointer.put(text)
    return ProbeCase((pointer.event,))


_LONG = (1_025, 4_097, 8_193, 16_385, 32_769, 65_537, 131_073)
"""Characters of long texts: one more than a reader's buffer or a column may have room for."""


def long_texts(form: Form) -> CaseSource:
    """Try long texts, in ASCII and in letters of two bytes."""
    texts = ["x" * length for length in _LONG] + ["\u00e9" * length for length in _LONG[-2:]]
    return CaseSource(tuple(_with_message(form, text) for text in texts))


_LEVELS = (8, 21, 64)
_VALUES = {"floats": [0.1, -1e-7, 1.5e300], "whole": 2**53 - 1, "null": None, "flags": [True, False]}


def nested(form: Form) -> CaseSource:
    """Try open objects: of many levels of lists or of objects, those that readers often misread, and others."""
    certain = [_VALUES, *NOTABLE_OBJECTS]
    for levels in _LEVELS:
        certain += [
            _levels(levels, lambda inner: {"in": inner}),
            {"in": _levels(levels, lambda inner: [inner])},
        ]
    return CaseSource(
        tuple(_filtered(form, one) for one in certain), _open_objects().map(partial(_filtered, form))
    )


def _levels(levels: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = wrap(value)
    return value


@st.composite
def _open_objects(draw: st.DrawFn) -> dict[str, Any]:
    return draw_object(draw)


def _filtered(form: Form, filters: dict[str, Any]) -> ProbeCase:
    pointer = reach(form, "SEARCH", minimal_event("SEARCH", form), "edata.filters")
    pointer.put(filters)
    return ProbeCase((pointer.event,))


# --- what is wrong ----------------------------------------------------------------------------------------


def invalid(
    form: Form, *, poison: bool, spare: tuple[str, ...] = (), tops: tuple[str, ...] = ()
) -> CaseSource:
    """Try each fault of the smallest event of each method, and others.

    Args:
        form: in which they are wrong.
        poison: only what pipelines are known to crash at, or nothing of it.
        spare: methods which are left out.
        tops: top-level fields whose faults are left out.
    """
    faults = [
        fault
        for fault in _faults(form, poison)
        if fault.eid not in spare and fault.path.split(".")[0] not in tops
    ]
    certain = tuple(_faulty(form, fault, 0) for fault in faults)
    if poison:
        return CaseSource(certain)
    pairs = st.sampled_from(faults).flatmap(
        lambda fault: st.tuples(st.just(fault), st.integers(0, fault.variants - 1))
    )
    return CaseSource(certain, pairs.map(lambda pair: _faulty(form, *pair)))


@cache
def _faults(form: Form, poison: bool) -> tuple[EventFault, ...]:
    """List faults, the envelope's once rather than for every method; no contract writes lone surrogates."""
    return tuple(
        fault
        for fault in catalogue(form)
        if fault.is_poison == poison
        and not fault.is_escaped
        and (fault.path.startswith("edata") or fault.eid == PLAINEST)
    )


def _faulty(form: Form, fault: EventFault, variant: int) -> ProbeCase:
    faulty_event = fault.apply(minimal_event(fault.eid, form), variant)
    return ProbeCase((faulty_event.event,), faulty_event.violation)


# --- bodies -----------------------------------------------------------------------------------------------

_AT_LIMIT = "5 MiB"
_BODIES = {fault.name: fault for fault in BODY_FAULTS}


def body_fault(name: str) -> BodyFault:
    """Return a body's fault by its name."""
    return _BODIES[name]


def faulty_bodies(form: Form, *outcomes: ExpectedOutcome, poison: bool = False) -> CaseSource:
    """Try each fault of a body, by its expected outcome."""
    names = [
        fault.name
        for fault in BODY_FAULTS
        if fault.fate in outcomes and fault.is_poison == poison and _AT_LIMIT not in fault.name
    ]
    return with_choices(form, *names)
