"""Arrivals: due times that never go back, as many as the profile says, whatever becomes of a worker's share."""

from itertools import pairwise
from math import inf, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.load.rates.arrivals import PROCESSES, Arrivals
from generator.load.rates.profile import Profile

TEXTS = [
    "200", "ramp:0..400 in 10s", "steps:100,0,300 each 5s", "spike:50..900 at 3s for 2s", "soak:200 for 60s",
    "breakpoint:10..500 in 20s", "day:300 in 30s", "points:0s=0,2s=500,2s=0,9s=0,20s=200",
]  # fmt: skip
profiles = st.sampled_from(TEXTS).map(Profile.parse)
processes = st.sampled_from(PROCESSES)
shares = st.sampled_from([0.0, 0.05, 0.25, 0.5, 1.0])
moves = st.lists(st.tuples(st.floats(0.01, 5), shares), max_size=6)


def until(arrivals, end, size=1.0):
    """Take what is due up to an instant."""
    taken = []
    while (due := arrivals.next(size)) <= end:
        taken.append(due)
    return taken


def played(arrivals, changes, end):
    """Take what is due up to an instant, as an engine does: the share changes when the clock comes to it."""
    taken, changes = [], list(changes)
    due = arrivals.next()
    while True:
        while changes and changes[0][0] <= min(due, end):
            at, share = changes.pop(0)
            due = arrivals.set_share(share, at)
        if due > end:
            return taken
        taken.append(due)
        due = arrivals.next()


def dated(moves):
    """Give changes of share their instants."""
    at, changes = 0.0, []
    for pause, share in moves:
        at += pause
        changes.append((at, share))
    return changes


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("phase", [0, 0.25, 0.75])
def test_a_constant_process_counts_as_the_profile_does(text, phase):
    """At every instant the number of things due is the area, within one."""
    profile = Profile.parse(text)
    arrivals = Arrivals(profile, "constant", phase=phase)
    due = until(arrivals, 60)

    for count, at in enumerate(due, start=1):
        assert abs(profile.area(at) - count) <= 1
    assert abs(profile.area(60) - len(due)) <= 1


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [1.0, 20.0])
def test_a_poisson_process_counts_as_the_profile_does_but_for_chance(text, size):
    """The units due are the area within six standard deviations, whatever the seed and the size of a thing."""
    profile = Profile.parse(text)
    for seed in range(5):
        due = until(Arrivals(profile, "poisson", seed, text), 60, size)

        assert abs(len(due) * size - profile.area(60)) <= 6 * size * sqrt(profile.area(60) / size)


def test_poisson_gaps_are_exponential():
    """At a constant rate the gaps' mean and standard deviation are both one over the rate."""
    due = until(Arrivals(Profile.parse("1k"), "poisson", 1), 50)
    gaps = [two - one for one, two in pairwise(due)]
    mean = sum(gaps) / len(gaps)

    assert mean == pytest.approx(0.001, rel=0.03)
    assert sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) == pytest.approx(0.001, rel=0.03)


@given(profiles, processes, st.lists(st.sampled_from([0.0, 0.5, 1.0, 20.0]), max_size=50), moves)
def test_due_times_never_go_back(profile, process, sizes, moves):
    """However late the caller is when the share changes, what comes next is not due before what came last."""
    arrivals, changes = Arrivals(profile, process, 7), dated(moves)
    last = 0.0
    for place, size in enumerate(sizes):
        due = arrivals.next(size)
        assert due >= last
        last = due
        if changes and place % 3 == 2:
            last = arrivals.set_share(changes[0][1], changes.pop(0)[0])


@given(profiles, processes, moves, st.integers(0, 9))
def test_the_same_calls_give_the_same_times(profile, process, moves, seed):
    """Two with one seed agree to the last bit."""
    one, two = (played(Arrivals(profile, process, seed, "worker"), dated(moves), 20) for _ in range(2))

    assert one == two


def test_another_seed_gives_other_times():
    """Workers with different parts in their seeds do not fire together."""
    one, two = (Arrivals(Profile.parse("100"), "poisson", 1, worker) for worker in (0, 1))

    assert not {one.next() for _ in range(100)} & {two.next() for _ in range(100)}


@given(profiles, moves, st.floats(0, 20))
def test_a_share_that_changes_makes_no_burst_and_no_gap(profile, moves, end):
    """A constant process has offered what its share of the area came to, within one, whatever its share went through."""
    arrivals = Arrivals(profile, "constant")
    due = played(arrivals, dated(moves), end)

    assert abs(arrivals.expected(end) - len(due)) <= 1 + 1e-6
    for count, at in enumerate(due, start=1):
        assert arrivals.expected(at) == pytest.approx(count, abs=1e-6)


