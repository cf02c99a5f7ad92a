"""What was noticed of single events in a sink."""

from typing import NamedTuple

from generator.spec.identity import Mid
from generator.verify.content import Difference


class Alteration(NamedTuple):
    """An event that was found otherwise than it was sent."""

    event: int
    place: str
    differences: list[Difference]


class Stray(NamedTuple):
    """An event with an id of ours that was never sent."""

    mid: str
    ours: Mid
    place: str
    why: str


class Beyond(NamedTuple):
    """An event of ours that was found, of which a ledger that broke off says nothing.

    Attributes:
        session: the place of its session; `NONE` where that was never begun, as far as is known.
    """

    mid: str
    ours: Mid
    session: int
