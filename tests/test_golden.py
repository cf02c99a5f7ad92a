"""What users and programs read, kept as golden files: help, JSON, labels and the bytes of a ledger.

`FOOTFALL_GOLDEN=write` writes them again, for review in the diff.
"""

import hashlib
import json
import os
import subprocess
import sys
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

import pytest

from generator.cli.commands import COMMANDS, run
from generator.delivery.receipt import ACKED, rejected, unknown
from generator.ledger import Header, LedgerWriter, SessionStart
from generator.ledger.frame import decompress, read_frame, seed_of
from generator.ledger.record import EventLabel

GOLDEN = Path(__file__).parent / "golden"
OPTIONS = """
import configargparse
from generator.load.runner.options import add_options
parser = configargparse.ArgumentParser(add_help=False)
add_options(parser)
for action in parser._actions:
    print(*action.option_strings, repr(action.default), action.metavar, action.choices, getattr(action, 'env_var', ''))
    print(action.help, end="\\n\\n")
"""
RUN, STARTED = 0x0ABCDEF0, 1_790_000_000_123.0


def same_as_golden(name, text):
    """Compare a text with its golden file, or write the file if FOOTFALL_GOLDEN is `write`."""
    path = GOLDEN / name
    if os.environ.get("FOOTFALL_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.fixture
def command(capfd, tmp_path, monkeypatch):
    """Run a command of Footfall in an empty folder, 80 columns wide; return its exit code and its output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        return code, capfd.readouterr().out

    return call


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_is_the_golden_text(name):
    """A change of what a command offers shows in a diff; how click lays it out is click's own."""
    command = import_module(f"generator.cli.{name}").command
    lines = [f"{name}: {COMMANDS[name]}", "", cleandoc(command.help)]
    for option in command.params:
        default = option.default if isinstance(option.default, str | int | float) else None
        shown = option.opts + option.secondary_opts, option.type.name, default
        lines += ["", " ".join(map(str, shown)), getattr(option, "help", None) or ""]

    same_as_golden(f"help/{name}.txt", "\n".join(lines) + "\n")


def test_the_options_of_load_runs_are_the_golden_text():
    """A change of what a load run offers shows in a diff."""
    done = subprocess.run([sys.executable, "-c", OPTIONS], capture_output=True, text=True, check=True)

    same_as_golden("help/locust.txt", done.stdout)


def test_a_dataset_with_faults_is_the_golden_one(command):
    """Events, manifest, labels and verdict of one seed are the same on any machine; versions are left out."""
    dataset = [
        "generate",
        "--sessions",
        12,
        "--seed",
        3,
        "--form",
        "wire",
        "--fault",
        "dirty",
        "-o",
        "events.jsonl",
    ]
    assert command(*dataset)[0] == 0
    manifest = json.loads(Path("events.manifest.json").read_text())
    code, verdict = command("check", "--form", "wire", "--json", "events.jsonl")
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path().glob("events*.jsonl"))
    }

    assert code == 1
    assert manifest.pop("versions")
    same_as_golden(
        "dataset_with_faults.json",
        json.dumps(
            {"digests": digests, "manifest": manifest, "check": json.loads(verdict)}, indent=1, sort_keys=True
        )
        + "\n",
    )


def test_the_list_of_scenarios_is_the_golden_one(command):
    """The list for programs has the same names, shares and texts."""
    code, listed = command("scenarios", "--json")

    assert code == 0
    listed = listed.replace(str(GOLDEN.parent.parent), ".")
    same_as_golden("scenarios.json", json.dumps(json.loads(listed), indent=1) + "\n")


def digest_of_blocks(path):
    """Hash a ledger's title and the content of its blocks: zlib's bytes differ from one build to another."""
    with path.open("rb") as file:
        title = file.readline()
        header = read_frame(file, len(title), 0)
        seed, digest = seed_of(header.payload), hashlib.sha256(title + header.payload)
        at = header.end
        while frame := read_frame(file, at, seed):
            digest.update(decompress(frame.payload))
            at = frame.end
    assert at == path.stat().st_size
    return digest.hexdigest()


def test_the_bytes_of_a_ledger_are_the_golden_ones(tmp_path, command):
    """A ledger of the same records has the same bytes, and is printed as the golden text."""
    header = Header(
        run=RUN, worker=0, started=STARTED, footfall="1", seed=7, contract="sunbird", form="wire", mark="footfall:x",
        model="open", scenarios={"practice": "ab"}, world="cd", options={"rate": "5"},
    )  # fmt: skip
    writer = LedgerWriter(tmp_path, header)
    writer.lease(0, 4096)
    for session, receipt in enumerate([ACKED, rejected("400 Bad Request"), unknown("504 Gateway Timeout")]):
        writer.open(
            SessionStart(
                session, "practice", session, f"user{session}", f"device{session}", int(STARTED) + session
            )
        )
        writer.sent(session, 0, 0, 5, 1, 0.5 * session, 0.5 * session + 0.001, 0.5 * session + 0.02, receipt)
    writer.label(EventLabel(1, 0, 3, "missing_field"))
    writer.close()
    [path] = tmp_path.glob("ledger-*.bin")
    code, printed = command("ledger", "--records", path)

    assert code == 0
    same_as_golden("ledger.txt", f"{digest_of_blocks(path)}\n{printed}")
