"""What becomes of events: accepted, rejected with reasons, duplicate; and what strict mode refuses."""

import json

import pytest
from talking import ask, batch, documented_only, event, post, wire_only

from generator.collector.store import read
from generator.spec.check import MOST_VIOLATIONS, check


def stored(collector):
    """Give (kind, mid) of all that is stored."""
    return [(each.kind, json.loads(each.event).get("mid")) for each in read(collector.store)]


def mid(number):
    """Give an event's mid."""
    return event(number)["mid"]


def test_events_are_stored_as_their_own_bytes(collect):
    """An event's bytes in the store are those that were sent, spaces, key order and escapes included."""
    collector = collect()
    sent = json.dumps(event(1)).replace("learner", "l\\u00e9a \\/").encode()
    post(collector.url, b'{"events":[ ' + sent + b' ], "params":{"msgid":"m"}}')
    (one,) = read(collector.store)

    assert (one.kind, one.event, one.msgid, one.reasons) == ("accepted", sent, "m", ())
    assert one.received > 1_700_000_000_000


def test_indented_events_keep_their_bytes_on_one_line(collect):
    """A client that indents its JSON gets its very bytes stored, and each line of the store is one event."""
    collector = collect()
    sent = json.dumps(event(1), indent=2).encode()
    post(collector.url, b'{"events":[' + sent + b"," + json.dumps(event(2)).encode() + b"]}")
    first, second = read(collector.store)
    lines = (collector.store / "accepted-000001.jsonl").read_text().splitlines()

    assert first.event == sent
    assert json.loads(second.event) == event(2)
    assert [list(json.loads(line)) for line in lines] == [
        ["received", "msgid", "base64"],
        ["received", "msgid", "event"],
    ]


def test_good_events_beside_bad_ones_are_accepted(collect):
    """Behind a 200, each event is judged alone: even one that no decoder reads leaves its neighbours be."""
    collector = collect()
    bad = [event(2, eid="START"), 7, None, [], event(3, mid=""), {"eid": "INTERACT"}]
    body = batch([event(1), *bad, event(9)])
    surrogate = json.dumps(event(4, mid="\ud800")).encode()
    post(collector.url, body[:-2] + b"," + surrogate + b"]}")
    kept = list(read(collector.store))

    assert [json.loads(each.event)["mid"] for each in kept if each.kind == "accepted"] == [mid(1), mid(9)]
    assert sum(each.kind == "rejected" for each in kept) == len(bad) + 1
    assert all(each.reasons for each in kept if each.kind == "rejected")
    assert surrogate in [each.event for each in kept]


def test_a_mid_seen_before_is_a_duplicate(collect):
    """The second event of one mid is a duplicate, in the same batch and in a later one."""
    collector = collect()
    post(collector.url, batch([event(1), event(1), event(2)], "a"))
    post(collector.url, batch([event(2), event(3)], "b"))

    assert sorted(stored(collector)) == [
        ("accepted", mid(1)), ("accepted", mid(2)), ("accepted", mid(3)), ("duplicate", mid(1)), ("duplicate", mid(2)),
    ]  # fmt: skip
    assert {each.reasons for each in read(collector.store, ["duplicate"])} == {("mid seen before",)}


def test_a_batch_seen_before_is_duplicate_as_a_whole(collect):
    """The msgid decides before any event is looked at, as the extractor does; without one it never does."""
    collector = collect()
    post(collector.url, batch([event(1)], "a"))
    post(collector.url, batch([event(2)], "a"))
    post(collector.url, batch([event(3)]))
    post(collector.url, batch([event(4)]))

    assert {each.reasons for each in read(collector.store, ["duplicate"])} == {("msgid seen before",)}
    assert sorted(stored(collector)) == [
        *(("accepted", mid(number)) for number in (1, 3, 4)),
        ("duplicate", mid(2)),
    ]


def test_a_rejected_mid_is_not_remembered(collect):
    """An event that was mended after its rejection is accepted under its old mid."""
    collector = collect()
    post(collector.url, batch([event(1, ver="2")]))
    post(collector.url, batch([event(1)]))

    assert stored(collector) == [("accepted", mid(1)), ("rejected", mid(1))]


def test_a_batch_that_the_extractor_cannot_read_is_kept_whole(collect):
    """Where params or events have the wrong type, the body is rejected as it is, with the place."""
    collector = collect()
    bodies = [b'{"params":1,"events":[]}', b'{"params":{"msgid":7}}', b'{"events":{}}', b"[1]"]
    for body in bodies:
        post(collector.url, body)
    kept = list(read(collector.store))

    assert [each.event for each in kept] == bodies
    assert [each.reasons[0].split()[3] for each in kept] == ["$.params", "$.params.msgid", "$.events", "$"]


def test_more_events_than_a_body_can_hold_are_one_rejection(collect):
    """Two million numbers in a list cost one line, not two million."""
    collector = collect()
    post(collector.url, b'{"events":[' + b"1," * 2_000_000 + b"1]}")
    (one,) = read(collector.store)

    assert "2000001 events" in one.reasons[0]


