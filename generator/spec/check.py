"""The check: every violation of one event, with path, problem and value.

The fast path decodes the event into the payload classes; an event that it accepts is valid. Every other event
is compared with the rule table, which decides, and which finds every violation, not only the first.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from math import isfinite
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, structs

from generator.spec.edata import PAYLOADS, Exdata, Metrics, Response, Summary
from generator.spec.envelope import Envelope, Event
from generator.spec.reading import is_plain_json, place_of, plain, read_json, walk_leaves
from generator.spec.rule_table import ENVELOPE_SOURCE, RULES
from generator.spec.rules import EARLIEST, EIDS, FORMS, Form, Kind, Rule, check_form
from generator.spec.violation import Problem, Violation, shown
from generator.spec.wire_payloads import WIRE_PAYLOADS, WireHeartbeat

# --- the rule table as a tree -----------------------------------------------------------------------


class Node:
    """A rule with the rules below it."""

    __slots__ = ("children", "items", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.children: dict[str, Node] = {}
        self.items: Node | None = None


def tree(rules: tuple[Rule, ...]) -> Node:
    """Arrange a table's rows, parents first, as a tree below the row of the event itself."""
    nodes = {rules[0].path: Node(rules[0])}
    for rule in rules[1:]:
        node = nodes[rule.path] = Node(rule)
        if rule.path.endswith("[]"):
            nodes[rule.path.removesuffix("[]")].items = node
        else:
            parent, _, name = rule.path.rpartition(".")
            nodes[parent].children[name] = node
    return nodes[""]


TREES: dict[Form, dict[str, Node]] = {form: {eid: tree(RULES[form][eid]) for eid in EIDS} for form in FORMS}


def wanted(rule: Rule) -> str:
    """Return what a rule allows, in words: `Violation.expected`."""
    if rule.values:
        return " or ".join(repr(value) for value in rule.values)
    if rule.filled:
        return "a text of at least one character"
    low = "" if rule.low is None else f" from {rule.low}"
    high = "" if rule.high is None else f" to {rule.high}"
    unit = " (milliseconds since 1970)" if rule.low == EARLIEST else ""
    return f"{rule.kind}{low}{high}{unit}"


_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,), Kind.NUMBER: (int, float), Kind.INTEGER: (int, float), Kind.OBJECT: (dict,),
    Kind.LIST: (list,), Kind.VALUE: (str, int, float, dict, list), Kind.ANY: (object,),
}  # fmt: skip


def _is_kind(value: Any, kind: Kind) -> bool:
    """Return whether a value is of a kind. An integral float is an integer; a boolean is not a number."""
    if not isinstance(value, _TYPES[kind]):
        return False
    if kind in {Kind.NUMBER, Kind.INTEGER}:
        if isinstance(value, bool):
            return False
        if isinstance(value, float):
            return isfinite(value) and (kind is Kind.NUMBER or value.is_integer())
    return True


def _is_in_range(rule: Rule, number: float) -> bool:
    return (rule.low is None or number >= rule.low) and (rule.high is None or number <= rule.high)


def _violation(rule: Rule, path: str, problem: Problem, value: Any, expected: str = "") -> Violation:
    return Violation(path, problem, value, expected or wanted(rule), rule.source_of(problem))


def _walk(node: Node, value: Any, path: str) -> Iterator[Violation]:
    """Yield what is wrong with a value and with all below it."""
    rule = node.rule
    if not _is_kind(value, rule.kind):
        yield _violation(rule, path, Problem.NULL if value is None else Problem.TYPE, value)
    elif rule.kind is Kind.TEXT:
        yield from _walk_text(rule, value, path)
    elif rule.kind in {Kind.NUMBER, Kind.INTEGER}:
        if not _is_in_range(rule, value):
            yield _violation(rule, path, Problem.RANGE, value)
    elif rule.kind is Kind.OBJECT:
        yield from _walk_object(node, value, path)
    elif rule.kind is Kind.LIST and node.items:
        for index, item in enumerate(value):
            yield from _walk(node.items, item, f"{path}[{index}]")


