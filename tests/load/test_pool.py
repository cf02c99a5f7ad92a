"""The scenario random-valid: a pool that a child process draws, played by real learners in Locust."""

import json
import os
import subprocess
import sys
from collections import defaultdict

import pytest

from generator import SeededChance, World, play
from generator.collector.store import read
from generator.errors import FootfallError, ScenarioError
from generator.load import random_valid as pools
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.scenarios.loader import find
from generator.scenarios.recorded_steps import from_json, scenario_of
from generator.spec.identity import read_mid

WORLD = World()
T = 1767600000000

DRAW = [sys.executable, "-m", "generator.strategies.pool", "--seed", "5", "--sessions", "30"]
FEW = 30
"""Sessions of a pool in these tests, which are drawn in a second."""


def drawn(hash_seed, folder):
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(DRAW, env=env, cwd=folder, check=True, capture_output=True).stdout


def test_a_pool_is_the_same_for_the_same_seed(tmp_path):
    """Two processes with different hash seeds write the same bytes: sessions of all sizes, no two equal.

    Hypothesis keeps a folder where it runs; drawing a pool leaves none where the command was given.
    """
    lines = drawn("1", tmp_path).splitlines()

    assert lines == drawn("2", tmp_path).splitlines()
    assert len(lines) == len(set(lines)) == 30
    sizes = [len(from_json(line)) for line in lines]
    assert sum(size >= 10 for size in sizes) >= 10
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def pool():
    """A pool as it was drawn, of which the scenario is made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pools, "SESSIONS", FEW)
        return pools._drawn(1)


@pytest.fixture(scope="module")
def scenario(pool):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pools, "_drawn", lambda _: pool)
        return pools.random_valid(1)


def test_the_scenario_stands_beside_others(scenario):
    """random-valid is chosen by name, alone or among others, and never plays unasked."""
    plan = Plan(Settings(scenario="random-valid,practice", seed=1))

    assert [one.name for one in plan.scenarios] == ["random-valid", "practice"]
    assert plan.scenarios[0] is scenario
    assert "random-valid" not in {one.name for one in Plan(Settings()).scenarios}


def test_hypothesis_stays_in_the_child():
    """A process that plays random-valid has not loaded Hypothesis."""
    code = (
        "import sys; from generator.load import random_valid; from generator.load.plan import Plan;"
        "from generator.load.settings import Settings; random_valid.SESSIONS = 1;"
        "Plan(Settings(scenario='random-valid'));"
        "print('hypothesis' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("import sys; sys.exit('no room left')", "no room left"),
        ("import sys; sys.exit(3)", "exit code 3"),
        ("print('[{}]')", "does not contain recorded steps"),
    ],
)
def test_a_child_that_fails_gives_one_line(monkeypatch, tmp_path, program, line):
    """Whatever the child dies of is said in one line that names the option."""
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{program}\n")
    python.chmod(0o755)
    monkeypatch.setattr(pools.sys, "executable", str(python))

    with pytest.raises(ScenarioError, match=f"^--scenario random-valid: .*{line}") as caught:
        pools.random_valid.__wrapped__(1)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, FootfallError)


def test_a_child_that_cannot_be_started_gives_one_line(monkeypatch, tmp_path):
    """A Python that is not there is named."""
    monkeypatch.setattr(pools.sys, "executable", str(tmp_path / "nowhere"))

    with pytest.raises(ScenarioError, match="nowhere: No such file"):
        pools.random_valid.__wrapped__(1)


def told(events):
    """Tell a session's shape, which is the same whoever plays it."""
    return [(eid, kind if eid in {"START", "END"} else "") for eid, kind in events]


def nestings(shape):
    """Give which visit was begun inside which."""
    open_, found = [], set()
    for eid, kind in shape:
        if eid == "START":
            found |= {(outer, kind) for outer in open_}
            open_.append(kind)
        elif eid == "END" and kind in open_:
            del open_[len(open_) - 1 - open_[::-1].index(kind) :]
    return found


def shape_of(session):
    return told((event.eid, getattr(event.edata, "type", "")) for event in session.events)


FEW_DRAWN = f"""
from locust.main import main
from generator.load import random_valid
random_valid.SESSIONS = {FEW}
main()
"""


def test_locust_plays_what_no_script_makes(swarm, tmp_path, pool):
    """Real learners play the pool: all is accepted, no mid comes twice, and there are visits that no script nests so."""
    program = tmp_path / "few.py"
    program.write_text(FEW_DRAWN)
    done = swarm(
        "--users", 5, "--spawn-rate", 100, "--speed", 1_000_000, "--scenario", "random-valid", "--sessions", 20,
        "--seed", 1, "--store", "store", program=program,
    )  # fmt: skip
    assert done.status == 0, done.err
    played = defaultdict(dict)
    for row in read(done.folder / "store", ["accepted"]):
        event = json.loads(row.event)
        mid = read_mid(event["mid"])
        assert mid.sequence not in played[mid.session]
        played[mid.session][mid.sequence] = event["eid"], event["edata"].get("type")

    said = done.summary["endpoint"]
    assert said["rejected"]["events"] == said["duplicate"]["events"] == 0
    assert sum(map(len, played.values())) == done.summary["events"]
    assert done.summary["by_scenario"] == {"random-valid": 20}
    shapes = [told(events[place] for place in sorted(events)) for events in played.values()]
    in_pool = [
        shape_of(play(scenario_of([steps], "one"), WORLD.learner(0), T, SeededChance(0)))
        for steps in map(from_json, pool.splitlines())
    ]
    assert len(shapes) == 20
    assert all(shape in in_pool for shape in shapes)
    usual = {
        pair
        for one in find().values()
        for number in range(20)
        for pair in nestings(shape_of(play(one, WORLD.learner(number, one.device), T, SeededChance(number))))
    }
    assert {pair for shape in shapes for pair in nestings(shape)} - usual
