"""A script that raises, or does not end its session: the run ends with 2 and names the line, in every model."""

import signal

import pytest

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
        "--headless", *MODELS[model], "-t", "60s", "--scenarios", path, "--host", endpoint.url,
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
        "--headless", *MODELS[model], "-t", "60m", "--scenarios", path, "--host", endpoint.url,
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
        "--headless", "--users", 1, "-t", "60m", "--scenarios", "mine.py", "--host", endpoint.url,
        FOOTFALL_SESSION_SECONDS="1000",
    ) as run:  # fmt: skip
        assert run.end(timeout=120) == 2, run.err

    assert f"{number.name} came while the script was in one session" in run.err
