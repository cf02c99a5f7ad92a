"""Run the soak: print a line a run; exit with 1 if a verdict contradicts the truth, or too many are unknown."""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.soak.run import run
from tests.soak.trial import Trial

MOST_UNKNOWN = 0.2


def _one(seed, folder):
    trial = Trial.draw(seed)
    place = Path(tempfile.mkdtemp(prefix=f"{seed}-", dir=folder))
    outcome = run(trial, place)
    if not outcome.contradictions:
        shutil.rmtree(place)
    return trial, outcome, place


def main() -> int:
    """Run as many trials as asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the others follow")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument(
        "--folder", type=Path, default=None, help="keeps what contradicts; a temporary one by default"
    )
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    verdicts, wrong = Counter(), 0
    with ThreadPoolExecutor(options.jobs) as pool:
        seeds = range(options.seed, options.seed + options.runs)
        for trial, outcome, place in pool.map(lambda seed: _one(seed, folder), seeds):
            verdicts[outcome.verdict] += 1
            wrong += bool(outcome.contradictions)
            print(f"{trial}: {outcome.verdict}", flush=True)
            for each in outcome.contradictions:
                print(f"    CONTRADICTION: {each} ({place})", flush=True)
    unknown = verdicts["unknown"] / options.runs
    print(f"{options.runs} runs: {dict(verdicts)}; {wrong} contradict the truth; unknown in {unknown:.1%}")
    return 1 if wrong or unknown > MOST_UNKNOWN else 0


if __name__ == "__main__":
    sys.exit(main())
