"""An endpoint with server faults as clients meet it: a real process, over HTTP, killed and started again."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import pytest
from faulty_collector import (
    Sent,
    assert_records_are_the_difference,
    assert_store_shows_the_records,
    kept,
    records_of,
)
from talking import JSON, ask, batch, event, post

from generator.collector.endpoint import TELEMETRY_PATHS
from generator.collector.server_faults import ServerFaults, read

GONE = (OSError, http.client.HTTPException)


def status_of(url, body, path="/v1/telemetry"):
    """Post a batch; give its status, None where no answer comes."""
    try:
        return ask(url, "POST", path, body, JSON).status
    except GONE:
        return None


@pytest.mark.parametrize("mode", ["sunbird", "strict"])
@pytest.mark.parametrize(
    "asked", [{"lose": 1.0}, {"duplicate": 1.0}, {"alter": 1.0}, {"reorder": 1.0}], ids=str
)
def test_events_are_acknowledged_and_not_stored_as_sent(collect, asked, mode):
    """On every path and in both modes the answer is 200, and every event has its record."""
    collector = collect(server_faults=ServerFaults(**asked), mode=mode)
    batches = [Sent(number) for number, _ in enumerate(TELEMETRY_PATHS)]
    statuses = [
        status_of(collector.url, each.body, path) for each, path in zip(batches, TELEMETRY_PATHS, strict=True)
    ]
    records = records_of(collector.store)

    assert statuses == [200] * len(batches)
    assert_records_are_the_difference(collector.store, batches, {each.msgid for each in batches})
    about = (
        records.lost
        | records.duplicated
        | records.altered
        | {mid: 1 for mids in records.reordered.values() for mid in mids}
    )
    assert set(about) == {mid for each in batches for mid in each.events}
    assert [each.how for each in records.all if each.kind == "begun"] == [str(ServerFaults(**asked))]


def test_a_failing_endpoint_answers_as_the_telemetry_service_does(collect):
    """The answer is the service's own 500, nothing is stored, and every attempt has its record."""
    collector = collect(server_faults=ServerFaults(fail=1.0))
    one = Sent(1)
    answers = [post(collector.url, one.body) for _ in range(2)]

    for answer in answers:
        assert answer.status == 500
        assert answer.json["params"] == {"err": "Request failed"}
        assert (answer.json["id"], answer.json["responseCode"]) == ("api.telemetry", "SERVER_ERROR")
    failed = [(each.kind, each.msgid, set(each.mids)) for each in read(collector.store)][1:]
    assert failed == [("failed", one.msgid, set(one.events))] * 2
    assert kept(collector.store) == {}
    assert ask(collector.url, "GET", "/health").status == 200
    assert collector.stats()["batches"]["failed"] == 2


def test_a_closed_connection_leaves_its_client_in_doubt(collect):
    """No answer comes, some of the batches are stored and some are not, and the records say which."""
    collector = collect(server_faults=ServerFaults(close_after_read=1.0, seed=5))
    batches = [Sent(number) for number in range(12)]
    statuses = [status_of(collector.url, each.body) for each in batches]
    closed = {each.msgid: each.stored for each in read(collector.store) if each.kind == "closed"}

    assert statuses == [None] * 12
    assert set(closed) == {each.msgid for each in batches}
    assert set(closed.values()) == {True, False}
    assert_records_are_the_difference(collector.store, batches, set())
    assert collector.stats()["batches"]["unanswered"] == 12


def test_late_and_stalled_answers_come(collect):
    """An endpoint that delays and stalls answers in the end, and loses nothing."""
    collector = collect(server_faults=ServerFaults(delay="1ms..20ms", stall="20ms@40ms"))
    batches = [Sent(number) for number in range(10)]

    assert [status_of(collector.url, each.body) for each in batches] == [200] * 10
    assert_records_are_the_difference(collector.store, batches, {each.msgid for each in batches})


