"""The user's own world: entities take their ids from files, and a bad file says what to mend."""

import pickle
import re
from pathlib import Path

import pytest

from generator.chance import SeededChance
from generator.errors import WorldError
from generator.world import World

CONTENTS = """id,type,ver,name,mimetype,textbook,course,unit,ignored
tb_1,TextBook,4,"Mathematics, Class 5",,,,,x
unit_1,TextBookUnit,,Fractions,,,,,
course_1,Course,2,Teaching Fractions,,,,,
do_a,Content,3,Halves,application/pdf,tb_1,course_1,unit_1,
do_b,ExplanationResource,,Quarters,video/mp4,tb_1,,unit_1,
do_c,Content,,Alone,,,,,
qs_1,QuestionSet,7,Practice,,tb_1,,unit_1,
q_1,Question,,,,,,,
"""


@pytest.fixture
def own(tmp_path):
    """Write files, `users_csv` being users.csv, and give back the world they make."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("_", ".")
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return World(directory=tmp_path)

    return write


def test_content_takes_its_ids_from_the_file(own):
    """Resources, textbooks, courses, question sets and questions are those of contents.csv."""
    world = own(contents_csv=CONTENTS)

    assert [world.content(index).id for index in range(4)] == ["do_a", "do_b", "do_c", "do_a"]
    assert world.content(0).object.rollup.l1 == "tb_1"
    assert world.content(0).object.rollup.l2 == "unit_1"
    assert (world.content(1).type, world.content(1).mimetype) == ("ExplanationResource", "video/mp4")
    assert world.content(1).media_seconds > 0
    assert world.content(2).rollup is None
    assert world.textbook(99).name == "Mathematics, Class 5"
    assert [(unit.id, unit.name) for unit in world.textbook(0).units] == [("unit_1", "Fractions")]
    assert [resource.id for resource in world.textbook(0).resources] == ["do_a", "do_b"]
    assert [(one.id, one.object.rollup.l1) for one in world.course(0).resources] == [("do_a", "course_1")]
    assert (world.question_set(5).id, world.question_set(5).ver) == ("qs_1", "7")
    assert world.question_set(0).questions[0].id == "q_1"


def test_no_set_asks_the_same_question_twice(own):
    """Where the user has fewer questions than a set asks, the rest are made."""
    world = own(contents_csv="id,type\nq_1,Question\nq_2,Question\n")
    for index in range(20):
        ids = [question.id for question in world.question_set(index).questions]

        assert {"q_1", "q_2"} < set(ids)
        assert len(set(ids)) == len(ids)


def test_every_choice_is_one_of_the_users_own(own):
    """Whatever a learner chooses is in the files."""
    world = own(contents_csv=CONTENTS, dialcodes_csv="id\nABC123\nXYZ789\n")
    chance = SeededChance("own")
    for index in range(50):
        learner = world.learner(index)

        assert learner.choose_content(chance).id in {"do_a", "do_b", "do_c"}
        assert learner.choose_textbook(chance).id == "tb_1"
        assert learner.choose_course(chance).id == "course_1"
        assert learner.choose_question_set(chance).id == "qs_1"
        assert learner.dial_code(chance) in {"ABC123", "XYZ789"}


def test_resources_alone_fill_made_textbooks(own):
    """Where only resources are given, textbooks are made and hold the user's resources, each once."""
    world = own(contents_jsonl='{"id": "do_a", "ver": 3}\n{"id": "do_b"}\n')
    resources = [resource.id for unit in world.textbook(0).units for resource in unit.resources]

    assert set(resources) == {"do_a", "do_b"}
    assert world.content(0).ver == "3"


def test_a_textbook_without_resources_takes_some(own):
    """A textbook that no resource names holds the user's resources in one unit of its own."""
    world = own(contents_csv="id,type\ntb_1,TextBook\ndo_a,Content\n")
    unit = world.textbook(0).units[0]

    assert (unit.id, [one.id for one in unit.resources]) == ("tb_1", ["do_a"])
    assert unit.resources[0].rollup.l1 == "tb_1"


