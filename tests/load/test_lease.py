"""Leases: the parts of all workers are the whole rate, whoever is paused, comes or goes, and never more."""

from itertools import pairwise
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from generator.load.open_load import OpenLoad
from generator.load.rates.adherence import adherence
from generator.load.rates.arrivals import Arrivals
from generator.load.rates.lease import LEAD, LENGTH, RateLease, RateSplit
from generator.load.rates.profile import Profile
from generator.load.schedule import EventSchedule

TICK, MISSING_AFTER, END = 0.5, 3.0, 40.0
PROFILE = Profile.parse("600")


class Worker:
    """A worker that hears its leases while it is not paused, and notes which parts it had."""

    def __init__(self, comes=0.0, pauses=()):
        self.comes, self.pauses = comes, pauses
        self.arrivals = Arrivals(PROFILE, "constant", share=0.0)
        self.offer = OpenLoad(
            EventSchedule(self.arrivals, lambda *_, **__: None, lambda: False), self.arrivals
        )
        self.heard_at = -inf

    def is_awake(self, now):
        return now >= self.comes and not any(start <= now < end for start, end in self.pauses)


def shares_of(workers):
    """Let time pass; return the parts that each worker had."""
    split = RateSplit()
    now = 0.0
    while now < END:
        for worker in workers.values():
            if worker.is_awake(now):
                worker.heard_at = now
        alive = {name for name, worker in workers.items() if now - worker.heard_at < MISSING_AFTER}
        for name, lease in split.divide(now, alive, alive).items():
            if workers[name].is_awake(now):
                workers[name].offer.grant(lease)
        now += TICK
    return [worker.offer.shares(END) for worker in workers.values()]


pauses = st.lists(st.tuples(st.floats(0, 30), st.floats(0, 12)), max_size=2).map(
    lambda found: [(start, start + length) for start, length in found]
)
swarms = st.lists(st.builds(Worker, st.sampled_from([0.0, 0.0, 7.3]), pauses), min_size=1, max_size=5)


@given(swarms)
def test_all_parts_together_are_never_more_than_the_rate(workers):
    """Whoever is paused and for how long, whoever joins late: at no instant is more offered than the profile asks for."""
    shares = shares_of({str(place): worker for place, worker in enumerate(workers)})
    changes = sorted({at for worker in shares for at, _ in worker} | {END})

    for start, end in pairwise(changes):
        middle = (start + end) / 2
        parts = [[share for at, share in worker if at <= middle][-1:] for worker in shares]
        assert sum(map(sum, parts)) <= 1 + 1e-9, (middle, shares)


def test_a_worker_that_was_paused_gets_its_part_back_and_the_rate_stays():
    """One of four stands still for six seconds: after its lease the others take over, and afterwards nobody has too much."""
    workers = {name: Worker() for name in "abc"} | {"paused": Worker(pauses=[(10.0, 16.0)])}
    shares = shares_of(workers)
    found = adherence(PROFILE, shares, END)

    assert 0.98 <= found.part <= 1
    assert all(stretch.part <= 1 for stretch in found.deviations)
    assert [[share for _, share in one] for one in shares] == [
        [0.0, 0.25, 1 / 3, 0.25, 0.0], [0.0, 0.25, 1 / 3, 0.25, 0.0], [0.0, 0.25, 1 / 3, 0.25, 0.0],
        [0.0, 0.25, 0.0, 0.25, 0.0],
    ]  # fmt: skip


def test_a_worker_that_stays_away_is_replaced_after_its_lease():
    """One of two is killed: what is not offered is its part from the end of its lease until the other one has taken over."""
    found = adherence(PROFILE, shares_of({"a": Worker(), "killed": Worker(pauses=[(10.0, inf)])}), END)

    assert all(stretch.part == 0.5 for stretch in found.deviations)
    assert sum(stretch.end - stretch.start for stretch in found.deviations) <= MISSING_AFTER + TICK + LEAD


def test_a_worker_without_senders_has_no_part():
    """Who has no sender any more gives its part to those that have one, from the same instant on, when its lease ends."""
    split = RateSplit()
    split.divide(0.0, {"a", "b"}, {"a", "b"})
    leases = split.divide(1.0, {"a"}, {"a", "b"})

    assert leases["a"][:2] == (1.0, LENGTH)
    assert leases["b"][:2] == (0.0, LENGTH)


def test_a_part_that_only_grows_need_not_wait_for_a_lease():
    """Where one has left whose lease is over, the others take its part at once."""
    split = RateSplit()
    split.divide(0.0, {"a", "b"}, {"a", "b"})
    split.divide(5.0, {"a", "b"}, {"a"})

    assert split.divide(6.0, {"a"}, {"a"})["a"] == RateLease(1.0, 6.0 + LEAD, 6.0 + LENGTH)


def test_the_last_lease_has_no_end():
    """Towards the end of the profile a lease is good for all that is left, so that a worker can tell that it is over."""
    split = RateSplit(duration=12.0)

    assert split.divide(0.0, {"a"}, {"a"})["a"] == RateLease(1.0, 0.0, LENGTH)
    assert split.divide(9.0, {"a"}, {"a"})["a"] == RateLease(1.0, 0.0, inf)
