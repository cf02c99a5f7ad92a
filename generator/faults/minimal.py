"""The smallest valid value of a rule: what is put in where damage needs something to stand on."""

from functools import cache
from typing import Any

from generator.spec.check import TREES, Node
from generator.spec.rules import Form, Kind, Rule


def minimal_value(node: Node) -> Any:
    """Make the smallest value that is valid by itself: the first of a list, the lowest number, no optional key."""
    rule = node.rule
    if rule.kind in {Kind.NUMBER, Kind.INTEGER}:
        return _smallest_number(rule)
    if rule.kind is Kind.LIST:
        return []
    if rule.kind is Kind.OBJECT:
        return {name: minimal_value(child) for name, child in node.children.items() if child.rule.required}
    return rule.values[0] if rule.values else "x" if rule.filled else ""


def _smallest_number(rule: Rule) -> int:
    number = 0 if rule.low is None or rule.low < 0 else rule.low
    return int(number if rule.high is None or number <= rule.high else rule.high)


def minimal_event(eid: str, form: Form = "documented") -> dict[str, Any]:
    """Make the smallest valid event of an eid."""
    event: dict[str, Any] = minimal_value(TREES[form][eid])
    return event | {"eid": eid}


@cache
def nodes(form: Form, eid: str) -> dict[str, Node]:
    """Give the nodes of a form and eid by the paths of their rules."""
    found: dict[str, Node] = {}
    waiting = [TREES[form][eid]]
    while waiting:
        node = waiting.pop(0)
        found[node.rule.path] = node
        waiting += [*([node.items] if node.items else []), *node.children.values()]
    return found
