"""A fork of the server begins and ends as a process of its own does."""

import json
import os
import random
import signal
import subprocess
import sys

import pytest

from tests.support.forked import PIPE, ROOT, ForkServer, footfall_server, locust_server

SHOWS = """
import json, os, random, sys, __main__
json.dump({"argv": sys.argv, "path": sys.path[0], "folder": os.getcwd(), "env": dict(os.environ), "name": __name__,
           "file": __main__.__file__, "stdin": sys.stdin.read()}, sys.stdout)
print("told", file=sys.stderr)
"""
ENDS = {
    "by itself": "",
    "with a code": "import sys; sys.exit(7)",
    "with a message": "import sys; sys.exit('no')",
    "by an error": "1 / 0",
    "at exit": "import atexit, os; atexit.register(os._exit, 9)",
    "by Ctrl-C": "import os, signal; os.kill(os.getpid(), signal.SIGINT); signal.pause()",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "terminated": "import os, signal; os.kill(os.getpid(), signal.SIGTERM); signal.pause()",
    "with a reader gone": "import sys; sys.stdout.close(); sys.exit(3)",
}

STREAMS = """
import json, sys
for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(errors="backslashreplace")
json.dump([[one.name, one.mode, one.encoding, one.errors, one.seekable(), one.isatty(), one.line_buffering, one.write_through,
            type(one.buffer).__name__] for one in (sys.stdin, sys.stdout, sys.stderr)], sys.stdout)
"""
STARTS_A_SERVER = """
import sys
from tests.support.forked import ForkServer
server = ForkServer(["json"])
done = server.run([sys.argv[1]], cwd=sys.argv[2])
print(done.stdout.decode(), done.stderr.decode(), done.returncode)
"""


@pytest.fixture(params=[footfall_server, locust_server], ids=["footfall", "locust"])
def server(request):
    return request.param()


def alone(command, **options):
    return subprocess.run([sys.executable, *command], capture_output=True, check=False, **options)


def test_it_has_what_a_process_is_given(server, tmp_path):
    """Command line, folder, environment and standard input are those of a Python of its own."""
    script = tmp_path / "shows.py"
    script.write_text(SHOWS)
    given = {"cwd": tmp_path, "env": {**os.environ, "NEW": "1"}, "input": b"x\n"}
    theirs, its = alone([script, "a b", "--c"], **given), server.run([script, "a b", "--c"], **given)

    assert (its.returncode, its.stderr) == (0, b"told\n")
    assert json.loads(its.stdout) == json.loads(theirs.stdout)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_its_streams_are_those_of_a_process(tmp_path, unbuffered):
    """Its standard streams are those of a Python of its own, also if the server's are a file and its own are pipes."""
    script = tmp_path / "streams.py"
    script.write_text(STREAMS)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    env |= {"PYTHONUNBUFFERED": unbuffered} if unbuffered else {}
    theirs = alone([script], cwd=tmp_path, env=env, stdin=subprocess.DEVNULL)
    with (tmp_path / "log").open("w+b") as log:
        starts = [sys.executable, "-c", STARTS_A_SERVER, script, tmp_path]
        its = subprocess.run(starts, cwd=ROOT, env=env, stdout=PIPE, stderr=log, check=True)

    assert its.stdout.decode().split(" \n")[0].strip() == f"{theirs.stdout.decode()}  0"


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_as_a_process_ends(server, tmp_path, end):
    """Its exit code, its signal, and what it says last are those of a Python of its own."""
    script = tmp_path / "ends.py"
    script.write_text(ENDS[end])
    theirs, its = alone([script], cwd=tmp_path), server.run([script], cwd=tmp_path)

    assert (its.returncode, its.stdout) == (theirs.returncode, theirs.stdout)
    assert its.stderr.splitlines()[-1:] == theirs.stderr.splitlines()[-1:]


def test_signals_reach_it_and_its_end_is_known(server, tmp_path):
    """A fork that runs has no exit code, one that was ended has its signal's, and is ended no second time."""
    script = tmp_path / "waits.py"
    script.write_text("print('ready', flush=True)\nimport signal\nsignal.pause()")
    with server.start([script], cwd=tmp_path, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM == process.poll()
        process.kill()


def test_forks_share_nothing(server, tmp_path):
    """Each has random numbers, a hub of gevent and pipes of its own: one reads its end while the other goes on."""
    script = tmp_path / "draws.py"
    script.write_text("import random, sys\nprint(random.random(), flush=True)\nsys.stdin.read()")
    first, second = (server.start([script], cwd=tmp_path, stdin=PIPE) for _ in range(2))
    drawn = {one.stdout.readline() for one in (first, second)}
    first.communicate(timeout=60)

    assert len(drawn) == 2
    assert second.poll() is None
    second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)


def test_a_server_that_ends_leaves_no_fork(tmp_path):
    """What still runs is killed: nothing outlives the tests that started it."""
    server = ForkServer(["json"])
    script = tmp_path / "waits.py"
    script.write_text("import signal\nsignal.pause()")
    with server.start([script], cwd=tmp_path) as process:
        server.close()
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)

    assert process.returncode == -signal.SIGKILL


def test_a_variable_that_is_read_before_the_fork_is_refused(server, tmp_path):
    """Nothing pretends to run with another hash seed."""
    with pytest.raises(AssertionError, match="before the fork"):
        server.start(["x.py"], cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": str(random.randrange(99))})
