"""Troubles: what of a dataset could not be sent as it should, counted by kind, and the first of each kind named."""

from collections import Counter
from collections.abc import Iterator

NAMED = 3
"""How many of each kind are named."""


class Warnings:
    """Counts of one worker.

    Attributes:
        counts: by kind.
        named: the first of each kind, as `file:line: what is wrong`.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.named: dict[str, list[str]] = {}

    def add(self, kind: str, place: str, problem: str = "") -> None:
        """Count one.

        Args:
            kind: such as `no readable event, left out`; one of few.
            place: `file:line`.
            problem: what is wrong there.
        """
        self.counts[kind] += 1
        named = self.named.setdefault(kind, [])
        if len(named) < NAMED:
            named.append(f"{place}: {problem}" if problem else place)

    def lines(self) -> Iterator[str]:
        """Yield a line for each kind."""
        for kind, count in sorted(self.counts.items()):
            more = ", …" if count > len(self.named[kind]) else ""
            yield f"replay: {count:,} times {kind} ({'; '.join(self.named[kind])}{more})"
