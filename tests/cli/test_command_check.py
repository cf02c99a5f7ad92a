import bz2
import gzip
import json
import lzma
from pathlib import Path

import pytest


@pytest.fixture
def events(said):
    """The lines of three whole sessions."""
    return said("generate", "--sessions", 3)[1].splitlines()


def write(text, name="x.jsonl"):
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def objects(events):
    return [json.loads(line) for line in events]


SHAPES = {
    "lines": "\n".join,
    "windows lines": "\r\n".join,
    "lines after a byte order mark": lambda lines: "\ufeff" + "\n".join(lines),
    "blank lines between": "\n\n  \n".join,
    "one list": lambda lines: f"[{','.join(lines)}]",
    "a list, an event a line": lambda lines: "[\n" + ",\n".join(lines) + "\n]\n",
    "a list, indented": lambda lines: json.dumps(objects(lines), indent=2),
    "a list, broken without indent": lambda lines: json.dumps(objects(lines), indent=0),
    "events, each indented": lambda lines: "\n".join(json.dumps(event, indent=4) for event in objects(lines)),
    "batches": lambda lines: "\n".join(f'{{"id":"b","events":[{line}]}}' for line in lines),
    "a batch, indented": lambda lines: json.dumps({"id": "b", "events": objects(lines)}, indent=2),
    "a collector's store": lambda lines: "\n".join(f'{{"received":1,"event":{line}}}' for line in lines),
}


class TestShapes:
    @pytest.mark.parametrize("shape", SHAPES)
    def test_every_shape_of_events_is_read(self, said, events, shape):
        """The same events are judged alike, whatever shape they come in."""
        status, out, _ = said("check", "--json", write(SHAPES[shape](events)))
        verdict = json.loads(out)

        assert status == 0
        assert verdict["valid"] == verdict["events"] == len(events)
        assert verdict["sessions"]["judged"] == 3

    def test_gzip_is_known_by_its_first_bytes(self, said, events):
        """What is compressed is read, whatever the file is called."""
        assert said("check", write(gzip.compress("\n".join(events).encode()), "x.txt"))[0] == 0

    def test_standard_input_is_read(self, footfall, events):
        """`-` is standard input, compressed or not."""
        text = "\n".join(events).encode()

        assert footfall("check", "-", stdin=text).returncode == 0
        assert footfall("check", "-", stdin=gzip.compress(text)).returncode == 0

    @pytest.mark.parametrize("indent", [None, 2])
    def test_a_violation_is_found_at_its_line(self, said, events, indent):
        """Line, place in the batch and path lead to the value."""
        batch = objects(events)
        batch[4]["eid"] = "NONE"
        name = write(json.dumps({"events": batch}, indent=indent))

        row = json.loads(said("check", "--json", name)[1])["listed"][0]

        assert row["event"] == 4
        assert row["path"] == "$.eid"
        lines = Path(name).read_text().splitlines()
        assert "NONE" in "".join(lines[row["line"] - 1 : row["line"] + 1])


