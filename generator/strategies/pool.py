"""A pool of sessions of any valid nesting, written down: what a process that must not load Hypothesis plays.

    python -m generator.strategies.pool --seed 1 --sessions 200 > pool.jsonl

Each line is one session's steps, as `generator.scenarios.recorded_steps.from_json` reads them. The same seed gives the same bytes,
for one version of Footfall and of Hypothesis; no two lines are equal.
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
"""Steps that are drawn for each session at least: Hypothesis begins with the smallest there are."""
LONGEST_PAUSE = 60.0
"""Seconds between two steps at most: idle time among them, and no user waits for days."""

_SPARE = 20


def pool(seed: int, sessions: int) -> list[bytes]:
    """Draw so many sessions' steps, as JSON.

    Args:
        seed: decides everything.
        sessions: how many.
    """
    drawn: dict[bytes, None] = {}
    turn = 0
    while len(drawn) < sessions:
        # Each turn begins with the simplest session and may draw others twice, so it draws some more.
        _draw(seed_of(seed, turn), sessions - len(drawn) + _SPARE, drawn)
        turn += 1
    return list(drawn)[:sessions]


def _draw(seed: int, examples: int, drawn: dict[bytes, None]) -> None:
    # This is no test: a busy machine must not change what is drawn, and nothing is remembered from run to run.
    @settings(
        max_examples=examples, phases=[Phase.generate], database=None, deadline=None, derandomize=False,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @seeded(seed)
    @given(steps(min_steps=FEWEST_STEPS, longest_pause=LONGEST_PAUSE))
    def keep(told: list[Step]) -> None:
        drawn.setdefault(as_json(told))

    keep()


def main() -> None:
    """Write a pool to stdout, one session a line."""
    parser = ArgumentParser(
        prog="python -m generator.strategies.pool", description="Draw a pool of sessions."
    )
    parser.add_argument("--seed", type=int, default=1, help="decides everything; 1 by default")
    parser.add_argument("--sessions", type=int, default=200, metavar="N", help="how many; 200 by default")
    said = parser.parse_args()
    # A place where nothing can be: Hypothesis otherwise leaves a folder where the user's command was given.
    set_hypothesis_home_dir(Path(os.devnull) / "nothing")
    sys.stdout.buffer.writelines(line + b"\n" for line in pool(said.seed, said.sessions))


if __name__ == "__main__":
    main()
