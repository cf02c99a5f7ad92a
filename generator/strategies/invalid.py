"""What is invalid, with what it must cause: valid things that the catalogue of damage was let loose on."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from generator.delivery.batch import Batch
from generator.delivery.contracts import Contract, Request
from generator.delivery.contracts.sunbird import Sunbird
from generator.errors import UsageError
from generator.faults import BODY_FAULTS, SESSION_FAULTS, BodyFault, Damage, Fate, Fault, catalogue
from generator.spec.check import check
from generator.spec.rules import Form, check_form
from generator.spec.violation import Violation
from generator.story import Scenario, Session
from generator.strategies.batches import requests
from generator.strategies.envelope import SIMPLEST_FIRST
from generator.strategies.events import events as valid_events
from generator.strategies.payloads import check_eid
from generator.strategies.sessions import sessions as valid_sessions


def invalid_events(
    eid: str | None = None,
    *,
    form: Form = "documented",
    events: st.SearchStrategy[dict[str, Any]] | None = None,
    surrogates: bool = True,
    poison: bool = False,
) -> st.SearchStrategy[tuple[dict[str, Any], Violation]]:
    """Draw an event in which one rule is broken, and the violation that `check` must find in it.

    Shrinks to the first kind of damage, done the plainest way, in the smallest event.

    Args:
        eid: of which method; any of the 17 by default.
        form: "documented" or "wire".
        events: the valid events to damage, of that form, in place of `events(eid, form=form)`.
        surrogates: whether a text may hold a lone surrogate, which JSON bytes carry only as an escape:
            `json.dumps` writes it, msgspec refuses to.
        poison: whether to draw what is known to crash deployed pipelines, events that are no object among
            it; never send that to an endpoint which others use.

    Raises:
        UsageError: for an eid or a form that is none.
    """
    if events is not None and eid is not None:
        raise UsageError(f"eid={eid!r}: the events that are given say it; leave one of the two out")
    eids = SIMPLEST_FIRST if eid is None else (check_eid(eid),)
    return _invalid_events(check_form(form), eids, events, surrogates, poison)


@st.composite
def _invalid_events(
    draw: st.DrawFn,
    form: Form,
    eids: tuple[str, ...],
    events: st.SearchStrategy[dict[str, Any]] | None,
    surrogates: bool,
    poison: bool,
) -> tuple[Any, Violation]:
    event = None if events is None else _valid(draw(events), form)
    eid = draw(st.sampled_from(eids)) if event is None else event["eid"]
    # The kind of damage first: a rare one would be lost among a hundred ways to be of the wrong type.
    fault = draw(st.sampled_from(draw(st.sampled_from(_faults_by_damage(form, eid, surrogates, poison)))))
    variant = draw(st.integers(0, fault.variants - 1))
    damaged, violation = fault.apply(draw(valid_events(eid, form=form)) if event is None else event, variant)
    return damaged, violation


def _valid(event: dict[str, Any], form: Form) -> dict[str, Any]:
    for violation in check(event, form):
        raise UsageError(f"events: one of them is not valid in the {form} form: {violation}")
    return event


@cache
def _faults_by_damage(form: Form, eid: str, surrogates: bool, poison: bool) -> list[list[Fault]]:
    found: dict[Damage, list[Fault]] = {}
    for fault in catalogue(form, eid):
        if (surrogates or not fault.is_escaped) and (poison or not fault.is_poison):
            found.setdefault(fault.damage, []).append(fault)
    return [found[damage] for damage in Damage if damage in found]


def invalid_sessions(
    scenario: Scenario | str | None = None,
    *,
    form: Form = "documented",
    sessions: st.SearchStrategy[Session] | None = None,
) -> st.SearchStrategy[tuple[list[dict[str, Any]], Violation]]:
    """Draw a session in which one rule between events is broken, and the violation that `check_session` must find.

    Each of its events is valid by itself.

    Args:
        scenario: what is played, as for `sessions`.
        form: the form of the events.
        sessions: the valid sessions to damage, in place of `sessions(scenario)`.
    """
    if sessions is not None and scenario is not None:
        raise UsageError("scenario: the sessions that are given are played already; leave one of the two out")
    valid = valid_sessions(scenario) if sessions is None else sessions
    return _invalid_sessions(check_form(form), valid)


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
    """Draw a request that was damaged on its way, and the damage, which says what the telemetry service answers.

    Args:
        contract: how the endpoint wants its batches; `Sunbird()` by default.
        batches: the valid batches to damage, of one event or more, in place of `batches()`.
        poison: whether to draw what is known to crash deployed pipelines.
    """
    contract = contract or Sunbird()
    valid = requests(contract) if batches is None else batches.map(contract.request)
    faults = [
        fault for fault in BODY_FAULTS if fault.fate is not Fate.TAKEN and (poison or not fault.is_poison)
    ]
    return _corrupt_bodies(faults, valid)


@st.composite
def _corrupt_bodies(
    draw: st.DrawFn, faults: list[BodyFault], requests: st.SearchStrategy[Request]
) -> tuple[Request, BodyFault]:
    fault, request = draw(st.sampled_from(faults)), draw(requests)
    headers, body = fault.apply(request.headers, request.body)
    return request._replace(headers=headers, body=body), fault
