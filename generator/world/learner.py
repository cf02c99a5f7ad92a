"""Learners: their abilities, their choices, their answers and their interactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from typing import TYPE_CHECKING, NamedTuple

from msgspec import UNSET, UnsetType

from generator.chance import Chance
from generator.errors import WorldError
from generator.spec.edata import Assess, Error, Extra, Response, ShareParty
from generator.spec.envelope import Config, CorrelationData, Object
from generator.world.channel import School
from generator.world.content import Content, Course, Textbook
from generator.world.device import Device
from generator.world.interruptions import ERRORS, INTERRUPTION_WEIGHTS, INTERRUPTIONS
from generator.world.question import Question
from generator.world.question_set import QuestionSet
from generator.world.traits import Traits
from generator.world.words import Words

if TYPE_CHECKING:
    from generator.world.world import World

_RATINGS = (5, 4, 3, 2, 1)
_RATING_WEIGHTS = (48.0, 27.0, 12.0, 5.0, 8.0)
_LEARNT = 0.35
"""The gain in ability with each further attempt at the same question."""
_ATTEMPTS = 6
_SOUGHT = 100
_HOURS = (8, 10, 11, 14, 16, 17, 18, 19, 19, 20, 20, 21, 21, 22)


@dataclass(slots=True)
class Person:
    """The properties of a learner that are the same on every device.

    Attributes:
        ability: their place on the scale of difficulty; 0 is average, most are between -2 and 2.
        speed: how fast they are; 2 takes half the average time.
        persistence: from 0, gives up easily, to 1, never gives up.
    """

    index: int
    uid: str
    ability: float
    speed: float
    persistence: float
    grade: int
    school: School
    locale: str


class Habits(NamedTuple):
    """When and how a learner learns.

    Attributes:
        hour: the hour of the day, 0 to 23, around which most sessions begin.
        sessions_a_week: the average number of sessions a week.
        offline: the share of sessions, 0 to 1, whose events wait for a network for hours or days.
    """

    hour: int
    sessions_a_week: float
    offline: float


class Learner:
    """One learner on one device.

    Each choice is one decision of chance, the simplest choice first; times, points and phrases are noise.

    Attributes:
        index, uid, ability, speed, persistence, grade, school, locale: see `Person`.
        channel: the school's.
        device: their phone, browser or desktop computer.
        world: the world to which they belong.
    """

    def __init__(self, person: Person, device: Device, world: "World") -> None:
        self.index = person.index
        self.uid = person.uid
        self.ability = person.ability
        self.speed = person.speed
        self.persistence = person.persistence
        self.grade = person.grade
        self.school = person.school
        self.channel = person.school.channel
        self.locale = person.locale
        self.device = device
        self.world = world
        self._quits = round(0.15 * (1 - self.persistence), 4)
        self._configs: dict[tuple[str | None, bool], Config] = {}
        self._shelves: dict[str, tuple[int, ...]] = {}

    def config(
        self,
        env: str | None = None,
        *,
        player: bool = False,
        cdata: list[CorrelationData] | UnsetType = UNSET,
    ) -> Config:
        """Return the config of this learner's telemetry client; the story adds the session's id.

        Args:
            env: the environment; by default home, and contentplayer inside the player.
            player: whether the content player sends the events; its pid is the program's and ".contentplayer".
            cdata: what the events belong to, such as a course and its batch.
        """
        if cdata is not UNSET:
            return self._config(env, player, cdata)
        known = self._configs.get((env, player))
        if known is None:
            known = self._configs[env, player] = self._config(env, player, UNSET)
        return known

    def _config(self, env: str | None, player: bool, cdata: list[CorrelationData] | UnsetType) -> Config:
        return Config(
            uid=self.uid, did=self.device.id, channel=self.channel.id,
            env=env or ("contentplayer" if player else "home"),
            pdata=self.device.player if player else self.device.pdata,
            cdata=cdata, rollup=self.channel.rollup, tags=self.channel.tags,
        )  # fmt: skip

    def known_as(self, uid: str, did: str) -> "Learner":
        """The same learner on the same device under other ids, with the same abilities and choices."""
        person = Person(
            self.index, uid, self.ability, self.speed, self.persistence, self.grade, self.school, self.locale
        )
        return Learner(person, self.device.known_as(did), self.world)

    @cached_property
    def object(self) -> Object:
        """The learner as an event's object."""
        return Object(id=self.uid, type="User", ver="1.0")

    @cached_property
    def habits(self) -> Habits:
        """When and how this learner learns."""
        traits = Traits(self.world.seed, "habits", self.index)
        offline = traits.pick((0.0, 0.05, 0.1, 0.3, 0.7)) if self.device.kind == "mobile" else 0.0
        return Habits(traits.pick(_HOURS), round(3 * exp(0.6 * traits.normal()), 2), offline)

    def _shelf(self, kind: str) -> tuple[int, ...]:
        known = self._shelves.get(kind)
        if known is None:
            known = self._shelves[kind] = self.world.shelf(kind, self)
        return known

    def choose_content(self, chance: Chance, mimetype: str = "") -> Content:
        """Choose a resource from this learner's shelf, which is mostly their class's.

        Args:
            chance: the source of the decision.
            mimetype: a mimetype, such as application/pdf, or its beginning, such as video/; any by default.

        Raises:
            WorldError: if the world has no content of that mimetype.
        """
        shelf: Sequence[int] = self._shelf("content")
        if mimetype:
            shelf = self._of_kind(shelf, mimetype)
        return self.world.content(_choose(shelf, chance))

    def _of_kind(self, shelf: Sequence[int], mimetype: str) -> Sequence[int]:
        """Return the contents of a mimetype; if there are none, the next ones in the world."""
        further = range(shelf[0], shelf[0] + _SOUGHT)
        content = self.world.content
        found = [number for number in shelf if content(number).mimetype.startswith(mimetype)] or [
            number for number in further if content(number).mimetype.startswith(mimetype)
        ][:1]
        if not found:
            kinds = sorted({content(number).mimetype for number in further})
            raise WorldError(f"no content is {mimetype!r}; there are {', '.join(kinds)}")
        return found

    def choose_textbook(self, chance: Chance) -> Textbook:
        """Choose a textbook from this learner's shelf."""
        return self.world.textbook(_choose(self._shelf("textbook"), chance))

    def choose_course(self, chance: Chance) -> Course:
        """Choose a course from this learner's shelf."""
        return self.world.course(_choose(self._shelf("course"), chance))

    def choose_question_set(self, chance: Chance) -> QuestionSet:
        """Choose a question set from this learner's shelf."""
        return self.world.question_set(_choose(self._shelf("question_set"), chance))

    def dial_code(self, chance: Chance) -> str:
        """Choose the DIAL code of one of the learner's books."""
        return self.world.dial_code(_choose(self._shelf("dial_code"), chance))

    def touch(self, chance: Chance) -> Extra:
        """Draw the point of the screen that a finger touches or a mouse clicks, as INTERACT's extra."""
        return Extra(pos=[chance.noise.pick(self.device.points)])

    def drag(self, chance: Chance) -> Extra:
        """Draw the points where a drag begins and ends, as INTERACT's extra."""
        noise = chance.noise
        return Extra(pos=[noise.pick(self.device.points), noise.pick(self.device.points)])

    def answer(self, question: Question, chance: Chance, attempt: int = 1) -> Assess:
        """Return an answer to a question: right or wrong is one decision, by the three-parameter model.

        Args:
            question: the question.
            chance: the source of the decision.
            attempt: 1 for the first; with each further attempt the learner is a little abler, and faster.
        """
        gap = self.ability + _LEARNT * (min(attempt, _ATTEMPTS) - 1) - question.difficulty
        guessing = question.guessing
        if chance.happens(guessing + (1 - guessing) / (1 + exp(-question.discrimination * gap))):
            outcome = question.right
        else:
            outcome = chance.noise.pick(question.wrong)
        return Assess(
            item=question.item, passed=outcome.passed, score=outcome.score, resvalues=outcome.resvalues,
            duration=chance.lognormal(question.answer_seconds / self.speed * exp(-0.2 * gap), 0.45),
        )  # fmt: skip

    def response(self, question: Question, answer: Assess) -> Response:
        """Return the RESPONSE of an answer: the same choice as in its ASSESS."""
        outcome = question.outcome_of(answer.resvalues)
        if outcome is None:
            raise ValueError(
                f"{answer.resvalues!r} is not an answer to question {question.id} ({question.title})"
            )
        return outcome.response

    def gives_up(self, chance: Chance) -> bool:
        """Return whether the learner leaves now; learners of little persistence leave sooner."""
        return chance.happens(self._quits)

    def reads(self, what: Question | Content, chance: Chance) -> float:
        """Draw the time in which this learner reads a question or one page, in seconds."""
        time = what.reading_time(chance) if isinstance(what, Question) else what.page_time(chance)
        return int(time / self.speed * 1000 + 0.5) / 1000

    def query(self, chance: Chance) -> str:
        """Draw a search query, in the learner's language."""
        return chance.noise.pick(self._words.queries)

    def comment(self, chance: Chance) -> str:
        """Draw a comment on content, in the learner's language."""
        return chance.noise.pick(self._words.comments)

    @cached_property
    def _words(self) -> Words:
        return self.world.words(self.locale)

    def rating(self, chance: Chance) -> int:
        """Choose a rating, 1 to 5 stars; five is the simplest choice."""
        return chance.pick(_RATINGS, _RATING_WEIGHTS)

    def share_to(self, chance: Chance) -> ShareParty:
        """Draw the learner with whom this learner shares: another one of this world."""
        other = self.world.user_id(self.index + 1 + chance.noise.between(0, 97))
        return ShareParty(id=other, type="User")

    def error(self, chance: Chance) -> Error:
        """Choose an error of this kind of device."""
        return chance.pick(ERRORS[self.device.kind])

    def interruption(self, chance: Chance) -> str:
        """Choose an interruption: most often, the app goes to the background."""
        return chance.pick(INTERRUPTIONS, INTERRUPTION_WEIGHTS)

    def __repr__(self) -> str:
        return f"Learner({self.index}, {self.device.kind!r}, {self.uid!r})"


def _choose(shelf: Sequence[int], chance: Chance) -> int:
    return shelf[chance.between(0, len(shelf) - 1)]
