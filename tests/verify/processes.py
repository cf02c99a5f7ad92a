"""Real processes for the tests of delivery: `footfall serve`, Locust, and when what has arrived is enough."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from urllib.request import urlopen

from generator.ledger import Sent, discover, read
from generator.spec.identity import read_mid
from tests.load.conftest import Swarm

STRENGTH = ["rejected", "unknown", "acked"]


class Serving:
    """A `footfall serve` that answers, and where it stores."""

    def __init__(self, store, *options):
        self.store = store
        command = [sys.executable, "-m", "generator.cli", "serve", "--port", "0", "--store", str(store)]
        self.process = subprocess.Popen(
            [*command, *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().strip()

    @property
    def accepted(self):
        """How many events it has accepted."""
        with urlopen(f"{self.url}/stats", timeout=60) as answer:
            return json.load(answer)["accepted"]["events"]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)


@contextmanager
def serving(store, *options):
    """Serve while the block lasts."""
    served = Serving(store, *options)
    try:
        yield served
    finally:
        served.end()


@contextmanager
def locust(folder, *options):
    """Run Locust; what is left of it at the end of the block is killed."""
    swarm = Swarm(folder, ("--headless", *options), {})
    try:
        yield swarm
    finally:
        kill(swarm)


def kill(swarm):
    """End it as `kill -9` does."""
    if swarm.process.poll() is None:
        swarm.process.kill()
        swarm.end()


def wait_for_events(served, swarm, count):
    """Wait until so many events were accepted; whoever sends them must not have ended before."""
    while served.accepted < count:
        with suppress(subprocess.TimeoutExpired):
            swarm.process.wait(0.02)
        assert swarm.process.poll() is None, swarm.end() and swarm.err


def key(mid):
    """Give what of a mid the ledger knows: the session, and the sequence."""
    ours = read_mid(mid)
    return ours.session, ours.sequence


def statuses(ledgers):
    """Read what ledgers say of each event: the best of all attempts."""
    best: dict[tuple[int, int], str] = {}
    for one in records(ledgers, Sent):
        for sequence in range(one.first, one.first + one.events):
            known = best.get((one.session, sequence), one.status)
            best[one.session, sequence] = max(known, one.status, key=STRENGTH.index)
    return best


def records(ledgers, kind) -> Iterable:
    """Read the records of one kind of all ledgers in a folder."""
    return (one for path in discover([ledgers]) for one in read(path).records() if isinstance(one, kind))
