"""The catalogue of damage: what can be done to an event, a session or a batch, and what it must cause.

    fault = catalogue("documented", "ASSESS")[0]
    damaged = fault.apply(event)
    assert damaged.violation in check(damaged.event)

Nothing in the catalogue is random: which fault, and which of its variants, is for others to choose. To traffic
damage is done by an `Injector`, after a `FaultPlan`, and each is labelled with the name of its `Kind`.
"""

from generator.faults.bodies import BODY_FAULTS, BodyFault, Carried, Fate
from generator.faults.confusion import Confusion, expected, outcome_of
from generator.faults.events import Damaged, Fault, catalogue
from generator.faults.injector import Injector
from generator.faults.kind import FAMILIES, Family, Kind, Verdict, family_of
from generator.faults.kinds import KINDS, PRESETS
from generator.faults.label import Label
from generator.faults.plan import FaultPlan
from generator.faults.sessions import SESSION_FAULTS, DamagedSession, SessionFault
from generator.faults.smallest import smallest_event, smallest_value
from generator.faults.variants import Damage

__all__ = [
    "BODY_FAULTS",
    "FAMILIES",
    "KINDS",
    "PRESETS",
    "SESSION_FAULTS",
    "BodyFault",
    "Carried",
    "Confusion",
    "Damage",
    "Damaged",
    "DamagedSession",
    "Family",
    "Fate",
    "Fault",
    "FaultPlan",
    "Injector",
    "Kind",
    "Label",
    "SessionFault",
    "Verdict",
    "catalogue",
    "expected",
    "family_of",
    "outcome_of",
    "smallest_event",
    "smallest_value",
]
