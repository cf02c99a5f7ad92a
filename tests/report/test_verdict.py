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
            (runs.healthy(5) | {"checks": []}, "passed", "Delivered", "The run has no checks; all"),
            (runs.failing(60) | {"checks": []}, "failed", "Delivered in part", "batches rejected"),
        ],
    )  # fmt: skip
    def test_the_worst_comes_first(self, summary, status, headline, words):
        """The most serious reason gives the status and the headline."""
        judged = found(summary)

        assert (judged.status, judged.headline) == (status, headline)
        assert words in judged.sentence
        assert judged.sentence.endswith(".")

    def test_a_failed_check_of_a_limited_generator_says_both(self):
        """The sentence names the failed checks and the limited generator."""
        judged = found(runs.failing(60), generator={"limited": True})

        assert judged.status == "failed"
        assert "latencies are not valid" in judged.sentence

    def test_a_check_without_data_has_failed(self):
        """A check that found no data fails the run."""
        judged = found(
            runs.healthy(5), checks=[{"check": "response_p99<1ms", "passed": False, "verdict": "no data"}]
        )

        assert judged.status == "failed"
        assert "found nothing to judge" in judged.sentence

    def test_checks_that_held_outweigh_a_loss_they_allow(self):
        """A passed check on the error rate allows a loss: the sentence names it, and the run has passed."""
        judged = found(runs.failing(60), checks=[{"check": "error_rate<10%", "value": 0.07, "passed": True}])

        assert judged.status == "passed"
        assert "rejected" in judged.sentence


class TestVerdictOfADelivery:
    @pytest.mark.parametrize(
        ("summary", "status", "headline", "words"),
        [
            (runs.healthy(5) | {"delivery": deliveries.delivered()}, "passed", "Passed", "found once, as sent"),
            (runs.healthy(5) | {"delivery": deliveries.failed()}, "failed", "Not delivered", "312 lost"),
            (runs.failing(60) | {"delivery": deliveries.failed()}, "failed", "Not delivered", "2 of 3 checks failed: resp"),
            (runs.failing(60) | {"delivery": deliveries.unread()}, "failed", "2 of 3 checks failed", "response_p99"),
            (runs.healthy(5) | {"delivery": deliveries.unread()}, "doubtful", "Delivery unknown", "topic"),
            (runs.limited() | {"delivery": deliveries.failed()}, "failed", "Not delivered", "latencies are not valid"),
            (runs.in_vain() | {"delivery": deliveries.untried()}, "failed", "Nothing was acknowledged", "refused"),
        ],
    )  # fmt: skip
    def test_what_is_lost_is_worse_than_what_is_slow(self, summary, status, headline, words):
        """A proven loss is the headline; an unknown delivery is one if no check failed."""
        judged = found(summary)

        assert (judged.status, judged.headline) == (status, headline)
        assert words in judged.sentence
        assert judged.sentence.endswith(".")

    def test_rejected_batches_are_named_with_the_delivered_events(self):
        """The sentence names both the delivered events and the rejected batches."""
        judged = found(runs.failing(60) | {"checks": [{"check": "error_rate<10%", "passed": True, "value": 0.07}]},
                     delivery=deliveries.delivered())  # fmt: skip

        assert "batches rejected" in judged.sentence
        assert "65,816 of 65,816" in judged.sentence
