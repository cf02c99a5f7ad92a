"""What the generator's machine lacks is told as such, and never as a failure of the endpoint."""

from pathlib import Path

import pytest

from tests.delivery import raw, stub
from tests.load.few_descriptors import LIMIT
from tests.load.stored import assert_nothing_hidden

SUCCESS = raw.answer_with(stub.SUCCESS[2], "Content-Type: application/json")
PROGRAM = Path(__file__).with_name("few_descriptors.py")
LACKED = "local: not sent: too many open files on this machine"


def takes_its_time(peer):
    """Answer after half a second, so that many connections are needed at once."""
    while peer.read_request():
        peer.ended.wait(0.5)
        peer.say(SUCCESS)


@pytest.mark.parametrize("model", ["open", "closed"])
@pytest.mark.parametrize("client", ["footfall", "locust"])
def test_too_few_file_descriptors_are_the_generator_s_failure(swarm, client, model):
    """Exit code 12 names what is missing and the way out; the endpoint's error rate stays zero."""
    rate = ("--rate", "1500", "--batch-size", 10) if model == "open" else ("--speed", 3600)
    users = 2 * LIMIT
    with raw.serving(takes_its_time) as endpoint:
        done = swarm(
            *rate, "-u", users, "-r", users, "-t", "4s", "--host", endpoint.url, "--http-client", client,
            "--check", "error_rate==0", "--check", "unknown==0", program=PROGRAM,
        )  # fmt: skip
        taken = len(endpoint.requests)
    said = done.summary

    assert done.status == 12, done.err
    assert said["local"] > 0
    assert list(said["reasons"]) == [LACKED]
    assert (said["rejected"], said["unknown"]) == (0, 0)
    assert said["acked"] == taken > 0
    assert said["figures"]["error_rate"] == 0
    assert any("raise `ulimit -n`" in why for why in said["generator_limited"])
    assert_nothing_hidden(said)
    assert "Traceback" not in done.err, done.err
