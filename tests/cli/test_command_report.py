import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

SECONDS = [
    {"at": at, "offered_events": 200, "sent_events": 200, "acked_events": 200, "batches": 10, "acked": 10,
     "service_p50": 4.0, "service_p99": 20.0, "response_p50": 5.0, "response_p99": 30.0}
    for at in range(10)
]  # fmt: skip
RUN = {
    "run": "0d48c35e", "version": "0.2.0", "started_at": "2026-03-02T09:00:00Z", "ended_at": "2026-03-02T09:00:10Z",
    "host": "http://127.0.0.1:9001", "events": 2000, "acked_events": 2000, "batches": 100, "acked": 100,
    "seconds": SECONDS, "checks": [{"check": "response_p99<250ms", "value": 30.0, "passed": True}],
}  # fmt: skip
FAILED = RUN | {"checks": [{"check": "response_p99<10ms", "value": 30.0, "passed": False}]}

DELIVERY = {
    "outcome": "failed", "sentence": "NOT delivered: of 20 acknowledged events 1 lost", "runs": ["0d48c35e"],
    "stages": [{"stage": "accepted", "sink": "out.jsonl", "outcome": "failed", "attempted": 20, "acked": 20, "due": 20,
                "found": 19, "held": 19, "lost": {"events": 1, "examples": [{"mid": "END:00000013"}]}}],
}  # fmt: skip


@pytest.fixture
def run_file(tmp_path):
    """Write a run's summary.json into the empty folder."""

    def write(name="summary.json", **more):
        (tmp_path / name).write_text(json.dumps(RUN | more))
        return name

    return write


class TestReport:
    def test_a_run_becomes_a_page_beside_it(self, said, run_file):
        """Its verdict is said in a line, the page named on stderr."""
        status, out, err = said("report", run_file())

        assert status == 0
        assert out == "Passed: 1 check held; all 2,000 events were acknowledged.\n"
        assert err == "footfall: the page is summary.html\n"
        assert Path("summary.html").read_text().startswith("<!doctype html>")

    def test_a_run_that_failed_its_checks_exits_with_1(self, said, run_file):
        """The page and the XML are written all the same."""
        status, out, _ = said("report", run_file(**FAILED), "-o", "page.html", "--junit", "run.xml")

        assert status == 1
        assert out == "1 of 1 check failed: response_p99<10ms found 30 ms.\n"
        assert "response_p99&lt;10ms" in Path("page.html").read_text()
        assert ET.parse("run.xml").getroot().get("failures") == "1"

    def test_a_baseline_is_drawn_too(self, said, run_file):
        """Both runs are on the page."""
        run_file("before.json", run="11111111")
        said("report", run_file(), "--baseline", "before.json", "-o", "page.html")

        assert "Baseline: run 11111111" in Path("page.html").read_text()

    @pytest.mark.parametrize(
        ("arguments", "way_out"),
        [
            (("nowhere.json",), "Pass the summary.json"),
            (("summary.json", "--baseline", "nowhere.json"), "nowhere.json: cannot be read"),
            (("cut.json",), "corrupt or incomplete"),
            (("summary.json", "-o", "nowhere/page.html"), "-o nowhere/page.html: cannot be written"),
            (("summary.json", "--junit", "nowhere/run.xml"), "--junit nowhere/run.xml: cannot be written"),
            (("summary.json", "-o", "summary.json"), "is the run itself"),
            (("summary.json", "-o", "page.html", "--junit", "page.html"), "two files"),
        ],
    )
    def test_wrong_use_is_one_line(self, said, run_file, arguments, way_out):
        """It names the file and the way out, and exits with 2."""
        before = Path(run_file()).read_text()
        Path("cut.json").write_text(before[:200])
        status, out, err = said("report", *arguments)

        assert (status, out) == (2, "")
        assert way_out in err
        assert err.count("\n") == 1
        assert Path("summary.json").read_text() == before

    def test_a_run_can_come_through_a_pipe(self, footfall, tmp_path):
        """What is no regular file is read as well; -o says where the page goes."""
        done = footfall("report", "/dev/stdin", "-o", "page.html", stdin=json.dumps(RUN).encode())

        assert done.returncode == 0, done.stderr
        assert (tmp_path / "page.html").exists()

    def test_a_delivery_is_drawn_too(self, said, tmp_path):
        """What footfall verify --json wrote is a page of its own, and a test case."""
        (tmp_path / "delivery.json").write_text(json.dumps(DELIVERY))
        status, out, err = said("report", "delivery.json", "--junit", "delivery.xml")

        assert status == 1
        assert out == "NOT delivered: of 20 acknowledged events 1 lost\n"
        assert err == "footfall: the page is delivery.html\n"
        assert "✗ 1 lost" in Path("delivery.html").read_text()
        assert "lost END:00000013" in ET.parse("delivery.xml").find("testcase/failure").text

    @pytest.mark.parametrize(("outcome", "status"), [("delivered", 0), ("unknown", 0), ("failed", 1)])
    def test_a_delivery_that_failed_exits_with_1(self, said, tmp_path, outcome, status):
        """That nobody could look is no failure of what was sent."""
        (tmp_path / "delivery.json").write_text(json.dumps(DELIVERY | {"outcome": outcome}))

        assert said("report", "delivery.json")[0] == status

    @pytest.mark.parametrize(
        ("found", "more", "way_out"),
        [
            ({"outcome": "lost", "sentence": ""}, (), "as footfall verify --json wrote it"),
            ({"outcome": "failed"}, (), "as footfall verify --json wrote it"),
            (DELIVERY, ("--baseline", "summary.json"), "cannot have a baseline"),
        ],
    )
    def test_what_is_no_delivery_is_refused_in_a_line(self, said, run_file, tmp_path, found, more, way_out):
        """It names the file and the way out."""
        run_file()
        (tmp_path / "delivery.json").write_text(json.dumps(found))
        status, out, err = said("report", "delivery.json", *more)

        assert (status, out) == (2, "")
        assert way_out in err
        assert err.count("\n") == 1

    def test_damage_is_told_in_a_line(self, said, run_file):
        """How much of it was judged wrongly."""
        _, out, _ = said("report", run_file(faults={"rows": {"unknown_eid": {"false_accepts": 2}}}))

        assert out.splitlines()[1] == "Injected faults: 2 events, 2 of 1 kind judged wrongly."


@pytest.mark.parametrize(
    "arguments", [("LOOP",), ("LOOP/x",), ("summary.json", "-o", "LOOP"), ("summary.json", "--junit", "LOOP")]
)
def test_a_link_to_itself_is_one_line(said, run_file, arguments):
    """A symbolic link that leads to itself is named as what cannot be read or written."""
    run_file()
    Path("LOOP").symlink_to("LOOP")
    status, _, err = said("report", *arguments)

    assert status == 2
    assert "LOOP" in err.splitlines()[-1]
