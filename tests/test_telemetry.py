"""Telemetry: the 17 methods as a client of their own, with the real client's defaults and habits."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest

from generator import Telemetry, check, check_session
from generator.clock import StoryClock
from generator.errors import DeliveryError, FootfallError, PayloadError, SequenceError
from generator.spec.edata import Assess, AssessedItem, Extra, Interact, Position
from generator.spec.identity import read_mid
from generator.telemetry import Unsent, is_cut

T = 1767600000000
PLAYER = {"type": "player", "mode": "play", "stageid": ""}


class Keep:
    """A dispatcher that keeps the batches."""

    def __init__(self):
        self.batches = []

    def dispatch(self, batch):
        self.batches.append(list(batch))

    def close(self):
        return Unsent(0, 0, "")

    @property
    def events(self):
        return [json.loads(msgspec.json.encode(event)) for batch in self.batches for event, _ in batch]


@pytest.fixture
def keep():
    return Keep()


@pytest.fixture
def clock():
    return StoryClock(T)


@pytest.fixture
def telemetry(keep, clock):
    return Telemetry({"uid": "u", "did": "d", "sid": "s", "channel": "c"}, clock, keep, run=1)


def said(telemetry, keep):
    telemetry.flush()
    return keep.events


def test_the_real_clients_defaults(keep):
    """Told nothing, the client says what the real web client says."""
    telemetry = Telemetry(dispatcher=keep)
    telemetry.heartbeat()
    (event,) = said(telemetry, keep)

    assert event["actor"] == {"id": "anonymous", "type": "User"}
    assert event["context"] == {
        "channel": "in.ekstep", "pdata": {"id": "in.ekstep", "pid": "", "ver": "1.0"}, "env": "contentplayer",
        "sid": "", "did": "", "cdata": [], "rollup": {},
    }  # fmt: skip
    assert event["object"] == {}
    assert event["tags"] == []
    assert list(event) == ["eid", "ets", "ver", "mid", "actor", "context", "object", "tags", "edata"]


def test_anonymous_becomes_the_device(keep):
    """Of a user who is not known the device is the actor."""
    telemetry = Telemetry({"did": "d1"}, dispatcher=keep)
    telemetry.heartbeat()

    assert said(telemetry, keep)[0]["actor"] == {"id": "d1", "type": "User"}


def test_two_clients_never_share_a_mid(keep):
    """Each client has a fresh run in its mids, since pipelines remember mids for an hour."""
    for _ in range(2):
        client = Telemetry(dispatcher=keep)
        client.heartbeat()
        client.flush()

    runs = {read_mid(event["mid"]).run for event in keep.events}
    assert len(runs) == 2


def test_arguments_come_as_mapping_payload_or_keywords(telemetry, keep):
    """The three ways to say the same give the same event."""
    extra = {"pos": [{"x": 1, "y": 2}]}
    telemetry.interact({"type": "TOUCH", "id": "b", "extra": extra})
    telemetry.interact(Interact(type="TOUCH", id="b", extra=Extra(pos=[Position(x=1, y=2)])))
    telemetry.interact(type="TOUCH", id="b", extra=extra)
    telemetry.interact({"type": "TOUCH"}, id="b", extra=Extra(pos=[Position(x=1, y=2)]))
    first, *others = [event["edata"] for event in said(telemetry, keep)]

    assert first == {"type": "TOUCH", "id": "b", "extra": extra}
    assert others == [first] * 3


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (Interact(type="touch", id="b"), "$.type"),
        (Interact(type="TOUCH", id=""), "$.id"),
        (Interact(type="TOUCH", id="b", extra=Extra(pos=[Position(x="1")])), "$.extra.pos[0].x"),
        (Interact(type="TOUCH", id="b", extra=Extra(tid=3)), "$.extra.tid"),
    ],
)
def test_payload_objects_are_checked_too(telemetry, payload, path):
    """A payload object's constructor checks nothing; the method that takes it does."""
    with pytest.raises(PayloadError) as refused:
        telemetry.interact(payload)

    assert refused.value.path == path


def test_a_payload_object_inside_another_is_checked(telemetry):
    """A bad question is found inside a good ASSESS."""
    with pytest.raises(PayloadError) as refused:
        telemetry.assess(Assess(item=AssessedItem(id=""), passed="No", score=0, resvalues=[], duration=1))

    assert refused.value.path == "$.item.id"


