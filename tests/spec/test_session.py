"""check_session: the rules between the events of one session, each source by itself."""

import json

import msgspec
import pytest

from generator import check_session
from generator.spec.envelope import Event
from generator.spec.violation import Problem, Severity

T = 1767600000000


def event(eid, at, edata=None, *, producer="app", sid="s", did="d", mid=None):
    return {
        "eid": eid, "ets": T + at, "ver": "3.0", "mid": mid or f"{eid}{at}{producer}", "actor": {"id": "u", "type": "User"},
        "context": {"channel": "c", "pdata": {"id": producer}, "env": "", "sid": sid, "did": did}, "edata": edata or {},
    }  # fmt: skip


def start(at, kind="player", **kwargs):
    return event("START", at, {"type": kind, "mode": "", "stageid": ""}, **kwargs)


def end(at, duration, kind="player", **kwargs):
    return event("END", at, {"contentId": "c", "type": kind, "duration": duration}, **kwargs)


def summary(at, started, ended, timespent, pageviews, interactions):
    counts = {"starttime": T + started, "endtime": T + ended, "timespent": timespent}
    return event("SUMMARY", at, {"type": "x", **counts, "pageviews": pageviews, "interactions": interactions})


@pytest.mark.parametrize(
    "events",
    [
        [],
        [start(0)],
        [start(0), end(1500, 1.5)],
        [start(0, "app"), start(10, "session"), end(20, 0.01, "session"), end(30, 0.03, "app")],
        [start(0, "app"), start(10, "player"), end(30, 0.03, "app")],
        [start(0), event("LOG", 5, producer="service", sid="other", did=""), end(7, 0.007)],
        [start(0), event("IMPRESSION", 10), event("INTERACT", 20), event("INTERACT", 20, mid="x"),
         summary(20, 0, 20, 0.02, 1, 2)],
        [start(0), event("IMPRESSION", 30_000), event("IMPRESSION", 60_001), summary(60_001, 0, 60_001, 30, 2, 0)],
        [event("IMPRESSION", 0), summary(0, 0, 0, 0, 1, 0)],
        [start(0, "app"), event("IMPRESSION", 5), start(10), summary(12, 0, 10, 0.01, 1, 0)],
        [event("IMPRESSION", 0), event("INTERACT", 4), start(10), event("IMPRESSION", 15), summary(15, 10, 15, 0.005, 1, 0)],
        [start(0), start(10), end(20, 0.01), end(30, 0.03)],
        # The END of an outer visit, an inner one of its type having been abandoned; nothing is open after it.
        [start(0), start(10), end(20, 0.02)],
        [start(0, "app"), start(5), start(10), end(20, 0.015), end(30, 0.03, "app")],
        # Of two that began at one time the inner one ends first.
        [start(0), start(0, mid="another"), end(20, 0.02), end(30, 0.03)],
        # Real clients write two decimals: a duration may be off by 10 ms, either way.
        [start(0), end(0, 0.01)],
        [start(0), end(1500, 1.49)],
        [start(0), end(19_737, 19.74)],
        [event("LOG", 0), summary(0, 0, 0, 0.01, 0, 0)],
        [event("LOG", 0), event("LOG", 20), summary(20, 0, 20, 0.01, 0, 0)],
        [event("LOG", 100), summary(100, 90, 110, 0, 0, 0)],
        # Of two that began within 10 ms the END belongs to the nearer one.
        [start(0, "app"), start(10), start(15), end(110, 0.1), end(120, 0.12, "app")],
    ],
)  # fmt: skip
def test_lawful_sessions_pass(events):
    """Nesting, abandoned visits, sources beside each other, idle time: all of it is lawful."""
    assert check_session(events) == []


@pytest.mark.parametrize(
    ("events", "path", "problem"),
    [
        ([end(0, 0)], "[0].edata.type", Problem.DIFFERENT),
        ([start(0), end(1, 0.001), end(2, 0.002)], "[2].edata.type", Problem.DIFFERENT),
        ([start(0), end(1, 0.001, "session")], "[1].edata.type", Problem.DIFFERENT),
        ([start(0), end(1500, 15)], "[1].edata.duration", Problem.UNTRUE),
        ([start(0), end(1, 0.001, producer="other")], "[1].edata.type", Problem.DIFFERENT),
        ([start(5), event("LOG", 4)], "[1].ets", Problem.RANGE),
        ([start(0), end(0, 0.0101)], "[1].edata.duration", Problem.UNTRUE),
        ([start(0), end(1500, 1.4899)], "[1].edata.duration", Problem.UNTRUE),
        ([start(0), start(100), end(200, 0.15)], "[2].edata.duration", Problem.UNTRUE),
        # Its duration says that the outer one has ended: then no other is open.
        ([start(0), start(10), end(20, 0.02), end(30, 0.03)], "[3].edata.type", Problem.DIFFERENT),
        # Taken for the end of the inner one, for want of a better: so the outer one is still open.
        ([start(0), start(100), end(200, 0.15), end(300, 0.3)], "[2].edata.duration", Problem.UNTRUE),
        ([event("LOG", 0), summary(0, 0, 0, 0.0101, 0, 0)], "[1].edata.timespent", Problem.UNTRUE),
        ([start(0), event("LOG", 1, sid="z")], "[1].context.sid", Problem.DIFFERENT),
        ([start(0), event("LOG", 1, did="z")], "[1].context.did", Problem.DIFFERENT),
        ([start(0), event("LOG", 1, mid="START0app")], "[1].mid", Problem.DIFFERENT),
        (
            [start(0), event("IMPRESSION", 5), summary(5, 0, 5, 0.005, 2, 0)],
            "[2].edata.pageviews",
            Problem.UNTRUE,
        ),
        (
            [start(0), event("INTERACT", 5), summary(5, 0, 5, 0.005, 0, 0)],
            "[2].edata.interactions",
            Problem.UNTRUE,
        ),
        (
            [start(0), event("LOG", 31_000), summary(31_000, 0, 31_000, 31, 0, 0)],
            "[2].edata.timespent",
            Problem.UNTRUE,
        ),
        ([start(0), summary(50, 11, 0, 0, 0, 0)], "[1].edata.starttime", Problem.UNTRUE),
        ([start(0), summary(50, 0, 11, 0, 0, 0)], "[1].edata.endtime", Problem.UNTRUE),
        # A copy of an event is told once, and begins, ends and counts nothing.
        ([start(0), start(0), end(1500, 1.5)], "[1].mid", Problem.DIFFERENT),
        ([start(0), end(1500, 1.5), end(1500, 1.5)], "[2].mid", Problem.DIFFERENT),
        (
            [start(0), event("IMPRESSION", 5), event("IMPRESSION", 5), summary(5, 0, 5, 0.005, 1, 0)],
            "[2].mid",
            Problem.DIFFERENT,
        ),
    ],
)
def test_each_breach_is_named(events, path, problem):
    """One broken rule gives one violation, at its event and field."""
    assert [(v.path, v.problem) for v in check_session(events)] == [(path, problem)]


