"""A pool of recorded sessions of any valid nesting, for a process that must not load Hypothesis.

    python -m generator.strategies.pool --seed 1 --sessions 200 > pool.jsonl

Each line is one session's steps, as `generator.scenarios.recorded_steps.from_json` reads them. The same seed gives
the same bytes, for one version of Footfall and of Hypothesis. All lines differ.
"""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.configuration import set_hypothesis_home_dir

from generator.chance import seed_of
from generator.scenarios.recorded_steps import Step, as_json
from generator.strategies.steps import steps

FEWEST_STEPS = 5
"""The fewest steps of a session: Hypothesis begins with the smallest sessions."""
LONGEST_PAUSE = 60.0
"""The most seconds between two steps: with idle time, but without pauses of days."""

_SPARE = 20


def pool(seed: int, sessions: int) -> list[bytes]:
    """Return the steps of a number of sessions, as JSON.

    Args:
        seed: decides everything.
        sessions: how many sessions.
    """
    drawn: dict[bytes, None] = {}
    turn = 0
    while len(drawn) < sessions:
        # Each turn begins with the simplest session and can draw others twice, so it draws some more.
        _draw(seed_of(seed, turn), sessions - len(drawn) + _SPARE, drawn)
        turn += 1
    return list(drawn)[:sessions]


def _draw(seed: int, examples: int, drawn: dict[bytes, None]) -> None:
    # This is not a test: a busy machine must not change the draws, and no run depends on an earlier one.
    @settings(
        max_examples=examples, phases=[Phase.generate], database=None, deadline=None, derandomize=False,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @seeded(seed)
    @given(steps(min_steps=FEWEST_STEPS, longest_pause=LONGEST_PAUSE))
    def keep(recorded: list[Step]) -> None:
        drawn.setdefault(as_json(recorded))

    keep()


def main() -> None:
    """Write a pool to stdout, one session a line."""
    parser = ArgumentParser(
        prog="python -m generator.strategies.pool", description="Draw a pool of sessions."
    )
    parser.add_argument("--seed", type=int, default=1, help="decides everything; 1 by default")
    parser.add_argument("--sessions", type=int, default=200, metavar="N", help="how many; 200 by default")
    arguments = parser.parse_args()
    # A path that cannot exist: otherwise Hypothesis leaves a folder in the user's working directory.
    set_hypothesis_home_dir(Path(os.devnull) / "nothing")
    sys.stdout.buffer.writelines(line + b"\n" for line in pool(arguments.seed, arguments.sessions))


if __name__ == "__main__":
    main()
