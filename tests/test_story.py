"""The story: story time, marked ids, sources beside each other, abandonment, and scripts that fail."""

import textwrap

import pytest

from generator import SeededChance, World, check, check_session, play
from generator.errors import ScenarioError
from generator.scenarios.loader import choose, digest, find, load_script
from generator.scenarios.story import scenario

START = 1767600000000
PLAYER = {"type": "player", "mode": "play", "stageid": ""}
WORLD = World()


def played(script, **kwargs):
    return play(scenario(script), WORLD.learner(0), START, SeededChance(1), **kwargs)


def test_story_time_moves_when_it_is_moved():
    """Think moves the story's clock; nothing else does."""

    def script(learner, t, chance):
        t.heartbeat()
        t.think(1.2343)
        t.heartbeat()
        t.heartbeat()

    assert [event.ets - START for event in played(script).events] == [0, 1234, 1234]


def test_content_may_be_chosen_by_its_kind():
    """A script that needs a video or a document gets one, from any learner's shelf, by one decision."""
    for number in range(30):
        learner = WORLD.learner(number)
        assert learner.choose_content(SeededChance(number), mimetype="video/").media_seconds > 0
        assert (
            learner.choose_content(SeededChance(number), mimetype="application/pdf").mimetype
            == "application/pdf"
        )


def test_things_know_themselves_as_objects():
    """A content, a course or a learner may be given where an event's object is meant."""

    def script(learner, t, chance):
        content = learner.choose_content(chance)
        t.heartbeat(object=content)
        t.heartbeat(object=content.object)
        t.heartbeat(object=learner)

    first, second, third = (event.object for event in played(script).events)

    assert first == second
    assert third.type == "User"


def test_ids_belong_to_the_play():
    """Ids of one kind differ within a play, are remembered, and change with run and session alone."""

    def script(learner, t, chance):
        t.exdata(
            {"type": "x", "data": " ".join([t.new_id("play"), t.new_id("play"), t.new_id("request"), t.sid])}
        )

    def ids(**identity):
        return played(script, **identity).events[0].edata["data"].split()

    first = ids(run=1, session=2)
    assert len(set(first)) == 4
    assert ids(run=1, session=2) == first
    assert not set(first) & set(ids(run=1, session=3))
    assert {mark.value for mark in played(script, run=1, session=2).marks} == set(first)


def test_sources_stand_beside_each_other():
    """A second source has its own session, actor and visits, on the same clock and numbering."""

    def script(learner, t, chance):
        service = t.beside(learner.world.service("search-service").config())
        with t.start(None, "c", "1", PLAYER):
            t.think(1)
            service.log({"type": "job", "level": "INFO", "message": ""})
        service.heartbeat()

    events = played(script).events

    assert [int(event.mid.split(":")[1][:8], 16) for event in events] == [0, 1, 2, 3]
    assert len({event.context.sid for event in events}) == 2
    assert [event.actor.type for event in events] == ["User", "System", "User", "System"]
    assert check_session(events) == []


def test_an_abandoned_story_is_over():
    """Abandon leaves every visit open, and nothing may follow."""

    def script(learner, t, chance):
        with t.start(None, "a", "1", PLAYER):
            t.abandon()

    def goes_on(learner, t, chance):
        t.abandon()
        t.heartbeat()

    assert [event.eid for event in played(script).events] == ["START"]
    with pytest.raises(ScenarioError, match="the story was abandoned"):
        played(goes_on)


def test_a_limit_abandons_the_story():
    """At max_events the story ends there, with no END, whatever the script catches."""

    def script(learner, t, chance):
        with t.start(None, "a", "1", PLAYER):
            while True:
                try:
                    t.heartbeat()
                except Exception:
                    raise AssertionError from None

    assert [event.eid for event in played(script, max_events=3).events] == ["START", "HEARTBEAT", "HEARTBEAT"]


def test_a_script_that_never_ends_is_stopped():
    """A script that records for ever is named, not waited for."""

    def script(learner, t, chance):
        while True:
            t.heartbeat()

    with pytest.raises(ScenarioError, match="more than 100,000 events"):
        played(script)


def test_what_json_cannot_carry_is_named_with_its_event():
    """A lone surrogate in a session is named with scenario, event and path, when it is written."""

    def script(learner, t, chance):
        t.heartbeat()
        t.log({"type": "x", "level": "INFO", "message": "", "params": [{"a": "\ud800"}]})

    with pytest.raises(ScenarioError, match=r"script: event 1 \(LOG\): \$\.edata\.params\[0\]\.a"):
        played(script).lines()


