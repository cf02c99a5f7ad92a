"""Drafts: batches before they have ids, drawn in few choices, so that histories of them shrink well."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

from generator.delivery.batch import Identity, identity_in
from generator.faults import smallest_event
from generator.spec.rules import Form
from generator.strategies.envelope import SIMPLEST_FIRST, actors, contexts, tags, with_object
from generator.strategies.payloads import payload_of

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


class Draft(NamedTuple):
    """What a batch will say, and for whom; Hypothesis shows it in a few words.

    Attributes:
        events: valid ones once they are given a `mid` and an `ets`.
        identity: for whom they speak.
    """

    events: Sequence[_Part]
    identity: Identity

    def __repr__(self) -> str:
        eids = [event["eid"] for event in self.events]
        return f"<{len(eids)} event{'' if len(eids) == 1 else 's'}: {', '.join(eids)}>"


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Draw a draft in the form, and of the size, that the machine which runs asks for."""
    machine = draw(st.runner())
    said, further, source = draw(_drafts(machine.form, machine.most_events))
    plain = _SOURCE | source
    others = [_smallest(eid, machine.form) for eid in further]
    return Draft([plain | one for one in (said, *others)], identity_in(plain))


def _smallest(eid: str, form: Form) -> _Part:
    """Give what the smallest event of an eid tells: its payload, and the object that it must have."""
    event = smallest_event(eid, form)
    return {name: event[name] for name in ("eid", "object", "edata") if name in event}


@cache
def _drafts(form: Form, most: int) -> "st.SearchStrategy[_Drawn]":
    """Draw one event of any kind, of which kinds the smallest follow it, and who speaks."""
    anyone = st.fixed_dictionaries(
        {"actor": actors(form=form), "context": contexts(form=form)}, optional={"tags": tags()}
    )
    further = st.lists(st.sampled_from(SIMPLEST_FIRST), max_size=most - 1)
    # The source comes last: the shrinker makes it plain without touching what was drawn before.
    simple: st.SearchStrategy[_Drawn] = st.tuples(st.just(_SIMPLEST), further, st.just({}))
    told = st.tuples(_told(form), further, st.just({}) | anyone)
    # Twice: histories are about what is said as much as about what becomes of it.
    return st.one_of(simple, told, told)


def _told(form: Form) -> st.SearchStrategy[_Part]:
    """Draw what one event tells."""
    return st.one_of(
        [
            with_object(form, eid, {"eid": st.just(eid), "edata": payload_of(form, eid)})
            for eid in SIMPLEST_FIRST
        ]
    )
