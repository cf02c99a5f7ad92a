"""Expected state: which events must be stored and which may be, and how often, by the endpoint's answers."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, get_args

from generator.delivery.receipt import Status
from generator.errors import UsageError
from generator.probe.json_difference import difference
from generator.spec.violation import shown

Dedup = Literal["mid", "msgid", "nothing"]
"""By which id an endpoint recognises a duplicate."""


class _ExpectedEvent:
    """What may be found of one event: how often at least and at most."""

    __slots__ = ("event", "least", "most")

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = event
        self.least = self.most = 0


class ExpectedState:
    """The state of a store that an endpoint's answers promise.

    Args:
        dedup: by which id it recognises a duplicate.
        stamps: top-level fields that it may add to an event.

    Raises:
        UsageError: dedup is unknown.
    """

    def __init__(self, dedup: Dedup, stamps: Collection[str] = ()) -> None:
        if dedup not in get_args(Dedup):
            raise UsageError(f"dedup={dedup!r}: choose one of {', '.join(get_args(Dedup))}")
        self._dedup = dedup
        self._stamps = frozenset(stamps)
        self._expected: dict[str, _ExpectedEvent] = {}

    def add(self, events: Iterable[Mapping[str, Any]], status: Status) -> None:
        """Record what the answer to one delivery promises for each of its events."""
        for event in events:
            expected = self._expected.setdefault(event["mid"], _ExpectedEvent(event))
            if status != "rejected":
                expected.most = expected.most + 1 if self._dedup == "nothing" else 1
            if status == "acked":
                expected.least = 1

    def __len__(self) -> int:
        """Count the events that were delivered."""
        return len(self._expected)

    def first_broken(self, stored: Iterable[Mapping[str, Any]]) -> str:
        """Describe the first event that is not stored as expected; "" if all are."""
        found: dict[str, int] = {}
        for event in stored:
            mid = mid_of(event)
            if mid not in self._expected:
                return f"an event with the mid {shown(mid)} is stored, and none was ever sent"
            found[mid] = found.get(mid, 0) + 1
            if differs := self._difference(self._expected[mid], event):
                return f"{mid} is stored, but not as it was sent: {differs}"
        return next(filter(None, (self._judge(mid, found.get(mid, 0)) for mid in self._expected)), "")

    def _difference(self, expected: _ExpectedEvent, stored: Mapping[str, Any]) -> str:
        stamps = self._stamps - expected.event.keys()
        return difference(expected.event, {name: stored[name] for name in stored if name not in stamps})

    def _judge(self, mid: str, times: int) -> str:
        expected = self._expected[mid]
        if times < expected.least:
            return f"{mid} was acknowledged, and is not stored"
        if times <= expected.most:
            return ""
        if expected.most == 0:
            return f"{mid} was rejected, and is stored"
        return f"{mid} is stored {times} times, and {expected.most} is the most"


def mid_of(event: Mapping[str, Any]) -> str:
    """Return an event's mid; "" if it has none."""
    mid = event.get("mid") if isinstance(event, Mapping) else None
    return mid if isinstance(mid, str) else ""
