"""Strategies of invalid events, sessions and bodies: valid ones with an injected fault, and what it must cause."""

import math
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from generator.delivery.batch import Batch
from generator.delivery.contracts import Contract, Request
from generator.delivery.contracts.sunbird import Sunbird
from generator.errors import UsageError
from generator.faults import BODY_FAULTS, SESSION_FAULTS, BodyFault, EventFault, ExpectedOutcome, catalogue
from generator.scenarios.story import Scenario, Session
from generator.spec.check import check
from generator.spec.rules import Form, check_form
from generator.spec.violation import Violation
from generator.strategies.batches import requests
from generator.strategies.envelope import SIMPLEST_FIRST
from generator.strategies.events import events as valid_events
from generator.strategies.payloads import check_eid
from generator.strategies.sessions import sessions as valid_sessions

Drawn = TypeVar("Drawn")


def invalid_events(
    eid: str | None = None,
    *,
    form: Form = "documented",
    events: st.SearchStrategy[dict[str, Any]] | None = None,
    surrogates: bool = True,
    poison: bool = False,
) -> st.SearchStrategy[tuple[dict[str, Any], Violation]]:
    """Draw an event in which one rule is broken, and the violation that `check` must find in it.

    Every kind of fault is equally likely. Shrinks to the first kind, in its simplest variant, in the smallest
    event.

    Args:
        eid: the method; any of the 17 by default.
        form: "documented" or "wire".
        events: the valid events to change, of that form, instead of `events(eid, form=form)`.
        surrogates: whether a text may hold a lone surrogate, which JSON bytes carry only as an escape:
            `json.dumps` writes it, msgspec raises an error.
        poison: whether to draw events that are known to crash deployed pipelines, such as events that are not
            objects; never send them to an endpoint that others use.

    Raises:
        UsageError: for an unknown eid or form.
    """
    if events is not None and eid is not None:
        raise UsageError(f"eid={eid!r}: the given events decide the eid. Leave one of the two out.")
    eids = SIMPLEST_FIRST if eid is None else (check_eid(eid),)
    check_form(form)
    if events is None:
        return _varied(_faulty(form, _faults(form, eids, surrogates, poison)))
    return _varied(_faulty_given(form, events, surrogates, poison))


def _varied(strategy: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    """Draw another example each time.

    Hypothesis tries each example again in some copies in which one part repeats another: the same fault in nearly
    the same event. It does not do so for a list of unique items.
    """
    return st.lists(strategy, min_size=1, max_size=1, unique_by=lambda _: 0).map(lambda drawn: drawn[0])


@st.composite
def _faulty(draw: st.DrawFn, form: Form, faults: tuple[EventFault, ...]) -> tuple[Any, Violation]:
    fault = _evenly(draw, faults)
    variant = draw(st.integers(0, fault.variants - 1))
    return fault.apply(draw(valid_events(fault.eid, form=form)), variant)


@st.composite
def _faulty_given(
    draw: st.DrawFn, form: Form, events: st.SearchStrategy[dict[str, Any]], surrogates: bool, poison: bool
) -> tuple[Any, Violation]:
    event = _valid(draw(events), form)
    fault = _evenly(draw, _faults(form, (event["eid"],), surrogates, poison))
    return fault.apply(event, draw(st.integers(0, fault.variants - 1)))


def _valid(event: dict[str, Any], form: Form) -> dict[str, Any]:
    for violation in check(event, form):
        raise UsageError(f"events: one of them is not valid in the {form} form: {violation}")
    return event


def _evenly(draw: st.DrawFn, faults: tuple[EventFault, ...]) -> EventFault:
    """Draw one of many faults, all equally likely: in a large range Hypothesis prefers small numbers."""
    width = math.isqrt(len(faults) - 1) + 1
    row = faults[draw(_integers(0, (len(faults) - 1) // width)) * width :][:width]
    return row[draw(_integers(0, len(row) - 1))]


_integers = cache(st.integers)


@cache
def _faults(form: Form, eids: tuple[str, ...], surrogates: bool, poison: bool) -> tuple[EventFault, ...]:
    """Return the faults that can be drawn, those of the simplest method first."""
    return tuple(
        fault
        for eid in eids
        for fault in catalogue(form, eid)
        if (surrogates or not fault.is_escaped) and (poison or not fault.is_poison)
    )


def invalid_sessions(
    scenario: Scenario | str | None = None,
    *,
    form: Form = "documented",
    sessions: st.SearchStrategy[Session] | None = None,
) -> st.SearchStrategy[tuple[list[dict[str, Any]], Violation]]:
    """Draw a session in which one rule between events is broken, and the violation that `check_session` must find.

    Each of its events is valid by itself.

    Args:
        scenario: the scenario, as for `sessions`.
        form: the form of the events.
        sessions: the valid sessions to change, instead of `sessions(scenario)`.
    """
    if sessions is not None and scenario is not None:
        raise UsageError("scenario: the given sessions are played already. Leave one of the two out.")
    valid = valid_sessions(scenario) if sessions is None else sessions
    return _varied(_invalid_sessions(check_form(form), valid))


@st.composite
def _invalid_sessions(
    draw: st.DrawFn, form: Form, sessions: st.SearchStrategy[Session]
) -> tuple[list[dict[str, Any]], Violation]:
    fault = draw(st.sampled_from(SESSION_FAULTS))
    events, violation = fault.apply(draw(sessions).as_json(form), form)
    return events, violation


def corrupt_bodies(
    contract: Contract | None = None,
    *,
    batches: st.SearchStrategy[Batch] | None = None,
    poison: bool = False,
) -> st.SearchStrategy[tuple[Request, BodyFault]]:
    """Draw a request with a fault in its body, and the fault, which has the telemetry service's response.

    Args:
        contract: the contract of the endpoint; `Sunbird()` by default.
        batches: the valid batches to change, of one event or more, instead of `batches()`.
        poison: whether to draw bodies that are known to crash deployed pipelines.
    """
    contract = contract or Sunbird()
    valid = requests(contract) if batches is None else batches.map(contract.request)
    faults = [
        fault
        for fault in BODY_FAULTS
        if fault.fate is not ExpectedOutcome.TAKEN and (poison or not fault.is_poison)
    ]
    return _varied(_corrupt_bodies(faults, valid))


@st.composite
def _corrupt_bodies(
    draw: st.DrawFn, faults: list[BodyFault], requests: st.SearchStrategy[Request]
) -> tuple[Request, BodyFault]:
    fault, request = draw(st.sampled_from(faults)), draw(requests)
    headers, body = fault.apply(request.headers, request.body)
    return request._replace(headers=headers, body=body), fault