class TestVerdict:
    def test_valid_events_exit_with_0(self, said, events):
        """A table by eid, and the verdict last."""
        status, out, _ = said("check", write("\n".join(events)))

        assert status == 0
        assert out.splitlines()[-1] == f"valid: {len(events)} events in documented form"

    def test_lines_after_a_broken_one_are_judged(self, said, events):
        """One broken line is one violation; all others have their own verdict."""
        broken = [events[0], events[1][:40], *events[2:]]

        status, out, _ = said("check", "--json", write("\n".join(broken)))
        verdict = json.loads(out)

        assert status == 1
        assert (verdict["valid"], verdict["invalid"]) == (len(events) - 1, 1)
        assert verdict["listed"][0]["line"] == 2

    def test_a_broken_first_line_is_one_violation(self, said, events):
        """A first line that is cut short is not taken for an indented document."""
        verdict = json.loads(said("check", "--json", write("\n".join([events[0][:40], *events[1:]])))[1])

        assert (verdict["valid"], verdict["invalid"]) == (len(events) - 1, 1)

    def test_a_comma_lost_in_a_document_is_found_at_its_line(self, said, events):
        """A document that is not JSON is one violation, at the line where the reading stops."""
        text = json.dumps(objects(events), indent=2).split("\n")
        text[5] = text[5].removesuffix(",")

        verdict = json.loads(said("check", "--json", write("\n".join(text)))[1])

        assert [row["line"] for row in verdict["listed"]] == [7]

    def test_only_the_first_violations_are_listed(self, said):
        """--max-violations says how many are listed; all are counted."""
        name = write('{"eid":"LOG"}\n' * 50)

        out = said("check", "--max-violations", 3, name)[1]

        assert out.count("  line ") == 3
        assert json.loads(said("check", "--json", "--max-violations", 0, name)[1])["violations"] > 50

    def test_the_other_form_is_named(self, said, dataset):
        """Where every invalid event would be valid in the other form, that is said."""
        name = dataset("x.jsonl", "--form", "wire")

        out = said("check", name)[1]

        assert f"footfall check --form wire {name}" in out
        assert json.loads(said("check", "--json", name)[1])["valid_in_other_form"] == "wire"

    def test_the_other_form_is_not_named_where_it_would_not_help(self, said, events):
        """An event that is wrong in both forms gets no such hint."""
        assert "--form" not in said("check", write('{"eid":"LOG"}\n'))[1]

    def test_a_payload_of_no_known_kind_has_the_envelope_for_a_source(self, said):
        """Where no eid says which payload is meant, no kind's rules are named."""
        out = said("check", write('{"a":1}\n'))[1]

        assert "$.edata missing, expected an object (the pipeline schema's envelope.json)" in out
        assert "(the specification's HEARTBEAT)" not in out


class TestSessionRules:
    def judged(self, said, events, *options):
        status, out, _ = said("check", "--json", *options, write("\n".join(map(json.dumps, events))))
        return status, json.loads(out)

    def test_an_end_that_says_the_wrong_duration_is_found(self, said, events):
        """Events that are valid by themselves can break a rule between them."""
        whole = objects(events)
        end = next(event for event in whole if event["eid"] == "END")
        end["edata"]["duration"] += 5

        status, verdict = self.judged(said, whole)

        assert status == 1
        assert verdict["invalid"] == 0
        assert verdict["sessions"]["invalid"] == 1
        assert verdict["listed"][0]["path"] == "$.edata.duration"
        assert verdict["listed"][0]["line"] == whole.index(end) + 1
        assert self.judged(said, whole, "--no-session-rules")[0] == 0

    def test_sessions_may_lie_mixed(self, said, events):
        """Events are put to their sessions by their ids, and in order by their numbers."""
        assert self.judged(said, objects(events)[::-1])[1]["sessions"] == {
            "judged": 3, "invalid": 0, "judged_in_part": 0, "not_judged": 0, "late_events": 0, "stray_events": 0
        }  # fmt: skip

    def test_a_session_with_a_gap_is_not_judged(self, said, events):
        """What is lost is no fault of the events that are there."""
        status, verdict = self.judged(said, objects(events)[1:])

        assert status == 0
        assert verdict["sessions"]["not_judged"] == 1

    def test_an_event_that_stands_twice_is_told_by_its_lines(self, said, events):
        """Of a mid that occurs again it is said where it stood first, in the file's own lines."""
        row = self.judged(said, objects([*events, events[2]]))[1]["listed"][0]

        assert row["path"] == "$.mid"
        assert row["line"] == len(events) + 1
        assert row["expected"] == "another mid than that of line 3"

    def test_foreign_events_are_judged_by_did_and_sid(self, said, events):
        """Whoever made the mids: one device's events of one sid are a session; a broken rule is a note there."""
        whole = objects(events)
        for number, event in enumerate(whole):
            event["mid"] = f"theirs-{number}"
        end = next(event for event in whole if event["eid"] == "END")
        end["edata"]["duration"] += 5

        status, verdict = self.judged(said, whole)

        assert (status, verdict["sessions"]["invalid"], verdict["notes"]) == (0, 0, 1)
        assert verdict["listed"][0]["path"] == "$.edata.duration"
        assert verdict["listed"][0]["severity"] == "note"

        status, verdict = self.judged(said, whole, "--strict")

        assert (status, verdict["sessions"]["invalid"], verdict["notes"]) == (1, 1, 0)

    def test_footfalls_own_events_are_judged_strictly_unless_told_otherwise(self, said, events):
        """A broken rule in Footfall's own events is an error; with --no-strict it is a note."""
        whole = objects(events)
        end = next(event for event in whole if event["eid"] == "END")
        end["edata"]["duration"] += 5

        assert self.judged(said, whole)[0] == 1
        status, verdict = self.judged(said, whole, "--no-strict")
        assert (status, verdict["notes"]) == (0, 1)

    def test_an_invalid_event_does_not_make_its_session_incomplete(self, said, events):
        """Footfall's session with an invalid event is judged without it; what is found there is noted."""
        whole = objects(events)
        end = next(event for event in whole if event["eid"] == "END")
        end["edata"]["duration"] += 5
        own = [event for event in whole if event["mid"][-24:] == end["mid"][-24:]]
        next(event for event in own if event["eid"] == "IMPRESSION")["edata"]["no such key"] = 1

        status, verdict = self.judged(said, whole)

        assert (status, verdict["invalid"], verdict["notes"]) == (1, 1, 1)
        assert verdict["sessions"]["not_judged"] == 0
        assert verdict["sessions"]["judged_in_part"] == 1