def test_what_is_asked_for_is_said_at_the_start(collect):
    """A line on stderr warns of it, and names where its records are; a healthy one says nothing and writes none."""
    collector = collect(server_faults=ServerFaults(lose=0.5, seed=9))
    healthy = collect(store=collector.store.with_name("healthy"), server_faults=ServerFaults(seed=9))

    assert "footfall: warning: injects server faults: --lose 0.5 --fault-seed 9; " in collector.stderr_tail()
    assert str(collector.store / "faults-*.jsonl") in collector.stderr_tail()
    assert healthy.stderr_tail() == ""
    assert not list(healthy.store.glob("faults*"))


def insist(url, each):
    """Post a batch until it is acknowledged, but not for ever."""
    assert any(status_of(url, each.body) == 200 for _ in range(200))


def outcome(collector, batches, clients):
    """Post batches over some connections, each until it is acknowledged; give the records without their times."""
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda each: insist(collector.url, each), batches))
    assert_records_are_the_difference(collector.store, batches, {each.msgid for each in batches})
    return sorted(
        (each.kind, each.msgid or "", each.mids, each.path, each.stored) for each in read(collector.store)
    )


def test_one_seed_does_the_same_on_any_number_of_connections(collect, tmp_path):
    """The same batches meet the same fate, attempt by attempt, whoever brings them in whichever order."""
    asked = ServerFaults(
        lose=0.1, duplicate=0.1, alter=0.1, reorder=0.3, fail=0.2, close_after_read=0.2, seed=7
    )
    batches = [Sent(number, 5) for number in range(40)]
    one = outcome(collect(store=tmp_path / "one", server_faults=asked), batches, 1)
    eight = outcome(collect(store=tmp_path / "eight", server_faults=asked), batches[::-1], 8)

    assert one == eight
    assert {each[0] for each in one} == {
        "begun",
        "lost",
        "duplicated",
        "altered",
        "reordered",
        "failed",
        "closed",
    }


@pytest.mark.parametrize("after", [1, 40, 160])
def test_kill_9_leaves_every_acknowledged_event_in_the_store_or_in_the_records(collect, after):
    """Killed amid concurrent posts, the records are what the store shows; sent again after a restart, they still are."""
    asked = ServerFaults(lose=0.1, duplicate=0.1, alter=0.1, reorder=0.1, fail=0.1, close_after_read=0.1)
    collector = collect(server_faults=asked)
    batches = [Sent(number, 5) for number in range(300)]
    acked, one_more = [], Semaphore(0)

    def post_some(share):
        for each in share:
            if status_of(collector.url, each.body) == 200:
                acked.append(each)
                one_more.release()

    with ThreadPoolExecutor(8) as pool:
        for start in range(8):
            pool.submit(post_some, batches[start::8])
        for _ in range(after):
            assert one_more.acquire(timeout=60)
        collector.kill()

    found, records = kept(collector.store), records_of(collector.store)
    assert_store_shows_the_records(collector.store, batches)
    assert {mid for each in acked for mid in each.events} <= set(found) | set(records.lost)

    again = collect(server_faults=asked)
    for each in batches:
        insist(again.url, each)
    assert_store_shows_the_records(again.store, batches)
    assert set(kept(again.store)) == {mid for each in batches for mid in each.events} - set(
        records_of(again.store).lost
    )


def test_a_batch_without_a_msgid_is_known_by_its_body(collect):
    """Whether it fails is decided by what it holds, and its record names its events."""
    collector = collect(server_faults=ServerFaults(fail=0.5, seed=2))
    bodies = [batch([event(number)]) for number in range(12)]
    statuses = {number: status_of(collector.url, body) for number, body in enumerate(bodies)}
    failed = [each for each in read(collector.store) if each.kind == "failed"]

    assert {each.mids for each in failed} == {
        (event(number)["mid"],) for number, status in statuses.items() if status == 500
    }
    assert {each.msgid for each in failed} == {None}
    assert set(kept(collector.store)) == {
        event(number)["mid"] for number, status in statuses.items() if status == 200
    }
