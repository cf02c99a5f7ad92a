"""The pool of a worker: templates of every scenario, drawn as often as the scenarios' shares state.

A template's learner is one of the world's. Each further time it is drawn it is stamped with the ids of a new
learner, and a thousand times later with theirs again. So the learner of an id has always the same channel, device and
school. If the learners are the user's own (`--world`), each template is stamped for its own learner alone.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, count, islice
from random import Random
from time import monotonic, sleep

from generator.chance import seed_of
from generator.delivery.batch import Identity
from generator.delivery.contracts import Contract
from generator.delivery.contracts.plain import PlainContract
from generator.errors import ContractError, ScenarioError
from generator.load.plan import Plan, share_of
from generator.load.template.built import BuiltTemplate, Cost
from generator.load.template.compile import TemplateRecipe, compile_session, prove
from generator.load.template.stamp import StampIdentity, Template
from generator.load.worker_partition import LANES
from generator.scenarios.story import Scenario
from generator.spec.identity import DEVICE_DIGITS, PlayIds

FIRST = 8
"""Templates of each scenario that a worker compiles before it sends anything."""
MOST = 300
"""Templates of each scenario, of which the oldest makes room for a new one."""
MOST_BYTES = 16 << 20
"""Bytes of each scenario's templates, beyond which the same is done: very long sessions need not be as many."""
_LEARNERS = 1_000_000
_RETURNING = 1_000
_EMPTY_TRIES = 20
_A_SECOND_LATER = 1.1
"""Seconds after which a contract that writes the time of day writes another one."""
_A_MOMENT = 0.05


def recipe(plan: Plan, contract: Contract, scenario: Scenario, number: int) -> TemplateRecipe:
    """Return the recipe of one template: a function of seed, scenario and number."""
    seed, device = plan.settings.seed, scenario.device
    who = seed_of(seed, "template", scenario.name, number)
    return TemplateRecipe(
        scenario, plan.world.learner(who % _LEARNERS, device), (seed, "template", scenario.name, number), number,
        contract, plan.batch_size(device), not plan.settings.no_run_tag, plan.cuts_at_end(device),
    )  # fmt: skip


def recipes(
    plan: Plan, environ: Mapping[str, str], scenario: Scenario, lane: int, *, bare: bool = False
) -> Iterator[TemplateRecipe]:
    """Yield the recipes of a scenario's templates without end, in each lane others.

    Args:
        plan: what is played.
        environ: where the contract's token is.
        scenario: whose templates.
        lane: the worker's lane.
        bare: whether their batches are bare arrays, since no template holds what the contract writes.
    """
    contract: Contract = (
        PlainContract("array", form=plan.form) if bare else plan.contract(environ, scenario.device)
    )
    for ordinal in count():
        yield recipe(plan, contract, scenario, ordinal * LANES + lane)


def compiled(found: Iterator[TemplateRecipe]) -> Iterator[Template]:
    """Compile recipes; a session that comes to nothing makes no template.

    Raises:
        ScenarioError: when a script raises, or is one whose sessions all come to nothing.
    """
    empty = 0
    for recipe in found:
        template = compile_session(recipe)
        if template.events:
            empty = 0
            yield template
            continue
        empty += 1
        if empty == _EMPTY_TRIES:
            raise ScenarioError(
                f"{recipe.scenario.name}: {empty} sessions in a row recorded nothing; does it record anything?"
            )


def _spaced(templates: Iterator[Template], breathe: Callable[[], None]) -> Iterator[Template]:
    """Yield templates, and call `breathe` after each."""
    for template in templates:
        yield template
        breathe()


def is_full(templates: int, size: int) -> bool:
    """Return whether this many templates of a scenario, of this many bytes, are enough; never fewer than the first."""
    return templates >= MOST or (templates >= FIRST and size > MOST_BYTES)


