import deliveries
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
            (runs.failing(60) | {"checks": []}, "failed", "Delivered in part", "batches rejected"),
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


class TestVerdictOfADelivery:
    @pytest.mark.parametrize(
        ("summary", "status", "headline", "words"),
        [
            (runs.healthy(5) | {"delivery": deliveries.delivered()}, "passed", "Passed", "found once, as sent"),
            (runs.healthy(5) | {"delivery": deliveries.failed()}, "failed", "Not delivered", "312 lost"),
            (runs.failing(60) | {"delivery": deliveries.failed()}, "failed", "Not delivered", "2 of 3 checks failed: resp"),
            (runs.failing(60) | {"delivery": deliveries.unread()}, "failed", "2 of 3 checks failed", "response_p99"),
            (runs.healthy(5) | {"delivery": deliveries.unread()}, "doubtful", "Not known whether it was delivered", "topic"),
            (runs.limited() | {"delivery": deliveries.failed()}, "failed", "Not delivered", "latencies are not valid"),
            (runs.in_vain() | {"delivery": deliveries.untried()}, "failed", "Nothing was acknowledged", "refused"),
        ],
    )  # fmt: skip
    def test_what_is_lost_is_worse_than_what_is_slow(self, summary, status, headline, words):
        """A proof of a loss is the headline; that nobody could look is one where nothing worse is known."""
        told = found(summary)

        assert (told.status, told.headline) == (status, headline)
        assert words in told.sentence
        assert told.sentence.endswith(".")

    def test_what_was_rejected_is_said_beside_what_was_delivered(self):
        """Both are true: all that was acknowledged is there, and some was not acknowledged."""
        told = found(runs.failing(60) | {"checks": [{"check": "error_rate<10%", "passed": True, "value": 0.07}]},
                     delivery=deliveries.delivered())  # fmt: skip

        assert "batches rejected" in told.sentence
        assert "65,816 of 65,816" in told.sentence
