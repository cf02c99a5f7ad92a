"""The scenario random-valid: sessions that no script makes, drawn by a child process before a run.

What draws them is Hypothesis, which has no place in a process of the swarm: it costs memory and time there, and
Locust has patched what it stands on. So the child draws, and what it writes is performed here.
"""

import subprocess
import sys
from functools import cache

from generator.errors import FootfallError, ScenarioError
from generator.scenarios.recorded_steps import RANDOM_VALID, from_json, scenario_of
from generator.scenarios.story import Scenario
from generator.system.exit_with_parent import run

SESSIONS = 200
"""Sessions in a pool."""
_PATIENCE = 120.0


@cache
def random_valid(seed: int) -> Scenario:
    """Draw the scenario; the same seed, the same sessions, in whichever process.

    Raises:
        ScenarioError: when the child process fails, with its last line.
    """
    try:
        pool = [from_json(line) for line in _drawn(seed).splitlines()]
    except FootfallError as error:
        raise ScenarioError(f"--scenario {RANDOM_VALID}: its sessions could not be drawn: {error}") from None
    return scenario_of(pool, RANDOM_VALID, title="Anything valid, likely or not")


def _drawn(seed: int) -> bytes:
    options = ["--seed", str(seed), "--sessions", str(SESSIONS)]
    try:
        done = run("generator.strategies.pool", options, _PATIENCE)
    except subprocess.TimeoutExpired:
        raise ScenarioError(f"nothing came within {_PATIENCE:.0f} seconds") from None
    except OSError as error:
        raise ScenarioError(f"{sys.executable}: {error.strerror}") from None
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise ScenarioError(last or f"exit code {done.returncode}")
    return done.stdout
