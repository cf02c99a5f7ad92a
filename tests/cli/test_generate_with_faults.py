"""`footfall generate --fault`: the labels beside the dataset, and what is refused."""

import hashlib
import json
from pathlib import Path

import pytest

FAULTS = ("--fault", "missing_field=0.1", "--fault", "repeated_mid=0.05")


def test_labels_stand_beside_the_dataset(dataset, said):
    """The manifest names the labels and the plan, and its counts and sha256 are those of the lines."""
    data = dataset("x.jsonl.gz", *FAULTS)
    manifest = json.loads(Path("x.manifest.json").read_text())
    labels = [json.loads(line) for line in Path("x.labels.jsonl").read_bytes().splitlines()]
    status, out, _ = said("check", data)

    assert manifest["labels"] == "x.labels.jsonl"
    assert manifest["options"]["faults"] == ["missing_field=0.1", "repeated_mid=0.05"]
    assert manifest["damaged"] == len(labels) > 0
    assert status == 1
    assert "as x.manifest.json says" in out


def test_the_same_seed_gives_the_same_bytes_and_labels(dataset):
    """Two makings are equal to the byte, the labels too; a file of faults is as good as options."""
    Path("faults.toml").write_text("missing_field = 0.1\nrepeated_mid = 0.05\n")
    first, second = dataset("x.jsonl", *FAULTS), dataset("y.jsonl", "--fault-file", "faults.toml")

    assert first.read_bytes() == second.read_bytes()
    assert Path("x.labels.jsonl").read_bytes() == Path("y.labels.jsonl").read_bytes()


def test_without_damage_there_are_no_labels(dataset):
    """A dataset without damage has no labels, and takes away those of the one that it replaces."""
    dataset("x.jsonl", *FAULTS)
    dataset("x.jsonl")
    manifest = json.loads(Path("x.manifest.json").read_text())

    assert not Path("x.labels.jsonl").exists()
    assert not {"labels", "damaged", "undamaged", "by_fault"} & manifest.keys()
    assert manifest["sha256"] == hashlib.sha256(Path("x.jsonl").read_bytes()).hexdigest()


@pytest.mark.parametrize("faults", [(), FAULTS])
def test_foreign_labels_are_kept(said, faults):
    """A file of the labels' name that is no dataset's is not replaced, and not taken away."""
    Path("x.labels.jsonl").write_text("mine")
    status, _, err = said("generate", "--sessions", 2, "-o", "x.jsonl", *faults)

    assert status == (2 if faults else 0)
    assert ("which is there and no dataset's" in err) == bool(faults)
    assert Path("x.labels.jsonl").read_text() == "mine"


def test_a_script_that_raises_leaves_nothing(said):
    """Neither a dataset nor its labels are left where the making fails."""
    Path("bad.py").write_text(
        "from generator import scenario\n@scenario\ndef bad(learner, t, chance):\n    t.heartbeat()\n    [][1]\n"
    )
    status, _, _ = said("generate", "--scenario-dir", "bad.py", "-o", "x.jsonl", *FAULTS)

    assert status == 2
    assert not list(Path().glob("*x.*"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--fault", "missing_field=0.1"), "Name the dataset with -o"),
        (("--fault", "truncated_json=0.1", "-o", "x.jsonl"), "a dataset has none"),
        (("--fault", "missing_feild=0.1", "-o", "x.jsonl"), "did you mean missing_field?"),
        (("--fault", "not_an_object=0.1", "-o", "x.jsonl"), "add --allow-crashing-faults"),
        (("--fault-file", "none.toml", "-o", "x.jsonl"), "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_one_line(said, options, words):
    """Wrong use is exit 2 and one line with the way out, and no file."""
    status, _, err = said("generate", "--sessions", 2, *options)

    assert status == 2
    assert words in err
    assert err.count("\n") == 1
    assert list(Path().iterdir()) == []


def test_poison_is_made_where_it_is_allowed(dataset):
    """With the flag, an ASSESS without item is a line like any other, and labelled."""
    dataset(
        "x.jsonl", "--scenario", "practice", "--fault", "assess_without_item=1", "--allow-crashing-faults"
    )
    labels = [json.loads(line) for line in Path("x.labels.jsonl").read_bytes().splitlines()]
    events = [json.loads(line) for line in Path("x.jsonl").read_bytes().splitlines()]

    assert {event["mid"] for event in events if event["eid"] == "ASSESS"} == {
        label["mid"] for label in labels
    }
    assert not [event for event in events if event["eid"] == "ASSESS" and "item" in event["edata"]]


def test_damage_that_hits_nothing_is_named(said):
    """A kind that was asked for and hit no event has a line on stderr; those that hit some have none."""
    _, _, err = said(
        "generate",
        "--sessions",
        2,
        "-o",
        "x.jsonl",
        "--fault",
        "missing_end=1e-12",
        "--fault",
        "sid_missing=1",
    )

    assert "no event has missing_end. Raise the share, or --sessions" in err
