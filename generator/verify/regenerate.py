"""Making anew: every event of a run as it was sent, from the ledger alone.

A ledger keeps no events. The same seed, scripts and world make the same events, to the byte; where any of them
is not what it was, contents cannot be compared, and it is said why.
"""

from typing import Any, Protocol

import generator
from generator.errors import FootfallError
from generator.ledger.record import Header, SessionStart
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.digest import digests
from generator.verify.batch import Batch, RegenerateError
from generator.verify.played import Played
from generator.verify.replayed import Replayed
from generator.verify.stamped import Stamped

__all__ = ["Batch", "RegenerateError", "Regenerator"]

_TELLING = ("scenario", "scenario_dir", "batch_size", "world", "locale", "speed", "replay", "verbatim")
"""The options that decide what is in an event. The user's contract may be gone: its form and size are in the header."""


class _Maker(Protocol):
    """What makes the sessions of one model anew."""

    def session(self, opening: SessionStart) -> list[Batch]:
        """Give a session's batches."""


class Regenerator:
    """Makes the sessions of a run anew.

    Args:
        maker: makes them; None where it cannot be done.
        trouble: why not; "" where it can.

    Attributes:
        trouble: why contents cannot be compared at all; "" where they can.
    """

    def __init__(self, maker: _Maker | None, trouble: str = "") -> None:
        self._maker, self.trouble = maker, trouble

    @classmethod
    def of(cls, header: Header) -> "Regenerator":
        """Make ready for the run of a ledger; see `trouble` for whether it could be done."""
        if header.footfall != generator.__version__:
            return cls(
                None,
                f"the run was made by Footfall {header.footfall}, and this is {generator.__version__}; "
                f"verify with {header.footfall}",
            )
        try:
            plan = _plan(header)
            trouble = _changed(header, plan)
            return cls(None, trouble) if trouble else cls(_maker(header, plan))
        except (FootfallError, TypeError, ValueError, AttributeError, OSError) as error:
            return cls(None, f"what the run played cannot be loaded: {error}")

    def session(self, opening: SessionStart) -> list[Batch]:
        """Give a session's batches, in their order; all their events together are the session by sequence.

        Of a replay the sequence is what each mid says; of all else it is the place among them.

        Raises:
            RegenerateError: when this session cannot be made.
        """
        if self._maker is None:
            raise RegenerateError(self.trouble)
        try:
            return self._maker.session(opening)
        except RegenerateError:
            raise
        except (FootfallError, ValueError, OverflowError) as error:
            raise RegenerateError(f"session {opening.session}: {error}") from None


def _plan(header: Header) -> Plan:
    said = header.options
    options: dict[str, Any] = {name: said[name] for name in _TELLING if name in said}
    plan = Plan(
        Settings(**options, seed=header.seed, contract="array", form=header.form, no_run_tag=not header.mark)
    )
    plan.largest = header.largest
    return plan


def _maker(header: Header, plan: Plan) -> _Maker:
    match header.model:
        case "open":
            return Stamped(plan, header.run)
        case "closed":
            return Played(plan, header.run)
        case "replay":
            return Replayed(plan, header.run, header.mark)


def _changed(header: Header, plan: Plan) -> str:
    """Say what is not as it was in the run; "" where all is."""
    now = digests(plan)
    for name, digest in header.scenarios.items():
        if name not in now:
            return f"scenario {name}: there is none any more"
        if now[name] != digest:
            return (
                "the dataset is another one than in the run"
                if header.model == "replay"
                else f"scenario {name}: it is another one than in the run"
            )
    added = sorted(now.keys() - header.scenarios.keys())
    if added:
        return f"scenario {added[0]}: there was none in the run"
    if header.model != "replay" and plan.world.digest() != header.world:
        return "the world is another one than in the run"
    return ""
