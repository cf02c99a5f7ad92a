"""Each old name of an option is rejected with its new name, by the commands and by load runs."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from generator.cli.commands import COMMANDS
from generator.errors import FootfallError
from generator.load.checks.check import parse_checks
from generator.load.settings import Settings
from generator.load.sink_of_run import check_sink
from generator.scenarios.loader import choose, find
from generator.system.renamed_options import RENAMED, RENAMED_VALUES

LOCUSTFILE = Path(__file__).parent.parent.parent / "locustfiles" / "session.py"
PARSE = """
import contextlib, io, json, sys
import configargparse
from generator.load.runner.options import add_options
from generator.errors import FootfallError
from generator.load.checks.check import parse_checks
from generator.load.settings import Settings
from generator.load.sink_of_run import check_sink
from generator.scenarios.loader import choose, find
from generator.system.renamed_options import RENAMED, RENAMED_VALUES

def parse(*arguments):
    parser = configargparse.ArgumentParser(prog="locust")
    add_options(parser)
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        try:
            parser.parse_args(arguments)
        except SystemExit as exit:
            return [exit.code, err.getvalue()]
    return [None, err.getvalue()]

parser = configargparse.ArgumentParser()
add_options(parser)
old = [name for name, new in RENAMED.items() if new in parser._option_string_actions and name in parser._option_string_actions]
json.dump({name: [parse(name, "x"), parse(name + "=x"), parse(name)] for name in old}, sys.stdout)
"""
OF_LOAD_RUNS = {"--allow-poison", "--faults", "--flat-out", "--mark", "--process", "--scenarios", "--settle"}
"""Old names of options that only a load run has, or that it shares with a command."""


def options_of(name):
    command = import_module(f"generator.cli.{name}").command
    return {option for parameter in command.params for option in parameter.opts}


OF_COMMANDS = [
    (name, old, new) for name in COMMANDS for old, new in RENAMED.items() if new in options_of(name)
]


def locust(*options):
    """Run Locust with options that it must reject; return the exit code and stderr."""
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        str(LOCUSTFILE),
        "--headless",
        "--run-time",
        "1s",
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def rejected():
    """The exit code and stderr of a load run's parser for each old name, in three forms."""
    done = subprocess.run(
        [sys.executable, "-c", PARSE], capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(("name", "old", "new"), OF_COMMANDS)
@pytest.mark.parametrize("joined", [False, True])
def test_a_command_rejects_the_old_name_with_the_new_one(said, name, old, new, joined):
    """The exit code is 2 and the message has the new name, for `--old x` and for `--old=x`."""
    status, out, err = said(name, *([f"{old}=x"] if joined else [old, "x"]))

    assert (status, out) == (2, "")
    assert err == f"footfall: {old} is renamed to {new}\n"


def test_a_new_name_that_the_command_does_not_have_is_not_offered(said):
    """`schema` never had --sink, so the message is that of an unknown option."""
    status, _, err = said("schema", "--sink", "x")

    assert status == 2
    assert "renamed" not in err


def test_every_old_name_is_tested(rejected):
    """Each entry of the table belongs to a command or to a load run."""
    assert {old for _, old, _ in OF_COMMANDS} | set(rejected) == set(RENAMED)
    assert set(rejected) >= OF_LOAD_RUNS


def test_a_load_run_rejects_each_old_name_with_the_new_one(rejected):
    """The exit code is 2 and the message has the new name, for `--old x`, `--old=x` and `--old`."""
    for old, results in rejected.items():
        for status, err in results:
            assert (status, err) == (2, f"footfall: {old} is renamed to {RENAMED[old]}\n"), old


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--process", "constant"), "footfall: --process is renamed to --arrival-process"),
        (("--arrival-p", "constant"), "unrecognized arguments: --arrival-p\n"),
        (("--settle", "1"), "footfall: --settle is renamed to --settle-time"),
        (("--unpa",), "unrecognized arguments: --unpa\n"),
    ],
)
def test_locust_rejects_an_old_and_an_abbreviated_option(options, message):
    """A real load run ends with 2 before it sends anything, if an option is old or abbreviated."""
    status, err = locust(*options)

    assert status == 2
    assert message in err


@pytest.mark.parametrize(
    ("use", "old"),
    [
        (lambda old: choose(find(), [old]), "any-valid"),
        (lambda old: parse_checks([f"{old}==0"]), "wrongly_accepted"),
        (lambda old: parse_checks([f"{old}==0"]), "wrongly_refused"),
        (lambda old: check_sink(Settings(verify=old, ledger="ledger"), is_local=True), "own"),
    ],
)
def test_an_old_value_is_rejected_with_the_new_one(use, old, tmp_path, monkeypatch):
    """A scenario, a metric and a sink that have another name now are not taken for something else."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FootfallError, match=f"{old}.* is renamed to .*{RENAMED_VALUES[old]}"):
        use(old)


def test_a_file_that_has_the_old_name_of_a_sink_is_that_sink(tmp_path, monkeypatch):
    """An existing file called `own` is named by its path, as any other file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").touch()

    check_sink(Settings(verify="own", ledger="ledger"), is_local=True)


def test_every_old_value_is_tested():
    """Each entry of the table of values has a case above."""
    assert set(RENAMED_VALUES) == {"any-valid", "own", "wrongly_accepted", "wrongly_refused"}
