"""Promises: what an endpoint's answers say must be stored, may be stored, and how often."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, get_args

from generator.delivery.receipt import Status
from generator.errors import UsageError
from generator.probe.json_difference import difference
from generator.spec.violation import shown

Dedup = Literal["mid", "msgid", "nothing"]
"""By what an endpoint knows again what it has taken."""


class _Promise:
    """What may be found of one event: how often at least and at most."""

    __slots__ = ("event", "least", "most")

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = event
        self.least = self.most = 0


class ExpectedState:
    """The promises that an endpoint made by its answers.

    Args:
        dedup: by what it knows again what it has taken.
        stamps: top-level fields that it may add to an event.

    Raises:
        UsageError: for a dedup that is none.
    """

    def __init__(self, dedup: Dedup, stamps: Collection[str] = ()) -> None:
        if dedup not in get_args(Dedup):
            raise UsageError(f"dedup={dedup!r}: choose one of {', '.join(get_args(Dedup))}")
        self._dedup = dedup
        self._stamps = frozenset(stamps)
        self._promises: dict[str, _Promise] = {}

    def add(self, events: Iterable[Mapping[str, Any]], status: Status) -> None:
        """Take down what the answer to one delivery promises for each of its events."""
        for event in events:
            promise = self._promises.setdefault(event["mid"], _Promise(event))
            if status != "rejected":
                promise.most = promise.most + 1 if self._dedup == "nothing" else 1
            if status == "acked":
                promise.least = 1

    def __len__(self) -> int:
        """Count the events that were delivered."""
        return len(self._promises)

    def first_broken(self, stored: Iterable[Mapping[str, Any]]) -> str:
        """Say the first promise that is broken by what is stored; "" where all are kept."""
        found: dict[str, int] = {}
        for event in stored:
            mid = mid_of(event)
            if mid not in self._promises:
                return f"an event with the mid {shown(mid)} is stored, and none was ever sent"
            found[mid] = found.get(mid, 0) + 1
            if differs := self._difference(self._promises[mid], event):
                return f"{mid} is stored, but not as it was sent: {differs}"
        return next(filter(None, (self._judge(mid, found.get(mid, 0)) for mid in self._promises)), "")

    def _difference(self, promise: _Promise, stored: Mapping[str, Any]) -> str:
        stamps = self._stamps - promise.event.keys()
        return difference(promise.event, {name: stored[name] for name in stored if name not in stamps})

    def _judge(self, mid: str, times: int) -> str:
        promise = self._promises[mid]
        if times < promise.least:
            return f"{mid} was acknowledged, and is not stored"
        if times <= promise.most:
            return ""
        if promise.most == 0:
            return f"{mid} was refused, and is stored"
        return f"{mid} is stored {times} times, and {promise.most} is the most"


def mid_of(event: Mapping[str, Any]) -> str:
    """Give an event's mid; "" for what has none."""
    mid = event.get("mid") if isinstance(event, Mapping) else None
    return mid if isinstance(mid, str) else ""
