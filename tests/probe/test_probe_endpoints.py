"""Endpoints that are none, or that answer strangely: what is said of them, and what is not."""

import json
import re

import pytest
from probing import NAMED, SUCCESS, probe, speaking

from generator.collector import CollectorProcess
from generator.errors import UsageError
from generator.faults import minimal_event
from generator.probe.client import Client
from generator.probe.exchange import EventFactory
from generator.probe.properties import PROPERTIES, ProbeConfig
from generator.probe.run import Probe

PAGE = b"<html><title>Welcome</title></html>"


def probe_url(url, *names, timeout=5.0, mode="auto", examples=1, **config):
    factory = EventFactory("wire", 7, token="hush")
    with Client(url, factory.contract, timeout=timeout) as line:
        one = Probe(line, factory, ProbeConfig("wire", **config), max_examples=examples)
        greeting = one.detect_mode(mode)
        return {o.truth.name: o for o in one.run([NAMED[name] for name in names] or PROPERTIES, greeting)}


def statuses(outcomes):
    return {name: outcome.status for name, outcome in outcomes.items()}


def test_a_page_in_place_of_success_is_no_acceptance():
    """Whoever answers 200 with HTML to everything fails at the plainest batch, and nothing else is tried."""
    with speaking(lambda *_: (200, {"Content-Type": "text/html"}, PAGE)) as url:
        outcomes = probe_url(url, "valid-batch", "gzip", "malformed-body")

    assert statuses(outcomes) == {"valid-batch": "failed", "gzip": "skipped", "malformed-body": "skipped"}
    assert "an HTML page: Welcome" in outcomes["valid-batch"].trial.problem
    assert outcomes["gzip"].why == "not even the smallest batch is accepted"


def test_a_redirect_is_named_before_anything_is_judged():
    """A redirect is not followed, since the POST would become a GET; the probe ends and names its target."""
    seen = []

    def answer(method, body):
        seen.append(method)
        return 302, {"Location": "/elsewhere"}, b""

    with speaking(answer) as url, pytest.raises(UsageError, match="302 Found: redirects to /elsewhere"):
        probe_url(url, "valid-batch")

    assert set(seen) == {"POST"}


def test_an_endpoint_that_takes_everything_fails_what_must_be_refused():
    """SUCCESS to everything is refuted by bodies that nobody can read."""
    with speaking(lambda *_: SUCCESS) as url:
        outcomes = probe_url(url, "valid-batch", "malformed-body", "largest-body", "invalid-event")

    assert statuses(outcomes) == {
        "valid-batch": "passed", "malformed-body": "failed", "largest-body": "failed", "invalid-event": "skipped",
    }  # fmt: skip
    assert "should have been rejected with 413" in outcomes["largest-body"].trial.problem


def test_what_is_tried_on_sizes_is_not_made_smaller():
    """A smaller event would be another case: what is shown is the event that is filled to the size."""
    with speaking(lambda *_: SUCCESS) as url:
        outcomes = probe_url(url, "largest-body", "largest-event", mode="strict")

    assert outcomes["largest-event"].trial.case.events == (minimal_event("LOG", "wire"),)
    assert outcomes["largest-event"].trial.case.choice == "a bit more"
    assert outcomes["largest-body"].trial.case.choice == "gzip, a byte more"


@pytest.mark.parametrize("token", ["hush", "SUCCESS", "a/b"])
def test_a_token_that_is_said_again_is_masked_and_changes_no_judgement(token):
    """Whatever the token, it is in no answer that is kept, and answers are judged as they came."""
    factory = EventFactory("wire", 7, token=token)
    body = json.dumps({"responseCode": "SUCCESS", "got": f"Bearer {token}"}).replace("/", "\\/").encode()
    answers = iter([(200, {}, body)] * 5)
    with speaking(lambda *_: next(answers, (500, {}, body))) as url, Client(url, factory.contract) as line:
        one = Probe(line, factory, ProbeConfig("wire"), max_examples=1)
        greeting = one.detect_mode("sunbird")
        (outcome,) = one.run([NAMED["valid-batch"]], greeting)

    assert greeting.problem == ""
    shown = (
        greeting.responses[0][0].answer.body.decode() + outcome.trial.problem + str(outcome.trial.responses)
    )
    assert "Bearer $FOOTFALL_TOKEN" in shown
    assert token not in shown.replace("\\/", "/")


def test_a_silent_endpoint_is_wrong_use():
    """Whoever takes a connection and says nothing is told of as nobody."""
    with (
        speaking(lambda *_: None) as url,
        pytest.raises(UsageError, match="closed without an answer; start the endpoint"),
    ):
        probe_url(url)


