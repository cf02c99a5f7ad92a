"""A spot: one place in an event that may be changed, the event being a copy along the way to it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.faults.minimal import minimal_value
from generator.spec.check import TREES, Node
from generator.spec.rules import Form


class JsonPointer(NamedTuple):
    """A place in a copy of an event.

    Attributes:
        whole: holds the event under the key `$`, so that the event itself is a place as well.
        holder: the object or the list in which the place is.
        key: the name or the index of the place there.
        node: the rule of the holder with those below it; None for `whole`.
        path: where the place is, as a violation says it: `$.edata.items[0].obj`.
    """

    whole: dict[str, Any]
    holder: Any
    key: Any
    node: Node | None
    path: str

    @property
    def event(self) -> Any:
        """The event as it is now."""
        return self.whole["$"]

    @property
    def is_filled(self) -> bool:
        """Whether a value stands there."""
        return isinstance(self.holder, list) or self.key in self.holder

    @property
    def value(self) -> Any:
        """The value as it is now."""
        return self.holder[self.key]

    def put(self, value: Any) -> None:
        """Put a value in, and beside it whatever its presence asks for."""
        self.holder[self.key] = value
        for name, child in self.node.children.items() if self.node else ():
            if child.rule.required_by == self.key:
                self.holder.setdefault(name, minimal_value(child))

    def open(self, node: Node) -> dict[str, Any]:
        """Put a copy of the object that stands there in its place, or its smallest valid value, and give it."""
        inner = dict(self.value) if self.is_filled else minimal_value(node)
        self.put(inner)
        return inner


def reach(form: Form, eid: str, event: Mapping[str, Any], path: str) -> JsonPointer:
    """Copy an event along a rule's path, put in the parents that are absent, and give the place at its end.

    Of a list the last item is meant, the first being what a hasty reader looks at; an empty one gets an item.
    """
    whole: dict[str, Any] = {"$": dict(event)}
    spot, below = JsonPointer(whole, whole, "$", None, "$"), TREES[form][eid]
    for name in path.replace("[]", ".[]").split(".") if path else ():
        spot, below = _step(spot, below, name)
    return spot


def _step(spot: JsonPointer, node: Node, name: str) -> tuple[JsonPointer, Node]:
    """Go one step further: copy what stands at the spot, and stand at a place in it."""
    if name == "[]" and node.items:
        items = [*spot.holder.get(spot.key, ())] or [minimal_value(node.items)]
        spot.put(items)
        last = len(items) - 1
        return JsonPointer(spot.whole, items, last, node, f"{spot.path}[{last}]"), node.items
    return JsonPointer(spot.whole, spot.open(node), name, node, f"{spot.path}.{name}"), node.children[name]
