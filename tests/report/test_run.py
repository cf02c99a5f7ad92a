import json

import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.report.run import Run, read_run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "summary.json"

    def make(content):
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return make


class TestReading:
    def test_what_was_written_is_read(self, file):
        """All fields arrive."""
        run = read_run(file(runs.failing(60)))

        assert run.run == "5eed0009"
        assert len(run.seconds) == 60
        assert run.duration == 60.04
        assert [check.result for check in run.checks] == ["failed", "failed", "passed"]
        assert run.offered_events == sum(second.offered_events for second in run.seconds)

    def test_a_later_versions_fields_are_passed_over(self, file):
        """A summary with unknown fields is read."""
        later = runs.empty() | {"of_tomorrow": {"deep": [1]}, "generator": {"limited": True, "moons": 3}}

        assert read_run(file(later)).generator.limited

    def test_a_few_fields_are_enough(self, file):
        """All but a few have defaults."""
        assert read_run(file(runs.empty())).checks == []

    @pytest.mark.parametrize(
        ("check", "result"),
        [
            ({"passed": True}, "passed"),
            ({"passed": False}, "failed"),
            ({}, "invalid"),
            ({"passed": False, "verdict": "no data"}, "no data"),
            ({"passed": False, "verdict": "invalid"}, "invalid"),
            ({"passed": False, "verdict": "of tomorrow"}, "failed"),
        ],
    )
    def test_a_checks_verdict_is_worth_more_than_whether_it_passed(self, check, result):
        """`verdict` takes precedence over `passed`, if its value is known."""
        run = runs.as_run(runs.empty() | {"checks": [{"check": "x<1", **check}]})

        assert run.checks[0].result == result


HEAD = json.dumps(runs.empty()).encode()
HOSTILE = [
    (b"", "is empty"),
    (HEAD[:-20], "is corrupt or incomplete"),
    (b"\x00\xff\xfe", "is not JSON"),
    (b"[" * 100_000, "is not JSON"),
    (b'{"a":' * 100_000, "is corrupt or incomplete"),
    (b"[1, 2]", "is not the summary of a run"),
    (b"7", "is not the summary of a run"),
    (b'{"eid": "START"}', "is not the summary of a run"),
    (json.dumps({"run": "0d48c35e", "started_at": "2026-03-02T09:00:00Z", "batches": 3}).encode(), "older Footfall"),
    (json.dumps(runs.empty() | {"run": "../../etc"}).encode(), "$.run"),
    (json.dumps(runs.empty() | {"events": -1}).encode(), "$.events"),
    (json.dumps(runs.empty() | {"events": 2**80}).encode(), "$.events"),
    (json.dumps(runs.empty() | {"started_at": "2026-03-02T09:00:00"}).encode(), "$.started_at"),
    (json.dumps(runs.empty() | {"seconds": [{"at": 1}, {"at": 1}]}).encode(), "not in order"),
    (json.dumps(runs.empty() | {"seconds": [{"at": 1e16}]}).encode(), "$.seconds[0].at"),
    (HEAD.replace(b'"events": 0', b'"events": 1e999'), "Pass the"),
    (HEAD.replace(b'"events": 0', b'"events": NaN'), "Pass the"),
    (HEAD.replace(b'"version": "1"', b'"version": "\\ud800"'), "Pass the"),
    (json.dumps(runs.empty() | {"service": {"p50": -3}}).encode(), "$.service.p50"),
]  # fmt: skip


class TestHostileFiles:
    @pytest.mark.parametrize(("content", "why"), HOSTILE, ids=lambda value: str(value)[:30])
    def test_an_invalid_summary_is_rejected_in_a_line(self, file, content, why):
        """The line names the file, the reason and the next step."""
        path = file(content)
        with pytest.raises(UsageError) as raised:
            read_run(path)

        assert str(raised.value).startswith(f"{path}: ")
        assert why in str(raised.value)
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize("name", ["nowhere.json", "."])
    def test_a_missing_file_is_rejected(self, tmp_path, name):
        """A missing file and a folder raise UsageError."""
        with pytest.raises(UsageError, match="cannot be read"):
            read_run(tmp_path / name)

    def test_a_file_without_end_is_not_read_to_its_end(self, tmp_path, monkeypatch):
        """A file over the limit raises UsageError."""
        monkeypatch.setattr("generator.report.run.MOST_BYTES", 1000)
        (tmp_path / "long.json").write_bytes(b" " * 2000)
        with pytest.raises(UsageError, match="more than 1,000 bytes"):
            read_run(tmp_path / "long.json")

    @given(st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(Run.__struct_fields__) | st.text(), inner),
    ))  # fmt: skip
    def test_any_json_is_read_or_rejected(self, tmp_path_factory, value):
        """Never anything but UsageError is raised."""
        path = tmp_path_factory.getbasetemp() / "any.json"
        path.write_text(json.dumps({**runs.empty(), **value} if isinstance(value, dict) else value))
        try:
            run = read_run(path)
        except UsageError as error:
            assert str(error).startswith(f"{path}: ")  # noqa: PT017  either is right
        else:
            assert isinstance(run, Run)