@pytest.mark.parametrize("name", ["audit", "heartbeat", "metrics", "summary"])
def test_the_specifications_wrapper_is_taken_off(telemetry, keep, name):
    """The four that the page shows inside {"edata": {...}} accept it and write its content."""
    edata = {"audit": {"state": "Live"}, "metrics": {"a": 1}, "summary": {"type": "app"}}.get(name, {})
    getattr(telemetry, name)({"edata": edata})

    assert edata.items() <= said(telemetry, keep)[0]["edata"].items()


@pytest.mark.parametrize(
    ("passed", "score"),
    [({}, 0), ({"pass": "No"}, 0), ({"pass": "Yes"}, 1), ({"pass": "Yes", "score": 0.5}, 0.5)],
)
def test_pass_and_score_have_defaults(telemetry, keep, passed, score):
    """Pass is No where nothing is said, and score follows it."""
    telemetry.assess({"item": {"id": "q"}, "resvalues": [], "duration": 1, **passed})
    edata = said(telemetry, keep)[0]["edata"]

    assert (edata["pass"], edata["score"]) == (passed.get("pass", "No"), score)


def test_integral_floats_are_integers(telemetry, keep):
    """3.0 where an integer belongs is 3."""
    telemetry.search({"type": "content", "query": "", "size": 3.0, "topn": []})
    telemetry.metrics({"a": 2.0})

    assert [event["edata"].get("size", event["edata"].get("a")) for event in said(telemetry, keep)] == [3, 2]


def test_a_starts_config_holds_until_its_end(telemetry, keep):
    """START's config overrides the constructor's, inner ones the outer's, each until its END."""
    telemetry.heartbeat()
    with telemetry.start({"env": "outer"}, "o", "1", {"type": "session", "mode": "", "stageid": ""}):
        with telemetry.start({"cdata": [{"type": "PlaySession", "id": "p"}]}, "i", "1", PLAYER):
            telemetry.heartbeat()
        telemetry.heartbeat()
    telemetry.heartbeat()
    beats = [event for event in said(telemetry, keep) if event["eid"] == "HEARTBEAT"]

    assert [event["context"]["env"] for event in beats] == [
        "contentplayer",
        "outer",
        "outer",
        "contentplayer",
    ]
    assert [len(event["context"]["cdata"]) for event in beats] == [0, 1, 0, 0]
    assert [event["object"].get("id") for event in beats] == [None, "i", "o", None]
    assert {event["context"]["channel"] for event in beats} == {"c"}


def test_an_end_says_the_seconds_since_its_start(telemetry, keep, clock):
    """END pairs last in, first out; its duration is the clock's, whatever was given."""
    telemetry.start(None, "a", "1", {"type": "session", "mode": "", "stageid": ""})
    clock.advance(2)
    telemetry.start(None, "b", "1", PLAYER)
    clock.advance(1.5)
    telemetry.end({"contentId": "b", "type": "player", "duration": 99})
    telemetry.end({"pageid": "bye"})
    events = said(telemetry, keep)

    assert [event["edata"]["duration"] for event in events[2:]] == [1.5, 3.5]
    assert events[3]["edata"] == {"contentId": "a", "type": "session", "duration": 3.5, "pageid": "bye"}
    assert check_session(events) == []


def test_an_end_that_has_no_start_is_refused(telemetry):
    """As the real client does: no END without START."""
    with pytest.raises(SequenceError, match="no START is open"):
        telemetry.end({"contentId": "x", "type": "player"})


def test_an_end_repeats_its_starts_type(telemetry):
    """An END of another type is refused with the path of its type."""
    telemetry.start(None, "a", "1", PLAYER)
    with pytest.raises(PayloadError) as refused:
        telemetry.end({"type": "session"})

    assert refused.value.path == "$.type"


