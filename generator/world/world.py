"""The world: makes any learner, school, device or content by its number, without making the others."""

from functools import lru_cache
from hashlib import sha256
from math import exp
from pathlib import Path

from generator.errors import WorldError
from generator.spec import identity
from generator.world.catalogue import Catalogue
from generator.world.channel import Channel, School
from generator.world.content import Content, Course, Textbook
from generator.world.device import KINDS, Device, check_kind
from generator.world.ids import organisation_id
from generator.world.learner import Learner, Person
from generator.world.question_set import QuestionSet
from generator.world.records import DeviceRecord, Records, UserRecord, read_records
from generator.world.service import Service, check_service
from generator.world.traits import Traits
from generator.world.words import DEFAULT_LOCALES, GRADES, Words, check_locale

CHANNELS, SCHOOLS_A_CHANNEL = 24, 16
"""How many of each kind are in circulation; a higher number makes one too."""

_CACHE_SIZE = 4096
_SHARED, _PRIVATE = 6, 2
_NOTHING_KNOWN = UserRecord(id="nobody")
_A_HASH = 3
"""How many numbers of a shelf one hash provides."""


class World:
    """All learners and things that occur in stories.

    The same seed and locales make the same world in every process; each thing is a function of its number.

    Args:
        seed: any whole number.
        locales: any of Faker's; channels, learners and content are spread over them evenly.
        directory: the user's own channels, contents, users, devices or DIAL codes, used instead of made ones.
    """

    def __init__(
        self,
        seed: int = 0,
        locales: tuple[str, ...] = DEFAULT_LOCALES,
        directory: Path | str | None = None,
    ) -> None:
        self.seed = seed
        self.locales = _check_locales(locales)
        self.directory = None if directory is None else Path(directory)
        self.records = Records() if self.directory is None else read_records(self.directory)
        self._words = {locale: Words(seed, locale) for locale in self.locales}
        self._catalogue = Catalogue(
            seed, tuple(self._words.values()), self.records.contents, self.records.dialcodes
        )
        self._own_channels = _own_channels(self.records)
        self._channel_numbers = {channel: number for number, (channel, _) in enumerate(self._own_channels)}
        self._own_devices = {kind: _own_devices(self.records, kind) for kind in KINDS}
        self._channels = lru_cache(_CACHE_SIZE)(self._make_channel)
        self._schools = lru_cache(_CACHE_SIZE)(self._make_school)
        self._devices = lru_cache(_CACHE_SIZE)(self._make_device)
        self._learners = lru_cache(_CACHE_SIZE)(self._make_learner)
        self._services = lru_cache(_CACHE_SIZE)(self._make_service)
        self._class_shelves = lru_cache(4 * _CACHE_SIZE)(self._make_class_shelf)

    def __reduce__(self) -> tuple[type["World"], tuple[int, tuple[str, ...], Path | None]]:
        # A world is pickled as its arguments, and made again in the other process.
        return World, (self.seed, self.locales, self.directory)

    def digest(self) -> str:
        """Return a sha256 of the world's seed, locales and the user's own files, in hex, which identifies it."""
        recipe = "\x1f".join(("world", str(self.seed), *self.locales, self.records.digest))
        return sha256(recipe.encode()).hexdigest()

    def made(self) -> tuple[str, ...]:
        """Return the kinds of things that are made because the files of the directory have none; () without one.

        Any of channels, contents, textbooks, courses, question sets, questions, users, devices (or mobile, web,
        desktop devices if the file has only other kinds) and dialcodes.
        """
        if self.directory is None:
            return ()
        channels = () if self._own_channels else ("channels",)
        users = () if self.records.users else ("users",)
        lacking = tuple(f"{kind} devices" for kind in KINDS if not self._own_devices[kind])
        devices = lacking if self.records.devices else ("devices",)
        dialcodes = () if self.records.dialcodes else ("dialcodes",)
        return (*channels, *self._catalogue.made(), *users, *devices, *dialcodes)

    def words(self, locale: str) -> Words:
        """The pools of names and phrases in one language."""
        known = self._words.get(locale)
        if known is None:
            known = self._words[locale] = Words(self.seed, check_locale(locale))
        return known

    def learner(self, index: int, device: str = "mobile") -> Learner:
        """The learner of this number on a mobile, web or desktop device; the same person on each."""
        users = self.records.users
        return self._learners(index % len(users) if users else index, device)

    def channel(self, index: int) -> Channel:
        """The channel of this number."""
        return self._channels(index % len(self._own_channels) if self._own_channels else index)

    def school(self, index: int) -> School:
        """The school of this number."""
        return self._schools(index)

    def device(self, kind: str, index: int) -> Device:
        """The mobile, web or desktop device of this number."""
        own = self._own_devices[check_kind(kind)]
        return self._devices(kind, index % len(own) if own else index)

    def content(self, index: int) -> Content:
        """The resource of this number, in its textbook."""
        return self._catalogue.content(index)

    def textbook(self, index: int) -> Textbook:
        """The textbook of this number."""
        return self._catalogue.textbook(index)

    def course(self, index: int) -> Course:
        """The course of this number."""
        return self._catalogue.course(index)

    def question_set(self, index: int) -> QuestionSet:
        """The question set of this number."""
        return self._catalogue.question_set(index)

    def dial_code(self, index: int) -> str:
        """The DIAL code of this number: six characters of A-Z and 0-9, or the user's own."""
        return self._catalogue.dial_code(index)

    def service(self, name: str) -> Service:
        """One of learner-service, content-service, search-service and dial-service."""
        return self._services(check_service(name))

    def user_id(self, index: int) -> str:
        """The uid of the learner of this number."""
        users = self.records.users
        return users[index % len(users)].id if users else identity.user_id(self.seed, index)

    def shelf(self, kind: str, learner: Learner) -> tuple[int, ...]:
        """Return the numbers from which a learner chooses: mostly their class's, and some of their own.

        Args:
            kind: content, textbook, course, question_set or dial_code.
            learner: the owner of the shelf.
        """
        language = self.locales.index(learner.locale) if learner.locale in self.locales else 0
        shared = self._class_shelves(kind, learner.school.index, learner.grade, language)
        private = self._popular(_PRIVATE, language, kind, "learner", learner.index)
        return tuple(dict.fromkeys((*shared, *private)))

    def _make_class_shelf(self, kind: str, school: int, grade: int, language: int) -> tuple[int, ...]:
        return tuple(sorted(set(self._popular(_SHARED, language, kind, "class", school, grade))))

    def _popular(self, count: int, language: int, kind: str, *whose: object) -> list[int]:
        """Draw some numbers of a kind, in one language; popular ones are far likelier."""
        numbers = []
        for place in range(count):
            if place % _A_HASH == 0:
                traits = Traits(self.seed, "shelf", kind, *whose, place)
            numbers.append(self._catalogue.popular(kind, traits, language))
        return numbers

    def _make_channel(self, index: int) -> Channel:
        words = self._words[self.locales[index % len(self.locales)]]
        if self._own_channels:
            return Channel(index, *self._own_channels[index], words)
        if Traits(self.seed, "channel", index).below(3) == 2:
            return Channel(index, identity.hex_id(32, "channel", self.seed, index), None, words)
        return Channel(index, organisation_id(self.seed, "channel", index), None, words)

    def _make_school(self, index: int) -> School:
        channel = self.channel(index % self._channel_count)
        return School(index, organisation_id(self.seed, "school", index), channel, self.words(channel.locale))

    @property
    def _channel_count(self) -> int:
        return len(self._own_channels) or CHANNELS

    def _make_device(self, kind: str, index: int) -> Device:
        own = self._own_devices[kind]
        if own:
            return Device(kind, index, own[index].id, self.seed, own[index].make)
        return Device(kind, index, identity.device_id(self.seed, kind, index), self.seed)

    def _make_learner(self, index: int, kind: str) -> Learner:
        return Learner(self._person(index), self.device(kind, index), self)

    def _person(self, index: int) -> Person:
        traits = Traits(self.seed, "person", index)
        own = self.records.users[index] if self.records.users else _NOTHING_KNOWN
        ability, speed = traits.normal(), round(exp(0.3 * traits.normal()), 3)
        persistence = round(1 - 0.9 * (traits.below(32) / 31) ** 2, 3)
        grade = traits.between(1, GRADES)
        language = traits.below(len(self.locales))
        channel = self._channel_number(traits, language)
        if own.channel is not None:
            channel = self._channel_numbers[own.channel]
        return Person(
            index=index,
            uid=self.user_id(index),
            ability=ability if own.ability is None else own.ability,
            speed=speed if own.speed is None else own.speed,
            persistence=persistence if own.persistence is None else own.persistence,
            grade=grade,
            school=self.school(channel + self._channel_count * traits.below(SCHOOLS_A_CHANNEL)),
            locale=own.locale or self.locales[language],
        )

    def _channel_number(self, traits: Traits, language: int) -> int:
        """Draw the number of a channel of this language: most learners are in few channels."""
        group = traits.skewed(max(1, self._channel_count // len(self.locales)))
        return (group * len(self.locales) + language) % self._channel_count

    def _make_service(self, name: str) -> Service:
        return Service(name, self.channel(0))

    def __repr__(self) -> str:
        own = "" if self.directory is None else f", directory={str(self.directory)!r}"
        return f"World(seed={self.seed}, locales={self.locales!r}{own})"


def _check_locales(locales: tuple[str, ...]) -> tuple[str, ...]:
    if not locales:
        raise WorldError("a world needs at least one locale, such as en_IN")
    return tuple(dict.fromkeys(map(check_locale, locales)))


def _own_channels(records: Records) -> tuple[tuple[str, str | None], ...]:
    """Return the user's own channels by id and name: those of the file, then those that only users name."""
    found = {record.id: record.name for record in records.channels}
    for user in records.users:
        if user.channel is not None:
            found.setdefault(user.channel, None)
    return tuple(found.items())


def _own_devices(records: Records, kind: str) -> tuple[DeviceRecord, ...]:
    return tuple(record for record in records.devices if record.kind in {kind, None})
