"""Words: pools of names, titles and phrases in one language, made once.

Faker makes them. A name costs 26 microseconds and a user agent 48, so nothing calls Faker while a story is
played. Only methods of Faker that do not read the clock are used.
"""

from difflib import get_close_matches
from functools import cache, cached_property
from typing import TYPE_CHECKING

from generator.chance import seed_of
from generator.errors import WorldError
from generator.world.phrases import ANY, PAGES, Phrases
from generator.world.traits import Traits

if TYPE_CHECKING:
    from faker import Faker

DEFAULT_LOCALES = ("en_IN", "hi_IN")
GRADES = 12
"""The classes of a school, 1 to 12."""

_NAMES = 64
_CITIES = 48
_SUBJECTS, _TOPICS = 6, 8
_SENTENCES = 24
_AGENTS = 48


def check_locale(locale: str) -> str:
    """Return a locale in Faker's own spelling; raise `WorldError` if Faker does not have it."""
    spelt = locale.strip().replace("-", "_")
    if spelt in DEFAULT_LOCALES:
        return spelt
    from faker.config import AVAILABLE_LOCALES  # noqa: PLC0415  Faker is slow to import, and help must be fast

    if spelt in AVAILABLE_LOCALES:
        return spelt
    by_lower = {known.lower(): known for known in AVAILABLE_LOCALES}
    near = get_close_matches(spelt.lower(), sorted(by_lower), n=1, cutoff=0.5)
    hint = f"did you mean {by_lower[near[0]]!r}?" if near else "en_IN, hi_IN, en_US and de_DE are some"
    raise WorldError(f"locale {locale!r} is not one of Faker's {len(by_lower)}; {hint}")


def _faker(seed: int, locale: str) -> "Faker":
    from faker import Faker  # noqa: PLC0415  as above

    faker = Faker(locale)
    faker.seed_instance(seed_of("faker", seed, locale))
    return faker


class Words:
    """The pools of one world in one language; each is a function of seed and locale alone.

    Args:
        seed: the world's seed.
        locale: one of Faker's locales.
    """

    def __init__(self, seed: int, locale: str) -> None:
        self.seed = seed
        self.locale = locale
        self.page: Phrases = PAGES.get(locale.split("_", maxsplit=1)[0], ANY)

    def _pool_faker(self, pool: str) -> "Faker":
        # One Faker a pool: so the order in which pools are made changes nothing.
        return _faker(seed_of(self.seed, pool), self.locale)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """First names."""
        faker = self._pool_faker("names")
        return tuple(faker.first_name() for _ in range(_NAMES))

    @cached_property
    def surnames(self) -> tuple[str, ...]:
        """Surnames."""
        faker = self._pool_faker("surnames")
        return tuple(faker.last_name() for _ in range(_NAMES))

    @cached_property
    def cities(self) -> tuple[str, ...]:
        """Cities."""
        faker = self._pool_faker("cities")
        return tuple(faker.city() for _ in range(_CITIES))

    @cached_property
    def companies(self) -> tuple[str, ...]:
        """Companies, whose names schools have if the language has no page in `phrases.py`."""
        faker = self._pool_faker("companies")
        return tuple(faker.company() for _ in range(_CITIES))

    @cached_property
    def syllabus(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every subject with its topics; arithmetic belongs to the first subject."""
        if self.page.subjects:
            return tuple(self.page.subjects.items())
        faker = self._pool_faker("syllabus")
        return tuple(
            (
                faker.word().capitalize(),
                tuple(faker.sentence(nb_words=3).rstrip(".。।") for _ in range(_TOPICS)),
            )
            for _ in range(_SUBJECTS)
        )

    def subject(self, number: int) -> str:
        """The subject of this number, modulo the number of subjects."""
        return self.syllabus[number % len(self.syllabus)][0]

    def topic(self, subject: int, number: int) -> str:
        """The topic of this number in the subject of this number, both modulo their counts."""
        topics = self.syllabus[subject % len(self.syllabus)][1]
        return topics[number % len(topics)]

    @cached_property
    def comments(self) -> tuple[str, ...]:
        """The comments of learners on content; the simplest first."""
        if not self.page.comments:
            faker = self._pool_faker("comments")
            return tuple(faker.sentence(nb_words=6) for _ in range(_SENTENCES))
        return tuple(
            comment.format(name=name)
            for comment in self.page.comments
            for name in (self.names[:4] if "{name}" in comment else self.names[:1])
        )

    @cached_property
    def queries(self) -> tuple[str, ...]:
        """The search queries of learners: topics, subjects, and subjects with a class."""
        subjects = tuple(subject for subject, _ in self.syllabus)
        topics = tuple(topic for _, topics in self.syllabus for topic in topics)
        lower = tuple(topic.lower() for topic in topics if topic != topic.lower())
        graded = tuple(f"{subject} {grade}" for subject in subjects for grade in range(1, GRADES + 1, 3))
        return subjects + topics + lower + graded

    def board(self, index: int) -> str:
        """Return the name of the channel of this index."""
        return self._named("board", self.page.boards, index)

    def school(self, index: int) -> str:
        """Return the name of the school of this index."""
        return self._named("school", self.page.schools, index)

    def _named(self, kind: str, patterns: tuple[str, ...], index: int) -> str:
        traits = Traits(self.seed, kind, "name", index)
        pattern = traits.pick(patterns)
        city, surname = traits.pick(self.cities), traits.pick(self.surnames)
        company = traits.pick(self.companies) if "{company}" in pattern else ""
        return pattern.format(city=city, surname=surname, company=company)


@cache
def engines(seed: int) -> tuple[str, ...]:
    """Return the parts of Chrome's user agents after the platform, by Faker, for one world's seed.

    Only Chrome: the user agents of Faker's Firefox contain a date.
    """
    faker = _faker(seed_of(seed, "engines"), "en_US")
    found: dict[str, None] = {}
    while len(found) < _AGENTS:
        agent = faker.chrome(version_from=67, version_to=120, build_from=3396, build_to=6099)
        if " Chrome/" in agent:
            found[agent.split(") ", 1)[1]] = None
    return tuple(found)
