"""The verdict: one exit code, the most telling one, and every reason."""

import subprocess
import sys
from itertools import combinations

import pytest

from generator.load.judge.checks import Check
from generator.load.judge.verdict import verdict


def judged(text, value, **how):
    check = Check.parse(text)
    return check.judge({} if value is None else {check.metric: value}, **how)


FAILED = judged("response_p99<250ms", 300.0)
PASSED = judged("error_rate<10%", 0.01)
INVALID = judged("response_p99<250ms", 100.0, is_limited=True)
# In the order of precedence: what is said, the code, how its reason begins.
TROUBLES = [
    ({"lost_workers": 1}, 13, "1 worker lost: "),
    ({"delivery": "3 events lost"}, 11, "delivery failed: 3 events lost"),
    ({"judgements": [FAILED]}, 10, "check response_p99<250ms: failed (300 ms)"),
    (
        {"limited": ["98 % of a core used"]},
        12,
        "generator-limited, latencies are not valid: 98 % of a core used",
    ),
    ({"locust": 1}, 1, "requests failed"),
]


@pytest.mark.parametrize("place", range(len(TROUBLES)))
def test_each_trouble_has_its_code(place):
    """Alone, each gives its own code and says why."""
    said, code, begins = TROUBLES[place]
    found = verdict(**said)

    assert found.code == code
    assert len(found.reasons) == 1
    assert found.reasons[0].startswith(begins)


@pytest.mark.parametrize(
    "places", [pair for size in (2, 3, 5) for pair in combinations(range(5), size)], ids=str
)
def test_the_code_is_the_most_telling_and_every_reason_is_said(places):
    """A lost worker before what is proven against the endpoint, that before what could not be found out."""
    found = verdict(**{name: value for place in places for name, value in TROUBLES[place][0].items()})

    assert found.code == TROUBLES[places[0]][1]
    assert [
        reason.startswith(TROUBLES[place][2]) for place, reason in zip(places, found.reasons, strict=True)
    ] == [True] * len(places)


def test_a_run_without_trouble_is_zero():
    """Checks that pass give no reason."""
    assert verdict(judgements=[PASSED]) == (0, [])
    assert verdict() == (0, [])


def test_an_invalid_check_is_no_failed_one():
    """What the generator spoilt is 12; a check without data is 10; neither is 0."""
    assert verdict(judgements=[INVALID]).code == 12
    assert verdict(judgements=[INVALID], limited=["x"]).code == 12
    assert verdict(judgements=[judged("response_p99<1s", None)]).code == 10
    assert verdict(judgements=[INVALID, FAILED], limited=["x"]).code == 10


@pytest.mark.parametrize(
    ("locust", "checks", "code"),
    [
        (1, [PASSED], 0), (1, [judged("response_p99<1s", 5.0)], 1), (1, [PASSED, FAILED], 10), (1, [], 1),
        (3, [], 3), (3, [PASSED], 0), (2, [PASSED], 2), (2, [], 2),
        (1, [PASSED, judged("rejected==0", 5.0)], 10),
    ],
)  # fmt: skip
def test_whoever_checks_errors_says_how_many_are_tolerable(locust, checks, code):
    """Locust's code for failed requests gives way to checks on errors that pass; 2 gives way to none."""
    assert verdict(locust=locust, judgements=checks).code == code


@pytest.mark.parametrize(
    "output", ["| true", "2>&1 | true", "> /dev/full", "> /dev/full 2>&1", ">&-", "2>&-"]
)
def test_the_code_does_not_depend_on_who_reads_the_summary(output):
    """A run whose summary cannot be printed, as its reader has gone or the disk is full, keeps its exit code."""
    script = (
        "import sys; from generator.load.swarm.say import say, write_out;"
        "say('done'); write_out('the summary\\n'); sys.exit(10)"
    )
    line = f'"$0" -c "$1" {output}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["/bin/bash", "-c", line, sys.executable, script], capture_output=True, check=False, timeout=60
    )

    assert done.returncode == 10
    assert b"Traceback" not in done.stderr
