"""Datasets replayed through Locust in real processes: whole, shared, as they are, ended early and gone on with."""

import json
import signal
import subprocess
import sys
from collections import Counter

import pytest

from generator.spec.check import check
from generator.spec.identity import read_mid
from generator.spec.session import check_session
from tests.delivery import stub
from tests.delivery.stub import Stub, serving_as

USERS = ("-u", 8, "-r", 100)


def stored(folder):
    """Read what the embedded endpoint accepted."""
    for path in sorted(folder.glob("accepted-*.jsonl")):
        for line in path.read_bytes().splitlines():
            yield json.loads(line)["event"]


def by_session(events):
    """Put events together by the sessions in their mids, in the order of their numbers."""
    found = {}
    for event in events:
        found.setdefault(read_mid(event["mid"]).session, []).append(event)
    return {
        number: sorted(one, key=lambda event: read_mid(event["mid"]).sequence)
        for number, one in found.items()
    }


def shape(session):
    """Give what of a session is neither identity nor time: eids, and the time between them."""
    return [(event["eid"], event["ets"] - session[0]["ets"]) for event in session]


def is_replayed_whole(done, dataset):
    """Assert that everything was stored once, valid, in sessions as before, and counted as the manifest has it."""
    said, events = done.summary, list(stored(done.folder / "store"))
    assert done.status in {0, 12}, (
        done.err
    )  # 12 where this machine is busy: latencies are not what is asked for
    assert said["sessions"] == said["finished"] == dataset.manifest["sessions"]
    assert said["by_eid"] == dataset.manifest["by_eid"]
    assert said["by_scenario"] == {"replay": 50}
    assert said["acked_events"] == said["endpoint"]["accepted"]["events"] == dataset.manifest["events"]
    assert said["endpoint"]["rejected"]["events"] == said["endpoint"]["duplicate"]["events"] == 0
    assert len({event["mid"] for event in events}) == len(events) == dataset.manifest["events"]
    assert not {event["mid"] for event in events} & {event["mid"] for event in dataset.events}
    old, new = by_session(dataset.events), by_session(events)
    assert [shape(new[number]) for number in sorted(new)] == [shape(one) for one in old.values()]
    for session in new.values():
        assert check_session(session) == []
        assert [violation for event in session for violation in check(event, "wire")] == []
        assert all(event["tags"][-1] == f"footfall:{said['run']}" for event in session)
    return said


@pytest.mark.parametrize("how", [("--speed", 50_000), ("--unpaced",), ("--rate", "2k")], ids=str)
def test_a_dataset_is_replayed_whole(swarm, dataset, how):
    """As recorded, flat out or at a rate: each event arrives once, valid, and the counts are the manifest's."""
    done = swarm(*USERS, "--replay", dataset.path, *how, "--store", "store")
    said = is_replayed_whole(done, dataset)

    assert said["model"] == ("closed" if how == ("--unpaced",) else "open")
    assert "has events in documented form: they are written in wire form" in done.err


def test_two_workers_share_a_dataset(swarm, dataset, free_master):
    """Each sends its part, together they send all, and the cursor of the master knows it."""
    done = swarm(
        *USERS, "--processes", 2, "--replay", dataset.path, "--unpaced", "--cursor", "c", "--store", "store", *free_master
    )  # fmt: skip
    said = is_replayed_whole(done, dataset)

    assert (said["workers"], said["lost_workers"]) == (2, 0)
    assert json.loads((done.folder / "c").read_text())["up_to"] == 50


def test_a_worker_without_a_user_is_refused(swarm, dataset, free_master):
    """A worker without a user would keep its share to itself: one line says so."""
    done = swarm(
        "-u", 1, "--processes", 2, "--replay", dataset.path, "--unpaced", "--store", "store", *free_master
    )

    assert "--users 1: a dataset is shared among all 2 workers" in done.err
    assert list(stored(done.folder / "store")) == []


def test_verbatim_keeps_every_byte(swarm, dataset):
    """What arrives is what stands in the file, mids, dates and all, without a tag."""
    endpoint = Stub(lambda _: stub.SUCCESS)
    with serving_as(endpoint):
        done = swarm(*USERS, "--host", endpoint.url, "--replay", dataset.path, "--verbatim", "--unpaced")
    bodies = [body for _, _, body in endpoint.requests]

    assert done.status == 0, done.err
    assert Counter(event["mid"] for one in endpoint.batches for event in one["events"]) == Counter(
        event["mid"] for event in dataset.events
    )
    assert all(sum(line in body for body in bodies) == 1 for line in dataset.lines)
    assert "they are sent so, though wire form is wanted" in done.err


def test_a_run_that_was_ended_is_gone_on_with(swarming, swarm, dataset):
    """After SIGTERM the next run sends what is left, with the same ids, and says what it skips; then nothing is left.

    A run that sends nothing is no success: its exit code is 1.
    """
    endpoint = Stub(lambda _: stub.SUCCESS)
    with serving_as(endpoint):
        options = (*USERS, "--replay", dataset.path, "--cursor", "cursor", "--host", endpoint.url)
        with swarming("--headless", *options, "--rate", 400) as first:
            endpoint.wait_for(40)
            first.process.send_signal(signal.SIGTERM)
            assert first.end() in {0, 12}, first.err
        kept = json.loads((first.folder / "cursor").read_text())
        done = swarm(*options, "--unpaced")
        said = done.summary
        again = swarm(*options, "--unpaced")
    events = {event["mid"]: event["eid"] for one in endpoint.batches for event in one["events"]}

    assert 0 < kept["acknowledged"] < 50
    assert done.status == 0, done.err
    assert f"{kept['acknowledged']} sessions acknowledged whole" in done.err
    assert (said["sessions"], said["run"]) == (50 - kept["acknowledged"], kept["run"])
    assert Counter(events.values()) == dataset.manifest["by_eid"]
    assert (again.status, again.summary["batches"]) == (1, 0)


