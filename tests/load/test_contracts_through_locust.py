"""Every contract through Locust, by both clients, plain and gzipped: what a small endpoint reads back are valid events."""

import gzip
import json
import re
from pathlib import Path

import pytest

import generator.delivery
from generator.spec.check import check
from generator.spec.identity import read_mid
from tests.delivery import raw
from tests.load.stored import assert_ended_well, assert_nothing_hidden

GUIDE = Path(generator.delivery.__file__).parent / "README.md"
"""Its examples of contracts of one's own are what is tested here."""
EXAMPLES = dict(re.findall(r"```(toml|python)\n(.*?)```", GUIDE.read_text(), re.DOTALL))


def array(body):
    return json.loads(body)


def lines(body):
    return [json.loads(line) for line in body.splitlines()]


def single(body):
    return [json.loads(body)]


def sunbird(body):
    said = json.loads(body)
    assert said["params"]["msgid"]
    return said["events"]


def obsrv(body):
    said = json.loads(body)
    return said["data"] if isinstance(said["data"], list) else [said["data"]]


def records(body):
    said = json.loads(body)
    assert said["batch"]["sentAt"] >= max(event["ets"] for event in said["records"])
    return said["records"]


def topic(body):
    return [record["value"] for record in json.loads(body)["records"]]


OBSRV = b'{"responseCode":"OK","params":{"status":"SUCCESS"}}'
CONTRACTS = {
    "sunbird": ("/v1/telemetry", sunbird, b'{"responseCode":"SUCCESS"}', 200),
    "obsrv:set": ("/v2/data/in/set", obsrv, OBSRV, 200),
    "obsrv-object:set": ("/v2/data/in/set", obsrv, OBSRV, 1),
    "array": ("/", array, b"", 200),
    "ndjson": ("/", lines, b"", 200),
    "single": ("/", single, b"", 1),
    "own.toml": ("/v1/records", records, b'{"result":{"status":"ok"}}', 200),
    "topic.py:Topic": ("/topics/telemetry", topic, b'{"offsets":[{}]}', 200),
}
"""Where each posts, how its body is read, what it takes for success, and the most events of a request."""


def bodies(endpoint):
    """Give path and body of every request, inflated where its head says so."""
    for head, body in endpoint.requests:
        line, *headers = head.decode("latin-1").split("\r\n")
        is_packed = "content-encoding: gzip" in [header.lower() for header in headers]
        yield line.split(" ")[1], gzip.decompress(body) if is_packed else body, is_packed


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize(("client", "compress"), [("footfall", "gzip"), ("locust", "none")], ids=str)
def test_what_is_sent_by_a_contract_is_read_back_whole(swarm, tmp_path, contract, client, compress):
    """As many events as were counted, each valid and once, in batches as large as the contract takes."""
    (tmp_path / "own.toml").write_text(EXAMPLES["toml"])
    (tmp_path / "topic.py").write_text(EXAMPLES["python"])
    path, read, taken, largest = CONTRACTS[contract]
    # A class may leave compression to itself.
    packs = ["--compress", compress] if contract != "topic.py:Topic" else []
    with raw.serving(raw.keeps_saying(raw.answer_with(taken, "Content-Type: application/json"))) as endpoint:
        done = swarm(
            "--rate", "20k", "--sessions", 20, "--contract", contract, "--http-client", client, *packs,
            "--host", endpoint.url, INGEST_KEY="s3cret",
        )  # fmt: skip
    said = done.summary

    assert_ended_well(done)
    assert_nothing_hidden(said)
    assert said["acked"] == len(endpoint.requests)
    found = list(bodies(endpoint))
    assert {one for one, _, _ in found} == {path}
    assert {is_packed for _, _, is_packed in found} == {"gzip" in packs}
    batches = [read(body) for _, body, _ in found]
    assert 1 <= max(map(len, batches)) <= largest
    events = [event for batch in batches for event in batch]
    assert len(events) == said["events"] == said["acked_events"]
    assert [event for event in events if check(event, "wire")] == []
    assert len({event["mid"] for event in events}) == len(events)
    assert len({read_mid(event["mid"]).session for event in events}) == said["sessions"] == 20
    assert sum(len(body) for _, body in endpoint.requests) == said["bytes"]
    if contract == "own.toml":
        assert all(b"X-Api-Key: s3cret" in head for head, _ in endpoint.requests)
        assert "s3cret" not in done.out + done.err + json.dumps(said)


@pytest.mark.parametrize("contract", ["own.toml", "obsrv-object:set"])
def test_a_paced_learner_speaks_every_contract_too(swarm, tmp_path, contract):
    """The closed model sends by the same contract, one event a request where that is wanted."""
    (tmp_path / "own.toml").write_text(EXAMPLES["toml"])
    path, read, taken, largest = CONTRACTS[contract]
    with raw.serving(raw.keeps_saying(raw.answer_with(taken, "Content-Type: application/json"))) as endpoint:
        done = swarm(
            "-u", 4, "-r", 100, "--speed", 5000, "--sessions", 8, "--contract", contract,
            "--host", endpoint.url, INGEST_KEY="s3cret",
        )  # fmt: skip
    batches = [read(body) for _, body, _ in bodies(endpoint)]

    assert done.status == 0, done.err
    assert {one for one, _, _ in bodies(endpoint)} == {path}
    assert all(1 <= len(batch) <= largest for batch in batches)
    assert sum(map(len, batches)) == done.summary["acked_events"]
    assert [event for batch in batches for event in batch if check(event, "wire")] == []
