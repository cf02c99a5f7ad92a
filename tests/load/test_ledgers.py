"""The ledgers of real runs: all that was sent stands there, however the run ends, and can be made anew from it."""

import signal
from collections import Counter, defaultdict

import pytest

from generator.ledger import Sent, SessionLease, SessionStart, discover, read
from generator.spec.identity import read_mid
from generator.verify.regenerate import Regenerator
from tests.delivery.stub import LIMITED, SUCCESS, serving
from tests.load.stored import assert_ended_well, lines
from tests.load.test_many_machines import wait_for_lanes

KEEPING = ("--store", "store", "--ledger", "ledgers")
OPEN = ("--rate", "2k", "--arrival-process", "constant", "-t", "3s")
ARRIVALS = ("--arrivals", 30, "--speed", 60, "-t", "3s")
PACED = ("--users", 20, "--spawn-rate", 20, "--speed", 300, "-t", "3s")


def ledgers(folder):
    """Read all ledgers of a run, each with its records."""
    found = [read(path) for path in discover([folder / "ledgers"])]
    return [(ledger, list(ledger.records())) for ledger in found]


def sent(records):
    """Give session and sequence of each event that was sent."""
    return [
        (one.session, one.first + place)
        for one in records
        if isinstance(one, Sent)
        for place in range(one.events)
    ]


def events(ledger, records):
    """Make all sessions anew, and count their events' JSON."""
    regenerator = Regenerator.of(ledger.header)
    assert regenerator.trouble == ""
    return Counter(
        event
        for one in records
        if isinstance(one, SessionStart)
        for batch in regenerator.session(one)
        for event in batch.events
    )


def stored(folder):
    """Give the events of the store by session and sequence."""
    found = {}
    for line in lines(folder / "store"):
        mid = read_mid(line.event["mid"])
        found[mid.session, mid.sequence] = line.event
    return found


@pytest.mark.parametrize("options", [OPEN, ARRIVALS, PACED], ids=["rate", "arrivals", "paced"])
def test_all_that_was_sent_stands_in_the_ledger_and_nothing_else(swarm, options):
    """What is stored is what the ledger says was sent; each session made anew from it has these events, to the byte."""
    done = swarm(*options, *KEEPING)

    assert_ended_well(done)
    [(ledger, records)] = ledgers(done.folder)
    assert ledger.is_whole
    assert not ledger.torn
    kept = stored(done.folder)
    assert sorted(sent(records)) == sorted(kept)
    assert f"{ledger.header.run:08x}" == done.summary["run"]
    raw = [
        line.partition(b'"event":')[2][:-1]
        for path in (done.folder / "store").glob("accepted-*.jsonl")
        for line in path.read_bytes().splitlines()
    ]
    assert Counter(raw) <= events(ledger, records)
    assert len(raw) == len(kept) == done.summary["events"] > 0


def test_times_and_outcomes_stand_there(swarm):
    """What the endpoint refuses is rejected with its reason; a batch is due before it is sent, and sent before its answer."""
    with serving(LIMITED) as endpoint:
        done = swarm(
            "--rate", 2000, "--retries", 2, "-t", "4s", "--ledger", "ledgers", "--host", endpoint.url
        )
    [(ledger, records)] = ledgers(done.folder)

    posts = [one for one in records if isinstance(one, Sent)]
    assert len(posts) == len(endpoint.requests) == done.summary["batches"]
    assert {(one.status, one.reason) for one in posts} == {
        ("rejected", "429 Too Many Requests: API rate limit exceeded")
    }
    assert {one.attempt for one in posts} <= {0, 1, 2}
    assert any(one.attempt for one in posts)
    assert all(one.due <= one.begun + 0.001 and one.begun <= one.answered for one in posts)
    assert ledger.is_whole


def test_a_replay_s_ledger_makes_its_events_anew(swarm, dataset):
    """A dataset that is sent as somebody else's stands in the ledger too, and is made anew from the dataset."""
    done = swarm("--replay", dataset.path, "--unpaced", *KEEPING)

    assert_ended_well(done)
    [(ledger, records)] = ledgers(done.folder)
    assert sorted(sent(records)) == sorted(stored(done.folder))
    assert events(ledger, records).total() == dataset.manifest["events"]


def test_each_worker_keeps_its_own_and_a_killed_one_s_is_read_as_far_as_it_came(swarming, free_master):
    """After kill -9 whatever of a worker was stored lies in the sessions that it had leased; the others' are whole."""
    with (
        swarming(
            "--master",
            "--headless",
            *OPEN[:4],
            *KEEPING,
            "--summary",
            "s.json",
            "--expect-workers",
            2,
            *free_master,
        ) as master,
        swarming("--worker", *free_master[2:]) as lost,
        swarming("--worker", *free_master[2:]) as kept,
    ):
        master.wait_for("total users)")
        wait_for_lanes(master, {0, 1})
        lost.process.kill()
        lost.end()
        master.wait_for("to missing")
        master.process.send_signal(signal.SIGTERM)
        assert master.end() == 13, master.err
        assert kept.end() == 0, kept.err

    found = ledgers(master.folder)
    assert sorted(ledger.is_whole for ledger, _ in found) == [False, True]
    by_worker = defaultdict(set)
    for session, sequence in stored(master.folder):
        by_worker[session >> 28].add((session, sequence))
    for ledger, records in found:
        [worker, leases] = ledger.header.worker, [one for one in records if isinstance(one, SessionLease)]
        assert all(
            any(one.first <= session <= one.last for one in leases) for session, _ in by_worker[worker]
        )
        if ledger.is_whole:
            assert by_worker[worker] == set(sent(records))


def test_a_ledger_that_cannot_be_written_ends_the_run(tmp_path, swarm):
    """Where the disk takes no more, the run ends at once, and says why: what is sent further nobody could prove."""
    starter = tmp_path / "little.py"
    starter.write_text(
        "import resource, runpy\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "runpy.run_module('locust', run_name='__main__', alter_sys=True)\n"
    )
    with serving(SUCCESS) as endpoint:
        done = swarm(
            "--rate", "5k", "-t", "60s", "--ledger", "ledgers", "--host", endpoint.url, program=starter
        )

    assert done.status == 14, done.err
    assert "cannot be written: File too large; the run ends here" in done.err
    assert "Traceback" not in done.err
    [(ledger, _)] = ledgers(done.folder)
    assert not ledger.is_whole


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--verify", "embedded"), "name a folder for one with --ledger"),
        (("--ledger", "file"), "is not a folder; name another place"),
        (("--ledger", "a", "--verify", "embedded", "--host", "http://127.0.0.1:9"), "that is the store of the embedded endpoint"),
        (("--ledger", "a", "--settle-time", 3), "it goes with --verify"),
        (("--ledger", "a", "--verify", "embedded", "--settle-time", -3), "choose from 0 to"),
        (("--ledger", "a", "--replay", "file", "--verbatim"), "leave one of them out"),
        (("--ledger", "earlier", "--run-id", "BEEF"),
         "--run-id BEEF: earlier/ledger-0000beef-0000-0.bin is a ledger of that run, and the same ids would be sent twice"),
        (("--store", "file"), "the collector did not start: the store file cannot be written"),
        (("--summary", "earlier"), "--summary earlier: that is a folder; name a file in it"),
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused_before_anything_is_sent(tmp_path, swarm, options, said):
    """Exit code 2 and one line that says the way out."""
    (tmp_path / "file").write_text("{}")
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / "ledger-0000beef-0000-0.bin").touch()
    done = swarm(*options, "-t", "5s")

    assert done.status == 2, done.err
    assert said in done.err
