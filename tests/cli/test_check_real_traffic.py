"""`footfall check --form wire` on what real clients raised: only what the pipeline's schema forbids is an error."""

import json
from pathlib import Path

import pytest

CAPTURES = Path(__file__).parents[1] / "data" / "captures"

# Under each recording: the expected exit code, its events, its invalid events, and the exit code with --strict.
EXPECTED = {
    "editor-1": (0, 11, 0, 0),
    "epub-1": (0, 13, 0, 0),
    "epub-4": (0, 10, 0, 0),
    "pdf-1": (0, 17, 0, 0),
    "pdf-3": (0, 19, 0, 0),
    "pdf-4-sdk2": (0, 22, 0, 0),
    "quml-1": (1, 32, 2, 1),  # resvalues in a list too many
    "quml-10": (0, 16, 0, 1),
    "quml-11": (0, 16, 0, 1),
    "quml-3": (1, 53, 2, 1),  # resvalues in a list too many
    "quml-4": (1, 34, 5, 1),  # item.sectionId, and resvalues in a list too many
    "quml-6": (0, 14, 0, 1),
    "sdk-1.3.0": (0, 27, 0, 1),
    "sdk-2.0.1-did": (0, 27, 0, 1),
    "video-1": (0, 7, 0, 0),
    "video-3": (0, 3, 0, 0),
    "video-5": (0, 4, 0, 0),
}
RESTATED = {
    "$.edata.starttime", "$.edata.endtime", "$.edata.timespent", "$.edata.pageviews", "$.edata.interactions"
}  # fmt: skip


def recorded(name):
    """Read the events of a recording."""
    lines = (CAPTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for line in lines if (event := json.loads(line)["event"])]


@pytest.fixture
def judged(said):
    """Check events in wire form; return the exit code and the verdict."""

    def judge(events, *options):
        Path("x.jsonl").write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
        status, out, _ = said(
            "check", "--form", "wire", "--max-violations", 1000, "--json", *options, "x.jsonl"
        )
        return status, json.loads(out)

    return judge


