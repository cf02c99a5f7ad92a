"""Judging: each check once, at the end or window by window; what rises until a check fails says where it broke."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.load.checks.check import Check
from generator.load.checks.runner import BREAKPOINT_WINDOW, CheckRunner
from generator.load.metrics.worker_metrics import WorkerMetrics
from generator.load.rates.adherence import ON_PROFILE, Adherence
from generator.load.rates.profile import Profile

RISING = Profile.parse("breakpoint:0..100 in 100s")
WHOLE, WINDOWED = Check.parse("rejected<5"), Check.parse("error_rate<50% over 2s")
texts = [
    "response_p99<100ms", "response_p99<100ms over 2s", "error_rate<50%", "error_rate<50% over 3s",
    "rejected<3", "lost_workers==0",
]  # fmt: skip
checks = st.lists(st.sampled_from(texts), max_size=6, unique=True).map(
    lambda chosen: [Check.parse(text) for text in chosen]
)
# In each second: how many batches were acked, how many rejected, and how long their answers took.
courses = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([0.01, 0.2])), min_size=1, max_size=12
)


def counted(course):
    """Give the seconds of a run."""
    measured = WorkerMetrics()
    for second, (acked, rejected, took) in enumerate(course):
        at = second + 0.5
        for status in ["acked"] * acked + ["rejected"] * rejected:
            measured.offered(at, 10)
            measured.sent(at, at, 10, 100)
            measured.answered(at, at, at + took, "practice")
            measured.ended(at + took, 10, status)
    return measured.seconds


def judging_of(checks, profile=None, *, ends_early=False):
    return CheckRunner(checks, None, profile, ends_early=ends_early)


def ending(judging, seconds, *, lost=0, is_limited=False):
    return judging.judgements(seconds.total(), float(seconds.end), lost, is_limited=is_limited)


@given(checks, courses, st.data())
def test_looking_on_changes_no_verdict(checks, course, data):
    """However often, and however late, somebody looks while the run goes on: at the end it is judged alike."""
    seconds = counted(course)
    often, once = judging_of(checks), judging_of(checks)
    for until in sorted(data.draw(st.lists(st.integers(0, len(course)), max_size=6))):
        often.look(seconds, until)
    for judging in (often, once):
        judging.look(seconds, len(course))

    assert ending(often, seconds) == ending(once, seconds)
    assert often.failed == once.failed


@given(checks, courses, st.booleans())
def test_each_check_is_judged_once(checks, course, is_limited):
    """None is left out and none comes twice; one that failed while the run went on has failed at its end."""
    judging, seconds = judging_of(checks), counted(course)
    judging.look(seconds, len(course))
    said = ending(judging, seconds, is_limited=is_limited)

    assert sorted(map(str, checks)) == sorted(str(one.check) for one in said)
    if judging.failed:
        assert {one.check: one.verdict for one in said}[judging.failed.check] in {"failed", "invalid"}


@given(checks, courses, st.booleans())
def test_a_run_ends_at_the_first_failure_where_that_is_asked_for(checks, course, ends_early):
    """It is told to end in the very look in which a window failed, and only where that was asked for."""
    judging, seconds = judging_of(checks, ends_early=ends_early), counted(course)
    for until in range(1, len(course) + 1):
        had_failed = judging.failed
        says = judging.look(seconds, until)
        if judging.failed and not had_failed:
            assert says == ends_early
            assert judging.failed.at == until
        if not judging.failed:
            assert not says


@pytest.mark.parametrize("lost", [0, 2])
def test_lost_workers_are_known_at_the_end_alone(lost):
    """Also where a rate rises until a check fails: no window has that figure, and the end has."""
    judging, seconds = judging_of([Check.parse("lost_workers==0")], RISING), counted([(1, 0, 0.01)] * 30)
    judging.look(seconds, 30)
    [said] = ending(judging, seconds, lost=lost)

    assert said.verdict == ("failed" if lost else "passed")
    assert said.value == lost
    assert judging.breaking_point() == "no check failed up to 100 events a second"


def test_a_rising_rate_is_judged_while_it_rises():
    """Each check gets a window where it has none, the first failure ends the run, and both rates are told."""
    judging = judging_of([WHOLE], RISING)
    course = [(1, 0, 0.01)] * 20 + [(0, 1, 0.01)] * 20
    seconds = counted(course)
    ends = [until for until in range(1, 41) if judging.look(seconds, until)]

    assert ends == [25]  # the fifth refusal
    assert judging.failed.check == WHOLE._replace(window=BREAKPOINT_WINDOW)
    assert (
        judging.breaking_point()
        == "rejected<5 over 10s failed at 25 events a second; the last good rate was 15"
    )


def test_a_check_that_names_its_window_keeps_it():
    """The last good rate is the one at which the window that failed began."""
    judging = judging_of([WINDOWED], RISING)
    assert judging.look(counted([(1, 0, 0.01)] * 8 + [(0, 3, 0.01)] * 4), 12)

    assert (
        judging.breaking_point()
        == "error_rate<50% over 2s failed at 9 events a second; the last good rate was 7"
    )


@pytest.mark.parametrize("profile", [None, Profile.parse("100")], ids=["closed", "open"])
def test_other_rates_have_no_breaking_point(profile):
    """Nothing is told of a break where none was looked for, though a check has failed."""
    judging, seconds = judging_of([WINDOWED], profile), counted([(0, 3, 0.01)] * 4)
    is_to_end = judging.look(seconds, 4)

    assert judging.failed
    assert not is_to_end
    assert judging.breaking_point() == ""


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (1.0, 1.0),
        (740 / 600, 600 / 740),
        (2000 / 600, 0.3),
        (483 / 600, 483 / 600),
        (37 / 600, 37 / 600),
        (0.0, 0.0),
    ],
)
def test_an_offered_rate_that_left_its_profile_is_not_achieved(part, value):
    """All that was due was acknowledged, yet less or more than the profile was offered: the run and its windows fail."""
    judging = judging_of([Check.parse("achieved_rate>=99%"), Check.parse("achieved_rate>=99% over 1s")])
    seconds = counted([(3, 0, 0.01)] * 4)
    judging.look(seconds, seconds.end)
    adherence = ON_PROFILE if part == 1.0 else Adherence(part)
    whole, windowed = judging.judgements(seconds.total(), 4.0, 0, None, adherence, is_limited=False)

    assert whole.value == pytest.approx(value)
    assert whole.passed == windowed.passed == (part == 1.0)
    assert part == 1.0 or "of what the profile asks for was offered" in str(windowed)