HOSTILE = {
    "deep": b"[" * 200_000 + b"\n" + b'{"a":' * 200_000 + b"\n" + b'{"eid":"END","edata":' + b"[" * 5000 + b"]" * 5000 + b"}\n",
    "scalars": b'1\nnull\n"x"\n{}\n[1]\n{"events":5}\n{"events":[[]]}\n{"event":7}\n',
    "not gzip at all": b"\x1f\x8b" + b"junk" * 100,
    "surrogates": b'{"eid":"\\ud800","\\udfff\\n":NaN,"mid":"\\ud800"}\n',
    "huge numbers": b'{"eid":"END","ets":1' + b"0" * 5000 + b"}\n",
    "a long key": b'{"eid":"END","edata":{"' + b"k" * 500_000 + b'":1}}\n',
}  # fmt: skip


NO_JSON = {
    "binary": (bytes(range(256)) * 500, "begins with"),
    "source text": (b"import os\nprint(os)\n" * 3000, "begins with 'import os'"),
    "text in UTF-16": ('{"eid":"LOG"}\n'.encode("utf-16"), "UTF-16"),
    "bzip2": (bz2.compress(b"{}"), "bzcat"),
    "xz": (lzma.compress(b"{}"), "xzcat"),
    "zip": (b"PK\x03\x04" + b"\0" * 40, "unzip"),
    "gzip twice": (gzip.compress(gzip.compress(b"{}")), "gzip twice"),
}


class TestNoJson:
    @pytest.mark.parametrize("what", NO_JSON)
    def test_what_is_no_json_at_all_is_said_in_one_line(self, said, what):
        """Not line after line of bytes: one line with what it is and the way out, and exit 2."""
        data, words = NO_JSON[what]
        status, out, err = said("check", write(data))

        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        assert words in err
        assert len(err) < 300

    def test_a_broken_line_is_told_in_one_sentence(self, said, events):
        """What is no JSON is said once, with what was expected and where."""
        broken = [events[0], '{"eid" 1}', '{"eid":"LOG"} x', '{"eid":"LO']
        listed = said("check", write("\n".join(broken)))[1]

        assert """'{"eid" 1}': not JSON, expected a ':' delimiter at character 7\n""" in listed.replace(
            "b'", "'"
        )
        assert "expected one whole JSON value (extra data at character 14)" in listed
        assert "expected one whole JSON value (unterminated string at character 7)" in listed


