"""Payloads: what stands in `edata`, for each of the 17 methods, made from the rule table.

Every path, every listed value and every bound is reachable; what is drawn is valid as it is, and nothing is
filtered. The simplest payload has the required fields alone.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from hypothesis import strategies as st

from generator.errors import UsageError
from generator.spec.check import TREES, Node
from generator.spec.rule_table import RULES
from generator.spec.rules import EIDS, FORMS, FUSED_INTERACT_TYPE, Form, Kind, Rule, check_form
from generator.strategies.values import (
    FEW_ITEMS,
    MOST_ITEMS,
    are_many,
    draw_integer,
    draw_json,
    draw_number,
    draw_object,
    draw_text,
    happens,
)

Payload = dict[str, Any]


def payloads(eid: str, *, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw a payload of any of the 17 methods, as a JSON reader sees it.

    Args:
        eid: the method, such as "ASSESS".
        form: "documented", the arguments of the specification, or "wire", what pipelines accept.

    Raises:
        UsageError: for an unknown eid or form.
    """
    return payload_of(check_form(form), check_eid(eid))


def check_eid(eid: str) -> str:
    """Return the eid unchanged; raise UsageError if it is unknown."""
    if eid in EIDS:
        return eid
    near = get_close_matches(str(eid).upper(), EIDS, n=1)
    raise UsageError(
        f"eid={eid!r}: " + (f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(EIDS)}")
    )


@cache
def payload_of(form: Form, eid: str) -> st.SearchStrategy[Payload]:
    """Draw the payload of an eid that was checked before."""
    return _payloads(form, eid)


@st.composite
def _payloads(draw: st.DrawFn, form: Form, eid: str) -> Payload:
    return draw_payload(draw, form, eid)


def draw_payload(draw: st.DrawFn, form: Form, eid: str) -> Payload:
    """Draw the payload of an eid, with fields that agree with each other."""
    payload: Payload = draw_value(draw, TREES[form][eid].children["edata"])
    for rule in _AGREEMENTS[form][eid]:
        _agree(payload, rule)
    return payload


_AGREEMENTS = {
    form: {eid: [rule for rule in RULES[form][eid] if rule.at_least or rule.usual_at_least] for eid in EIDS}
    for form in FORMS
}


def _agree(payload: Payload, rule: Rule) -> None:
    """Swap two fields that contradict each other, such as an endtime before its starttime."""
    *parents, name = _names(rule.path)
    *above, other = _names(rule.at_least or rule.usual_at_least)
    first, second = _at(payload, parents), _at(payload, above)
    if first[name] < second[other]:
        first[name], second[other] = second[other], first[name]


def _names(path: str) -> list[str]:
    return path.split(".")[1:]


def _at(value: Any, names: list[str]) -> Any:
    for name in names:
        value = value[name]
    return value


# --- from a row of the table, and the rows below it, to a value ---


@st.composite
def value_of(draw: st.DrawFn, node: Node) -> Any:
    """Draw what a row of the rule table and the rows below it allow."""
    return draw_value(draw, node)


def draw_value(draw: st.DrawFn, node: Node) -> Any:
    """Draw what a row of the rule table and the rows below it allow."""
    rule = node.rule
    match rule.kind:
        case Kind.TEXT:
            return draw(_listed(rule.values)) if rule.values else draw_text(draw, filled=rule.filled)
        case Kind.NUMBER:
            return draw_number(draw, rule.usual_low if rule.low is None else rule.low, rule.high)
        case Kind.INTEGER:
            return draw_integer(draw, rule.low, rule.high)
        case Kind.LIST:
            return draw(_lists(node, MOST_ITEMS if are_many(draw) else FEW_ITEMS))
        case Kind.OBJECT:
            return draw_fields(draw, node, node.children)
    return draw_json(draw)


@cache
def _lists(node: Node, most: int) -> st.SearchStrategy[list[Any]]:
    # Hypothesis' own lists: when an example shrinks, their items are deleted one by one, each as a whole.
    assert node.items is not None  # noqa: S101  each list of the table has a row for its items
    return st.lists(value_of(node.items), max_size=most)


@cache
def _listed(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    # The shortest first: an example shrinks towards it.
    return st.sampled_from(sorted((value for value in values if value != FUSED_INTERACT_TYPE), key=len))


def draw_fields(draw: st.DrawFn, node: Node, children: Mapping[str, Node]) -> dict[str, Any]:
    """Draw an object by a row of the table: all or some of its fields, and others if it is open."""
    value: dict[str, Any] = {}
    for name, child in children.items():
        rule = child.rule
        if rule.required or (rule.required_by and rule.required_by in value) or happens(draw, 3):
            value[name] = draw_value(draw, child)
    # Few readers read further keys.
    if not node.rule.closed and happens(draw, 1 if node.children else 5):
        known = frozenset(node.children)
        value |= (
            draw_object(draw, known)
            if node.rule.others is Kind.ANY
            else draw_object(draw, known, draw_integer)
        )
    return value


# --- one for each of the 17, by name ---


def start_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of a START; see `payloads`."""
    return payloads("START", form=form)


def impression_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of an IMPRESSION; see `payloads`."""
    return payloads("IMPRESSION", form=form)


def interact_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of an INTERACT; see `payloads`."""
    return payloads("INTERACT", form=form)


def assess_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of an ASSESS; see `payloads`."""
    return payloads("ASSESS", form=form)


def response_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of a RESPONSE; see `payloads`."""
    return payloads("RESPONSE", form=form)


def interrupt_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of an INTERRUPT; see `payloads`."""
    return payloads("INTERRUPT", form=form)


def feedback_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of a FEEDBACK; see `payloads`."""
    return payloads("FEEDBACK", form=form)


def share_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of a SHARE; see `payloads`."""
    return payloads("SHARE", form=form)


def audit_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of an AUDIT; see `payloads`."""
    return payloads("AUDIT", form=form)


def error_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of an ERROR; see `payloads`."""
    return payloads("ERROR", form=form)


def heartbeat_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of a HEARTBEAT; see `payloads`."""
    return payloads("HEARTBEAT", form=form)


def log_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of a LOG; see `payloads`."""
    return payloads("LOG", form=form)


def search_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of a SEARCH; see `payloads`."""
    return payloads("SEARCH", form=form)


def metrics_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of METRICS; see `payloads`."""
    return payloads("METRICS", form=form)


def summary_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of a SUMMARY; see `payloads`."""
    return payloads("SUMMARY", form=form)


def exdata_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of EXDATA; see `payloads`."""
    return payloads("EXDATA", form=form)


def end_payloads(*, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw the payload of an END; see `payloads`."""
    return payloads("END", form=form)
