"""Digests, by which a regenerator of events detects that scripts or datasets have changed since the run."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, cast

from generator.load.plan import Plan
from generator.scenarios.loader import digest
from generator.scenarios.recorded_steps import RANDOM_VALID, Step, as_json
from generator.scenarios.story import Scenario

DATASET = "replay"
"""The name under which a dataset's digest stands, where nothing is played."""


def digests(plan: Plan) -> dict[str, str]:
    """Return the digest of each scenario by its name: of its script, or of the sessions that were drawn.

    A replay plays nothing: there it is the digest of the dataset alone.
    """
    if plan.dataset is not None:
        return {DATASET: plan.dataset.digest}
    return {one.name: _drawn(one) if one.name == RANDOM_VALID else digest([one]) for one in plan.scenarios}


def _drawn(scenario: Scenario) -> str:
    """Hash the sessions that a scenario performs: its script belongs to Footfall, and does not determine them."""
    peek = _Peek()
    scenario.script(cast("Any", None), cast("Any", None), cast("Any", peek))
    return sha256(b"\n".join(map(as_json, peek.choices))).hexdigest()


class _Peek:
    """A chance that looks at what it should pick from, and picks a session without steps."""

    choices: Sequence[Sequence[Step]] = ()

    def pick(self, choices: Sequence[Sequence[Step]]) -> Sequence[Step]:
        self.choices = choices
        return ()
