"""Events that are odd and whole: out of time, enormous, of strange letters, said twice, or not said at all."""

from typing import Any

import msgspec

from generator.chance import Chance
from generator.faults.kind import FAMILIES, Change, FaultKind, Verdict, for_both_forms
from generator.spec.identity import read_mid
from generator.spec.rules import EARLIEST, Form

LARGEST_EVENT = 1_048_576
"""The largest event in bytes once it is stamped: the pipeline's `event.max.size`."""
STAMP = 67
"""Bytes that the pipeline's extractor adds before it measures: syncts and @timestamp."""

_HOUR = 3_600_000
_TEXTS = (
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1ee\U0001f1f3",  # joined pictures, a flag
    "a\u0300\u0301\u0302\u0303\u0304\u0305" * 8,  # a heap of marks
    "\u202eright to left\u202c \u05d0\u0627",
    "\u0000 \u0001 \u001f \u007f",
    "\u2028\u2029\u0085\ufeff",
    "\U0010ffff\ufffe\uffff\ufdd0",  # the last characters there are, and those that are none
    "\u0915\u094d\u0937\u093f \u0939\u093f\u0928\u094d\u0926\u0940",
    '"\\/\b\f\n\r\t</script>',
    "\ufb03 \u212b \uac00 \u1100\u1161",  # one text after normalisation, another before
    "\U00020000" * 64,
)


def _go_back(event: dict[str, Any], _: Form, chance: Chance) -> list[Any] | None:
    mid = read_mid(event["mid"])
    back = chance.between(_HOUR, 24 * _HOUR)
    if (mid and not mid.sequence) or event["ets"] - back < EARLIEST:
        return None
    return [event | {"ets": event["ets"] - back}]


def _tagged(event: dict[str, Any], text: str) -> dict[str, Any]:
    return event | {"tags": [*event.get("tags", ()), text]}


def _write_strangely(event: dict[str, Any], _: Form, chance: Chance) -> list[Any]:
    return [_tagged(event, chance.pick(_TEXTS))]


def _swell(event: dict[str, Any], size: int) -> list[Any]:
    room = size - STAMP - len(msgspec.json.encode(_tagged(event, "")))
    return [_tagged(event, "x" * room)]


def _repeat(event: dict[str, Any], _: Form, __: Chance) -> list[Any] | None:
    # Pipelines know every event again but a LOG.
    return None if event["eid"] == "LOG" else [event, event]


def _contradict(event: dict[str, Any], _: Form, chance: Chance) -> list[Any] | None:
    if event["eid"] == "LOG":
        return None
    return [event, event | {"ets": event["ets"] + chance.between(1, 1000)}]


def _withhold(eid: str) -> Change:
    return lambda event, *_: [] if event["eid"] == eid else None


def _unsent(name: str, what: str) -> FaultKind:
    return FaultKind(
        name, what, "event", for_both_forms("nowhere"), {"strict": "nowhere", "plain": "nowhere"}
    )


def _odd(
    name: str, what: str, verdict: Any = "accepted", *, is_sized: bool = False, changes: bool = True,
    **others: Verdict | None,
) -> FaultKind:  # fmt: skip
    given = {family: others[family] for family in FAMILIES if family in others}
    return FaultKind(name, what, "event", for_both_forms(verdict), given, is_sized=is_sized, changes=changes)


# How large an event may be is for each endpoint to say.
EVENT_AT_LIMIT = _odd(
    "event_at_limit", "an event of 1 MiB, the pipeline's stamps included", is_sized=True, plain=None
)
EVENT_OVER_LIMIT = _odd("event_over_limit", "an event of a byte more than 1 MiB", "rejected", is_sized=True)
LARGE = (EVENT_AT_LIMIT, EVENT_OVER_LIMIT)
"""What takes so much room that a batch has no more than three of them."""

ODDITIES: dict[FaultKind, Change] = {
    _odd("time_back", "an hour to a day before its time; a session's first event is none"): _go_back,
    _odd("strange_text", "a tag of extreme Unicode"): _write_strangely,
    EVENT_AT_LIMIT: lambda event, *_: _swell(event, LARGEST_EVENT),
    EVENT_OVER_LIMIT: lambda event, *_: _swell(event, LARGEST_EVENT + 1),
    _odd(
        "repeated_mid", "an event stands twice, one right behind the other", "duplicate", changes=False
    ): _repeat,
    _odd(
        "reused_mid", "behind an event stands one of the same mid and another ets", "duplicate"
    ): _contradict,
    _unsent("missing_start", "a START is not sent; its END stands without one"): _withhold("START"),
    _unsent("missing_end", "an END is not sent; its visit stays open"): _withhold("END"),
}
"""Each kind of oddity, with how it is made."""
