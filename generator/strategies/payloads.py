"""Payloads: what stands in `edata`, for each of the 17 methods, made from the rule table.

Every path, every listed value and every bound is reachable; what is drawn is valid as it is, and nothing is
filtered. The simplest payload has the required fields alone.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from generator.errors import UsageError
from generator.spec.check import TREES, Node
from generator.spec.rules import EIDS, FUSED_INTERACT_TYPE, RULES, Form, Kind, Rule, check_form
from generator.strategies.values import MOST_ITEMS, integers, json_objects, json_values, numbers, texts

Payload = dict[str, Any]


def payloads(eid: str, *, form: Form = "documented") -> st.SearchStrategy[Payload]:
    """Draw a payload of any of the 17 methods, as a JSON reader sees it.

    Args:
        eid: whose payload, such as "ASSESS".
        form: "documented", the arguments of the specification, or "wire", what pipelines accept.

    Raises:
        UsageError: for an eid or a form that is none.
    """
    return payload_of(check_form(form), check_eid(eid))


def check_eid(eid: str) -> str:
    """Give an eid back; refuse what is none."""
    if eid not in EIDS:
        raise UsageError(f"eid={eid!r}: choose one of {', '.join(EIDS)}")
    return eid


@cache
def payload_of(form: Form, eid: str) -> st.SearchStrategy[Payload]:
    """Draw the payload of an eid that is known to be one."""
    inside = value_of(TREES[form][eid].children["edata"])
    agreements = [rule for rule in RULES[form][eid] if rule.equals or rule.at_most]
    return _agreeing(inside, tuple(agreements)) if agreements else inside


# --- from a row of the table, and the rows below it, to a strategy ---


@cache
def value_of(node: Node) -> st.SearchStrategy[Any]:
    """Draw what a row of the rule table and the rows below it allow."""
    rule = node.rule
    match rule.kind:
        case Kind.TEXT:
            listed = [value for value in rule.values if value != FUSED_INTERACT_TYPE]
            return st.sampled_from(listed) if listed else texts(filled=rule.filled)
        case Kind.NUMBER:
            return numbers(rule.low, rule.high)
        case Kind.INTEGER:
            return integers(rule.low, rule.high)
        case Kind.LIST:
            return st.lists(value_of(node.items) if node.items else json_values(), max_size=MOST_ITEMS)
        case Kind.OBJECT:
            return _object(node)
    return json_values()


def _object(node: Node) -> st.SearchStrategy[dict[str, Any]]:
    return object_of(node, {name: value_of(child) for name, child in node.children.items()})


def object_of(node: Node, fields: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw an object by a row of the table, some of its fields or all of them being given."""
    required = {name: value for name, value in fields.items() if node.children[name].rule.required}
    optional = {name: value for name, value in fields.items() if name not in required}
    known = st.fixed_dictionaries(required, optional=optional)
    accompanied = {
        node.children[name].rule.beside: (name, value)
        for name, value in fields.items()
        if node.children[name].rule.beside
    }
    if accompanied:
        known = _accompanied(known, accompanied)
    if node.rule.closed:
        return known
    further = _others(node)
    return _opened(known, further) if node.children else further


def _others(node: Node) -> st.SearchStrategy[dict[str, Any]]:
    """Draw the further keys of an open object."""
    known = frozenset(node.children)
    if node.rule.others is Kind.ANY:
        return json_objects(known)
    return st.dictionaries(
        st.text(max_size=8), value_of(Node(Rule("", node.rule.others))), max_size=MOST_ITEMS
    )


@st.composite
def _opened(
    draw: st.DrawFn, known: st.SearchStrategy[dict[str, Any]], further: st.SearchStrategy[dict[str, Any]]
) -> dict[str, Any]:
    # Few readers look at further keys, so most objects have none, and cost one draw.
    value = draw(known)
    return value | draw(further) if draw(_rarely) else value


_rarely = st.integers(0, 7).map(lambda part: part == 7)


@st.composite
def _accompanied(
    draw: st.DrawFn,
    known: st.SearchStrategy[dict[str, Any]],
    accompanied: dict[str, tuple[str, st.SearchStrategy[Any]]],
) -> dict[str, Any]:
    """Add what must stand beside another field, where that one was drawn."""
    value = draw(known)
    for beside, (name, strategy) in accompanied.items():
        if beside in value and name not in value:
            value[name] = draw(strategy)
    return value


@st.composite
def _agreeing(draw: st.DrawFn, inside: st.SearchStrategy[Payload], rules: tuple[Rule, ...]) -> Payload:
    """Make the fields agree that must: qid with target.id, score with item.maxscore."""
    payload = draw(inside)
    for rule in rules:
        *parents, name = rule.path.split(".")[1:]
        place = _at(payload, parents)
        other = _at(payload, (rule.equals or rule.at_most).split(".")[1:])
        if other is None:
            continue
        if rule.equals:
            place[name] = other
            continue
        *above, most = rule.at_most.split(".")[1:]
        if rule.low is not None and other < rule.low:
            # A bound below the least that it bounds would allow nothing.
            other = _at(payload, above)[most] = rule.low
        place[name] = min(place[name], other)
    return payload


def _at(value: Any, names: list[str]) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
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
