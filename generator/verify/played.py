"""Sessions of the closed model made anew: their learners play once more."""

from functools import lru_cache

import msgspec

from generator.delivery.batch import in_form
from generator.ledger.record import SessionStart
from generator.load.plan import Plan
from generator.load.virtual_learner import VirtualLearner
from generator.verify.batch import Batch, RegenerateError

_LEARNERS = 4096
_MOST = 1 << 32
"""Learners' numbers below which any run's are: their devices are dealt out one after the other, up to theirs."""
_encoder = msgspec.json.Encoder()


class Played:
    """Makes sessions of the closed model anew.

    Where a learner was stopped the last batch that was sent is the beginning of what is made here.

    Args:
        plan: what the run played.
        run: the run in every mid.
    """

    def __init__(self, plan: Plan, run: int) -> None:
        self._plan, self._run = plan, run
        self._player = lru_cache(_LEARNERS)(self._make_player)

    def session(self, opening: SessionStart) -> list[Batch]:
        """Give a session's batches."""
        _, due = self._player(opening.number).play(opening.session, opening.t0)
        return [Batch(_encoder.encode(in_form(one.recorded, self._plan.form))[1:-1]) for one in due]

    def _make_player(self, learner: int) -> VirtualLearner:
        if not 0 <= learner < _MOST:
            raise RegenerateError(f"learner {learner}: no run has so many")
        return VirtualLearner(self._plan, self._run, learner)
