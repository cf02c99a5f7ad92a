"""Measuring: every batch counts once in everything that is said of it, in the seconds in which it happened."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.load.metrics.latencies import GatheredLatencies
from generator.load.metrics.latency import BEYOND
from generator.load.metrics.second import LATE_MS
from generator.load.metrics.seconds import MergedSeconds
from generator.load.metrics.worker_metrics import DROPPED, WorkerMetrics

instants = st.floats(0, 5).map(lambda at: round(at, 3))
spans = st.floats(0, 3).map(lambda span: round(span, 3))
scenarios = st.sampled_from(["practice", "web_portal"])
statuses = st.sampled_from(["acked", "rejected", "unknown"])
# Due, sent so much later, answered so much later still or never, events, bytes, what became of it, and whose.
batches = st.lists(
    st.tuples(instants, spans, spans | st.none(), st.integers(1, 200), st.integers(0, 9999), statuses, scenarios), max_size=30
)  # fmt: skip
dropped = st.lists(st.tuples(instants, st.integers(1, 200)), max_size=10)


def measured_of(sent, left=(), report=lambda measured, at: None):
    """Count batches one after the other; a report may come between any two."""
    measured = WorkerMetrics()
    for due, wait, took, events, size, status, scenario in sent:
        at = due + wait
        measured.offered(due, events)
        measured.sent(due, at, events, size)
        end = at if took is None else at + took
        if took is not None:
            measured.answered(due, at, end, scenario)
        measured.ended(end, events, status)
        report(measured, end)
    for at, events in left:
        measured.dropped(at, events, 1)
    return measured


@given(batches, dropped)
def test_everything_counts_once(sent, left):
    """What was due was sent or dropped; what was sent was acked, rejected or unknown; each number is its batches' sum."""
    total = measured_of(sent, left).seconds.total()

    assert total.offered_events == total.sent_events + total.dropped_events
    assert total.batches == total.answered == len(sent)
    assert total.sent_events == sum(batch[3] for batch in sent)
    assert total.dropped_events == sum(events for _, events in left)
    assert total.bytes == sum(batch[4] for batch in sent)
    assert total.late == sum((batch[0] + batch[1]) - batch[0] > LATE_MS / 1000 for batch in sent)
    assert Counter(batch[5] for batch in sent) == +Counter(
        acked=total.acked, rejected=total.rejected, unknown=total.unknown
    )
    assert total.acked_events == sum(batch[3] for batch in sent if batch[5] == "acked")
    assert total.service.count == sum(batch[2] is not None for batch in sent)
    assert total.response.count == total.service.count + len(left)


@given(batches, dropped)
def test_each_thing_counts_in_its_second(sent, left):
    """Due counts when it was due, sending when it was sent, an answer when it came."""
    seconds = measured_of(sent, left).seconds
    due, out, ended = Counter(), Counter(), Counter()
    for at, events in left:
        due[int(at)] += events
    for at, wait, took, events, *_ in sent:
        due[int(at)] += events
        out[int(at + wait)] += 1
        ended[int(at + wait + (took or 0) if took is not None else at + wait)] += 1

    for second in seconds:
        assert second.offered_events == due.pop(second.at, 0)
        assert second.batches == out.pop(second.at, 0)
        assert second.answered == ended.pop(second.at, 0)
    assert not +due
    assert not +out
    assert not +ended


@given(batches)
def test_response_is_service_and_what_was_waited_before(sent):
    """No answer is faster from the instant it was due than from its sending, and both are what they were to 1 %."""
    for batch in sent:
        _, wait, took, *_ = batch
        if took is None:
            continue
        total = measured_of([batch]).seconds.total()
        service, response = total.service.max, total.response.max
        assert response >= service
        assert abs(service - 1000 * took) <= 10 * took + 0.002
        assert abs(response - 1000 * (wait + took)) <= 10 * (wait + took) + 0.002


@given(batches)
def test_scenarios_together_are_the_run(sent):
    """The latencies by scenario are those of the seconds, dealt out."""
    measured = measured_of(sent)
    total = measured.seconds.total()

    for kind in ("service", "response"):
        of_each = [getattr(timing, kind) for timing in measured.latencies.values()]
        assert sum(latency.count for latency in of_each) == getattr(total, kind).count
        assert max((latency.max for latency in of_each), default=0.0) == getattr(total, kind).max
    assert set(measured.latencies) == {batch[6] for batch in sent if batch[2] is not None}


