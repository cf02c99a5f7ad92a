"""The catalogue of damage: what can be done to an event, a session or a batch, and what it must cause.

    fault = catalogue("documented", "ASSESS")[0]
    damaged = fault.apply(event)
    assert damaged.violation in check(damaged.event)

Nothing in the catalogue is random: which fault, and which of its variants, is for others to choose. To traffic
damage is done by an `Injector`, after a `FaultPlan`, and each is labelled with the name of its `FaultKind`.
"""

from generator.faults.body_faults import BODY_FAULTS, BodyFault, ExpectedOutcome, HttpPayload
from generator.faults.confusion import Confusion, expected, outcome_of
from generator.faults.event_faults import EventFault, FaultyEvent, catalogue
from generator.faults.injector import Injector
from generator.faults.kind import FAMILIES, Family, FaultKind, Verdict, family_of
from generator.faults.kinds import KINDS, PRESETS
from generator.faults.label import FaultLabel
from generator.faults.minimal import minimal_event, minimal_value
from generator.faults.plan import FaultPlan
from generator.faults.session_faults import SESSION_FAULTS, FaultySession, SessionFault
from generator.faults.variants import ValueFault

__all__ = [
    "BODY_FAULTS",
    "FAMILIES",
    "KINDS",
    "PRESETS",
    "SESSION_FAULTS",
    "BodyFault",
    "Confusion",
    "EventFault",
    "ExpectedOutcome",
    "Family",
    "FaultKind",
    "FaultLabel",
    "FaultPlan",
    "FaultyEvent",
    "FaultySession",
    "HttpPayload",
    "Injector",
    "SessionFault",
    "ValueFault",
    "Verdict",
    "catalogue",
    "expected",
    "family_of",
    "minimal_event",
    "minimal_value",
    "outcome_of",
]
