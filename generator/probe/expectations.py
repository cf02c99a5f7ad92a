"""Expectations: the answers, and what the sink holds, compared with what must come of an exchange."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from generator.delivery.contracts import Answer, Contract
from generator.delivery.outcome import judge
from generator.probe.exchange import Event, Exchange, Expected, Step
from generator.probe.json_difference import difference
from generator.probe.sink import StoredEvents


class StepResult(NamedTuple):
    """What came back of one request.

    Attributes:
        answer: None if none came.
        silence: why none came.
    """

    answer: Answer | None
    silence: str = ""


class Inconclusive(Exception):  # noqa: N818  nothing is wrong: it is only not known
    """The answers do not decide the property; the text is the reason."""


_SHORT = 40
"""Letters of a text that is shown whole."""
_AROUND = 10
"""Letters that are shown before and behind a difference."""
_NO_BETTER = "the same events fare no better in a plain batch"
_BUSY = {429: "too many requests", 503: "it is overloaded"}
_LENGTH_REQUIRED = 411
_NOT_REJECTIONS = {401, 403, 404, 405, 408}
_CLIENT_ERRORS = range(400, 500)


def judge_answers(step: Step, response: Iterable[StepResult], contract: Contract) -> str:
    """Return what is wrong with the answers to a step; "" if nothing is.

    Raises:
        Inconclusive: the endpoint is too busy to be judged, or rejects the control.
    """
    problem = next(filter(None, (_judge(step, one, contract) for one in response)), "")
    if problem and step.is_control and all(one.answer for one in response):
        raise Inconclusive(_NO_BETTER)
    return problem


def _judge(step: Step, response: StepResult, contract: Contract) -> str:
    if response.answer is None:
        if step.expected == "too large" and "lost" in response.silence:
            raise Inconclusive("the connection was closed before all was sent")
        return f"it should have been {_wanted(step.expected)}, and {response.silence}"
    status = response.answer.status
    if status in _BUSY:
        raise Inconclusive(f"{status}: {_BUSY[status]}")
    if step.chunk and status == _LENGTH_REQUIRED:
        raise Inconclusive(f"{status}: it takes no body without its length")
    if _is_as_expected(step.expected, response.answer, contract):
        return ""
    return (
        f"it should have been {_wanted(step.expected)}, and the answer is {_named(response.answer, contract)}"
    )


def _is_as_expected(expected: Expected, answer: Answer, contract: Contract) -> bool:
    status = answer.status
    match expected:
        case "accepted":
            return judge(contract, answer).status == "acked"
        case "rejected":
            return status in _CLIENT_ERRORS and status not in _NOT_REJECTIONS
        case "too large":
            return status == 413
        case "healthy":
            return status == 200
        case "answered":
            return 200 <= status < 300 or (status in _CLIENT_ERRORS and status not in _NOT_REJECTIONS)


def _wanted(expected: Expected) -> str:
    return {
        "rejected": "rejected with a 4xx",
        "too large": "rejected with 413",
        "healthy": "answered with 200",
    }.get(expected, expected)


def _named(answer: Answer, contract: Contract) -> str:
    receipt = judge(contract, answer)
    return f"{answer.status} SUCCESS" if receipt.status == "acked" else receipt.reason


def judge_sink(exchange: Exchange, stored_events: StoredEvents) -> str:
    """Return what is wrong with what the sink holds; "" if nothing is.

    Raises:
        Inconclusive: not even the control is stored as it should be.
    """
    if any(_of_owed(event, stored_events) for event in exchange.controls):
        raise Inconclusive(_NO_BETTER)
    problem = [
        *(_of_owed(event, stored_events) for event in exchange.owed),
        *(_of_barred(event, stored_events) for event in (*exchange.barred, *exchange.rejected)),
        *(_of_rejected(event, stored_events) for event in exchange.rejected),
    ]
    return next(filter(None, problem), "")


def _of_owed(event: Event, stored_events: StoredEvents) -> str:
    mid = event["mid"]
    copies = stored_events.accepted.get(mid, [])
    if not copies:
        return f"{mid} was accepted, and {_whereabouts(mid, stored_events)}"
    if len(copies) > 1:
        return f"{mid} is stored {len(copies)} times, and once is right"
    differs = differing(event, copies[0])
    return f"{mid} is stored, but not as it was sent: {differs}" if differs else ""


def _whereabouts(mid: str, stored_events: StoredEvents) -> str:
    reason = stored_events.reasons.get(mid, "")
    if mid in stored_events.rejected:
        return f"is found among the rejected{reason and f': {reason}'}"
    if mid in stored_events.duplicate:
        return "is taken for a duplicate, and never seen before"
    return f"is not stored{stored_events.unread()}"


def _of_barred(event: Event, stored_events: StoredEvents) -> str:
    return (
        f"{event['mid']} is invalid, and is found among the accepted"
        if event["mid"] in stored_events.accepted
        else ""
    )


def _of_rejected(event: Event, stored_events: StoredEvents) -> str:
    mid = event["mid"]
    if "rejected" not in stored_events.kinds or mid in stored_events.rejected:
        return ""
    return f"{mid} is invalid, was answered with success, and is found nowhere: not among the rejected either"


def differing(sent: Event, stored: Event) -> str:
    """Describe the first difference between a stored event and the sent one; fields added at the top are allowed."""
    stored_events = {name: stored[name] for name in sent if name in stored}
    expected, found = _corrected(sent, sent), _corrected(stored_events, sent)
    problem = difference(expected, found)
    text_differences = (
        _text_difference(*pair) for pair in _texts(expected, found) if problem.startswith(f"{pair[0]} was ")
    )
    return next(text_differences, problem)


def _texts(sent: Any, stored: Any, path: str = "$") -> Iterator[tuple[str, str, str]]:
    """Yield the texts that differ, and where they stand, as `difference` names the places."""
    if isinstance(sent, Mapping) and isinstance(stored, Mapping):
        for name in sent.keys() & stored.keys():
            yield from _texts(sent[name], stored[name], f"{path}.{name}")
    elif isinstance(sent, list) and isinstance(stored, list):
        for place, both in enumerate(zip(sent, stored, strict=False)):
            yield from _texts(*both, f"{path}[{place}]")
    elif isinstance(sent, str) and isinstance(stored, str) and sent != stored:
        yield path, sent, stored


def _text_difference(path: str, sent: str, stored: str) -> str:
    """Show two texts in ASCII, so that letters that look alike differ; of long ones the first difference."""
    if max(len(sent), len(stored)) <= _SHORT:
        return f"{path} was {sent!a}, and is {stored!a}"
    length = min(len(sent), len(stored))
    at = next((place for place in range(length) if sent[place] != stored[place]), length)
    start = max(0, at - _AROUND)
    was, now = (ascii(text[start : at + _AROUND]) for text in (sent, stored))
    return (
        f"{path} was a text of {len(sent):,} letters, and is one of {len(stored):,}; "
        f"from letter {start + 1:,} it was {was}, and is {now}"
    )


def _corrected(event: Event, sent: Event) -> Event:
    """Return an event as pipelines correct it: the actor's prefix, a DIAL code's case, a channel of spaces alone."""
    corrected = dict(event)
    actor, about, context = (event.get(name) for name in ("actor", "object", "context"))
    if isinstance(actor, Mapping) and _text(actor, "id").startswith("f:"):
        corrected["actor"] = {**actor, "id": _text(actor, "id").rpartition(":")[2]}
    if (
        isinstance(about, Mapping)
        and _text(about, "type").lower() in {"dialcode", "qr"}
        and _text(about, "id")
    ):
        corrected["object"] = {**about, "id": _text(about, "id").upper()}
    if isinstance(context, Mapping) and not _text(sent["context"], "channel").strip():
        corrected["context"] = {name: value for name, value in context.items() if name != "channel"}
    return corrected


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""
