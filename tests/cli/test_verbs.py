import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from generator.cli import VERBS, footfall

BIN = Path(sys.executable).parent
THERE = footfall.list_commands(click.Context(footfall))


def lines(said):
    return said.decode().splitlines()


class TestVerbs:
    @pytest.mark.parametrize("verb", [verb for verb in THERE if verb != "demo"])
    def test_help_is_the_table_of_verbs_said_again(self, verb):
        """What `footfall --help` says of a verb is the first line of that verb's own help."""
        command = import_module(f"generator.cli.{verb}").command

        assert command.name == verb
        assert command.help.startswith(f"{VERBS[verb]}\n")

    def test_help_reads_no_verb(self):
        """`footfall --help` imports click, and neither a verb's file nor what a verb needs."""
        script = (
            "import sys; from generator.cli import run; run(['--help']);"
            "print(sorted(m for m in sys.modules if m.split('.')[0] in {'rich', 'faker', 'msgspec', 'locust'}"
            " or m.startswith(('generator.cli.', 'generator.spec'))))"
        )

        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

        assert lines(done.stdout)[-1] == "[]"

    def test_help_shows_a_verb_only_where_its_file_is(self):
        """No verb is promised that is not there."""
        assert set(THERE) <= set(VERBS)
        assert {"generate", "show", "scenarios", "check", "schema", "serve"} <= set(THERE)

    def test_without_a_verb_help_is_shown(self, footfall):
        """`footfall` alone is wrong use, and shows what is right."""
        done = footfall()

        assert done.returncode == 2
        assert b"Example:" in done.stderr

    def test_completion_offers_verbs_and_scenarios(self, footfall):
        """Completion knows the verbs, and the names of the scenarios where one is wanted."""

        def complete(words, at):
            env = {"_FOOTFALL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
            return [line.split(",")[1] for line in lines(footfall(env=env).stdout)]

        assert complete("footfall ge", 1) == ["generate"]
        assert "practice" in complete("footfall generate --scenario pr", 3)
        assert complete("footfall generate --start n", 3) == ["now"]


WRONG = [
    (("gnerate",), "'generate'"),
    (("quite-another",), "there are "),
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
    (("generate", "--scenarios", "nowhere"), "no such folder"),
    (("generate", "--locale", "en_XX"), "en_XX"),
    (("generate", "--world", "nowhere"), "nowhere"),
    (("generate", "-o", "nowhere/x.jsonl"), "make it first"),
    (("generate", "-o", "."), "is a directory"),
    (("generate", "-o", "/dev/null"), "no regular file"),
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
    (("serve", "--port", "70000"), "65,535"),
    (("serve", "--mode", "wild"), "'strict'"),
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
    """Every verb's --help has an example, and it does what it says, in an empty folder."""
    shown = commands_of(command)
    env = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(tmp_path)}

    assert shown
    assert all(line.startswith("footfall ") for line in shown)
    if verb == "serve":
        return  # it does not end by itself: see test_verb_serve
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