def test_textbooks_alone_hold_made_resources(own):
    """Where only a textbook is given, its resources are made and name it."""
    world = own(contents_csv="id,type\ntb_1,TextBook\n")

    assert world.textbook(3).id == "tb_1"
    assert {one.rollup.l1 for one in world.textbook(0).resources} == {"tb_1"}
    assert world.content(0).object == world.textbook(0).resources[0].object


def test_users_and_devices_take_their_ids_from_files(own):
    """Learner i is row i modulo the rows; what a row does not say is made; devices go by kind."""
    world = own(
        users_csv="id,channel,ability,speed,persistence,locale\nann,ch_9,2.5,2,1,hi_IN\nbob,,,,,\n",
        devices_csv="id,kind,make\nphone,mobile,Pixel 3\nany,,\n",
    )
    ann, bob = world.learner(0), world.learner(1)

    assert (ann.uid, ann.ability, ann.speed, ann.persistence, ann.locale) == ("ann", 2.5, 2, 1, "hi_IN")
    assert ann.channel.id == ann.config().channel == "ch_9"
    assert bob.uid == "bob"
    assert world.learner(2) is ann
    assert ann.device.id == "phone"
    assert ann.device.dspec["make"] == "Pixel 3"
    assert bob.device.id == "any"
    assert world.learner(0, "web").device.id == "any"


def test_channels_take_their_ids_from_the_file(own):
    """Every learner's channel is one of the file's, or one that their own row names."""
    world = own(
        channels_csv="id,name\nch_1,Board One\nch_2,\n", users_jsonl='{"id":"u","channel":"ch_3"}\n{"id":"v"}'
    )

    assert [world.channel(index).id for index in range(4)] == ["ch_1", "ch_2", "ch_3", "ch_1"]
    assert world.channel(0).name == "Board One"
    assert world.channel(1).name
    assert world.learner(0).channel.id == "ch_3"
    assert world.service("learner-service").config().channel == "ch_1"


def test_both_languages_live_in_one_channel(own):
    """One channel of the user's own does not silence a language."""
    world = own(channels_csv="id\nonly\n")

    assert {world.learner(index).locale for index in range(50)} == {"en_IN", "hi_IN"}
    assert {world.learner(index).channel.id for index in range(50)} == {"only"}


def test_a_byte_order_mark_is_tolerated(own):
    """A CSV as spreadsheets save it is read: byte order mark, carriage returns, capitals, a blank line, spaces."""
    world = own(channels_csv=b"\xef\xbb\xbfID,Name\r\n ch_1 , Board \r\n,\r\n")

    assert (world.channel(0).id, world.channel(1).id, world.channel(0).name) == ("ch_1", "ch_1", "Board")


def test_other_files_beside_are_no_matter(own):
    """Hidden files and texts in the directory are passed over."""
    world = own(channels_csv="id\nch_1\n", README_md="# ours", _DS_Store="x")

    assert world.channel(0).id == "ch_1"


def test_the_digest_follows_the_files(own):
    """Another byte in a file makes another digest; the same files make the same."""
    first = own(channels_csv="id\nch_1\n").digest()

    assert own(channels_csv="id\nch_1\n").digest() == first
    assert own(channels_csv="id\nch_2\n").digest() != first
    assert first != World().digest()


def test_an_own_world_travels_as_its_recipe(own):
    """A pickled world reads its directory again."""
    world = own(channels_csv="id\nch_1\n")

    assert pickle.loads(pickle.dumps(world)).channel(0).id == "ch_1"


