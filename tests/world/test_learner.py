"""A learner is the same person on every device, and chooses, touches and leaves as people do."""

import re
from statistics import fmean, median, stdev

import msgspec
import pytest
from msgspec import UNSET

from generator.chance import SeededChance
from generator.spec.edata import Error, Extra, ShareParty
from generator.spec.envelope import Config, CorrelationData
from generator.world import World


class Counting(SeededChance):
    """Chance that counts its decisions, and keeps noise apart."""

    __slots__ = ("decisions", "quiet")

    def __init__(self):
        super().__init__("decisions")
        self.quiet = SeededChance("noise")
        self.decisions = 0

    @property
    def noise(self):
        return self.quiet

    def lognormal(self, median, sigma):
        return self.quiet.lognormal(median, sigma)

    def happens(self, probability):
        self.decisions += 1
        return super().happens(probability)

    def pick(self, choices, weights=None):
        self.decisions += 1
        return super().pick(choices, weights)

    def between(self, low, high):
        self.decisions += 1
        return super().between(low, high)


class Simplest(Counting):
    """Chance that always decides for the simplest."""

    __slots__ = ()

    def happens(self, probability):
        return False

    def pick(self, choices, weights=None):
        return choices[0]

    def between(self, low, high):
        return low


@pytest.fixture(scope="module")
def world():
    """The default world."""
    return World(0)


def test_a_learner_is_the_same_person_on_every_device(world):
    """uid, ability, speed, persistence, channel and school stay; the device, its id and its program change."""
    mobile, web, desktop = (world.learner(6, kind) for kind in ("mobile", "web", "desktop"))
    for name in ("index", "uid", "ability", "speed", "persistence", "grade", "channel", "school", "locale"):
        assert getattr(mobile, name) == getattr(web, name) == getattr(desktop, name)
    assert len({mobile.device.id, web.device.id, desktop.device.id}) == 3
    assert [one.device.pdata.pid for one in (mobile, web, desktop)] == [
        "sunbird.app", "sunbird-portal", "desktop.app",
    ]  # fmt: skip


def test_learners_differ_as_people_do(world):
    """Ability is near N(0, 1), speed near 1, persistence between 0 and 1; no uid occurs twice."""
    learners = [world.learner(index) for index in range(2000)]

    assert abs(fmean(one.ability for one in learners)) < 0.1
    assert 0.9 < stdev(one.ability for one in learners) < 1.1
    assert 0.95 < median(one.speed for one in learners) < 1.05
    assert all(0.3 < one.speed < 3 for one in learners)
    assert all(0 <= one.persistence <= 1 for one in learners)
    assert len({one.uid for one in learners}) == len(learners)
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one.uid)
               for one in learners)  # fmt: skip


def test_a_config_says_who_speaks_from_where(world):
    """A config carries user, device, channel, program, rollup and tags, and leaves the session to the story."""
    learner = world.learner(1)
    config = learner.config("course")

    assert msgspec.convert(msgspec.to_builtins(config), Config) == config
    assert (config.uid, config.did, config.env) == (learner.uid, learner.device.id, "course")
    assert config.rollup.l1 == config.channel == learner.channel.id
    assert config.tags == [learner.channel.id]
    assert config.sid is UNSET
    assert not config.pdata.id.startswith("prod")


def test_a_config_is_made_once(world):
    """The same config is handed out again, unless it carries correlation data."""
    learner = world.learner(1)
    cdata = [CorrelationData(type="Course", id="do_1")]

    assert learner.config("course") is learner.config("course")
    assert learner.config("course", cdata=cdata).cdata == cdata
    assert learner.config("course").cdata is UNSET


def test_the_player_speaks_under_its_own_name(world):
    """Inside the content player the pid is the program's and .contentplayer, as real players have it."""
    config = world.learner(1, "web").config(player=True)

    assert config.pdata.pid == "sunbird-portal.contentplayer"
    assert config.env == "contentplayer"


