"""A listener of ours that raises: the run ends there, and says what failed; it does not go on as something else."""

import json

import pytest

from tests.delivery import stub
from tests.delivery.stub import serving

# In a process of its own: Locust patches the one in which it is imported.
RAISING = """
import json, sys
from locust.argument_parser import parse_options
from locust.env import Environment
import gevent
import generator.load.runner as swarm
from generator.load.runner.run_controller import RunController
from generator.load.runner.run_messages import RunMessages
from generator.load.runner.run_monitor import RunMonitor

def raising(*_, **__):
    raise KeyError("unforeseen")

def wait(ended):
    with gevent.Timeout(60):
        while not ended:
            gevent.sleep(0.001)

FIRED = {
    "test_start": ("begin", {}), "test_stopping": ("stopping", {}), "test_stop": ("end", {}), "quitting": ("quit", {}),
    "quit": ("close", {"exit_code": 0}),
    "worker_report": ("on_report", {"client_id": "w", "data": {"user_classes_count": {}}}),
}
found = {}
swarm.install_listeners()
for name, (method, said) in FIRED.items():
    options = parse_options(["-f", "none.py", "--headless", "--rate", "5", "--host", "http://127.0.0.1:" + sys.argv[1]])
    environment = Environment(parsed_options=options, user_classes=[swarm.FootfallUser], host=options.host)
    runner = environment.create_local_runner()
    ended = []
    runner.quit = lambda: ended.append(True)
    owner = RunMessages if name == "worker_report" else RunController
    kept = getattr(owner, method)
    setattr(owner, method, raising)
    swarm._on_init(environment)
    getattr(environment.events, name).fire(**({"environment": environment} if not said else said))
    wait(ended)
    setattr(owner, method, kept)
    found[name] = [environment.process_exit_code, bool(ended), environment.footfall.guard.broken]
for name in swarm.GRANT, swarm.ASK:
    environment = Environment(parsed_options=options, user_classes=[swarm.FootfallUser], host=options.host)
    runner = environment.create_local_runner()
    ended = []
    runner.quit = lambda: ended.append(True)
    swarm._on_init(environment)
    # What no master or worker of ours sends: its data has none of the keys.
    environment.footfall.test = object()
    runner.send_message(name, {})
    wait(ended)
    found[name] = [environment.process_exit_code, bool(ended), environment.footfall.guard.broken]
for name, start in {
    "greenlet": lambda guard: guard.spawn("the display", raising),
    "watched": lambda guard: guard.watch("the ledger", gevent.spawn(raising)),
}.items():
    environment = Environment(parsed_options=options, user_classes=[swarm.FootfallUser], host=options.host)
    runner = environment.create_local_runner()
    ended = []
    runner.quit = lambda: ended.append(True)
    swarm._on_init(environment)
    start(environment.footfall.guard)
    wait(ended)
    found[name] = [environment.process_exit_code, bool(ended), environment.footfall.guard.broken]
print(json.dumps(found))
"""
CANNOT_COMPILE = """
from locust.main import main
from generator.load.template import pool
def compile_session(recipe):
    raise {error}
pool.compile_session = compile_session
main()
"""
FAILING = """
import msgspec
from generator.delivery.contracts import Request
from generator.delivery.receipt import ACKED
class Failing:
    form, path, largest = "wire", "/in", 0
    def request(self, batch):
        body = msgspec.json.encode(batch.events)
        if len(batch.events) > 1 and batch.msgid[8:16] == "0000beef" and batch.msgid.startswith("00000001"):
            raise ZeroDivisionError("not this one")
        return Request("POST", self.path, {"X-Length": str(len(body))}, body)
    def judge(self, answer): return ACKED
"""


def test_every_listener_is_guarded(run_code):
    """Whichever listener, message or greenlet raises: exit code 2, the end of the run, and the name of what failed."""
    with serving(stub.SUCCESS) as endpoint:
        done = run_code(RAISING, endpoint.url.rpartition(":")[2])
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])

    assert len(found) == 10
    for name, (code, has_ended, broken) in found.items():
        assert (code, has_ended) == (2, True), name
        assert any(
            error in broken for error in ("KeyError: 'unforeseen'", "KeyError: 'run'", "AttributeError")
        ), (name, broken)
        assert broken in done.stderr


@pytest.mark.parametrize("error", ["KeyError('unforeseen')", "RecursionError()"])
@pytest.mark.parametrize("processes", [(), ("--processes", 2)], ids=["alone", "two processes"])
def test_a_rate_that_cannot_be_prepared_is_not_run_at_a_human_pace(
    swarming, tmp_path, free_master, processes, error
):
    """Nothing is sent, the exit code is 2 whatever checks pass, and one line says why."""
    program = tmp_path / "program.py"
    program.write_text(CANNOT_COMPILE.format(error=error))
    options = (
        "--headless",
        "--rate",
        500,
        "-t",
        "60s",
        "--check",
        "error_rate<1%",
        "--summary",
        "summary.json",
    )
    more = (*processes, *free_master) if processes else ()
    with (
        serving(stub.SUCCESS) as endpoint,
        swarming(*options, *more, "--host", endpoint.url, program=program) as run,
    ):
        assert run.end() == 2, run.err

    assert endpoint.requests == []
    assert f"the run cannot begin: {error.partition('(')[0]}" in run.err
    assert run.summary["exit_code"] == 2
    assert "ended by an error of its own" in run.summary["exit_reasons"][0]["reason"]


def test_a_batch_that_a_contract_cannot_write_ends_its_session_alone(swarm, tmp_path):
    """The other sessions are sent whole, the run ends by itself, and its exit code says that something raised."""
    (tmp_path / "own.py").write_text(FAILING)
    with serving(stub.SUCCESS) as endpoint:
        done = swarm("--rate", "20k", "--sessions", 12, "--run-id", "beef", "--scenario", "web_portal",
                     "--batch-size", 5, "--contract", "own.py:Failing", "--host", endpoint.url)  # fmt: skip
    said = done.summary

    assert done.status in (1, 12), done.err
    assert said["sessions"] == 12
    assert 0 < said["unplayed"] <= 12
    assert said["dropped_events"] > 0
    assert said["batches"] == len(endpoint.requests) > 0
    assert (
        "a batch cannot be made: Failing failed to write the batch: ZeroDivisionError: not this one"
        in done.err
    )
    assert "(own.py:10, `raise ZeroDivisionError" in done.err