BAD = [
    ("channels.csv", b"", r"channels\.csv: empty; its first line should be a header such as id,name"),
    ("channels.csv", b"id,name\n", r"channels\.csv: no rows in it"),
    ("channels.csv", b"name\nBoard\n", r"channels\.csv:1: no column id in the header 'name'"),
    ("channels.csv", b"id;name\nch;Board\n", r"channels\.csv:1: no column id in the header 'id;name'"),
    ("channels.csv", b"id,name\nch_1,A\n,B\n", r"channels\.csv:3: id is missing"),
    ("channels.csv", b"id,name\nch_1,A, B\n", r"channels\.csv:2: 3 values for 2 columns; .*double quotes"),
    ("channels.csv", b'id,name\nch_1,"A\n', r"channels\.csv:2: not CSV: unexpected end of data"),
    (
        "channels.csv",
        b"id,name\nch_1,Sch\xfcler\n",
        r"channels\.csv:2: byte 0xfc is not UTF-8; save the file as UTF-8",
    ),
    ("channels.csv", b"\xff\xfei\x00d\x00", r"channels\.csv:1: byte 0xff is not UTF-8"),
    ("users.csv", b"id,ability\nann,high\n", r"users\.csv:2: ability is 'high': Expected `float`"),
    ("users.csv", b"id,ability\nann,99\n", r"users\.csv:2: ability is '99': Expected `float` <= 6"),
    ("users.csv", b"id,ability\nann,nan\n", r"users\.csv:2: ability is "),
    ("users.csv", b"id,locale\nann,hi_INN\n", r"users\.csv:2: locale 'hi_INN' .* did you mean 'hi_IN'"),
    (
        "devices.csv",
        b"id,kind\nd,tablet\n",
        r"devices\.csv:2: device 'tablet' is not one of mobile, web, desktop",
    ),
    ("users.jsonl", b"", r"users\.jsonl: no rows in it"),
    ("users.jsonl", b'{"id": "a"}\n\n{"id": \n', r"users\.jsonl:3: .* is not JSON"),
    ("users.jsonl", b'{"id": "a\\ud800"}\n', r"users\.jsonl:1: "),
    ("users.jsonl", b"[" * 5000 + b"\n", r"users\.jsonl:1: .* is not JSON"),
    ("users.jsonl", b'["a"]\n', r"users\.jsonl:1: .* is not an object"),
    ("users.jsonl", b'{"uid": "a"}\n', r"users\.jsonl:1: id is missing"),
    ("users.jsonl", b'{"id": "  "}\n', r"users\.jsonl:1: id is missing"),
    ("users.jsonl", b'{"id": 7}\n', r"users\.jsonl:1: id is 7: Expected `str`, got `int`"),
    ("content.csv", b"id\na\n", r"content\.csv: not a name that is read; did you mean contents\.csv"),
    ("Users.CSV", b"id\na\n", r"Users\.CSV: not a name that is read; did you mean users\.csv"),
    ("users.json", b"[]", r"users\.json: not a name that is read; did you mean users\.jsonl"),
    ("sheet1.xlsx", b"PK", r"sheet1\.xlsx: not a name that is read; known are channels, contents"),
    ("notes.txt", b"", r"none of its files is known; it should hold channels, contents"),
]


@pytest.mark.parametrize(
    ("name", "data", "message"), BAD, ids=[f"{name}-{index}" for index, (name, *_) in enumerate(BAD)]
)
def test_a_bad_file_says_what_to_mend(tmp_path, name, data, message):
    """One line names file, line, value and way out."""
    (tmp_path / name).write_bytes(data)

    with pytest.raises(WorldError) as caught:
        World(directory=tmp_path)

    assert re.search(message, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_directory_says_what_it_should_hold(tmp_path):
    """A directory that is not there, a file in its place, or two files of one name are refused by name."""
    with pytest.raises(WorldError, match=r"nowhere: no such directory; it should hold channels"):
        World(directory=tmp_path / "nowhere")
    (tmp_path / "users.csv").write_text("id\na\n")
    with pytest.raises(WorldError, match=r"users\.csv: not a directory"):
        World(directory=tmp_path / "users.csv")
    (tmp_path / "users.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(WorldError, match=r"users\.csv is there too; keep one of the two"):
        World(directory=tmp_path)


def test_the_readmes_examples_work(tmp_path):
    """The room's README shows a program that runs and files that are read."""
    text = (Path(__file__).parents[2] / "generator" / "world" / "README.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", text, flags=re.DOTALL))
    exec(blocks["python"], {})
    (tmp_path / "contents.csv").write_text(blocks["csv"])
    (tmp_path / "users.jsonl").write_text(blocks["json"])
    world = World(directory=tmp_path)

    assert world.learner(0).ability == 0.4
    assert world.textbook(0).name == "Mathematics, Class 5"
    assert world.textbook(0).resources[0].name == "Fractions"
    assert world.question_set(0).rollup.l1 == world.textbook(0).id
