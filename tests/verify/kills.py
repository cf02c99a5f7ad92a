"""Kills amid a run: of the collector, of a lone Locust, of workers; and what must be true of what is left."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import groupby
from random import Random
from threading import Lock, Semaphore

from generator.collector import CollectorProcess
from generator.delivery.contracts import Answer, Request
from generator.delivery.http import Http
from generator.ledger import SessionLease, SessionStart, discover, read
from tests.load.conftest import Swarm, free_port
from tests.verify.processes import key, kill, records, statuses, wait_for_events
from tests.verify.standing import (
    Sender,
    assert_is_what_was_done,
    contract,
    delivery_of,
    kept,
    looked_at,
    regenerator,
    told,
)

CLIENTS, SESSIONS = 4, 12
FAST = ("--scenario", "practice", "--rate", "4k", "--ledger", "ledgers", "-t", "60s")


def kill_a_collector(folder, seed):
    """Kill a collector amid posts over some connections, start it again, and send again what it did not acknowledge.

    What is left is judged each time.
    """
    sender, waiting = Sender(folder / "ledgers"), []
    for _ in range(SESSIONS):
        waiting += sender.begin()
    store = folder / "store"
    after = Random(seed).randrange(1, len(waiting) - CLIENTS)
    for attempt, enough in enumerate((after, len(waiting))):
        with CollectorProcess(store) as collector:
            waiting = _post(collector, sender, waiting, attempt, enough)
        sender.flush()
        found = looked_at(folder / "ledgers", store, maker_of=lambda _: regenerator())

        assert_is_what_was_done(found, sender.statuses(), store)
        assert found.lost.events == found.altered.events == found.duplicated.events == 0
    sender.close()
    assert found.found == found.acked == found.attempted == sum(kept(store).values())


def _post(collector, sender, batches, attempt, enough):
    """Post batches, each session's in turn; kill the collector where so many acknowledged ones are not all of them.

    Gives those that were not acknowledged.
    """
    http, lock, one_more, left = Http(collector.url, contract(), timeout=60), Lock(), Semaphore(0), []

    def post(session):
        for place, batch in enumerate(session):
            answer = http.ask(
                Request("POST", "/v1/telemetry", {"Content-Type": "application/json"}, batch.body)
            )
            receipt = contract().judge(answer) if isinstance(answer, Answer) else answer
            with lock:
                sender.note(batch, attempt, receipt)
                if receipt.status != "acked":
                    left.extend(session[place:])
                    break
            one_more.release()

    with ThreadPoolExecutor(CLIENTS) as pool:
        posting = [pool.submit(post, list(one)) for _, one in groupby(batches, lambda batch: batch.session)]
        for _ in range(min(enough, len(batches))):
            one_more.acquire(timeout=60)
        if enough < len(batches):
            collector.kill()
    for one in posting:
        one.result()
    return left


def kill_a_locust(folder, served, seed):
    """Kill a lone Locust after some events; give how many it had sent of which its ledger says nothing."""
    swarm = Swarm(folder, ("--headless", "--host", served.url, *FAST), {})
    try:
        wait_for_events(served, swarm, served.accepted + Random(seed).randrange(1, 2000))
    finally:
        kill(swarm)
    return assert_is_exact(folder / "ledgers", served.store)


def kill_workers(folder, served, workers):
    """Kill workers one after the other amid a run, all but the last; give as `kill_a_locust`."""
    port = free_port()
    master = ("--master", "--headless", "--expect-workers", workers, "--master-bind-port", port)
    with ExitStack() as stack:

        def start(*options):
            swarm = Swarm(folder, options, {})
            stack.callback(kill, swarm)
            return swarm

        first = start(*master, "--host", served.url, *FAST)
        running = [start("--worker", "--master-port", port) for _ in range(workers)]
        first.wait_for("total users)")
        for worker in running[:-1]:
            wait_for_events(served, first, served.accepted + 1000)
            kill(worker)
    return assert_is_exact(folder / "ledgers", served.store)


def assert_is_exact(ledgers, store):
    """By what killed processes left behind nothing is lost and nothing unexpected, and each event has its place."""
    delivery, said = delivery_of(ledgers, store, partial=True), statuses(ledgers)
    found = delivery.stages[0]
    runs = {read(path).header.run for path in discover([ledgers])}
    own = {mid for mid in kept(store) if int(mid.partition(":")[2][8:16], 16) in runs}
    acked = {mid for mid in own if said.get(key(mid)) == "acked"}
    opened = {one.session for one in records(ledgers, SessionStart)}

    assert not any(read(path).is_whole for path in discover([ledgers]))
    assert delivery.leased == sum(one.last - one.first + 1 for one in records(ledgers, SessionLease))
    assert delivery.unaccounted == delivery.leased - len(opened)
    assert (
        f"{delivery.unaccounted:,} of {delivery.leased:,} leased sessions are unaccounted for"
        in delivery.sentence
    )
    assert delivery.outcome == ("delivered" if found.acked else "unknown")
    assert {name: fault.events for name, fault in found.faults.items() if fault.events} == {}
    assert found.found == found.acked == len(acked) == [*said.values()].count("acked")
    assert told(found.recovered) == own - acked
    assert found.compared == len({mid for mid in own if key(mid)[0] in opened})
    assert found.not_compared == len(own) - found.compared
    assert found.foreign == found.held - len(own)
    return len({mid for mid in own if key(mid) not in said})
