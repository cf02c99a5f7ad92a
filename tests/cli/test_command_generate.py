import gzip
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from generator.population.traffic import DAY_MS
from generator.spec.identity import read_mid

FOOTFALL = [str(Path(sys.executable).with_name("footfall"))]


def sessions_of(data):
    found = {}
    for line in data.splitlines():
        found.setdefault(read_mid(json.loads(line)["mid"]).session, []).append(line)
    return found


def dozing_script(folder):
    """A scenario that waits in the middle of each session until it is told to go on."""
    (folder / "slow.py").write_text(
        "from generator import scenario\n"
        "begun = []\n"
        "@scenario\n"
        "def slow(learner, t, chance):\n"
        "    t.heartbeat()\n"
        "    if t.now not in begun:\n"
        "        begun.append(t.now)\n"
        "        with open(f'pipe{len(begun) - 1}') as pipe:\n"
        "            pipe.read(1)\n"
        "    t.heartbeat()\n"
    )


class TestBytes:
    def test_one_seed_gives_the_same_bytes_in_every_process(self, footfall):
        """Two processes with different hash seeds write the same bytes."""
        runs = [footfall("generate", "--sessions", 20, env={"PYTHONHASHSEED": seed}) for seed in ("1", "2")]

        assert runs[0].returncode == 0
        assert runs[0].stdout == runs[1].stdout

    def test_another_seed_gives_other_bytes(self, said):
        """The seed decides."""
        assert said("generate", "--sessions", 2)[1] != said("generate", "--sessions", 2, "--seed", 2)[1]

    def test_a_session_is_the_same_in_a_larger_dataset(self, said):
        """Sessions 0 to 4 of twelve are those of five, ids and all."""
        assert said("generate", "--sessions", 12)[1].startswith(said("generate", "--sessions", 5)[1])

    def test_both_forms_have_the_same_ids(self, said):
        """The form changes edata alone."""
        documented, wire = (
            [json.loads(line) for line in said("generate", "--sessions", 4, "--form", form)[1].splitlines()]
            for form in ("documented", "wire")
        )

        assert [event["mid"] for event in documented] == [event["mid"] for event in wire]
        assert documented != wire

    def test_a_choice_of_scenarios_is_another_run(self, said):
        """Datasets that differ share no mids, even where the scripts' text is the same."""
        mids = [
            json.loads(said("generate", "--sessions", 1, *options)[1].splitlines()[0])["mid"]
            for options in ((), ("--scenario", "practice"), ("--seed", 2), ("--start", "2026-02-01"))
        ]

        assert len({read_mid(mid).run for mid in mids}) == 4

    def test_what_a_script_prints_is_not_among_the_events(self, said):
        """A print() in a scenario goes to stderr."""
        Path("loud.py").write_text(
            "from generator import scenario\n@scenario\ndef loud(learner, t, chance):\n    print('hello')\n    t.heartbeat()\n"
        )

        status, out, err = said("generate", "--scenario-dir", "loud.py", "--sessions", 2)

        assert status == 0
        assert [json.loads(line)["eid"] for line in out.splitlines()] == ["HEARTBEAT"] * 2
        assert err.count("hello") == 2


class TestManifest:
    def test_counts_what_is_in_the_file(self, dataset):
        """The manifest's counts and its sha256 are those of the lines."""
        data = dataset().read_bytes()
        manifest = json.loads(Path("events.manifest.json").read_text())

        events = [json.loads(line) for line in data.splitlines()]
        eids = [event["eid"] for event in events]
        assert manifest["complete"] is True
        assert manifest["sha256"] == hashlib.sha256(data).hexdigest()
        assert manifest["bytes"] == len(data)
        assert manifest["events"] == len(events) == sum(manifest["by_day"].values())
        assert manifest["by_eid"] == {eid: eids.count(eid) for eid in sorted(set(eids))}
        assert manifest["sessions"] == 6 == sum(row["sessions"] for row in manifest["by_scenario"].values())
        assert set(manifest["versions"]) == {"footfall", "faker"}

    def test_is_the_same_for_a_compressed_file(self, dataset):
        """The sha256 is over the uncompressed lines; the file itself is the same twice, and named."""
        plain, zipped = dataset(), dataset("zipped.jsonl.gz")
        manifests = [json.loads(Path(f"{name}.manifest.json").read_text()) for name in ("events", "zipped")]
        before = zipped.read_bytes()

        assert gzip.decompress(before) == plain.read_bytes()
        assert [manifest.pop("file") for manifest in manifests] == ["events.jsonl", "zipped.jsonl.gz"]
        assert manifests[0] == manifests[1]
        assert dataset("zipped.jsonl.gz").read_bytes() == before

    def test_names_no_place_of_this_machine(self, dataset, tmp_path):
        """A manifest is the same wherever it is made."""
        dataset()

        assert str(tmp_path) not in Path("events.manifest.json").read_text()

    def test_of_another_file_is_not_replaced(self, said, dataset):
        """x.jsonl and x.jsonl.gz would share a manifest: the second is refused until the first is gone."""
        dataset("x.jsonl")
        before = Path("x.manifest.json").read_bytes()
        status, _, err = said("generate", "--sessions", 2, "-o", "x.jsonl.gz")

        assert status == 2
        assert err.count("\n") == 1
        assert "that of x.jsonl" in err
        assert Path("x.manifest.json").read_bytes() == before
        assert not Path("x.jsonl.gz").exists()
        Path("x.jsonl").unlink()
        dataset("x.jsonl.gz")
        dataset("x.jsonl.gz")

    def test_a_file_of_its_name_that_is_none_is_kept(self, said):
        """What was never a dataset's manifest is not replaced by one."""
        Path("x.manifest.json").write_text('{"name": "my web app"}')
        status, _, err = said("generate", "--sessions", 2, "-o", "x.jsonl")

        assert status == 2
        assert "no manifest" in err
        assert "my web app" in Path("x.manifest.json").read_text()


