"""Runs with damage, through Locust: what becomes of each damaged event is what its label lets one expect."""

import json
from collections import Counter, defaultdict

import pytest

from generator.collector.store import read as read_store
from generator.faults import KINDS
from generator.faults.kinds import CHANGES
from generator.ledger import EventLabel, Sent, discover, read
from generator.spec.identity import read_mid
from tests.delivery.stub import SUCCESS, serving
from tests.load.stored import assert_ended_well

KEEPING = ("--store", "store", "--ledger", "ledgers", "--run-id", "7")
"""With the run it is settled which of the events are hit."""
OPEN = ("--rate", "4k", "-t", "3s")
PACED = ("--users", 30, "--spawn-rate", 30, "--speed", 300, "-t", "3s", "--stop-timeout", "10s")
CHANGED = {kind.name for kind in CHANGES}
ENORMOUS = {"event_at_limit", "event_over_limit"}
UNFOUND = {"bad_mid", "not_an_object", "bad_envelope"}
"""Where a rejected event is found by nobody: it has lost its mid, or went with its batch."""
REQUESTS = [
    "truncated_json", "not_json", "empty_body", "wrong_content_type", "wrong_charset", "wrong_encoding", "corrupt_gzip",
    "byte_order_mark", "missing_events", "bad_envelope", "repeated_batch",
]  # fmt: skip
SESSIONS = ["replayed_session", "skewed_clock", "late_sync"]
TOLERANT = ("--check", "error_rate<90%")


def faults(names, share):
    """Ask for each kind with the same share, but for what is enormous."""
    return [part for name in names for part in ("--fault", f"{name}={0.0005 if name in ENORMOUS else share}")]


def ledger(folder):
    """Read the one ledger: its header, how each event was damaged, and what became of each attempt to send it."""
    [path] = discover([folder / "ledgers"])
    found = read(path)
    records = list(found.records())
    events, attempts = defaultdict(set), defaultdict(list)
    for one in records:
        if isinstance(one, Sent):
            for sequence in range(one.first, one.first + one.events):
                events[one.session, one.batch].add(sequence)
                attempts[one.session, sequence].append(one.status)
    damaged = {
        (label.session, sequence): label.fault
        for label in records
        if isinstance(label, EventLabel)
        for sequence in (events[label.session, label.batch] if label.sequence is None else [label.sequence])
    }
    assert found.is_whole
    return found.header, damaged, attempts


def stored(folder, kind):
    """Count the events of a store by session and sequence; what has no mid of ours is left out."""
    found = Counter()
    for line in read_store(folder / "store", [kind]):
        event = json.loads(line.event)
        said = event.get("mid") if isinstance(event, dict) else None
        mid = read_mid(said) if isinstance(said, str) else None
        if mid:
            found[mid.session, mid.sequence] += 1
    return found


def assert_as_labelled(folder):
    """What is stored, rejected and known already is what the ledger's labels say, event by event.

    Returns:
        The kinds of damage that were done.
    """
    _, damaged, attempts = ledger(folder)
    accepted, rejected, known = (stored(folder, kind) for kind in ("accepted", "rejected", "duplicate"))
    for event, statuses in attempts.items():
        fault = damaged.get(event)
        verdict = KINDS[fault].verdict("sunbird", "wire") if fault else "accepted"
        found = accepted[event], bool(rejected[event]), bool(known[event])
        expected = {
            "accepted": (1, False, False),
            "rejected": (0, fault not in UNFOUND, False),
            "refused": (0, False, False),
            "nowhere": (0, False, False),
            # The end of the run may have come between a batch and its repetition.
            "duplicate": (1, False, fault in CHANGED or len(statuses) > 1),
        }
        assert found == expected.get(verdict, found), (event, fault, statuses)
        assert {*statuses} == {"rejected" if verdict == "refused" else "acked"}, (event, fault)
    assert accepted.keys() <= attempts.keys()
    return {*damaged.values()}


def judged(summary):
    """Give the sum of each outcome over all kinds."""
    total = Counter()
    for row in summary["faults"]["rows"].values():
        total.update(row)
    return total


def test_every_damage_to_an_event_comes_to_what_its_label_says(swarm):
    """In the open model: of all kinds of damage to events, each event is found where a correct endpoint puts it."""
    names = [kind.name for kind in CHANGES if "wire" in kind.verdicts]
    done = swarm(*OPEN, *KEEPING, *faults(names, 0.01), "--allow-crashing-faults", "--verify", "embedded")

    assert_ended_well(done)
    met = assert_as_labelled(done.folder)
    found = done.summary["faults"]
    assert len(met) > len(names) / 2
    assert found["rows"].keys() == met
    assert {*found["unhit"]} == {*names} - met
    assert judged(done.summary)["rightly_refused"] > 0
    assert (judged(done.summary)["false_accepts"], judged(done.summary)["false_rejects"]) == (0, 0)
    assert done.summary["delivery"]["outcome"] == "delivered"
    assert "faults" in done.out


