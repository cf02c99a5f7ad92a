"""Locust against a topic: what is acknowledged is there, and what goes wrong is told in a line."""

import json
from collections import Counter

import pytest

from generator.spec.check import check
from generator.verify.sink.kafka import KafkaSink
from tests.delivery.kafka_cluster import cluster
from tests.load.conftest import ROOT

KAFKA = ("-f", ROOT / "locustfiles" / "kafka.py")


@pytest.fixture(scope="module")
def lasting():
    with cluster() as one:
        yield one


@pytest.fixture
def brokers():
    with cluster() as one:
        yield one


def found(url):
    """Read the events in a topic."""
    return [json.loads(one) for chunk in KafkaSink(url, environ={}).chunks() for one in chunk.events]


@pytest.mark.parametrize(
    "options",
    [
        ("--rate", 20_000, "--sessions", 40),
        ("--rate", 20_000, "--sessions", 10, "--contract", "kafka-event:did", "--compress", "gzip"),
        ("-u", 4, "-r", 100, "--speed", 5000, "--sessions", 8, "--contract", "kafka:did"),
    ],
)
def test_what_is_acknowledged_is_in_the_topic(swarm, lasting, options):
    """In the open and the closed model each event is valid, acknowledged, and in the topic once."""
    url = lasting.url(f"t{len(options)}")
    done = swarm(*KAFKA, "--host", url, "--seed", 4, "--stop-timeout", 30, *options)
    events = found(url)

    assert done.status in {0, 12}, done.err  # a busy machine may be the bottleneck
    said = done.summary
    assert (said["acked"], said["unknown"], said["rejected"]) == (said["batches"], 0, 0)
    assert said["events"] == len(events) == len({event["mid"] for event in events})
    assert said["by_eid"] == Counter(event["eid"] for event in events)
    assert [violation for event in events for violation in check(event, "wire")] == []
    assert "Traceback" not in done.err


def test_brokers_that_vanish_are_survived(swarming, brokers):
    """When the brokers vanish in the midst of a run nobody dies of it, and what they do not answer is unknown."""
    url = brokers.url("t")
    checks = ("--check", "error_rate<1% over 1s", "--abort-on-fail")
    options = (
        "--headless",
        "--summary",
        "summary.json",
        "--rate",
        500,
        "-t",
        "2m",
        "--timeout",
        1,
        "-u",
        8,
        *checks,
    )
    with swarming(*KAFKA, *options, "--host", url) as run:
        run.wait_for("begins, seed")
        while not found(url):
            pass
        brokers.vanish()
        status = run.end()
    said = run.summary

    assert status == 10, run.err
    assert said["acked"] > 0
    assert said["unknown"] > 0
    assert said["acked"] + said["unknown"] + said["rejected"] == said["batches"]
    assert "Traceback" not in run.err


def test_a_topic_that_is_not_there_is_told_at_once(swarm, lasting):
    """A topic that does not exist, an address that is none, and a contract that does not go with it: exit code 2."""
    lasting.url("telemetry.raw")
    wanted = {
        (): "name yours with --host", ("--host", "http://127.0.0.1:9"): "--host kafka://",
        ("--host", str(lasting.address("telemetry.rwa"))): "did you mean telemetry.raw?",
        ("--host", str(lasting.address("t")), "--contract", "sunbird"): "--contract kafka or kafka-event",
        ("--host", str(lasting.address("t")), "--contract", "kafka:dod"): "did you mean did?",
    }  # fmt: skip
    for options, words in wanted.items():
        done = swarm(*KAFKA, "-t", "1s", *options)

        assert done.status == 2
        assert words in done.err
        assert "Traceback" not in done.err