class TestNow:
    def test_no_event_of_a_dataset_that_ends_now_lies_in_the_future(self, said):
        """The last of the days ends now: only a device whose clock is ahead writes a later instant."""
        from generator.cli.options import DatasetOptions

        before = datetime.now(UTC).timestamp() * 1000
        status, out, _ = said("generate", "--sessions", 300, "--start", "now", "--days", 2)
        recipe = DatasetOptions((), None, 1, "now", 2, 2000, (), None)
        traffic = recipe.traffic()
        wrong = {number for number in range(300) if traffic.arrival(number).skew > 0}
        instants = [
            min(json.loads(one)["ets"] for one in lines)
            for number, lines in enumerate(sessions_of(out.encode()).values())
            if number not in wrong
        ]

        assert status == 0
        assert len(instants) > 250
        assert all(before - 2 * DAY_MS - 2 * 3_600_000 < one <= before for one in instants)


class TestSaid:
    def test_form_and_start_are_named(self, said):
        """Stderr names the form and the date on which the dataset begins."""
        err = said("generate", "--sessions", 1, "--start", "2026-03-01")[2]

        assert "documented form" in err
        assert "2026-03-01" in err

    def test_wire_form_warns_of_the_horizon(self, said):
        """Events which pipelines would drop for their age are warned of, and only those."""
        assert (
            "three months" in said("generate", "--sessions", 1, "--form", "wire", "--start", "2020-01-01")[2]
        )
        assert "three months" not in said("generate", "--sessions", 1, "--form", "wire", "--start", "now")[2]
        assert "three months" not in said("generate", "--sessions", 1, "--start", "2020-01-01")[2]

    def test_progress_is_for_terminals(self, said):
        """Where stderr is no terminal there is no carriage return in it."""
        assert "\r" not in said("generate", "--sessions", 3)[2]


