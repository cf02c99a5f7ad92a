"""Strategies of the envelope: an event without its payload, and the parts of it."""

from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from generator.spec.check import TREES, Node
from generator.spec.identity import RUNS, SEQUENCES, SESSIONS, make_mid
from generator.spec.rule_table import RULES
from generator.spec.rules import EARLIEST, EIDS, LATEST, Form, check_form
from generator.strategies.payloads import check_eid, draw_fields, draw_payload, value_of
from generator.strategies.values import draw_text

Part = dict[str, Any]


def _node(name: str, form: Form, eid: str = "HEARTBEAT") -> Node:
    return TREES[check_form(form)][eid].children[name]


def actors(*, form: Form = "documented") -> st.SearchStrategy[Part]:
    """Draw an actor: an id and a type, each of them empty or not."""
    return value_of(_node("actor", form))


def contexts(*, form: Form = "documented") -> st.SearchStrategy[Part]:
    """Draw a context: channel, producer and environment; with or without session, device, correlation and rollup."""
    return value_of(_node("context", form))


def objects(eid: str | None = None, *, form: Form = "documented") -> st.SearchStrategy[Part]:
    """Draw an event's object. It can be empty, except in a documented START, which names its content.

    Args:
        eid: the method; by default one that names no content.
        form: "documented" or "wire".
    """
    return value_of(_node("object", form, "HEARTBEAT" if eid is None else check_eid(eid)))


def with_object(
    form: Form, eid: str, parts: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    """Draw parts of an event of an eid, with an object if it is required, and with or without one otherwise."""
    about = {"object": objects(eid, form=form)}
    if _node("object", form, eid).rule.required:
        return st.fixed_dictionaries(parts | about)
    return st.fixed_dictionaries(parts, optional=about)


def versions() -> st.SearchStrategy[str]:
    """Draw the version of the specification that an event names."""
    return value_of(_node("ver", "documented"))


def tags() -> st.SearchStrategy[list[str]]:
    """Draw an event's tags."""
    return value_of(_node("tags", "documented"))


def mids(eid: str | None = None) -> st.SearchStrategy[str]:
    """Draw an event's id, in every style of the producers: Footfall's own, UUIDs, the platform's, any text.

    Args:
        eid: the method in a mid of Footfall's style; any by default.
    """
    return _mids(None if eid is None else check_eid(eid))


@st.composite
def _mids(draw: st.DrawFn, eid: str | None) -> str:
    return draw_mid(draw, draw(_EIDS) if eid is None else eid)


def draw_mid(draw: st.DrawFn, eid: str) -> str:
    """Draw the id of an event; see `mids`."""
    match draw(_STYLES):
        case "footfall's":
            return make_mid(eid, draw(_SEQUENCES), draw(_RUNS), draw(_SESSIONS))
        case "phone's":
            return _draw_uuid(draw)
        case "platform's":
            return f"LP.{draw(_INSTANTS)}.{_draw_uuid(draw)}"
        case "learner service's":
            return f"{draw(_INSTANTS)}.{_draw_uuid(draw)}"
    return draw_text(draw, filled=True)


def _draw_uuid(draw: st.DrawFn) -> str:
    # Version 4, as the phones write them; st.uuids() would need a filter.
    return str(UUID(int=draw(_UUIDS), version=4))


_STYLES = st.sampled_from(["any", "footfall's", "phone's", "platform's", "learner service's"])
_EIDS = st.sampled_from(EIDS)
_SEQUENCES, _RUNS, _SESSIONS = (st.integers(0, end - 1) for end in (SEQUENCES, RUNS, SESSIONS))
_INSTANTS = st.integers(EARLIEST, LATEST)
_UUIDS = st.integers(0, 2**128 - 1)


def envelopes(eid: str | None = None, *, form: Form = "documented") -> st.SearchStrategy[Part]:
    """Draw an event without its `edata`.

    Args:
        eid: the method; any of the 17 by default.
        form: "documented" or "wire"; they differ in the rules of `ets` and `context.rollup`.
    """
    eids = SIMPLEST_FIRST if eid is None else (check_eid(eid),)
    return st.one_of([envelope_of(check_form(form), one) for one in eids])


def _weight(eid: str) -> tuple[int, int]:
    inside = [rule for rule in RULES["documented"][eid] if rule.path.startswith("edata.")]
    return sum(rule.required for rule in inside), len(inside)


SIMPLEST_FIRST = tuple(sorted(EIDS, key=_weight))
"""The 17 methods, those with the fewest required fields first: an example shrinks towards them."""
_ORDER = ("eid", "ets", "ver", "mid", "actor", "context", "object", "tags", "edata")


@cache
def envelope_of(form: Form, eid: str, *, payload: bool = False) -> st.SearchStrategy[Part]:
    """Draw the event of an eid, with or without its payload."""
    return _events(form, eid, payload)


@st.composite
def _events(draw: st.DrawFn, form: Form, eid: str, payload: bool) -> Part:
    root = TREES[form][eid]
    around = {name: child for name, child in root.children.items() if name not in {"eid", "mid", "edata"}}
    event = {"eid": eid, "mid": draw_mid(draw, eid), **draw_fields(draw, root, around)}
    if payload:
        event["edata"] = draw_payload(draw, form, eid)
    return ordered(event)


def ordered(event: Part) -> Part:
    """Return an event with its fields in the order in which the real clients write them."""
    return {name: event[name] for name in (*_ORDER, *event) if name in event}
