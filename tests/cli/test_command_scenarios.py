import json
import re
from pathlib import Path

import pytest

from generator.scenarios.loader import bundled, find


class TestList:
    def test_every_scenario_is_listed(self, said):
        """A row a scenario, with its title and its file."""
        out = said("scenarios")[1]

        for name, scenario in find().items():
            assert re.search(rf"^{name} .*{re.escape(scenario.title)}", out, re.MULTILINE)

    def test_json_says_the_same(self, said):
        """--json has a row a scenario, with the events of a typical session."""
        rows = json.loads(said("scenarios", "--json")[1])

        assert [row["name"] for row in rows] == list(find())
        assert all(row["events"] > 3 for row in rows)

    def test_a_name_prints_the_script(self, said):
        """The script is printed as it stands in its file."""
        assert said("scenarios", "practice")[1] == (bundled("scenarios") / "practice.py").read_text()


def inserted(script, lines):
    """Put lines into the starting script's story, where its visit is open."""
    head, mark, tail = script.partition("    # After the visit.\n")
    assert mark
    return head + "".join(f"    {line}\n" for line in lines) + mark + tail


class TestNew:
    @pytest.mark.parametrize("form", ["documented", "wire"])
    def test_the_starting_script_passes_check(self, said, form):
        """What --new writes can be shown, and a thousand of its sessions are valid in both forms."""
        assert said("scenarios", "--new", "my_story")[1] == "my_story.py\n"

        assert said("show", "--scenario-dir", "my_story.py")[0] == 0
        assert (
            said(
                "generate",
                "--scenario-dir",
                "my_story.py",
                "--sessions",
                1000,
                "--form",
                form,
                "-o",
                "x.jsonl",
            )[0]
            == 0
        )
        assert said("check", "--form", form, "x.jsonl")[0] == 0

    def test_every_line_in_its_comments_works(self, said):
        """What the script offers in comments is valid where it is put into the story."""
        said("scenarios", "--new", "my_story")
        path = Path("my_story.py")
        script = path.read_text()
        offered = [
            line.removeprefix("#   ")
            for line in script.splitlines()
            if re.match(r"#   (t|quiz|for|    )", line)
        ]
        assert len(offered) > 12

        path.write_text(inserted(script, offered))

        status, _, err = said("generate", "--scenario-dir", path, "--sessions", 50, "-o", "x.jsonl")
        assert status == 0, err
        assert said("check", "x.jsonl")[0] == 0
        eids = json.loads(Path("x.manifest.json").read_text())["by_eid"]
        assert {
            "LOG",
            "ERROR",
            "SEARCH",
            "SHARE",
            "AUDIT",
            "EXDATA",
            "METRICS",
            "HEARTBEAT",
            "ASSESS",
        } <= set(eids)

    def test_a_folder_is_made(self, said):
        """With --scenario-dir it goes into that folder, beside others, and is found there."""
        for name in ("first", "second"):
            said("scenarios", "--new", name, "--scenario-dir", "mine")

        assert [
            row["name"] for row in json.loads(said("scenarios", "--scenario-dir", "mine", "--json")[1])
        ] == [
            "first",
            "second",
        ]

    def test_what_is_there_is_never_overwritten(self, said):
        """A file of that name stays as it is."""
        Path("my_story.py").write_text("mine")

        status, _, err = said("scenarios", "--new", "my_story")

        assert status == 2
        assert "already exists" in err
        assert Path("my_story.py").read_text() == "mine"

    def test_a_mistake_in_it_is_taught(self, said):
        """What the specification refuses is named with the line, the field and the way out."""
        said("scenarios", "--new", "my_story")
        path = Path("my_story.py")
        path.write_text(path.read_text().replace('"type": "view", "pageid"', '"type": "view", "pagid"'))

        status, _, err = said("show", "--scenario-dir", path)

        assert status == 2
        assert re.search(r"my_story\.py:\d+, `t\.impression", err)
        assert "pageid" in err
