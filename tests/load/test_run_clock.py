"""The clock of a run: counted from the start of sending, on all nodes together, whatever the wall clock does."""

import ast
from pathlib import Path

import pytest

import generator
from generator.load import run_clock
from generator.load.run_clock import Age, RunClock
from tests.delivery import stub
from tests.delivery.stub import serving

[PACKAGE] = map(Path, generator.__path__)
SET_BACK = """
import time, os
_wall = time.time
time.time = lambda: _wall() - (86_400 if os.path.exists("set-back") else 0)
from locust.main import main
main()
"""
SLOW_TO_COMPILE = """
import time
from locust.main import main
from generator.load.template import pool
_compile = pool.compile_session
def slowly(recipe):
    time.sleep(0.5)
    return _compile(recipe)
pool.compile_session = slowly
main()
"""
"""Eight templates are compiled before the start: this takes four seconds."""


class Clocks:
    """The clocks of a machine, as they are read."""

    def __init__(self):
        self.wall, self.monotonic = 1_000_000.0, 500.0

    def pass_(self, seconds):
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def clocks(monkeypatch):
    read = Clocks()
    monkeypatch.setattr(run_clock, "time", lambda: read.wall)
    monkeypatch.setattr(run_clock, "perf_counter", lambda: read.monotonic)
    return read


def test_it_stands_at_zero_until_sending_starts(clocks):
    """What is prepared before the start takes nothing from the run."""
    clock = RunClock()
    clocks.pass_(30)
    assert clock.now == 0.0
    clock.start()
    clocks.pass_(2)

    assert clock.now == 2.0
    assert clock.started == 1_000_030.0
    assert clock.wall == 1_000_032.0


@pytest.mark.parametrize("step", [-86_400.0, -1.0, 3600.0])
def test_a_wall_clock_that_is_set_changes_nothing(clocks, step):
    """Once a run has started, its time passes as the monotonic clock does."""
    clock = RunClock()
    clock.start()
    clocks.wall += step
    clocks.pass_(5)

    assert (clock.now, clock.wall) == (5.0, 1_000_005.0)


@pytest.mark.parametrize(
    ("machine", "underway", "now"),
    [
        ("this", 0.3, 10.3),
        ("another", 0.3, 10.0),
        ("", 0.3, 10.0),
        ("this", -4.0, 10.0),
        ("this", 900.0, 10.0),
    ],
)
def test_a_node_that_joins_takes_over_the_age_of_the_run(clocks, monkeypatch, machine, underway, now):
    """The time that the message took counts if both nodes read the same monotonic clock, and is plausible."""
    monkeypatch.setattr(run_clock, "_machine", lambda: "this")
    clock = RunClock()
    clock.start(Age(10.0, clocks.monotonic - underway, machine))

    assert clock.now == pytest.approx(now)


def test_the_wall_clock_is_read_nowhere_else():
    """No other module of a load run asks for the time of day, by which it could wait for ever."""
    readers = set()
    for path in (PACKAGE / "load").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                readers |= {path.name for name in node.names if name.name in {"time", "time_ns"}}
            if isinstance(node, ast.Attribute) and node.attr in {"time", "time_ns", "utcnow"}:
                readers.add(path.name)

    assert readers == {"run_clock.py"}


def run_with(program, swarming, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(program)
    return lambda *options: swarming("--headless", "--summary", "summary.json", *options, program=path)


def test_learners_go_on_when_the_wall_clock_is_set_back(swarming, tmp_path):
    """The wall clock falls back by a day in mid-run: every session is played to its end."""
    start = run_with(SET_BACK, swarming, tmp_path)
    options = ("-u", 4, "-r", 100, "--speed", 2000, "--sessions", 40)
    with serving(stub.SUCCESS) as endpoint, start(*options, "--host", endpoint.url) as run:
        endpoint.wait_for(5)
        (tmp_path / "set-back").touch()
        assert run.end() == 0, run.err

    assert (run.summary["sessions"], run.summary["finished"]) == (40, 40)


@pytest.mark.parametrize("processes", [(), ("--processes", 2)], ids=["alone", "two processes"])
def test_run_time_and_profile_begin_with_sending(swarming, tmp_path, free_master, processes):
    """Compiling takes longer than --run-time: all that the profile makes due in that time is offered, and rates are right."""
    start = run_with(SLOW_TO_COMPILE, swarming, tmp_path)
    options = (
        "--rate",
        "ramp:0..1k in 2s",
        "--arrival-process",
        "constant",
        "-t",
        "3s",
        "--scenario",
        "practice",
        "--batch-size",
        10,
    )
    more = (*processes, *free_master) if processes else ()
    with serving(stub.SUCCESS) as endpoint, start(*options, "--host", endpoint.url, *more) as run:
        assert run.end() in (0, 12), run.err
    said = run.summary

    offered = sum(second["offered_events"] for second in said["seconds"])
    asked = 1000 + 1000 * (said["sending_s"] - 2)
    assert said["sending_s"] > 2.9
    assert abs(offered - asked) <= 40, said["notes"]
    assert said["figures"]["offered_per_s"] == pytest.approx(offered / said["sending_s"])
    # Not the maximum: a batch that fell due at the very end may be dropped, which is beyond any bound.
    assert said["response"]["p50"] < 2000 or said["generator"]["limited"]


HELD_UP_AT_THE_END = """
import gevent
from locust import events
from locust.main import main

@events.test_start.add_listener
def hold_up(environment, **_):
    def run():
        while not environment.footfall.test.now >= 1.6:
            gevent.sleep(0.01)
        while environment.footfall.test.now < {until}:
            pass
    gevent.spawn(run)
main()
"""
"""The process is busy with something else when --run-time ends."""


@pytest.mark.parametrize(("until", "is_long"), [(2.1, False), (3.2, True)], ids=["half a second", "longer"])
def test_a_process_that_is_held_up_at_the_end_does_not_blame_the_endpoint(swarming, tmp_path, until, is_long):
    """With senders free, what the last second kept from being sent is unsent; more than that is dropped for the standstill."""
    start = run_with(HELD_UP_AT_THE_END.format(until=until), swarming, tmp_path)
    options = ("--rate", 1000, "--arrival-process", "constant", "-t", "2s", "--scenario", "practice", "-u", 4)
    with (
        serving(stub.SUCCESS) as endpoint,
        start(*options, "--host", endpoint.url) as run,
    ):
        assert run.end() in ((1, 12) if is_long else (0, 12)), run.err
    said = run.summary

    assert bool(said["dropped_events"]) == is_long
    assert "the endpoint took no more" not in run.out
    if is_long:
        assert "the generator stood still" in said["warning"] or said["generator"]["limited"]
    else:
        assert said["unsent_events"] > 100
        assert said["response"]["max"] < 2000
        assert said["figures"]["offered_per_s"] == pytest.approx(1000, rel=0.1)
