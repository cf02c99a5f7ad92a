"""A rate profile in a file of its own, for what is too long for a command line.

rate = "ramp:0..100k in 60s"        # events a second; or arrivals = "...", sessions a second

[[points]]                          # or points, linear between them; a time given twice is a jump
at = "0s"
rate = 0                            # or arrivals = 0

[[points]]
at = "1m"
rate = "100k"
"""

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, NamedTuple

from generator.errors import UsageError
from generator.load.rates.profile import Profile
from generator.load.rates.units import read_duration, read_rate, shortened
from generator.system.toml_file import read_toml

Offered = Literal["rate", "arrivals"]
"""What is offered: events (`--rate`) or sessions (`--arrivals`)."""
OFFERED: tuple[Offered, ...] = ("rate", "arrivals")
_LARGEST = 4_000_000


class ProfileFile(NamedTuple):
    """What a file asks for.

    Attributes:
        offered: the option that it stands for.
        profile: that option's value.
    """

    offered: Offered
    profile: Profile


def read_profile(path: Path) -> ProfileFile:
    """Read a profile from a TOML file.

    Raises:
        UsageError: for a file that cannot be read, and for anything in it that is not as above.
    """
    place, example = f"--rate-file {path}", "rate = 'ramp:0..100k in 60s'"
    table = read_toml(path, "--rate-file", largest=_LARGEST, kind="a profile", example=example)
    given = [name for name in (*OFFERED, "points") if name in table]
    _check_names(place, table, (*OFFERED, "points"))
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        raise UsageError(f"{place}: {found} stands there; give one of rate, arrivals and [[points]]")
    if given == ["points"]:
        return _from_points(place, table["points"])
    offered: Offered = "rate" if given == ["rate"] else "arrivals"
    return ProfileFile(offered, Profile.parse(_text(table[offered]), f"{place}: {offered}"))


def _from_points(place: str, points: Any) -> ProfileFile:
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points) or not points:
        raise UsageError(f"{place}: points should be tables, each below a line [[points]]")
    offered: Offered = "arrivals" if "arrivals" in points[0] else "rate"
    pairs = [
        _point(f"{place}: point {number}", point, offered) for number, point in enumerate(points, start=1)
    ]
    try:
        return ProfileFile(offered, Profile.through(pairs))
    except UsageError as error:
        raise UsageError(f"{place}: points: {error}") from None


def _point(place: str, point: Mapping[str, Any], offered: Offered) -> tuple[float, float]:
    _check_names(place, point, ("at", offered))
    missing = [name for name in ("at", offered) if name not in point]
    if missing:
        raise UsageError(f"{place}: {missing[0]} is missing; it has a time and a rate, as in at = '30s'")
    try:
        return read_duration(_text(point["at"])), read_rate(_text(point[offered]))
    except UsageError as error:
        raise UsageError(f"{place}: {error}") from None


def _check_names(place: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in table:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise UsageError(f"{place}: {shortened(name)} is not known here; {hint}")


def _text(value: Any) -> str:
    """Return a value as it would be written on the command line."""
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return value if isinstance(value, str) else str(value)
