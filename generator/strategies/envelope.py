"""The envelope: who, where, when and about what, without the payload."""

from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from generator.spec.check import TREES, Node
from generator.spec.identity import RUNS, SEQUENCES, SESSIONS, make_mid
from generator.spec.rules import EARLIEST, EIDS, LATEST, RULES, Form, check_form
from generator.strategies.payloads import check_eid, object_of, payload_of, value_of
from generator.strategies.values import texts

Part = dict[str, Any]


def _node(name: str, form: Form) -> Node:
    return TREES[check_form(form)]["HEARTBEAT"].children[name]


def actors(*, form: Form = "documented") -> st.SearchStrategy[Part]:
    """Draw who did it: an id and a type, either of them empty or not."""
    return value_of(_node("actor", form))


def contexts(*, form: Form = "documented") -> st.SearchStrategy[Part]:
    """Draw where it happened: channel, producer and environment; session, device, correlation and rollup or not."""
    return value_of(_node("context", form))


def objects(*, form: Form = "documented") -> st.SearchStrategy[Part]:
    """Draw what it is about; the empty object is valid."""
    return value_of(_node("object", form))


def versions() -> st.SearchStrategy[str]:
    """Draw the version of the specification that an event names."""
    return value_of(_node("ver", "documented"))


def tags() -> st.SearchStrategy[list[str]]:
    """Draw an event's tags."""
    return value_of(_node("tags", "documented"))


def mids(eid: str | None = None) -> st.SearchStrategy[str]:
    """Draw an event's id, in every style that producers have: Footfall's own, UUIDs, the platform's, any text.

    Args:
        eid: for whose event, where the style says so; any by default.
    """
    eids = st.sampled_from(EIDS) if eid is None else st.just(check_eid(eid))
    return _mids(eids)


@cache
def _uuids() -> st.SearchStrategy[str]:
    # Version 4, as the phones write them; st.uuids() would cost a filter.
    return st.integers(0, 2**128 - 1).map(lambda number: str(UUID(int=number, version=4)))


def _mids(eids: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    ours = st.builds(
        make_mid, eids, st.integers(0, SEQUENCES - 1), st.integers(0, RUNS - 1), st.integers(0, SESSIONS - 1)
    )
    instants = st.integers(EARLIEST, LATEST)
    platform = st.builds("LP.{}.{}".format, instants, _uuids())
    learners = st.builds("{}.{}".format, instants, _uuids())
    return texts(filled=True) | ours | _uuids() | platform | learners


def envelopes(eid: str | None = None, *, form: Form = "documented") -> st.SearchStrategy[Part]:
    """Draw an event without its `edata`.

    Args:
        eid: of which method; any of the 17 by default.
        form: "documented" or "wire"; they differ in what `ets` and `context.rollup` may be.
    """
    eids = SIMPLEST_FIRST if eid is None else (check_eid(eid),)
    return st.one_of([envelope_of(check_form(form), one) for one in eids])


def _weight(eid: str) -> tuple[int, int]:
    inside = [rule for rule in RULES["documented"][eid] if rule.path.startswith("edata.")]
    return sum(rule.required for rule in inside), len(inside)


SIMPLEST_FIRST = tuple(sorted(EIDS, key=_weight))
"""The 17, those with the fewest required fields first: towards them an example shrinks."""
_ORDER = ("eid", "ets", "ver", "mid", "actor", "context", "object", "tags", "edata")


@cache
def envelope_of(form: Form, eid: str, *, payload: bool = False) -> st.SearchStrategy[Part]:
    """Draw the event of an eid, with its payload or without."""
    root = TREES[form][eid]
    fields = {name: value_of(child) for name, child in root.children.items() if name != "edata"}
    fields |= {"eid": st.just(eid), "mid": mids(eid)}
    if payload:
        fields["edata"] = payload_of(form, eid)
    return object_of(root, fields).map(ordered)


def ordered(event: Part) -> Part:
    """Put an event's fields into the order in which the real clients write them."""
    return {name: event[name] for name in (*_ORDER, *event) if name in event}