def test_an_event_beyond_a_mebibyte_is_rejected(collect):
    """The extractor's limit is on the stamped event: 67 bytes below a mebibyte pass, one more does not."""
    collector = collect()
    room = 1_048_576 - 67 - len(json.dumps(event(1, tags=[""]), separators=(",", ":")))
    post(collector.url, batch([event(1, tags=["x" * room]), event(2, tags=["x" * (room + 1)])]))

    assert stored(collector) == [("accepted", mid(1)), ("rejected", mid(2))]
    assert [each.reasons for each in read(collector.store, ["rejected"])] == [("Event size is Exceeded",)]


def test_a_hostile_event_has_no_more_violations_than_a_thousand(collect):
    """The walk stops there, the reasons say that there are more, and a neighbour is judged as ever."""
    collector = collect()
    hostile = event(1, tags=[1] * 300_000)
    post(collector.url, batch([hostile, event(2)]))
    (rejected,) = read(collector.store, ["rejected"])

    assert len(check(hostile, "wire")) == MOST_VIOLATIONS
    assert rejected.reasons[-1] == f"and at least {MOST_VIOLATIONS - 8} more"
    assert stored(collector)[0] == ("accepted", mid(2))


def test_a_batch_in_the_other_form_is_told_so_once(collect):
    """When every event fails in this form and would pass in the other, one reason names the other form."""
    collector = collect()
    post(collector.url, batch([documented_only(1), documented_only(2)]))
    reasons = [reason for each in read(collector.store) for reason in each.reasons]

    assert sum("serve with --form documented" in reason for reason in reasons) == 1
    assert sum(reason.startswith("every event fails in the wire form") for reason in reasons) == 1


def test_events_valid_in_both_forms_do_not_hide_the_hint(collect):
    """When some events fail in this form and the whole batch would pass in the other, it is told so as well."""
    collector = collect()
    post(collector.url, batch([event(3), documented_only(1), event(4), documented_only(2)]))
    reasons = [reason for each in read(collector.store) for reason in each.reasons]

    assert [reason for reason in reasons if "--form" in reason] == [
        (
            "2 of 4 events fail in the wire form, and all would pass in the documented form: "
            "serve with --form documented, or send the wire form"
        )
    ]


@pytest.mark.parametrize("other", [event(3, ver="9"), wire_only(3)])
def test_no_hint_where_the_other_form_would_not_take_the_batch(collect, other):
    """An event that is bad in both forms, or good in this one alone, keeps the other form from being named."""
    collector = collect()
    post(collector.url, batch([documented_only(1), other]))

    assert not any("--form" in reason for each in read(collector.store) for reason in each.reasons)


def test_strict_refuses_a_bad_batch_whole(collect):
    """One bad event refuses its batch with 400 and every violation; nothing of it is stored or remembered."""
    collector = collect(mode="strict")
    refused = post(collector.url, batch([event(1), event(2, ver="9", ets=-1), 5], "a"))
    accepted = post(collector.url, batch([event(1)], "a"))

    assert (refused.status, refused.json["responseCode"]) == (400, "CLIENT_ERROR")
    assert [(each["event"], each["path"]) for each in refused.json["violations"]][-1] == (2, "$")
    assert (1, "$.ver", "9") in [
        (each["event"], each["path"], each["value"]) for each in refused.json["violations"]
    ]
    assert all(each["problem"] for each in refused.json["violations"])
    assert accepted.status == 200
    assert stored(collector) == [("accepted", mid(1))]


def test_strict_accepts_duplicates_and_stores_them_as_such(collect):
    """A resent batch is not an error of the client's: 200, and its events among the duplicates."""
    collector = collect(mode="strict")
    statuses = [post(collector.url, batch([event(1)], "a")).status for _ in range(2)]

    assert statuses == [200, 200]
    assert stored(collector) == [("accepted", mid(1)), ("duplicate", mid(1))]


def test_strict_refuses_what_sunbird_loses_in_silence(strict):
    """A wrong content type, a body without events and malformed JSON are refused in JSON."""
    lost = [
        ask(strict.url, "POST", "/v1/telemetry", batch([event(1)]), {"Content-Type": "text/plain"}),
        post(strict.url, b"{}"),
        post(strict.url, b"[]"),
        post(strict.url, b'{"events":7}'),
        post(strict.url, b'{"events":['),
    ]

    assert [answer.status for answer in lost] == [400] * 5
    assert [answer.json["violations"][0]["path"] for answer in lost] == [
        "$.events",
        "$.events",
        "$",
        "$",
        "$",
    ]


def test_strict_names_the_other_form_once(strict):
    """A batch wholly in the other form is refused with one sentence that names the way out."""
    refused = post(strict.url, batch([documented_only(1), documented_only(2)]))

    assert refused.json["params"]["err"].count("--form documented") == 1


def test_strict_shows_hostile_values_safely(strict):
    """Whatever stands in an event, the refusal is JSON of bounded size."""
    hostile = ["x" * 100_000, "\ud800", 10**400, [[[]]] * 1000, {"a": {"b": "\x00"}}, -0.0]
    body = json.dumps({"events": [event(n, ver=value) for n, value in enumerate(hostile)]}).encode()
    refused = post(strict.url, body)

    assert refused.status == 400
    assert len(refused.body) < 1_000_000
    assert {each["event"] for each in refused.json["violations"]} == set(range(len(hostile)))
