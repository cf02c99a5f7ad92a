"""Examples: which cases a property is tried on, by seed and number; the same ones in every run."""

import os
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy

from generator.probe.cases import CaseSource
from generator.probe.exchange import ProbeCase

DEFAULT_EXAMPLES = 25
CERTAIN_PER_EXAMPLE = 100
"""Certain cases for each drawn one: if there are more, a sample of them is tried."""


class Examples:
    """The cases that are tried, the certain ones first.

    Args:
        seed: decides what is drawn.
        most: how many are drawn for each property.
    """

    def __init__(self, seed: int, most: int) -> None:
        self._seed, self._most = seed, most
        self._drawn: dict[SearchStrategy[ProbeCase], list[ProbeCase]] = {}

    def of(self, cases: CaseSource) -> Iterator[ProbeCase]:
        """Yield a property's cases; the drawn ones are drawn when it is their turn."""
        yield from self._certain(cases.certain)
        if cases.drawn is not None:
            yield from self._draw(cases.drawn)

    def _certain(self, certain: tuple[ProbeCase, ...]) -> Iterable[ProbeCase]:
        most = self._most * CERTAIN_PER_EXAMPLE
        return certain if len(certain) <= most else random.Random(self._seed).sample(certain, most)

    def _draw(self, strategy: SearchStrategy[ProbeCase]) -> list[ProbeCase]:
        """Draw cases; properties that are tried on the same ones share them, for drawing takes longer than sending."""
        if strategy not in self._drawn:
            self._drawn[strategy] = list[ProbeCase]()
            self._fill(strategy, self._drawn[strategy])
        return self._drawn[strategy]

    def _fill(self, strategy: SearchStrategy[ProbeCase], drawn: list[ProbeCase]) -> None:
        @seed(self._seed)
        @settings(
            max_examples=self._most, phases=[Phase.generate], database=None, deadline=None, print_blob=False,
            verbosity=Verbosity.quiet,
            # The user of a probe cannot change a strategy, and a busy machine is slow.
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(strategy)
        def draw(case: ProbeCase) -> None:
            drawn.append(case)

        draw()


@contextmanager
def without_trace() -> Iterator[None]:
    """Make Hypothesis keep its tables in a temporary folder, not in the current one."""
    if "HYPOTHESIS_STORAGE_DIRECTORY" in os.environ:
        yield
        return
    with TemporaryDirectory(prefix="footfall-probe-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)
