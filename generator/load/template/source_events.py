"""Where a stamped batch comes from: its events one by one, and what a contract was given with them."""

from collections.abc import Mapping
from typing import NamedTuple
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Raw

from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts import Contract
from generator.delivery.contracts.plain import PlainContract
from generator.load.plan import Plan
from generator.load.template.compile import compile_session
from generator.load.template.pool import recipe
from generator.load.template.stamp import StampIdentity, Template

_EVENTS = msgspec.json.Decoder(list[Raw])


class TemplateSource(NamedTuple):
    """What a template was compiled of.

    Attributes:
        events: the same session, its batches as bare arrays.
        contract: how its endpoint wants them.
        identity: for whom they speak.
    """

    events: Template
    contract: Contract
    identity: Identity

    def texts(self, who: StampIdentity, t0: int, place: int) -> list[bytes]:
        """Return the JSON texts of a batch's events, stamped.

        Args:
            who: for whom.
            t0: the start of the session, in milliseconds since 1970.
            place: the batch's.
        """
        body = self.events.prepare(self.events.values(who, t0), place).body
        return [bytes(text) for text in _EVENTS.decode(body)]

    def batch(self, who: StampIdentity, t0: int, place: int, msgid: str) -> Batch:
        """Return a batch without its events."""
        ets = t0 + round(self.events.patterns[place].due * 1000)
        identity = self.identity._replace(device=who.did) if who.did else self.identity
        return Batch(msgid, ets, [], identity)


class SourceEvents:
    """The origins of templates; one is compiled when it is first asked for, and goes with its template.

    Args:
        plan: what is played.
        environ: where the contract's token is.
    """

    def __init__(self, plan: Plan, environ: Mapping[str, str]) -> None:
        self._plan, self._environ = plan, environ
        self._scenarios = {scenario.name: scenario for scenario in plan.scenarios}
        self._bare = PlainContract("array", form=plan.form)
        self._known: WeakKeyDictionary[Template, TemplateSource] = WeakKeyDictionary()

    def of(self, template: Template) -> TemplateSource:
        """Return the origin of a template of this plan."""
        known = self._known.get(template)
        if known is None:
            known = self._known[template] = self._make(template)
        return known

    def _make(self, template: Template) -> TemplateSource:
        scenario = self._scenarios[template.scenario]
        made = recipe(self._plan, self._bare, scenario, template.number)
        device, channel = made.learner.device, made.learner.channel
        return TemplateSource(
            compile_session(made), self._plan.contract(self._environ, scenario.device),
            Identity(device.id, channel.id, device.pdata.id),
        )  # fmt: skip
