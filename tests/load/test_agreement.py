"""One verdict in five places: the exit code, summary.json, the page, JUnit's file and the terminal never differ."""

import json
import re
from xml.etree import ElementTree as ET

import msgspec
import pytest

from generator.faults.confusion import Confusion, ConfusionRow
from generator.load.checks.check import Check
from generator.load.checks.saturation import Limits
from generator.load.counters import RunCounters
from generator.load.metrics.latencies import Latencies
from generator.load.metrics.worker_metrics import WorkerMetrics
from generator.load.outcome import verdict_of, with_lost_workers
from generator.load.settings import Settings
from generator.load.summary import Summary
from generator.load.text_report import summary_lines
from generator.report.junit import junit
from generator.report.page import page
from generator.report.run import Run
from generator.report.verdict import verdict as verdict_on_page

FAILURES = {1, 2, 10, 11}


def summary(
    acked=0, rejected=0, unknown=0, *, checks=(), lost=0, limited=(), delivery=None, faults=None, to_reject=0,
    dropped=0, dropped_at=0.7, model="open", **more
):  # fmt: skip
    """Give the summary of a run whose batches came to this, with its verdict."""
    sent = acked + rejected + unknown
    reasons = {"rejected: 400 Bad Request": rejected, "unknown: no answer in time": unknown}
    tally = RunCounters(
        batches=sent, acked=acked, rejected=rejected, unknown=unknown, events=20 * sent, acked_events=20 * acked,
        to_reject=to_reject, dropped_events=dropped, sessions=sent,
    )  # fmt: skip
    tally.reasons.update({name: count for name, count in reasons.items() if count})
    measured = WorkerMetrics()
    for status, count in (("acked", acked), ("rejected", rejected), ("unknown", unknown)):
        for _ in range(count):
            measured.offered(0.5, 20)
            measured.sent(0.5, 0.5, 20, 100)
            measured.answered(0.5, 0.5, 0.6, "practice")
            measured.ended(0.6, 20, status)
    if dropped:
        measured.dropped(dropped_at, dropped, 2)
    judgements = [Check.parse(text).judge(said, is_limited=bool(limited)) for text, said in checks]
    made = Summary(
        7, Settings(), model, "http://127.0.0.1:1", tally, 0.0, 2.0, measured.seconds, Latencies(),
        Limits(list(limited), []), judgements, None, 1, lost, None, [], delivery, faults,
    )  # fmt: skip
    made.exit_code, made.exit_reasons = verdict_of(made, **more)
    return made


def delivery(outcome, sentence):
    return {"outcome": outcome, "sentence": sentence, "stages": []}


def judged(text, value):
    return text, {} if value is None else {Check.parse(text).metric: value}


