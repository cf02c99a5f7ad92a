"""The user's own world: entities take their ids from files, and a bad file says what to mend."""

import pickle
import re
from pathlib import Path

import pytest

from generator.chance import SeededChance
from generator.errors import WorldError
from generator.world import World

CONTENTS = """id,type,ver,name,mimetype,textbook,course,unit
tb_1,TextBook,4,"Mathematics, Class 5",,,,
unit_1,TextBookUnit,,Fractions,,,,
course_1,Course,2,Teaching Fractions,,,,
do_a,Content,3,Halves,application/pdf,tb_1,course_1,unit_1
do_b,ExplanationResource,,Quarters,video/mp4,tb_1,,unit_1
do_c,Content,,Alone,,,,
qs_1,QuestionSet,7,Practice,,tb_1,,unit_1
q_1,Question,,,,,,
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


def test_a_made_textbook_or_course_holds_made_contents(own):
    """Contents of the user's own stand only where their columns put them, never under a made l1."""
    world = own(contents_csv="id,ver,textbook\ndo_a,3,tb_1\ndo_b,,\n")
    made = world.course(0)

    assert [one.id for one in world.textbook(0).resources] == ["do_a"]
    assert {"do_a", "do_b"}.isdisjoint(one.id for one in made.resources)
    assert {one.rollup.l1 for one in made.resources} == {made.id}
    assert world.content(0).rollup.l1 == "tb_1"
    assert world.content(0).ver == "3"
    assert world.content(1).rollup is None


def test_contents_without_columns_stand_alone(own):
    """Where no content names a textbook, textbooks are made with made contents, and the user's stand in none."""
    world = own(contents_jsonl='{"id": "do_a"}\n{"id": "do_b"}\n')

    assert {world.content(index).id for index in range(9)} == {"do_a", "do_b"}
    assert world.content(0).rollup is None
    assert len({one.id for one in world.textbook(0).resources}) == 20
    assert {"do_a", "do_b"}.isdisjoint(one.id for one in world.textbook(0).resources)


def test_a_textbook_that_no_content_names_holds_made_ones(own):
    """A textbook of the user's own that none of their contents names takes none of them: made ones name it."""
    world = own(contents_csv="id,type\ntb_1,TextBook\ndo_a,Content\n")
    (unit,) = world.textbook(0).units

    assert unit.id == "tb_1"
    assert "do_a" not in {one.id for one in unit.resources}
    assert {one.rollup.l1 for one in unit.resources} == {"tb_1"}


@pytest.mark.parametrize(
    ("type_", "part"),
    [
        ("questionset", "question sets"), ("QuestionSet", "question sets"), ("Practice Set", "question sets"),
        ("PRACTICEQUESTIONSET", "question sets"), ("selfAssess", "question sets"),
        ("courseassessment", "question sets"), ("textbook", "textbooks"), ("Digital Textbook", "textbooks"),
        ("eTextbook", "textbooks"), ("COURSE", "courses"), ("question", "questions"),
        ("AssessmentItem", "questions"), ("", "contents"), ("Story", "contents"),
    ],
)  # fmt: skip
def test_a_type_is_known_however_it_is_written(own, type_, part):
    """Capitals, spaces and hyphens in a type do not matter, and no type is refused: the unknown can be played."""
    world = own(contents_csv=f"id,type\nx_1,{type_}\n")

    assert part not in world.made()
    assert len(world.made()) == 8


def test_an_events_object_has_the_type_as_given(own):
    """`object.type` goes out as the file has it, letter by letter."""
    world = own(contents_csv="id,type\nqs,questionset\ntb,TEXTBOOK\nco,course\ndo,story book\n")

    assert world.question_set(0).object.type == "questionset"
    assert world.textbook(0).object.type == "TEXTBOOK"
    assert world.course(0).object.type == "course"
    assert world.content(0).object.type == "story book"


def test_a_world_says_what_is_made(own):
    """Whatever the user's folder does not name is made, and named in `made`; without a folder that is no news."""
    assert World().made() == ()
    assert own(dialcodes_csv="id\nABC123\n").made() == (
        "channels", "contents", "textbooks", "courses", "question sets", "questions", "users", "devices",
    )  # fmt: skip
    assert own(contents_csv=CONTENTS, users_csv="id,channel\nann,ch_1\n").made() == ("devices",)
    assert own(devices_csv="id,kind\nd,mobile\n").made() == ("web devices", "desktop devices")
    assert own(devices_csv="id\nd\n").made() == ()


