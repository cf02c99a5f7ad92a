"""An exchange: what is sent to an endpoint and what must come of it; the factory of events and requests."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from generator.clock import Clock, WallClock
from generator.delivery.batch import Batch, identity_in
from generator.delivery.contracts import Request
from generator.delivery.contracts.sunbird import DEFAULT_PATH, Compression, Sunbird
from generator.spec.identity import make_mid, make_msgid
from generator.spec.rules import Form
from generator.spec.violation import Violation
from generator.strategies.envelope import ordered

Event = dict[str, Any]

TOKEN_MASK = "$FOOTFALL_TOKEN"  # noqa: S105  what is shown instead of it

Expected = Literal["accepted", "rejected", "too large", "answered", "healthy"]
"""What an answer must be: success by the contract; 4xx; 413; anything below 500; 200."""


class ProbeCase(NamedTuple):
    """On what a property is tried.

    Attributes:
        events: valid but for the violation; their mids, times and tags are set when they are sent.
        violation: what is wrong with each of the events; None if they are valid.
        choice: what else the property varies, such as the name of a fault.
    """

    events: tuple[Event, ...] = ()
    violation: Violation | None = None
    choice: str = ""


class Step(NamedTuple):
    """One request, and what its answer must be.

    Attributes:
        batch: what the request carries; None if its body is not a batch.
        at_once: how often it is sent at the same time.
        is_faulty: whether the body is other than the contract writes the batch.
        is_control: whether it carries the same events in a plain batch, to rule out that the events themselves fail.
        is_apart: whether it goes over another connection than what was sent before.
        chunk: how many bytes each chunk of the body has; 0 if the body is sent with its length.
    """

    request: Request
    expected: Expected
    batch: Batch | None = None
    at_once: int = 1
    is_faulty: bool = False
    is_control: bool = False
    is_apart: bool = False
    chunk: int = 0


class Exchange(NamedTuple):
    """What is sent, step by step, and what must be found in the sink then.

    Attributes:
        owed: events which must be stored once, as they were sent.
        barred: events which must not be among the accepted.
        rejected: events which must not be either, and must be found among the rejected.
    """

    steps: tuple[Step, ...]
    owed: tuple[Event, ...] = ()
    barred: tuple[Event, ...] = ()
    rejected: tuple[Event, ...] = ()

    @property
    def controls(self) -> list[Event]:
        """The events of the control, which must be stored before the case can be judged."""
        return [
            event for step in self.steps if step.is_control and step.batch for event in of_batch(step.batch)
        ]

    @property
    def steps_under_test(self) -> tuple[Step, ...]:
        """The steps that are judged: all but the control."""
        return tuple(step for step in self.steps if not step.is_control)


def of_batch(batch: Batch) -> tuple[Event, ...]:
    """Return a batch's events, as far as they are objects."""
    return tuple(event for event in batch.events if isinstance(event, dict))


class EventFactory:
    """Writes batches and requests, everything under an identity that was never used before.

    Args:
        run: by which all that the probe sends is recognised: in every mid, and in the tag `footfall:<run>`.
        token: for the endpoint's gateway; never shown.
    """

    def __init__(
        self, form: Form, run: int, *, path: str = DEFAULT_PATH, token: str = "", clock: Clock | None = None
    ) -> None:
        self._contracts: dict[Compression, Sunbird] = {
            "none": Sunbird(path, token=token, form=form),
            "gzip": Sunbird(path, token=token, compress="gzip", form=form),
        }
        self._clock = clock or WallClock()
        self.run = run
        self._token = token
        self._written = 0

    @property
    def contract(self) -> Sunbird:
        """How the endpoint wants batches, and what its answers mean."""
        return self._contracts["none"]

    @property
    def mark(self) -> str:
        """The tag of every event, by which all that was sent can be found and purged."""
        return f"footfall:{self.run:08x}"

    def masked(self, text: str) -> str:
        """Replace the token in a text by the variable's name: an endpoint may repeat what it received."""
        for spelt in (self._token, self._token.replace("/", "\\/")):
            text = text.replace(spelt, TOKEN_MASK) if spelt else text
        return text

    def batch(self, case: ProbeCase) -> Batch:
        """Write a case's events as a batch of an identity of its own."""
        self._written += 1
        # What is wrong is left as it is: a new mid would hide that a mid is missing.
        spared = "" if case.violation is None else case.violation.path.replace("[", ".").split(".")[1:][:1]
        events = [
            self._stamped(event, number, spared[0] if spared else "")
            for number, event in enumerate(case.events)
        ]
        return self._packed(events)

    def again(self, batch: Batch) -> Batch:
        """Write a batch with the same events and an id of its own."""
        self._written += 1
        return batch._replace(msgid=make_msgid(1, self.run, self._written))

    def _packed(self, events: Sequence[Event]) -> Batch:
        msgid = make_msgid(0, self.run, self._written)
        return Batch(msgid, self._clock.now, events, identity_in(events[0] if events else None))

    def _stamped(self, event: Any, number: int, spared: str) -> Any:
        if not isinstance(event, dict):
            return event
        fields: dict[str, Any] = {
            "mid": make_mid(str(event.get("eid")), number, self.run, self._written),
            # Some producers write whole numbers with a fraction, `1.7E12`; they go on doing so.
            "ets": type(event.get("ets", 0))(self._clock.now) if spared != "ets" else None,
            "tags": [*event["tags"], self.mark] if isinstance(event.get("tags"), list) else [self.mark],
        }
        fields.pop(spared, None)
        return ordered(event | fields)

    def step(
        self,
        batch: Batch,
        expected: Expected = "accepted",
        *,
        compress: Compression = "none",
        at_once: int = 1,
    ) -> Step:
        """Write the request that carries a batch, as the contract has it."""
        return Step(self._contracts[compress].request(batch), expected, batch, at_once)

    def control(self, case: ProbeCase) -> Step:
        """Write the request that carries a case's events in a plain batch of their own."""
        return self.step(self.batch(case))._replace(is_control=True)


def with_headers(step: Step, change: Callable[[str], str]) -> Step:
    """Write the names of a step's headers in another way."""
    headers = {change(name): value for name, value in step.request.headers.items()}
    return step._replace(request=step.request._replace(headers=headers))


def with_value(step: Step, name: str, value: str) -> Step:
    """Write a header's value in another way."""
    headers = {**step.request.headers, name: value}
    return step._replace(request=step.request._replace(headers=headers))