@given(moves, st.integers(0, 9))
def test_a_late_caller_gets_the_same_times(moves, seed):
    """Who asks for the times only after the share has changed gets those that were due when it changed."""
    profile, changes = Profile.parse("40"), dated(moves)
    late = Arrivals(profile, "poisson", seed)
    for at, share in changes:
        late.set_share(share, at)

    assert until(late, 10) == pytest.approx(played(Arrivals(profile, "poisson", seed), changes, 10))


@given(profiles, moves, st.floats(0, 60))
def test_workers_together_offer_the_profile(profile, moves, t):
    """Where the shares are one in sum at any time, what is expected of all is the area of the profile."""
    changes = dated(moves)
    one, two = Arrivals(profile, share=1.0), Arrivals(profile, share=0.0)
    for at, share in changes:
        one.set_share(share, at)
        two.set_share(1 - share, at)

    assert one.expected(t) + two.expected(t) == pytest.approx(profile.area(t))


def test_workers_together_are_as_regular_as_one():
    """Four constant processes in phase give the times of one at the whole rate."""
    profile = Profile.parse("ramp:10..90 in 10s")
    workers = [Arrivals(profile, "constant", share=0.25, phase=worker / 4) for worker in range(4)]
    together = sorted(due for worker in workers for due in until(worker, 10))
    alone = until(Arrivals(profile, "constant"), 10)

    assert together == pytest.approx(alone)


def test_poisson_workers_together_count_as_one():
    """Eight Poisson processes with an eighth each offer the whole, within six standard deviations."""
    profile = Profile.parse("ramp:0..2k in 10s")
    count = sum(len(until(Arrivals(profile, "poisson", 3, worker, share=1 / 8), 10)) for worker in range(8))

    assert abs(count - profile.area(10)) <= 6 * sqrt(profile.area(10))


def test_a_worker_without_a_share_has_nothing_due_until_it_gets_one():
    """With no share nothing is due; with one again, the thing that waited is due as far on as it was."""
    arrivals = Arrivals(Profile.parse("10"), "constant")
    first = arrivals.next()
    idle = arrivals.set_share(0, 0.05)
    woken = arrivals.set_share(0.5, 3)

    assert (first, idle) == (0.1, inf)
    assert arrivals.due == woken
    assert woken == pytest.approx(3.1)
    assert arrivals.next() == pytest.approx(3.3)


def test_a_worker_that_begins_without_a_share_can_be_asked_before_it_gets_one():
    """What was never due is due once there is a share; nothing was lost by asking."""
    arrivals = Arrivals(Profile.parse("10"), "constant", share=0)
    first = arrivals.next()

    assert first == inf
    assert arrivals.set_share(1, 2) == arrivals.due == pytest.approx(2.1)
    assert arrivals.next() == pytest.approx(2.2)


def test_a_thing_that_is_due_already_stays_due():
    """A share that changes moves only what is still to come."""
    arrivals = Arrivals(Profile.parse("10"), "constant")
    first = arrivals.next()

    assert arrivals.set_share(0.5, 5) == first
    assert [arrivals.next() for _ in range(2)] == pytest.approx([0.2, 0.3])
    assert arrivals.expected(7) == pytest.approx(60)
    assert arrivals.expected(1) == pytest.approx(10)


def test_a_change_that_comes_late_counts_from_the_last_one():
    """An instant before the last change is taken as that change's: what has been offered stays offered."""
    one, two = (Arrivals(Profile.parse("10"), "constant") for _ in range(2))
    for arrivals, late in ((one, 1), (two, 4)):
        arrivals.set_share(0.5, 4)
        arrivals.set_share(0.25, late)

    assert until(one, 9) == until(two, 9)
    assert one.expected(8) == two.expected(8) == pytest.approx(50)


def test_after_the_end_nothing_is_due():
    """A profile that ends gives its last thing, and then never another."""
    arrivals = Arrivals(Profile.parse("10 for 1s"), "constant", share=0.5)

    assert [arrivals.next() for _ in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, inf])
    assert arrivals.expected(inf) == pytest.approx(5)


def test_a_process_that_is_none_is_refused():
    """The error names the nearest."""
    with pytest.raises(UsageError, match="'poison': did you mean poisson"):
        Arrivals(Profile.parse("5"), "poison")


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), inf])
def test_numbers_out_of_range_are_refused(value):
    """A share is from 0 to 1, a phase below 1, a size 0 or more."""
    arrivals = Arrivals(Profile.parse("5"))

    with pytest.raises(ValueError, match="share"):
        Arrivals(arrivals.profile, share=value)
    with pytest.raises(ValueError, match="phase"):
        Arrivals(arrivals.profile, phase=value)
    with pytest.raises(ValueError, match="share"):
        arrivals.set_share(value, 1)
    if not value > 0:
        with pytest.raises(ValueError, match="size"):
            arrivals.next(value)