class TestTrouble:
    def test_a_script_that_raises_shows_its_own_line(self, said):
        """The line of the script is named, with the session; nothing is left behind."""
        Path("bad.py").write_text(
            "from generator import scenario\n@scenario\ndef bad(learner, t, chance):\n    t.heartbeat()\n    [][1]\n"
        )

        status, _, err = said("generate", "--scenario-dir", "bad.py", "-o", "x.jsonl")

        assert status == 2
        assert "bad.py:5" in err
        assert "session 0" in err
        assert "Traceback" not in err
        assert not [path for path in Path().iterdir() if "x." in path.name]

    @pytest.mark.parametrize(
        "name", ["x.csv", "x.txt", "x.avro", "x.xlsx", "x.parquet", "x.csv.gz", "x.jsonl.zst", "x.v2"]
    )
    def test_an_ending_that_promises_another_format_is_refused(self, said, name):
        """A dataset is JSON lines: a name that says otherwise is refused, and what exists is named."""
        status, _, err = said("generate", "--sessions", 1, "-o", name)

        assert status == 2
        assert "JSON lines" in err
        assert "x.jsonl.gz" in err
        assert list(Path().iterdir()) == []

    @pytest.mark.parametrize("name", ["x", "x.jsonl", "x.ndjson", "x.json", "x.jsonl.gz", "x.gz", "X.JSONL"])
    def test_a_fitting_ending_is_taken(self, said, name):
        """JSON lines, plain or gzip, have these endings; a name without an ending promises nothing."""
        assert said("generate", "--sessions", 1, "-o", name)[0] == 0
        assert Path(name).stat().st_size

    @pytest.mark.parametrize("name", ["/dev/stdout", "-"])
    def test_standard_output_can_be_named(self, footfall, tmp_path, name):
        """Standard output by its name takes the same bytes, and is not replaced by a file."""
        plain, named = (
            footfall("generate", "--sessions", 2),
            footfall("generate", "--sessions", 2, "-o", name),
        )

        assert (named.returncode, named.stdout) == (0, plain.stdout)
        assert list(tmp_path.iterdir()) == []

    def test_standard_output_is_appended_to(self, footfall, tmp_path):
        """A file that the shell opened for appending keeps what it has."""
        (tmp_path / "all.jsonl").write_bytes(b"before\n")
        with (tmp_path / "all.jsonl").open("ab") as file:
            done = footfall("generate", "--sessions", 2, "-o", "/dev/stdout", stdout=file)

        assert done.returncode == 0
        assert (tmp_path / "all.jsonl").read_bytes().startswith(b'before\n{"eid"')

    @pytest.mark.parametrize(
        "chance",
        ["from faker import Faker; f = Faker().name", "f = iter('ab').__next__"],
    )  # fmt: skip
    def test_a_session_that_differs_from_itself_is_refused(self, said, chance):
        """Chance that no look at the imports finds is found by a second play; nothing is written."""
        Path("other.py").write_text(
            f"from generator import scenario\n{chance}\n@scenario\ndef other(learner, t, chance):\n"
            "    t.log({'type': 'system', 'level': 'INFO', 'message': str(f())})\n"
        )
        status, _, err = said("generate", "--scenario-dir", "other.py", "--sessions", 1, "-o", "x.jsonl")
        assert status == 2
        assert "scenario 'other': event 1 differs if the session is played again" in err
        assert not Path("x.jsonl").exists()

    def test_a_full_disk_is_one_line(self, footfall):
        """Standard output that cannot be written to: exit 2, and no traceback."""
        with Path("/dev/full").open("wb") as full:
            done = footfall("generate", "--sessions", 3, stdout=full)

        assert done.returncode == 2
        assert done.stderr.decode().splitlines()[-1] == "footfall: standard output: No space left on device"

    def test_a_file_that_cannot_grow_leaves_the_old_one(self, footfall, tmp_path):
        """What was there stays as it was, and nothing half-written lies beside it."""
        (tmp_path / "x.jsonl").write_text("precious")
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # noqa: E731

        done = footfall("generate", "--sessions", 50, "-o", "x.jsonl", preexec_fn=limit)

        assert done.returncode == 2
        assert "x.jsonl: cannot be written" in done.stderr.decode().splitlines()[-1]
        assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]
        assert (tmp_path / "x.jsonl").read_text() == "precious"

    @pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz"])
    def test_what_can_never_fit_is_refused_at_once(self, said, name):
        """A dataset larger than the disk is refused after some sessions, not after hours."""
        status, _, err = said("generate", "--sessions", 10**12, "-o", name)

        assert status == 2
        assert "fewer --sessions" in err
        assert list(Path().iterdir()) == []

    def test_a_link_stays_a_link(self, dataset):
        """A file is replaced where a link points to, and the link is kept."""
        Path("real.jsonl").write_text("old")
        Path("link.jsonl").symlink_to("real.jsonl")

        dataset("link.jsonl")

        assert Path("link.jsonl").is_symlink()
        assert Path("real.jsonl").read_bytes().startswith(b'{"eid"')

    def test_a_reader_who_has_enough_is_no_mistake(self, tmp_path):
        """A closed pipe ends the command quietly, with 0."""
        process = subprocess.Popen(
            [*FOOTFALL, "generate", "--sessions", "100000"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
        )
        with process:
            assert json.loads(process.stdout.readline())["eid"]
            process.stdout.close()
            err = process.stderr.read()

        assert process.returncode == 0
        assert b"Traceback" not in err
        assert b"BrokenPipe" not in err

    def test_what_a_killed_run_left_is_taken_away(self, footfall, tmp_path):
        """Parts of the same file go when their process is gone; those of living ones, and other files, stay."""
        gone = subprocess.Popen(["true"])
        gone.wait()
        for process in (gone.pid, os.getpid()):
            for name in ("x.jsonl", "x.manifest.json", "y.jsonl"):
                (tmp_path / f".{name}.{process}.part").touch()
        (tmp_path / ".x.jsonl.old.part").touch()
        assert footfall("generate", "--sessions", 1, "-o", "x.jsonl").returncode == 0

        assert {path.name for path in tmp_path.iterdir()} == {
            "x.jsonl", "x.manifest.json", f".y.jsonl.{gone.pid}.part", ".x.jsonl.old.part",
            *(f".{name}.{os.getpid()}.part" for name in ("x.jsonl", "x.manifest.json", "y.jsonl")),
        }  # fmt: skip


class TestCtrlC:
    def start(self, folder, *options):
        dozing_script(folder)
        for session in range(2):
            os.mkfifo(folder / f"pipe{session}")
        return subprocess.Popen(
            [*FOOTFALL, "generate", "--scenario-dir", "slow.py", "--sessions", "1000000", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
        )  # fmt: skip

    def in_the_middle_of_a_session(self, process, folder, number=signal.SIGINT):
        """Let one session pass, and send the signal while the second waits."""
        for session in range(2):
            with (folder / f"pipe{session}").open("w") as pipe:
                # The script has opened its end: it is inside of the session.
                if session:
                    process.send_signal(number)
                pipe.write(".")
        return process.communicate()

    def test_ends_at_a_whole_session(self, tmp_path):
        """The session at hand is finished, the lines are whole, and their number is said."""
        process = self.start(tmp_path)
        out, err = self.in_the_middle_of_a_session(process, tmp_path)

        assert process.returncode == 130
        assert [len(lines) for lines in sessions_of(out).values()] == [2, 2]
        assert "footfall: finishing this session; press again to end at once" in err.decode().splitlines()
        assert "stopped after 2 sessions, 4 events" in err.decode().splitlines()[-1]

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_leaves_a_file_and_an_incomplete_manifest(self, tmp_path, number):
        """The file holds what was finished, and its manifest says that it is not all."""
        process = self.start(tmp_path, "-o", "x.jsonl")
        self.in_the_middle_of_a_session(process, tmp_path, number)
        manifest = json.loads((tmp_path / "x.manifest.json").read_text())

        assert process.returncode == 128 + number
        assert manifest["complete"] is False
        assert manifest["sessions"] == 2
        assert manifest["sha256"] == hashlib.sha256((tmp_path / "x.jsonl").read_bytes()).hexdigest()

    def test_leaves_the_dataset_that_was_there(self, tmp_path):
        """A part replaces neither a whole dataset nor its manifest, and the command says so."""
        for name in ("x.jsonl", "x.manifest.json"):
            (tmp_path / name).write_text(json.dumps({"sha256": "of another day", "file": "x.jsonl"}))
        process = self.start(tmp_path, "-o", "x.jsonl")
        err = self.in_the_middle_of_a_session(process, tmp_path)[1]

        assert process.returncode == 130
        assert "x.jsonl: stays unchanged" in err.decode().splitlines()[-1]
        assert "another day" in (tmp_path / "x.jsonl").read_text()
        assert "another day" in (tmp_path / "x.manifest.json").read_text()
        assert not list(tmp_path.glob(".*"))

    def test_twice_ends_at_once(self, tmp_path):
        """The second Ctrl-C does not wait for the session, and leaves no file."""
        process = self.start(tmp_path, "-o", "x.jsonl")
        with (tmp_path / "pipe0").open("w"):
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            process.communicate()

        assert process.returncode == 130
        assert not list(tmp_path.glob("*x.*"))

    def test_sigterm_waits_no_longer_than_a_bound(self, tmp_path):
        """A session that does not end is left in the middle some seconds after SIGTERM, and no file stays."""
        process = self.start(tmp_path, "-o", "x.jsonl")
        with (tmp_path / "pipe0").open("w"):
            process.send_signal(signal.SIGTERM)
            err = process.communicate(timeout=60)[1]

        assert process.returncode == 143
        assert err.decode().splitlines()[-1] == "footfall: stopped at once, in the middle of a session"
        assert not list(tmp_path.glob("*x.*"))

    def test_nohup_is_heeded(self, tmp_path):
        """Where SIGHUP is ignored from the start it stays so."""
        script = "trap '' HUP; exec \"$@\""
        dozing_script(tmp_path)
        for session in range(2):
            os.mkfifo(tmp_path / f"pipe{session}")
        process = subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", *FOOTFALL, "generate", "--scenario-dir", "slow.py", "--sessions", "2"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        out = self.in_the_middle_of_a_session(process, tmp_path, signal.SIGHUP)[0]

        assert process.returncode == 0
        assert [len(lines) for lines in sessions_of(out).values()] == [2, 2]


class TestWarnings:
    def test_what_the_users_world_does_not_name_is_said(self, said, tmp_path):
        """Ids that no look-up will find are not mixed in without a word."""
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "users.csv").write_text("id\nu1\n")
        _, _, err = said("generate", "--sessions", 1, "--world", "mine")

        assert "mine: does not have channels, contents" in err

    def test_a_script_that_records_nothing_is_said(self, said, tmp_path):
        """A dataset without events is no silent success."""
        (tmp_path / "quiet.py").write_text(
            "from generator import scenario\n@scenario\ndef quiet(learner, t, chance): ...\n"
        )
        _, _, err = said("generate", "--sessions", 3, "--scenario-dir", "quiet.py")

        assert "no session recorded an event" in err
