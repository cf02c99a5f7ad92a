"""All the kinds of damage that can be done to traffic, by name; and the preset of what real clients do."""

from collections.abc import Mapping
from difflib import get_close_matches
from itertools import chain

from generator.errors import UsageError
from generator.faults.batch_faults import AGAIN, BODIES, CLOCKS
from generator.faults.client_faults import DEFECTS
from generator.faults.invalid import BROKEN
from generator.faults.kind import Change, FaultKind
from generator.faults.valid_but_odd import ODDITIES

CHANGES: dict[FaultKind, Change] = {**BROKEN, **ODDITIES, **DEFECTS}
"""Each kind of damage to an event, with how it is made."""

KINDS: dict[str, FaultKind] = {kind.name: kind for kind in chain(CHANGES, AGAIN, CLOCKS, BODIES)}
"""All kinds by name: of events first, then of batches and sessions, then of requests."""

PRESETS: dict[str, Mapping[str, float]] = {
    # That they occur was seen; how often is judgement, but for did, which every tenth event from a server lacked.
    "dirty": {
        **{kind.name: 0.005 for kind in DEFECTS},
        "did_missing": 0.05,
        "missing_eid": 0.002,
        "repeated_mid": 0.002,
        "repeated_batch": 0.01,
        "skewed_clock": 0.03,
    },
}
"""Shares of several kinds at once, by name."""


def changes_content(name: str) -> bool:
    """Return whether an event with this damage is sent with another content; True for a kind that is not known."""
    return name not in KINDS or KINDS[name].changes


def kind_named(name: str, place: str) -> FaultKind:
    """Give the kind of a name.

    Args:
        name: what was asked for.
        place: where it was, for the error.

    Raises:
        UsageError: there is none, with the nearest.
    """
    if name in KINDS:
        return KINDS[name]
    near = get_close_matches(name.lower().replace("-", "_")[:40], [*KINDS, *PRESETS], n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join([*PRESETS, *KINDS])}"
    raise UsageError(f"{place}: {name[:40]!r} is no kind of damage; {hint}")
