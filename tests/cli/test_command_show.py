import json
import lzma
import re
from pathlib import Path

import pytest


class TestShow:
    def test_every_event_is_a_row(self, said):
        """One row an event, in order, under a head of three lines."""
        rows = said("show", "--scenario", "practice")[1].splitlines()
        events = said("show", "--scenario", "practice", "--json")[1].splitlines()

        drawn = re.findall(r"^ +\+[\d:.]+ .*?([A-Z]{3,})", "\n".join(rows), re.MULTILINE)
        assert drawn == [json.loads(event)["eid"] for event in events]
        assert rows[0].startswith("practice · ")

    def test_it_is_the_session_that_generate_writes(self, said):
        """With the same options, session 3 shown is session 3 of the dataset."""
        lines = said("generate", "--sessions", 4, "--seed", 5)[1]

        assert lines.endswith(said("show", "--session", 3, "--seed", 5, "--json")[1])

    @pytest.mark.parametrize("form", ["documented", "wire"])
    def test_a_file_is_drawn_as_its_session_is(self, said, dataset, form):
        """A session read from a file has the same rows as the one made on the spot."""
        name = dataset("x.jsonl.gz", "--form", form)
        read = said("show", name, "--session", 2)[1].splitlines()
        made = said("show", "--session", 2, "--form", form)[1].splitlines()

        assert read[3:] == made[3:]

    def test_visits_are_indented_and_what_is_left_open_is_said(self, said):
        """Inside of a visit there is a bar for each open one; a visit without END is marked."""
        out = said("show", "--scenario", "content_editor")[1]

        assert re.search(r"▶ START +session", out)
        assert re.search(r"│ ▶ START +editor", out)
        assert re.search(r"│ │ ☞ INTERACT", out)
        assert re.search(r"│ ■ END +editor after", out)
        assert re.search(r"╵ session .* left without END", out)

    def test_sources_have_marks(self, said):
        """Where a second source speaks beside, each row says whose it is."""
        out = said("show", "--scenario", "content_editor")[1]

        assert re.search(r"^● \S+\.portal +◆ \S+$", out, re.MULTILINE)
        assert re.search(r"◆ § AUDIT", out)

    def test_colours_are_for_terminals(self, footfall):
        """A pipe gets plain text; NO_COLOR turns colours off where they would be."""
        assert b"\x1b[" not in footfall("show").stdout
        assert b"\x1b[" in footfall("show", env={"FORCE_COLOR": "1"}).stdout
        assert b"\x1b[" not in footfall("show", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout

    def test_rows_fit_the_terminal(self, footfall):
        """No row is wider than the terminal, however narrow."""
        out = footfall("show", "--scenario", "content_editor", env={"COLUMNS": "60"}).stdout.decode()

        assert max(map(len, out.splitlines())) <= 60

    def test_a_terminal_without_the_letters_gets_them_escaped(self, footfall):
        """An encoding that lacks a glyph is no reason for a traceback."""
        done = footfall("show", env={"PYTHONIOENCODING": "ascii"})

        assert done.returncode == 0
        assert b"START" in done.stdout

    def test_what_is_invalid_is_drawn_as_far_as_it_goes(self, said, tmp_path):
        """A file of odd events is drawn; nothing that is missing, odd or hostile stops it."""
        odd = [
            {"eid": "START"}, {"eid": "END", "edata": 5, "ets": "x"}, {"eid": "NEW", "edata": {"a": [1, {"b": "\x1b[31m"}]}},
            {"eid": "ASSESS", "edata": {"item": 1, "score": True, "duration": None}}, {"eid": "SHARE", "edata": {"items": {}}},
            {"eid": "INTERACT", "edata": {"extra": {"pos": [1, {"x": {}}]}}, "context": {"pdata": 3}},
            {"eid": "ERROR", "edata": {"stacktrace": None}}, {"eid": "AUDIT", "object": []}, {"eid": "LOG", "ets": 10**30},
        ]  # fmt: skip
        (tmp_path / "odd.jsonl").write_text("\n".join(map(json.dumps, odd)))

        status, out, err = said("show", "odd.jsonl")

        assert (status, err) == (0, "")
        assert "\x1b" not in out

    @pytest.mark.parametrize("ours", [True, False], ids=["our mids", "foreign mids"])
    def test_a_shuffled_file_is_drawn_in_order(self, said, dataset, ours):
        """Events are drawn as they were recorded: by the numbers of our mids, else by their times."""
        events = [json.loads(line) for line in dataset().read_bytes().splitlines()]
        events = [event for event in events if event["mid"][-24:] == events[0]["mid"][-24:]]
        for number, event in enumerate(events):
            event["ets"] += number  # no two at once
            event["mid"] = event["mid"] if ours else f"theirs-{number:04}"
        Path("whole.jsonl").write_text("\n".join(map(json.dumps, events)))
        Path("mixed.jsonl").write_text("\n".join(map(json.dumps, [*events[1::2], *events[::2]])))

        whole, mixed = (said("show", f"{name}.jsonl")[1].splitlines()[1:] for name in ("whole", "mixed"))

        assert len(whole) > 5
        assert mixed == whole

    @pytest.mark.parametrize(
        "option",
        [
            ("--seed", 4), ("--scenario", "practice"), ("--scenario-dir", "."), ("--start", "now"), ("--days", 2),
            ("--learners", 5), ("--locale", "en_IN"), ("--world", "."), ("--form", "wire"),
        ],
        ids=lambda option: option[0],
    )  # fmt: skip
    def test_options_that_make_a_session_do_not_go_with_a_file(self, said, dataset, option):
        """What would be ignored is refused in one line that names the option."""
        status, out, err = said("show", dataset(), *option)

        assert (status, out) == (2, "")
        assert err.startswith(f"footfall: {option[0]}: ")
        assert err.count("\n") == 1

    def test_a_file_without_events_is_said_to_be_one(self, said):
        """The sentence reads as one."""
        Path("empty.jsonl").write_text("")

        assert said("show", "empty.jsonl")[2].endswith("the file has no event\n")

    def test_a_session_that_is_not_there_is_named(self, said, dataset):
        """The number of sessions in the file is said."""
        status, _, err = said("show", dataset(), "--session", 99)

        assert status == 2
        assert "6 sessions, counted from 0" in err

    def test_a_line_that_is_no_event_is_named(self, said, tmp_path):
        """Where a file is broken, the line is named, and the verb that says more."""
        (tmp_path / "x.jsonl").write_text('{"eid":"LOG"}\nnonsense\n')
        status, _, err = said("show", "x.jsonl")

        assert status == 2
        assert "line 2" in err
        assert "footfall check" in err


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (("show", "x.xz"), "only gzip is unpacked; xzcat x.xz | footfall show -"),
        (("check", "x.xz"), "only gzip is unpacked; xzcat x.xz | footfall check -"),
    ],
)
def test_what_is_packed_otherwise_is_piped_to_the_same_verb(said, verb, words):
    """A file of a kind that is not unpacked is refused with the command that unpacks it into this verb."""
    Path("x.xz").write_bytes(lzma.compress(b"{}"))
    status, _, err = said(*verb)

    assert status == 2
    assert words in err
