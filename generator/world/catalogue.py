"""The catalogue: all content of a world, by number: made content, or the user's own ids."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from generator.spec.envelope import Rollup
from generator.world.content import (
    RESOURCES,
    Collection,
    Content,
    ContentPlace,
    Course,
    CourseUnit,
    OwnFields,
    Textbook,
    unit_count,
)
from generator.world.ids import content_id, dial_code_id, organisation_id
from generator.world.question_set import MOST, QuestionSet, Theme
from generator.world.records import ContentRecord, DialCodeRecord
from generator.world.traits import Traits
from generator.world.words import Words

TEXTBOOKS, COURSES, QUESTION_SETS, DIAL_CODES = 240, 60, 240, 480
"""How many of each kind are in circulation; a higher number makes one too."""

_CACHE_SIZE = 4096
_KNOWLEDGE = 2
_TEXTBOOK_TYPES = {"textbook", "digitaltextbook", "etextbook"}
_SET_TYPES = {"questionset", "practicequestionset", "practiceset", "selfassess", "courseassessment"}
_QUESTION_TYPES = {"question", "assessmentitem"}
_UNIT_TYPES = {"textbookunit", "courseunit", "unit"}


class OwnCollection(NamedTuple):
    """A textbook or course of the user's own, with the numbers of its resources, by unit."""

    given: OwnFields
    units: dict[str, list[int]]


class ContentIndex(NamedTuple):
    """The user's own content, sorted by kind; a part is empty if the user has no content of that kind."""

    resources: tuple[ContentRecord, ...]
    textbooks: tuple[OwnCollection, ...]
    courses: tuple[OwnCollection, ...]
    question_sets: tuple[ContentRecord, ...]
    questions: tuple[ContentRecord, ...]
    unit_names: dict[str, str]


def _kind(record: ContentRecord) -> str:
    return "".join(filter(str.isalnum, (record.type or "").lower()))


def _given(record: ContentRecord) -> OwnFields:
    ver = None if record.ver is None else str(record.ver)
    return OwnFields(record.id, record.type, ver, record.name, record.mimetype)


def _holdings(
    rows: Iterable[ContentRecord],
    resources: tuple[ContentRecord, ...],
    parent: Callable[[ContentRecord], str | None],
) -> tuple[OwnCollection, ...]:
    """Return the collections: the rows of their type, and every id that a resource names as its parent."""
    found = {row.id: OwnCollection(_given(row), {}) for row in rows}
    for index, resource in enumerate(resources):
        holder = parent(resource)
        if holder:
            holding = found.setdefault(holder, OwnCollection(OwnFields(holder), {}))
            holding.units.setdefault(resource.unit or "", []).append(index)
    return tuple(found.values())


def _sort(records: tuple[ContentRecord, ...]) -> ContentIndex:
    kinds = [(record, _kind(record)) for record in records]
    held = {*_TEXTBOOK_TYPES, "course", *_SET_TYPES, *_QUESTION_TYPES, *_UNIT_TYPES, "collection"}
    resources = tuple(record for record, kind in kinds if kind not in held)

    def of(wanted: set[str]) -> tuple[ContentRecord, ...]:
        return tuple(record for record, kind in kinds if kind in wanted)

    return ContentIndex(
        resources,
        _holdings(of(_TEXTBOOK_TYPES), resources, lambda record: record.textbook),
        _holdings(of({"course"}), resources, lambda record: record.course),
        of(_SET_TYPES),
        of(_QUESTION_TYPES),
        {record.id: record.name or "" for record in of(_UNIT_TYPES)},
    )


