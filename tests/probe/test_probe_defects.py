"""Defects planted in a collector: the probe finds each, and shows a batch that a person understands."""

import subprocess

import pytest
from planted import Planted
from probing import probe, pytest_of

from generator import check
from generator.faults import minimal_event
from generator.probe.report.files import write
from generator.probe.report.script import ScriptOptions
from generator.probe.report.text import commands, failure
from generator.probe.sink import ProbeFileSink, ProbeStoreSink

IDENTITY = {"mid", "ets", "tags"}


def smallest(outcome):
    """Give the events of the smallest case, without an identity."""
    return [
        {name: value for name, value in event.items() if name not in IDENTITY}
        for event in outcome.trial.case.events
    ]


def plain(event):
    return {name: value for name, value in event.items() if name not in IDENTITY}


def names(outcomes, status="failed"):
    return {name for name, outcome in outcomes.items() if outcome.status == status}


@pytest.fixture
def plant(tmp_path):
    """Start collectors with a defect, in the store of the test."""

    def start(defect, **options):
        return Planted(defect, tmp_path / "store", **options)

    return start


def test_pass_in_capitals_is_found_to_be_accepted(plant):
    """Of all that is wrong, `pass: "YES"` alone is accepted: shown on the smallest ASSESS."""
    with plant("accepts-YES", mode="strict", form="documented") as collector:
        outcomes = probe(collector, form="documented", sink=False)

    assert names(outcomes) == {"invalid-event"}
    (event,) = smallest(outcomes["invalid-event"])
    assert event["edata"]["pass"] == "YES"
    event["edata"]["pass"] = "Yes"
    assert event == plain(minimal_event("ASSESS"))


def test_pass_in_capitals_is_found_among_the_accepted(plant):
    """Where the endpoint answers before it checks, the sink shows the same."""
    with plant("accepts-YES", form="documented") as collector:
        outcomes = probe(collector, "invalid-event", form="documented")

    assert smallest(outcomes["invalid-event"])[0]["edata"]["pass"] == "YES"
    assert "found among the accepted" in outcomes["invalid-event"].trial.problem


def test_the_lost_event_of_a_gzip_batch_is_found(plant):
    """One event is enough to lose the last one, and it is the one that says least."""
    with plant("loses-last-of-gzip", mode="strict") as collector:
        outcomes = probe(collector)

    assert names(outcomes) == {"gzip", "chunked-body", "largest-body"}
    assert smallest(outcomes["gzip"])[0]["eid"] == "HEARTBEAT"
    assert len(outcomes["gzip"].trial.case.events) == 1
    assert "is not stored" in outcomes["gzip"].trial.problem


@pytest.mark.parametrize("sink", [True, False])
def test_a_failure_on_an_empty_topn_is_found(plant, sink):
    """The smallest SEARCH with an empty `topn` is shown, by the answer alone too."""
    with plant("fails-on-empty-topn") as collector:
        outcomes = probe(collector, "empty-list", sink=sink)

    (event,) = smallest(outcomes["empty-list"])
    assert event == plain(minimal_event("SEARCH", "wire")) | {"edata": event["edata"]}
    assert event["edata"] == minimal_event("SEARCH", "wire")["edata"] | {"topn": []}
    assert "500" in outcomes["empty-list"].trial.problem


def test_the_loss_of_an_empty_topn_is_found(plant):
    """What is answered with success and lost is found in no kind of the sink, and the other properties still pass."""
    with plant("loses-empty-topn") as collector:
        outcomes = probe(collector)

    assert "empty-list" in names(outcomes) <= {"empty-list", "one-event", "nested-json", "valid-batch"}
    assert smallest(outcomes["empty-list"])[0]["edata"]["topn"] == []
    assert "is not stored" in outcomes["empty-list"].trial.problem


@pytest.mark.parametrize("form", ["wire", "documented"])
def test_a_resent_batch_that_is_stored_twice_is_found(plant, form):
    """One event that says least, sent twice."""
    with plant("stores-resent-twice", form=form) as collector:
        outcomes = probe(collector, form=form)

    assert names(outcomes) == {"resent-batch", "concurrent-batches"}
    (event,) = smallest(outcomes["resent-batch"])
    assert event["eid"] == "HEARTBEAT"
    assert "stored 2 times" in outcomes["resent-batch"].trial.problem


