"""The shapes of rate profiles: what each is called, how it is written, and its course from knot to knot."""

from collections.abc import Callable
from typing import NamedTuple

from generator.load.rates.curve import Knot
from generator.load.rates.units import show_duration, show_rate
from generator.population.traffic import HOURLY_WEIGHTS

SOAK_RAMP = 60.0
"""Seconds that each end of a soak takes at most, and a twentieth of the whole."""


class ShapePart(NamedTuple):
    """One shape with its numbers, as `then` joins them.

    Attributes:
        shape: its name.
        rates: in the order of writing, units a second.
        times: in the order of writing, seconds.
    """

    shape: str
    rates: tuple[float, ...]
    times: tuple[float, ...]

    def knots(self) -> list[Knot]:
        """Return its course from second 0."""
        return SHAPES[self.shape].knots(self)

    @property
    def stay(self) -> float:
        """The rate that goes on where it comes last; 0 where it ends by itself."""
        place = SHAPES[self.shape].stay
        ends = place is None or (self.shape == "constant" and self.times)
        return 0.0 if ends else self.rates[place or 0]

    def __str__(self) -> str:
        shape, rates = SHAPES[self.shape], list(map(show_rate, self.rates))
        times = list(map(show_duration, self.times))
        if self.shape == "points":
            return "points:" + ",".join(map("=".join, zip(times, rates, strict=True)))
        name = "" if self.shape == "constant" else f"{self.shape}:"
        words = (f" {word} {time}" for word, time in zip(shape.words, times, strict=False))
        return name + shape.between.join(rates) + "".join(words)

    def described(self, unit: str, *, is_last: bool) -> str:
        """Format the shape for people; `is_last` if nothing follows it."""
        shape, rates = SHAPES[self.shape], list(map(show_rate, self.rates))
        description = shape.description.format(
            first=rates[0], last=f"{rates[-1]} {unit}", rates=f"{', '.join(rates)} {unit}",
            times=list(map(show_duration, self.times)), count=len(rates),
            peak=f"{show_rate(max(self.rates))} {unit}",
        )  # fmt: skip
        if self.shape == "constant":
            return (
                f"{description} for {show_duration(self.times[0])}"
                if self.times
                else f"{description} until the run ends"
            )
        return (
            f"{description}, then {show_rate(self.stay)} until the run ends"
            if is_last and self.stay
            else description
        )


class Shape(NamedTuple):
    """What a shape's name stands for.

    Attributes:
        example: the right form.
        between: what stands between its rates; "" for one rate alone.
        words: one for each of its durations, in front of it.
        description: the template of its description for people.
        knots: its course from second 0.
        stay: which of its rates goes on where it comes last; None where it ends.
    """

    example: str
    between: str
    words: tuple[str, ...]
    description: str
    knots: Callable[[ShapePart], list[Knot]]
    stay: int | None = None


def _constant(part: ShapePart) -> list[Knot]:
    return [Knot(at, part.rates[0]) for at in (0.0, *part.times)] if part.times else []


def _ramp(part: ShapePart) -> list[Knot]:
    return [Knot(0.0, part.rates[0]), Knot(part.times[0], part.rates[1])]


def _steps(part: ShapePart) -> list[Knot]:
    [each] = part.times
    return [Knot(edge * each, rate) for place, rate in enumerate(part.rates) for edge in (place, place + 1)]


def _spike(part: ShapePart) -> list[Knot]:
    (base, top), (at, lasts) = part.rates, part.times
    return [Knot(0.0, base), Knot(at, base), Knot(at, top), Knot(at + lasts, top)]


def _soak(part: ShapePart) -> list[Knot]:
    """Begin and end gently: a cold start is another test."""
    [rate], [lasts] = part.rates, part.times
    ramp = min(SOAK_RAMP, lasts / 20)
    return [Knot(0.0, 0.0), Knot(ramp, rate), Knot(lasts - ramp, rate), Knot(lasts, 0.0)]


def _day(part: ShapePart) -> list[Knot]:
    """Put the weight of each hour at its middle; midnight lies between the last hour and the first."""
    [peak], [lasts] = part.rates, part.times
    heights = [peak * (weight / max(HOURLY_WEIGHTS)) for weight in HOURLY_WEIGHTS]
    midnight = (heights[0] + heights[-1]) / 2
    hours = [Knot((hour + 0.5) / 24 * lasts, height) for hour, height in enumerate(heights)]
    return [Knot(0.0, midnight), *hours, Knot(lasts, midnight)]


def _points(part: ShapePart) -> list[Knot]:
    return list(map(Knot, part.times, part.rates))


SHAPES = {
    "constant": Shape("100k for 5m", "", ("for",), "{rates}", _constant, 0),
    "ramp": Shape(
        "ramp:0..100k in 60s then 100k for 5m", "..", ("in",), "from {first} to {last} in {times[0]}", _ramp, 1
    ),
    "steps": Shape("steps:1k,2k,5k each 30s", ",", ("each",), "steps of {rates}, {times[0]} each", _steps),
    "spike": Shape(
        "spike:1k..20k at 60s for 10s", "..", ("at", "for"),
        "{first} with a spike to {last} at {times[0]} for {times[1]}", _spike, 0,
    ),
    "soak": Shape("soak:5k for 2h", "", ("for",), "a soak of {rates} for {times[0]}", _soak),
    "breakpoint": Shape(
        "breakpoint:1k..100k in 10m", "..", ("in",),
        "from {first} to {last} in {times[0]} or until a check fails", _ramp,
    ),
    "day": Shape("day:50k in 10m", "", ("in",), "a school day in {times[0]} with a peak of {rates}", _day),
    "points": Shape(
        "points:0s=0,60s=100k,5m=100k", ",", (), "through {count} points, the highest {peak}", _points
    ),
}  # fmt: skip
"""Every shape by its name."""