class Catalogue:
    """All content, textbooks, courses, question sets and DIAL codes of one world.

    A resource belongs to one textbook: number `i` to textbook `i // 20`. Textbook, course or question set `i`,
    and everything in it, is written in the world's language `i % languages`.

    Args:
        seed: the world's seed.
        words: the pools of each of the world's languages.
        contents, dialcodes: the user's own. If they contain things of a kind, no other things of that kind are
            in circulation. The user's own resources stand only where their columns put them: a made textbook
            or course, and one that no resource names, holds made resources.
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
        self._contents = lru_cache(_CACHE_SIZE)(self._make_content)
        self._textbooks = lru_cache(_CACHE_SIZE)(self._make_textbook)
        self._courses = lru_cache(_CACHE_SIZE)(self._make_course)
        self._question_sets = lru_cache(_CACHE_SIZE)(self._make_question_set)
        self._codes = lru_cache(_CACHE_SIZE)(self._make_dial_code)

    def made(self) -> tuple[str, ...]:
        """Return the kinds of things that the user's own contents do not contain."""
        own = {
            "contents": self._own.resources, "textbooks": self._own.textbooks, "courses": self._own.courses,
            "question sets": self._own.question_sets, "questions": self._own.questions,
        }  # fmt: skip
        return tuple(kind for kind, given in own.items() if not given)

    def popular(self, kind: str, traits: Traits, language: int) -> int:
        """Draw the number of a thing in circulation, in one of the languages; small numbers are far likelier.

        Args:
            kind: content, textbook, course, question_set or dial_code.
            traits: the source of the draw.
            language: which of the world's languages, from 0.
        """
        if kind == "content" and not self._own.resources:
            return self._among(TEXTBOOKS, traits, language) * RESOURCES + traits.below(RESOURCES)
        return self._among(self._counts[kind], traits, language)

    def _among(self, count: int, traits: Traits, language: int) -> int:
        languages = len(self._words)
        return (traits.skewed(max(1, count // languages)) * languages + language) % count

    def content(self, index: int) -> Content:
        """The resource of this number, in its textbook."""
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
            return self._own_content(index, _rollup(record.textbook or record.course, record.unit))
        textbook = self.textbook(index // RESOURCES)
        unit = index % RESOURCES * unit_count("textbook", self._seed, textbook.index) // RESOURCES
        rollup = self._unit_rollup(textbook, unit)
        return self._made_content(index, textbook, unit, rollup)

    def _own_content(self, index: int, rollup: Rollup | None) -> Content:
        place = ContentPlace(rollup, index, index // 10)
        return Content(index, _given(self._own.resources[index]), self._seed, self._words_of(index), place)

    def _made_content(self, index: int, holder: Collection, unit: int, rollup: Rollup | None) -> Content:
        place = ContentPlace(rollup, holder.subject_number, holder.topic_number + unit)
        given = OwnFields(content_id(self._seed, "content", index))
        return Content(index, given, self._seed, self._words_of(holder.index), place)

    def _make_textbook(self, index: int) -> Textbook:
        own = self._own.textbooks
        given = own[index].given if own else OwnFields(content_id(self._seed, "textbook", index))
        return Textbook(index, given, self._seed, self._words_of(index), self._subject_of(index), self._fill)

    def _make_course(self, index: int) -> Course:
        own = self._own.courses
        given = own[index].given if own else OwnFields(content_id(self._seed, "course", index))
        words = self._words_of(index)
        course = Course(index, given, self._seed, words, self._subject_of(index), self._fill)
        course.batch = organisation_id(self._seed, "batch", index)
        return course

    def _subject_of(self, index: int) -> int:
        """Return the number of a textbook's subject; in every language the subjects follow each other."""
        return index // len(self._words)

    def _make_question_set(self, index: int) -> QuestionSet:
        words = self._words_of(index)
        theme: Theme = "knowledge" if self._subject_of(index) % 3 == _KNOWLEDGE else "arithmetic"
        if self._own.question_sets:
            record = self._own.question_sets[index]
            given, rollup = _given(record), _rollup(record.textbook or record.course, record.unit)
        else:
            given = OwnFields(content_id(self._seed, "question set", index))
            rollup = self._arithmetic_unit(index) if theme == "arithmetic" else None
        return QuestionSet(index, given, self._seed, words, rollup, theme, self._question_id)

    def _arithmetic_unit(self, index: int) -> Rollup | None:
        """Return the place of a set of arithmetic: the last unit of a near textbook on the first subject."""
        subjects = len(self._words_of(index).syllabus)
        languages = len(self._words)
        textbook = self.textbook(
            self._subject_of(index) // subjects * subjects * languages + index % languages
        )
        last = unit_count("textbook", self._seed, textbook.index) - 1
        return self._unit_rollup(textbook, last)

    def _unit_rollup(self, textbook: Textbook, unit: int) -> Rollup | None:
        """Return the rollup of a textbook and one of its units; without a unit for the user's own textbooks."""
        unit_id = None if self._own.textbooks else self._unit_id("textbook", textbook.index, unit)
        return _rollup(textbook.id, unit_id)

    def _make_dial_code(self, index: int) -> str:
        if self._dialcodes:
            return self._dialcodes[index % len(self._dialcodes)].id
        return dial_code_id(self._seed, index)

    def _question_id(self, question_set: int, number: int) -> str:
        own = self._own.questions
        if number < len(own):
            # A set asks at most MOST questions: so no set repeats one, and neighbours share one only if they must.
            return own[(question_set * MOST + number) % len(own)].id
        return content_id(self._seed, "question", question_set, number)

    def _unit_id(self, kind: str, index: int, unit: int) -> str:
        return content_id(self._seed, kind, "unit", index, unit)

    def _fill(self, kind: str, index: int) -> tuple[CourseUnit, ...]:
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

    def _own_unit(self, kind: str, index: int, unit: str, resources: list[int]) -> CourseUnit:
        """Make a unit of the user's own, with the resources that name it."""
        holder = self._holder(kind, index)
        rollup = _rollup(holder.id, unit or None)
        contents = tuple(self._own_content(resource, rollup) for resource in resources)
        name = self._own.unit_names.get(unit) or (contents[0].name if unit else holder.name)
        return CourseUnit(unit or holder.id, name, contents)

    def _loose_unit(self, kind: str, index: int) -> CourseUnit:
        """Make the one unit of a textbook of the user's own that no resource names."""
        holder = self._holder(kind, index)
        numbers = range(index * RESOURCES, (index + 1) * RESOURCES)
        rollup = _rollup(holder.id, None)
        return CourseUnit(
            holder.id, holder.name, tuple(self._made_content(number, holder, 0, rollup) for number in numbers)
        )

    def _made_unit(self, kind: str, index: int, unit: int, share: range) -> CourseUnit:
        """Make a unit of a made textbook or course, with its share of the resources."""
        holder = self._holder(kind, index)
        unit_id = self._unit_id(kind, index, unit)
        rollup = _rollup(holder.id, unit_id)
        numbers = range(index * RESOURCES + share.start, index * RESOURCES + share.stop)
        contents = tuple(self._made_content(number, holder, unit, rollup) for number in numbers)
        return CourseUnit(unit_id, contents[0].topic, contents)


def _rollup(l1: str | None, l2: str | None) -> Rollup | None:
    if l1 is None:
        return None
    return Rollup(l1=l1, l2=l2) if l2 else Rollup(l1=l1)