NAN = float("nan")


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("log", {"type": "x", "level": "INFO", "message": "", "params": [{"a": NAN}]}),
        ("interact", {"type": "TOUCH", "id": "x", "extra": {"values": [NAN]}}),
        ("interact", {"type": "TOUCH", "id": "x", "extra": {"values": [{"deep": [NAN]}]}}),
        ("interact", {"type": "TOUCH", "id": "x", "extra": {"pos": [{"x": NAN}]}}),
        ("search", {"type": "asset", "query": "", "size": 0, "topn": [{"score": NAN}]}),
        ("search", {"type": "asset", "query": "", "size": 0, "topn": [], "filters": {"a": NAN}}),
        ("assess", {"item": {"id": "q", "params": [{"a": NAN}]}, "resvalues": [], "duration": 1}),
        ("assess", {"item": {"id": "q"}, "resvalues": [{"a": NAN}], "duration": 1}),
        ("assess", {"item": {"id": "q"}, "resvalues": [], "duration": NAN}),
        (
            "response",
            {
                "target": {"id": "q", "ver": "", "type": ""},
                "qid": "q",
                "type": "CHOOSE",
                "values": [{"a": NAN}],
            },
        ),
        ("share", {"items": [{"params": [{"size": NAN}]}]}),
        ("end", {"summary": [{"progress": NAN}]}),
        ("exdata", {"type": "x", "data": [NAN]}),
        ("metrics", {"a": NAN}),
    ],
)
def test_nan_is_refused_where_it_is_said(method, arguments):
    """NaN, which JSON cannot write, is refused by the call that says it, wherever it stands."""

    def script(learner, t, chance):
        t.start(None, "c", "1", PLAYER)
        getattr(t, method)(arguments)

    with pytest.raises(ScenarioError, match=r"nan: (not JSON|out of range)"):
        played(script)


def test_null_where_it_may_stand_is_written():
    """An open object may hold null; it is no sign of NaN."""

    def script(learner, t, chance):
        t.exdata({"type": "x", "data": None, "text": "null"})

    assert b'"data":null' in played(script).lines()


def test_the_wire_form_has_what_the_documented_has_not():
    """A session in wire form is valid there, with the fields that only the wire has."""

    def script(learner, t, chance):
        t.interact({"type": "OTHER", "id": "x"}, wire={"plugin": {"id": "p", "ver": "1"}})
        t.impression({"type": "view", "pageid": "p", "stageto": "q"})

    session = played(script)

    assert b"plugin" not in session.lines()
    assert b'"plugin":{"id":"p"' in session.lines("wire")
    assert all(check(event, "wire") == [] for event in session.in_form("wire"))


def test_batches_hold_every_event_once():
    """Cutting loses nothing, keeps order, and ends a batch at each END."""

    def script(learner, t, chance):
        for _ in range(3):
            with t.start(None, "a", "1", PLAYER):
                for _ in range(30):
                    t.heartbeat()

    session = played(script)
    batches = list(session.batches(20))

    assert [len(batch) for batch in batches] == [20, 12] * 3
    assert [event for batch in batches for event, _ in batch] == session.events
    assert len({session.msgid(number) for number in range(6)}) == 6


@pytest.fixture
def folder(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
        return tmp_path

    return write


def test_scripts_are_found_by_path(folder):
    """Every scenario of a folder is found by its function's name; one script may hold several."""
    folder(
        "b.py",
        "from generator import scenario\n@scenario(share=3, title='Bee')\ndef bee(learner, t, chance): ...",
    )
    path = folder(
        "a.py",
        "from generator import scenario\n@scenario\ndef ay(learner, t, chance):\n    'Ay.'\n@scenario\ndef oh(l, t, c): ...",
    )
    found = find(path)

    assert list(found) == ["ay", "oh", "bee"]
    assert (found["bee"].share, found["bee"].title, found["ay"].title) == (3, "Bee", "Ay.")
    assert find(path / "b.py").keys() == {"bee"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", r"broken\.py:1, `x = \(`: "),
        ("import os\nimport random", r"broken\.py:2: imports 'random': a script takes chance from `chance`"),
        ("def f():\n    from uuid import uuid4", r"broken\.py:2: imports 'uuid'"),
        ("from datetime import datetime\nx = datetime.now()", r"broken\.py:2: uses 'datetime.datetime.now'"),
        ("from datetime import datetime as d, UTC\ndef f(t):\n    return d.now(UTC)", r"broken\.py:3: uses"),
        ("import datetime as dt\nx = dt.datetime.utcnow()", r"broken\.py:2: uses 'datetime.datetime.utcnow'"),
        ("import datetime\nx = datetime.date.today", r"broken\.py:2: uses 'datetime.date.today'"),
        ("from datetime import date\nx = date.today()", r"broken\.py:2: uses 'datetime.date.today'"),
        ("import os\nx = os.urandom(4)", r"broken\.py:2: uses 'os.urandom'"),
        ("from os import urandom", r"broken\.py:1: imports 'os.urandom'"),
        ("from random import choice as pick", r"broken\.py:1: imports 'random'"),
        (
            "from generator import scenario\n@scenario\ndef x(learner, t): ...",
            r"broken\.py:2, .*x\(learner, t\): a scenario takes \(learner, t, chance\)",
        ),
        ("x = '\0'", "null bytes"),
        ("raise RuntimeError('no')", r"broken\.py:1, `raise RuntimeError\('no'\)`: RuntimeError: no"),
        (
            "from generator import scenario\n@scenario(share=-1)\ndef x(l, t, c): ...",
            r"broken\.py:2, .*: share=-1: a share is 0 or more",
        ),
        (
            "from generator import scenario\n@scenario(device='fridge')\ndef x(l, t, c): ...",
            "device='fridge': choose one of mobile",
        ),
        ("x = 1", "no scenario in it"),
    ],
)
def test_a_script_that_cannot_be_loaded_shows_its_line(folder, text, message):
    """What is wrong with a script is said with its own line."""
    with pytest.raises(ScenarioError, match=message):
        find(folder("broken.py", text))