def _walk_text(rule: Rule, value: str, path: str) -> Iterator[Violation]:
    if rule.values and value not in rule.values:
        same = value.casefold() in {known.casefold() for known in rule.values}
        problem = Problem.CASE if same else Problem.EMPTY if not value else Problem.LIST
        yield _violation(rule, path, problem, value)
    elif rule.filled and not value:
        yield _violation(rule, path, Problem.EMPTY, value)


def _walk_object(node: Node, value: dict[str, Any], path: str) -> Iterator[Violation]:
    for name, child in node.children.items():
        if name in value:
            yield from _walk(child, value[name], f"{path}.{name}")
        elif child.rule.required or (child.rule.required_by and child.rule.required_by in value):
            # The source of the object states which keys it must have.
            yield _violation(node.rule, f"{path}.{name}", Problem.MISSING, None, wanted(child.rule))
    others = Rule(node.rule.path, node.rule.others, source=node.rule.source)
    for name in [name for name in value if name not in node.children]:
        place = place_of(path, name)
        if node.rule.closed:
            yield _violation(node.rule, place, Problem.UNKNOWN, value[name], known_keys(node, name))
        elif not _is_kind(value[name], others.kind):
            problem = Problem.NULL if value[name] is None else Problem.TYPE
            yield _violation(others, place, problem, value[name])


def known_keys(node: Node, name: Any) -> str:
    """Return the key that an unknown key of a closed object resembles, or else all keys of the object."""
    near = get_close_matches(str(name), node.children, n=1)
    if near:
        return f"{near[0]!r}?"
    return "one of " + ", ".join(node.children) if node.children else "no key at all"


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return UNSET
        value = value[name]
    return value


def _walk_agreements(rules: tuple[Rule, ...], event: dict[str, Any]) -> Iterator[Violation]:
    """Yield a violation for two fields that contradict each other, such as an endtime before its starttime."""
    for rule in rules:
        if rule.at_least:
            value, least = _at(event, rule.path), _at(event, rule.at_least)
            other = next(other for other in rules if other.path == rule.at_least)
            if _is_right(rule, value) and _is_right(other, least) and value < least:
                expected = f"at least $.{rule.at_least}, {shown(least)}"
                yield _violation(rule, f"$.{rule.path}", Problem.RANGE, value, expected)


def _is_right(rule: Rule, number: Any) -> bool:
    return _is_kind(number, rule.kind) and _is_in_range(rule, number)


# --- the fast path -----------------------------------------------------------------------------------


class _Read(Envelope, kw_only=True, gc=False):
    edata: Raw


_ENVELOPE = msgspec.json.Decoder(_Read)


class _Exdata(Struct, gc=False):
    type: str | UnsetType = UNSET


# The payloads with free keys are mappings; these types read them.
_CONTENTS: dict[type, Any] = {Metrics: dict[str, int], WireHeartbeat: dict[str, Any], Exdata: _Exdata}


def _decoders(classes: Mapping[str, type]) -> dict[str, msgspec.json.Decoder[Any]]:
    return {eid: msgspec.json.Decoder(_CONTENTS.get(cls, cls)) for eid, cls in classes.items()}


_PAYLOADS: dict[Form, dict[str, msgspec.json.Decoder[Any]]] = {
    "documented": _decoders(PAYLOADS),
    "wire": _decoders(WIRE_PAYLOADS),
}


def _target_agrees(payload: Response) -> bool:
    parent = payload.target.parent
    return parent is UNSET or parent.id is UNSET or parent.type is not UNSET


def _times_agree(payload: Summary) -> bool:
    return payload.endtime >= payload.starttime


_AGREES: dict[type, Any] = {Response: _target_agrees, Summary: _times_agree}


