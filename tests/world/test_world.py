"""The world is a function of its seed: any entity, alone, in any process."""

import os
import pickle
import re
import subprocess
import sys

import msgspec
import pytest

from generator.chance import SeededChance
from generator.errors import WorldError
from generator.spec.envelope import Object
from generator.world import World

DUMP = """
import sys
from hashlib import sha256
import msgspec
from generator.chance import SeededChance
from generator.world import World

def dump(world):
    chance = SeededChance("dump")
    seen = []
    for index in (0, 7, 1_000_003):
        channel, school = world.channel(index), world.school(index)
        seen += [channel.id, channel.name, channel.object, school.id, school.name]
        for kind in ("mobile", "web", "desktop"):
            learner = world.learner(index, kind)
            seen += [learner.config("home"), learner.config(player=True), learner.habits, learner.ability]
            seen += [learner.device.dspec, learner.device.uaspec, learner.touch(chance), learner.drag(chance)]
            seen += [learner.query(chance), learner.comment(chance), learner.rating(chance)]
            seen += [learner.share_to(chance), learner.error(chance), learner.dial_code(chance)]
            for question in learner.choose_question_set(chance).questions:
                answer = learner.answer(question, chance)
                seen += [answer, learner.response(question, answer), question.reading_time(chance)]
            for book in (learner.choose_textbook(chance), learner.choose_course(chance)):
                seen += [book.name, [(unit.id, unit.name) for unit in book.units]]
                seen += [(one.object, one.name, one.mimetype, one.pages) for one in book.resources]
    for name in ("learner-service", "dial-service"):
        seen += [world.service(name).config(), world.service(name).object]
    return sha256(msgspec.json.encode(seen)).hexdigest()
"""


def dump(world):
    """Hash much of what a world holds."""
    scope = {}
    exec(DUMP, scope)
    return scope["dump"](world)


def of_everything(world, index):
    """List one of each kind."""
    return [
        world.learner(index).config(),
        world.learner(index, "web").device.uaspec,
        world.channel(index).object,
        world.channel(index).name,
        world.school(index).object,
        world.school(index).name,
        world.content(index).object,
        world.content(index).name,
        world.textbook(index).object,
        [one.object for one in world.textbook(index).resources],
        world.course(index).batch,
        [one.object for one in world.course(index).resources],
        [question.item for question in world.question_set(index).questions],
        world.dial_code(index),
    ]


def test_worlds_of_one_seed_are_twins():
    """Two worlds of one seed agree in everything, and a world of another seed is another."""
    assert dump(World(3)) == dump(World(3))
    assert dump(World(3)) != dump(World(4))


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_another_process_makes_the_same_world(hash_seed):
    """A world does not depend on the process or on PYTHONHASHSEED."""
    program = DUMP + "print(dump(World(3)))"
    made = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert made.stdout.strip() == dump(World(3))


def test_the_world_of_today_is_the_world_of_yesterday():
    """The default world's bytes are pinned: whoever changes them changes every dataset, and says so."""
    assert dump(World(0)) == "ec09766be5ae636cb0dcbc9fee11f91b81e25c1e5b807806488a781829408f5e"


def test_an_entity_alone_is_the_entity_among_others():
    """Any entity by its number is the same, whatever was made before it."""
    alone = of_everything(World(5), 321)
    crowded = World(5)
    for index in range(300, 330):
        of_everything(crowded, index)

    assert of_everything(crowded, 321) == alone


def test_what_is_forgotten_is_made_again():
    """More learners than are kept in memory make no difference."""
    world = World(1)
    first = world.learner(0).config()
    for index in range(1, 5000):
        world.learner(index)

    assert world.learner(0).config() == first


def test_a_world_travels_as_its_recipe():
    """A pickled world is small and makes the same entities."""
    world = World(9, locales=("en_IN", "de_DE"))
    dump(world)
    packed = pickle.dumps(world)

    assert len(packed) < 200
    assert dump(pickle.loads(packed)) == dump(world)


def test_the_digest_tells_worlds_apart():
    """Seed and locales are part of the digest, which never changes for one recipe."""
    digests = [World(0).digest(), World(1).digest(), World(0, locales=("hi_IN", "en_IN")).digest()]

    assert len(set(digests)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)
    assert World(0).digest() == digests[0]


def test_ids_have_the_platforms_shapes():
    """Channels, content, batches and DIAL codes have ids as long and as composed as real ones."""
    world = World(2)
    channels = [world.channel(index).id for index in range(200)]
    contents = [world.content(index).id for index in range(1000)]

    assert all(re.fullmatch(r"012\d{16,17}|[0-9a-f]{32}", channel) for channel in channels)
    assert sum(channel.startswith("012") for channel in channels) > 100
    assert all(re.fullmatch(r"do_31\d{19,22}", content) for content in contents)
    assert 600 < sum(len(content) == len("do_") + 23 for content in contents) < 850
    assert all(re.fullmatch(r"[A-Z0-9]{6}", world.dial_code(index)) for index in range(500))
    assert all(re.fullmatch(r"012\d{16,17}", world.course(index).batch) for index in range(50))