@pytest.mark.parametrize(
    "act",
    [
        lambda learner, chance: learner.choose_content(chance),
        lambda learner, chance: learner.choose_textbook(chance),
        lambda learner, chance: learner.choose_course(chance),
        lambda learner, chance: learner.choose_question_set(chance),
        lambda learner, chance: learner.dial_code(chance),
        lambda learner, chance: learner.answer(learner.world.question_set(0).questions[0], chance),
        lambda learner, chance: learner.gives_up(chance),
        lambda learner, chance: learner.rating(chance),
        lambda learner, chance: learner.error(chance),
        lambda learner, chance: learner.interruption(chance),
    ],
)
def test_a_choice_is_one_decision(world, act):
    """What a story may turn on is one decision, so that a failing story shrinks."""
    chance = Counting()
    for index in range(40):
        chance.decisions = 0
        act(world.learner(index), chance)

        assert chance.decisions == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda learner, chance: learner.touch(chance),
        lambda learner, chance: learner.drag(chance),
        lambda learner, chance: learner.query(chance),
        lambda learner, chance: learner.comment(chance),
        lambda learner, chance: learner.share_to(chance),
        lambda learner, chance: learner.reads(learner.world.content(0), chance),
        lambda learner, chance: learner.world.question_set(0).questions[0].reading_time(chance),
    ],
)
def test_points_times_and_phrases_are_noise(world, act):
    """What nobody wants to see shrunk takes no decision."""
    chance = Counting()
    act(world.learner(0), chance)

    assert chance.decisions == 0


def test_the_simplest_choice_is_the_most_ordinary(world):
    """Where every decision is the simplest one, five stars are given and the app goes to the background."""
    learner, chance = world.learner(0), Simplest()

    assert learner.rating(chance) == 5
    assert learner.interruption(chance) == "background"
    assert learner.error(chance).err == "RESOURCE_NOT_FOUND"
    assert learner.gives_up(chance) is False


def test_a_few_things_are_popular(world):
    """The tenth of the question sets that is chosen most takes more than a fifth of the choices."""
    chance = SeededChance("popular")
    chosen = [world.learner(index).choose_question_set(chance).index for index in range(3000)]
    counts = sorted((chosen.count(one) for one in set(chosen)), reverse=True)

    assert len(counts) > 150
    assert sum(counts[:24]) > 600


def test_learners_choose_in_their_own_language(world):
    """What stands on a learner's shelf is written in the language they read."""
    chance = SeededChance("language")
    for index in range(60):
        learner = world.learner(index)

        assert learner.choose_content(chance).locale == learner.locale
        assert learner.choose_question_set(chance).locale == learner.locale


@pytest.mark.parametrize("kind", ["mobile", "web", "desktop"])
def test_a_touch_is_on_the_screen(world, kind):
    """Touches and both ends of a drag are whole points within the device's screen, and not always the same."""
    learner, chance = world.learner(2, kind), SeededChance("touch")
    width, height = learner.device.screen
    touches = [learner.touch(chance) for _ in range(300)] + [learner.drag(chance) for _ in range(300)]

    assert {len(touch.pos) for touch in touches} == {1, 2}
    for touch in touches:
        assert msgspec.convert(msgspec.to_builtins(touch), Extra) == touch
        for point in touch.pos:
            assert 0 <= point.x < width
            assert 0 <= point.y < height
    assert len({(touch.pos[0].x, touch.pos[0].y) for touch in touches}) > 200


def test_the_persistent_give_up_less(world):
    """Who has little persistence gives up more often."""
    chance = SeededChance("quit")
    learners = sorted((world.learner(index) for index in range(400)), key=lambda one: one.persistence)
    left = [[one.gives_up(chance) for _ in range(50)].count(True) for one in learners]

    assert sum(left[:100]) > 3 * sum(left[-100:])


def test_the_fast_read_faster(world):
    """A learner of twice the speed reads in half the time."""
    question = world.question_set(0).questions[0]
    learners = sorted((world.learner(index) for index in range(200)), key=lambda one: one.speed)
    slow, fast = learners[0], learners[-1]

    assert slow.reads(question, SeededChance(1)) > fast.reads(question, SeededChance(1)) > 0


@pytest.mark.parametrize("kind", ["mobile", "web", "desktop"])
def test_errors_are_what_the_specification_allows(world, kind):
    """Every error has a code, a type of the closed list and a stack as short as the app trims it."""
    learner, chance = world.learner(3, kind), SeededChance("error")
    for _ in range(50):
        error = learner.error(chance)

        assert msgspec.convert(msgspec.to_builtins(error), Error) == error
        assert error.err
        assert 40 < len(error.stacktrace) <= 250


def test_a_learner_shares_with_somebody_else(world):
    """What is shared goes to another user of this world."""
    learner, chance = world.learner(3), SeededChance("share")
    uids = {world.learner(index).uid for index in range(4, 110)}
    for _ in range(30):
        party = learner.share_to(chance)

        assert msgspec.convert(msgspec.to_builtins(party), ShareParty) == party
        assert party.id in uids


def test_ratings_are_stars(world):
    """A rating is 1 to 5, most often 5."""
    chance = SeededChance("stars")
    ratings = [world.learner(0).rating(chance) for _ in range(500)]

    assert set(ratings) == {1, 2, 3, 4, 5}
    assert ratings.count(5) > 180
