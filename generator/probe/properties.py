"""The properties: what is true of every good endpoint, and how it is tried."""

import gzip
from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from generator.collector.ingest import LARGEST_EVENT, STAMP
from generator.delivery.contracts import Request
from generator.delivery.contracts.sunbird import DEFAULT_PATH
from generator.faults import ExpectedOutcome
from generator.faults.body_faults import LIMIT
from generator.probe import cases
from generator.probe.cases import CaseSource
from generator.probe.exchange import (
    Event,
    EventFactory,
    Exchange,
    Expected,
    ProbeCase,
    Step,
    of_batch,
    with_headers,
    with_value,
)
from generator.probe.sink import ProbeSink
from generator.spec.rules import Form

_AT_ONCE = 4


class ProbeConfig(NamedTuple):
    """What is known of the endpoint.

    Attributes:
        checks_first: whether it checks events before it answers.
        sink: where events end up; None if that is not known.
        producer: a `context.pdata.id` whose events are deduplicated by their mid; "" if none is known.
        poison: whether it may be sent what pipelines are known to crash at.
    """

    form: Form
    path: str = DEFAULT_PATH
    checks_first: bool = False
    sink: ProbeSink | None = None
    producer: str = ""
    poison: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether the sink is the store of Footfall's own collector."""
        return self.sink is not None and self.sink.is_ours

    @property
    def is_direct(self) -> bool:
        """Whether requests go to the service itself, not to a gateway with limits and paths of its own."""
        return self.path == DEFAULT_PATH


class Property(NamedTuple):
    """One property.

    Attributes:
        name: as it is named on the command line.
        truth: what is true of every good endpoint, in a sentence.
        cases: on what it is tried.
        exchange: what is sent for a case, and what must come of it.
        sink: whether a sink shows more than the answers, or is needed to judge at all.
        hindrance: returns why it cannot be judged; "" if it can.
        contracts: for which kinds of endpoints it holds.
        holds_for: for which producers and methods it holds.
        is_of_size: whether it is tried on sizes, and a smaller case is another one.
    """

    name: str
    truth: str
    cases: Callable[[ProbeConfig], CaseSource]
    exchange: Callable[[EventFactory, ProbeCase, ProbeConfig], Exchange]
    sink: Literal["unused", "used", "needed"] = "used"
    hindrance: Callable[[ProbeConfig], str] = lambda _: ""
    contracts: tuple[str, ...] = ("sunbird",)
    holds_for: str = "all"
    is_of_size: bool = False

    def reason_to_skip(self, config: ProbeConfig) -> str:
        """Return why it cannot be judged here; "" if it can."""
        if self.sink == "needed" and config.sink is None:
            return "only a sink shows it; name one with --against"
        return self.hindrance(config)


def _of_form(make: Callable[[Form], CaseSource]) -> Callable[[ProbeConfig], CaseSource]:
    return lambda config: make(config.form)


