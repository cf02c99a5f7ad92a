import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from generator.cli.commands import COMMANDS, footfall

BIN = Path(sys.executable).parent
THERE = footfall.list_commands(click.Context(footfall))


def lines(said):
    return said.decode().splitlines()


class TestCommands:
    @pytest.mark.parametrize("verb", [verb for verb in THERE if verb != "demo"])
    def test_help_agrees_with_the_table_of_commands(self, verb):
        """`footfall --help` shows the first line of each command's own help."""
        command = import_module(f"generator.cli.{verb}").command

        assert command.name == verb
        assert command.help.startswith(f"{COMMANDS[verb]}\n")

    def test_help_imports_no_command(self):
        """`footfall --help` imports click, but not the file of a command or its dependencies."""
        script = (
            "import sys; from generator.cli.commands import run; run(['--help']);"
            "print(sorted(m for m in sys.modules if m.split('.')[0] in {'rich', 'faker', 'msgspec', 'locust'}"
            " or m.startswith(('generator.cli.', 'generator.spec')) and m != 'generator.cli.commands'))"
        )

        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

        assert lines(done.stdout)[-1] == "[]"

    def test_help_shows_a_command_only_if_its_file_exists(self):
        """Help lists only commands whose files exist."""
        assert set(THERE) <= set(COMMANDS)
        assert {"generate", "show", "scenarios", "check", "schema", "serve"} <= set(THERE)

    def test_without_a_command_help_is_shown(self, footfall):
        """`footfall` alone is wrong use, and shows what is right."""
        done = footfall()

        assert done.returncode == 2
        assert b"Example:" in done.stderr

    def test_completion_offers_commands_and_scenarios(self, footfall):
        """Completion offers the commands, and the names of the scenarios as a value of --scenario."""

        def complete(words, at):
            env = {"_FOOTFALL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
            return [line.split(",")[1] for line in lines(footfall(env=env).stdout)]

        assert complete("footfall ge", 1) == ["generate"]
        assert "practice" in complete("footfall generate --scenario pr", 3)
        assert complete("footfall generate --start n", 3) == ["now"]


WRONG = [
    (("gnerate",), "'generate'"),
    (("quite-another",), "the commands are "),
    (("generate", "--sesions", "3"), "--sessions"),
    (("generate", "--sessions", "-3"), "from 1 to 1,099,511,627,776"),
    (("generate", "--sessions", "1e12"), "in digits"),
    (("generate", "--sessions", "9" * 5000), "expected a whole number"),
    (("generate", "--sessions", str(2**40 + 1)), "40 bits"),
    (("generate", "--days", "0"), "from 1"),
    (("generate", "--start", "yesterday"), "2026-01-05"),
    (("generate", "--start", "0001-01-01"), "1974-01-01"),
    (("generate", "--form", "wired"), "'wire'"),
    (("generate", "--scenario", "practise"), "'practice'"),
    (("generate", "--scenario-dir", "nowhere"), "no such folder"),
    (("generate", "--locale", "en_XX"), "en_XX"),
    (("generate", "--world", "nowhere"), "nowhere"),
    (("generate", "-o", "nowhere/x.jsonl"), "make it first"),
    (("generate", "-o", "."), "is a directory"),
    (("generate", "-o", "x.jsonl.zip"), "x.jsonl.gz"),
    (("generate", "-o", "x.parquet"), "x.jsonl"),
    (("show", "nowhere.jsonl"), "nowhere.jsonl"),
    (("show", "--session", "-1"), "from 0"),
    (("scenarios", "practise"), "'practice'"),
    (("scenarios", "--new", "my-story"), "'my_story'"),
    (("scenarios", "--new", "class"), "Python function"),
    (("check",), "FILE"),
    (("check", "nowhere.jsonl"), "No such file"),
    (("check", "."), "name a file in it"),
    (("schema", "--eid", "STRAT"), "'START'"),
    (("schema", "-o", "nowhere/x.json"), "nowhere/x.json"),
    (("probe",), "URL"),
    (("probe", "127.0.0.1:9001"), "http://127.0.0.1:9001"),
    (("probe", "http://telemetry.example.org"), "--allow-remote"),
    (("probe", "http://127.0.0.1:9001", "--property", "resend-batch"), "'resent-batch'"),
    (("probe", "http://127.0.0.1:9001", "--against", "nowhere"), "no such file"),
    (("probe", "http://127.0.0.1:9001", "--test-dir", "nowhere"), "Make it first"),
    (("probe", "http://127.0.0.1:9001", "--junit", "nowhere/x.xml"), "Make it first"),
    (("probe", "http://127.0.0.1:9001", "--run-id", "xyz"), "8 hex digits"),
    (("probe", "http://127.0.0.1:9001", "--mode", "wild"), "'strict'"),
    (("probe", "http://127.0.0.1:1"), "start the endpoint"),
    (("report",), "RUN.json"),
    (("report", "nowhere.json"), "--summary"),
    (("serve", "--port", "70000"), "65,535"),
    (("serve", "--mode", "wild"), "'strict'"),
    (("serve", "--host", "203.0.113.4"), "another --host"),
    (("serve", "--host", "nowhere.invalid"), "another --host"),
]


@pytest.mark.parametrize(("arguments", "way_out"), WRONG, ids=lambda value: " ".join(value)[:40])
def test_wrong_use_is_one_line_that_names_the_way_out(said, arguments, way_out):
    """Wrong use exits with 2 and says one line, which holds what would be right."""
    status, out, err = said(*arguments)

    assert status == 2
    assert out == ""
    assert err.startswith("footfall: ")
    assert err.count("\n") == 1
    assert way_out in err


def examples():
    for verb in [None, *(verb for verb in THERE if verb != "demo")]:
        command = footfall if verb is None else footfall.get_command(click.Context(footfall), verb)
        yield pytest.param(verb, command, id=verb or "footfall")


def commands_of(command):
    block = command.help.partition("Example:")[2].split("\n\n")[0]
    return [line.strip() for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize(("verb", "command"), list(examples()))
def test_the_example_in_the_help_runs(verb, command, tmp_path):
    """The example in the help of every command runs in an empty folder."""
    shown = commands_of(command)
    env = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(tmp_path)}

    assert shown
    assert all(line.startswith("footfall ") for line in shown)
    if verb in {"serve", "probe", "report", "ledger", "verify"}:
        return  # one does not end by itself, the others need an endpoint or a run: see test_command_serve and so on
    for line in shown:
        done = subprocess.run(
            ["/bin/bash", "-o", "pipefail", "-c", line],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr


def shell(command, folder, **more):
    """Run a line of shell in a folder; give the finished process."""
    return subprocess.run(
        ["/bin/bash", "-c", command], cwd=folder, capture_output=True, check=False, timeout=60,
        env={**os.environ, "PATH": f"{BIN}:/usr/bin:/bin", **more},
    )  # fmt: skip


class TestStandardStreams:
    @pytest.mark.parametrize("arguments", ["--help", "show", "schema", "scenarios", "generate"])
    def test_a_closed_standard_output_is_one_line(self, tmp_path, arguments):
        """What cannot be written is an error, said in a line."""
        done = shell(f"footfall {arguments} >&-", tmp_path)

        assert done.returncode == 2
        assert lines(done.stderr)[-1] == "footfall: standard output: Bad file descriptor"

    def test_no_file_takes_the_place_of_a_closed_stream(self, tmp_path):
        """Into a file one can write without any of the three, and only what belongs there stands in it."""
        done = shell(
            "footfall generate --sessions 3 -o x.jsonl >&- 2>&- <&-; footfall check x.jsonl", tmp_path
        )

        assert done.returncode == 0, done.stderr
        assert b"as x.manifest.json says" in done.stdout

    @pytest.mark.parametrize("verb", ["check", "show"])
    def test_a_closed_standard_input_is_one_line(self, tmp_path, verb):
        """Where there is nothing to read from, that is said, and what to name instead."""
        done = shell(f"footfall {verb} - <&-", tmp_path)

        assert done.returncode == 2
        assert lines(done.stderr) == [
            "footfall: standard input cannot be read; name a file, or pipe events in"
        ]

    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize(
        ("verb", "status"),
        [("show --scenario-dir long.py", 0), ("check --max-violations 100000 bad.jsonl", 1)],
    )
    def test_a_reader_who_has_enough_is_no_mistake(self, tmp_path, verb, status, unbuffered):
        """A pipe that is closed while much is still to be said ends a verb quietly, with 0 or with its verdict."""
        (tmp_path / "bad.jsonl").write_text('{"eid":"LOG"}\n' * 10_000)
        (tmp_path / "long.py").write_text(
            "from generator import scenario\n@scenario\ndef long(learner, t, chance):\n"
            "    for _ in range(20_000):\n        t.heartbeat()\n"
        )
        done = shell(
            f"footfall {verb} | head -c 10; exit ${{PIPESTATUS[0]}}", tmp_path, PYTHONUNBUFFERED=unbuffered
        )

        assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.parametrize("module", ["click", "msgspec"])
def test_ctrl_c_while_the_command_is_read_shows_no_traceback(tmp_path, module):
    """Ctrl-C ends with 130 even before anything was begun."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / f"{module}.py").write_text("open('pipe').read()\n")
    process = subprocess.Popen(
        [BIN / "footfall", "check", "-"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    with process:
        with (tmp_path / "pipe").open("w"):
            # The module has opened its end: it is being read.
            process.send_signal(signal.SIGINT)
        # Closed by now: a signal that came just before the reading began is noticed after it.
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err