@pytest.mark.parametrize(
    ("arguments", "ver"),
    [
        ({"contentId": "do_1", "contentVer": "2"}, "2"),
        ({"contentId": "do_1"}, "1.0"),
        ({"content_id": "do_1", "content_ver": "2"}, "2"),
        ({"config": None, "content_id": "do_1", "contentVer": ""}, ""),
        ({"config": {"env": "home"}, "contentId": "do_1"}, "1.0"),
    ],
)
def test_start_takes_the_specifications_keywords(telemetry, keep, arguments, ver):
    """Content and version are taken under the names of the specification and of Python; the config may be left out."""
    telemetry.start(**arguments, **PLAYER)

    (start,) = said(telemetry, keep)
    assert (start["object"]["id"], start["object"]["ver"]) == ("do_1", ver)
    assert start["edata"] == PLAYER


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, r"\$\.contentId: expected a text of at least one character, got nothing"),
        ({"contentVer": "1"}, r"\$\.contentId: expected"),
        ({"content_id": "do_1", "contentId": "do_1"}, r"\$\.contentId: it is given twice"),
        ({"contentId": "do_1", "contentVer": 2}, r"\$\.contentVer: expected a text, got 2"),
        ({"contentId": None}, r"\$\.contentId: expected a text of at least one character, got None"),
        ({"contentId": "do_1", "contentID": "x"}, r"contentID"),
    ],
)
def test_a_start_without_its_content_is_refused(telemetry, arguments, words):
    """What is missing, given twice or misspelt is named, and never a bare TypeError."""
    with pytest.raises(PayloadError, match=words):
        telemetry.start(**arguments, **PLAYER)


@pytest.mark.parametrize("method", ["exdata", "metrics"])
@pytest.mark.parametrize("name", ["object", "cdata", "wire", "data", "edata"])
def test_every_keyword_of_free_data_is_data(telemetry, keep, method, name):
    """A partner's data, or a figure, may have any name; keywords alone are never taken for options."""
    value = 3 if method == "metrics" else {"id": "theirs"}
    getattr(telemetry, method)(**{name: value})

    (event,) = said(telemetry, keep)
    assert event["edata"] == {name: value}
    assert event["object"] == {}
    assert event["context"]["cdata"] == []


@pytest.mark.parametrize("method", ["exdata", "metrics"])
def test_free_data_in_a_mapping_takes_options(telemetry, keep, method):
    """Next to a mapping the keywords object and cdata are options, and a key of that name in the mapping is data."""
    value = 3 if method == "metrics" else {"id": "theirs"}
    getattr(telemetry, method)({"object": value}, object={"id": "do_1"}, cdata=[{"type": "t", "id": "i"}])

    (event,) = said(telemetry, keep)
    assert event["edata"] == {"object": value}
    assert event["object"] == {"id": "do_1"}
    assert event["context"]["cdata"] == [{"type": "t", "id": "i"}]


def test_a_response_names_one_question_of_a_poll(telemetry, keep):
    """A qid may be another than the target's id: a poll has several questions."""
    target = {"id": "poll", "ver": "1", "type": "Poll"}
    for question in ("q1", "q2", "poll"):
        telemetry.response(target=target, qid=question, type="CHOOSE", values=[])

    assert [event["edata"]["qid"] for event in said(telemetry, keep)] == ["q1", "q2", "poll"]


def test_a_score_is_not_held_against_maxscore(telemetry, keep):
    """A score lies between 0 and 1, whatever the question's maxscore, which is the user's; so does the default score."""
    telemetry.assess(item={"id": "q", "maxscore": 0.5}, **{"pass": "Yes"}, resvalues=[], duration=1)
    telemetry.assess(item={"id": "q", "maxscore": 10}, **{"pass": "Yes"}, score=0.7, resvalues=[], duration=0)

    assert [event["edata"]["score"] for event in said(telemetry, keep)] == [1, 0.7]