def test_ids_do_not_collide():
    """No two things of one kind share an id, nor do content, textbooks, courses and question sets."""
    world = World(2)
    ids = [
        make(index).id
        for make in (
            world.content,
            world.textbook,
            world.course,
            world.question_set,
            world.school,
            world.channel,
        )
        for index in range(300)
    ]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("kind", "digits"), [("mobile", 40), ("web", 32), ("desktop", 64)])
def test_a_device_id_is_as_long_as_its_kinds(kind, digits):
    """A did has 40 hex digits on a phone, 32 in a browser, 64 on the desktop."""
    assert re.fullmatch(rf"[0-9a-f]{{{digits}}}", World().device(kind, 3).id)


def test_a_phone_describes_itself_as_real_ones_do():
    """The device profile has the real one's keys; its numbers are numbers; its id is the did."""
    device = World().device("mobile", 4)

    assert list(device.dspec) == [
        "os", "make", "id", "mem", "idisk", "edisk", "scrn", "camera", "cpu", "sims", "cap",
    ]  # fmt: skip
    assert device.dspec["id"] == device.id
    assert device.dspec["mem"] == device.dspec["sims"] == -1
    assert device.model.make in device.uaspec["raw"]


def test_a_browser_describes_itself_without_contradiction():
    """The parts of a user agent are those that its raw text tells."""
    for index in range(100):
        uaspec = World().device("web", index).uaspec

        assert list(uaspec) == ["agent", "ver", "system", "platform", "raw"]
        assert f"{uaspec['agent']}/{uaspec['ver']} " in uaspec["raw"]
        assert uaspec["system"].split()[0] in uaspec["raw"]


def test_a_resource_knows_where_it_stands():
    """The rollup of a textbook's or course's resource names the textbook or course, then the unit."""
    world = World(4)
    for book in (world.textbook(8), world.course(8)):
        assert 3 <= len(book.units) <= 6
        for unit in book.units:
            for resource in unit.resources:
                assert (resource.object.rollup.l1, resource.object.rollup.l2) == (book.id, unit.id)


def test_content_is_its_textbooks_resource():
    """A resource by its number and the same one in its textbook are one and the same object of an event."""
    world = World(4)

    assert [world.content(60 + place).object for place in range(20)] == [
        resource.object for resource in world.textbook(3).resources
    ]
    assert [world.content(60 + place).name for place in range(20)] == [
        resource.name for resource in world.textbook(3).resources
    ]


def test_everything_can_be_an_events_object():
    """Learner, device, content, textbook, course, question set, service, school and channel have an object."""
    world = World()
    things = [
        world.learner(0), world.device("web", 0), world.content(0), world.textbook(0), world.course(0),
        world.question_set(0), world.service("content-service"), world.school(0), world.channel(0),
    ]  # fmt: skip

    for thing in things:
        assert thing.object is thing.object
        again = msgspec.convert(msgspec.to_builtins(thing.object), Object)
        assert again.id
        assert again.type
        assert again.ver


def test_what_is_played_has_seconds_and_what_is_read_has_pages():
    """A video has a length and one page; a document has pages and no length."""
    for index in range(200):
        content = World().content(index)

        assert (content.media_seconds > 0) == content.mimetype.startswith("video/")
        assert content.pages == 1 if content.media_seconds else content.pages >= 3
        assert 0 < content.page_time(SeededChance(index)) < 400


def test_a_service_speaks_for_itself():
    """A service's actor is of type System, its pid is its name, and it has no device."""
    service = World().service("search-service")
    config = service.config()

    assert (config.actor.id, config.actor.type) == ("search-service", "System")
    assert (config.pdata.pid, config.pdata.ver) == ("search-service", "1.0")
    assert config.did is msgspec.UNSET
    assert "/v3/search" in service.endpoints


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda world: world.service("serch-service"), "'serch-service'; did you mean 'search-service'"),
        (lambda world: world.learner(0, "tablet"), "'tablet' is not one of mobile, web, desktop"),
        (lambda world: world.device("phone", 0), "'phone' is not one of mobile, web, desktop"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(ask, message):
    """An unknown service or kind of device is refused with the names that are known."""
    with pytest.raises(WorldError, match=message):
        ask(World())


def test_the_world_is_made_without_faker():
    """Making a world and its learners imports no Faker: that is left until a text is asked for."""
    program = (
        "import sys; from generator.world import World; World().learner(3).config(); "
        "sys.exit('faker' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
