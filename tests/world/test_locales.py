"""Any of Faker's locales makes a world that speaks its language."""

import pytest

from generator.chance import SeededChance
from generator.errors import WorldError
from generator.world import World


def devanagari(text):
    """Tell whether any letter is of the script in which Hindi is written."""
    return any("\u0900" <= letter <= "\u097f" for letter in text)


def test_a_hindi_world_speaks_hindi():
    """Names, titles, questions, queries and comments of hi_IN are written in Devanagari."""
    world = World(locales=("hi_IN",))
    learner, chance = world.learner(0), SeededChance("hindi")

    assert learner.locale == learner.channel.locale == "hi_IN"
    for text in (
        learner.query(chance),
        learner.comment(chance),
        learner.channel.name,
        learner.school.name,
        learner.choose_textbook(chance).name,
        learner.choose_content(chance).name,
        learner.choose_course(chance).name,
        learner.choose_question_set(chance).name,
    ):
        assert devanagari(text), text
    assert any(devanagari(question.title) for question in learner.choose_question_set(chance).questions)


def test_by_default_both_languages_are_heard():
    """The default world's learners are Hindi and English in equal parts."""
    locales = [World().learner(index).locale for index in range(1000)]

    assert 400 < locales.count("hi_IN") < 600
    assert set(locales) == {"en_IN", "hi_IN"}


@pytest.mark.parametrize("locale", ["de_DE", "ja_JP", "ar_EG", "en_US", "ta_IN", "fr_FR"])
def test_a_language_without_a_page_takes_its_words_from_faker(locale):
    """A locale that the phrasebook does not know has subjects, titles, comments, queries and questions."""
    world = World(locales=(locale,))
    learner, chance = world.learner(0), SeededChance("any")

    assert learner.locale == locale
    assert all((learner.query(chance), learner.comment(chance), learner.school.name, learner.channel.name))
    assert learner.choose_textbook(chance).name
    assert len(learner.choose_question_set(chance).questions) >= 3
    assert "{" not in learner.school.name + learner.choose_course(chance).name


def test_the_order_of_asking_changes_no_pool():
    """Each pool has a Faker of its own: which is asked first makes no difference."""
    one, other = World(locales=("de_DE",)).words("de_DE"), World(locales=("de_DE",)).words("de_DE")

    assert (one.cities, one.comments) == tuple(reversed((other.comments, other.cities)))


def test_a_hyphen_is_forgiven():
    """hi-IN is hi_IN."""
    assert World(locales=("hi-IN",)).locales == ("hi_IN",)


@pytest.mark.parametrize(
    ("locale", "message"),
    [
        ("hi_INN", "locale 'hi_INN' is not one of Faker's [0-9]+; did you mean 'hi_IN'"),
        ("DE_de", "did you mean 'de_DE'"),
        ("klingon!", "locale 'klingon!'"),
        ("", "locale ''"),
    ],
)
def test_an_unknown_locale_is_refused_with_the_nearest(locale, message):
    """A locale that Faker does not speak is refused at once, with the way out."""
    with pytest.raises(WorldError, match=message):
        World(locales=(locale,))


def test_a_world_needs_a_language():
    """No locale at all is refused."""
    with pytest.raises(WorldError, match="at least one locale"):
        World(locales=())