@pytest.mark.parametrize(
    ("method", "data", "path"),
    [
        ("search", {"type": "content", "query": "", "size": -1, "topn": []}, "$.size"),
        ("assess", {"item": {"id": "q"}, "resvalues": [], "duration": -0.1}, "$.duration"),
        ("assess", {"item": {"id": "q", "exlength": -1}, "resvalues": [], "duration": 1}, "$.item.exlength"),
        ("summary", {"type": "session", "timespent": -1}, "$.timespent"),
        ("summary", {"type": "session", "pageviews": -1}, "$.pageviews"),
        ("summary", {"type": "session", "starttime": T, "endtime": T - 1}, "$.endtime"),
        (
            "summary",
            {"type": "session", "eventssummary": [{"id": "END", "count": -1}]},
            "$.eventssummary[0].count",
        ),
    ],
)
def test_what_is_below_zero_is_refused(telemetry, method, data, path):
    """A count, a size or a duration below zero, and an endtime before its starttime, are refused with their path."""
    with pytest.raises(PayloadError) as refused:
        getattr(telemetry, method)(data)

    assert refused.value.path == path


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ((None, "", "1", PLAYER), "$.contentId"),
        ((None, 3, "1", PLAYER), "$.contentId"),
        ((None, "c", 1, PLAYER), "$.contentVer"),
        ((None, "c"), "$.type"),
        (({"env": 3}, "c", "1", PLAYER), "$.config.env"),
        (({"batchsize": 1001}, "c", "1", PLAYER), "$.config.batchsize"),
        (({"pdata": {}}, "c", "1", PLAYER), "$.config.pdata"),
        (({"host": "x"}, "c", "1", PLAYER), "$.config"),
    ],
)
def test_what_start_refuses(telemetry, arguments, path):
    """START's own arguments are checked, and its data is required; nothing is open afterwards."""
    with pytest.raises(PayloadError) as refused:
        telemetry.start(*arguments)

    assert refused.value.path == path
    with pytest.raises(SequenceError):
        telemetry.end()


def test_an_exception_leaves_the_visit_open(telemetry, keep):
    """What is raised inside a visit comes through, and no END is written."""
    with pytest.raises(KeyError), telemetry.start(None, "c", "1", PLAYER):
        raise KeyError("x")

    assert [event["eid"] for event in said(telemetry, keep)] == ["START"]


def test_an_abandoned_visit_has_no_end(telemetry, keep):
    """Abandon leaves a visit open for good; the one around it ends as usual."""
    with telemetry.start(None, "a", "1", {"type": "app", "mode": "", "stageid": ""}):
        with telemetry.start(None, "b", "1", PLAYER) as visit:
            visit.abandon()
        telemetry.heartbeat()
    events = said(telemetry, keep)

    assert [event["eid"] for event in events] == ["START", "START", "HEARTBEAT", "END"]
    assert events[2]["object"]["id"] == "a"
    assert check_session(events) == []


def test_a_visit_ends_once(telemetry):
    """A visit that is over cannot end again."""
    visit = telemetry.start(None, "a", "1", PLAYER)
    visit.end()
    with pytest.raises(SequenceError, match="is over"):
        visit.end()


def test_a_summary_counts_its_visit(telemetry, keep, clock):
    """What SUMMARY is not told it counts since the innermost START, idle gaps over 30 s excluded."""
    telemetry.impression({"type": "view", "pageid": "before"})
    telemetry.start(None, "c", "1", PLAYER)
    for gap in (10, 31, 30):
        clock.advance(gap)
        telemetry.impression({"type": "view", "pageid": "p"})
    telemetry.interact({"type": "TOUCH", "id": "x"})
    clock.advance(5)
    telemetry.summary({"type": "content"})
    edata = said(telemetry, keep)[-1]["edata"]

    assert edata == {
        "type": "content", "starttime": T, "endtime": T + 71_000, "timespent": 40, "pageviews": 3, "interactions": 1,
    }  # fmt: skip


def test_feedback_is_about_its_content(telemetry, keep):
    """FEEDBACK's contentId is the event's object, whatever visit is open."""
    telemetry.start(None, "c", "1", PLAYER)
    telemetry.feedback({"contentId": "other", "rating": 5})
    telemetry.heartbeat()

    assert [event["object"]["id"] for event in said(telemetry, keep)] == ["c", "other", "c"]


def test_options_hold_for_one_event(telemetry, keep):
    """Object and cdata of a call are that event's alone."""
    telemetry.log(
        {"type": "t", "level": "INFO", "message": ""},
        object={"id": "o"},
        cdata=[{"type": "Request", "id": "r"}],
    )
    telemetry.heartbeat()
    first, second = said(telemetry, keep)

    assert (first["object"], first["context"]["cdata"]) == ({"id": "o"}, [{"type": "Request", "id": "r"}])
    assert (second["object"], second["context"]["cdata"]) == ({}, [])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_json_cannot_carry_is_refused(telemetry, value):
    """NaN, infinities and lone surrogates are refused, also where anything may stand."""
    with pytest.raises(FootfallError):
        telemetry.exdata({"type": "x", "data": value})
    with pytest.raises(FootfallError):
        telemetry.log({"type": "x", "level": "INFO", "message": "", "params": [{"deep": [value]}]})


