"""Arrivals: when the next thing is due at a profile's rate, independent of the endpoint's speed.

A worker sends its share of the profile. It counts its units on a scale of its own. On that scale they lie one
apart (constant), or at random distances of one on average (Poisson). The profile and the share map the scale to
time. So a change of the share moves the units that are still to come, and none is lost or doubled.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from math import ceil, inf, log
from random import Random
from typing import Literal, NamedTuple, get_args

from generator.chance import seed_of
from generator.errors import UsageError
from generator.load.rates.curve import Curve

Process = Literal["poisson", "constant"]
"""How units follow one another: as those of many who do not know of each other, or evenly."""
PROCESSES: tuple[Process, ...] = get_args(Process)


class _Change(NamedTuple):
    """A share, and since when it holds.

    Attributes:
        at: seconds from the start.
        units: how many of its own units the worker had offered by then.
        area: how many the whole profile had.
    """

    at: float
    units: float
    area: float
    share: float


class Arrivals:
    """The due times of one worker's units; a function of the arguments and the calls made.

    Args:
        profile: the rate of all workers together.
        process: `poisson`, or `constant` for even gaps.
        seed: parts which are hashed together; different ones for each worker.
        share: the worker's part of the rate, from 0 to 1; those of all workers together are 1.
        phase: from 0 to below 1, the part of its first gap by which a constant process begins early: worker i of n
            has i/n, so that they take turns. Poisson processes need none.

    Attributes:
        due: when the thing that `next` gave last is due; a share that changes moves it while it is still to come.

    Raises:
        UsageError: for a process that is none.
        ValueError: for a share or a phase out of its range.
    """

    __slots__ = ("_changes", "_early", "_place", "_random", "_reached", "_until", "due", "profile")

    def __init__(
        self, profile: Curve, process: Process = "poisson", *seed: object, share: float = 1.0, phase: float = 0.0
    ) -> None:  # fmt: skip
        if not 0 <= phase < 1:
            raise ValueError(f"phase={phase}: choose from 0 to below 1")
        self.profile = profile
        self._random = _random(process, seed)
        self._early = 0.0 if self._random else phase
        self._changes = [_Change(0.0, 0.0, 0.0, _checked(share))]
        # Where among the changes the last unit given lies, and up to how many units that place reaches.
        self._place, self._until = 0, inf
        self._reached = self.due = 0.0

    def next(self, size: float = 1.0) -> float:
        """Return when the next thing is due, in seconds from the start; inf for never.

        Args:
            size: its units, 0 or more; a batch of 20 events at a rate of events has 20.
        """
        if not size >= 0:
            raise ValueError(f"next({size}): a size is 0 or more")
        if self._random:
            size *= -log(1 - self._random())
        elif self._early:
            size, self._early = size * (1 - self._early), 0.0
        self._reached += size
        self.due = due = self._due(self.due)
        return due

    def set_share(self, share: float, now: float) -> float:
        """Change the share from now on.

        Args:
            share: the new one, from 0 to 1.
            now: seconds from the start; not before the last change, else taken as that instant.

        Returns:
            `due`, which has moved where it was still to come; from inf too, where the share was 0.
        """
        last = self._changes[-1]
        if _checked(share) != last.share:
            at = max(now, last.at)
            area = self.profile.area(at)
            self._changes.append(_Change(at, last.units + (area - last.area) * last.share, area, share))
            self._until = self._changes[self._place + 1].units
            if self._reached > self._until:
                self.due = self._due(at)
        return self.due

    @property
    def next_at(self) -> float:
        """`due`; where that is never, the end of the profile, until which the share may still grow."""
        return min(self.due, self.profile.duration)

    @property
    def shares(self) -> list[tuple[float, float]]:
        """All shares so far: since when each holds, and which it is."""
        return [(change.at, change.share) for change in self._changes]

    def is_over(self, now: float) -> bool:
        """Whether nothing will be due any more, whatever becomes of the share."""
        return self.due == inf and now >= self.profile.duration

    def expected(self, t: float) -> float:
        """Return how many units this worker was to offer by an instant."""
        change = self._changes[max(0, bisect_right(self._changes, t, key=_at) - 1)]
        return change.units + (self.profile.area(t) - change.area) * change.share

    def skip(self, until: float) -> Iterator[tuple[float, int]]:
        """Leave out the whole units that are due by an instant after the thing that `next` gave last.

        Yields:
            Of each second in which there are any: when, and how many.
        """
        if self.due > until:
            return
        for second in range(int(self.due), ceil(until)):
            units = int(self.expected(min(second + 1.0, until)) - self._reached)
            if units > 0:
                self._reached += units
                yield max(float(second), self.due), units
        self.due = self._due(self.due)

    def _due(self, after: float) -> float:
        """Return when the last unit is reached."""
        while self._reached > self._until:
            self._place += 1
            following = self._place + 1
            self._until = self._changes[following].units if following < len(self._changes) else inf
        _, units, area, share = self._changes[self._place]
        return self.profile.time_of(area + (self._reached - units) / share, after) if share else inf


def _at(change: _Change) -> float:
    return change.at


def _random(process: str, seed: tuple[object, ...]) -> Callable[[], float] | None:
    """Return the stream of a Poisson process."""
    if process not in PROCESSES:
        near = get_close_matches(process, PROCESSES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(PROCESSES)}"
        raise UsageError(f"process {process!r}: {hint}")
    # Random.random() is the one method whose stream Python promises to keep between versions.
    return Random(seed_of(*seed)).random if process == "poisson" else None


def _checked(share: float) -> float:
    if not 0 <= share <= 1:
        raise ValueError(f"share={share}: choose from 0 to 1")
    return share
