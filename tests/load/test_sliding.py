"""A window that slides says what the seconds say that it covers."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.load.checks.check import Check, parse_checks
from generator.load.checks.windows import Windows
from generator.load.metrics.metrics import METRICS, OF_THE_RUN
from generator.load.metrics.sliding_window import Slice, SlidingWindow
from generator.load.metrics.worker_metrics import WorkerMetrics

batches = st.lists(
    st.tuples(
        st.integers(0, 11), st.sampled_from([0.0, 0.4, 3.0]), st.sampled_from([0.001, 0.2, 0.9, 4.0]), st.integers(1, 50),
        st.sampled_from(["acked", "rejected", "unknown", "dropped"]),
    ), max_size=40,
)  # fmt: skip


def seconds_of(sent):
    """Give the seconds of a run with these batches."""
    measured = WorkerMetrics()
    for at, late, took, events, status in sent:
        due = float(at)
        if status == "dropped":
            measured.dropped(due, events, 1)
            continue
        measured.offered(due, events)
        measured.sent(due, due + late, events, 100)
        measured.answered(due, due + late, due + late + took, "practice")
        measured.ended(due + late + took, events, status)
    return measured.seconds


@given(batches, st.integers(1, 14))
def test_a_window_that_slides_has_every_figure_of_the_seconds_it_covers(sent, length):
    """At every step each metric is what it is of the merged seconds."""
    seconds, sliding, slices = seconds_of(sent), SlidingWindow(length), deque(maxlen=length + 1)
    for end in range(1, 20):
        newest = seconds.window(end - 1, end)
        slices.append(Slice.of(newest))
        sliding.step(slices, newest.waiting)
        merged = seconds.window(max(0, end - length), end)
        for name in METRICS.keys() - OF_THE_RUN:
            said, wanted = (METRICS[name].value(one, length) for one in (sliding, merged))
            assert said == (wanted if wanted is None else pytest.approx(wanted)), name


@given(batches, st.sampled_from(["response_p99<1s", "response_max<2s", "dropped<3"]), st.integers(1, 6))
def test_windows_are_judged_at_the_end_with_all_that_was_dropped(sent, text, length):
    """A run that is looked at only when all is known, and one whose drops become known at its end, are judged alike."""
    check = Check.parse(f"{text} over {length}s")
    known, live = Windows([check]), Windows([check])
    before, after = seconds_of([one for one in sent if one[4] != "dropped"]), seconds_of(sent)
    live.look(before, 17)
    live.finish(after, 20)
    known.look(after, 20)

    had_failed = any(one.verdict == "failed" for one in _of(check, before, 17))
    [said], [wanted] = live.judgements(), known.judgements()
    assert said.verdict == ("failed" if had_failed else wanted.verdict)


def _of(check, seconds, until):
    windows = Windows([check])
    windows.look(seconds, until)
    return windows.judgements()


@pytest.mark.parametrize(("text", "verdict"), [
    ("response_p99<250ms over 4s", "failed"), ("response_p50<250ms over 4s", "passed"),
    ("service_p99<250ms over 4s", "passed"), ("response_p99<10s over 4s", "passed"),
])  # fmt: skip
def test_a_fifth_that_hangs_is_in_the_response_while_it_hangs(text, verdict):
    """Where four of five batches are answered at once, the fifth counts with the time it has waited by the window's end."""
    measured = WorkerMetrics()
    for second in range(8):
        for place in range(10):
            at = second + place / 10
            measured.sent(at, at, 20, 100)
            if place % 5:
                measured.answered(at, at, at + 0.01, "practice")
                measured.ended(at + 0.01, 20, "acked")
            else:
                measured.waits(at, at)
        measured.report(second + 0.999)
    measured.report(8.0)
    windows = Windows(parse_checks([text]))
    windows.look(measured.seconds, 8)

    assert [one.verdict for one in windows.judgements()] == [verdict]


@pytest.mark.parametrize(
    "text", ["response_p99<250ms", "response_p99<=9999s", "response_max<100s over 2s", "response_p99==1s"]
)
def test_nothing_below_a_bound_is_said_of_what_is_beyond_any(text):
    """A figure beyond any bound fails every upper limit, also one of an hour, and the words say so."""
    check = Check.parse(text)
    said = check.judge({check.metric: 3_600_000.0})

    assert said.verdict == "failed"
    assert "beyond 1 h" in str(said)
