"""An act of the demo: Locust plays into an endpoint of its own, and the ledger is held against what that has stored."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from generator.cli.terminal import Progress, echo
from generator.collector import CollectorProcess
from generator.collector.server_faults import HEALTHY, ServerFaults
from generator.collector.server_faults import read as read_fault_records
from generator.errors import DeliveryError
from generator.ledger import discover, read
from generator.ledger.record import Sent
from generator.scenarios.loader import bundled
from generator.verify.findings import Delivery
from generator.verify.sink.store import StoreSink
from generator.verify.verifying import verify

_POLL = 0.5
_PATIENCE = 60
"""Seconds which Locust may take beyond the time it plays, to start and to stop."""
_FAREWELL = 5
"""Seconds which Locust may take to stop when the demo is told to."""


class Phase(NamedTuple):
    """What an act came to.

    Attributes:
        folder: where all of it lies.
        summary: of the load run.
        delivery: the verifier's verdict.
    """

    folder: Path
    summary: dict[str, Any]
    delivery: Delivery

    @property
    def store(self) -> Path:
        """What the endpoint has stored."""
        return store_of(self.folder)

    @property
    def ledgers(self) -> Path:
        """What was sent."""
        return self.folder / "ledgers"

    def lost_on_purpose(self) -> set[str]:
        """Give the acknowledged events that the endpoint lost, by its own record."""
        acked = {
            record.msgid(ledger.header.run)
            for ledger in map(read, discover([self.ledgers]))
            for record in ledger.records()
            if isinstance(record, Sent) and record.status == "acked"
        }
        records = (
            record
            for record in read_fault_records(self.store)
            if record.kind == "lost" and record.msgid in acked
        )
        return {mid for record in records for mid in record.mids}


def store_of(folder: Path) -> Path:
    """Say where the endpoint of an act stores."""
    return folder / "store"


def perform(
    folder: Path, told: str, options: Sequence[str], seconds: int, server_faults: ServerFaults = HEALTHY
) -> Phase:
    """Play into an endpoint, and prove what arrived.

    Args:
        folder: where all of it is left.
        told: what is about to be played, in words.
        options: Locust's.
        seconds: how long Locust plays at most.
        server_faults: of the endpoint.

    Raises:
        DeliveryError: Locust did not do what it should.
    """
    folder.mkdir(exist_ok=True)
    store = store_of(folder)
    with CollectorProcess(store, server_faults=server_faults) as collector:
        echo(f"an endpoint listens at {collector.url}; {told}")
        _play(collector, folder, options, seconds)
    summary = json.loads((folder / "summary.json").read_text())
    ledgers = [read(path) for path in discover([folder / "ledgers"])]
    with Progress(0, "events looked at") as progress:
        delivery = verify(ledgers, {"accepted": StoreSink(store)}, heard=lambda done, _: progress.show(done))
    return Phase(folder, summary, delivery)


def _play(collector: CollectorProcess, folder: Path, options: Sequence[str], seconds: int) -> None:
    """Run Locust, and show what the endpoint has stored meanwhile."""
    arguments = [
        sys.executable, "-m", "generator.system.exit_with_parent", "locust", "-f", str(bundled("locustfiles") / "session.py"),
        "--headless", "--only-summary", "--host", collector.url, "--run-time", f"{seconds}s", "--stop-timeout", "10",
        "--ledger", str(folder / "ledgers"), "--summary", str(folder / "summary.json"), *options,
    ]  # fmt: skip
    log = folder / "locust.log"
    with log.open("wb") as output:
        # Its standard input ends when this process does, however it dies.
        locust = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=output, stderr=output)  # noqa: S603
        try:
            _watch(locust, collector, seconds)
        finally:
            _end(locust)
    if not (folder / "summary.json").exists():
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise DeliveryError(
            f"Locust ended with status {locust.returncode}: {last[0]}; all it said is in {log}"
        )


def _end(locust: "subprocess.Popen[bytes]") -> None:
    """End Locust, kindly at first; whoever asks a second time does not want to wait."""
    try:
        if locust.poll() is None:
            locust.terminate()
            with suppress(subprocess.TimeoutExpired):
                locust.wait(_FAREWELL)
    finally:
        locust.kill()
        locust.wait()
        if locust.stdin:
            locust.stdin.close()


def _watch(locust: "subprocess.Popen[bytes]", collector: CollectorProcess, seconds: int) -> None:
    waited = 0.0
    with Progress(0, "events stored") as progress:
        while waited < seconds + _PATIENCE:
            try:
                locust.wait(_POLL)
            except subprocess.TimeoutExpired:
                waited += _POLL
                events = collector.stats()["accepted"]["events"]
                progress.show(events)
                if not sys.stderr.isatty() and waited % 5 == 0:
                    echo(f"{events:,} events stored after {waited:.0f} s")
            else:
                return
    raise DeliveryError(f"Locust did not end {_PATIENCE} s after its time")
