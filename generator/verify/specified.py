"""Whether a dotted path is a field of the specification, in either form."""

from collections.abc import Sequence

from generator.spec.check import TREES, Node
from generator.spec.rules import Kind


def is_specified(parts: Sequence[str]) -> bool:
    """Return whether a path leads to a field of any event, or into one whose members are free.

    Args:
        parts: the names on the path; what stands in a list is named as if it stood there alone.
    """
    return any(_leads(node, parts) for trees in TREES.values() for node in trees.values())


def _leads(node: Node, parts: Sequence[str]) -> bool:
    for place, part in enumerate(parts):
        while node.items:
            node = node.items
        if part not in node.children:
            # A heartbeat's edata is free as a whole, so that every slip would be a field: a member must be named.
            return place > 1 and not node.children and node.rule.kind in _WITH_MEMBERS
        node = node.children[part]
    return True


_WITH_MEMBERS = frozenset({Kind.OBJECT, Kind.LIST, Kind.VALUE, Kind.ANY})
