"""Names: new ids for old ones, each of the form of the old.

A new id is a function of the run and the old id. So a learner with one did has one new did in the whole run, on
every worker and after every resume, and no table is kept.
"""

import re

from generator.spec.identity import hex_id, uuid_id
from generator.telemetry import ANONYMOUS

SHORTEST, LONGEST = 16, 128
"""Hex digits: shorter ids are made longer, so that no two are made alike."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(rf"[0-9a-fA-F]{{{SHORTEST},{LONGEST}}}")
_DEFAULT = 32


def replacement_id(run: int, old: str) -> str:
    """Return the id that stands for another in a run; an empty one stays empty."""
    if old in {"", ANONYMOUS}:
        return old
    if _UUID.fullmatch(old):
        return uuid_id("replay", run, old)
    return hex_id(len(old) if _HEX.fullmatch(old) else _DEFAULT, "replay", run, old)