def _send(factory: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = factory.batch(case)
    return Exchange((factory.step(batch),), owed=of_batch(batch))


def _send_gzipped(factory: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = factory.batch(case)
    return Exchange((factory.control(case), factory.step(batch, compress="gzip")), owed=of_batch(batch))


_CHUNKS = {
    "in one chunk": 5 * 2**20,
    "in chunks of 7 bytes": 7,
    "in chunks of 1,000 bytes": 1000,
    "gzip, in chunks of 50 bytes": 50,
}


def _send_in_chunks(factory: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = factory.batch(case)
    step = factory.step(batch, compress="gzip" if case.choice.startswith("gzip") else "none")
    return Exchange((factory.control(case), step._replace(chunk=_CHUNKS[case.choice])), owed=of_batch(batch))


def _chunked_cases(config: ProbeConfig) -> CaseSource:
    certain, drawn = cases.with_choices(config.form, *_CHUNKS)
    long = ProbeCase((cases.minimal(config.form),) * 200, choice="in chunks of 1,000 bytes")
    return CaseSource((*certain, long), drawn)


_APART = "again over another connection"


def _send_again(factory: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = factory.batch(case)
    again = factory.step(batch)._replace(is_apart=case.choice == _APART)
    return Exchange((factory.control(case), factory.step(batch), again), owed=of_batch(batch))


def _send_at_once(factory: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = factory.batch(case)
    return Exchange((factory.control(case), factory.step(batch, at_once=_AT_ONCE)), owed=of_batch(batch))


def _repeat_mids(factory: EventFactory, case: ProbeCase, config: ProbeConfig) -> Exchange:
    if config.producer:
        case = case._replace(events=tuple(_spoken_by(config.producer, event) for event in case.events))
    batch = factory.batch(case)
    return Exchange(
        (factory.control(case), factory.step(batch), factory.step(factory.again(batch))), owed=of_batch(batch)
    )


def _spoken_by(producer: str, event: Event) -> Event:
    context = event["context"]
    return event | {"context": context | {"pdata": context["pdata"] | {"id": producer}}}


def _known_by_mid(config: ProbeConfig) -> CaseSource:
    return cases.valid(config.form, () if config.is_ours else ("LOG",))


def _send_nothing(factory: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    return _and_then(factory, factory.step(factory.batch(case), "answered"))


def _and_then(factory: EventFactory, *steps: Step) -> Exchange:
    """Send what may do harm, and then an unchanged batch."""
    after = factory.batch(ProbeCase((cases.minimal(factory.contract.form),)))
    return Exchange((*steps, factory.step(after)), owed=of_batch(after))


_HEADERS: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "swapped": str.swapcase}
_VALUES = {
    "charset=utf-8": ("Content-Type", "application/json; charset=utf-8"),
    "charset=UTF-8": ("Content-Type", "application/json; charset=UTF-8"),
    "Content-Encoding: GZIP": ("Content-Encoding", "GZIP"),
}


def _spell_headers(factory: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = factory.batch(case)
    if case.choice in _HEADERS:
        step = with_headers(factory.step(batch), _HEADERS[case.choice])
    else:
        name, value = _VALUES[case.choice]
        step = with_value(factory.step(batch, compress="gzip" if value == "GZIP" else "none"), name, value)
    return Exchange((factory.control(case), step), owed=of_batch(batch))


def _send_invalid(factory: EventFactory, case: ProbeCase, config: ProbeConfig) -> Exchange:
    batch = factory.batch(case)
    events = tuple(event for event in of_batch(batch) if isinstance(event.get("mid"), str))
    if config.checks_first:
        return Exchange((factory.step(batch, "rejected"),), barred=events)
    return Exchange((factory.step(batch, "answered"),), rejected=events)


def _send_poison(factory: EventFactory, case: ProbeCase, config: ProbeConfig) -> Exchange:
    if case.choice:
        return _send_faulty_body(factory, case, config)
    return _and_then(factory, factory.step(factory.batch(case), "answered"))


def _poisons(config: ProbeConfig) -> CaseSource:
    bodies = cases.faulty_bodies(config.form, *ExpectedOutcome, poison=True)
    return CaseSource((*cases.invalid(config.form, poison=True).certain, *bodies.certain))


_EXPECTED: dict[ExpectedOutcome, Expected] = {
    ExpectedOutcome.REFUSED: "rejected",
    ExpectedOutcome.LOST: "answered",
    ExpectedOutcome.TAKEN: "accepted",
}


def _send_faulty_body(factory: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    fault = cases.body_fault(case.choice)
    batch = factory.batch(case)
    step = factory.step(batch, _EXPECTED[fault.fate])
    carried = fault.apply(step.request.headers, step.request.body)
    request = step.request._replace(headers=carried.headers, body=carried.body)
    exchange = _and_then(factory, step._replace(request=request, is_faulty=True))
    taken = of_batch(batch) if fault.fate is ExpectedOutcome.TAKEN else ()
    return exchange._replace(owed=(*taken, *exchange.owed))


_SIZES = {"a byte less": LIMIT - 1, "exactly so much": LIMIT, "a byte more": LIMIT + 1}


def _fill_body(factory: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    spelling, _comma, size = case.choice.partition(", ")
    batch = factory.batch(case)
    step = factory.step(
        batch,
        "too large" if _SIZES[size] > LIMIT else "accepted",
        compress="gzip" if spelling == "gzip" else "none",
    )
    body = step.request.body if spelling == "plain" else gzip.decompress(step.request.body)
    filled = body.ljust(_SIZES[size], b" ")
    request = step.request._replace(body=filled if spelling == "plain" else gzip.compress(filled, mtime=0))
    owed = () if step.expected == "too large" else of_batch(batch)
    return Exchange((step._replace(request=request, is_faulty=True),), owed=owed)


def _body_sizes(config: ProbeConfig) -> CaseSource:
    # A gateway has a limit of its own for what is on the wire; compressed, 5 MiB of blanks are within any.
    spellings = ("gzip", "plain") if config.is_direct else ("gzip",)
    event = cases.minimal(config.form)
    return CaseSource(
        tuple(ProbeCase((event,), choice=f"{one}, {size}") for one in spellings for size in _SIZES)
    )


_OFFSETS = {"a byte less": -1, "exactly so much": 0, "a byte more": 1, "a bit more": 8}


def _fill_event(factory: EventFactory, case: ProbeCase, config: ProbeConfig) -> Exchange:
    batch = factory.batch(case)
    (event,) = of_batch(batch)
    offset = _OFFSETS[case.choice]
    missing = LARGEST_EVENT - STAMP + offset - len(msgspec.json.encode(event))
    event["edata"] = event["edata"] | {"message": "x" * missing}
    if offset <= 0:
        return Exchange((factory.step(batch),), owed=(event,))
    return Exchange(
        (factory.step(batch, "rejected" if config.checks_first else "answered"),), barred=(event,)
    )


def _event_sizes(config: ProbeConfig) -> CaseSource:
    # Elsewhere a stamp may be some bytes shorter, such as at an instant that ends in zeros.
    more = "a byte more" if config.is_ours else "a bit more"
    (log,) = (case.events[0] for case in cases.alone(config.form).certain if case.events[0]["eid"] == "LOG")
    return CaseSource(
        tuple(ProbeCase((log,), choice=choice) for choice in ("a byte less", "exactly so much", more))
    )


def _ask_health(factory: EventFactory, _: ProbeCase, config: ProbeConfig) -> Exchange:  # noqa: ARG001  called as its peers are
    return Exchange((Step(Request("GET", "/health", {}, b""), "healthy"),))


def _invalid_cases(config: ProbeConfig) -> CaseSource:
    # The pipeline sends LOG events past its checks. An event is found in a sink by its mid alone.
    spare = () if config.is_ours or config.checks_first else ("LOG",)
    return cases.invalid(config.form, poison=False, spare=spare, tops=("mid",) if config.sink else ())


# --- hindrances -------------------------------------------------------------------------------------------


def _without_check(config: ProbeConfig) -> str:
    if config.checks_first or config.sink:
        return ""
    return "the endpoint answers before it checks; --against shows what becomes of events, --mode strict expects a check"


def _without_producer(config: ProbeConfig) -> str:
    if config.is_ours or config.producer:
        return ""
    return "pipelines deduplicate by mid for the portal's and the desktop's producers alone; name one with --producer"


def _without_permission(config: ProbeConfig) -> str:
    return "" if config.poison else "it may stop a pipeline; --allow-crashing-faults sends it"


def _behind_gateway(config: ProbeConfig) -> str:
    return "" if config.is_direct else "a gateway does not pass /health on"


PROPERTIES: tuple[Property, ...] = (
    Property(
        "health", "GET /health answers 200.",
        _of_form(cases.nothing), _ask_health, "unused", _behind_gateway,
        holds_for="the service itself",
    ),
    Property(
        "one-event", "A batch of a single event is accepted, and stored as it was sent, whatever its method.",
        _of_form(cases.alone), _send,
    ),
    Property(
        "no-events", "A batch without events is answered, and the next batch is accepted.",
        _of_form(cases.nothing), _send_nothing,
    ),
    Property(
        "empty-list", "An event with an empty list is accepted, and stored as it was sent.",
        _of_form(cases.empty_lists), _send,
    ),
    Property(
        "unicode", "A text is accepted and survives as it was sent, whatever its characters.",
        _of_form(cases.texts), _send,
    ),
    Property(
        "long-text", "A long text is accepted and survives whole.",
        _of_form(cases.long_texts), _send,
    ),
    Property(
        "nested-json", "JSON of many levels, many keys or any values is accepted and survives as it was sent.",
        _of_form(cases.nested), _send,
    ),
    Property(
        "valid-batch", "A batch of valid events is accepted, and each of them is stored as it was sent.",
        lambda config: cases.many(config.form, *cases.numbers(config.form)), _send,
    ),
    Property(
        "gzip", "A batch in gzip is accepted and stored completely, as a plain one is.",
        _of_form(cases.many), _send_gzipped,
    ),
    Property(
        "header-case",
        "A batch is accepted and stored, whatever the case of its headers' names, and of an encoding's name.",
        lambda config: cases.with_choices(config.form, *_HEADERS, *_VALUES), _spell_headers,
    ),
    Property(
        "chunked-body", "A body in chunks is accepted and stored completely, as one of known length is.",
        _chunked_cases, _send_in_chunks,
        holds_for="all but those that ask for a length (411)",
    ),
    Property(
        "resent-batch", "A batch that is sent again changes nothing.",
        lambda config: cases.sent_again(config.form, _APART), _send_again, "needed",
        holds_for="batches with a msgid; others are not deduplicated",
    ),
    Property(
        "concurrent-batches", "Equal batches that come at the same time are stored once.",
        _of_form(cases.valid), _send_at_once, "needed",
        holds_for="batches with a msgid; others are not deduplicated",
    ),
    Property(
        "repeated-mid", "An event whose mid was seen before, in another batch, is stored once.",
        _known_by_mid, _repeat_mids, "needed", _without_producer,
        holds_for="the portal and the desktop; LOG events are not deduplicated",
    ),
    Property(
        "invalid-event", "An invalid event is rejected, by the answer or in the sink; it is never among the accepted.",
        _invalid_cases, _send_invalid, "used", _without_check,
        holds_for="all; LOG events if the endpoint or the collector checks them",
    ),
    Property(
        "malformed-body", "A body that cannot be read is rejected with a 4xx, and the next batch is accepted.",
        lambda config: cases.faulty_bodies(config.form, ExpectedOutcome.REFUSED), _send_faulty_body,
    ),
    Property(
        "strange-body",
        "A body without a batch is answered, one with a byte order mark is stored, and the next batch is accepted.",
        lambda config: cases.faulty_bodies(config.form, ExpectedOutcome.LOST, ExpectedOutcome.TAKEN), _send_faulty_body,
    ),
    Property(
        "largest-body", "A body of 5 MiB after inflation is accepted; one byte more, and it is rejected with 413.",
        _body_sizes, _fill_body, is_of_size=True,
    ),
    Property(
        "largest-event", "An event of 1 MiB, as pipelines stamp it, is stored; a larger one is not.",
        _event_sizes, _fill_event, "used", _without_check, is_of_size=True,
    ),
    Property(
        "poison-pill", "What pipelines are known to crash at is answered, and the next batch is accepted.",
        _poisons, _send_poison, "used", _without_permission,
    ),
)  # fmt: skip
"""All properties, those with the smallest cases first: an endpoint that dies of one leaves no time to shrink it."""
