"""Damage to what is more than an event: a session's clock, a batch that comes again, the bytes of a request."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from generator.chance import Chance
from generator.faults.body_faults import BODY_FAULTS, GZIP_BOMB, BodyFault
from generator.faults.kind import FAMILIES, Family, FaultKind, Verdict, for_both_forms, get_path, set_path
from generator.spec.rules import EARLIEST, LATEST

Again = Literal["same", "anew"]
"""How a batch is sent once more: as the same one, with its msgid, or under an msgid of its own."""

_MINUTE, _DAY = 60_000, 86_400_000
_TIMES = ("ets", "edata.starttime", "edata.endtime")


def moved(event: Mapping[str, Any], milliseconds: int) -> dict[str, Any]:
    """Copy an event with all its instants moved: as a device tells them whose clock is wrong."""
    shifted = dict(event)
    for path in _TIMES:
        instant = get_path(shifted, path)
        if isinstance(instant, int) and EARLIEST <= instant + milliseconds <= LATEST:
            shifted = set_path(shifted, path, instant + milliseconds)
    return shifted


def _skew(chance: Chance) -> int:
    return chance.pick((1, -1)) * chance.between(_MINUTE, 3 * 60 * _MINUTE)


def _far_off(chance: Chance) -> int:
    return chance.pick((1, -1)) * chance.between(365 * _DAY, 10 * 365 * _DAY)


def _late(chance: Chance) -> int:
    return -chance.between(_DAY, 60 * _DAY)


def _session(
    name: str, what: str, verdict: Verdict = "accepted", *, changes: bool = True, may_be_dropped: bool = False
) -> FaultKind:
    return FaultKind(
        name, what, "session", for_both_forms(verdict), changes=changes, may_be_dropped=may_be_dropped
    )


CLOCKS: dict[FaultKind, Callable[[Chance], int]] = {
    _session("skewed_clock", "a device's clock is minutes to hours ahead or behind"): _skew,
    _session(
        "far_clock",
        "a device's clock is years ahead or behind; later stages drop or clamp it",
        may_be_dropped=True,
    ): _far_off,
    _session("late_sync", "a phone was offline for a day to two months"): _late,
}
"""Each kind of wrong dating, with the milliseconds by which a session's instants are moved."""

AGAIN: dict[FaultKind, Again] = {
    FaultKind(
        "repeated_batch",
        "a batch is sent again under the same msgid",
        "batch",
        for_both_forms("duplicate"),
        changes=False,
    ): "same",
    _session(
        "replayed_session", "all of a session is sent again under other msgids", "duplicate", changes=False
    ): "anew",
}
"""Each kind of repetition, with how it is done."""

_NAMED = {str(fault.name): fault for fault in BODY_FAULTS} | {GZIP_BOMB.name: GZIP_BOMB}


class _Body(NamedTuple):
    """One kind of damage to a request: its row, and the names of what is done."""

    kind: FaultKind
    names: tuple[str, ...]


def _body(
    name: str, what: str, verdict: Verdict, *names: str, is_poison: bool = False,
    families: tuple[Family, ...] = FAMILIES, **others: Verdict | None,
) -> _Body:  # fmt: skip
    given: dict[Family, Verdict | None] = {family: others[family] for family in FAMILIES if family in others}
    return _Body(
        FaultKind(name, what, "body", for_both_forms(verdict), given, families, is_poison, changes=False),
        names,
    )


# Where the damage is to the telemetry service's own envelope.
_ENVELOPED: tuple[Family, ...] = ("sunbird", "strict")

_BODIES = (
    _body("truncated_json", "the body ends too early", "refused", "the last byte is missing",
          "the second half is missing", plain="refused"),
    _body("not_json", "the body is no JSON", "refused", "not JSON", plain="refused"),
    _body("empty_body", "the body is empty", "nowhere", "no body", obsrv="refused"),
    _body("wrong_content_type", "a content type that is not JSON's, or none", "nowhere", "no content type",
          "content type text/plain", "content type of a form", obsrv="refused"),
    _body("wrong_charset", "a charset that is not Unicode", "refused", "charset latin1"),
    _body("wrong_encoding", "a content encoding that nobody reads, or that is not true", "refused",
          "content encoding br", "content encoding zstd", "gzip declared, plain sent", "gzip sent, nothing declared"),
    _body("corrupt_gzip", "a gzip stream with a wrong checksum, or cut short", "refused",
          "gzip with a wrong checksum", "gzip cut short"),
    _body("gzip_bomb", "some kilobytes that inflate to 32 MiB", "refused", GZIP_BOMB.name, obsrv="accepted"),
    _body("batch_at_limit", "a body of 5 MiB after inflation", "accepted", "5 MiB after inflation", plain=None),
    _body("batch_over_limit", "a body of a byte more than 5 MiB after inflation", "refused",
          "a byte more than 5 MiB after inflation", obsrv="accepted"),
    # A reader of JSON may ignore it or refuse it (RFC 8259, section 8.1).
    _body("byte_order_mark", "a byte order mark before the JSON", "accepted", "a byte order mark", plain=None),
    _body("missing_events", "the envelope has no events", "nowhere", "events missing", families=_ENVELOPED),
    _body("bad_envelope", "the msgid is a number, or params a text", "rejected", "msgid is a number",
          "params is a text", families=_ENVELOPED),
    _body("events_not_a_list", "events is an object", "rejected", "events is an object",
          is_poison=True, families=_ENVELOPED),
    _body("events_of_texts", "events holds texts", "rejected", "events holds texts",
          is_poison=True, families=_ENVELOPED),
)  # fmt: skip

BODIES: dict[FaultKind, tuple[BodyFault, ...]] = {
    kind: tuple(map(_NAMED.__getitem__, names)) for kind, names in _BODIES
}
"""Each kind of damage to a request, with the ways in which it is done."""
