"""The rewrites: what a healthy pipeline changes in an event on its way, one row each, and nothing else.

A row belongs to one pipeline and to the first stage that shows its change, and it is off before that stage and in any
other pipeline. At the stage `accepted` an event stands as the endpoint took it: only Obsrv has rows there.

Sunbird's extractor parts batches into events; its preprocessor judges and corrects each; de-normalisation adds what is
known of device, user and content. Obsrv's router adds what it measured. The conditions are read in the source of both
(data-pipeline eb1e1a1, obsrv-core fae940e).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from generator.delivery.sink_name import STAGES
from generator.verify.pipeline import Pipeline
from generator.verify.stage import Stage

DEFAULT_CHANNEL = "b00bc992ef25f1a9a8d63291e20efc8d"
"""The channel that the preprocessor gives to an event without one: its `default.channel`."""
_CODES = {"dialcode", "qr"}
_NO_CONTENT = {"user", *_CODES}
_LOCATED_BY = {"user-profile", "user-declared", "ip-resolved"}
_NO_BLANKS = set("\u0085\u00a0\u2007\u202f")
"""Blanks in Python that are none in Java."""
_HOUR_MS = 3_600_000
_QUARTER_MS = 900_000
"""The time zones' clocks differ by whole quarters of an hour."""
_LONGEST_DAY_MS = 25 * _HOUR_MS
"""A day on which the clocks are set back."""
_CLOCKS_MS = _HOUR_MS
"""The clocks of two machines differ by less than this."""
_ZONES_MS = (-12 * _HOUR_MS, 14 * _HOUR_MS)
_DIGITS_TO_MS: dict[int, Callable[[int], int]] = {
    10: lambda seconds: seconds * 1000,
    13: lambda milliseconds: milliseconds,
    16: lambda microseconds: microseconds // 1000,
    19: lambda nanoseconds: nanoseconds // 1_000_000,
}
"""How Obsrv's router reads an instant, by its digits."""


class Case(NamedTuple):
    """An event that is compared.

    Attributes:
        sent: the event as it was sent.
        found: the event as it was found.
        posted: when its batch was first sent, in milliseconds since 1970; None if unknown.
        received: when the sink received it, likewise.
    """

    sent: Mapping[str, Any]
    found: Mapping[str, Any]
    posted: float | None = None
    received: float | None = None

    def processed(self) -> tuple[float, float] | None:
        """Return between which instants a stage worked on the event; None if nothing says it."""
        synced = self.found.get("syncts")
        earliest = synced if _is_synced(self, None, synced) else self.posted
        return None if earliest is None else (earliest, max(earliest, self.received or 0))


Allows = Callable[[Case, Any, Any], bool]
"""Returns whether a pipeline makes the second value of the first, in this event. The first is None if it was missing."""


class Rewrite(NamedTuple):
    """A change that one stage of one pipeline makes.

    Attributes:
        pipeline: whose change it is.
        stage: the first stage that shows it.
        kind: "added" is a member of the event itself that the stage adds or writes over; "changed" is a value.
        path: where it stands.
        allows: the exact condition.
        source: who does it, and why.
    """

    pipeline: Pipeline
    stage: str
    kind: Literal["added", "changed"]
    path: str
    allows: Allows
    source: str


def rewrites_at(pipeline: Pipeline, stage: str) -> Iterator[Rewrite]:
    """Yield the rows that are on at a stage of a pipeline."""
    place = STAGES.index(stage)
    return (row for row in REWRITES if row.pipeline == pipeline and STAGES.index(row.stage) <= place)


def has_doubles(pipeline: Pipeline, stage: str) -> bool:
    """Return whether every number has become the nearest double: Sunbird's extractor reads and writes it so."""
    return pipeline == "sunbird" and not Stage.named(stage).has_all


# --- the extractor ------------------------------------------------------------------------------------


def _is_instant(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_synced(case: Case, _: Any, after: Any) -> bool:
    """The instant at which the batch came, which is not before it was sent."""
    return _is_instant(after) and (case.posted is None or after >= case.posted - _CLOCKS_MS)


def _is_in_words(case: Case, _: Any, after: Any) -> bool:
    """The same instant in words, with milliseconds, in UTC."""
    synced = case.found.get("syncts")
    if synced is None or not _is_instant(synced) or not isinstance(after, str):
        return False
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(synced))
    except OverflowError:
        return False
    return after == f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _are_flags(_: Case, __: Any, after: Any) -> bool:
    """What the stages did, each true or false; where one could not process the event, it is not passed on."""
    return isinstance(after, dict) and all(
        isinstance(value, bool) and (value or not name.endswith("_processed"))
        for name, value in after.items()
    )


# --- the preprocessor ---------------------------------------------------------------------------------


def _is_events(_: Case, __: Any, after: Any) -> bool:
    return bool(after == "events")


def _is_cut(_: Case, before: Any, after: Any) -> bool:
    """A federated user's id, `f:<where>:<id>`, loses all but its last part."""
    return isinstance(before, str) and before.startswith("f:") and bool(after == before.rpartition(":")[2])


def _is_upper_cased(case: Case, before: Any, after: Any) -> bool:
    """The id of a DIAL code is written in capitals, whatever the case of the object's type."""
    return _type_of_object(case) in _CODES and isinstance(before, str) and bool(after == before.upper())


def _is_given(_: Case, before: Any, after: Any) -> bool:
    """A channel of nothing but blanks is replaced."""
    is_blank = isinstance(before, str) and not before.strip() and _NO_BLANKS.isdisjoint(before)
    return is_blank and bool(after == DEFAULT_CHANNEL)


