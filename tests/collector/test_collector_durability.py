"""What was acknowledged is on disk, once, however the collector dies; and it is known again afterwards."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from threading import Semaphore

import psutil
import pytest
from talking import batch, event, post

from generator.collector.store import read

CLIENTS, BATCHES, EACH = 8, 400, 5


def holder(port):
    """Find the process of ours that listens at a port."""
    return next(
        process.pid
        for process in psutil.Process().children(recursive=True)
        if any(
            each.status == psutil.CONN_LISTEN and each.laddr.port == port
            for each in process.net_connections("tcp4")
        )
    )


def a_batch(number):
    """Make batch `number` and name its mids; each batch brings events of its own."""
    events = [event(number * EACH + at) for at in range(EACH)]
    return batch(events, f"batch-{number}"), [each["mid"] for each in events]


def accepted(store):
    """Count the accepted events by mid."""
    return Counter(json.loads(each.event)["mid"] for each in read(store, ["accepted"]))


def send(url, numbers, acked, one_more):
    """Send batches until the other side dies; note which were acknowledged."""
    for number in numbers:
        try:
            if post(url, a_batch(number)[0]).status == 200:
                acked.append(number)
                one_more.release()
        except (OSError, HTTPException):
            return


@pytest.mark.parametrize("after", [1, 60, 300])
def test_kill_9_under_load_loses_nothing_that_was_acknowledged(collect, after):
    """Killed amid concurrent posts, the store holds every acknowledged event exactly once.

    Once all is sent again to a restarted collector, every event is accepted exactly once.
    """
    collector = collect()
    acked, one_more = [], Semaphore(0)
    shares = [range(start, BATCHES, CLIENTS) for start in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for share in shares:
            pool.submit(send, collector.url, share, acked, one_more)
        for _ in range(after):
            assert one_more.acquire(timeout=20)
        port = int(collector.url.rpartition(":")[2])
        os.kill(holder(port), signal.SIGKILL)

    kept = accepted(collector.store)
    assert {mid for number in acked for mid in a_batch(number)[1]} <= set(kept)
    assert set(kept.values()) == {1}

    again = collect()
    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = list(pool.map(lambda number: post(again.url, a_batch(number)[0]).status, range(BATCHES)))
    kept = accepted(again.store)

    assert set(statuses) == {200}
    assert kept == Counter(mid for number in range(BATCHES) for mid in a_batch(number)[1])


def test_a_batch_half_stored_when_the_power_went_is_completed_by_its_resending(collect):
    """Events without their batch's own line were never acknowledged: the batch counts as new, its events not."""
    collector = collect()
    body, mids = a_batch(1)
    post(collector.url, body)
    collector.kill()
    (collector.store / "batches-000001.jsonl").write_bytes(b"")
    segment = collector.store / "accepted-000001.jsonl"
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join(lines[:2]) + lines[2][:50])

    again = collect()
    post(again.url, body)

    assert accepted(again.store) == Counter(mids)
    assert "cut 50 bytes of a line never acknowledged" in again.stderr_tail()
    assert len(list(read(again.store, ["duplicate"]))) == 2


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_restart_recognises_what_it_saw_before(collect, end):
    """After any end, batches are known by msgid and events by mid."""
    collector = collect()
    post(collector.url, a_batch(1)[0])
    getattr(collector, end)()
    again = collect()
    post(again.url, a_batch(1)[0])
    post(again.url, batch([event(EACH)], "another"))

    reasons = Counter(reason for each in read(again.store, ["duplicate"]) for reason in each.reasons)
    assert reasons == {"msgid seen before": EACH, "mid seen before": 1}


def test_sigterm_ends_it_cleanly_with_everything_on_disk(collect):
    """SIGTERM and SIGINT end it with status 0."""
    collector = collect()
    post(collector.url, a_batch(1)[0])

    assert collector.stop() == 0
    assert len(accepted(collector.store)) == EACH


@pytest.mark.parametrize("fork", [False, True])
def test_the_child_ends_when_its_parent_is_killed(tmp_path, fork):
    """Killing the process that started a collector leaves no orphan behind, not even while its forks live on."""
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom generator.collector import CollectorProcess\n"
        "with CollectorProcess(Path(sys.argv[1])) as collector:\n"
        f"    {fork} and os.fork() or print(collector.pid, flush=True)\n    os._exit(len(sys.stdin.read()))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        child.wait(timeout=20)

    assert not child.is_running()
