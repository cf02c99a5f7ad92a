"""Saturation: two signs of three, and an endpoint's slowness is never the generator's."""

from itertools import product
from math import ceil

import gevent.event
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.load.checks.saturation import (
    SHORTEST_MS,
    SLEEP_MS,
    STRETCH_MS,
    Saturation,
    limits,
    own_lateness,
    watch,
)  # fmt: skip

HEALTHY = {"lag_ms": 0.5, "cpu_share": 0.3, "late_ms": 1.0, "idle_senders": 4}
SIGNS = {"lag_ms": 6.0, "cpu_share": 0.97, "late_ms": 40.0}


def watched(*stretches):
    saturation = Saturation()
    for sample in stretches:
        for _ in range(ceil(STRETCH_MS / (SLEEP_MS + sample["lag_ms"]))):
            saturation.sample(**sample)
    return saturation


@pytest.mark.parametrize("signs", list(product([False, True], repeat=3)), ids=str)
def test_any_two_signs_are_saturation(signs):
    """Lag, CPU and lateness: one alone has innocent causes, any two of them limit the run and are named."""
    there = [name for name, is_there in zip(SIGNS, signs, strict=True) if is_there]
    found = limits({"": watched({**HEALTHY, **{name: SIGNS[name] for name in there}}).report()})

    assert found.is_limited == (len(there) > 1)
    words = {
        "lag_ms": "the hub woke 6.0 ms late",
        "cpu_share": "97 % of a core used",
        "late_ms": "batches 40 ms late",
    }
    if found.is_limited:
        assert all((words[name] in found.why[0]) == (name in there) for name in SIGNS)


@pytest.mark.parametrize(
    ("offered", "cpu_share", "lag_ms", "is_limited"),
    [(500, 0.18, 0.3, False), (2000, 0.69, 0.9, False), (3500, 0.99, 4.7, True), (5000, 0.97, 4.1, True), (8000, 1.0, 5.2, True)],
)  # fmt: skip
def test_what_was_measured_with_locust_is_judged_as_it_was(offered, cpu_share, lag_ms, is_limited):
    """From 500 to 8,000 requests a second offered: saturated from 3,500 on."""
    sample = {**HEALTHY, "cpu_share": cpu_share, "lag_ms": lag_ms}

    assert limits({"": watched(sample).report()}).is_limited == is_limited


def test_lateness_without_a_free_sender_is_the_endpoint_s():
    """While every sender waits for the endpoint, late batches are no sign; that they waited is noted."""
    held = {"lag_ms": 6.0, "cpu_share": 0.5, "late_ms": 5000.0, "idle_senders": 0}
    found = limits({"": watched(held).report()})

    assert not found.is_limited
    assert found.notes == ["every sender was waiting for the endpoint during 100 % of the run"]
    assert limits({"": watched({**held, "idle_senders": 1}).report()}).is_limited


def test_rare_great_lateness_is_a_sign_and_silence_is_none():
    """More than one sample in twenty beyond 100 ms is a sign though the median is small; without sending none is."""
    busy = {"lag_ms": 6.0, "cpu_share": 0.5, "idle_senders": 2}
    for share, is_limited in ((0.04, False), (0.06, True)):
        saturation = Saturation()
        for place in range(100):
            saturation.sample(late_ms=150.0 if place < share * 100 else 0.1, **busy)
        assert limits({"": saturation.report()}).is_limited == is_limited
    assert not limits({"": watched({**busy, "late_ms": None}).report()}).is_limited


@pytest.mark.parametrize(
    ("sent", "due", "free_since", "own"),
    [
        (10.0, 10.0, 3.0, 0.0),  # in time
        (10.5, 10.0, 3.0, 0.5),  # a sender was there all the while
        (12.0, 10.0, 12.0, 0.0),  # it came free just then
        (12.3, 10.0, 12.0, 0.3),  # the endpoint's 2 seconds are not ours
        (9.0, 10.0, 3.0, 0.0),  # early
    ],
)
def test_lateness_is_split_between_endpoint_and_generator(sent, due, free_since, own):
    """What passes until a sender is free is the endpoint's, the rest is the generator's own."""
    assert own_lateness(sent, due, free_since) == pytest.approx(own)


def test_a_ramp_that_saturates_at_its_end_is_seen():
    """One stretch in twenty is bad luck; three of them are not, though the medians of the run look healthy."""
    bad = {**HEALTHY, **SIGNS}

    assert not limits({"": watched(*[HEALTHY] * 19, bad).report()}).is_limited
    found = limits({"": watched(*[HEALTHY] * 17, *[bad] * 3).report()})
    assert found.why[0].endswith("; for 15 of 100 s")


def test_a_hub_that_is_held_up_weighs_by_its_time():
    """It takes few samples, each of them long: two of thirty seconds are not lost among six thousand good ones."""
    held_up = {**HEALTHY, "lag_ms": 30_000.0, "cpu_share": 1.0}
    saturation = watched(*[HEALTHY] * 12)
    for _ in range(2):
        saturation.sample(**held_up)

    assert limits({"": saturation.report()}).why[0].endswith("; for 60 of 120 s")


def test_any_limited_worker_limits_the_run_and_is_named():
    """Its latencies are among the run's; the others are not blamed."""
    reports = {"w1": watched(HEALTHY).report(), "w2": watched({**HEALTHY, **SIGNS}).report()}
    found = limits(reports)

    assert [line.split(":")[0] for line in found.why] == ["worker w2"]
    assert limits({"w1": reports["w1"]}).why == []
    assert not limits({}).is_limited


@given(st.integers(1, 1500))
def test_a_short_run_is_judged_from_a_second_on(samples):
    """A run that is all saturated is limited, once it has lasted a second; and a report changes nothing."""
    saturation = Saturation()
    for _ in range(samples):
        saturation.sample(**{**HEALTHY, **SIGNS})
    lasted = samples * (SLEEP_MS + SIGNS["lag_ms"])

    assert limits({"": saturation.report()}).is_limited == (lasted >= SHORTEST_MS)
    assert saturation.report() == saturation.report()


@pytest.mark.parametrize("said", [3, [], {"seconds": "many"}, {"worst": 5}], ids=str)
def test_a_report_that_makes_no_sense_is_refused(said):
    """The line names the worker."""
    with pytest.raises(UsageError, match=r"^worker w: its report is not understood: "):
        limits({"w": said})


def test_the_watching_greenlet_takes_samples():
    """In a real hub it samples until it is killed; a hub that is held up shows as lag, CPU and lateness."""
    saturation = Saturation()
    taken = gevent.event.Event()
    samples = []

    def sample(*said):
        samples.append(said)
        if len(samples) >= 3:
            taken.set()

    saturation.sample = sample
    watching = gevent.spawn(watch, saturation, lambda: (2.5, 3))
    try:
        assert taken.wait(10)
    finally:
        watching.kill()

    assert all(lag >= 0 and cpu >= 0 for lag, cpu, _, _ in samples)
    assert {said[2:] for said in samples} == {(2.5, 3)}
