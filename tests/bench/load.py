"""Rows of load: stamping, unique events on the wire from one Locust core, a constant body and wrk beside."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

from generator.ledger import Sent, discover, read
from generator.load.checks.check import parse_checks
from generator.load.checks.windows import Windows
from generator.load.metrics.worker_metrics import WorkerMetrics
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.pool import TemplatePool
from generator.load.template.stamp import StampIdentity, Template
from generator.scenarios.loader import bundled
from tests.bench.stopwatch import rate
from tests.bench.table import Row

SECONDS = 8
LEDGER_ROUNDS = 9
WINDOWED_SECONDS = 3700
LOCUST_CORE, SINK_CORE = 0, 1
SCENARIOS = Path(__file__).parent / "scenarios"
CONSTANT = Path(__file__).parent / "constant.py"
AN_EVENT = 900
"""Bytes of an event, for the constant body."""


def stamping() -> Iterator[Row]:
    """Measure stamping: whole sessions, as somebody else's each, their bodies ready to be sent."""
    for scenario, batch_size in (("practice", 0), ("", 0)):
        plan = Plan(Settings(scenario=scenario, batch_size=batch_size))
        pool = TemplatePool(plan, {}, 0)

        drawn = [(template := pool.draw(), pool.who(template, 7, number)) for number in range(3000)]

        def stamped(drawn: list[tuple[Template, StampIdentity]] = drawn) -> int:
            done = 0
            for number, (template, who) in enumerate(drawn):
                template.stamp(who, 1_770_000_000_000 + number)
                done += template.events
            return done

        name = scenario or "all scenarios by their shares"
        yield Row(
            f"stamp, {name}",
            rate(stamped),
            "events/s",
            "≥ 3,000,000" if scenario else "",
            "one core, CPU time",
        )


def on(core: int) -> list[str]:
    """Give what pins a command to a core, where there is more than one."""
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 and shutil.which("taskset") else []


@contextmanager
def sinking() -> Iterator[str]:
    """Start the sink on a core of its own; give its address."""
    with subprocess.Popen(
        [*on(SINK_CORE), sys.executable, "-m", "tests.bench.sink"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as sink:
        assert sink.stdout
        assert sink.stdin
        yield f"http://127.0.0.1:{sink.stdout.readline().strip()}"
        sink.stdin.close()


class Load:
    """A Locust run on one core against the sink: what it sent a second, and the processor time of a post."""

    def __init__(self, *options: str, locustfile: Path, body: int = 0) -> None:
        with sinking() as host, tempfile.TemporaryDirectory() as folder:
            summary = Path(folder) / "locust"
            command = [
                *on(LOCUST_CORE), sys.executable, "-m", "locust", "-f", str(locustfile), "--headless", "--only-summary",
                "--host", host, "--run-time", f"{SECONDS}s", "--users", "64", "--spawn-rate", "64",
                "--json-file", str(summary), *options,
            ]  # fmt: skip
            process = subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, "BENCH_BODY": str(body)},
            )
            said = process.stderr.read() if process.stderr else b""
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert summary.with_suffix(".json").exists(), said.decode()
            [entry] = json.loads(summary.with_suffix(".json").read_text())
        self.posts = entry["num_requests"]
        self.seconds = entry["last_request_timestamp"] - entry["start_time"]
        self.microseconds = 1e6 * (used.ru_utime + used.ru_stime) / max(self.posts, 1)


def session_load(folder: Path, batch_size: int, *options: str) -> tuple[Load, dict[str, float]]:
    """Run the open model far beyond what it can do; give the run and its summary."""
    summary = folder / f"{batch_size}.json"
    load = Load(
        "--rate", "4M", "--scenario-dir", str(SCENARIOS), "--batch-size", str(batch_size), "--summary", str(summary),
        *options, locustfile=bundled("locustfiles") / "session.py",
    )  # fmt: skip
    return load, json.loads(summary.read_text())


def loading() -> Iterator[Row]:
    """Measure unique events on the wire from one Locust core, and a constant body of the same size beside."""
    budgets = {(20, "none"): "≥ 300,000", (200, "none"): "≥ 1,000,000", (200, "gzip"): "≥ 250,000"}
    with tempfile.TemporaryDirectory() as name:
        for (batch_size, compress), budget in budgets.items():
            load, said = session_load(Path(name), batch_size, "--compress", compress)
            a_second = said["acked_events"] / load.seconds
            size = round(said["bytes"] / said["batches"])
            constant = Load(locustfile=CONSTANT, body=size)
            beside = constant.posts * batch_size / constant.seconds
            packed = ", gzip" if compress == "gzip" else ""
            yield Row(
                f"on the wire, {batch_size} a batch{packed}", a_second, "events/s", budget,
                f"{a_second / beside:.2f} of a constant body of {size:,} bytes; {said['bytes'] / load.seconds / 1e6:,.0f} MB/s",
            )  # fmt: skip
            if compress == "none":
                yield from _cost(load, constant, batch_size, size)