def test_a_contents_textbook_is_not_made(own):
    """A textbook that only a content names is the user's own: it is not among the made."""
    made = own(contents_csv="id,textbook\ndo_a,tb_1\n").made()

    assert "textbooks" not in made
    assert "courses" in made


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
    """Every learner's channel is one of the file's: the one that their row names, or any."""
    world = own(
        channels_csv="id,name\nch_1,Board One\nch_2,\n", users_jsonl='{"id":"u","channel":"ch_2"}\n{"id":"v"}'
    )

    assert [world.channel(index).id for index in range(3)] == ["ch_1", "ch_2", "ch_1"]
    assert world.channel(0).name == "Board One"
    assert world.channel(1).name
    assert world.learner(0).channel.id == "ch_2"
    assert world.learner(1).channel.id in {"ch_1", "ch_2"}
    assert world.service("learner-service").config().channel == "ch_1"


def test_without_a_channels_file_users_bring_their_channels(own):
    """Where there is no file of channels, those that users name are the world's."""
    world = own(users_csv="id,channel\nann,ch_1\nbob,ch_2\ncid,\n")

    assert [world.channel(index).id for index in range(3)] == ["ch_1", "ch_2", "ch_1"]
    assert world.learner(2).channel.id in {"ch_1", "ch_2"}


def test_a_users_channel_must_be_among_the_channels(own):
    """Where channels are given, a user of another channel is refused with line, file and the nearest one."""
    with pytest.raises(
        WorldError, match=r"users\.csv:3: channel 'ch_10' is not in .*channels\.csv; did you .*'ch_1'"
    ):
        own(channels_csv="id\nch_1\n", users_csv="id,channel\nann,ch_1\nbob,ch_10\n")
    with pytest.raises(
        WorldError, match=r"users\.csv:2: channel 'zzz' is not in .*add it there, or leave it out"
    ):
        own(users_csv="id,channel\nann,zzz\n")


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
    (
        "users.csv",
        b"id,ability\nann,high\n",
        r"users\.csv:2: ability is 'high': a number from -6 to 6 is expected; mend it or leave it out",
    ),
    (
        "users.csv",
        b"id,ability\nann,99\n",
        r"users\.csv:2: ability is '99': a number from -6 to 6 is expected",
    ),
    (
        "users.csv",
        b"id,ability\nann,nan\n",
        r"users\.csv:2: ability is 'nan': a number from -6 to 6 is expected",
    ),
    (
        "users.csv",
        b"id,speed\nann,-inf\n",
        r"users\.csv:2: speed is '-inf': a number from 0\.1 to 10 is expected",
    ),
    (
        "users.jsonl",
        b'{"id":"a","persistence":[2]}',
        r":1: persistence is \[2\]: a number from 0 to 1 is expected",
    ),
    ("contents.jsonl", b'{"id":"a","ver":[1]}', r":1: ver is \[1\]: a text or a number is expected"),
    ("contents.jsonl", b'{"id":"a","name":7}', r":1: name is 7: a text is expected"),
    (
        "users.csv",
        b"id,chanel,abilty\nann,c,1\n",
        (
            r"users\.csv:1: unknown column 'chanel' \(did you mean channel\?\), 'abilty' \(did you mean ability\?\); "
            r"known: id, channel, locale, ability, speed, persistence$"
        ),
    ),
    ("users.csv", b"id,zzz\nann,c\n", r"users\.csv:1: unknown column 'zzz'; known: id, channel"),
    ("users.csv", b"id,a,b,c,d,e,f,g\n", r"users\.csv:1: unknown column 'a', .*'e' and 2 more; known: "),
    (
        "users.jsonl",
        b'{"id":"a"}\n{"id":"b","Ability":null}',
        r":2: unknown key 'Ability' \(did you mean ability",
    ),
    (
        "users.csv",
        b"id,channel,ID\n1,2,3\n",
        r"users\.csv:1: column 'id' is in the header twice, as number 1 and 3",
    ),
    ("users.csv", b"id,channel,\n1,2,\n", r"users\.csv:1: column 3 of the header has no name"),
    ("users.csv", b"id,channel,ability\nann\n", r"users\.csv:2: 1 value for 3 columns; leave a value empty"),
    ("users.csv", b"id,channel,ability\nann,\n", r"users\.csv:2: 2 values for 3 columns; .*keep its comma"),
    ("users.csv", b"id\nann\nbob\n ann \n", r"users\.csv:4: id 'ann' is on line 2 already"),
    ("contents.jsonl", b'{"id":"a"}\n\n{"id":"a","type":"Course"}', r"jsonl:3: id 'a' is on line 1 already"),
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
    (
        "users.jsonl",
        b'{"uid": "a"}\n',
        r"users\.jsonl:1: unknown key 'uid' \(did you mean id\?\); known: id, ",
    ),
    ("users.jsonl", b'{"channel": "a"}\n', r"users\.jsonl:1: id is missing"),
    ("users.jsonl", b'{"id": "  "}\n', r"users\.jsonl:1: id is missing"),
    ("users.jsonl", b'{"id": 7}\n', r"users\.jsonl:1: id is 7: a text is expected; mend it$"),
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
