"""The catalogue: all content there is, by number; the world's own making, or the user's own ids."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from generator.spec.envelope import Rollup
from generator.world.content import RESOURCES, Content, Course, Given, Textbook, Unit, unit_count
from generator.world.ids import content_id, dial_code_id, organisation_id
from generator.world.question_set import QuestionSet
from generator.world.records import ContentRecord, DialCodeRecord
from generator.world.traits import Traits
from generator.world.words import Words

TEXTBOOKS, COURSES, QUESTION_SETS, DIAL_CODES = 240, 60, 240, 480
"""How many are in circulation; a number beyond makes one all the same."""

_KEPT = 4096
_TEXTBOOK_TYPES = {"textbook", "digitaltextbook", "etextbook"}
_SET_TYPES = {"questionset", "practicequestionset", "practiceset", "selfassess", "courseassessment"}
_QUESTION_TYPES = {"question", "assessmentitem"}
_UNIT_TYPES = {"textbookunit", "courseunit", "unit"}


class Holding(NamedTuple):
    """A textbook or course of the user's own: itself, and which of their resources stand in which unit."""

    given: Given
    units: dict[str, list[int]]


class Shelf(NamedTuple):
    """The user's own content, sorted by what it is; each part is empty if they have none of it."""

    resources: tuple[ContentRecord, ...]
    textbooks: tuple[Holding, ...]
    courses: tuple[Holding, ...]
    question_sets: tuple[ContentRecord, ...]
    questions: tuple[ContentRecord, ...]
    unit_names: dict[str, str]


def _kind(record: ContentRecord) -> str:
    return "".join(filter(str.isalnum, (record.type or "").lower()))


def _given(record: ContentRecord) -> Given:
    ver = None if record.ver is None else str(record.ver)
    return Given(record.id, record.type, ver, record.name, record.mimetype)


def _holdings(
    rows: Iterable[ContentRecord],
    resources: tuple[ContentRecord, ...],
    parent: Callable[[ContentRecord], str | None],
) -> tuple[Holding, ...]:
    """Gather what holds resources: the rows of its type, and every id that a resource names as its parent."""
    found = {row.id: Holding(_given(row), {}) for row in rows}
    for index, resource in enumerate(resources):
        holder = parent(resource)
        if holder:
            holding = found.setdefault(holder, Holding(Given(holder), {}))
            holding.units.setdefault(resource.unit or "", []).append(index)
    return tuple(found.values())


def _sort(records: tuple[ContentRecord, ...]) -> Shelf:
    kinds = [(record, _kind(record)) for record in records]
    held = {*_TEXTBOOK_TYPES, "course", *_SET_TYPES, *_QUESTION_TYPES, *_UNIT_TYPES, "collection"}
    resources = tuple(record for record, kind in kinds if kind not in held)

    def of(wanted: set[str]) -> tuple[ContentRecord, ...]:
        return tuple(record for record, kind in kinds if kind in wanted)

    return Shelf(
        resources,
        _holdings(of(_TEXTBOOK_TYPES), resources, lambda record: record.textbook),
        _holdings(of({"course"}), resources, lambda record: record.course),
        of(_SET_TYPES),
        of(_QUESTION_TYPES),
        {record.id: record.name or "" for record in of(_UNIT_TYPES)},
    )


