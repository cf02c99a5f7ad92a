"""A script that does not end its session is ended, with its line, whatever plays it."""

import subprocess
import sys
import threading

import pytest

from generator import World
from generator.chance import SeededChance
from generator.errors import ScenarioError, UsageError
from generator.scenarios.loader import find
from generator.scenarios.story import collector_held_off, play
from generator.system.watchdog import VARIABLE, Watchdog

HEAD = "from generator import scenario\n@scenario\ndef stuck(learner, t, chance):\n    t.heartbeat()\n"


def script(folder, body, head=HEAD):
    path = folder / "stuck.py"
    path.write_text(head + body)
    return path


def play_it(path):
    [scenario] = find(path).values()
    # As every player does; what is raised inside of a collector's callback would be lost until the next look.
    with collector_held_off():
        return play(scenario, World().learner(0, scenario.device), 10**12, SeededChance(1))


def test_a_loop_is_ended_at_its_line(tmp_path):
    """A script that loops for ever raises, with the line at which it was and the way out."""
    path = script(tmp_path, "    while True:\n        pass\n")
    with (
        Watchdog(limit=0.1, every=0.05),
        pytest.raises(ScenarioError, match=rf"stuck\.py:[56], .*loop for ever\? .*{VARIABLE}"),
    ):
        play_it(path)


def test_a_loop_in_the_library_is_ended_at_the_scripts_line(tmp_path):
    """A loop that spends its time in Footfall's own functions is named by the script's line, too."""
    path = script(
        tmp_path, "    while True:\n        learner.reads(learner.choose_content(chance), chance)\n"
    )
    with Watchdog(limit=0.1, every=0.05), pytest.raises(ScenarioError, match=r"stuck\.py:[56], "):
        play_it(path)


def test_a_script_that_loops_while_it_is_loaded_is_ended(tmp_path):
    """A loop outside of any scenario ends with its line as well."""
    path = script(tmp_path, "while True:\n    pass\n", head="")
    with Watchdog(limit=0.1, every=0.05), pytest.raises(ScenarioError, match=r"stuck\.py:[12], "):
        find(path)


def test_many_short_sessions_are_not_one_long_one(tmp_path):
    """The time of a session is its own: a program may play for longer than any session may take."""
    path = script(tmp_path, "    sum(range(10**5))\n")
    with Watchdog(limit=0.1, every=0.05):
        for _ in range(40):
            play_it(path)


PROGRAM = """
import signal, sys
from pathlib import Path
from generator.errors import ScenarioError
from generator.system.watchdog import Watchdog
from tests.test_watchdog import play_it
came = []
signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
with Watchdog(limit=60, holds_signals=True, every=0.05):
    try:
        print(len(play_it(Path(sys.argv[1])).events), "event")
    except ScenarioError as error:
        print(error)
print([signal.SIGTERM] == came, signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""


def played_alone(path):
    """Play a script in a process of its own, which has no thread that could take the signal."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, path], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


UNTIL_HELD = (
    "    import signal\n    while signal.SIGTERM not in signal.pthread_sigmask(0, []):\n        pass\n"
)


def test_a_signal_ends_a_session_that_does_not_end(tmp_path):
    """Where signals are held for it, the watchdog ends the session at once, and then the signal is delivered."""
    body = "    signal.raise_signal(signal.SIGTERM)\n    while True:\n        pass\n"
    said = played_alone(script(tmp_path, UNTIL_HELD + body))

    assert "stuck.py:" in said[0]
    assert "SIGTERM came" in said[0]
    assert said[1] == "True False"


def test_a_slow_session_leaves_signals_as_they_were(tmp_path):
    """A session that takes long and ends has not been ended, and holds no signal afterwards."""
    assert played_alone(script(tmp_path, UNTIL_HELD)) == ["1 event", "False False"]


def test_outside_the_main_thread_it_does_nothing():
    """A program that plays in another thread can do so: no handler is set there."""
    failed = []

    def enter():
        try:
            with Watchdog(limit=0.1, every=0.05):
                pass
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()

    assert failed == []


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "10000000", "٣"])
def test_a_limit_that_is_no_number_is_refused(monkeypatch, text):
    """What the environment says must be a number of seconds."""
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(UsageError, match=VARIABLE):
        Watchdog()


def test_a_command_ends_a_script_that_loops(tmp_path, capsys, monkeypatch):
    """A command that plays a script ends with 2 and one line that names it."""
    from generator.cli.commands import run

    monkeypatch.setenv(VARIABLE, "1")
    path = script(tmp_path, "    while True:\n        pass\n")
    status = run(["show", "--scenario-dir", str(path)])

    assert status == 2
    assert "stuck.py:" in capsys.readouterr().err.splitlines()[-1]
