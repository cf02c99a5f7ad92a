"""A label: what was done on purpose, and where."""

from typing import NamedTuple


class FaultLabel(NamedTuple):
    """Damage that was done on purpose.

    Attributes:
        session: the session's number.
        batch: the batch's number in it, from 0.
        sequence: of the event, as its mid says it; None where it is all of the batch.
        fault: the name of the kind of damage.
    """

    session: int
    batch: int
    sequence: int | None
    fault: str
