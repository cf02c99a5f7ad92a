import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from xml.etree import ElementTree as ET

import pytest

from generator.cli.probe import command
from generator.collector import CollectorProcess
from generator.probe.examples import DEFAULT_EXAMPLES
from generator.probe.properties import PROPERTIES
from generator.probe.run import MODES

sys.path.insert(0, str(Path(__file__).parent.parent / "probe"))
from planted import Planted
from probing import SUCCESS, speaking

README = Path(__file__).parents[2] / "generator" / "probe" / "README.md"
FOOTFALL = [str(Path(sys.executable).with_name("footfall"))]


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    with CollectorProcess(tmp_path_factory.mktemp("healthy") / "store") as collector:
        yield collector


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A collector which stores a batch again when it is sent again."""
    with Planted("stores-resent-twice", tmp_path_factory.mktemp("broken") / "store") as collector:
        yield collector


def probe(said, collector, *arguments):
    return said("probe", collector.url, "--against", collector.store, "--max-examples", 1, *arguments)


class TestProbe:
    def test_a_healthy_endpoint_passes(self, said, healthy, tmp_path):
        """A line for each property, 0, and no file left behind."""
        status, out, err = probe(said, healthy)

        assert status == 0
        named = [line.split()[0] for line in out.splitlines()[: len(PROPERTIES)]]
        assert sorted(named) == sorted(one.name for one in PROPERTIES)
        assert out.splitlines()[-1] == "19 passed, 1 skipped"
        assert re.fullmatch(
            r"footfall: http://\S+ answers before it checks; run (\w{8}), .* tag footfall:\1\n", err
        )
        assert list(tmp_path.iterdir()) == []

    def test_it_leaves_nothing_behind(self, footfall, healthy, tmp_path):
        """Hypothesis' own folder is not left where the user happens to be."""
        done = footfall("probe", healthy.url, "--max-examples", 1, "--property", "unicode")

        assert done.returncode == 0, done.stderr
        assert list(tmp_path.iterdir()) == []

    def test_a_failure_is_told_in_full(self, said, broken, tmp_path):
        """The truth, what is wrong, the smallest batch, the answer, the lines that repeat it, the test; and 1."""
        status, out, _ = probe(said, broken, "--property", "resent-batch", "--run-id", "abcd")

        assert status == 1
        assert "resent-batch         failed  (4 of 4 examples)" in out
        assert "resent-batch: A batch that is sent again changes nothing." in out
        assert "is stored 2 times, and once is right." in out
        assert "The smallest batch: 1 event" in out
        assert '"footfall:0000abcd"' in out
        assert '200 {"id":"api.telemetry"' in out
        assert out.count("| curl -sS") == 2
        assert "As a test: pytest footfall_probe_resent_batch.py" in out
        assert [path.name for path in tmp_path.iterdir()] == ["footfall_probe_resent_batch.py"]

    def test_machines_are_told_the_same(self, said, broken, tmp_path):
        """JSON on standard output, JUnit XML in a file, tests where they are wanted."""
        (tmp_path / "found").mkdir()
        status, out, _ = probe(
            said, broken, "--property", "resent-batch", "--property", "health", "--property", "poison-pill",
            "--json", "--junit", "probe.xml", "--test-dir", "found",
        )  # fmt: skip

        told = json.loads(out)
        suite = ET.parse(tmp_path / "probe.xml").getroot()
        assert status == 1
        assert {row["name"]: row["status"] for row in told["properties"]} == {
            "health": "passed", "resent-batch": "failed", "poison-pill": "skipped",
        }  # fmt: skip
        assert told["passed"] is False
        failure = next(row["failure"] for row in told["properties"] if row["failure"])
        assert [event["eid"] for event in failure["events"]] == ["HEARTBEAT"]
        assert Path(failure["script"]).is_file()
        assert suite.attrib | {"name": ""} == {
            "name": "",
            "tests": "3",
            "failures": "1",
            "errors": "0",
            "skipped": "1",
        }
        assert "The smallest batch" in suite.find("testcase/failure").text

    def test_properties_are_listed_with_their_truths(self, said):
        """Every property, what is true, and for whom."""
        status, out, _ = said("probe", "--list")

        assert status == 0
        assert all(f"{one.name:20} {one.truth}\n" in out and one.holds_for in out for one in PROPERTIES)
        assert "Not checked: the order in which events are stored" in out

    def test_options_know_what_the_probe_knows(self):
        """The verb names modes and numbers without reading the probe; they are the probe's own."""
        options = {option.name: option for option in command.params}

        assert options["mode"].type.choices == MODES
        assert options["max_examples"].default == DEFAULT_EXAMPLES

    def test_without_a_sink_that_is_said(self, said, healthy):
        """What only answers were asked of is not told as if it was stored."""
        _, out, _ = said("probe", healthy.url, "--property", "one-event")

        assert out.endswith("1 passed; by answers alone, --against would show what is stored\n")

    def test_files_of_another_program_are_a_sink_too(self, said, healthy):
        """The same store as plain files: nothing fails, and dedup by mid needs a producer to be named."""
        files = (
            "--against",
            f"{healthy.store}/accepted-*.jsonl",
            "--against",
            f"rejected={healthy.store}/rejected-*.jsonl",
        )
        rest = ("--settle-time", 0, "--max-examples", 1)
        status, out, _ = said("probe", healthy.url, *files, *rest)
        _, named, _ = said(
            "probe", healthy.url, *files, *rest, "--property", "repeated-mid", "--producer", "x.portal"
        )

        assert status == 0
        assert "repeated-mid         skipped" in out
        assert out.splitlines()[-1] == "18 passed, 2 skipped"
        assert "repeated-mid         passed" in named

    def test_a_url_may_end_with_the_path(self, said, healthy):
        """What people copy is understood; a gateway's path changes what is judged."""
        _, direct, _ = said("probe", f"{healthy.url}/v1/telemetry", "--property", "health")
        _, behind, _ = said("probe", f"{healthy.url}/data/v1/telemetry", "--property", "health")

        assert "health               passed" in direct
        assert "health               skipped  (a gateway" in behind

    def test_nobody_listens(self, said):
        """It is said in one line, and exit is 2."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        status, out, err = said("probe", f"http://127.0.0.1:{port}")

        assert (status, out) == (2, "")
        assert "connection refused; start the endpoint" in err
        assert err.count("\n") == 1

    def test_an_endpoint_that_stalls_is_nobody(self, said):
        """Whoever takes a connection and never answers is waited for as long as --timeout says."""
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            status, _, err = said("probe", f"http://127.0.0.1:{deaf.getsockname()[1]}", "--timeout", "0.2")

        assert status == 2
        assert "no answer within 0.2 s" in err

    def test_what_is_in_the_way_is_named_before_anything_is_sent(self, said, monkeypatch):
        """TLS that is not spoken, and a proxy that is not there, are one line with the way out and exit code 2."""
        with speaking(lambda *_: SUCCESS) as url:
            for mixed, variable, line in (
                (url.replace("http:", "https:"), "", "does its address begin with http://?; write http://"),
                (
                    url,
                    "http_proxy",
                    "the proxy 127.0.0.1:1 (http_proxy): connection refused; start the proxy",
                ),
            ):
                if variable:
                    monkeypatch.setenv(variable, "http://127.0.0.1:1")
                status, _, err = said("probe", mixed)
                assert (status, err.count("\n")) == (2, 1), err
                assert line in err

    @pytest.mark.parametrize(
        ("answer", "line"),
        [
            (
                (302, {"Location": "https://h/login?a=1"}, b""),
                "302 Found: redirects to https://h/login; no POST",
            ),
            (
                (400, {}, b"Client sent an HTTP request to an HTTPS server."),
                "400, it speaks TLS. Write https://",
            ),
        ],
    )
    def test_a_first_answer_of_somebody_else_ends_it(self, said, answer, line):
        """A redirect and a port of TLS take no batch, and each names the address to give."""
        with speaking(lambda *_: answer) as url:
            status, _, err = said("probe", url)

        assert (status, err.count("\n")) == (2, 1), err
        assert line in err

    def test_the_token_goes_to_the_endpoint_and_nowhere_else(self, said, monkeypatch, tmp_path):
        """It is sent with every request, and stands in no line and in no file."""
        monkeypatch.setenv("FOOTFALL_TOKEN", "hush-hush")
        with speaking(lambda *_: SUCCESS) as url:
            status, out, err = said("probe", url, "--property", "malformed-body", "--max-examples", "1")

        (script,) = tmp_path.iterdir()
        assert status == 1
        assert "Bearer $FOOTFALL_TOKEN" in out
        assert "hush" not in out + err + script.read_text()

    def test_a_token_that_the_endpoint_says_again_is_shown_nowhere(self, said, monkeypatch, tmp_path):
        """Neither on a terminal nor in JSON, JUnit XML or a test."""
        monkeypatch.setenv("FOOTFALL_TOKEN", "hush-hush")
        echo = (200, {"Content-Type": "application/json"}, b'{"got":"Bearer hush-hush"}')
        told = ""
        with speaking(lambda *_: echo) as url:
            for more in ((), ("--json", "--junit", "probe.xml")):
                status, out, err = said(
                    "probe", url, "--property", "valid-batch", "--max-examples", "1", *more
                )
                told += out + err
                assert status == 1
        told += "".join(path.read_text() for path in tmp_path.iterdir())

        assert "Bearer $FOOTFALL_TOKEN" in told
        assert "hush" not in told

    @pytest.mark.parametrize("name", ["valid-batch", "invalid-event"])
    def test_where_nothing_arrives_it_is_said_and_nothing_passes(self, said, tmp_path, name):
        """Success to everything and an empty sink: one line on stderr says what that may mean, and exit is 1."""
        (tmp_path / "sink.jsonl").touch()
        with speaking(lambda *_: SUCCESS) as url:
            status, out, err = said(
                "probe",
                url,
                "--against",
                "sink.jsonl",
                "--settle-time",
                0,
                "--max-examples",
                1,
                "--property",
                name,
            )

        assert status == 1
        assert "passed" not in out
        (line,) = [line for line in err.splitlines() if "nothing of the run arrived" in line]
        assert "not this endpoint's sink" in line
        assert "sink.jsonl names 1 file" in line

    def test_where_nothing_is_accepted_nothing_is_well(self, said):
        """Properties that could not be tried as not even the smallest batch is accepted end with 1."""
        with speaking(lambda *_: (400, {}, b"{}")) as url:
            status, out, err = said("probe", url, "--property", "gzip")

        assert status == 1
        assert "1 skipped" in out
        assert "not even the smallest batch is accepted: it should have been accepted" in err

    def test_a_sink_that_is_no_json_is_refused(self, said, healthy, tmp_path):
        """Before anything is sent it is said where it is none."""
        (tmp_path / "notes.txt").write_text("these are\nnotes\n")
        status, out, err = said("probe", healthy.url, "--against", "notes.txt")

        assert (status, out) == (2, "")
        assert "notes.txt, line 1" in err

    def test_a_run_of_long_ago_is_refused(self, said, healthy):
        """What is in the sink already must not stand for what is sent now; and a run has 8 digits at most."""
        first, _, _ = probe(said, healthy, "--property", "one-event", "--run-id", "00c0ffee")
        again, _, err = probe(said, healthy, "--property", "one-event", "--run-id", "00C0FFEE")
        long, _, too_long = probe(said, healthy, "--run-id", "00C0FFEE11")

        assert (first, again, long) == (0, 2, 2)
        assert "leave --run-id out" in err
        assert "at most 8 hex digits" in too_long

    @pytest.mark.skipif(
        not Path("/proc").is_dir(), reason="where nobody may write, whoever asks, is Linux' own"
    )
    def test_where_nothing_can_be_written_nothing_is_sent(self, said, healthy):
        """It is said before the first request, with the way out."""
        status, out, err = said("probe", healthy.url, "--test-dir", "/proc")

        assert (status, out) == (2, "")
        assert "Name another folder" in err
        assert "run " not in err

    def test_what_can_not_be_written_loses_no_verdict(self, said, broken, tmp_path):
        """Where a test or the JUnit XML cannot be written after all, the failure is told all the same."""
        (tmp_path / "footfall_probe_resent_batch.py").mkdir()
        status, out, err = probe(said, broken, "--property", "resent-batch", "--junit", "/dev/full")
        elsewhere = Path(re.search(r"the test is in (\S+)", err)[1])

        assert status == 1
        assert "The smallest batch: 1 event" in out
        assert "--junit /dev/full: cannot be written" in err
        assert f"pytest {elsewhere}/footfall_probe_resent_batch.py" in out
        rmtree(elsewhere)

    def test_a_name_in_capitals_is_known_again(self, said, healthy):
        """The nearest name is said, whatever the case."""
        status, _, err = said("probe", healthy.url, "--property", "GZIP")

        assert status == 2
        assert "did you mean 'gzip'?" in err

    def test_a_line_on_a_terminal_begins_at_its_start(self, healthy, tmp_path):
        """The progress is taken away before anything else is printed."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [*FOOTFALL, "probe", healthy.url, "--property", "health", "--property", "one-event"],
            stdout=theirs, stderr=theirs, cwd=tmp_path,
        ) as process:  # fmt: skip
            os.close(theirs)
            screen = b""
            # A terminal whose other end is closed says so with an error.
            with suppress(OSError):
                while read := os.read(ours, 65_536):
                    screen += read
            os.close(ours)

        assert process.returncode == 0, screen
        assert b" requests\x1b[K" in screen
        for line in screen.split(b"\n"):
            for name in (b"health  ", b"one-event  "):
                before, found, _ = line.partition(name)
                assert not found or not re.sub(rb"\x1b\[\d*m", b"", before.rpartition(b"\r\x1b[K")[2])

    def test_ctrl_c_ends_it_without_a_trace(self, tmp_path):
        """In the middle of its work it ends with 130 and one line."""
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            process = subprocess.Popen(
                [*FOOTFALL, "probe", f"http://127.0.0.1:{deaf.getsockname()[1]}", "--timeout", "60"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
            )  # fmt: skip
            with process:
                # It has sent its first batch, and waits.
                line, _ = deaf.accept()
                line.recv(1)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=60)
            line.close()

        assert (process.returncode, out) == (130, b"")
        assert err.startswith(b"footfall: stopped")
        assert b"Traceback" not in err


def shown():
    block = command.help.partition("Example:")[2].split("\n\n")[0]
    section = README.read_text(encoding="utf-8")
    blocks = [block, *re.findall(r"^```sh\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)]
    return [
        line.partition("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()
    ]


@pytest.mark.parametrize("line", shown())
def test_what_help_and_readme_show_works(line, said, healthy, tmp_path):
    """Every line that is shown runs as it stands, against an endpoint at another port."""
    (tmp_path / "footfall-store").symlink_to(healthy.store)
    verb, *arguments = shlex.split(line.replace("http://127.0.0.1:9001", healthy.url))
    fewer = [] if {"--max-examples", "--list"} & {*arguments} else ["--max-examples", "1"]
    status, out, _ = said(*arguments, *fewer)

    assert verb == "footfall"
    assert arguments[0] == "probe"
    assert status == 0, out


def test_the_readme_tells_every_property():
    """The table is the code's own."""
    text = README.read_text(encoding="utf-8")

    assert all(f"| `{one.name}` | {one.truth} |" in text for one in PROPERTIES)
