"""A batch: the events that one request sends, and the device, channel and app that they come from."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET

from generator.clock import Clock, WallClock
from generator.spec.envelope import Event
from generator.spec.identity import hex_id, make_msgid, read_mid
from generator.spec.rules import Form
from generator.spec.wire import to_wire
from generator.telemetry import Recorded


class Identity(NamedTuple):
    """Where a batch comes from, as its headers state it; "" for what is missing.

    Attributes:
        device: the did.
        channel: the channel.
        app: the producer's id.
    """

    device: str
    channel: str
    app: str


class Batch(NamedTuple):
    """The events of one request. Sent again, it is the same batch to the byte.

    Attributes:
        msgid: its id, by which pipelines recognise it.
        ets: when it was cut, in milliseconds since 1970.
        events: its events, in the form that the endpoint wants; as mappings if no recorder made them.
        identity: where it comes from.
    """

    msgid: str
    ets: int
    events: Sequence[Any]
    identity: Identity


def identity_of(event: Event) -> Identity:
    """Return the device, channel and app of an event."""
    context = event.context
    return Identity("" if context.did is UNSET else context.did, context.channel, context.pdata.id)


def identity_in(event: Any) -> Identity:
    """Read the device, channel and app from an event's JSON; an invalid value counts as empty."""
    context = _inside(event, "context")
    return Identity(
        _text(_inside(context, "did")),
        _text(_inside(context, "channel")),
        _text(_inside(_inside(context, "pdata"), "id")),
    )


def _inside(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def in_form(recorded: Sequence[Recorded], form: Form) -> list[Event]:
    """Return recorded events in one of the two forms."""
    if form == "documented":
        return [event for event, _ in recorded]
    return [to_wire(event, wire) for event, wire in recorded]


class Packer:
    """Makes batches of what a telemetry client records, and numbers them.

    Args:
        form: the form of their events.
        clock: the source of their time.
    """

    def __init__(self, form: Form, clock: Clock | None = None) -> None:
        self._form: Form = form
        self._clock = clock or WallClock()
        self._packed = 0

    def pack(self, recorded: Sequence[Recorded]) -> Batch:
        """Make a batch of one event or more."""
        first = recorded[0].event
        batch = Batch(
            self._msgid(first.mid), self._clock.now, in_form(recorded, self._form), identity_of(first)
        )
        self._packed += 1
        return batch

    def _msgid(self, mid: str) -> str:
        owner = read_mid(mid)
        return make_msgid(self._packed, owner.run, owner.session) if owner else hex_id(32, mid, self._packed)