class Catalogue:
    """All content, textbooks, courses, question sets and DIAL codes of one world.

    A resource stands in one textbook: number `i` in textbook `i // 20`, and question set `i` in textbook `i`.
    Number `i` is written in the world's language `i % languages`, its textbook likewise.

    Args:
        seed: the world's seed.
        words: the pools of each of the world's languages.
        contents, dialcodes: the user's own; where a kind of thing is among them, no other is made.
    """

    def __init__(
        self, seed: int, words: tuple[Words, ...], contents: tuple[ContentRecord, ...],
        dialcodes: tuple[DialCodeRecord, ...],
    ) -> None:  # fmt: skip
        self._seed = seed
        self._words = words
        self._own = _sort(contents)
        self._dialcodes = dialcodes
        self._counts = {
            "content": len(self._own.resources),
            "textbook": len(self._own.textbooks) or TEXTBOOKS,
            "course": len(self._own.courses) or COURSES,
            "question_set": len(self._own.question_sets) or QUESTION_SETS,
            "dial_code": len(dialcodes) or DIAL_CODES,
        }
        self._contents = lru_cache(_KEPT)(self._make_content)
        self._textbooks = lru_cache(_KEPT)(self._make_textbook)
        self._courses = lru_cache(_KEPT)(self._make_course)
        self._question_sets = lru_cache(_KEPT)(self._make_question_set)
        self._codes = lru_cache(_KEPT)(self._make_dial_code)

    def popular(self, kind: str, traits: Traits, language: int) -> int:
        """Draw the number of something in circulation, in one of the languages, the small numbers far likelier.

        Args:
            kind: content, textbook, course, question_set or dial_code.
            traits: what draws.
            language: which of the world's languages, from 0.
        """
        if kind == "content" and not self._own.resources:
            return self._among(TEXTBOOKS, traits, language) * RESOURCES + traits.below(RESOURCES)
        return self._among(self._counts[kind], traits, language)

    def _among(self, count: int, traits: Traits, language: int) -> int:
        languages = len(self._words)
        return (traits.skewed(max(1, count // languages)) * languages + language) % count

    def content(self, index: int) -> Content:
        """The resource of this number, standing in its textbook."""
        return self._contents(index % len(self._own.resources) if self._own.resources else index)

    def textbook(self, index: int) -> Textbook:
        """The textbook of this number."""
        return self._textbooks(index % len(self._own.textbooks) if self._own.textbooks else index)

    def course(self, index: int) -> Course:
        """The course of this number."""
        return self._courses(index % len(self._own.courses) if self._own.courses else index)

    def question_set(self, index: int) -> QuestionSet:
        """The question set of this number."""
        return self._question_sets(index % len(self._own.question_sets) if self._own.question_sets else index)

    def dial_code(self, index: int) -> str:
        """The DIAL code of this number: six characters of A-Z and 0-9, or the user's own."""
        return self._codes(index)

    def _words_of(self, index: int) -> Words:
        return self._words[index % len(self._words)]

    def _make_content(self, index: int) -> Content:
        if self._own.resources:
            record = self._own.resources[index]
            rollup = _rollup(record.textbook or record.course, record.unit)
            return Content(index, _given(record), self._seed, self._words_of(index), rollup)
        textbook = index // RESOURCES
        unit = index % RESOURCES * unit_count("textbook", self._seed, textbook) // RESOURCES
        rollup = _rollup(self.textbook(textbook).id, self._unit_id("textbook", textbook, unit))
        return self._placed(index, self._words_of(textbook), rollup)

    def _placed(self, index: int, words: Words, rollup: Rollup | None) -> Content:
        return Content(index, Given(content_id(self._seed, "content", index)), self._seed, words, rollup)

    def _make_textbook(self, index: int) -> Textbook:
        given = (
            self._own.textbooks[index].given
            if self._own.textbooks
            else Given(content_id(self._seed, "textbook", index))
        )
        return Textbook(index, given, self._seed, self._words_of(index), self._fill)

    def _make_course(self, index: int) -> Course:
        given = (
            self._own.courses[index].given
            if self._own.courses
            else Given(content_id(self._seed, "course", index))
        )
        course = Course(index, given, self._seed, self._words_of(index), self._fill)
        course.batch = organisation_id(self._seed, "batch", index)
        return course

    def _make_question_set(self, index: int) -> QuestionSet:
        words = self._words_of(index)
        if self._own.question_sets:
            record = self._own.question_sets[index]
            rollup = _rollup(record.textbook or record.course, record.unit)
            return QuestionSet(index, _given(record), self._seed, words, rollup, self._question_id)
        textbook = self.textbook(index)
        last = unit_count("textbook", self._seed, textbook.index) - 1
        rollup = _rollup(
            textbook.id, None if self._own.textbooks else self._unit_id("textbook", textbook.index, last)
        )
        given = Given(content_id(self._seed, "question set", index))
        return QuestionSet(index, given, self._seed, words, rollup, self._question_id)

    def _make_dial_code(self, index: int) -> str:
        if self._dialcodes:
            return self._dialcodes[index % len(self._dialcodes)].id
        return dial_code_id(self._seed, index)

    def _question_id(self, question_set: int, number: int) -> str:
        if self._own.questions:
            # The sets' longest has ten questions: neighbours share none while the user has enough of them.
            return self._own.questions[(question_set * 10 + number) % len(self._own.questions)].id
        return content_id(self._seed, "question", question_set, number)

    def _unit_id(self, kind: str, index: int, unit: int) -> str:
        return content_id(self._seed, kind, "unit", index, unit)

    def _fill(self, kind: str, index: int) -> tuple[Unit, ...]:
        """Make the units of a textbook or a course."""
        holdings = self._own.textbooks if kind == "textbook" else self._own.courses
        if holdings and holdings[index].units:
            return tuple(self._own_unit(kind, index, *unit) for unit in holdings[index].units.items())
        if holdings:
            return (self._loose_unit(kind, index),)
        count = unit_count(kind, self._seed, index)
        shares = [
            range(-(-unit * RESOURCES // count), -(-(unit + 1) * RESOURCES // count)) for unit in range(count)
        ]
        return tuple(self._made_unit(kind, index, unit, share) for unit, share in enumerate(shares))

    def _holder(self, kind: str, index: int) -> Textbook | Course:
        return self.textbook(index) if kind == "textbook" else self.course(index)

    def _own_unit(self, kind: str, index: int, unit: str, resources: list[int]) -> Unit:
        """Make a unit of the user's own, with the resources that name it."""
        holder = self._holder(kind, index)
        rollup = _rollup(holder.id, unit or None)
        contents = tuple(self._own_content(resource, rollup) for resource in resources)
        name = self._own.unit_names.get(unit) or (contents[0].name if unit else holder.name)
        return Unit(unit or holder.id, name, contents)

    def _loose_unit(self, kind: str, index: int) -> Unit:
        """Make the one unit of a textbook of the user's own whose resources are not known: some of theirs."""
        holder = self._holder(kind, index)
        rollup = _rollup(holder.id, None)
        numbers = range(index * RESOURCES, (index + 1) * RESOURCES)
        if self._own.resources:
            distinct = dict.fromkeys(number % len(self._own.resources) for number in numbers)
            contents = tuple(self._own_content(number, rollup) for number in distinct)
        else:
            contents = tuple(self._placed(number, self._words_of(index), rollup) for number in numbers)
        return Unit(holder.id, holder.name, contents)

    def _own_content(self, index: int, rollup: Rollup | None) -> Content:
        given = _given(self._own.resources[index])
        return Content(index, given, self._seed, self._words_of(index), rollup)

    def _made_unit(self, kind: str, index: int, unit: int, share: range) -> Unit:
        unit_id = self._unit_id(kind, index, unit)
        rollup = _rollup(self._holder(kind, index).id, unit_id)
        contents = tuple(self._resource(index * RESOURCES + place, index, rollup) for place in share)
        return Unit(unit_id, contents[0].name, contents)

    def _resource(self, number: int, holder: int, rollup: Rollup | None) -> Content:
        if self._own.resources:
            return self._own_content(number % len(self._own.resources), rollup)
        return self._placed(number, self._words_of(holder), rollup)


def _rollup(l1: str | None, l2: str | None) -> Rollup | None:
    if l1 is None:
        return None
    return Rollup(l1=l1, l2=l2) if l2 else Rollup(l1=l1)