@given(batches, dropped, st.sets(st.integers(0, 30)))
def test_reports_change_nothing_and_tell_all(sent, left, when):
    """A master that heard reports amidst and the last one has what one has that heard but the last."""
    master, timings, heard = MergedSeconds(), GatheredLatencies(), iter(range(99))

    def hear(measured, at, *, whole=False):
        said = measured.report(at, whole=whole)
        master.absorb("w", said["seconds"])
        timings.absorb("w", said["latencies"])

    def report(measured, at):
        if next(heard) in when:
            hear(measured, at)

    measured = measured_of(sent, left, report)
    hear(measured, 11.0, whole=True)
    wanted = measured_of(sent, left)

    assert master.merged().total().as_row() == wanted.seconds.total().as_row()
    assert timings.merged().report() == dict(sorted(wanted.latencies.report().items()))


def test_the_clock_s_last_digit_is_no_matter():
    """What was due before the run began counts in its first second; an answer that seems to come before its sending as instant."""
    measured = WorkerMetrics()
    measured.offered(-0.4, 3)
    measured.answered(1.0, 1.0, 0.9999, "practice")

    assert [second.at for second in measured.seconds] == [0]
    assert measured.seconds.total().service.max == 0.001


waits = st.lists(st.tuples(instants, spans, spans), max_size=12)


@given(waits, st.sets(st.integers(0, 40)))
def test_what_is_on_its_way_at_the_end_of_a_second_is_noted_with_its_waiting(batches, reports):
    """At the end of each second stands how long each batch had waited that was on its way."""
    measured = WorkerMetrics()
    begun = sorted((due + wait, due, due + wait + took) for due, wait, took in batches)
    under_way, moments = (
        [],
        sorted({at / 4 for at in reports} | {one[0] for one in begun} | {one[2] for one in begun} | {12.0}),
    )
    for now in moments:
        for end, waiting in [one for one in under_way if one[0] <= now]:
            measured.settled(waiting, end)
            under_way.remove((end, waiting))
        for sent, due, end in begun:
            if sent == now:
                under_way.append((end, measured.waits(due, sent)))
        measured.report(now)
    for end, waiting in under_way:
        measured.settled(waiting, end)

    for at in range(12):
        known = [due for sent, due, end in begun if int(sent) < at + 1 <= int(end)]
        waiting = measured.seconds.window(at, at + 1).waiting
        assert waiting.count == len(known)
        if known:
            assert abs(waiting.max - 1000 * (at + 1 - min(known))) <= 10 * (at + 1 - min(known)) + 0.002


@pytest.mark.parametrize(
    ("least", "took", "service", "response"),
    [(0.0, 4.0, 4000, 5000), (30.0, 0.002, None, 31_000), (30.0, 30.5, None, 31_500)],
)
def test_a_batch_without_an_answer_counts_with_the_time_it_waited(least, took, service, response):
    """One that was given up counts so in both latencies; one whose connection was lost with the time-out, in the response."""
    measured = WorkerMetrics()
    measured.unanswered(1.0, 2.0, 2.0 + took, "practice", least)
    total = measured.seconds.total()

    assert total.service.count == (service is not None)
    assert total.service.max == pytest.approx(service or 0, rel=0.01)
    assert total.response.max == pytest.approx(response, rel=0.01)
    assert measured.latencies["practice"].response.max == total.response.max


def test_what_was_dropped_is_beyond_any_bound():
    """Each batch that was never sent stands above all answers in the response, and in the service not at all."""
    measured = WorkerMetrics()
    for _ in range(99):
        measured.answered(0.0, 0.0, 0.01, "practice")
    measured.dropped(0.5, 40, 2)
    total = measured.seconds.total()

    assert total.service.count == 99
    assert total.response.percentile(0.5) < 11
    assert total.response.percentile(0.99) == total.response.max == total.response.mean == BEYOND
    assert measured.latencies[DROPPED].response.count == 2