def test_what_was_not_acknowledged_is_sent_again(swarm, dataset):
    """Where some batches are refused, the cursor leaves their sessions out, and the next run sends just these."""
    answers = {7: stub.DOWN, 20: stub.LIMITED, 21: stub.CLOSE}
    endpoint = Stub(lambda place: answers.get(place, stub.SUCCESS))
    with serving_as(endpoint):
        options = (
            *USERS,
            "--replay",
            dataset.path,
            "--cursor",
            "cursor",
            "--unpaced",
            "--host",
            endpoint.url,
        )
        first = swarm(*options)
        failed = json.loads((first.folder / "cursor").read_text())
        second = swarm(*options)

    assert first.status == 1
    assert 47 <= failed["acknowledged"] < 50
    assert second.summary["sessions"] == 50 - failed["acknowledged"]
    assert json.loads((second.folder / "cursor").read_text())["up_to"] == 50


def test_in_portions(swarm, dataset):
    """With --sessions a cursor replays a dataset in portions, each session in one of them."""
    endpoint = Stub(lambda _: stub.SUCCESS)
    with serving_as(endpoint):
        options = (
            *USERS,
            "--replay",
            dataset.path,
            "--cursor",
            "cursor",
            "--unpaced",
            "--host",
            endpoint.url,
        )
        counts = [swarm(*options, "--sessions", 30).summary["sessions"] for _ in range(2)]
    mids = [event["mid"] for one in endpoint.batches for event in one["events"]]

    assert counts == [30, 20]
    assert len(set(mids)) == len(mids) == dataset.manifest["events"]


def test_a_dataset_that_is_none_ends_before_the_run(swarm, tmp_path):
    """One line, exit code 2, nothing sent."""
    (tmp_path / "empty.jsonl").touch()
    done = swarm(*USERS, "--replay", "empty.jsonl")

    assert done.status == 2
    assert "--replay empty.jsonl: it is empty; give a file with events" in done.err
    assert "Traceback" not in done.err


def doubled(lines):
    """Give the lines as an editor with two copies of the client writes them: each twice, and each END once more."""
    for line in lines:
        yield line
        yield line
    yield from (line for line in lines if json.loads(line)["eid"] == "END")


def is_delivered_twice(found, dataset):
    """Assert that every event was found, and every copy of it: as accepted, or as known again."""
    [stage] = found["stages"]
    assert found["outcome"] == "delivered", found["sentence"]
    assert stage["found"] == dataset.manifest["events"]
    assert stage["copies"] == dataset.manifest["events"] + dataset.manifest["by_eid"]["END"]
    assert stage["copies_missing"] == 0


def test_a_dataset_in_which_events_stand_twice_is_verified(swarm, dataset, tmp_path):
    """Each copy is expected: an endpoint that knows an event again has delivered."""
    path = tmp_path / "doubled.jsonl"
    path.write_bytes(b"\n".join(doubled(dataset.lines)) + b"\n")
    done = swarm(*USERS, "--replay", path, "--unpaced", "--ledger", "ledgers", "--verify", "embedded")

    assert done.status in {0, 12}, done.err
    is_delivered_twice(done.summary["delivery"], dataset)


def test_copies_that_an_endpoint_stores_are_expected(swarm, dataset, tmp_path):
    """An endpoint that stores every copy has delivered too."""
    path, sink = tmp_path / "doubled.jsonl", tmp_path / "sink.jsonl"
    path.write_bytes(b"\n".join(doubled(dataset.lines)) + b"\n")
    endpoint = Stub(lambda _: stub.SUCCESS)
    with serving_as(endpoint):
        done = swarm(*USERS, "--replay", path, "--unpaced", "--ledger", "ledgers", "--host", endpoint.url)
    sink.write_text("".join(f"{json.dumps(event)}\n" for one in endpoint.batches for event in one["events"]))
    verify = [
        sys.executable,
        "-m",
        "generator.cli",
        "verify",
        done.folder / "ledgers",
        "--against",
        sink,
        "--json",
    ]
    judged = subprocess.run(verify, capture_output=True, check=False)

    assert (done.status, judged.returncode) == (0, 0), (done.err, judged.stdout, judged.stderr)
    is_delivered_twice(json.loads(judged.stdout), dataset)


def test_a_dataset_with_an_event_that_no_ledger_can_name_is_refused(swarm, dataset, tmp_path):
    """An event without a mid could be lost and nobody would know: with a ledger nothing of the dataset is sent."""
    path = tmp_path / "nameless.jsonl"
    event = json.loads(dataset.lines[3])
    del event["mid"]
    path.write_bytes(b"\n".join([*dataset.lines[:3], json.dumps(event).encode()]) + b"\n")
    done = swarm(*USERS, "--replay", path, "--unpaced", "--ledger", "ledgers", "--store", "store")

    assert done.status == 2
    assert "nameless.jsonl:4: 1 event has no mid" in done.err
    assert list(stored(done.folder / "store")) == []