class TestManifest:
    @pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz"])
    def test_a_dataset_is_as_its_manifest_says(self, said, dataset, name):
        """The manifest beside a file is compared, and that they agree is said."""
        dataset(name)

        assert said("check", name)[1].splitlines()[-1].endswith(", as x.manifest.json says")
        assert json.loads(said("check", "--json", name)[1])["manifest"]["agrees"] is True

    def test_lines_that_were_lost_are_said(self, said, dataset):
        """Valid events are not all: a file with fewer than its manifest has is no good."""
        name = dataset()
        lines = name.read_bytes().splitlines(keepends=True)
        name.write_bytes(b"".join(lines[:50]))
        status, out, _ = said("check", name)

        assert status == 1
        assert f"differs from events.manifest.json: 50 events instead of {len(lines):,}" in out.splitlines()
        assert json.loads(said("check", "--json", name)[1])["passed"] is False

    def test_other_bytes_are_said(self, said, dataset):
        """As many events can be others."""
        name = dataset()
        lines = name.read_bytes().splitlines(keepends=True)
        name.write_bytes(b"".join(lines[::-1]))
        status, out, _ = said("check", name)

        assert status == 1
        assert "differs from events.manifest.json" in out

    def test_an_incomplete_manifest_is_named_as_such(self, said, dataset):
        """A file that a stopped run has left agrees with its manifest, which says that it is not all."""
        name = dataset()
        manifest = json.loads(Path("events.manifest.json").read_text())
        Path("events.manifest.json").write_text(json.dumps({**manifest, "complete": False, "sessions": 4}))
        status, out, _ = said("check", name)

        assert status == 0
        assert "incomplete" in out.splitlines()[-1]
        assert "4 of 6 sessions" in out.splitlines()[-1]

    def test_the_manifest_of_another_file_is_not_asked(self, said, dataset):
        """x.jsonl.gz beside x.jsonl and its manifest is compared with nothing, until x.jsonl is gone."""
        dataset("x.jsonl")
        Path("x.jsonl.gz").write_bytes(gzip.compress(Path("x.jsonl").read_bytes()))

        assert "manifest" not in said("check", "x.jsonl.gz")[1]
        Path("x.jsonl").unlink()
        assert "as x.manifest.json says" in said("check", "x.jsonl.gz")[1]

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": 5}', '{"sha256": "", "events": "many"}'])
    def test_an_odd_file_of_that_name_is_no_trouble(self, said, dataset, text):
        """What is no manifest is passed over; one that says nothing sensible differs."""
        name = dataset()
        Path("events.manifest.json").write_text(text)
        status, out, err = said("check", name)

        assert (status, err) == (("events" in text) * 1, "")
        assert out.splitlines()[-1].startswith("valid: ")


class TestHostility:
    @pytest.mark.parametrize("what", HOSTILE)
    def test_the_hostile_is_invalid_and_no_more(self, said, what):
        """Whatever stands there: a verdict, exit 1, short lines, and no traceback."""
        name = write(HOSTILE[what])
        status, out, err = said("check", name)

        assert (status, err) == (1, "")
        assert max(map(len, out.splitlines())) < 600
        assert json.loads(said("check", "--json", name)[1])["passed"] is False

    def test_a_truncated_gzip_is_judged_as_far_as_it_goes(self, said, dataset):
        """What can be read is judged, and the loss is a violation."""
        name = dataset("x.jsonl.gz")
        name.write_bytes(name.read_bytes()[:-3000])

        status, out, _ = said("check", "--json", name)
        verdict = json.loads(out)

        assert status == 1
        assert verdict["valid"] > 20
        assert "gzip" in verdict["listed"][-1]["expected"]

    def test_a_line_of_100_mb_is_not_held(self, footfall, tmp_path, events):
        """It is a violation, the lines around it are judged, and memory stays below 300 MB."""
        with (tmp_path / "long.jsonl").open("wb") as file:
            file.write(f"{events[0]}\n".encode())
            for _ in range(100):
                file.write(b"x" * 1_000_000)
            file.write(f"\n{events[1]}\n".encode())
        limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (600_000_000, 600_000_000)); "
        (tmp_path / "sitecustomize.py").write_text(limit)

        done = footfall("check", "--json", "long.jsonl", env={"PYTHONPATH": str(tmp_path)})
        verdict = json.loads(done.stdout)

        assert done.returncode == 1
        assert (verdict["valid"], verdict["invalid"]) == (2, 1)
        assert "100,000,001" in verdict["listed"][0]["expected"]

    @pytest.mark.parametrize("text", ["", "\n \n\r\n", "[]"])
    def test_nothing_is_no_valid_input(self, said, text):
        """Where there is no event there is nothing to judge: exit 2, and it is said."""
        status, _, err = said("check", write(text))

        assert status == 2
        assert "does not contain an event" in err
