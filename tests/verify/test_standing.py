"""The standing test of delivery: what verify finds is what the collector did, exactly, over many seeds."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from generator.collector.server_faults import ServerFaults
from generator.collector.server_faults import read as read_fault_records
from generator.delivery.receipt import rejected
from tests.verify.processes import key, locust, serving, statuses
from tests.verify.standing import (
    NO_ANSWER,
    SHARES,
    FaultyCollector,
    Sender,
    assert_is_what_was_done,
    kept,
    looked_at,
    regenerator,
)

WAYS = ["heard", "heard", "heard", "answer lost", "lost", "refused before", "refused behind"]
"""What becomes of a batch between sender and endpoint: a gateway stands there, and the network."""
REFUSED = rejected("502 Bad Gateway")

pytestmark = pytest.mark.usefixtures("every_example")


class Runs(RuleBasedStateMachine):
    """A run: sessions begin, batches are sent and sent again, answers are lost, the collector is killed."""

    @initialize(
        shares=st.fixed_dictionaries({name: st.sampled_from([0.2, 0.0, 0.1]) for name in SHARES}),
        seed=st.integers(0, 2**63 - 1),
    )
    def begin(self, shares, seed):
        self.folder = Path(tempfile.mkdtemp(prefix="standing-"))
        self.collector = FaultyCollector(self.folder / "store", ServerFaults(**shares, seed=seed))
        self.sender = Sender(self.folder / "ledgers")
        self.batches, self.attempts = self.sender.begin() + self.sender.begin(), Counter()
        self.is_ended = False

    @rule()
    def begin_a_session(self):
        self.batches += self.sender.begin()

    @rule(chosen=st.lists(st.tuples(st.integers(0, 50), st.sampled_from(WAYS)), min_size=3, max_size=9))
    def send(self, chosen):
        """Send some batches at once, each for the first time or again."""
        ways = {at % len(self.batches): way for at, way in chosen}
        arriving = [at for at, way in ways.items() if way not in {"lost", "refused before"}]
        answers = dict(
            zip(arriving, self.collector.post([self.batches[at].body for at in arriving]), strict=True)
        )
        for at, way in ways.items():
            if way.startswith("refused"):
                self._note(at, REFUSED)
            else:
                self._note(at, answers[at] or NO_ANSWER if way == "heard" else NO_ANSWER)

    @rule(at=st.integers(0, 50), part=st.floats(0, 1))
    def kill_the_collector(self, at, part):
        """It dies amid a batch, at any byte, and starts again."""
        at %= len(self.batches)
        self.collector.post_and_be_killed(self.batches[at].body, part)
        self._note(at, NO_ANSWER)

    def _note(self, at, receipt):
        self.sender.note(self.batches[at], self.attempts[at], receipt)
        self.attempts[at] += 1

    @rule()
    def restart_the_collector(self):
        self.collector.restart()

    @rule()
    def flush_the_ledger(self):
        self.sender.flush()

    @rule()
    def verify(self):
        """Amid the run, and where the sender is killed now: what it did not write down may be there or not."""
        found = looked_at(self.folder / "ledgers", self.collector.store, maker_of=lambda _: regenerator())

        assert_is_what_was_done(
            found, self.sender.statuses(), self.collector.store, self.sender.can_make, is_whole=self.is_ended
        )

    def teardown(self):
        if not hasattr(self, "folder"):
            return
        try:
            self.verify()
            self.sender.close()
            self.is_ended = True
            self.verify()
        finally:
            self.collector.close()
            shutil.rmtree(self.folder)


TestRuns = Runs.TestCase
TestRuns.settings = settings(
    max_examples=60, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


BADLY = ("--lose", 0.004, "--duplicate", 0.004, "--alter", 0.004, "--reorder", 0.02, "--fail", 0.02,
         "--close-after-read", 0.01, "--delay", "0ms..20ms", "--fault-seed", 7)  # fmt: skip


def test_a_run_through_locust_is_judged_exactly(tmp_path):
    """Tens of thousands of events, every kind of server fault, batches sent again: each is found, and nothing else."""
    with serving(tmp_path / "store", *BADLY) as served:
        options = "--host", served.url, "--rate", "8k", "-t", "4s", "--retries", 1, "--ledger", "ledgers"
        with locust(tmp_path, "--users", 16, "--spawn-rate", 100, *options) as run:
            run.end()
        found = looked_at(tmp_path / "ledgers", served.store)
        seen = {mid for record in read_fault_records(served.store) for mid in record.mids} | kept(
            served.store
        ).keys()
    said = statuses(tmp_path / "ledgers")

    assert {key(mid) for mid in seen} == said.keys()
    assert_is_what_was_done(found, {mid: said[key(mid)] for mid in seen}, served.store, is_whole=True)
    assert min(
        fault.events for name, fault in found.faults.items() if name in {"lost", "duplicated", "altered"}
    )
    assert found.recovered.events
