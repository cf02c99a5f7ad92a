"""The live display of a headless run in a real pseudo-terminal."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from terminal import Terminal

from generator.load.monitor.terminal_rows import ROWS
from tests.delivery import stub
from tests.delivery.stub import Stub, serving_as

LOCUSTFILE = Path(__file__).parents[2] / "locustfiles" / "session.py"
COLOUR = re.compile(r"\x1b\[[1-9][0-9;]*m")
TABLE_ROW = re.compile(r"^POST +/v1/telemetry", re.MULTILINE)
ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
LAST_ROW, CTRL_C = " checks ", b"\x03"


@pytest.fixture
def locust(tmp_path):
    """Run Locust on a terminal of its own, whose Ctrl-C it hears, against an endpoint that refuses some."""

    @contextmanager
    def run(*options, **env):
        terminal = Terminal(30, 120)
        cycle = [stub.SUCCESS, stub.SUCCESS, stub.LIMITED]
        endpoint = Stub(lambda place: cycle[place % len(cycle)])
        command = (
            sys.executable,
            "-c",
            ON_ITS_TERMINAL,
            "-m",
            "locust",
            "-f",
            LOCUSTFILE,
            "--headless",
            "--host",
        )
        said = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        with serving_as(endpoint):
            process = subprocess.Popen(
                [*map(str, command), endpoint.url, *options], cwd=tmp_path, env={**said, "TERM": "xterm", **env},
                stdin=terminal.slave, stdout=terminal.slave, stderr=terminal.slave,
                start_new_session=True,
            )  # fmt: skip
            terminal.give_away()
            try:
                yield terminal
                terminal.read_to_the_end()
                terminal.status = process.wait(20)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
                terminal.close()

    return run


def is_drawn(terminal):
    """Whether the display shows something that was answered."""
    return LAST_ROW in terminal.cells[-1] and re.search(r"acknowledged [1-9]", terminal.cells[-5])


def test_a_run_is_seen_while_it_goes_on(locust):
    """Figures stand in the lower rows, the log whole above them; at the end the rows are gone and the summary stands."""
    with locust("--rate", "2k", "--run-time", "3s", "--only-summary", "--check", "rejected<5") as terminal:
        terminal.read_until(is_drawn)
        head, rates, _, _, refused, checks = terminal.cells[-ROWS:]
        above = "\n".join(terminal.cells[:-ROWS])

    assert re.search(r"── Footfall run [0-9a-f]{8} · \d s of 3 s · 64 users", head)
    assert re.search(r"due 2,000, acknowledged [\d,]+  [▁-█]+  [\d.]+ [kM]B/s", rates)
    assert "429 Too Many Requests" in refused
    assert "rejected<5" in checks
    assert re.search(r"^\[.*Run time limit set to 3 seconds of sending$", above, re.MULTILINE)
    assert 'All users spawned: {"FootfallUser": 64} (64 total users)' in above
    assert terminal.status == 10
    assert LAST_ROW + " " not in terminal.shown.split("Run ")[0]
    assert "── Footfall" not in terminal.shown
    assert terminal.region == (0, 29)
    assert re.search(r"^Run [0-9a-f]{8}, seed 1, .* s against http", terminal.shown, re.MULTILINE)
    assert "rejected<5: failed" in terminal.shown


def test_ctrl_c_leaves_a_clean_terminal(locust):
    """The region that scrolls is the whole again, the rows are gone, and the summary stands there."""
    with locust("--rate", "2k", "--only-summary") as terminal:
        terminal.read_until(is_drawn)
        os.write(terminal.master, CTRL_C)

    assert terminal.status in {0, 1}
    assert terminal.region == (0, 29)
    assert "── Footfall" not in terminal.shown
    assert "to purge  delete the events" in terminal.shown
    assert "Traceback" not in terminal.shown
    assert terminal.raw.count("\x1b[?7l") == terminal.raw.count("\x1b[?7h")


def test_locust_s_own_tables_scroll_above_it(locust):
    """Without --only-summary Locust prints its tables, whole, and the display stands below them."""
    with locust("--rate", "2k", "--run-time", "4s", NO_COLOR="1") as terminal:
        terminal.read_until(lambda one: is_drawn(one) and TABLE_ROW.search(one.shown))
        tables = "\n".join([*terminal.history, *terminal.cells[:-ROWS]])

    assert re.search(r"^Type +Name +# reqs +# fails \|", tables, re.MULTILINE)
    assert TABLE_ROW.search(tables)
    assert not COLOUR.search(terminal.raw.split("Run ")[0])


def test_no_display_without_a_terminal(swarm):
    """What goes into a file or a pipe holds no orders for a terminal."""
    endpoint = Stub(lambda place: stub.SUCCESS)
    with serving_as(endpoint):
        done = swarm("--host", endpoint.url, "--rate", "1k for 1s", TERM="xterm")

    assert done.status == 0, done.err
    assert "\x1b" not in done.err + done.out
