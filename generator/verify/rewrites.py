"""The rewrites: what a healthy pipeline changes in an event on its way, one row each, and nothing else.

Stages: the extractor parts batches into events; the preprocessor judges and corrects each; de-normalisation adds
what is known of device, user and content. What they do is read in the source of Sunbird's data pipeline.

Numbers have no row: the extractor reads every number as a double and writes it so, `1533364283909` as
`1.533364283909E12`, wherever it stands. So a number is the same when its value is, see `same_number`.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

DEFAULT_CHANNEL = "b00bc992ef25f1a9a8d63291e20efc8d"
"""The channel that the preprocessor gives whom no channel was given: its `default.channel`."""
_UPPER_CASED = {"dialcode", "qr"}
_QUARTER_MS = 900_000
"""The time zones' clocks differ by whole quarters of an hour."""


class Added(NamedTuple):
    """A member that a stage adds to an event, or writes over.

    Attributes:
        name: the member; of the event itself.
        fits: tells whether a value may be the stage's.
        source: the stage.
    """

    name: str
    fits: Callable[[Any], bool]
    source: str


class Changed(NamedTuple):
    """A value that a stage may change.

    Attributes:
        path: where it stands.
        allows: given the event as sent, the value sent and the value found, tells whether the stage makes the
            one of the other.
        source: the stage.
    """

    path: str
    allows: Callable[[Mapping[str, Any], Any, Any], bool]
    source: str


def same_number(sent: float, found: float) -> bool:
    """Tell whether a number is the same: by value, or as the double that is nearest to it."""
    if sent == found:
        return True
    try:
        return isinstance(found, float) and float(sent) == found
    except OverflowError:
        return False


def _is_instant(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_events(value: Any) -> bool:
    return bool(value == "events")


ADDED = (
    Added("syncts", _is_instant, "the extractor: when the batch came"),
    Added("@timestamp", _is_text, "the extractor: the same in words"),
    Added("flags", _is_object, "the extractor, and each stage after it: what it did; a SHARE's pp_share_event_processed"),
    Added("metadata", _is_object, "the extractor and the preprocessor: why an event failed"),
    Added("type", _is_events, "the preprocessor: every valid event"),
    Added("devicedata", _is_object, "de-normalisation: the device"),
    Added("userdata", _is_object, "de-normalisation: the user"),
    Added("contentdata", _is_object, "de-normalisation: the content"),
    Added("collectiondata", _is_object, "de-normalisation: the first level of the rollup"),
    Added("l2data", _is_object, "de-normalisation: the second level of the rollup"),
    Added("dialcodedata", _is_object, "de-normalisation: the DIAL code"),
    Added("derivedlocationdata", _is_object, "de-normalisation: where the user or the device is"),
)  # fmt: skip
"""What may be there beside what was sent."""


def _is_cut(_: Mapping[str, Any], sent: Any, found: Any) -> bool:
    """A federated user's id, `f:<where>:<id>`, loses all but its last part."""
    return isinstance(sent, str) and sent.startswith("f:") and bool(found == sent.rpartition(":")[2])


def _is_upper_cased(event: Mapping[str, Any], sent: Any, found: Any) -> bool:
    """The id of a DIAL code is written in capitals, whatever the case of the object's type."""
    kind = event["object"].get("type")
    is_code = isinstance(kind, str) and kind.lower() in _UPPER_CASED
    return is_code and isinstance(sent, str) and bool(found == sent.upper())


def _is_given(_: Mapping[str, Any], sent: Any, found: Any) -> bool:
    """A channel of nothing but blanks is replaced."""
    return isinstance(sent, str) and not sent.strip() and bool(found == DEFAULT_CHANNEL)


def _is_clamped(_: Mapping[str, Any], sent: Any, found: Any) -> bool:
    """An instant after the end of the present day becomes that end, in the time zone of the pipeline."""
    return _is_instant(sent) and _is_instant(found) and found < sent and (found + 1) % _QUARTER_MS == 0


CHANGED = {
    row.path: row
    for row in (
        Changed("actor.id", _is_cut, "the preprocessor"),
        Changed("object.id", _is_upper_cased, "the preprocessor"),
        Changed("context.channel", _is_given, "the preprocessor"),
        Changed("ets", _is_clamped, "de-normalisation"),
    )
}
"""What may be there in place of what was sent, by its path."""