def test_time_never_goes_back(telemetry, keep, clock):
    """When the clock is set back, events keep the last instant until it has caught up."""
    telemetry.heartbeat()
    clock.now -= 5000
    telemetry.heartbeat()

    assert [event["ets"] for event in said(telemetry, keep)] == [T, T]


@pytest.mark.parametrize(("eid", "queued", "size", "cut"), [
    ("LOG", 1, 20, False), ("LOG", 20, 20, True), ("END", 1, 20, True), ("LOG", 19, 20, False), ("LOG", 200, 200, True),
])  # fmt: skip
def test_the_real_clients_rule_for_batches(eid, queued, size, cut):
    """A batch is sent at an END or when it is full."""
    assert is_cut(eid, queued, size) is cut


def test_batches_are_cut_as_the_real_client_cuts_them(keep, clock):
    """Batches hold batchsize events, fewer when an END cuts them; close sends the rest."""
    telemetry = Telemetry({"batchsize": 3}, clock, keep)
    telemetry.start(None, "c", "1", PLAYER)
    for _ in range(4):
        telemetry.heartbeat()
    telemetry.end()
    telemetry.heartbeat()
    telemetry.close()

    assert [len(batch) for batch in keep.batches] == [3, 3, 1]
    assert all(check(event) == [] for event in keep.events)


@pytest.mark.parametrize(
    "question",
    [AssessedItem(id="q", params=[{"a": float("nan")}]), AssessedItem(id="q", exlength=float("inf"))],
)
def test_nan_inside_a_payload_object_is_refused(telemetry, question):
    """A payload object is checked as deeply as a mapping."""
    with pytest.raises(PayloadError):
        telemetry.assess(Assess(item=question, passed="No", score=0, resvalues=[], duration=1))


def test_a_closed_client_records_no_more(telemetry, keep):
    """What is recorded after close() could go nowhere, and is refused."""
    telemetry.heartbeat()
    telemetry.close()
    with pytest.raises(SequenceError, match="this client is closed"):
        telemetry.heartbeat()

    assert len(keep.events) == 1


def test_a_client_closes_itself(keep):
    """As a context manager a client sends what is queued, and says loudly what could not be sent."""
    with Telemetry(dispatcher=keep) as telemetry:
        telemetry.heartbeat()
    assert len(keep.events) == 1

    class Broken(Keep):
        def close(self):
            return Unsent(1, 1, "nobody listens")

    with (
        pytest.raises(DeliveryError, match="1 events in 1 batches could not be sent: nobody listens"),
        Telemetry(dispatcher=Broken()),
    ):
        pass
    with pytest.raises(KeyError), Telemetry(dispatcher=Broken()):
        raise KeyError("x")


def test_a_program_that_forgets_to_close_still_sends():
    """What is queued when a program ends is handed to the dispatcher."""
    code = """
from generator import Telemetry
class Say:
    def dispatch(self, batch): print("sent", len(batch))
    def close(self): ...
telemetry = Telemetry(dispatcher=Say())
for _ in range(7): telemetry.heartbeat()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "sent 7\n"


@pytest.mark.parametrize("value", [datetime.now(UTC), uuid4(), Decimal(1), b"x", {1}, object()])
def test_what_json_does_not_know_is_refused(telemetry, value):
    """Dates, bytes and the like are refused wherever anything may stand; written as text they are welcome."""
    for method, data in (
        ("exdata", {"type": "x", "when": value}),
        ("log", {"type": "x", "level": "INFO", "message": "", "params": [{"when": value}]}),
        ("search", {"type": "asset", "query": "", "size": 0, "topn": [], "filters": {"when": value}}),
        ("interact", {"type": "TOUCH", "id": "x", "extra": {"values": [value]}}),
    ):
        with pytest.raises(PayloadError):
            getattr(telemetry, method)(data)
