"""Damage in a dataset: labelled line by line, counted apart, the same for one seed, and nothing else touched."""

import json
from collections import Counter

import pytest

from generator.datasets.build import build, run_of
from generator.datasets.fault_labels import inject_faults
from generator.datasets.manifest import Manifest
from generator.errors import UsageError
from generator.faults import KINDS, FaultPlan, Injector
from generator.population.traffic import Traffic
from generator.scenarios.loader import choose, find
from generator.spec.check import check
from generator.world import World

SESSIONS = 12
MIXED = ["null_value=0.1", "repeated_mid=0.05", "missing_end=0.3", "repeated_batch=0.05", "late_sync=0.1",
         "replayed_session=0.1"]  # fmt: skip


@pytest.fixture(scope="module")
def traffic():
    return Traffic(1, choose(find()), World())


class Kept:
    """What was built: lines, labels, manifest."""

    def __init__(self, traffic, faults, numbers=range(SESSIONS), form="wire"):
        lines, labels = [], []
        self.plan = FaultPlan.of(faults, form=form)
        self.manifest = Manifest({}, {})
        self.write = lines.append
        build(traffic, numbers, self, self.manifest, form, self.plan, labels.append)
        self.text, self.label_text = b"".join(lines), b"".join(labels)
        self.lines = self.text.splitlines()
        self.labels = [json.loads(line) for line in self.label_text.splitlines()]
        self.said = self.manifest.as_dict()


def test_without_damage_nothing_changes(traffic):
    """An empty plan is no plan: the same bytes, the same run, the same manifest, and no label."""
    lines = []
    manifest = Manifest({}, {})
    build(traffic, range(SESSIONS), type("Writer", (), {"write": lines.append}), manifest, "wire")
    clean = Kept(traffic, [])

    assert clean.text == b"".join(lines)
    assert clean.said == manifest.as_dict()
    assert clean.labels == []
    assert run_of(traffic, clean.plan) == run_of(traffic)


def test_one_seed_one_dataset_in_any_parts(traffic):
    """Two halves made apart are the whole, labels and all."""
    whole = Kept(traffic, MIXED)
    halves = [Kept(traffic, MIXED, numbers) for numbers in (range(5), range(5, SESSIONS))]

    assert whole.text == b"".join(half.text for half in halves)
    assert whole.label_text == b"".join(half.label_text for half in halves)
    assert Kept(traffic, MIXED).text == whole.text


def test_damage_makes_another_run(traffic):
    """Datasets that differ share no mids: what is damaged is not taken for its twin within the hour."""
    runs = {run_of(traffic, FaultPlan.of(faults, form="wire")) for faults in ([], MIXED, MIXED[1:])}

    assert len(runs) == 3


def test_what_is_not_labelled_is_whole(traffic):
    """Each line without a label is valid, and stands once; each rejected one is refused by `check`."""
    kept = Kept(traffic, MIXED)
    faults = {label["mid"]: label["fault"] for label in kept.labels}
    mids = Counter(json.loads(line)["mid"] for line in kept.lines if b'"mid":null' not in line)
    bad = [json.loads(line)["mid"] for line in kept.lines if check(line, "wire")]

    assert all(count == 1 for mid, count in mids.items() if mid not in faults)
    assert {faults[mid] for mid in bad} == {"null_value"}
    assert len(bad) == sum(fault == "null_value" for fault in faults.values())
    assert {mids[mid] for mid, fault in faults.items() if fault == "missing_end"} == {0}
    repeated = {"repeated_mid", "repeated_batch", "replayed_session"}
    assert {mids[mid] for mid, fault in faults.items() if fault in repeated} == {2}


def test_the_manifest_counts_apart(traffic):
    """All lines are counted, the whole ones by eid, day and scenario, the damaged ones by kind."""
    kept = Kept(traffic, MIXED)
    said = kept.said
    labelled = {label["mid"] for label in kept.labels}
    whole = [json.loads(line) for line in kept.lines]
    whole = [event for event in whole if event["mid"] not in labelled]

    assert said["events"] == len(kept.lines)
    assert said["damaged"] == len(kept.labels) == len(labelled)
    assert said["by_fault"] == dict(sorted(Counter(label["fault"] for label in kept.labels).items()))
    assert said["undamaged"] == len(whole) == sum(said["by_day"].values())
    assert said["by_eid"] == dict(sorted(Counter(event["eid"] for event in whole).items()))
    assert said["undamaged"] == sum(row["events"] for row in said["by_scenario"].values())


def test_a_label_says_all(traffic):
    """A label names event, session, kind, and the verdict of each family in this form."""
    label = next(label for label in Kept(traffic, MIXED).labels if label["fault"] == "null_value")

    assert set(label) == {"mid", "session", "sequence", "scenario", "fault", "verdicts"}
    assert label["verdicts"] == {
        "sunbird": "rejected", "strict": "refused", "obsrv": "rejected", "plain": None,
    }  # fmt: skip


def test_repetitions_stand_behind_what_they_repeat(traffic):
    """A batch that is sent again stands behind itself, a session that is replayed behind itself as a whole."""
    session = traffic.play(3)
    texts = session.lines("wire").splitlines()
    for name in ("repeated_batch", "replayed_session"):
        done = inject_faults(session, "wire", Injector(FaultPlan({KINDS[name]: 1.0}), 1, 0, "wire"))
        first = len(next(session.batches(20)))
        times = texts[:first] * 2 if name == "repeated_batch" else texts * 2

        assert done.lines.splitlines()[: len(times)] == times
        assert done.sent == 2 * len(texts)


def test_damage_to_requests_has_no_place_in_a_dataset():
    """Kinds that damage a request are refused for a dataset, in one line."""
    with pytest.raises(UsageError, match="a dataset has none"):
        FaultPlan.of(["truncated_json=0.1"], form="wire").refuse_requests()