LOST = delivery("failed", "NOT delivered: of 200 acknowledged events 3 lost")
UNREAD = delivery("unknown", "unknown: kafka://127.0.0.1:9092/t: there is no such topic")
FOUND = delivery("delivered", "delivered: 200 of 200 acknowledged events found once, as sent")
WRONG = Confusion({"missing_field": ConfusionRow(false_accepts=2)})
RIGHT = Confusion({"missing_field": ConfusionRow(rightly_refused=2)})
MISSED, HELD = judged("response_p99<1s", 5000.0), judged("response_p99<10s", 5000.0)
CASES = {
    "all acknowledged": ({"acked": 10}, 0),
    "a check held": ({"acked": 10, "checks": [HELD]}, 0),
    "a check failed": ({"acked": 10, "checks": [MISSED, HELD]}, 10),
    "a check without data": ({"acked": 10, "checks": [judged("response_p99<1s", None)]}, 10),
    "delivered": ({"acked": 10, "delivery": FOUND}, 0),
    "lost events": ({"acked": 10, "delivery": LOST}, 11),
    "lost events, a check failed": ({"acked": 10, "delivery": LOST, "checks": [MISSED]}, 11),
    "no sink": ({"acked": 10, "delivery": UNREAD}, 14),
    "no sink, a check failed": ({"acked": 10, "delivery": UNREAD, "checks": [MISSED]}, 10),
    "no sink, limited": ({"acked": 10, "delivery": UNREAD, "limited": ["busy"]}, 14),
    "no whole ledger": ({"acked": 10, "incomplete": ["the disk is full"]}, 14),
    "a lost worker": ({"acked": 10, "lost": 1}, 13),
    "a lost worker, lost events": ({"acked": 10, "lost": 1, "delivery": LOST}, 13),
    "limited": ({"acked": 10, "limited": ["busy"]}, 12),
    "limited, so a check is invalid": ({"acked": 10, "limited": ["busy"], "checks": [HELD]}, 12),
    "limited, at human pace": ({"acked": 10, "limited": ["busy"], "model": "closed"}, 0),
    "limited, a lost event": ({"acked": 10, "limited": ["busy"], "delivery": LOST}, 11),
    "nothing sent": ({}, 1),
    "nothing sent, a check held": ({"checks": [judged("rejected==0", 0.0)]}, 1),
    "nothing sent, asked for a proof": ({"delivery": delivery("unknown", "unknown: no ledger was written")}, 14),
    "nothing acknowledged": ({"rejected": 10}, 1),
    "all unknown, a check on the rejected held": ({"unknown": 10, "checks": [judged("rejected==0", 0.0)]}, 1),
    "all unknown, a check on the unknown held": ({"unknown": 10, "checks": [judged("unknown<50", 10.0)]}, 1),
    "some rejected": ({"acked": 8, "rejected": 2}, 1),
    "some rejected, allowed": ({"acked": 8, "rejected": 2, "checks": [judged("rejected<5", 2.0)]}, 0),
    "some rejected, the unknown allowed": ({"acked": 8, "rejected": 2, "checks": [judged("unknown<5", 0.0)]}, 1),
    "some unknown, the rejected allowed": ({"acked": 8, "unknown": 2, "checks": [judged("rejected<5", 0.0)]}, 1),
    "both, errors allowed": ({"acked": 8, "rejected": 1, "unknown": 1, "checks": [judged("error_rate<50%", 0.2)]}, 0),
    "rejected, exit code of its own": ({"acked": 8, "rejected": 2, "on_errors": 3}, 3),
    "rejected, errors are no failure": ({"acked": 8, "rejected": 2, "on_errors": 0}, 0),
    "nothing acknowledged, errors are no failure": ({"rejected": 2, "on_errors": 0}, 1),
    "other requests failed": ({"acked": 8, "failures": 2}, 1),
    "a script raised": ({"acked": 8, "has_raised": True}, 1),
    "a script raised, a check held": ({"acked": 8, "has_raised": True, "checks": [HELD]}, 2),
    "dropped events": ({"acked": 10, "dropped": 40}, 1),
    "dropped events, a check held": ({"acked": 10, "dropped": 40, "checks": [HELD]}, 1),
    "dropped events, the rejected allowed": ({"acked": 10, "dropped": 40, "checks": [judged("rejected<5", 0.0)]}, 1),
    "dropped events, allowed": ({"acked": 10, "dropped": 40, "checks": [judged("dropped<50", 40.0)]}, 0),
    "dropped events, their share allowed": ({"acked": 10, "dropped": 40, "checks": [judged("dropped_rate<20%", 0.17)]}, 0),
    "dropped events, a low rate allowed": ({"acked": 10, "dropped": 40, "checks": [judged("achieved_rate>=50%", 0.83)]}, 0),
    "dropped events, exit code of its own": ({"acked": 10, "dropped": 40, "on_errors": 3}, 3),
    "dropped events, errors are no failure": ({"acked": 10, "dropped": 40, "on_errors": 0}, 0),
    "dropped events, limited": ({"acked": 10, "dropped": 40, "limited": ["busy"]}, 12),
    "dropped events, some rejected": ({"acked": 8, "rejected": 2, "dropped": 40, "checks": [judged("rejected<5", 2.0)]}, 1),
    "few dropped events": ({"acked": 10, "dropped": 2}, 0),
    "dropped events that were due at the end": ({"acked": 10, "dropped": 40, "dropped_at": 1.5}, 0),
    "damage judged wrongly": ({"acked": 10, "faults": WRONG}, 11),
    "damage judged wrongly, allowed": (
        {"acked": 10, "faults": WRONG, "checks": [judged("false_accepts<5", 2.0)]}, 0),
    "damage judged rightly": ({"acked": 10, "faults": RIGHT}, 0),
    "all had to be rejected, and were": ({"rejected": 10, "to_reject": 10, "faults": RIGHT}, 0),
    "all had to be rejected, none was": ({"acked": 10, "to_reject": 10, "faults": WRONG}, 11),
}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "lost", "outcome", "words"),
    [
        (FOUND, 0, "delivered", "delivered: 200 of 200"),
        (FOUND, 1, "unknown", "unknown: a worker was lost, and the ledgers may not hold all that was sent; 200 of"),
        (FOUND, 3, "unknown", "unknown: 3 workers were lost"),
        (LOST, 1, "failed", "NOT delivered: of 200 acknowledged events 3 lost"),
        (UNREAD, 1, "unknown", "unknown: kafka://"),
    ],
)  # fmt: skip
def test_the_delivery_of_a_run_with_a_lost_worker_is_never_delivered(found, lost, outcome, words):
    """If a worker was lost, a delivery that its ledgers prove is unknown, and a loss is a loss all the same."""
    seen = with_lost_workers(found, lost)

    assert seen["outcome"] == outcome
    assert seen["sentence"].startswith(words)


@pytest.mark.parametrize(("said", "code"), CASES.values(), ids=CASES)
def test_every_place_tells_the_same_verdict(said, code):
    """Exit code, summary.json, page, JUnit and terminal text of one run agree, whatever went wrong."""
    made = summary(**said)
    run = msgspec.json.decode(made.as_json(), type=Run)
    codes = {reason.code for reason in made.exit_reasons}
    on_page = verdict_on_page(run)
    suite = ET.fromstring(junit(run))
    failures, errors = int(suite.get("failures")), int(suite.get("errors"))
    told = "\n".join(summary_lines(made))

    assert made.exit_code == json.loads(made.as_json())["exit_code"] == run.exit_code == code
    assert bool(failures + errors) == bool(code)
    assert (on_page.status == "failed") == bool(codes - {12, 13, 14})
    # Whoever asks nothing is told of a loss all the same.
    assert on_page.status != "doubtful" or codes <= {12, 13, 14}
    assert code or on_page.status == "passed" or (on_page.headline == "Delivered in part" and not run.checks)
    assert re.search(rf"^  exit code {code}: ", told, re.MULTILINE)
    assert all(reason.reason in told for reason in made.exit_reasons)
    assert on_page.headline in page(run)
    dropped = [reason.reason for reason in made.exit_reasons if "were dropped" in reason.reason]
    assert [f"{run.dropped_events:,} of " in reason for reason in dropped] == [True] * len(dropped)


def test_a_run_that_goes_on_has_no_verdict_yet():
    """While it goes on nothing is passed nor failed; the page says that it has not ended."""
    made = summary(acked=10)
    made.exit_reasons = None
    run = msgspec.json.decode(made.as_json(), type=Run)

    assert verdict_on_page(run).headline == "Still running"
    assert "exit code" not in "\n".join(summary_lines(made))
