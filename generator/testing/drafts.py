"""Drafts: batches before they have ids, drawn in few choices, so that histories of them shrink well."""

import json
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from random import Random
from string import ascii_letters, digits
from typing import Any, NamedTuple

from hypothesis import strategies as st

from generator.delivery.batch import Identity, identity_in
from generator.faults import minimal_event
from generator.scenarios.event_text import pause_text
from generator.spec.rules import Form
from generator.strategies.envelope import SIMPLEST_FIRST, actors, contexts, tags, with_object
from generator.strategies.payloads import payload_of
from generator.strategies.values import NOTABLE_OBJECTS

_Part = dict[str, Any]
_Drawn = tuple[_Part, list[str], _Part]

_SOURCE: _Part = {
    "ver": "3.0",
    "actor": {"id": "learner", "type": "User"},
    "context": {
        "channel": "in.footfall",
        "pdata": {"id": "footfall.app"},
        "env": "home",
        "sid": "session",
        "did": "device",
    },
}
_SIMPLEST: _Part = {"eid": "HEARTBEAT", "edata": {}}


_HOUR, _DAY = 3_600_000, 86_400_000
_SHIFTS = st.sampled_from([
    *[0] * 8, 1, -1, _HOUR, -_HOUR, _DAY, -_DAY, 30 * _DAY, -90 * _DAY, -3650 * _DAY, 18_262 * _DAY,
])  # fmt: skip
"""Milliseconds by which the clock of a batch's device is wrong: up to ten years slow, and fifty years fast."""
_GAPS = st.sampled_from([*[0] * 6, 1, _HOUR, -_HOUR, 40 * _DAY])
"""Milliseconds between two events of a batch, on top of the usual ones; a clock may be set back."""
_LENGTHS = st.sampled_from([9_000, 40_000, 300_000])
"""Characters of a large event's text."""


class BatchDraft(NamedTuple):
    """The content of a batch and its source; Hypothesis prints it in a few words.

    Attributes:
        events: valid ones once they are given a `mid` and an `ets`.
        identity: their source.
        shift: milliseconds by which its device's clock is ahead.
        gap: milliseconds between two of its events, on top of the usual ones.
    """

    events: Sequence[_Part]
    identity: Identity
    shift: int = 0
    gap: int = 0

    def __repr__(self) -> str:
        events = ", ".join(_shown(event) for event in self.events)
        shift = f"; the clock is {pause_text(self.shift)}" if self.shift else ""
        gap = f"; {pause_text(self.gap)} between events" if self.gap and len(self.events) > 1 else ""
        return f"<{len(self.events)} event{'' if len(self.events) == 1 else 's'}: {events}{shift}{gap}>"


_FEW_LEVELS, _FEW_BYTES = 4, 4_000


def _shown(event: _Part) -> str:
    """Return an event's method, and its size or its levels if it has many."""
    size, levels = len(json.dumps(event["edata"])), _depth(event["edata"])
    sizes = [f"{size:,} bytes"] if size > _FEW_BYTES else []
    sizes += [f"{levels} levels"] if levels > _FEW_LEVELS else []
    return f"{event['eid']}({', '.join(sizes)})" if sizes else str(event["eid"])


def _depth(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(_depth, inside), default=0)


@st.composite
def drafts(draw: st.DrawFn) -> BatchDraft:
    """Draw a draft of the form and size that the running machine has."""
    machine = draw(st.runner())
    first, further, source = draw(_drafts(machine.form, machine.most_events))
    plain = _SOURCE | source
    others = [_smallest(eid, machine.form) for eid in further]
    events = [plain | one for one in (first, *others)]
    # The clock comes last, as the source does: the shrinker sets it right without touching what was drawn before.
    return BatchDraft(events, identity_in(plain), draw(_SHIFTS), draw(_GAPS))


def _smallest(eid: str, form: Form) -> _Part:
    """Return the smallest event of an eid without its source: its payload, and the object that it must have."""
    event = minimal_event(eid, form)
    return {name: event[name] for name in ("eid", "object", "edata") if name in event}


@cache
def _drafts(form: Form, most: int) -> "st.SearchStrategy[_Drawn]":
    """Draw one event of any kind, the kinds of the smallest events that follow it, and the source."""
    anyone = st.fixed_dictionaries(
        {"actor": actors(form=form), "context": contexts(form=form)}, optional={"tags": tags()}
    )
    further = st.lists(st.sampled_from(SIMPLEST_FIRST), max_size=most - 1)
    # The source comes last: the shrinker makes it plain without touching what was drawn before.
    simple: st.SearchStrategy[_Drawn] = st.tuples(st.just(_SIMPLEST), further, st.just({}))
    typical = st.tuples(_without_source(form), further, st.just({}) | anyone)
    hard: st.SearchStrategy[_Drawn] = st.tuples(_large(form) | _nested(form), further, st.just({}))
    # Twice: typical events matter as much as simple and large ones together.
    return st.one_of(simple, typical, typical, hard)


@cache
def _noise(length: int) -> str:
    """Return a text that no compression makes much shorter."""
    return "".join(Random(length).choices(ascii_letters + digits, k=length))


def _large(form: Form) -> st.SearchStrategy[_Part]:
    """Draw a large event, which stays large when it is compressed."""
    edata = minimal_event("LOG", form)["edata"]
    return _LENGTHS.map(lambda length: {"eid": "LOG", "edata": {**edata, "message": _noise(length)}})


def _nested(form: Form) -> st.SearchStrategy[_Part]:
    """Draw an event that has lists and objects inside each other."""
    edata = minimal_event("SEARCH", form)["edata"]
    return st.sampled_from(NOTABLE_OBJECTS).map(
        lambda filters: {"eid": "SEARCH", "edata": {**edata, "filters": deepcopy(filters)}}
    )


def _without_source(form: Form) -> st.SearchStrategy[_Part]:
    """Draw one event without its source."""
    return st.one_of(
        [
            with_object(form, eid, {"eid": st.just(eid), "edata": payload_of(form, eid)})
            for eid in SIMPLEST_FIRST
        ]
    )
