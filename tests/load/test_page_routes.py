"""What Locust's page serves for Footfall: its tabs' rows, and the run so far as a report and as JSON."""

import json
import signal
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from generator.load.monitor.tables import TABLES
from generator.report.run import Run
from tests.delivery import stub
from tests.delivery.stub import serving
from tests.load.conftest import Swarm, free_port


@pytest.fixture
def ask(swarming, free_master):
    """Run Locust with its page below a path; give what asks it, and the process."""
    port = free_master[1]

    def run(*options):
        return swarming("--web-port", port, "--web-base-path", "/load", "--rate", "1k", *options)

    def answer(path):
        with urlopen(f"http://127.0.0.1:{port}/load{path}", timeout=20) as answered:
            return answered.headers, answered.read()

    answer.run, answer.port = run, port
    return answer


def rows(ask):
    return json.loads(ask("/stats/requests")[1])["extended_stats"]


def test_the_run_so_far_is_served_below_the_page_s_path(ask):
    """Nothing before a run; then a summary that says it goes on, a report, and rows with a cell for every column."""
    import msgspec

    with serving(stub.SUCCESS) as endpoint, ask.run("--host", endpoint.url, "--check", "rejected<5") as run:
        run.wait_until_it_listens(ask.port)
        empty = rows(ask)
        with pytest.raises(HTTPError) as refused:
            ask("/footfall/report")
        with refused.value as error:
            said = error.code, error.read()
        with urlopen(
            f"http://127.0.0.1:{ask.port}/load/swarm",
            b"user_count=8&spawn_rate=8&host=" + endpoint.url.encode(),
        ) as _:
            run.wait_for("All users spawned")
        endpoint.wait_for(20)
        headers, body = ask("/footfall/summary.json")
        kind, report = ask("/footfall/report")
        tables = rows(ask)
        while not all(table["data"] for table in tables):
            tables = rows(ask)
        run.process.send_signal(signal.SIGTERM)
        run.end()
    summary = msgspec.json.decode(body, type=Run)

    assert (empty, said) == ([], (404, b"A run has not begun yet; start one."))
    assert summary.events >= summary.acked_events > 0
    assert json.loads(body)["notes"] == ["the run was still going on"]
    assert [check.check for check in summary.checks] == ["rejected<5"]
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("application/json", "no-store")
    assert kind["Content-Type"] == "text/html; charset=utf-8"
    assert kind["X-Content-Type-Options"] == "nosniff"
    assert report.startswith(b"<!doctype html>")
    assert [table["key"] for table in tables] == [table.key for table in TABLES]
    for said, table in zip(tables, TABLES, strict=True):
        assert said["data"]
        assert all(
            list(row) == [f"cell{place}" for place in range(len(table.columns))] for row in said["data"]
        )
        assert all(isinstance(cell, str) for row in said["data"] for cell in row.values())
    assert "Traceback" not in run.err, run.err


def test_the_final_figures_are_served_after_the_run(ask):
    """When a run has stopped, its tab, its summary and its report tell all of it, until the next one begins."""
    with serving(stub.SUCCESS) as endpoint:
        with ask.run("--host", endpoint.url, "--sessions", 5, "--autostart", "--summary", "own.json") as run:
            run.wait_until_it_listens(ask.port)
            endpoint.wait_for(1)
            while json.loads(ask("/stats/requests")[1])["state"] != "stopped":
                pass
            served = json.loads(ask("/footfall/summary.json")[1])
            run.process.send_signal(signal.SIGTERM)
            run.end()
        own = json.loads((run.folder / "own.json").read_text())

    assert served == own
    assert served["finished"] == 5


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"scenario": "practise"}, "did you mean 'practice'?"), ({"speed": "fast"}, "--speed 'fast': it is not a number"),
        ({"check": "p99<5"}, "did you mean service_p99"), ({"rate": "9q"}, "'9q' is not a rate"),
        ({"report": "none/run.html"}, "its folder is missing"), ({"host": "ftp://x"}, "ftp"),
        ({"store": "s"}, "--store s: it is where the embedded endpoint stores"),
    ],
    ids=str,
)  # fmt: skip
def test_a_form_that_makes_no_sense_is_refused_on_the_page(refusing, form, words):
    """The page is answered with the reason, and no run begins."""
    said = refusing(form)

    assert said["success"] is False
    assert words in said["message"]


@pytest.fixture(scope="module")
def refusing(tmp_path_factory):
    """Run Locust with its page; give what posts its form and returns the answer. At the end, no run has begun."""
    port, folder = free_port(), tmp_path_factory.mktemp("page")
    with serving(stub.SUCCESS) as endpoint:
        run = Swarm(folder, ("--web-port", port, "--rate", "1k", "--host", endpoint.url), {})
        run.wait_until_it_listens(port)

        def post(form):
            body = urlencode({"user_count": 8, "spawn_rate": 8, "host": endpoint.url} | form).encode()
            with urlopen(f"http://127.0.0.1:{port}/swarm", body, timeout=20) as answer:
                return json.loads(answer.read())

        yield post
        run.process.send_signal(signal.SIGTERM)
        run.end()
        assert not endpoint.requests
    assert " begins, seed" not in run.err
    assert "Traceback" not in run.err, run.err
