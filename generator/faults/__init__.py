"""The catalogue of damage: what can be done to an event, a session or a batch, and what it must cause.

    fault = catalogue("documented", "ASSESS")[0]
    damaged = fault.apply(event)
    assert damaged.violation in check(damaged.event)

Nothing here is random: which fault, and which of its variants, is for others to choose.
"""

from generator.faults.bodies import BODY_FAULTS, BodyFault, Carried, Fate
from generator.faults.events import Damaged, Fault, catalogue
from generator.faults.sessions import SESSION_FAULTS, DamagedSession, SessionFault
from generator.faults.smallest import smallest_event, smallest_value
from generator.faults.variants import Damage

__all__ = [
    "BODY_FAULTS",
    "SESSION_FAULTS",
    "BodyFault",
    "Carried",
    "Damage",
    "Damaged",
    "DamagedSession",
    "Fate",
    "Fault",
    "SessionFault",
    "catalogue",
    "smallest_event",
    "smallest_value",
]