def test_a_dropped_line_separator_is_found(plant):
    """The text that is changed is the one character, in an event that says nothing else."""
    with plant("drops-U+2028") as collector:
        outcomes = probe(collector)

    assert "unicode" in names(outcomes) <= {"unicode", "valid-batch"}
    (event,) = smallest(outcomes["unicode"])
    smallest_log = minimal_event("LOG", "wire")
    assert event == plain(smallest_log) | {"edata": smallest_log["edata"] | {"message": "\u2028"}}
    assert r"was '\u2028', and is ''" in outcomes["unicode"].trial.problem


def test_an_endpoint_that_dies_fails_the_property_it_died_of(plant):
    """It is said of the event it died of that the endpoint is gone, and nothing more is judged."""
    with plant("dies-of-empty-items", form="documented") as collector:
        outcomes = probe(collector, form="documented", sink=False)

    assert names(outcomes) == {"one-event"}
    assert smallest(outcomes["one-event"]) == [plain(minimal_event("SHARE"))]
    assert outcomes["one-event"].trial.problem.startswith(
        "the endpoint is gone: no answer at 127.0.0.1, port "
    )
    assert outcomes["gzip"].why == "the endpoint is gone"


DEFECTS = [
    ("accepts-YES", "invalid-event", {"mode": "strict", "form": "documented"}),
    ("loses-last-of-gzip", "gzip", {}),
    ("stores-resent-twice", "resent-batch", {}),
    ("stores-resent-twice", "concurrent-batches", {}),
    ("drops-U+2028", "unicode", {}),
    ("loses-last-of-gzip", "largest-body", {}),
]


@pytest.mark.parametrize(
    ("defect", "name", "options"), DEFECTS, ids=[f"{one[0]}-{one[1]}" for one in DEFECTS]
)
def test_what_is_written_fails_while_the_defect_is_there_and_passes_when_it_is_mended(
    tmp_path, monkeypatch, defect, name, options
):
    """The test stands alone; the commands work as they stand, and each sends what the probe sent."""
    store = tmp_path / "store"
    monkeypatch.setenv("FOOTFALL_TOKEN", "")
    with Planted(defect, store, **options) as collector:
        sink = ProbeStoreSink(store)
        outcome = probe(collector, name, form=options.get("form", "wire"))[name]
        script_options = ScriptOptions(collector.url, 10.0, False, sink, 0.0)
        written = write(outcome, script_options, tmp_path)
        assert pasted(commands(outcome.again, script_options, written)) == pasted_before(outcome)
        assert written.script.name in "\n".join(failure(outcome, script_options, written))
        found = pytest_of(written.script, collector.url)
    with Planted("none", store, **options) as mended:
        passed = pytest_of(written.script, mended.url)

    assert found.returncode == 1, found.stdout
    assert b"AssertionError" in found.stdout
    assert passed.returncode == 0, passed.stdout


def test_a_written_test_whose_sink_is_missing_fails(plant, tmp_path):
    """Where nobody can look, it is not said that nothing was stored."""
    with plant("accepts-YES", form="documented") as collector:
        outcome = probe(collector, "invalid-event", form="documented")["invalid-event"]
        elsewhere = ProbeFileSink({"accepted": str(tmp_path / "nowhere-*.jsonl")})
        written = write(outcome, ScriptOptions(collector.url, 10.0, False, elsewhere, 0.0), tmp_path)
        done = pytest_of(written.script, collector.url)

    assert done.returncode == 1
    assert b"FileNotFoundError" in done.stdout
    assert b"no file of the sink found" in done.stdout


def pasted(lines):
    """Run the lines in a shell, and give the answers' statuses, leaving out what only looks into the sink."""
    done = subprocess.run(
        ["/bin/sh", "-c", "\n".join(line for line in lines if not line.startswith("grep"))],
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return [line for line in done.stdout.decode().splitlines() if line.isdigit()]


def pasted_before(outcome):
    return [
        str(heard.answer.status)
        for step, answers in zip(outcome.trial.exchange.steps, outcome.trial.responses, strict=False)
        for heard in answers
        if not step.is_control
    ]


def test_what_is_shown_is_what_was_wrong(plant):
    """The event in the report is the one that was sent, with the violation that it must cause."""
    with plant("accepts-YES", mode="strict", form="documented") as collector:
        outcome = probe(collector, "invalid-event", form="documented", sink=False)["invalid-event"]

    (event,) = outcome.trial.exchange.steps[0].batch.events
    assert check(event) == [outcome.trial.case.violation]
    assert event["tags"] == ["footfall:00000001"]