def test_a_script_may_reckon_with_dates(folder):
    """Dates that the story's own instants are made into are no clock: `t.now` is the only one."""
    path = folder(
        "dates.py",
        "from datetime import UTC, datetime, timedelta\nfrom generator import scenario\n@scenario\n"
        "def dates(learner, t, chance):\n"
        "    day = datetime.fromtimestamp(t.now / 1000, UTC) - timedelta(days=1)\n"
        "    t.log({'type': 'system', 'level': 'INFO', 'message': f'{day:%Y-%m-%d}'})\n",
    )

    assert list(find(path)) == ["dates"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "t.interact({'type': 'TOUCH'})",
            r"bad\.py:4, `t\.interact\(\{'type': 'TOUCH'\}\)`: INTERACT: \$\.id missing",
        ),
        ("1 / 0", r"bad\.py:4, `1 / 0`: ZeroDivisionError"),
        ("raise SystemExit(3)", r"bad\.py:4, `raise SystemExit\(3\)`: SystemExit: 3"),
        (
            "t.interact({'typ': 'TOUCH', 'id': 'x'})",
            r"INTERACT: \$\.typ 'TOUCH': unknown key, expected 'type'",
        ),
        ("t.interrupts({})", r"bad\.py:4, .*: Story has no 'interrupts'; did you mean 'interrupt'\?"),
        (
            "learner.choose_contents(chance)",
            "Learner has no 'choose_contents'; did you mean 'choose_content'",
        ),
        (
            "t.start('do_1', '1', {'type': 'player'})",
            r"START: \$\.config: expected a config, got 'do_1'; the call is start\(config",
        ),
        ("chance.happens(20)", r"happens\(20\): a probability lies between 0 and 1"),
        ("chance.pick([])", "the choices are empty"),
        (
            "t.share({'items': [{'obj': learner.choose_content(chance)}]})",
            r"SHARE: \$\.items\[0\]\.obj .*expected a value that JSON knows, such as text or a thing's id",
        ),
        (
            "while not chance.happens(0): pass",
            "more than 1,000,000 decisions in one session; does it loop for ever",
        ),
        (
            "learner.choose_content(chance, mimetype='image/png')",
            "no content is 'image/png'; there are application/pdf",
        ),
        ("while True: t.think(0)", "thinks more than 1,000,000 times in one session; does it loop for ever"),
        ("t.think(-1)", r"bad\.py:4, `t\.think\(-1\)`: ValueError: time cannot move on by -1 seconds"),
        ("t.end()", r"bad\.py:4, `t\.end\(\)`: END: no START is open"),
    ],
)
def test_a_script_that_fails_shows_its_own_line(folder, body, message):
    """What goes wrong while a script is played is said with the script's line, not ours."""
    (bad,) = find(
        folder(
            "bad.py", f"from generator import scenario\n@scenario\ndef bad(learner, t, chance):\n    {body}"
        )
    ).values()
    with pytest.raises(ScenarioError, match=message):
        play(bad, WORLD.learner(0), START, SeededChance(1))


def test_an_unknown_name_is_told_the_nearest():
    """A misspelt scenario is answered with the nearest name."""
    with pytest.raises(ScenarioError, match="did you mean 'practice'"):
        choose(find(), ["practise"])


def test_equal_names_are_refused(folder):
    """Two scenarios of one name cannot be told apart."""
    text = "from generator import scenario\n@scenario\ndef same(l, t, c): ..."
    folder("a.py", text)
    with pytest.raises(ScenarioError, match=r"b\.py: there is a scenario 'same' in a\.py already"):
        find(folder("b.py", text))


def test_a_scenario_without_share_plays_only_by_name():
    """share=0 takes a scenario out of the mix, not out of reach."""
    quiet = scenario(share=0)(lambda learner, t, chance: None)

    with pytest.raises(ScenarioError, match="share 0"):
        choose({"quiet": quiet})
    assert choose({"quiet": quiet}, ["quiet"]) == [quiet]


def test_a_changed_script_has_another_digest(folder):
    """The digest is that of the code: a dataset's run id changes with it, not with comments, docstrings or layout."""

    def digest_of(text):
        return digest(load_script(folder("a.py", text) / "a.py"))

    head = "from generator import scenario\n@scenario\n"
    text = f'{head}def same(l, t, c):\n    """Text."""\n    t.log("a", "INFO", "b")\n'
    before = digest_of(text)

    assert digest_of(text) == before
    assert digest_of('"""A script."""\n\n' + text.replace("Text", "Other") + "# changed\n") == before
    assert digest_of(text.replace('"b"', "'b'")) == before
    assert digest_of(text.replace('"b"', '"c"')) != before
    assert digest_of(text.replace("    t.log", "    1.0\n    t.log")) != before
