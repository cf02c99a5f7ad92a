"""A script that raises, or does not end its session: the run ends with 2 and names the line, in every model."""

import signal

import pytest

from generator.errors import ContractError
from generator.load.plan import Plan
from generator.load.settings import Settings
from tests.delivery import stub
from tests.delivery.stub import serving

HEAD = (
    "from generator import scenario\nplayed = []\n@scenario\n"
    "def mine(learner, t, chance):\n    played.append(1)\n    t.heartbeat()\n"
)
# What a script does from its nth session of a process on.
BODIES = {
    "raises": "    if len(played) > {n}:\n        raise ValueError('no')\n",
    "loops": "    while len(played) > {n}:\n        pass\n",
}
LINES = {
    "raises": "mine.py:8, `raise ValueError('no')`: ValueError: no",
    "loops": "has not ended its session after 1 s",
}
MODELS = {
    "closed": ("--users", 4, "--spawn-rate", 4, "--speed", 1000),
    "open": ("--rate", 300),
}


def script(folder, does, n):
    path = folder / "mine.py"
    path.write_text(HEAD + BODIES[does].format(n=n))
    return path


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("does", BODIES)
def test_a_script_that_fails_at_once_is_refused(swarming, tmp_path, does, model):
    """Nothing is sent, and one line names the script's line."""
    path = script(tmp_path, does, 0)
    with serving(stub.SUCCESS) as endpoint, swarming(
        "--headless", *MODELS[model], "-t", "60s", "--scenario-dir", path, "--host", endpoint.url,
        FOOTFALL_SESSION_SECONDS="1",
    ) as run:  # fmt: skip
        assert run.end() == 2

    assert endpoint.requests == []
    assert LINES[does] in run.err
    assert "Traceback" not in run.err


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("does", BODIES)
def test_a_script_that_fails_later_ends_the_run(swarming, tmp_path, does, model):
    """What it has played was sent, the run ends long before its time with exit code 2, and the line is named."""
    path = script(tmp_path, does, 30)
    with serving(stub.SUCCESS) as endpoint, swarming(
        "--headless", *MODELS[model], "-t", "60m", "--scenario-dir", path, "--host", endpoint.url,
        "--summary", "summary.json", FOOTFALL_SESSION_SECONDS="1",
    ) as run:  # fmt: skip
        assert run.end(timeout=120) == 2, run.err

    assert endpoint.requests
    assert LINES[does] in run.err
    assert "Traceback" not in run.err
    assert run.summary["exit_code"] == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_script_that_loops(swarming, tmp_path, number):
    """A signal that comes while a script loops ends the run at the next look, though gevent cannot hear it."""
    (tmp_path / "mine.py").write_text(
        HEAD + "    import signal\n    while len(played) > 1:\n"
        f"        if {int(number)} in signal.pthread_sigmask(0, []) and len(played) == 2:\n"
        f"            played.append(signal.raise_signal({int(number)}))\n"
    )
    with serving(stub.SUCCESS) as endpoint, swarming(
        "--headless", "--users", 1, "-t", "60m", "--scenario-dir", "mine.py", "--host", endpoint.url,
        FOOTFALL_SESSION_SECONDS="1000",
    ) as run:  # fmt: skip
        assert run.end(timeout=120) == 2, run.err

    assert f"{number.name} came while the script was in one session" in run.err


CONTRACT = """
import msgspec
from generator.delivery.contracts import Request
from generator.delivery.receipt import ACKED
class Own:
    form, path, largest = "wire", "/in", 0
    def request(self, batch):
        if {when}:
            {does}
        body = msgspec.json.encode(batch.events)
        return Request("POST", self.path, {{"X-Length": str(len(body))}}, body)
    def judge(self, answer): return ACKED
"""


@pytest.mark.parametrize("does", ["raise ValueError('no')", "raise SystemExit(0)", "return None"])
def test_a_contract_is_tried_with_the_batches_of_the_run(tmp_path, does):
    """A contract that cannot write a batch as large as the run's is refused at the start; one for smaller batches is not."""
    path = tmp_path / "own.py"
    path.write_text(CONTRACT.format(when="len(batch.events) > 15", does=does))
    said = f"{path}:Own"

    with pytest.raises(
        ContractError, match=r"Own failed to write the batch: .*a batch of (1[6-9]|2\d|\d{3}) events"
    ):
        Plan(Settings(contract=said)).rehearse()
    Plan(Settings(contract=said, batch_size=15)).rehearse()


@pytest.mark.parametrize("does", ["raise ValueError('no')", "raise SystemExit(0)"])
@pytest.mark.parametrize("model", MODELS)
def test_a_contract_that_fails_later_leaves_out_what_it_cannot_write(swarm, tmp_path, does, model):
    """The other batches are sent, the events left out are counted, and an error with the contract's line makes the exit code 1."""
    path = tmp_path / "own.py"
    when = "int(batch.msgid[8:16], 16) == 0xbeef and len(batch.events) > 15"
    path.write_text(CONTRACT.format(when=when, does=does))
    with serving(stub.SUCCESS) as endpoint:
        done = swarm(
            *MODELS[model], "--sessions", 40, "--run-id", "beef", "--contract", f"{path}:Own", "--host", endpoint.url
        )  # fmt: skip
    said = done.summary

    assert done.status in (1, 12), done.err
    assert said["batches"] == len(endpoint.requests) > 0
    assert said["dropped_events"] > 0
    assert "a batch cannot be made: Own failed to write the batch: " in done.err
    assert "(own.py:9, `" in done.err