def _cost(load: Load, constant: Load, batch_size: int, size: int) -> Iterator[Row]:
    budget = "≤ 5 x" if batch_size == 20 else "≤ 2 x"
    wrk = _wrk(size)
    note = f"constant body {constant.microseconds:.1f}" + (
        f", wrk {wrk:.1f} µs" if wrk else "; wrk is not installed"
    )
    yield Row(
        f"  CPU of one post, start of Locust included, {batch_size} a batch",
        load.microseconds,
        "µs",
        "",
        note,
    )
    if wrk:
        yield Row("    of a constant body against wrk's", constant.microseconds / wrk, "x", budget, "")


def _wrk(size: int) -> float | None:
    """Give wrk's processor time a request, in microseconds."""
    if not shutil.which("wrk"):
        return None
    with sinking() as host, tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(
            f'wrk.method = "POST"\nwrk.body = string.rep("x", {size})\nwrk.headers["Content-Type"] = "application/json"\n'
        )
        command = [
            *on(LOCUST_CORE),
            "wrk",
            "-t1",
            "-c64",
            f"-d{SECONDS}s",
            "-s",
            str(script),
            f"{host}/v1/telemetry",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            said = process.stdout.read() if process.stdout else ""
            _, _, used = os.wait4(process.pid, 0)
            process.returncode = 0
        found = re.search(r"(\d+) requests in", said)
        assert found, said
        return 1e6 * (used.ru_utime + used.ru_stime) / int(found[1])


def ledgers() -> Iterator[Row]:
    """Measure what a ledger costs: short runs with one, without one, and without one again take turns.

    Runs of one and the same code differ by more than a ledger costs: the medians of the rounds' ratios are told, that of
    the two runs without a ledger too.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for batch_size in (20, 200):
            keeping = ("--ledger", str(folder / f"ledgers-{batch_size}"))
            rounds = []
            for number in range(LEDGER_ROUNDS):
                rates = [0.0, 0.0, 0.0]
                # Whoever comes first is not the same in each round.
                for place in (number % 3, (number + 1) % 3, (number + 2) % 3):
                    more = () if place else keeping
                    load, said = session_load(folder, batch_size, "--run-time", "4s", *more)
                    rates[place] = said["acked_events"] / load.seconds
                rounds.append(rates)
            paths = discover([folder / f"ledgers-{batch_size}"])
            size = sum(path.stat().st_size for path in paths)
            records = chain.from_iterable(read(path).records() for path in paths)
            events = sum(record.events for record in records if isinstance(record, Sent))
            yield Row(
                f"with a ledger, {batch_size} a batch", median(kept / plain for kept, plain, _ in rounds), "x", "≥ 0.97",
                f"{median(again / plain for _, plain, again in rounds):.3f} x without one twice; "
                f"{size / events:.1f} bytes an event",
            )  # fmt: skip


def windows() -> Iterator[Row]:
    """Measure what a windowed check costs each second in the hub of its run, by the length of its window."""
    measured = WorkerMetrics()
    chance = Random(7)
    for second in range(WINDOWED_SECONDS):
        for place in range(500):
            at = second + place / 500
            took = chance.lognormvariate(-4.5, 0.7)
            measured.sent(at, at, 20, 18_000)
            measured.answered(at, at, at + took, "practice")
            measured.ended(at + took, 20, "acked")
        measured.report(second + 1.0)
    for length in ("10s", "10m", "1h"):
        windows = Windows(parse_checks([f"response_p99<250ms over {length}"]))
        rounds = []
        for until in range(WINDOWED_SECONDS - 100, WINDOWED_SECONDS + 1, 20):
            used = process_time()
            windows.look(measured.seconds, until)
            rounds.append(1e6 * (process_time() - used) / 20)
        cost = median(rounds[1:])
        yield Row(
            f"a check over {length}, judged in the hub",
            cost,
            "µs/s",
            "≤ 1,000",
            "processor a second of the run",
        )


ROWS = (stamping, loading, ledgers, windows)
