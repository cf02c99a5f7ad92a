"""Sessions of the open model made anew: their templates compiled once more, and stamped."""

from collections import OrderedDict

from generator.delivery.ledger.record import Opening
from generator.load.settings import Plan
from generator.load.template.compile import compile_session
from generator.load.template.pool import recipe
from generator.load.template.stamp import Template, Who
from generator.verify.batch import Batch, RegenerateError

KEPT = 128 << 20
"""Bytes of templates that are kept."""
_OVERHEAD = 4096
"""About what a template takes beside the bytes of its parts."""


class Stamped:
    """Makes sessions of the open model anew.

    Args:
        plan: what the run played, with a contract that wants events in an array.
        run: the run in every mid.
        kept: bytes of templates that are kept; the one longest unused goes first.
    """

    def __init__(self, plan: Plan, run: int, kept: int = KEPT) -> None:
        self._plan, self._run, self._most = plan, run, kept
        self._scenarios = {one.name: one for one in plan.scenarios}
        self._contract = plan.contract({})
        self._templates: OrderedDict[tuple[str, int], Template] = OrderedDict()
        self._size = 0

    def session(self, opening: Opening) -> list[Batch]:
        """Give a session's batches."""
        template = self._template(opening.scenario, opening.number)
        values = template.values(Who(self._run, opening.session, opening.uid, opening.did), opening.t0)
        return [Batch(pattern.body.join(values)[1:-1]) for pattern in template.patterns]

    def _template(self, scenario: str, number: int) -> Template:
        key = scenario, number
        known = self._templates.get(key)
        if known is not None:
            self._templates.move_to_end(key)
            return known
        if scenario not in self._scenarios:
            raise RegenerateError(f"scenario {scenario!r}: the run's header names none that is called so")
        made = compile_session(recipe(self._plan, self._contract, self._scenarios[scenario], number))
        self._keep(key, made)
        return made

    def _keep(self, key: tuple[str, int], made: Template) -> None:
        self._templates[key] = made
        self._size += made.size + _OVERHEAD
        while self._size > self._most and len(self._templates) > 1:
            _, oldest = self._templates.popitem(last=False)
            self._size -= oldest.size + _OVERHEAD
