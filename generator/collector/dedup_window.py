"""What was seen in the last hour, so that a repeated id is recognised: the pipeline's dedup windows."""

from collections.abc import Collection, Iterable

GENERATION = 30 * 60 * 1000
"""The span of a generation in milliseconds; three of them hold an hour at the least and 90 minutes at most."""
MOST = 5_000_000
"""The most ids in a generation: about 600 MB of them. Beyond it, the window is shortened and `shortened` counts it."""

_GENERATIONS = 3


class DedupWindow:
    """The ids of the last hour.

    Every id seen within the last 60 minutes is recognised, none after 90. A repeated id does not prolong
    the first (the pipeline's Redis keys expire 3,600 s after they are set).

    Attributes:
        shortened: how often a generation was full before its time.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._generations: list[set[str]] = [set() for _ in range(_GENERATIONS)]
        self._turned = 0
        self.shortened = 0

    def __contains__(self, name: str) -> bool:
        return any(name in generation for generation in self._generations)

    def __len__(self) -> int:
        return sum(map(len, self._generations))

    def rotate(self, now: int) -> None:
        """Discard what is too old at this instant, in milliseconds since 1970."""
        if now - self._turned >= _GENERATIONS * GENERATION:
            self._generations = [set() for _ in range(_GENERATIONS)]
            self._turned = now
        while now - self._turned >= GENERATION:
            self._shift()
            self._turned += GENERATION
        if len(self._generations[0]) >= self._most:
            self._shift()
            self.shortened += 1

    def _shift(self) -> None:
        self._generations = [set(), *self._generations[:-1]]

    def all_new(self, names: Collection[str]) -> bool:
        """Return whether all these are new, and no two of them the same."""
        distinct = set(names)
        return len(distinct) == len(names) and all(map(distinct.isdisjoint, self._generations))

    def add(self, names: Iterable[str]) -> None:
        """Remember these from now on."""
        self._generations[0].update(names)

    def discard(self, names: Iterable[str]) -> None:
        """Forget these ids, such as those of a batch that could not be stored."""
        for generation in self._generations:
            generation.difference_update(names)
