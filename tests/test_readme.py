"""What the README files say is done: every command block and every Python block is run."""

import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import urllib3

from generator import SeededChance, World, check, play
from generator.scenarios.story import Scenario
from tests.support.forked import BIN, footfall_server, locust_server

ROOT = Path(__file__).parent.parent
START = 1767600000000
PORT = "9001"
"""At which the endpoints of the README serve; here each serves at one that is free."""


def blocks(path, language):
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(path):
    lines = [
        line.partition("    #")[0].strip() for block in blocks(path, "sh") for line in block.splitlines()
    ]
    return [line for line in lines if line]


@pytest.fixture
def clone(tmp_path):
    """A folder that looks like a clone, with the environment that runs these tests as its own."""
    for name in (
        "Makefile",
        "pyproject.toml",
        "generator",
        "locustfiles",
        "scenarios",
        "README.md",
        "LICENSE",
        "tests",
    ):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / ".installed").touch()
    return tmp_path


def environment():
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def run_until_ready(command, folder):
    """Run a command that serves until it is told to stop, and see that it serves."""
    process = subprocess.Popen(command, shell=True, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True,
                               start_new_session=True)  # fmt: skip
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            match = re.search(r"http://127\.0\.0\.1:8089", line)
            if match:
                # The line is written a moment before the port is open.
                retries = urllib3.Retry(connect=60, backoff_factor=0.1, backoff_max=0.5)
                assert b"Footfall" in urllib3.request("GET", match[0], retries=retries, timeout=10).data
                statistics = urllib3.request("GET", f"{match[0]}/stats/requests", timeout=10).json()
                assert "extended_stats" in statistics
                return
        raise AssertionError("".join(said))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.stderr.read()
        process.stderr.close()
        process.wait(30)


@contextmanager
def serving(command, folder):
    """Let an endpoint serve, as in a terminal of its own, at a port that is free; give its port."""
    free = command.replace(f"--port {PORT}", "--port 0")
    with subprocess.Popen(
        shlex.split(free), cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:  # fmt: skip
        try:
            yield process.stdout.readline().strip().rpartition(":")[2]
        finally:
            process.terminate()


def run(command, folder):
    """Run a command to its end; one of Footfall or Locust alone, without a shell's words, in a process with a head start."""
    words = shlex.split(command)
    servers = {"footfall": footfall_server, "locust": locust_server}
    if words[0] in servers and not {"||", "--processes"} & {*words}:
        server = servers[words[0]]()
        return server.run([BIN / words[0], *words[1:]], cwd=folder, env=environment(), text=True, timeout=300)
    return subprocess.run(
        command, shell=True, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("path", ["README.md", "scenarios/README.md", "locustfiles/README.md"])
def test_every_command_works_as_it_stands(path, clone):
    """The commands of a README work one after the other, in a clone; one that serves goes on beside the others."""
    listed, port = commands(path), PORT
    assert listed
    with ExitStack() as servers:
        for command in listed:
            if command == "make test":
                continue  # what runs this test
            if command == "locust -f locustfiles/session.py":
                run_until_ready(command, clone)
                continue
            if command.startswith("footfall serve "):
                port = servers.enter_context(serving(command, clone))
                continue
            done = run(command.replace(f":{PORT} ", f":{port} "), clone)
            # A check says 12 where a busy machine made the generator itself the bottleneck.
            fine = {0, 12} if " --check " in command else {0}
            assert done.returncode in fine, f"{command}\n{done.stdout}\n{done.stderr}"
            if command.endswith('|| echo "exit $?"'):
                assert done.stdout.endswith("exit 11\n"), f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "scenarios/README.md",
        "generator/spec/README.md",
        "generator/world/README.md",
        "generator/scenarios/README.md",
        "generator/population/README.md",
        "generator/strategies/README.md",
        "generator/faults/README.md",
    ],
)
def test_every_python_block_works_as_it_stands(path, capsys):
    """Python blocks run; tests in them pass, scenarios in them play into valid sessions."""
    listed = blocks(path, "python")
    assert listed
    for block in listed:
        names = {}
        # No file's name: whoever looks the source up would find other lines there.
        exec(compile(block, f"<{path}>", "exec"), names)
        for name, value in names.items():
            if name.startswith("test_"):
                value()
            elif isinstance(value, Scenario):
                for number in range(20):
                    session = play(value, World().learner(number, value.device), START, SeededChance(number))
                    assert session.events
                    assert [v for line in session.lines().splitlines() for v in check(line)] == []


def test_every_file_for_pytest_passes_as_it_stands(tmp_path):
    """Blocks that begin with a file's name are those files: pytest runs them, with Footfall's plugin."""
    for block in blocks("generator/testing/README.md", "python"):
        (tmp_path / block.partition("\n")[0].removeprefix("# ")).write_text(block, encoding="utf-8")
    # Locust's plugin would patch the process; the profile has no deadline for a busy machine to miss.
    options = ["-p", "no:locust", "-p", "no:cacheprovider", "--hypothesis-profile", "footfall-ci"]
    command = [sys.executable, "-m", "pytest", "-q", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert re.search(r"^8 passed", done.stdout, flags=re.MULTILINE), done.stdout


def test_the_readme_is_short():
    """The README is read to its end: 150 lines at the most."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_the_mapping_is_told_in_full():
    """The public table of the mapping is the one in the code."""
    from generator.spec.wire import MAPPING

    text = (ROOT / "generator/spec/README.md").read_text(encoding="utf-8")
    for move in MAPPING:
        wire = f"`{move.wire}`" if move.wire else "—"
        assert f"| {move.eid} | `{move.documented}` | {wire} | {move.lost or 'nothing'} |" in text


def test_every_strategy_is_told():
    """Whatever the strategies' room offers stands in its table; the 17 payloads by the first and the last."""
    from generator import strategies

    text = (ROOT / "generator/strategies/README.md").read_text(encoding="utf-8")
    named = [name for name in strategies.__all__ if not name.endswith("_payloads")]
    assert [name for name in named if f"`{name}" not in text and f"{name}(" not in text] == []


def test_links_lead_somewhere():
    """Every relative link of every README points to a file."""
    for path in [ROOT / "README.md", *ROOT.glob("*/README.md"), *ROOT.glob("generator/*/README.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path}: {target}"


def told_arguments(node):
    """Tell an object's fields as the table of arguments does."""
    told = []
    for name, child in node.children.items():
        text = (f"**{name}**" if child.rule.required else name) + ("[]" if child.items else "")
        below = told_arguments(child.items or child)
        values = ", ".join(value or '""' for value in child.rule.values if value != "ENDCHOOSE")
        told.append(text + (f" {{{below}}}" if below else f" ({values})" if values else ""))
    return ", ".join(told)


def test_the_arguments_of_the_methods_are_told_in_full():
    """The table for script authors is the table of rules."""
    from generator.spec.check import TREES

    text = (ROOT / "scenarios/README.md").read_text(encoding="utf-8")
    for eid, tree in TREES["documented"].items():
        told = told_arguments(tree.children["edata"])
        if eid not in {"METRICS", "EXDATA", "HEARTBEAT"}:
            assert f"| `{eid.lower()}` | {told} |" in text


def test_what_only_the_wire_has_is_told_in_full():
    """The table of wire= is the wire payloads' own."""
    from generator.spec.wire import WIRE_ONLY

    text = (ROOT / "scenarios/README.md").read_text(encoding="utf-8")
    for eid, names in WIRE_ONLY.items():
        assert not names or f"| `{eid.lower()}` | {', '.join(names)} |" in text