def agrees(payload: Any) -> bool:
    """Return whether the fields of a documented payload agree with each other, each being valid by itself."""
    agree = _AGREES.get(type(payload))
    return agree is None or agree(payload)


def read_valid(event: bytes | Raw, form: Form = "documented") -> Envelope | None:
    """Read the envelope of an event that is plainly valid; return None if only `check` can decide.

    This is the fast path of `check`, for callers that need the envelope as well as the verdict.
    """
    try:
        # msgspec passes over keys that it does not know, whatever bytes stand there.
        bytes(event).decode()
        envelope = _ENVELOPE.decode(event)
        payload = _PAYLOADS[form][envelope.eid].decode(envelope.edata)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
        return None
    if form == "documented" and envelope.eid == "START" and not _names_content(envelope):
        return None
    return envelope if agrees(payload) else None


def _names_content(start: Envelope) -> bool:
    """Return whether a START has contentId and contentVer, as a documented one must."""
    about = start.object
    return about is not UNSET and bool(about.id) and about.ver is not UNSET


MOST_VIOLATIONS = 1000
"""The most violations that `check` returns. A hostile event can have one for every two of its bytes."""


def check(event: bytes | str | Mapping[str, Any] | Event, form: Form = "documented") -> list[Violation]:
    """Find every violation in one event, up to `MOST_VIOLATIONS`; the list is empty if the event is valid.

    Raises for an unknown form only, whatever the event contains. If a key occurs twice, its last value
    counts, as for every JSON reader in the pipelines.

    Args:
        event: the event's JSON, its mapping, or an `Event`.
        form: "documented", the arguments of the specification, or "wire", what pipelines accept.
    """
    value: Any
    if isinstance(event, str):
        event = event.encode(errors="surrogatepass")
    if isinstance(event, bytes):
        if read_valid(event, form):
            return []
        value = read_json(event)
    elif isinstance(event, Event):
        value = plain(event)
    else:
        value = event
    check_form(form)
    return [value] if isinstance(value, Violation) else _check_value(value, form)


def _check_value(event: Any, form: Form) -> list[Violation]:
    found = list(islice(_violations(event, form), MOST_VIOLATIONS))
    named = {
        violation.path for violation in found if violation.problem in {Problem.UNREADABLE, Problem.UNICODE}
    }
    # A value that JSON cannot carry is reported once, not a second time as a wrong type.
    return [v for v in found if v.path not in named or v.problem in {Problem.UNREADABLE, Problem.UNICODE}]


def _violations(event: Any, form: Form) -> Iterator[Violation]:
    if not is_plain_json(event):
        yield from walk_leaves(event)
    if not isinstance(event, dict):
        yield Violation("$", Problem.TYPE, event, Kind.OBJECT.value, ENVELOPE_SOURCE)
        return
    eid = event.get("eid")
    # A payload under an eid in the wrong case is compared with the rules of the right eid.
    known = eid.upper() if isinstance(eid, str) and eid.upper() in EIDS else ""
    if known:
        yield from _walk(TREES[form][known], event, "$")
        yield from _walk_agreements(RULES[form][known], event)
    else:
        # For an unknown eid only the rules of the envelope hold, and that there is a payload.
        for violation in _walk(TREES[form]["HEARTBEAT"], event, "$"):
            if violation.path == "$.edata":
                yield structs.replace(violation, source=ENVELOPE_SOURCE)
            elif not violation.path.startswith(("$.edata.", "$.edata[")):
                yield violation


def check_payload(eid: str, payload: Any, form: Form = "documented") -> list[Violation]:
    """Find every violation in a payload alone; the paths begin at the payload itself."""
    event = {"edata": payload}
    found = [*walk_leaves(payload)]
    inside = [
        *_walk(TREES[form][eid].children["edata"], payload, "$.edata"),
        *_walk_agreements(RULES[form][eid], event),
    ]
    return found + [
        structs.replace(violation, path=violation.path.replace("$.edata", "$", 1)) for violation in inside
    ]
