"""Rows of the embedded endpoint: HTTP to fsynced disk, and one Locust process against it."""

import json
import selectors
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from generator import World, find
from generator.collector import CollectorProcess
from generator.datasets.build import sessions
from generator.population.traffic import Traffic
from generator.scenarios.loader import bundled, choose
from generator.spec.identity import make_msgid
from tests.bench.table import Row

BATCHES, BATCH, CLIENTS = 4000, 20, 32


def requests() -> list[bytes]:
    """Make posts of 20 events each, every mid and msgid unique."""
    traffic = Traffic(1, choose(find()), World())
    lines = (
        line
        for session in sessions(traffic, range(100_000), 7)
        for line in session.lines("wire").splitlines()
    )
    made = []
    for number in range(BATCHES):
        events = b",".join(islice(lines, BATCH))
        msgid = make_msgid(number, 7, 1).encode()
        body = b'{"id":"api.sunbird.telemetry","ver":"3.0","ets":1,"params":{"msgid":"%b"},"events":[%b]}' % (
            msgid,
            events,
        )
        head = b"POST /v1/telemetry HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        made.append(head % len(body) + body)
    return made


def post_all(port: int, waiting: list[bytes]) -> float:
    """Post everything over some connections, one request at a time on each; give the seconds it took.

    Bare sockets: a client that costs more than the endpoint would be what is measured.
    """
    selector = selectors.DefaultSelector()
    for _ in range(CLIENTS):
        selector.register(socket.create_connection(("127.0.0.1", port)), selectors.EVENT_READ)
    started = perf_counter()
    for key in selector.get_map().values():
        key.fileobj.sendall(waiting.pop())  # type: ignore[union-attr]
    posting = CLIENTS
    while posting:
        for key, _ in selector.select():
            client: Any = key.fileobj
            # An answer is 91 bytes and a head: one segment.
            answer = client.recv(65_536)
            assert b"SUCCESS" in answer, answer
            if waiting:
                client.sendall(waiting.pop())
            else:
                selector.unregister(client)
                client.close()
                posting -= 1
    return perf_counter() - started


def collecting() -> Iterator[Row]:
    """Measure the endpoint: posts of 20 events over 32 connections, each on disk before its answer."""
    made = requests()
    with tempfile.TemporaryDirectory() as folder, CollectorProcess(Path(folder) / "store") as collector:
        port = int(collector.url.rpartition(":")[2])
        post_all(port, made[: BATCHES // 4])
        rest = made[BATCHES // 4 :]
        count = len(rest) * BATCH
        yield Row("collector, HTTP to fsynced disk, 20 a batch", count / post_all(port, rest), "events/s", "≥ 75,000",
                  f"{CLIENTS} connections, wall clock")  # fmt: skip


def swarming() -> Iterator[Row]:
    """Measure one Locust process that plays sessions as fast as it can (closed model) into the endpoint."""
    with tempfile.TemporaryDirectory() as folder, CollectorProcess(Path(folder) / "store") as collector:
        summary = Path(folder) / "summary.json"
        command = [
            sys.executable, "-m", "locust", "-f", str(bundled("locustfiles") / "session.py"), "--headless", "--only-summary",
            "--host", collector.url, "--users", "40", "--spawn-rate", "40", "--run-time", "10s", "--speed", "1000000",
            "--summary", str(summary),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        said = json.loads(summary.read_text())
        yield Row(
            "Locust users, sessions played live",
            said["events"] / 10,
            "events/s",
            "",
            f"{said['batches'] / 10:,.0f} batches/s",
        )


ROWS = (collecting, swarming)
