"""Runs that end with a proof: what the ledger says is held against the sink, and the exit code says what was found."""

import pytest

from generator.collector.server_faults import read as read_fault_records
from generator.load.text_report import _delivery as _told
from tests.verify.processes import serving

OWN = ("--ledger", "ledgers", "--verify", "embedded")
SHORT = ("--rate", "3k", "-t", "2s")


def is_delivered(done):
    """The run proved that all it sent is stored once, as it was sent; give the findings.

    A busy machine may have held up the generator itself, which makes 12 of 0.
    """
    assert done.status in {0, 12}, done.err
    delivery = done.summary["delivery"]
    assert (delivery["outcome"], len(delivery["stages"])) == ("delivered", 1)
    [found] = delivery["stages"]
    assert found["found"] == found["due"] == found["acked"] == done.summary["acked_events"] > 0
    assert found["compared"] == found["held"] == found["found"]
    assert f"  delivery  {delivery['sentence']}" in done.out.splitlines()
    return delivery


@pytest.mark.parametrize(
    "options",
    [
        SHORT,
        ("--arrivals", 30, "--speed", 60, "-t", "2s", "--compress", "gzip"),
        ("--users", 20, "--spawn-rate", 20, "--speed", 300, "-t", "2s"),
        ("--users", 8, "--spawn-rate", 100, "--replay", "dataset", "--unpaced"),
    ],
    ids=["rate", "arrivals, gzip", "paced", "replay"],
)
def test_a_run_proves_its_own_delivery(swarm, dataset, options):
    """In every model what was acknowledged is found once, as it was sent, in the embedded endpoint's store."""
    done = swarm(*[dataset.path if one == "dataset" else one for one in options], *OWN)

    assert is_delivered(done)["ledgers"] == 1


def test_the_ledgers_of_all_workers_are_held_together(swarm, free_master):
    """With two workers there are two ledgers and one verdict."""
    done = swarm(*SHORT, "--users", 8, "--processes", 2, *OWN, *free_master)

    assert is_delivered(done)["ledgers"] == 2


def test_what_was_lost_is_named(tmp_path, swarm):
    """Against an endpoint that loses one event in a hundred the run ends with 11, and names exactly those that it lost."""
    with serving(tmp_path / "store", "--lose", 0.01) as served:
        to = "--host", served.url, "--ledger", "ledgers", "--verify", served.store, "--settle-time", 0.1
        done = swarm("--rate", 2000, "-t", "2s", *to)
        lost = [record.mids[0] for record in read_fault_records(served.store) if record.kind == "lost"]
    [found] = done.summary["delivery"]["stages"]
    named = [example["mid"] for example in found["lost"]["examples"]]

    assert done.status == done.summary["exit_code"] == 11, done.err
    assert found["outcome"] == "failed"
    assert found["lost"]["events"] == len(lost) > 0
    assert set(named) == set(lost) if len(lost) <= 100 else set(named) < set(lost)
    assert all(f"lost  {mid}, session " in done.out for mid in named[:3])
    assert done.summary["delivery"]["sentence"].startswith("NOT delivered: of ")
    assert "--settle-time: what was sent may take 0.1 seconds" in done.err


def test_a_sink_that_cannot_be_read_proves_nothing(tmp_path, swarm):
    """The run ends with 14, since it was asked for a proof; the outcome is unknown, and it is said why."""
    (tmp_path / "sink").mkdir()
    done = swarm(*SHORT, "--ledger", "ledgers", "--verify", "sink", TMPDIR=str(tmp_path))

    assert done.status == 14, done.err
    assert done.summary["delivery"]["outcome"] == "unknown"
    assert "  delivery  unknown: " in done.out
    assert "sink: is no store of a collector" in done.out
    assert "what the endpoint stored is kept in " in done.err


def test_the_first_events_of_each_fault_are_told():
    """Three of each fault are told with their sessions; of a delivery that says no more than why, just that."""
    example = {"mid": "LOG:1", "session": 7, "scenario": "practice"}
    nothing = {"events": 0, "examples": []}
    names = (
        "lost", "duplicated", "altered", "unexpected", "rejected_yet_stored", "false_accepts", "false_rejects",
    )  # fmt: skip
    found = dict.fromkeys(names, nothing) | {
        "lost": {"events": 4, "examples": [example] * 4},
        "rejected_yet_stored": {"events": 1, "examples": [example | {"scenario": ""}]},
    }
    told = list(_told({"sentence": "NOT delivered: x", "stages": [found]}))

    assert told == [
        "  delivery  NOT delivered: x",
        *["            lost  LOG:1, session 7 of practice"] * 3,
        "            rejected yet stored  LOG:1, session 7",
        "            the first hundred of each are in --summary; footfall verify prints more",
    ]
    assert list(_told({"sentence": "unknown: x"})) == ["  delivery  unknown: x"]
