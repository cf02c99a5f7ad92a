"""The defects of real clients, as they were seen in deployed traffic."""

from collections.abc import Callable, Mapping
from typing import Any

from generator.chance import Chance
from generator.faults.kind import Change, FaultKind, Verdict, for_both_forms, get_path, set_path
from generator.spec.rules import Form

_Event = Mapping[str, Any]
_Altered = Callable[[dict[str, Any], Chance], dict[str, Any] | None]


def _put(path: str, make: Callable[[Any, Chance], Any], eid: str = "") -> _Altered:
    """Put another value in place of one that stands there, in events of one eid or of all."""

    def altered(event: dict[str, Any], chance: Chance) -> dict[str, Any] | None:
        value = get_path(event, path)
        if value is None or event["eid"] != (eid or event["eid"]):
            return None
        made = make(value, chance)
        return None if made == value else set_path(event, path, made)

    return altered


def _add(path: str, name: str, make: Callable[[_Event, Chance], Any], eid: str) -> _Altered:
    """Put one key more into an object, in events of one eid."""

    def altered(event: dict[str, Any], chance: Chance) -> dict[str, Any] | None:
        inside = get_path(event, path)
        if event["eid"] != eid or not isinstance(inside, dict):
            return None
        return set_path(event, path, {**inside, name: make(event, chance)})

    return altered


def _without(path: str, name: str) -> _Altered:
    def altered(event: dict[str, Any], _: Chance) -> dict[str, Any] | None:
        inside = get_path(event, path)
        if not isinstance(inside, dict) or name not in inside:
            return None
        return set_path(event, path, {key: value for key, value in inside.items() if key != name})

    return altered


def _version_misnamed(event: dict[str, Any], _: Chance) -> dict[str, Any] | None:
    about = event.get("object")
    if not isinstance(about, dict) or "ver" not in about:
        return None
    renamed = {"version" if name == "ver" else name: value for name, value in about.items()}
    return event | {"object": renamed}


def _fraction(ets: Any, chance: Chance) -> float:
    return float(ets + chance.between(1, 7) / 8)


def _seconds(event: _Event, _: Chance) -> int:
    return int(event["ets"] // 1000)


def _content(event: _Event, _: Chance) -> str:
    return str(get_path(event, "object.id") or "")


def _numbers(_: _Event, chance: Chance) -> list[dict[str, Any]]:
    return [{"id": "progress", "value": chance.between(0, 100)}]


def _summaries(_: _Event, chance: Chance) -> list[dict[str, Any]]:
    return [{"progress": chance.between(0, 100)}]


def _verdicts(wire: Verdict, documented: Verdict) -> dict[Form, Verdict | None]:
    return {"documented": documented, "wire": wire}


def _kind(name: str, what: str, verdicts: Mapping[Form, Verdict | None]) -> FaultKind:
    return FaultKind(name, what, "event", verdicts)


_ALTERED: dict[FaultKind, _Altered] = {
    _kind(
        "start_seconds", "START.duration is the time of day in seconds, as the web client's is by default",
        _verdicts("accepted", "rejected"),
    ): _add("edata", "duration", _seconds, "START"),
    # The specification's own END has it: there it is no damage.
    _kind(
        "end_content", "END has a contentId in edata, as the web client's has", {"wire": "rejected"}
    ): _add("edata", "contentId", _content, "END"),
    _kind("end_summaries", "END has a summaryList, as the phones' has", for_both_forms("rejected")): _add(
        "edata", "summaryList", _summaries, "END"
    ),
    _kind("assess_section", "ASSESS has item.sectionId, as the question player's has", for_both_forms("rejected")): _add(
        "edata.item", "sectionId", lambda event, _: f"section {event['ets'] % 7}", "ASSESS"
    ),
    _kind("summary_numbers", "SUMMARY.extra has numbers for texts, as old players' has", for_both_forms("rejected")): _add(
        "edata", "extra", _numbers, "SUMMARY"
    ),
    # Deployed pipelines do not look into a LOG, and whoever looks must refuse it.
    FaultKind(
        "log_text", "LOG.params is a text, as the portal's is", "event", for_both_forms(None),
        {"strict": "refused"},
    ): _put("edata.params", lambda params, _: str(params).replace("'", '"'), "LOG"),
    _kind("version_misnamed", "object.version in place of object.ver, as phones write it", for_both_forms("accepted")):
        _version_misnamed,
    _kind("ets_text", "ets is a text", for_both_forms("rejected")): _put("ets", lambda ets, _: str(ets)),
    _kind("ets_fraction", "ets has a fraction", _verdicts("accepted", "rejected")): _put("ets", _fraction),
    _kind("sid_empty", "context.sid is empty", for_both_forms("accepted")): _put("context.sid", lambda *_: ""),
    _kind("sid_missing", "context.sid is absent", for_both_forms("accepted")): _without("context", "sid"),
    _kind("did_missing", "context.did is absent, as servers' is", for_both_forms("accepted")): _without("context", "did"),
    _kind("anonymous", 'the actor is "anonymous"', for_both_forms("accepted")): _put("actor.id", lambda *_: "anonymous"),
    _kind("channel_blank", "the channel is a space", for_both_forms("accepted")): _put("context.channel", lambda *_: " "),
}  # fmt: skip


def _change(kind: FaultKind) -> Change:
    def change(event: dict[str, Any], form: Form, chance: Chance) -> list[Any] | None:
        # What is rejected for it must be looked at: deployed pipelines let every LOG pass.
        if event["eid"] == "LOG" and kind.verdicts[form] == "rejected":
            return None
        # A documented START must say the version of its content.
        if kind.name == "version_misnamed" and (form, event["eid"]) == ("documented", "START"):
            return None
        altered = _ALTERED[kind](event, chance)
        return None if altered is None else [altered]

    return change


DEFECTS: dict[FaultKind, Change] = {kind: _change(kind) for kind in _ALTERED}
"""Each defect of real clients, with how it is made."""
