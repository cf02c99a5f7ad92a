"""Rate profiles: how many units a second a load run offers, over the time of the run.

    100k                                    this rate until the run ends; `100k for 5m` ends by itself
    ramp:0..100k in 60s                     rises or falls evenly, then stays
    steps:1k,2k,5k each 30s                 jumps from rate to rate, then ends
    spike:1k..20k at 60s for 10s            jumps up and back down, then stays
    soak:5k for 2h                          one rate for long, with a gentle beginning and end, then ends
    breakpoint:1k..100k in 10m              rises until a check fails or the top is reached, then ends
    day:50k in 10m                          a school day's curve with this peak, then ends
    points:0s=0,60s=100k,5m=100k            linear between points, then ends; a time given twice is a jump

`then` joins them: `ramp:0..100k in 60s then 100k for 5m then ramp:100k..0 in 30s`. Where another follows,
what would stay ends as soon as its own movement is over.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import NamedTuple

from generator.errors import UsageError
from generator.load.rates.curve import Curve, Knot
from generator.load.rates.shape import SHAPES, Shape, ShapePart
from generator.load.rates.units import (
    HIGHEST_RATE,
    LONGEST,
    SHORTEST,
    read_duration,
    read_rate,
    shortened,
    show_duration,
)  # fmt: skip

MOST_POINTS = 10_000
"""How many rates a profile may name."""
_LONGEST_TEXT = 1_000_000


class BreakingPoint(NamedTuple):
    """Where a rising rate became too much.

    Attributes:
        rate: when the check failed.
        last_good: when the window that failed began, until which all had been well; 0 where it was the first.
    """

    rate: float
    last_good: float


class Profile(Curve):
    """A rate over time that can be written in one line.

    Args:
        parts: one after the other.

    Attributes:
        is_breakpoint: whether it rises until a check fails.

    Raises:
        UsageError: for parts that make no sense, alone or together.
    """

    __slots__ = ("is_breakpoint", "parts")

    def __init__(self, parts: Sequence[ShapePart]) -> None:
        self.parts = tuple(parts)
        _check_together(self.parts)
        knots: list[Knot] = []
        for part in self.parts:
            start = knots[-1].at if knots else 0.0
            knots.extend(Knot(start + at, rate) for at, rate in part.knots())
        if knots and knots[-1].at > LONGEST:
            raise UsageError("together its parts are too long; at most thirty days are taken, which is 720h")
        super().__init__(knots, self.parts[-1].stay)
        self.is_breakpoint = self.parts[-1].shape == "breakpoint"
        if not self.total:
            raise UsageError("its rate is always 0, and nothing would ever be due; give a rate above 0")

    @classmethod
    def parse(cls, text: str, place: str = "--rate") -> "Profile":
        """Read a profile from one line.

        Args:
            text: such as `ramp:0..100k in 60s`.
            place: where it was written, for the error.

        Raises:
            UsageError: for anything else, with what is wrong and how it is written.
        """
        try:
            return cls(_parts(text))
        except UsageError as error:
            raise UsageError(f"{place} {shortened(text)}: {error}") from None

    @classmethod
    def through(cls, points: Sequence[tuple[float, float]]) -> "Profile":
        """Make a profile that is linear between points, each of seconds and rate; a time given twice is a jump.

        Raises:
            UsageError: for points out of order, or not from 0 on.
        """
        part = ShapePart("points", tuple(rate for _, rate in points), tuple(at for at, _ in points))
        _check_range("time in seconds", part.times, LONGEST)
        _check_part(part)
        return cls([part])

    def scaled(self, share: float) -> "Profile":
        """Return the part of it that one worker of several sends.

        Args:
            share: what all its rates are multiplied by; above 0.
        """
        return Profile([one._replace(rates=tuple(rate * share for rate in one.rates)) for one in self.parts])

    def breaking_point(self, failed_at: float, window: float) -> BreakingPoint:
        """Return the rate at which the endpoint broke, and the last good one.

        Args:
            failed_at: when the check failed, in seconds from the start.
            window: the seconds before it that the check looked at.
        """
        return BreakingPoint(self.rate_before(failed_at), self.rate_before(failed_at - window))

    def described(self, unit: str = "") -> str:
        """Format the profile as one line for people, with a unit such as `events`."""
        unit, last = f"{unit} a second".strip(), len(self.parts) - 1
        return ", then ".join(
            part.described(unit, is_last=place == last) for place, part in enumerate(self.parts)
        )

    def __str__(self) -> str:
        return " then ".join(map(str, self.parts))

    def __repr__(self) -> str:
        return f"Profile.parse({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)


def _check_together(parts: tuple[ShapePart, ...]) -> None:
    if not parts:
        raise UsageError("it has no parts; give at least one")
    if sum(len(part.rates) for part in parts) > MOST_POINTS:
        raise UsageError(
            f"it has more than {MOST_POINTS:,} points, the most that a profile may have; leave out some"
        )
    for part in parts:
        _check_range("rate", part.rates, HIGHEST_RATE)
        _check_range("time in seconds", part.times, LONGEST)
    for part in parts[:-1]:
        if part.shape == "breakpoint":
            raise UsageError("'then' stands after a breakpoint, which ends the run; put the breakpoint last")
        if part.shape == "constant" and not part.times:
            raise UsageError(f"'{part}' has no end before 'then'; add its duration, as in '{part} for 5m'")


def _check_range(name: str, values: Sequence[float], highest: float) -> None:
    for value in values:
        if not 0 <= value <= highest:
            raise UsageError(f"{value} as a {name}: choose from 0 to {highest:,.0f}")


def _parts(text: str) -> list[ShapePart]:
    if len(text) > _LONGEST_TEXT:
        raise UsageError(f"it has {len(text):,} characters; at most {_LONGEST_TEXT:,} are read")
    # Spaces are free around what separates, so that each of a part's words is one token.
    text = re.sub(r" ?(:|,|\.\.|=) ?", r"\1", " ".join(text.split()))
    if not text:
        raise UsageError(f"it is empty; write it as '{SHAPES['constant'].example}'")
    return [_part(piece.split()) for piece in re.split(r"\bthen\b", text)]


def _part(tokens: list[str]) -> ShapePart:
    if not tokens:
        raise UsageError(f"a profile is missing next to 'then'; write it as '{SHAPES['ramp'].example}'")
    name, colon, rates = tokens[0].partition(":")
    if not colon:
        name, rates = _name_of(tokens[0]), tokens[0]
    if name not in SHAPES:
        near = get_close_matches(name.lower()[:40], SHAPES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(SHAPES)}"
        raise UsageError(f"{shortened(name)} is neither a profile nor a rate; {hint}")
    shape = SHAPES[name]
    try:
        part = _points(rates) if name == "points" else ShapePart(name, _rates(shape, rates), ())
        part = part._replace(times=part.times + _times(shape, name == "constant", tokens[1:]))
        _check_part(part)
    except UsageError as error:
        raise UsageError(f"{error}; write it as '{shape.example}'") from None
    return part


def _name_of(token: str) -> str:
    """Return the shape that a word without a colon means: a rate alone is a constant one."""
    return token if token[0].isalpha() else "constant"


def _rates(shape: Shape, text: str) -> tuple[float, ...]:
    if shape.between != "..":
        return tuple(map(read_rate, text.split(",") if shape.between else [text]))
    if text.count("..") != 1:
        raise UsageError(f"{shortened(text)} should be two rates with .. between them")
    first, last = map(read_rate, text.split(".."))
    return first, last


def _times(shape: Shape, may_be_missing: bool, tokens: list[str]) -> tuple[float, ...]:
    if may_be_missing and not tokens:
        return ()
    if tuple(tokens[::2]) != shape.words or len(tokens) % 2:
        due = repr(" ".join(f"{word} DURATION" for word in shape.words) or "no more")
        after = shortened(" ".join(tokens)) if tokens else "nothing"
        raise UsageError(f"after the rate {due} is expected, not {after}")
    return tuple(map(read_duration, tokens[1::2]))


def _points(text: str) -> ShapePart:
    pairs = [point.partition("=") for point in text.split(",")]
    wrong = next((at + rate for at, sign, rate in pairs if not sign), None)
    if wrong is not None:
        raise UsageError(f"{shortened(wrong)} is not a point; write a time and a rate with = between them")
    return ShapePart(
        "points", tuple(read_rate(rate) for *_, rate in pairs), tuple(read_duration(at) for at, *_ in pairs)
    )


def _check_part(part: ShapePart) -> None:
    """Raise UsageError for numbers that a shape cannot have."""
    if part.shape == "points":
        _check_points(part.times)
    elif too_short := [time for time in part.times if time < SHORTEST]:
        raise UsageError(f"{show_duration(too_short[0])} is too short a time; give at least 1ms")
    if part.shape in {"spike", "breakpoint"} and part.rates[0] >= part.rates[1]:
        raise UsageError(f"'{part}' should rise; put the lower rate first")


def _check_points(times: tuple[float, ...]) -> None:
    if not times or times[0] or not times[-1]:
        raise UsageError("it should have at least two points, the first at 0s and the last later")
    for before, at in pairwise(times):
        if at < before:
            raise UsageError(
                f"{show_duration(at)} stands after {show_duration(before)}; put the points in order"
            )
        if 0 < at - before < SHORTEST:
            raise UsageError(f"{show_duration(at)} is less than 1ms after {show_duration(before)}")
    for first, third in zip(times, times[2:], strict=False):
        if first == third:
            raise UsageError(f"{show_duration(first)} is there more than twice; a jump has two points")
