import pytest
import runs

from generator.report.verdict import verdict


def found(summary, **more):
    return verdict(runs.as_run(summary | more))


class TestVerdict:
    @pytest.mark.parametrize(
        ("summary", "status", "headline", "words"),
        [
            (runs.healthy(5), "passed", "Passed", "2 checks held; all"),
            (runs.failing(60), "failed", "2 of 3 checks failed", "response_p99<250ms found 3,184 ms"),
            (runs.limited(), "doubtful", "Generator-limited: latencies are not valid", "The hub lagged"),
            (runs.in_vain(), "failed", "Nothing was acknowledged", "Not connected: connection refused; see"),
            (runs.empty(), "failed", "Nothing was sent", "No event left the generator."),
            (runs.healthy(5) | {"lost_workers": 2}, "doubtful", "Counts are incomplete", "2 workers lost"),
            (runs.healthy(5) | {"checks": []}, "passed", "Delivered", "No checks were asked for; all"),
            (runs.failing(60) | {"checks": []}, "doubtful", "Delivered in part", "batches rejected"),
        ],
    )  # fmt: skip
    def test_the_worst_comes_first(self, summary, status, headline, words):
        """One sentence says what a run came to."""
        told = found(summary)

        assert (told.status, told.headline) == (status, headline)
        assert words in told.sentence
        assert told.sentence.endswith(".")

    def test_a_failed_check_of_a_limited_generator_says_both(self):
        """Neither hides the other."""
        told = found(runs.failing(60), generator={"limited": True})

        assert told.status == "failed"
        assert "latencies are not valid" in told.sentence

    def test_a_check_without_data_has_failed(self):
        """What nobody could see was not held."""
        told = found(
            runs.healthy(5), checks=[{"check": "response_p99<1ms", "passed": False, "verdict": "no data"}]
        )

        assert told.status == "failed"
        assert "found nothing to judge" in told.sentence

    def test_checks_that_held_outweigh_a_loss_they_allow(self):
        """error_rate<1% allows some loss: it is said, and the run has passed."""
        told = found(runs.failing(60), checks=[{"check": "error_rate<10%", "value": 0.07, "passed": True}])

        assert told.status == "passed"
        assert "rejected" in told.sentence
