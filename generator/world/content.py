"""Content, and the textbooks and courses that hold it in their units."""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from generator.chance import Chance
from generator.spec.envelope import Object, Rollup
from generator.world.traits import Traits
from generator.world.words import GRADES, Words

RESOURCES = 20
"""How many resources a made textbook or course holds."""


class Format(NamedTuple):
    """A kind of content: its object type, its mimetype, and whether it is played or turned over."""

    type: str
    mimetype: str
    played: bool


_FORMATS = (
    Format("Content", "application/pdf", False),
    Format("Content", "application/pdf", False),
    Format("Content", "video/mp4", True),
    Format("Content", "video/mp4", True),
    Format("Content", "application/vnd.ekstep.ecml-archive", False),
    Format("Content", "application/vnd.ekstep.ecml-archive", False),
    Format("ExplanationResource", "application/pdf", False),
    Format("ExplanationResource", "video/x-youtube", True),
    Format("Content", "application/vnd.ekstep.h5p-archive", False),
    Format("Content", "video/webm", True),
)
_VERSIONS = ("1", "1", "2", "1", "3", "2", "1.0")


class OwnFields(NamedTuple):
    """The fields of a thing in the user's own files; None for a field that is missing there."""

    id: str
    type: str | None = None
    ver: str | None = None
    name: str | None = None
    mimetype: str | None = None


class ContentPlace(NamedTuple):
    """The place of a piece of content: its rollup, and the numbers of its subject and topic in the syllabus."""

    rollup: Rollup | None
    subject: int
    topic: int


class Content:
    """A piece of content that can be played: a document, a video, an interactive lesson.

    Attributes:
        index: its number in the world.
        id: `do_31` and 19 to 22 digits.
        type: its object type, such as Content or ExplanationResource.
        ver: the version of its package, as text.
        mimetype: its mimetype, which selects the player.
        pages: how many pages it has; 1 for media.
        media_seconds: how long it plays, in seconds; 0 for pages.
        rollup: the textbook or course (l1) and the unit (l2) to which it belongs.
    """

    def __init__(self, index: int, given: OwnFields, seed: int, words: Words, place: ContentPlace) -> None:
        traits = Traits(seed, "content", index)
        kind = _format(given.mimetype) or traits.pick(_FORMATS)
        self.index = index
        self.id = given.id
        self.type = given.type or kind.type
        self.ver = given.ver or traits.pick(_VERSIONS)
        self.mimetype = given.mimetype or kind.mimetype
        self.pages = 1 if kind.played else traits.between(3, 14)
        self.media_seconds = traits.between(45, 900) if kind.played else 0
        self.rollup = place.rollup
        self.locale = words.locale
        self._page_seconds = traits.between(60, 240) / 10
        self._title = traits.below(len(words.page.resources))
        self._place = place
        self._words = words
        self._name = given.name

    @cached_property
    def name(self) -> str:
        """Its title, in its own language."""
        return self._name or self._words.page.resources[self._title].format(topic=self.topic)

    @property
    def topic(self) -> str:
        """The topic it teaches, which is also its unit's."""
        return self._words.topic(self._place.subject, self._place.topic)

    @property
    def subject(self) -> str:
        """The subject it teaches."""
        return self._words.subject(self._place.subject)

    @cached_property
    def object(self) -> Object:
        """The content as an event's object."""
        if self.rollup is None:
            return Object(id=self.id, type=self.type, ver=self.ver)
        return Object(id=self.id, type=self.type, ver=self.ver, rollup=self.rollup)

    def page_time(self, chance: Chance) -> float:
        """Draw the time spent on one page, in seconds: the median is between 6 and 24."""
        return chance.lognormal(self._page_seconds, 0.7)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.index}, {self.id!r})"


class CourseUnit(NamedTuple):
    """A chapter of a textbook, or a module of a course."""

    id: str
    name: str
    resources: tuple[Content, ...]


class Collection:
    """The common part of a textbook and a course: units with resources, each with its own rollup.

    Attributes:
        index: its number in the world.
        id: `do_31` and 19 to 22 digits.
        type: its object type.
        ver: the version of its package, as text.
        grade: the class it is written for, 1 to 12.
        locale: the language it is written in.
        subject_number, topic_number: its subject, and the topic of its first unit, in the syllabus.
    """

    kind = "collection"
    _type = "Collection"

    def __init__(
        self, index: int, given: OwnFields, seed: int, words: Words, subject: int,
        fill: Callable[[str, int], tuple[CourseUnit, ...]],
    ) -> None:  # fmt: skip
        traits = Traits(seed, self.kind, index)
        self.index = index
        self.id = given.id
        self.type = given.type or self._type
        self.ver = given.ver or traits.pick(_VERSIONS)
        self.grade = traits.between(1, GRADES)
        self.locale = words.locale
        self.subject_number = subject
        self.topic_number = traits.below(10)
        self._words = words
        self._name = given.name
        self._fill = fill

    @cached_property
    def name(self) -> str:
        """Its title, in its own language."""
        return self._name or self._title.format(subject=self.subject, topic=self.topic, grade=self.grade)

    @property
    def _title(self) -> str:
        return self._words.page.textbook

    @property
    def topic(self) -> str:
        """The topic with which it begins."""
        return self._words.topic(self.subject_number, self.topic_number)

    @property
    def subject(self) -> str:
        """The subject it teaches."""
        return self._words.subject(self.subject_number)

    @cached_property
    def units(self) -> tuple[CourseUnit, ...]:
        """Its units, in reading order; made when first asked for."""
        return self._fill(self.kind, self.index)

    @cached_property
    def resources(self) -> tuple[Content, ...]:
        """The resources of all its units, in reading order."""
        return tuple(resource for unit in self.units for resource in unit.resources)

    @cached_property
    def object(self) -> Object:
        """The whole as an event's object."""
        return Object(id=self.id, type=self.type, ver=self.ver)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.index}, {self.id!r})"


class Textbook(Collection):
    """A textbook, whose units are chapters."""

    kind = "textbook"
    _type = "TextBook"


class Course(Collection):
    """A course, taken together by a batch of learners.

    Attributes:
        batch: the id of the batch that is running, 19 or 20 digits.
    """

    kind = "course"
    _type = "Course"
    batch: str = ""

    @property
    def _title(self) -> str:
        return self._words.page.course


def unit_count(kind: str, seed: int, index: int) -> int:
    """Return how many units a made textbook or course has: 3 to 6."""
    return Traits(seed, kind, "units", index).between(3, 6)


def _format(mimetype: str | None) -> Format | None:
    if mimetype is None:
        return None
    return Format("Content", mimetype, mimetype.startswith(("video/", "audio/")))
