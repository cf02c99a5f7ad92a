"""Adherence: whether what all workers offered together was the rate that the profile asks for."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from generator.load.rates.curve import Curve

Shares = Sequence[tuple[float, float]]
"""One worker's parts of the rate: since when, in seconds since sending started, and which; the last one goes on."""
TOLERANCE = 0.01
"""By which part the offered rate may differ from the profile: clocks of workers differ by the time of a message."""
_MOST_NAMED = 5
_SHORTEST = 0.5
"""Seconds of a stretch that is named."""


class DeviationInterval(NamedTuple):
    """A time in which the offered rate was not the profile's.

    Attributes:
        start: in seconds since sending started.
        end: likewise.
        part: the offered rate as a part of the profile's.
    """

    start: float
    end: float
    part: float

    def __str__(self) -> str:
        return f"{100 * self.part:.0f} % of it from second {self.start:.1f} to {self.end:.1f}"


class Adherence(NamedTuple):
    """How the offered rate compares with its profile.

    Attributes:
        part: what was offered as a part of the profile's integral; 1 within the tolerance.
        stretches: the times in which the rate was another.
    """

    part: float = 1.0
    deviations: tuple[DeviationInterval, ...] = ()

    @property
    def is_on_profile(self) -> bool:
        """Whether all in all as much was offered as the profile asks for."""
        return self.part == 1.0

    @property
    def penalty(self) -> float:
        """By what `achieved_rate` is multiplied: below 1 where less was offered than asked for, and where more was."""
        return min(self.part, 1 / self.part) if self.part else 0.0

    def __str__(self) -> str:
        where = "".join(f"; {deviation}" for deviation in self.deviations[:_MOST_NAMED])
        return f"{100 * self.part:.3g} % of what the profile asks for was offered{where}"


ON_PROFILE = Adherence()
"""Of a run that offered its profile, or has none."""


def adherence(profile: Curve, workers: Iterable[Shares], end: float) -> Adherence:
    """Compare what workers offered with the profile.

    Args:
        profile: the whole rate.
        workers: the parts of each.
        end: until when, in seconds since sending started.
    """
    end = min(end, profile.duration)
    # Sorted by time alone: of two changes at one instant the later one holds.
    changes = [(at, worker, share) for worker, shares in enumerate(workers) for at, share in shares]
    changes.sort(key=itemgetter(0))
    instants = sorted({0.0, end, *(at for at, _, _ in changes if 0 < at < end)})
    held: dict[int, float] = {}
    asked = offered = 0.0
    place = 0
    found: list[DeviationInterval] = []
    for start, stop in pairwise(instants):
        while place < len(changes) and changes[place][0] <= start:
            _, worker, held[worker] = changes[place]
            place += 1
        part = sum(held.values())
        area = profile.area(stop) - profile.area(start)
        asked, offered = asked + area, offered + area * part
        if area and abs(part - 1) > TOLERANCE:
            _add(found, DeviationInterval(start, stop, part))
    part = offered / asked if asked else 1.0
    named = tuple(one for one in found if one.end - one.start >= _SHORTEST)
    return Adherence(1.0 if abs(part - 1) <= TOLERANCE else part, named)


def _add(found: list[DeviationInterval], deviation: DeviationInterval) -> None:
    """Add a stretch, as one with that before it where the rate was the same."""
    if found and found[-1].end == deviation.start and abs(found[-1].part - deviation.part) <= TOLERANCE:
        deviation = deviation._replace(start=found.pop().start)
    found.append(deviation)