def test_every_recording_has_its_row():
    """The table below names each recording that is there, and no other."""
    assert {path.stem for path in CAPTURES.glob("*.jsonl")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recording_is_judged_as_the_pipeline_judges_it(said, name):
    """Exit 1 means that an event breaks the pipeline's schema; broken rules between events are notes."""
    status, events, invalid, strict = EXPECTED[name]
    file = CAPTURES / f"{name}.jsonl"

    code, out, _ = said("check", "--form", "wire", "--json", "--max-violations", 1000, file)
    verdict = json.loads(out)

    assert code == status
    assert (verdict["events"], verdict["invalid"], verdict["passed"]) == (events, invalid, status == 0)
    assert verdict["notes"] == sum(row["severity"] == "note" for row in verdict["listed"])
    assert all((row["session"] is None) == (row["severity"] == "error") for row in verdict["listed"])
    assert said("check", "--form", "wire", "--strict", file)[0] == strict


def test_what_quml_restates_is_noted(said):
    """The five numbers of a real SUMMARY differ from its events: notes for people and for programs."""
    file = CAPTURES / "quml-10.jsonl"
    out = said("check", "--form", "wire", file)[1]
    rows = json.loads(said("check", "--form", "wire", "--json", file)[1])["listed"]

    assert "notes between events: 4" in out
    assert out.splitlines()[-1] == "valid: 16 events in wire form; 4 notes"
    assert {row["severity"] for row in rows} == {"note"}
    assert {row["path"] for row in rows} <= RESTATED


def test_two_decimals_are_no_untruth(judged):
    """Every END.duration of a real client is true within 10 ms, unless its START was lost."""
    for name in EXPECTED.keys() - {"sdk-1.3.0"}:
        listed = judged(recorded(name), "--strict")[1]["listed"]
        assert [row for row in listed if row["path"] == "$.edata.duration"] == [], name


def test_an_invalid_event_does_not_silence_its_session(said, judged):
    """The rest of the session is judged all the same, and the output says that an invalid event was left out."""
    verdict = judged(recorded("quml-1"))[1]

    assert (verdict["sessions"]["judged"], verdict["sessions"]["judged_in_part"]) == (1, 1)
    assert {row["path"] for row in verdict["listed"] if row["severity"] == "note"} & RESTATED
    assert "1 session judged without the invalid events" in said("check", "--form", "wire", "x.jsonl")[1]


def test_an_event_of_no_session_is_counted(said, judged):
    """An event without did or sid cannot be related to a session, valid or not, which is said."""
    events = recorded("video-3")
    context = {name: value for name, value in events[0]["context"].items() if name != "did"}
    served = {**events[0], "mid": "a service's", "context": context}

    verdict = judged([*events, {"eid": "END", "edata": {}}, served])[1]

    assert (verdict["invalid"], verdict["sessions"]["judged"]) == (1, 1)
    assert (verdict["sessions"]["judged_in_part"], verdict["sessions"]["stray_events"]) == (0, 2)
    assert "2 events without a session" in said("check", "--form", "wire", "x.jsonl")[1]


# --- what further real clients do, made of the recordings: no source forbids any of it ----------------------


def twice(events):
    """Post each event twice, and the last once more, as questionset-editor 6.0.9 does."""
    return [copy for event in events for copy in (event, event)] + events[-1:]


def moved(events, eid, place):
    """Put the first event of an eid at another place."""
    one = next(event for event in events if event["eid"] == eid)
    rest = [event for event in events if event is not one]
    return [*rest[:place], one, *rest[place:]]


def without(events, eid):
    return [event for event in events if event["eid"] != eid]


def behind_the_end(events):
    """Add what quml 6.0.10 raises after END: the exit, and a second SUMMARY."""
    kinds = ("INTERACT", "SUMMARY")
    last = [next(event for event in reversed(events) if event["eid"] == kind) for kind in kinds]
    return events + [event | {"mid": f"{event['mid']}x", "ets": events[-1]["ets"] + 9} for event in last]


def late_did(events):
    """Send the first events without a did, as telemetry-sdk 2.0.1 does while it makes its fingerprint."""
    return [event | {"context": event["context"] | {"did": ""}} for event in events[:3]] + events[3:]


def misstated(events, eid, **values):
    return [event | {"edata": event["edata"] | values} if event["eid"] == eid else event for event in events]


def error_first(events):
    """Raise the ERROR before the START, as quml 6.0.10 does when it cannot load."""
    return moved(recorded("video-5"), "ERROR", 0) + events


BEHAVIOURS = {
    "each event twice in its batch": (twice, "editor-1"),
    "END sent once more": (lambda events: events + events[-1:], "editor-1"),
    "SUMMARY after END": (lambda events: moved(events, "SUMMARY", len(events)), "quml-10"),
    "events after END": (behind_the_end, "quml-10"),
    "ERROR before START": (error_first, "video-3"),
    "START lost": (lambda events: without(events, "START"), "pdf-1"),
    "END lost": (lambda events: without(events, "END"), "pdf-1"),
    "SUMMARY lost": (lambda events: without(events, "SUMMARY"), "quml-6"),
    "the session twice": (lambda events: events + events, "video-3"),
    "batches out of order": (lambda events: events[8:] + events[:8], "epub-1"),
    "did known late": (late_did, "sdk-2.0.1-did"),
    "another sid in mid-session": (
        lambda events: [event | {"context": event["context"] | {"sid": "other"}} for event in events[:5]] + events[5:],
        "epub-4",
    ),
    "IMPRESSION before its INTERACT": (lambda events: moved(events, "INTERACT", 4), "pdf-1"),
    "no event but END": (lambda events: events[-1:], "video-3"),
    "END of another type": (lambda events: misstated(events, "END", type="other"), "video-3"),
    "END without a duration": (
        lambda events: [
            event | {"edata": {k: v for k, v in event["edata"].items() if k != "duration"}}
            if event["eid"] == "END" else event for event in events
        ],
        "pdf-1",
    ),
    "duration since an earlier START": (lambda events: misstated(events, "END", duration=77.5), "video-3"),
    "duration below zero": (lambda events: misstated(events, "END", duration=-3), "video-3"),
    "timespent modulo a minute": (lambda events: misstated(events, "SUMMARY", timespent=0.5), "quml-6"),
    "START.duration in epoch seconds": (lambda events: misstated(events, "START", duration=1796020463.085), "pdf-1"),
    "a clock set back": (
        lambda events: events[:5] + [event | {"ets": event["ets"] - 3_600_000} for event in events[5:]], "epub-1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_what_real_clients_do_is_valid(judged, behaviour):
    """No order, copy, loss or count between events makes an input invalid on the wire."""
    change, name = BEHAVIOURS[behaviour]

    status, verdict = judged(change(recorded(name)))

    assert (status, verdict["invalid"], verdict["passed"]) == (0, 0, True)
    assert {row["severity"] for row in verdict["listed"]} <= {"note"}


@pytest.mark.parametrize(
    ("behaviour", "path"),
    [
        ("each event twice in its batch", "$.mid"),
        ("START lost", "$.edata.type"),
        ("batches out of order", "$.ets"),
        ("duration since an earlier START", "$.edata.duration"),
    ],
)
def test_strict_makes_errors_of_notes(judged, behaviour, path):
    """With --strict a broken rule between events makes the input invalid, at the place that a note named."""
    change, name = BEHAVIOURS[behaviour]
    events = change(recorded(name))

    status, verdict = judged(events, "--strict")

    assert (status, verdict["notes"]) == (1, 0)
    assert path in {row["path"] for row in verdict["listed"] if row["severity"] == "error"}
    assert path in {row["path"] for row in judged(events)[1]["listed"] if row["severity"] == "note"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"resvalues": [[{"label": "a"}]]}, "$.edata.resvalues[0]"),
        ({"item": {"id": "q", "sectionId": "s"}}, "$.edata.item.sectionId"),
        ({"duration": "0:16"}, "$.edata.duration"),
        ({"score": None}, "$.edata.score"),
    ],
)
def test_what_the_schema_forbids_is_an_error(judged, change, path):
    """An event that the pipeline's schema refuses makes exit 1, whatever client raised it."""
    events = misstated(recorded("quml-10"), "ASSESS", **change)

    status, verdict = judged(events)

    assert status == 1
    assert {row["path"] for row in verdict["listed"] if row["severity"] == "error"} == {path}


def test_a_line_without_an_event_is_no_event(said):
    """A recording's line whose event is null is counted as such, and is no violation."""
    verdict = json.loads(said("check", "--form", "wire", "--json", CAPTURES / "pdf-3.jsonl")[1])

    assert (verdict["without_event"], verdict["events"], verdict["violations"]) == (2, 19, 0)
    assert (
        "2 lines with null instead of an event"
        in said("check", "--form", "wire", CAPTURES / "pdf-3.jsonl")[1]
    )


def test_the_form_that_fits_more_is_told_with_both_counts(said, judged):
    """One event that fits no form does not hide that the file is in the other form."""
    events = [*recorded("quml-10"), {"eid": "LOG"}]
    judged(events)

    out = said("check", "x.jsonl")[1]

    assert "Of the 17 events documented form fits 5, wire form fits 16." in out
    assert "footfall check --form wire x.jsonl" in out
    assert "form fits" not in said("check", "--form", "wire", "x.jsonl")[1]


def test_alone_and_strict_exclude_each_other(said):
    """Without the rules between events there is nothing that could be strict: exit 2."""
    status, _, err = said("check", "--no-session-rules", "--strict", CAPTURES / "video-3.jsonl")

    assert status == 2
    assert "--strict with --no-session-rules" in err