def test_a_check_on_damage_does_not_pass_if_a_kind_hit_nothing(swarm):
    """A kind that was asked for and hit no event is named, and a check on damage has no data then: exit code 10."""
    done = swarm("--rate", 500, "-t", "2s", "--fault", "truncated_json=0.3", "--fault", "missing_end=1e-12",
                 *TOLERANT, "--check", "false_accepts==0")  # fmt: skip

    assert done.status == 10, done.err
    assert done.summary["faults"]["unhit"] == ["missing_end"]
    assert [one["verdict"] for one in done.summary["checks"]] == ["passed", "no data"]
    assert "missing_end: hit no event" in done.out


def test_a_repeated_batch_that_is_acknowledged_and_not_stored_is_lost(swarm, tmp_path):
    """An endpoint that acknowledges everything and stores nothing delivers nothing, though every event has a label."""
    (tmp_path / "sink.jsonl").write_bytes(b"")
    with serving(SUCCESS) as endpoint:
        done = swarm("--rate", 500, "-t", "2s", "--host", endpoint.url, "--fault", "repeated_batch=1.0",
                     "--ledger", "ledgers", "--verify", tmp_path / "sink.jsonl")  # fmt: skip

    assert done.status == 11, done.err
    assert done.summary["delivery"]["outcome"] == "failed"
    [stage] = done.summary["delivery"]["stages"]
    assert stage["lost"]["events"] == stage["due"] > 0


@pytest.mark.parametrize("model", [OPEN, PACED], ids=["open", "paced"])
def test_every_damage_to_requests_and_sessions_comes_to_what_its_label_says(swarm, model):
    """In both models: what is refused at the answer is stored nowhere, what is sent again is known again."""
    names = [*REQUESTS, *SESSIONS]
    done = swarm(*model, *KEEPING, *faults(names, 0.05), "--fault", "missing_field=0.02", *TOLERANT)

    assert_ended_well(done)
    met = assert_as_labelled(done.folder)
    assert len(met) > len(names) / 2
    said = done.summary
    assert said["faults"]["rows"].keys() == met
    assert judged(said)["rightly_refused"] > 0
    assert (judged(said)["false_accepts"], judged(said)["false_rejects"]) == (0, 0)
    assert sum(said["labelled"].values()) == sum(judged(said).values())


def test_the_ledger_says_what_the_faults_file_came_to(swarm, tmp_path):
    """Whoever reads the ledger needs no file; and what real clients do wrong is no error of the endpoint."""
    path = tmp_path / "faults.toml"
    path.write_text('preset = "dirty"\nmissing_field = 0.01\n')
    done = swarm("--rate", 1000, "-t", "2s", *KEEPING, "--fault-file", path)

    assert_ended_well(done)
    header, *_ = ledger(done.folder)
    assert "missing_field=0.01" in header.options["fault"].splitlines()
    assert "fault_file" not in header.options
    assert_as_labelled(done.folder)


def test_an_endpoint_that_takes_everything_is_found_out(swarm):
    """Broken requests that are answered with SUCCESS are wrongly accepted: the run fails with 11, and the check on it too."""
    with serving(SUCCESS) as endpoint:
        done = swarm("--rate", 1000, "-t", "2s", "--host", endpoint.url, "--fault", "truncated_json=0.3",
                     "--check", "false_accepts==0")  # fmt: skip

    assert done.status == 11, done.err
    assert [one["code"] for one in done.summary["exit_reasons"]] == [11, 10]
    [row] = done.summary["faults"]["rows"].values()
    [check] = done.summary["checks"]
    assert row["false_accepts"] == check["value"] > 0
    broken = [body for _, _, body in endpoint.requests if not _is_json(body)]
    assert 0 < len(broken) < len(endpoint.requests)


def test_a_run_that_had_to_be_rejected_whole_is_a_success(swarm):
    """If every batch is damaged such that it must be rejected, and is, the exit code is 0, and that is said."""
    done = swarm("--rate", 1000, "-t", "2s", "--fault", "truncated_json=1.0")

    assert_ended_well(done)
    assert done.summary["acked"] == 0
    assert done.summary["rejected"] == done.summary["to_reject"] == done.summary["batches"] > 0
    assert "every batch had a fault for which it had to be rejected" in done.out


def _is_json(body):
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def test_damage_that_cannot_be_done_is_refused_before_anything_is_sent(swarm):
    """One line, exit code 2."""
    done = swarm("--rate", 1000, "-t", "2s", "--fault", "missing_feild=0.1")

    assert done.status == 2
    assert "did you mean missing_field?" in done.err
