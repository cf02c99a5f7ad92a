"""Seconds and latencies of a run: nothing is lost or counted twice between workers and their master."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.load.metrics.latencies import GatheredLatencies, Latencies
from generator.load.metrics.second import COUNTS, Second
from generator.load.metrics.seconds import MergedSeconds, Seconds

WORKERS = ("one", "two", "three")
# What happens: on which worker, in which second, what is counted, how often.
happenings = st.tuples(
    st.sampled_from(WORKERS),
    st.integers(0, 5),
    st.sampled_from([*COUNTS, "service", "response"]),
    st.integers(1, 500),
)


def count(seconds, at, name, amount):
    second = seconds.at(at + 0.5)
    if name in COUNTS:
        setattr(second, name, getattr(second, name) + amount)
    else:
        getattr(second, name).record(amount * 1000)


def rows(seconds):
    """What there is in a series, without seconds in which nothing was."""
    found = (second.as_row() for second in seconds)
    return [row for row in found if set(row) - {"at"}]


@given(
    st.lists(st.one_of(happenings, st.sampled_from(WORKERS)), max_size=60), st.randoms(use_true_random=False)
)
def test_reports_may_come_twice_and_in_any_order(happened, order):
    """Whatever happens, however often a worker reports in between, and however its reports are repeated and
    reordered on the way: the master has what one process has that has seen everything."""
    alone, master = Seconds(), MergedSeconds()
    workers = {name: Seconds() for name in WORKERS}
    reports = []
    for one in happened:
        if isinstance(one, str):
            reports.append((one, workers[one].report(3.0)))
        else:
            worker, at, name, amount = one
            count(alone, at, name, amount)
            count(workers[worker], at, name, amount)
    reports += [(name, workers[name].report(6.0)) for name in WORKERS]
    reports += [report for report in reports if order.random() < 0.3]
    order.shuffle(reports)
    for worker, report in reports:
        master.absorb(worker, json.loads(json.dumps(report)))
        if order.random() < 0.3:
            master.merged()

    assert rows(master.merged()) == rows(alone)
    assert master.merged().total().as_row() == alone.total().as_row()
    assert master.come_to(WORKERS) == 6


def test_a_report_has_what_changed_and_the_current_second():
    """Only touched seconds are reported again, whole; the current one always; on request all of them."""
    seconds = Seconds()
    for at in range(4):
        count(seconds, at, "acked", 1)

    assert [row["at"] for row in seconds.report(3.9)] == [0, 1, 2, 3]
    assert [row["at"] for row in seconds.report(3.95)] == [3]
    count(seconds, 1, "acked", 2)
    assert seconds.report(4.2) == [{"at": 1, "acked": 3}, {"at": 4}]
    assert [row["at"] for row in seconds.report(5, whole=True)] == [0, 1, 2, 3, 4, 5]


def test_reported_seconds_take_little_memory():
    """After a report no histogram is kept open: an hour is an hour of rows."""
    seconds = Seconds()
    for at in range(20):
        count(seconds, at, "service", 5)
    seconds.report(20)

    assert seconds._open == {}
    assert all(len(row.get("service", "")) < 200 for row in seconds._rows.values())


def test_a_lost_report_is_repaired_by_the_last():
    """The last report of a worker gives every second, so what was lost on the way is there in the end."""
    worker, master = Seconds(), MergedSeconds()
    count(worker, 0, "acked", 7)
    worker.report(0.9)  # never arrives
    count(worker, 1, "acked", 2)
    master.absorb("w", worker.report(1.9))
    assert master.merged().total().acked == 2
    master.absorb("w", worker.report(2.0, whole=True))

    assert master.merged().total().acked == 9


def test_a_master_knows_how_far_all_have_come():
    """It has come as far as the slowest of those that still live; one who was never heard has not begun."""
    master = MergedSeconds()
    master.absorb("fast", Seconds().report(9.5))
    master.absorb("slow", Seconds().report(4.5))

    assert master.come_to(["fast", "slow"]) == 4
    assert master.come_to(["fast"]) == 9
    assert master.come_to(["fast", "unheard"]) == 0
    assert master.come_to([]) == 0


def test_a_window_is_what_happened_in_it():
    """The seconds from start to before end are merged, and no others."""
    seconds = Seconds()
    for at in range(10):
        count(seconds, at, "batches", 10**at)

    assert seconds.window(2, 5).batches == 11100
    assert seconds.end == 10
    assert Seconds().window(0, 5).as_row() == {"at": 0}


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (3, "Expected `array`, got `int`"),
        ([{"at": -1}], r"Expected `int` >= 0 - at `\$\[0\].at`"),
        ([{"at": 1}, {"at": 2, "acked": "3"}], r"Expected `int`, got `str` - at `\$\[1\].acked`"),
        ([{"at": 10**9}], r"at `\$\[0\].at`"),
        ([{"service": 5}], r"latencies are given as text - at `\$\[0\].service`"),
        ([{"response": "x"}], "no HDR histogram"),
    ],
    ids=str,
)
def test_a_report_that_makes_no_sense_changes_nothing(report, why):
    """It is refused with the worker's name and the place, and nothing of it is taken."""
    master = MergedSeconds()
    with pytest.raises(UsageError, match=f"^worker w: its report is not understood: .*{why}.*same Footfall"):
        master.absorb("w", report)

    assert rows(master.merged()) == []
    assert master.come_to(["w"]) == 0


names = st.sampled_from(["practice", "course"])
timed = st.tuples(st.sampled_from(WORKERS), names, st.integers(1, 10**6), st.integers(1, 10**6))


@given(st.lists(st.one_of(timed, st.sampled_from(WORKERS)), max_size=40), st.randoms(use_true_random=False))
def test_latencies_by_scenario_merge_likewise(happened, order):
    """Reports by scenario, repeated and reordered, give what one process gives that has seen everything."""
    alone, master = Latencies(), GatheredLatencies()
    workers = {name: Latencies() for name in WORKERS}
    reports = []
    for one in happened:
        if isinstance(one, str):
            reports.append((one, workers[one].report()))
            continue
        worker, name, service, response = one
        for latencies in (alone, workers[worker]):
            latencies[name].service.record(service)
            latencies[name].response.record(response)
    reports += [(name, workers[name].report()) for name in WORKERS] * 2
    order.shuffle(reports)
    for worker, report in reports:
        master.absorb(worker, json.loads(json.dumps(report)))

    assert master.merged().report() == {name: alone.report()[name] for name in sorted(alone)}


@pytest.mark.parametrize(
    ("report", "why"),
    [
        ([], "latencies are given by name, not as list"),
        ({"a": "x"}, "latencies of 'a': give two texts"),
        ({"a": ["", 3]}, "latencies of 'a': give two texts"),
        ({"a": ["", "?"]}, "no HDR histogram"),
    ],
    ids=str,
)
def test_latencies_that_make_no_sense_are_refused(report, why):
    """The line names the worker and what is wrong."""
    with pytest.raises(UsageError, match=f"^worker w: its report is not understood: .*{why}"):
        GatheredLatencies().absorb("w", report)


@given(st.lists(happenings, max_size=20))
def test_a_second_is_its_row(happened):
    """A second, written as a row and read again, is the same, and weighs the same."""
    seconds = Seconds()
    for _, _, name, amount in happened:
        count(seconds, 3, name, amount)
    second = seconds.at(3)
    [again] = Second.of_rows([json.loads(json.dumps(second.as_row()))])

    assert again.as_row() == second.as_row()
    assert again.weight == second.weight