# --- de-normalisation ---------------------------------------------------------------------------------


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _part(case: Case, name: str) -> Mapping[str, Any]:
    part = case.sent.get(name)
    return part if isinstance(part, dict) else {}


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""


def _type_of_object(case: Case) -> str:
    """Return the type of its object in small letters; "" if the object has no id or no type."""
    about = _part(case, "object")
    return _text(about, "type").lower() if _text(about, "id") else ""


def _is_of_device(case: Case, _: Any, after: Any) -> bool:
    return _is_object(after) and bool(_text(_part(case, "context"), "did"))


def _is_of_user(case: Case, _: Any, after: Any) -> bool:
    actor = _part(case, "actor")
    is_known = _text(actor, "id").rpartition(":")[2].lower() not in {"", "anonymous"}
    is_user = _text(actor, "type").lower() == "user" or case.sent.get("eid") == "ME_WORKFLOW_SUMMARY"
    return _is_object(after) and is_known and is_user


def _is_of_content(case: Case, _: Any, after: Any) -> bool:
    kind = _type_of_object(case)
    return _is_object(after) and bool(kind) and (kind not in _NO_CONTENT or case.sent.get("eid") == "AUDIT")


def _is_of_level(level: str) -> Allows:
    def allows(case: Case, before: Any, after: Any) -> bool:
        about = _part(case, "object")
        rollup = about.get("rollup")
        levels = rollup if isinstance(rollup, dict) else {}
        # For both levels the pipeline compares with the first one.
        is_another = bool(_text(levels, level)) and about.get("id") != levels.get("l1")
        return is_another and _is_of_content(case, before, after)

    return allows


def _is_of_code(case: Case, _: Any, after: Any) -> bool:
    return _is_object(after) and _type_of_object(case) in _CODES


def _is_location(_: Case, __: Any, after: Any) -> bool:
    return (
        _is_object(after)
        and after.keys() <= {"state", "district", "from"}
        and after.get("from") in _LOCATED_BY
    )


def _is_clamped(case: Case, before: Any, after: Any) -> bool:
    """An instant after the end of the day of processing becomes that end, in the time zone of the pipeline."""
    processed = case.processed()
    if processed is None or not (_is_instant(before) and _is_instant(after)):
        return False
    earliest, latest = processed
    is_end_of_day = (after + 1) % _QUARTER_MS == 0
    return is_end_of_day and earliest <= after < before and bool(after < latest + _LONGEST_DAY_MS)


# --- Obsrv's router -----------------------------------------------------------------------------------


def _is_measured(case: Case, _: Any, after: Any) -> bool:
    """When it came, and what each of Obsrv's stages did and took."""
    has_parts = isinstance(after, dict) and all(
        _is_object(after.get(name)) for name in ("flags", "timespans")
    )
    return has_parts and _is_synced(case, None, after.get("syncts"))


def _is_index(case: Case, _: Any, after: Any) -> bool:
    """The event's instant in milliseconds, moved by the dataset's time zone."""
    ets = case.sent.get("ets")
    if not isinstance(ets, int) or not _is_instant(ets) or not _is_instant(after):
        return False
    in_ms = _DIGITS_TO_MS.get(len(str(ets)))
    offset = after - in_ms(ets) if in_ms else 0.5
    return bool(offset % _QUARTER_MS == 0 and _ZONES_MS[0] <= offset <= _ZONES_MS[1])


REWRITES = (
    Rewrite("sunbird", "raw", "added", "syncts", _is_synced, "the extractor: when the batch came"),
    Rewrite("sunbird", "raw", "added", "@timestamp", _is_in_words, "the extractor: the same in words"),
    Rewrite("sunbird", "raw", "added", "flags", _are_flags, "the extractor, and each stage after it: what it did"),
    Rewrite("sunbird", "unique", "added", "type", _is_events, "the preprocessor: every valid event"),
    Rewrite("sunbird", "unique", "changed", "actor.id", _is_cut, "the preprocessor: a federated user's"),
    Rewrite("sunbird", "unique", "changed", "object.id", _is_upper_cased, "the preprocessor: a DIAL code's"),
    Rewrite("sunbird", "unique", "changed", "context.channel", _is_given, "the preprocessor: a blank one"),
    Rewrite("sunbird", "denorm", "added", "devicedata", _is_of_device, "de-normalisation: the device"),
    Rewrite("sunbird", "denorm", "added", "userdata", _is_of_user, "de-normalisation: the user"),
    Rewrite("sunbird", "denorm", "added", "contentdata", _is_of_content, "de-normalisation: the content"),
    Rewrite("sunbird", "denorm", "added", "collectiondata", _is_of_level("l1"), "de-normalisation: the rollup's first level"),
    Rewrite("sunbird", "denorm", "added", "l2data", _is_of_level("l2"), "de-normalisation: the rollup's second level"),
    Rewrite("sunbird", "denorm", "added", "dialcodedata", _is_of_code, "de-normalisation: the DIAL code"),
    Rewrite("sunbird", "denorm", "added", "derivedlocationdata", _is_location, "de-normalisation: where the user or the device is"),
    Rewrite("sunbird", "denorm", "changed", "ets", _is_clamped, "de-normalisation: an instant of a later day"),
    Rewrite("obsrv", "accepted", "added", "obsrv_meta", _is_measured, "Obsrv's router: what its stages did"),
    Rewrite("obsrv", "accepted", "added", "indexTS", _is_index, "Obsrv's router, in some versions: the event's instant"),
)  # fmt: skip
"""The only changes that are no alteration."""