@pytest.mark.parametrize(
    ("status", "way_out"),
    [(401, "FOOTFALL_TOKEN"), (403, "FOOTFALL_TOKEN"), (404, "--path"), (503, "try again")],
)
def test_an_endpoint_that_lets_nobody_in_is_wrong_use(status, way_out):
    """What stands before the endpoint is not judged; the message names the way in, and never the token."""
    with speaking(lambda *_: (status, {}, b"{}")) as url, pytest.raises(UsageError, match=way_out) as caught:
        probe_url(url)

    assert "hush" not in str(caught.value)


def test_what_is_too_busy_is_not_judged():
    """429 in the middle is neither a failure nor a pass."""
    answers = iter([SUCCESS, SUCCESS])
    with speaking(lambda *_: next(answers, (429, {}, b"{}"))) as url:
        outcomes = probe_url(url, "valid-batch", "empty-list")

    assert statuses(outcomes) == {"valid-batch": "skipped", "empty-list": "skipped"}
    assert outcomes["valid-batch"].why == "429: too many requests"


def test_one_lost_connection_is_no_failure():
    """A connection may be cut by chance: what is lost once is sent again under new ids, and then judged."""
    answers = iter([SUCCESS, SUCCESS, None])
    with speaking(lambda *_: next(answers, SUCCESS)) as url:
        outcomes = probe_url(url, "valid-batch")

    assert statuses(outcomes) == {"valid-batch": "passed"}


def test_an_endpoint_that_falls_silent_is_gone():
    """Where a plain batch is no longer answered either, the rest is skipped."""
    answers = iter([SUCCESS, SUCCESS])
    with speaking(lambda *_: next(answers, None)) as url:
        outcomes = probe_url(url, "one-event", "valid-batch")

    assert statuses(outcomes) == {"one-event": "failed", "valid-batch": "skipped"}
    assert "the endpoint is gone" in outcomes["one-event"].trial.problem


def test_a_mode_that_is_declared_is_not_looked_for(tmp_path):
    """Whoever says that the endpoint checks first sees it fail where it does not."""
    with CollectorProcess(tmp_path / "store") as collector:
        declared = probe(collector, "invalid-event", mode="strict", sink=False, examples=1)
        looked_for = probe(collector, "invalid-event", sink=False, examples=1)

    assert declared["invalid-event"].status == "failed"
    assert looked_for["invalid-event"].status == "skipped"


def test_a_sink_that_shows_nothing_of_what_was_accepted_is_a_failure(tmp_path):
    """The plainest property fails and says what may be the cause; of the others nothing is known."""
    with CollectorProcess(tmp_path / "here") as here, CollectorProcess(tmp_path / "there") as there:
        here.store = there.store
        outcomes = probe(here, "valid-batch", "resent-batch", examples=1)

    assert statuses(outcomes) == {"valid-batch": "failed", "resent-batch": "skipped"}
    assert "--settle-time is too short" in outcomes["valid-batch"].trial.problem
    assert "nothing of the run arrived" in outcomes["resent-batch"].why


def test_what_fails_only_when_drawn_is_made_smaller_by_its_answers():
    """A rollup is in no certain case: where it is drawn and fails, one small event with one is shown."""

    def answer(_, body):
        return (500, {}, b"") if b'"rollup"' in body else SUCCESS

    with speaking(answer) as url:
        outcome = probe_url(url, "valid-batch", examples=40)["valid-batch"]

    (event,) = outcome.trial.case.events
    smallest = minimal_event(event["eid"], "wire")
    assert "500 Internal Server Error" in outcome.trial.problem
    assert len(json.dumps(event)) < len(json.dumps(smallest)) + 60
    assert {} in (event.get("object", {}).get("rollup"), event["context"].get("rollup"))


def test_the_same_seed_tries_the_same_events(tmp_path):
    """Only ids and times differ from one run to the next."""

    def tried(seed, run):
        bodies = []

        def answer(_, body):
            bodies.append(re.sub(rb"[0-9a-f]{32}|footfall:[0-9a-f]{8}", b"ID", body))
            return SUCCESS

        with speaking(answer) as url:
            factory = EventFactory("wire", run, clock=Still())
            with Client(url, factory.contract) as line:
                one = Probe(line, factory, ProbeConfig("wire"), seed=seed, max_examples=5)
                list(one.run([NAMED["valid-batch"]], one.detect_mode("sunbird")))
        return bodies

    assert tried(1, 7) == tried(1, 8)
    assert tried(1, 7) != tried(2, 7)


class Still:
    now = 1_767_600_000_000
