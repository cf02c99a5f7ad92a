"""The verdict: one exit code, the most telling one, and every reason."""

from itertools import combinations

import pytest

from generator.load.checks.check import Check
from generator.load.checks.verdict import BatchTotals, verdict


def judged(text, value, **how):
    check = Check.parse(text)
    return check.judge({} if value is None else {check.metric: value}, **how)


FAILED = judged("response_p99<250ms", 300.0)
PASSED = judged("error_rate<10%", 0.01)
INVALID = judged("response_p99<250ms", 100.0, is_limited=True)
GOOD = BatchTotals(sent=10, acked=10)
# In the order of precedence: what is said, the code, how its reason begins.
TROUBLES = [
    ({"lost_workers": 1}, 13, "1 worker lost: "),
    ({"delivery": "3 events lost"}, 11, "delivery failed: 3 events lost"),
    ({"judgements": [FAILED]}, 10, "check response_p99<250ms: failed (300 ms)"),
    ({"unknown_delivery": "no topic"}, 14, "delivery unknown: no topic"),
    (
        {"limited": ["98 % of a core used"]},
        12,
        "generator-limited, latencies are not valid: 98 % of a core used",
    ),
    ({"batches": BatchTotals(10, 9, 1)}, 1, "1 of 10 batches rejected, and no check allows that"),
]


def verdict_of(said):
    return verdict(**{"batches": GOOD} | said)


@pytest.mark.parametrize("place", range(len(TROUBLES)))
def test_each_trouble_has_its_code(place):
    """Alone, each gives its own code and says why."""
    said, code, begins = TROUBLES[place]
    found = verdict_of(said)

    assert found.code == code
    assert len(found.reasons) == 1
    assert found.reasons[0].reason.startswith(begins)


@pytest.mark.parametrize(
    "places", [pair for size in (2, 3, 6) for pair in combinations(range(6), size)], ids=str
)
def test_the_code_is_the_most_telling_and_every_reason_is_said(places):
    """A lost worker before what is proven against the endpoint, that before what could not be found out."""
    found = verdict_of({name: value for place in places for name, value in TROUBLES[place][0].items()})

    assert found.code == TROUBLES[places[0]][1]
    assert [
        one.reason.startswith(TROUBLES[place][2]) for place, one in zip(places, found.reasons, strict=True)
    ] == [True] * len(places)


def test_a_run_without_trouble_is_zero():
    """Checks that pass give no reason."""
    assert verdict(GOOD, [PASSED]) == (0, [])
    assert verdict(GOOD) == (0, [])


def test_an_invalid_check_is_no_failed_one():
    """What the generator spoilt is 12; a check without data is 10; neither is 0."""
    assert verdict(GOOD, [INVALID]).code == 12
    assert verdict(GOOD, [INVALID], limited=["x"]).code == 12
    assert verdict(GOOD, [judged("response_p99<1s", None)]).code == 10
    assert verdict(GOOD, [INVALID, FAILED], limited=["x"]).code == 10


ON_REJECTED = [judged("rejected<5", 1.0), judged("rejected_rate<50%", 0.1)]
ON_UNKNOWN = [judged("unknown<5", 1.0), judged("unknown_rate<50%", 0.1)]
REJECTED, UNKNOWN, BOTH = BatchTotals(10, 9, 1), BatchTotals(10, 9, 0, 1), BatchTotals(10, 8, 1, 1)
EXCUSES = [
    *((REJECTED, [one], 0) for one in [PASSED, *ON_REJECTED]),
    *((UNKNOWN, [one], 0) for one in [PASSED, *ON_UNKNOWN]),
    *((REJECTED, [one], 1) for one in ON_UNKNOWN),
    *((UNKNOWN, [one], 1) for one in ON_REJECTED),
    *((BOTH, [one], 1) for one in [*ON_REJECTED, *ON_UNKNOWN]),
    (BOTH, [ON_REJECTED[0], ON_UNKNOWN[0]], 0), (BOTH, [PASSED], 0), (BOTH, [], 1),
    (REJECTED, [judged("response_p99<1s", 5.0)], 1), (REJECTED, [PASSED, FAILED], 10),
    (REJECTED, [PASSED, judged("rejected==0", 1.0)], 10),
    (GOOD._replace(others=3), [PASSED], 1), (GOOD._replace(others=3), [], 1),
]  # fmt: skip


@pytest.mark.parametrize(("batches", "checks", "code"), EXCUSES, ids=str)
def test_a_check_excuses_one_kind_of_failure(batches, checks, code):
    """Rejected and unknown batches are excused by checks on their own kind, failed requests of others by none."""
    assert verdict(batches, checks).code == code


@pytest.mark.parametrize("checks", [[], [PASSED], [judged("rejected==0", 0.0)], [*ON_REJECTED, *ON_UNKNOWN]])
@pytest.mark.parametrize(
    "batches", [BatchTotals(), BatchTotals(5, 0, 5), BatchTotals(5, 0, 0, 5), BatchTotals(5, 0, 2, 3)]
)
@pytest.mark.parametrize("on_errors", [0, 1, 3])
def test_no_check_excuses_a_run_without_acknowledgement(batches, checks, on_errors):
    """If nothing was sent, or nothing was acknowledged, the run fails, also with --exit-code-on-error 0."""
    assert verdict(batches, checks, on_errors=on_errors).code == (on_errors or 1)


def test_rejections_that_had_to_be_are_no_failure():
    """If every batch was damaged such that it must be rejected, the table of faults decides alone."""
    rightly = BatchTotals(5, 0, 5, to_reject=5)

    assert verdict(rightly).code == 0
    assert verdict(rightly, misjudged={"false_accepts": 0, "false_rejects": 0}).code == 0
    assert verdict(BatchTotals(5, 5, 0, to_reject=5), misjudged={"false_accepts": 7}).code == 11
    assert verdict(BatchTotals(5, 0, 4, 1, to_reject=5)).code == 1
    assert verdict(BatchTotals(5, 0, 5, to_reject=4)).code == 1


def test_misjudged_events_are_allowed_by_a_check_on_them_alone():
    """A damaged event that was judged wrongly is 11, unless a check on that very kind passes."""
    wrongly = {"false_accepts": 2, "false_rejects": 0}

    assert verdict(GOOD, misjudged=wrongly).code == 11
    assert verdict(GOOD, [PASSED, judged("false_rejects==0", 0.0)], misjudged=wrongly).code == 11
    assert verdict(GOOD, [judged("false_accepts<5", 2.0)], misjudged=wrongly).code == 0


@pytest.mark.parametrize(("raised", "checks"), [(2, [PASSED]), (1, []), (3, [])])
def test_no_check_excuses_what_raised(raised, checks):
    """A script or a listener that raised is the code, whatever the checks say."""
    assert verdict(GOOD, checks, raised=raised).code == raised


@pytest.mark.parametrize(("checks", "code"), [
    ([], 1), ([PASSED], 1), (ON_REJECTED + ON_UNKNOWN, 1), ([judged("dropped<50", 40.0)], 0), ([judged("dropped<50", 60.0)], 10),
    ([judged("dropped_rate<30%", 0.2)], 0), ([judged("achieved_rate>=70%", 0.8)], 0),
])  # fmt: skip
def test_dropped_events_are_allowed_by_a_check_on_them_alone(checks, code):
    """Due events that were never sent are no success, unless a check on them, or on the achieved rate, passes."""
    assert verdict(GOOD._replace(dropped=40, due=200), checks).code == code