@pytest.mark.parametrize("broken", [None, 3, "x", b"{", {}, {"context": 1}, {"eid": "LOG"}])
def test_what_is_no_event_is_named_and_the_rest_judged(broken):
    """An event that cannot be judged is named by its place; those after it still are."""
    found = check_session([start(0), broken, end(1500, 9)])

    assert [(v.path, v.problem) for v in found] == [
        ("[1]", Problem.UNREADABLE),
        ("[2].edata.duration", Problem.UNTRUE),
    ]


def test_time_that_goes_back_is_not_counted():
    """Three events a millisecond too early are named, and take nothing from the time that was spent."""
    early = [event("LOG", 4, mid=f"early {number}") for number in range(3)]

    found = check_session([start(0), event("LOG", 5), *early, summary(5, 0, 5, 0.005, 0, 0)])

    assert [violation.path for violation in found] == ["[2].ets", "[3].ets", "[4].ets"]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([end(0, 0)], "[0].edata.type 'player': different, expected the type of an open START (none is open)"),
        ([start(0), start(1, "app"), end(2, 1, "session")],
         "[2].edata.type 'session': different, expected the type of an open START ('player', 'app')"),
        ([start(0), end(1500, 15)], "[1].edata.duration 15: untrue, expected 1.5, the seconds since its START"),
        ([start(5), event("LOG", 4)], f"[1].ets {T + 4}: out of range, expected at least {T + 5}: time does not go back"),
        ([start(0), event("LOG", 1, did="z")], "[1].context.did 'z': different, expected 'd', as before"),
        ([start(0), event("LOG", 1, mid="START0app")],
         "[1].mid 'START0app': different, expected another mid than that of event 0"),
        ([start(0), event("IMPRESSION", 5), summary(5, 0, 5, 0.005, 2, 0)],
         "[2].edata.pageviews 2: untrue, expected 1, counted from its events"),
    ],
)  # fmt: skip
def test_a_breach_says_what_would_have_been_right(events, said):
    """The text of a violation names the place, the value and the way out."""
    (violation,) = check_session(events)

    assert str(violation).startswith(f"{said} (the rules of a session: ")


def test_each_rule_says_whether_a_source_states_it():
    """What the specification says of END and SUMMARY is named as its source; no source states the other rules."""
    sources = {
        violation.path.partition(".")[2]: violation.source
        for events in (
            [start(0), end(1500, 15)],
            [event("LOG", 0), summary(0, -50, 50, 5, 5, 5)],
            [start(5), event("LOG", 4, mid="START5app"), event("LOG", 3, sid="z", did="z"), end(9, 0, "app")],
        )
        for violation in check_session(events)
    }

    assert {field for field, source in sources.items() if source.endswith("no source states it")} == {
        "mid", "ets", "context.sid", "context.did", "edata.type"
    }  # fmt: skip
    assert sources["edata.duration"] == "the rules of a session: the specification's END"
    assert {
        sources[f"edata.{name}"]
        for name in ("starttime", "endtime", "timespent", "pageviews", "interactions")
    } == {"the rules of a session: the specification's SUMMARY"}


def test_a_broken_rule_is_a_note_unless_asked_strictly():
    """The same violations are found, as notes instead of errors."""
    events = [start(0), event("LOG", 1, sid="z"), end(1500, 15), end(1600, 1)]

    strict, lenient = check_session(events), check_session(events, strict=False)

    assert {violation.severity for violation in strict} == {Severity.ERROR}
    assert {violation.severity for violation in lenient} == {Severity.NOTE}
    assert [msgspec.structs.replace(found, severity=Severity.ERROR) for found in lenient] == strict


@pytest.mark.parametrize(
    "written",
    [json.dumps, lambda event: json.dumps(event).encode(), lambda event: msgspec.convert(event, Event)],
)
def test_events_may_be_written_in_any_way(written):
    """JSON as text or bytes, and `Event`s, are judged as mappings are."""
    sessions = ([start(0), end(1500, 1.5)], [start(0), end(1500, 9)])

    good, bad = (
        check_session([written({"object": {}, "tags": [], **event}) for event in events])
        for events in sessions
    )

    assert good == []
    assert [violation.path for violation in bad] == ["[1].edata.duration"]
