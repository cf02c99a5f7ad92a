"""A clean checkout: the first examples are drawn in time, although Hypothesis has none of its tables yet."""

import os
import subprocess
import sys

import pytest

DRAW = """
import time
time.perf_counter = time.process_time  # what a busy machine takes is not counted

from hypothesis import given, settings
from generator.strategies import *

@settings(max_examples=25)  # the health checks judge the first ten
@given({strategy})
def test(value): pass

test()
"""

DRAW_ALL = """
from hypothesis import HealthCheck, Phase, given, settings
from generator import strategies
from generator.strategies import *
from generator.delivery.contracts.sunbird import Sunbird
from generator.probe.cases import texts

needed = {"interleavings": [sessions()], "payloads": ["EXDATA"], "requests": [Sunbird()]}
made = [getattr(strategies, name)(*needed.get(name, ())) for name in strategies.__all__ if name[0].islower()]
some = settings(max_examples=20, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
for strategy in [*made, texts("wire").drawn]:
    some(given(strategy)(lambda value: None))()
print(len(made))
"""


def drawn(script, storage):
    """Run a script in a process of its own, with Hypothesis' tables in a folder; return what it prints."""
    environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(storage)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=120
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize(
    "strategy", ["sessions()", "sessions(max_events=20)", "steps()", "interleavings(sessions())"]
)
def test_a_strategy_passes_the_health_checks_on_a_clean_checkout(strategy, tmp_path):
    """A strategy passes every health check at its default, although Hypothesis has no table yet."""
    drawn(DRAW.format(strategy=strategy), tmp_path)

    assert list(tmp_path.glob("unicode_data/*/charmap*"))


def test_a_strategy_passes_the_health_checks_with_tables(tmp_path):
    """A strategy passes every health check in a second run too, which reads the tables that the first one wrote."""
    for _ in range(2):
        drawn(DRAW.format(strategy="interleavings(sessions(max_events=20))"), tmp_path)


def test_no_strategy_needs_the_table_that_takes_a_second(tmp_path):
    """Hypothesis builds its table of encodable characters for no public strategy, and for no text of the probe."""
    count = int(drawn(DRAW_ALL, tmp_path))
    tables = [path.name for path in tmp_path.glob("unicode_data/*/*")]

    assert count > 25
    assert [name for name in tables if "charmap" in name]
    assert [name for name in tables if "codec" in name] == []
