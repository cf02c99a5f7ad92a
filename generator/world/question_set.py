"""Question sets: 3 to 10 questions on one topic, with correct arithmetic."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Literal, TypeVar

from generator.chance import SeededChance
from generator.spec.edata import TargetParent
from generator.spec.envelope import Object, Rollup
from generator.world.content import OwnFields
from generator.world.phrases import Phrases
from generator.world.question import ItemParameters, Kind, Question, Task
from generator.world.traits import Traits
from generator.world.words import GRADES, Words

T = TypeVar("T")

FEWEST, MOST = 3, 10
"""How many questions a set has."""

_KINDS: tuple[Kind, ...] = ("mcq", "mcq", "mcq", "mcq", "mcq", "mcq", "mcq", "mtf", "mtf", "ftb")


Theme = Literal["arithmetic", "knowledge"]
"""The theme of a set; a language without facts in `phrases.py` has only arithmetic."""


class QuestionSet:
    """A question set.

    Attributes:
        index: its number in the world.
        id: `do_31` and 19 to 22 digits.
        type: its object type, Content unless the user's own files name another.
        ver: the version of its package, as text.
        grade: the class it is written for, 1 to 12.
        locale: the language it is written in.
        rollup: the textbook (l1) and the unit (l2) to which it belongs.
    """

    def __init__(
        self, index: int, given: OwnFields, seed: int, words: Words, rollup: Rollup | None, theme: Theme,
        id_of: Callable[[int, int], str],
    ) -> None:  # fmt: skip
        traits = Traits(seed, "question set", index)
        self.index = index
        self.id = given.id
        self.type = given.type or "Content"
        self.ver = given.ver or str(traits.between(1, 3))
        self.grade = traits.between(1, GRADES)
        self.locale = words.locale
        self.rollup = rollup
        self._count = traits.between(FEWEST, MOST)
        self._knows = theme == "knowledge" and bool(words.page.facts)
        self._seed = seed
        self._words = words
        self._name = given.name
        self._id_of = id_of

    @cached_property
    def name(self) -> str:
        """Its title, in its own language."""
        return self._name or self._words.page.practice.format(topic=self.topic, n=self.index % 9 + 1)

    @property
    def topic(self) -> str:
        """The topic of its questions."""
        if self._knows:
            return self._words.page.knowledge
        reckoning = self._words.page.reckoning
        return reckoning[self.index % len(reckoning)] if reckoning else self._words.topic(0, self.index)

    @property
    def subject(self) -> str:
        """The subject to which it belongs."""
        return self._words.page.knowledge if self._knows else self._words.subject(0)

    @cached_property
    def object(self) -> Object:
        """The set as an event's object."""
        if self.rollup is None:
            return Object(id=self.id, type=self.type, ver=self.ver)
        return Object(id=self.id, type=self.type, ver=self.ver, rollup=self.rollup)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Its questions, 3 to 10, in the order in which they are asked; made at the first use."""
        chance = SeededChance(self._seed, "questions", self.index)
        parent = TargetParent(id=self.id, type=self.type)
        tasks: dict[str, Task] = {}
        while len(tasks) < self._count:
            task = _task(self._words.page, chance, self._knows)
            tasks.setdefault(task.title, task)
        return tuple(
            Question(self._id_of(self.index, number), task, _measure(task, chance), self.subject, parent)
            for number, task in enumerate(tasks.values())
        )

    def __repr__(self) -> str:
        return f"QuestionSet({self.index}, {self.id!r})"


def _task(page: Phrases, chance: SeededChance, knows: bool) -> Task:
    if knows:
        return _pairing(page, chance) if chance.happens(0.2) else _fact(page, chance)
    kind = chance.pick(_KINDS)
    if kind == "mtf":
        return _matching(page, chance)
    if kind == "ftb":
        return _blank(page, chance)
    return chance.pick(_RECKONED)(page, chance)


def _measure(task: Task, chance: SeededChance) -> ItemParameters:
    if task.kind == "ftb":
        guessing = 0.02
    elif task.kind == "mtf" or len(task.correct) > 1:
        guessing = 0.1
    else:
        guessing = 0.8 / len(task.options)
    # The sum of three even draws is bell-shaped enough, and does not depend on the machine's libm.
    bell = sum(chance.between(-100, 100) for _ in range(3)) / 100
    return ItemParameters(round(bell, 2), chance.between(70, 200) / 100, round(guessing, 3))


def _shuffled(options: Sequence[T], chance: SeededChance) -> list[T]:
    rest = list(options)
    return [rest.pop(chance.between(0, len(rest) - 1)) for _ in options]


def _single(title: str, options: list[str], chance: SeededChance) -> Task:
    """Return a question for one of the options; the first is right before they are shuffled."""
    shown = _shuffled(options, chance)
    return Task("mcq", title, tuple(shown), (shown.index(options[0]),))


def _among(answer: int, slip: int) -> list[str]:
    """Return an answer among three that come of careless reckoning."""
    near = (answer + slip, answer - slip, answer + 1, answer - 1, answer + 10, answer + 2)
    wrong = list(dict.fromkeys(number for number in near if number >= 0 and number != answer))
    return [str(number) for number in (answer, *wrong[:3])]


def _fact(page: Phrases, chance: SeededChance) -> Task:
    title, options = chance.pick(page.facts)
    return _single(title, list(options), chance)


def _pairing(page: Phrases, chance: SeededChance) -> Task:
    pairs = _shuffled(page.pairs, chance)[:3]
    shown = _shuffled([right for _, right in pairs], chance)
    left = tuple(name for name, _ in pairs)
    return Task("mtf", page.pairing, tuple(shown), tuple(shown.index(right) for _, right in pairs), left)


def _product(page: Phrases, chance: SeededChance) -> Task:
    a, b = chance.between(3, 19), chance.between(3, 12)
    return _single(page.product.format(a=a, b=b), _among(a * b, a), chance)


def _total(page: Phrases, chance: SeededChance) -> Task:
    a, b = chance.between(12, 480), chance.between(12, 480)
    return _single(page.total.format(a=a, b=b), _among(a + b, 10), chance)


def _difference(page: Phrases, chance: SeededChance) -> Task:
    b, rest = chance.between(12, 380), chance.between(11, 380)
    return _single(page.difference.format(a=b + rest, b=b), _among(rest, 10), chance)


def _quotient(page: Phrases, chance: SeededChance) -> Task:
    b, answer = chance.between(3, 12), chance.between(3, 25)
    return _single(page.quotient.format(a=b * answer, b=b), _among(answer, 2), chance)


def _following(page: Phrases, chance: SeededChance) -> Task:
    first, step = chance.between(1, 20), chance.between(2, 12)
    row = ", ".join(str(first + step * place) for place in range(4))
    return _single(page.following.format(row=row), _among(first + step * 4, step), chance)


def _multiples(page: Phrases, chance: SeededChance) -> Task:
    """Return a question for three options out of four; the one that is not a multiple has any place."""
    a, start, odd = chance.between(3, 9), chance.between(2, 12), chance.between(0, 3)
    numbers = [a * (start + place) + (1 if place == odd else 0) for place in range(4)]
    right = tuple(place for place in range(4) if place != odd)
    return Task("mcq", page.multiples.format(a=a), tuple(map(str, numbers)), right)


def _matching(page: Phrases, chance: SeededChance) -> Task:
    first = chance.between(4, 60)
    sums = [(first + 7 * place, chance.between(2, 9)) for place in range(3)]
    answers = [str(a + b) for a, b in sums]
    # The left sides grow by 7 and the addends differ by at most 7: two answers may be equal, so make them differ.
    if len(set(answers)) < len(answers):
        sums = [(a, sums[0][1]) for a, _ in sums]
        answers = [str(a + b) for a, b in sums]
    shown = _shuffled(answers, chance)
    left = tuple(f"{a} + {b}" for a, b in sums)
    return Task("mtf", page.matching, tuple(shown), tuple(map(shown.index, answers)), left)


def _blank(page: Phrases, chance: SeededChance) -> Task:
    a, answer = chance.between(3, 12), chance.between(3, 15)
    options = tuple(_among(answer, a))
    return Task("ftb", page.blank.format(sum=f"{a} × ___ = {a * answer}"), options, (0,))  # noqa: RUF001  as in school books


_RECKONED: tuple[Callable[[Phrases, SeededChance], Task], ...] = (
    _product, _total, _difference, _quotient, _following, _multiples,
)  # fmt: skip