class TemplatePool:
    """The templates of one worker.

    If a contract's bytes depend on content, no template holds them. Then each batch is built one by one.

    Args:
        plan: what is played.
        environ: where the contract's token is.
        lane: the worker's lane.
        breathe: called after each template, since many of them take seconds.

    Attributes:
        why_built: why batches are built one by one; "" if they are stamped.
        cost: what that costs.

    Raises:
        ScenarioError: a script raises, or decides by something that no template can hold.
    """

    def __init__(
        self, plan: Plan, environ: Mapping[str, str], lane: int, breathe: Callable[[], None] = lambda: None
    ) -> None:
        self._plan, self._environ, self._lane, self._breathe = plan, environ, lane, breathe
        self._scenarios = plan.scenarios
        self._bounds = list(accumulate(share_of(scenario) for scenario in plan.scenarios))
        self._draw = Random(seed_of(plan.settings.seed, "draw", lane)).random
        self._drawn = 0
        self._templates: dict[str, list[Template]] = {}
        self._world = plan.settings.seed % (1 << 32)
        self._devices = {scenario.name: DEVICE_DIGITS[scenario.device] for scenario in plan.scenarios}
        self._own = bool(plan.world.records.users or plan.world.records.devices)
        self._bytes: Counter[str] = Counter()
        self.why_built, self.cost = "", Cost()
        try:
            self._fill(bare=False)
            self._prove()
        except (ContractError, ScenarioError) as error:
            self._fill(bare=True)
            self.why_built = str(error)
            for name, templates in self._templates.items():
                self._templates[name] = [*map(self._built, templates)]

    def _fill(self, *, bare: bool) -> None:
        """Compile the first templates of each scenario."""
        for scenario in self._scenarios:
            found = compiled(recipes(self._plan, self._environ, scenario, self._lane, bare=bare))
            templates = list(_spaced(islice(found, FIRST), self._breathe))
            self._templates[scenario.name] = templates
            self._bytes[scenario.name] = sum(one.size for one in templates)

    def _prove(self) -> None:
        """Compare a template of each scenario with what the user's own contract writes, some time later.

        Raises:
            ScenarioError: the contract writes something that differs from request to request, or with time.
        """
        contracts = {one.name: self._plan.contract(self._environ, one.device) for one in self._scenarios}
        if all(type(contract).__module__.startswith("generator.") for contract in contracts.values()):
            return
        began = monotonic()
        while monotonic() - began < _A_SECOND_LATER:
            sleep(_A_MOMENT)
            self._breathe()
        for scenario in self._scenarios:
            template = self._templates[scenario.name][0]
            prove(template, recipe(self._plan, contracts[scenario.name], scenario, template.number))
            self._breathe()

    def _built(self, bare: Template) -> Template:
        """Return a bare template the contract that writes its requests."""
        scenario = next(one for one in self._scenarios if one.name == bare.scenario)
        contract = self._plan.contract(self._environ, scenario.device)
        learner = recipe(self._plan, contract, scenario, bare.number).learner
        identity = Identity(learner.device.id, learner.channel.id, learner.device.pdata.id)
        return BuiltTemplate(bare, contract, identity, self.cost)

    def __len__(self) -> int:
        return sum(map(len, self._templates.values()))

    @property
    def is_worn(self) -> bool:
        """Whether it was drawn from as often as it has templates, so that more of them would mean more variety."""
        return self._drawn >= len(self)

    def add(self, template: Template) -> None:
        """Take one more template; beyond `MOST` of its scenario the oldest one goes."""
        templates = self._templates[template.scenario]
        templates.append(self._built(template) if self.why_built else template)
        self._bytes[template.scenario] += template.size
        if is_full(len(templates) - 1, self._bytes[template.scenario]):
            self._bytes[template.scenario] -= templates.pop(0).size

    def draw(self) -> Template:
        """Draw a template."""
        self._drawn += 1
        place = self._draw() * self._bounds[-1]
        scenario = self._scenarios[bisect_right(self._bounds, place, hi=len(self._bounds) - 1)]
        templates = self._templates[scenario.name]
        return templates[int(self._draw() * len(templates))]

    def names(self, template: Template) -> tuple[str, str]:
        """Return the uid and the did for the next stamping of a template; "" for those it was compiled with."""
        if self._own:
            return "", ""
        times = template.drawn
        template.drawn = times + 1
        if not times % _RETURNING:
            return "", ""
        ids = PlayIds(self._world, template.salt + times % _RETURNING)
        return ids.make("learner", 0), ids.make("device", 0)[: self._devices[template.scenario]]

    def who(self, template: Template, run: int, session: int) -> StampIdentity:
        """Return the identity for the next stamping of a template."""
        return StampIdentity(run, session, *self.names(template))
