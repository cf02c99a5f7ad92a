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
        sink: where events end up; None where that is not known.
        producer: a `context.pdata.id` whose events are known again by their mid; "" where none is known.
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
        """Whether the service itself is spoken to, and no gateway with limits and paths of its own."""
        return self.path == DEFAULT_PATH


class Property(NamedTuple):
    """One property.

    Attributes:
        name: as it is named on the command line.
        truth: what is true of every good endpoint, in a sentence.
        cases: on what it is tried.
        exchange: what is sent for a case, and what must come of it.
        sink: whether a sink says more than the answers do, or is needed to judge at all.
        hindrance: says why it cannot be judged; "" where it can.
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

    def obstacle(self, setting: ProbeConfig) -> str:
        """Say why it cannot be judged here; "" where it can."""
        if self.sink == "needed" and setting.sink is None:
            return "only a sink shows it; name one with --against"
        return self.hindrance(setting)


def _of_form(make: Callable[[Form], CaseSource]) -> Callable[[ProbeConfig], CaseSource]:
    return lambda setting: make(setting.form)


# --- exchanges --------------------------------------------------------------------------------------------


def _send(pen: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = pen.batch(case)
    return Exchange((pen.step(batch),), owed=of_batch(batch))


def _send_gzipped(pen: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = pen.batch(case)
    return Exchange((pen.control(case), pen.step(batch, compress="gzip")), owed=of_batch(batch))


_CHUNKS = {
    "in one chunk": 5 * 2**20,
    "in chunks of 7 bytes": 7,
    "in chunks of 1,000 bytes": 1000,
    "gzip, in chunks of 50 bytes": 50,
}


def _send_in_chunks(pen: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = pen.batch(case)
    step = pen.step(batch, compress="gzip" if case.choice.startswith("gzip") else "none")
    return Exchange((pen.control(case), step._replace(chunk=_CHUNKS[case.choice])), owed=of_batch(batch))


def _chunked_cases(setting: ProbeConfig) -> CaseSource:
    certain, drawn = cases.with_choices(setting.form, *_CHUNKS)
    long = ProbeCase((cases.minimal(setting.form),) * 200, choice="in chunks of 1,000 bytes")
    return CaseSource((*certain, long), drawn)


_APART = "again over another connection"


def _send_again(pen: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = pen.batch(case)
    again = pen.step(batch)._replace(is_apart=case.choice == _APART)
    return Exchange((pen.control(case), pen.step(batch), again), owed=of_batch(batch))


def _send_at_once(pen: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = pen.batch(case)
    return Exchange((pen.control(case), pen.step(batch, at_once=_AT_ONCE)), owed=of_batch(batch))


def _repeat_mids(pen: EventFactory, case: ProbeCase, setting: ProbeConfig) -> Exchange:
    if setting.producer:
        case = case._replace(events=tuple(_spoken_by(setting.producer, event) for event in case.events))
    batch = pen.batch(case)
    return Exchange((pen.control(case), pen.step(batch), pen.step(pen.again(batch))), owed=of_batch(batch))


def _spoken_by(producer: str, event: Event) -> Event:
    context = event["context"]
    return event | {"context": context | {"pdata": context["pdata"] | {"id": producer}}}


def _known_by_mid(setting: ProbeConfig) -> CaseSource:
    return cases.valid(setting.form, () if setting.is_ours else ("LOG",))


def _send_nothing(pen: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    return _and_then(pen, pen.step(pen.batch(case), "answered"))


def _and_then(pen: EventFactory, *steps: Step) -> Exchange:
    """Send what may do harm, and behind it a batch to which none was done."""
    after = pen.batch(ProbeCase((cases.minimal(pen.contract.form),)))
    return Exchange((*steps, pen.step(after)), owed=of_batch(after))


_HEADERS: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "swapped": str.swapcase}
_VALUES = {
    "charset=utf-8": ("Content-Type", "application/json; charset=utf-8"),
    "charset=UTF-8": ("Content-Type", "application/json; charset=UTF-8"),
    "Content-Encoding: GZIP": ("Content-Encoding", "GZIP"),
}


def _spell_headers(pen: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    batch = pen.batch(case)
    if case.choice in _HEADERS:
        step = with_headers(pen.step(batch), _HEADERS[case.choice])
    else:
        name, value = _VALUES[case.choice]
        step = with_value(pen.step(batch, compress="gzip" if value == "GZIP" else "none"), name, value)
    return Exchange((pen.control(case), step), owed=of_batch(batch))


def _send_invalid(pen: EventFactory, case: ProbeCase, setting: ProbeConfig) -> Exchange:
    batch = pen.batch(case)
    events = tuple(event for event in of_batch(batch) if isinstance(event.get("mid"), str))
    if setting.checks_first:
        return Exchange((pen.step(batch, "refused"),), barred=events)
    return Exchange((pen.step(batch, "answered"),), rejected=events)


def _send_poison(pen: EventFactory, case: ProbeCase, setting: ProbeConfig) -> Exchange:
    if case.choice:
        return _damage_body(pen, case, setting)
    return _and_then(pen, pen.step(pen.batch(case), "answered"))


def _poisons(setting: ProbeConfig) -> CaseSource:
    bodies = cases.damaged_bodies(setting.form, *ExpectedOutcome, poison=True)
    return CaseSource((*cases.invalid(setting.form, poison=True).certain, *bodies.certain))


_EXPECTED: dict[ExpectedOutcome, Expected] = {
    ExpectedOutcome.REFUSED: "refused",
    ExpectedOutcome.LOST: "answered",
    ExpectedOutcome.TAKEN: "accepted",
}


def _damage_body(pen: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    fault = cases.body_fault(case.choice)
    batch = pen.batch(case)
    step = pen.step(batch, _EXPECTED[fault.fate])
    carried = fault.apply(step.request.headers, step.request.body)
    request = step.request._replace(headers=carried.headers, body=carried.body)
    exchange = _and_then(pen, step._replace(request=request, is_damaged=True))
    taken = of_batch(batch) if fault.fate is ExpectedOutcome.TAKEN else ()
    return exchange._replace(owed=(*taken, *exchange.owed))


_SIZES = {"a byte less": LIMIT - 1, "exactly so much": LIMIT, "a byte more": LIMIT + 1}


def _fill_body(pen: EventFactory, case: ProbeCase, _: ProbeConfig) -> Exchange:
    spelling, _comma, size = case.choice.partition(", ")
    batch = pen.batch(case)
    step = pen.step(
        batch,
        "too large" if _SIZES[size] > LIMIT else "accepted",
        compress="gzip" if spelling == "gzip" else "none",
    )
    body = step.request.body if spelling == "plain" else gzip.decompress(step.request.body)
    filled = body.ljust(_SIZES[size], b" ")
    request = step.request._replace(body=filled if spelling == "plain" else gzip.compress(filled, mtime=0))
    owed = () if step.expected == "too large" else of_batch(batch)
    return Exchange((step._replace(request=request, is_damaged=True),), owed=owed)


def _body_sizes(setting: ProbeConfig) -> CaseSource:
    # A gateway has a limit of its own for what is on the wire; compressed, 5 MiB of blanks are within any.
    spellings = ("gzip", "plain") if setting.is_direct else ("gzip",)
    event = cases.minimal(setting.form)
    return CaseSource(
        tuple(ProbeCase((event,), choice=f"{one}, {size}") for one in spellings for size in _SIZES)
    )


_OFFSETS = {"a byte less": -1, "exactly so much": 0, "a byte more": 1, "a bit more": 8}


def _fill_event(pen: EventFactory, case: ProbeCase, setting: ProbeConfig) -> Exchange:
    batch = pen.batch(case)
    (event,) = of_batch(batch)
    offset = _OFFSETS[case.choice]
    missing = LARGEST_EVENT - STAMP + offset - len(msgspec.json.encode(event))
    event["edata"] = event["edata"] | {"message": "x" * missing}
    if offset <= 0:
        return Exchange((pen.step(batch),), owed=(event,))
    return Exchange((pen.step(batch, "refused" if setting.checks_first else "answered"),), barred=(event,))


def _event_sizes(setting: ProbeConfig) -> CaseSource:
    # Elsewhere a stamp may be some bytes shorter, such as at an instant that ends in zeros.
    more = "a byte more" if setting.is_ours else "a bit more"
    (log,) = (case.events[0] for case in cases.alone(setting.form).certain if case.events[0]["eid"] == "LOG")
    return CaseSource(
        tuple(ProbeCase((log,), choice=choice) for choice in ("a byte less", "exactly so much", more))
    )


def _ask_health(pen: EventFactory, _: ProbeCase, setting: ProbeConfig) -> Exchange:  # noqa: ARG001  called as its peers are
    return Exchange((Step(Request("GET", "/health", {}, b""), "healthy"),))


def _invalid_cases(setting: ProbeConfig) -> CaseSource:
    # The pipeline sends LOG events past its checks. An event is found in a sink by its mid alone.
    spare = () if setting.is_ours or setting.checks_first else ("LOG",)
    return cases.invalid(setting.form, poison=False, spare=spare, tops=("mid",) if setting.sink else ())


# --- hindrances -------------------------------------------------------------------------------------------


def _without_check(setting: ProbeConfig) -> str:
    if setting.checks_first or setting.sink:
        return ""
    return "the endpoint answers before it checks; --against shows what becomes of events, --mode strict says that it should check"


def _without_producer(setting: ProbeConfig) -> str:
    if setting.is_ours or setting.producer:
        return ""
    return "pipelines know events again by their mid for the portal's and the desktop's producers alone; name one with --producer"


def _without_permission(setting: ProbeConfig) -> str:
    return "" if setting.poison else "it may stop a pipeline; --allow-crashing-faults sends it"


def _behind_gateway(setting: ProbeConfig) -> str:
    return "" if setting.is_direct else "a gateway does not pass /health on"


# --- the list -------------------------------------------------------------------------------------------------

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
        lambda setting: cases.many(setting.form, *cases.numbers(setting.form)), _send,
    ),
    Property(
        "gzip", "A batch in gzip is accepted and stored completely, as a plain one is.",
        _of_form(cases.many), _send_gzipped,
    ),
    Property(
        "header-case",
        "A batch is accepted and stored, whatever the case of its headers' names, and of an encoding's name.",
        lambda setting: cases.with_choices(setting.form, *_HEADERS, *_VALUES), _spell_headers,
    ),
    Property(
        "chunked-body", "A body in chunks is accepted and stored completely, as one of known length is.",
        _chunked_cases, _send_in_chunks,
        holds_for="all but those that ask for a length (411)",
    ),
    Property(
        "resent-batch", "A batch that is sent again changes nothing.",
        lambda setting: cases.sent_again(setting.form, _APART), _send_again, "needed",
        holds_for="batches with a msgid; without one nothing is known again",
    ),
    Property(
        "concurrent-batches", "Equal batches that come at the same time are stored once.",
        _of_form(cases.valid), _send_at_once, "needed",
        holds_for="batches with a msgid; without one nothing is known again",
    ),
    Property(
        "repeated-mid", "An event whose mid was seen before, in another batch, is stored once.",
        _known_by_mid, _repeat_mids, "needed", _without_producer,
        holds_for="the portal and the desktop; LOG events are not known again",
    ),
    Property(
        "invalid-event", "An invalid event is rejected, by the answer or in the sink; it is never among the accepted.",
        _invalid_cases, _send_invalid, "used", _without_check,
        holds_for="all; LOG events where the endpoint or the collector checks them",
    ),
    Property(
        "malformed-body", "A body that cannot be read is rejected with a 4xx, and the next batch is accepted.",
        lambda setting: cases.damaged_bodies(setting.form, ExpectedOutcome.REFUSED), _damage_body,
    ),
    Property(
        "strange-body",
        "A body without a batch is answered, one with a byte order mark is stored, and the next batch is accepted.",
        lambda setting: cases.damaged_bodies(setting.form, ExpectedOutcome.LOST, ExpectedOutcome.TAKEN), _damage_body,
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
