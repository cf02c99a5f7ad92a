"""One run of a trial: everything is started, broken as the trial says, verified, and held against the truth."""

import gzip
import json
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import NamedTuple

from generator.collector import CollectorProcess
from generator.ledger import discover
from tests.load.conftest import LOCUSTFILE
from tests.soak.truth import truth_of
from tests.soak.wire import Wire

PACE = ("--rate", "400", "--run-time", "2s", "--users", "16", "--spawn-rate", "16")
OPTIONS = {
    "resends": (*PACE, "--retries", "2"),
    "is damaged": (*PACE, "--fault", "missing_field=0.03"),
    "is closed": ("--users", "8", "--spawn-rate", "8", "--speed", "300", "--run-time", "2s"),
}
LONGEST = 90
"""Seconds after which a generator is stuck, which is a contradiction too."""


class Outcome(NamedTuple):
    """What a run came to.

    Attributes:
        verdict: delivered, failed, unknown or refused.
        contradictions: what in it is not true.
        sentence: the verdict in words.
    """

    verdict: str
    contradictions: list
    sentence: str


def run(trial, folder: Path) -> Outcome:
    """Run a trial in an empty folder."""
    random = Random(trial.seed)
    with (
        CollectorProcess(folder / "store", server_faults=trial.server_faults) as collector,
        Wire(collector.url, trial.network, trial.seed) as wire,
    ):
        _generate(trial, folder, wire, random)
    stored, sink = _sink(trial, folder, random)
    for path in discover([folder / "ledgers"]):
        _break_ledger(trial, path, random)
    done = subprocess.run(
        [sys.executable, "-m", "generator.cli", "verify", "ledgers", "--against", sink, "--json"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.returncode == 2:
        is_right = trial.ledger != "whole"
        return Outcome(
            "refused", [] if is_right else [f"refused: {done.stderr.strip()}"], done.stderr.strip()
        )
    said = json.loads(done.stdout)
    contradictions = list(_contradictions(trial, said, done.returncode, truth_of(wire.exchanges, stored)))
    return Outcome(said["outcome"], contradictions, said["sentence"])


def _generate(trial, folder, wire, random):
    """Run the generator, and end it as the trial says."""
    options = OPTIONS.get(trial.generator, PACE)
    with (folder / "locust.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "locust", "-f", LOCUSTFILE, "--headless", "--only-summary", "--host", wire.url,
             "--seed", str(trial.seed), "--ledger", "ledgers", *options],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            if trial.generator in {"is killed", "is terminated"}:
                enough = random.randrange(2, 20)
                while len(wire.exchanges) < enough and process.poll() is None:
                    _wait(process, 0.02)
                process.send_signal(signal.SIGKILL if trial.generator == "is killed" else signal.SIGTERM)
            process.wait(LONGEST)
        finally:
            process.kill()
            process.wait()


def _wait(process, seconds):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _sink(trial, folder, random):
    """Lay the sink out as the trial says; return the events that it holds, and its name."""
    lines = [
        json.dumps(json.loads(line)["event"])
        for path in sorted((folder / "store").glob("accepted-*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    if trial.sink == "the store":
        return [*map(json.loads, lines)], "store"
    if lines and trial.sink == "drops a line":
        del lines[random.randrange(len(lines))]
    if lines and trial.sink == "repeats a line":
        lines.append(random.choice(lines))
    if lines and trial.sink == "alters a line":
        at = random.randrange(len(lines))
        event = json.loads(lines[at])
        event["context"]["channel"] = "another"
        lines[at] = json.dumps(event)
    held = [*map(json.loads, lines)]
    if lines and trial.sink == "has garbage":
        at = random.randrange(len(lines))
        del held[at]
        lines[at] = lines[at][: len(lines[at]) // 2] + "\x00\x00"
    if trial.sink == "indented":
        lines = [json.dumps(json.loads(line), indent=2) for line in lines]
    data = "".join(f"{line}\n" for line in lines).encode()
    name = "sink.jsonl.gz" if "gzip" in trial.sink else "sink.jsonl"
    if "gzip" in trial.sink:
        data = gzip.compress(data)
    if trial.sink in {"is cut", "gzip is cut"} and data:
        data = data[: random.randrange(len(data))]
        if name == "sink.jsonl":
            held = [*map(json.loads, data.decode().splitlines()[: data.count(b"\n")])]
    (folder / name).write_bytes(data)
    return held, name


def _break_ledger(trial, path, random):
    data = bytearray(path.read_bytes())
    if trial.ledger == "is cut":
        del data[random.randrange(len(data) // 3, len(data)) :]
    elif trial.ledger == "loses its header":
        del data[random.randrange(40) :]
    elif trial.ledger == "has a flipped byte":
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    path.write_bytes(data)


def _contradictions(trial, said, code, truth):
    """Yield what in a verdict is not true."""
    verdict, [found] = said["outcome"], said["stages"]
    if code != {"delivered": 0, "failed": 1, "unknown": 3}[verdict]:
        yield f"{verdict} has exit code {code}"
    # What the generator gave up on, it does not know to be acknowledged.
    unheard = found["still_unknown"]["events"]
    is_faulty = any(truth[2:]) or len(truth.lost) > unheard
    if verdict == "delivered":
        if trial.ledger != "whole" or trial.sink not in ("gzip is cut", *_readable(trial)):
            yield "delivered, with a ledger or a sink that is not whole"
        if is_faulty or not truth.acked:
            yield f"delivered, and in truth {_in_numbers(truth)}"
    if verdict == "failed" and not truth.has_fault:
        yield f"failed ({said['sentence']}), and in truth nothing is wrong"
    if verdict == "unknown" and trial.is_whole and truth.acked:
        yield f"unknown ({said['sentence']}), with a whole ledger and a whole sink"
    if trial.is_whole and trial.generator != "is damaged":
        yield from _differing(found, truth, unheard)


def _readable(trial):
    return (trial.sink,) if trial.sink not in {"is cut", "gzip is cut", "has garbage"} else ()


def _differing(found, truth, unheard):
    for name in ("duplicated", "altered", "unexpected", "rejected_yet_stored"):
        if found[name]["events"] != len(getattr(truth, name)):
            yield f"{name}: {found[name]['events']}, and in truth {len(getattr(truth, name))}"
    lost = found["lost"]["events"]
    if not lost <= len(truth.lost) <= lost + unheard:
        yield f"lost: {lost}, and in truth {len(truth.lost)}, of which {unheard} at most are unknown"


def _in_numbers(truth):
    return ", ".join(f"{len(events)} {name}" for name, events in truth._asdict().items())
