"""The pool of a worker: templates of every scenario, drawn as often as the scenarios' shares say.

A template's learner is one of the world's; each further time it is drawn it is stamped with the ids of somebody
new, and a thousand times later with theirs again. So whoever has an id has always the same channel, device and
school. Where the learners are the user's own (`--world`), each template speaks for its own learner alone.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, count, islice
from random import Random

from generator.chance import seed_of
from generator.delivery.contracts import Contract
from generator.errors import ScenarioError
from generator.load.lane import LANES
from generator.load.plan import Plan, share_of
from generator.load.template.compile import Recipe, compile_session
from generator.load.template.stamp import Template, Who
from generator.spec.identity import DEVICE_DIGITS, PlayIds
from generator.story import Scenario

FIRST = 8
"""Templates of each scenario that a worker compiles before it sends anything."""
MOST = 300
"""Templates of each scenario, of which the oldest makes room for a new one."""
MOST_BYTES = 16 << 20
"""Bytes of each scenario's templates, beyond which the same is done: very long sessions need not be as many."""
_LEARNERS = 1_000_000
_RETURNING = 1_000
_EMPTY_TRIES = 20


def recipe(plan: Plan, contract: Contract, scenario: Scenario, number: int) -> Recipe:
    """Give the recipe of one template: a function of seed, scenario and number."""
    seed, device = plan.settings.seed, scenario.device
    who = seed_of(seed, "template", scenario.name, number)
    return Recipe(
        scenario, plan.world.learner(who % _LEARNERS, device), (seed, "template", scenario.name, number), number,
        contract, plan.batch_size(device), plan.settings.mark == "run", plan.cuts_at_end(device),
    )  # fmt: skip


def recipes(plan: Plan, environ: Mapping[str, str], scenario: Scenario, lane: int) -> Iterator[Recipe]:
    """Give the recipes of a scenario's templates without end, in each lane others."""
    contract = plan.contract(environ, scenario.device)
    for ordinal in count():
        yield recipe(plan, contract, scenario, ordinal * LANES + lane)


def compiled(found: Iterator[Recipe]) -> Iterator[Template]:
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
    """Tell whether so many templates of a scenario, of so many bytes, are enough; never fewer than the first."""
    return templates >= MOST or (templates >= FIRST and size > MOST_BYTES)


class Pool:
    """The templates of one worker.

    Args:
        plan: what is played.
        environ: where the contract's token is.
        lane: the worker's lane.
        breathe: called after each template, since many of them take seconds.
    """

    def __init__(
        self, plan: Plan, environ: Mapping[str, str], lane: int, breathe: Callable[[], None] = lambda: None
    ) -> None:
        self._scenarios = plan.scenarios
        self._bounds = list(accumulate(share_of(scenario) for scenario in plan.scenarios))
        self._draw = Random(seed_of(plan.settings.seed, "draw", lane)).random
        self._drawn = 0
        self._templates: dict[str, list[Template]] = {}
        self._world = plan.settings.seed % (1 << 32)
        self._devices = {scenario.name: DEVICE_DIGITS[scenario.device] for scenario in plan.scenarios}
        self._own = bool(plan.world.records.users or plan.world.records.devices)
        self._bytes: Counter[str] = Counter()
        for scenario in plan.scenarios:
            found = compiled(recipes(plan, environ, scenario, lane))
            self._templates[scenario.name] = list(_spaced(islice(found, FIRST), breathe))
            self._bytes[scenario.name] = sum(one.size for one in self._templates[scenario.name])

    def __len__(self) -> int:
        return sum(map(len, self._templates.values()))

    @property
    def is_worn(self) -> bool:
        """Whether it was drawn from as often as it has templates, so that more of them would mean more variety."""
        return self._drawn >= len(self)

    def add(self, template: Template) -> None:
        """Take one more template; beyond `MOST` of its scenario the oldest one goes."""
        templates = self._templates[template.scenario]
        templates.append(template)
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
        """Give the uid and the did for the next stamping of a template; "" for those it was compiled with."""
        if self._own:
            return "", ""
        times = template.drawn
        template.drawn = times + 1
        if not times % _RETURNING:
            return "", ""
        ids = PlayIds(self._world, template.salt + times % _RETURNING)
        return ids.make("learner", 0), ids.make("device", 0)[: self._devices[template.scenario]]

    def who(self, template: Template, run: int, session: int) -> Who:
        """Give the identity for the next stamping of a template."""
        return Who(run, session, *self.names(template))
