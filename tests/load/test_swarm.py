"""Locust in real processes: against a stub that refuses, the embedded endpoint, with workers, ended early."""

import json
import re
import shutil
import signal
import socket
import threading
from collections import Counter
from dataclasses import fields
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from generator.collector import CollectorProcess
from generator.load.settings import Settings
from generator.spec.check import check
from generator.spec.identity import read_mid
from tests.delivery import stub
from tests.delivery.stub import serving, serving_as, serving_bytes

FAST = ("--speed", 5000)
USERS = ("-u", 4, "-r", 100)


def stored(folder, kind="accepted"):
    """Read the events that an embedded endpoint stored."""
    for path in sorted(Path(folder).glob(f"{kind}-*.jsonl")):
        for line in path.read_bytes().splitlines():
            said = json.loads(line)
            yield said.get("event", said)


def sessions(events):
    """Read from the mids which sessions were played."""
    return {read_mid(event["mid"]).session for event in events}


def test_an_endpoint_that_refuses_is_counted_exactly(swarm):
    """The summary's counts equal the stub's, answer by answer, and no user dies of any."""
    unread = [
        stub.LOGIN, (200, "application/json", b"\xff{"), (204, "", b""),
        (200, "text/html; charset=nonsense", b"<title>\xff</title>"),
    ]  # fmt: skip
    cycle = [
        stub.SUCCESS, stub.DOWN, stub.SUCCESS, stub.MALFORMED, stub.LIMITED, stub.SUCCESS, stub.TOO_LARGE, stub.GATEWAY,
        stub.FAILED_INSIDE, stub.CLOSE, (302, "text/html", b"moved"), *unread,
    ]  # fmt: skip
    endpoint = stub.Stub(lambda place: cycle[place % len(cycle)])
    with serving_as(endpoint):
        done = swarm(*USERS, *FAST, "--host", endpoint.url, "--sessions", 40, FOOTFALL_TOKEN="t0p-secret")
    said = done.summary

    assert done.status == 1, done.err
    assert (said["sessions"], said["finished"], said["batches"]) == (40, 40, len(endpoint.requests))
    answered = Counter(cycle[place % len(cycle)] for place in range(len(endpoint.requests)))
    assert said["acked"] == answered[stub.SUCCESS]
    unknown = [stub.CLOSE, stub.DOWN, stub.GATEWAY, *unread]
    assert said["unknown"] == sum(answered[one] for one in unknown)
    assert said["rejected"] == len(endpoint.requests) - said["acked"] - said["unknown"]
    assert said["reasons"]["unknown: 500 Internal Server Error: Request failed"] == answered[stub.DOWN]
    assert (
        said["reasons"]["rejected: 400 Bad Request: SyntaxError: Unexpected token"]
        == answered[stub.MALFORMED]
    )
    assert said["reasons"]["rejected: 413 Request Entity Too Large"] == answered[stub.TOO_LARGE]
    assert said["reasons"]["unknown: 200 OK, but an HTML page: Sign in"] == answered[stub.LOGIN]
    assert sum(said["reasons"].values()) == said["rejected"] + said["unknown"]
    events = [event for batch in endpoint.batches for event in batch["events"]]
    assert said["events"] == len(events)
    assert said["by_eid"] == Counter(event["eid"] for event in events)
    assert said["bytes"] == sum(len(body) for _, _, body in endpoint.requests)
    assert said["endpoint"] is None
    assert all(headers["Authorization"] == "Bearer t0p-secret" for _, headers, _ in endpoint.requests)
    assert "t0p-secret" not in done.out + done.err + json.dumps(said)
    assert "Traceback" not in done.err


def test_headers_and_events_speak_for_the_same_device(swarm):
    """The batch's device, channel and app are the learner's; each event is valid, marked, and not from the future."""
    with serving(stub.SUCCESS) as endpoint:
        done = swarm(
            *USERS, *FAST, "--host", endpoint.url, "--sessions", 12, "--path", "/data/v1/telemetry",
            "--scenario", "practice", "--scenario", "web_portal,course", "--run-id", "abc", "--batch-size", 7,
        )  # fmt: skip

    assert done.status == 0, done.err
    for path, headers, body in endpoint.requests:
        batch = json.loads(body)
        assert path == "/data/v1/telemetry"
        assert len(batch["events"]) <= 7
        for event in batch["events"]:
            assert check(event, "wire") == []
            assert event["context"]["did"] == headers["x-device-id"]
            assert event["context"]["channel"] == headers["x-channel-id"]
            assert event["context"]["pdata"]["id"] == headers["x-app-id"]
            assert event["tags"][-1] == "footfall:00000abc"
            assert event["ets"] <= batch["ets"]
    assert set(done.summary["by_scenario"]) <= {"practice", "web_portal", "course"}


def test_without_a_host_an_endpoint_of_our_own_is_started(swarm):
    """It says so, what it stored is what was sent, and it is gone at the end."""
    done = swarm(*USERS, *FAST, "-t", "3s", "--store", "store", "--compress", "gzip")
    said = done.summary

    assert done.status == 0, done.err
    assert f"the embedded endpoint answers at {said['host']} and stores in store" in done.err
    assert said["endpoint"]["rejected"]["events"] == said["endpoint"]["duplicate"]["events"] == 0
    assert said["acked_events"] <= said["endpoint"]["accepted"]["events"] <= said["events"]
    assert said["events"] > 0
    assert "counted, not yet proven" in done.out
    mids = [event["mid"] for event in stored(done.folder / "store")]
    assert len(mids) == len(set(mids)) == said["endpoint"]["accepted"]["events"]
    assert set(said["percentiles"]) == {"p50", "p90", "p95", "p99", "max"}
    assert f"footfall:{said['run']}" in done.err


def test_two_workers_never_play_the_same_session(swarm, free_master):
    """With two processes every session is played once, no mid is stored twice, and all counts are in the summary."""
    done = swarm(*USERS, *FAST, "--processes", 2, "--sessions", 60, "--store", "store", *free_master)
    said, events = done.summary, list(stored(done.folder / "store"))

    assert done.status == 0, done.err
    assert said["sessions"] == said["finished"] == 60
    assert said["lost_workers"] == 0
    assert len({event["mid"] for event in events}) == len(events) == said["events"] == said["acked_events"]
    assert said["endpoint"]["duplicate"]["events"] == 0
    played = sessions(events)
    assert len(played) == 60
    assert {session >> 28 for session in played} == {0, 1}


def test_a_master_hears_workers_of_other_commands(swarming, free_master):
    """Workers started by hand get options and run from the master; a lost one is named, and is the exit code; nothing is twice."""
    options = ("--headless", "--summary", "summary.json", *USERS, "--speed", 300, "--store", "store")
    with (
        swarming("--master", *options, "--expect-workers", 2, *free_master) as master,
        swarming("--worker", *free_master[2:]) as lost,
        swarming("--worker", *free_master[2:]) as kept,
    ):
        master.wait_for("total users)")
        lost.process.kill()
        lost.end()
        master.wait_for("to missing")
        master.process.send_signal(signal.SIGTERM)
        assert master.end() == 13, master.err
        assert kept.end() == 0, kept.err
    said, events = master.summary, list(stored(master.folder / "store"))

    assert said["lost_workers"] == 1
    assert "1 lost" in master.out
    assert len({event["mid"] for event in events}) == len(events)
    assert said["endpoint"]["duplicate"]["events"] == 0


@pytest.mark.parametrize("processes", [(), ("--processes", 2)], ids=["alone", "two processes"])
def test_sigterm_ends_with_a_summary(swarming, free_master, processes):
    """SIGTERM ends a run as Ctrl-C does: users stop first, everything is counted, and every file is written."""
    more = (*processes, *free_master) if processes else ()
    with serving(stub.SUCCESS) as endpoint:
        options = ("--headless", "--summary", "summary.json", *USERS, *FAST, "--host", endpoint.url)
        with swarming(*options, "--html", "locust.html", *more) as run:
            endpoint.wait_for(5)
            run.process.send_signal(signal.SIGTERM)
            assert run.end() == 0, run.err
    said = run.summary

    assert said["batches"] == len(endpoint.requests)
    assert said["events"] == sum(len(batch["events"]) for batch in endpoint.batches)
    assert f"Run {said['run']}" in run.out
    assert (run.folder / "locust.html").stat().st_size > 0
    assert run.err.count("Shutting down") == 1 + (2 if processes else 0)
    assert "Traceback" not in run.err


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--scenario", "practise"), "footfall: no scenario is called 'practise'; did you mean 'practice'?"),
        (
            ("--speed", "0"),
            "footfall: --speed 0.0: choose from 0.001 to 1,000,000; 60 makes an hour a minute",
        ),
        (
            ("--host", "localhost"),
            "footfall: 'localhost' is not an address; give one such as http://127.0.0.1:9001",
        ),
    ],
    ids=str,
)
def test_wrong_use_is_one_line_and_exit_2(swarming, options, line):
    """What makes no sense ends with exit code 2 and one line that says the way out, before anything is started."""
    with swarming("--headless", *options) as run:
        assert run.end() == 2
    assert [said for said in run.err.splitlines() if "INFO" not in said] == [line]


def test_an_endpoint_that_goes_away_is_counted_as_refusals(swarm):
    """Nobody listens any more: each batch is rejected as not connected, none unknown; no time is one of an answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def look_and_leave():
            listener.accept()[0].close()
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

        thread = threading.Thread(target=look_and_leave)
        thread.start()
        done = swarm(*FAST, "--host", f"http://127.0.0.1:{listener.getsockname()[1]}", "--sessions", 3)
        thread.join()
    said = done.summary

    assert done.status == 1
    assert said["reasons"] == {"rejected: not connected: connection refused": said["batches"]}
    assert said["rejected"] == said["batches"] > 0
    assert said["percentiles"] == {}
    assert f"events    0 acknowledged of {said['events']:,} sent, 0 a second" in done.out
    assert f"            {said['batches']:,} not connected: connection refused" in done.out
    assert said["warning"].startswith("nothing was acknowledged: not connected: connection refused; see that")
    assert f"WARNING   {said['warning']}" in done.out


def test_each_refusing_status_is_a_rejection_with_its_words(swarm):
    """401 to 503 are rejected by status and reason; none is a lost connection, none names a class."""
    statuses = {
        401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 413: "Request Entity Too Large",
        429: "Too Many Requests", 503: "Service Unavailable",
    }  # fmt: skip
    answers = [(status, "application/json", b'{"message":"in its words"}') for status in statuses]
    endpoint = stub.Stub(lambda place: answers[place % len(answers)])
    with serving_as(endpoint):
        done = swarm(*USERS, *FAST, "--host", endpoint.url, "--sessions", 20)
    said = done.summary

    assert done.status == 1
    assert said["rejected"] == said["batches"] == len(endpoint.requests)
    assert said["unknown"] == 0
    assert set(said["reasons"]) == {
        f"rejected: {status} {name}: in its words" for status, name in statuses.items()
    }
    assert sum(said["reasons"].values()) == said["rejected"]
    assert set(said["percentiles"]) == {"p50", "p90", "p95", "p99", "max"}
    assert "badstatuscode" not in (done.out + done.err).lower()


def test_a_strict_endpoint_s_violations_are_named(swarm, tmp_path):
    """A 400 with a list of violations is rejected, and its reason says which they are."""
    with CollectorProcess(tmp_path / "strict", mode="strict", form="documented") as collector:
        done = swarm(*FAST, "--host", collector.url, "--sessions", 3)
        refused = collector.stats()["batches"]["refused"]
    said = done.summary

    assert done.status == 1
    assert said["rejected"] > 0
    assert said["unknown"] == 0
    assert refused == said["rejected"]
    assert all(reason.startswith("rejected: 400 Bad Request: ") for reason in said["reasons"]), said[
        "reasons"
    ]
    assert any("$.edata" in reason or "documented" in reason for reason in said["reasons"]), said["reasons"]


def test_what_does_not_speak_http_is_named_plainly(swarm):
    """Bytes that are no HTTP, and a closed connection: unknown, in words that are no names of classes."""
    with serving_bytes([b"SSH-2.0-OpenSSH_9.2\r\n", b""]) as (url, _):
        done = swarm(*FAST, "--host", url, "--sessions", 3, "--speed", 20000)
    said = done.summary

    assert done.status == 1
    assert set(said["reasons"]) == {
        "unknown: no HTTP answer", "unknown: connection lost: closed without an answer",
    }  # fmt: skip
    assert said["percentiles"] == {}


def test_a_stopped_client_sends_what_it_has_recorded(swarm):
    """At human pace few batches are full when time is over: what happened until then is sent, and all of it acked."""
    with serving(stub.SUCCESS) as endpoint:
        done = swarm("-u", 8, "-r", 100, "-t", "3s", "--host", endpoint.url)
    said = done.summary

    assert done.status == 0, done.err
    assert said["finished"] < said["sessions"] == 8
    assert said["acked_events"] == said["events"] > 0
    assert said["unsent_events"] == 0
    assert said["warning"] == ""
    for batch in endpoint.batches:
        assert all(event["ets"] <= batch["ets"] for event in batch["events"])


@pytest.mark.parametrize("stop_timeout", [0, 1])
def test_what_a_stopped_client_cannot_send_is_counted(swarm, stop_timeout):
    """Without time to send, recorded events are counted as unsent; with a silent endpoint one batch a user is unknown."""
    with serving_bytes([None]) as (url, seen):
        done = swarm("-u", 6, "-r", 100, "-t", "2s", "--host", url, "--stop-timeout", stop_timeout)
    said = done.summary

    assert said["acked"] == said["rejected"] == 0
    if stop_timeout:
        assert done.status == 1, done.err
        assert said["unknown"] == said["batches"] > 0
        assert said["warning"].startswith("nothing was acknowledged: the run ended before its answer; raise")
    else:
        assert not seen
        assert (done.status, said["batches"]) == (1, 0), done.err
        assert said["unsent_events"] >= said["unsent_sessions"] > 0
        line = (
            f"{said['unsent_events']:,} events of {said['unsent_sessions']:,} sessions that the end cut short"
        )
        assert f"unsent    {line}" in done.out
        assert said["warning"] == "no event was sent before the end; raise --speed or --run-time"


@pytest.mark.parametrize("host", ["http://127.0.0.1:{port}", "http://nobody.invalid"])
def test_an_endpoint_that_nobody_reaches_is_refused_before_anything_starts(swarming, free_master, host):
    """Headless, one line names host, port and the way out, and the exit code is 2."""
    url = host.format(port=free_master[1])
    with swarming("--headless", "--host", url) as run:
        assert run.end() == 2
    [line] = [said for said in run.err.splitlines() if "INFO" not in said]
    why = (
        "no answer at 127.0.0.1, port {port}: connection refused"
        if "{port}" in host
        else "the host nobody.invalid has no address"
    )
    assert line == (
        f"footfall: --host {url}: {why.format(port=free_master[1])}; start the endpoint or correct --host; "
        "without it, one is started for you"
    )  # fmt: skip


def test_footfall_s_options_have_a_help_of_their_own(swarming):
    """Locust answers --help before it reads a locustfile; --footfall-help shows every option of `Settings`."""
    with swarming("--footfall-help") as run:
        assert run.end() == 0, run.err
    assert run.out.startswith("Footfall options:")
    for name in (field.name.replace("_", "-") for field in fields(Settings)):
        assert f"--{name}" in run.out


def test_a_temporary_store_goes_when_all_is_well(swarm):
    """A store that nobody named is removed after a clean end, which is said; its numbers stay in the summary."""
    done = swarm(*USERS, *FAST, "--sessions", 5)
    [folder] = re.findall(r"stores in (\S+)", done.err)

    assert done.status == 0, done.err
    assert f"the temporary store {folder} is removed; --store DIR keeps one" in done.err
    assert not Path(folder).exists()
    assert done.summary["endpoint"]["accepted"]["events"] == done.summary["events"] > 0


def test_a_temporary_store_stays_when_something_was_refused(swarm):
    """It is named once more, so that one can look into it."""
    done = swarm(*USERS, *FAST, "--sessions", 5, "--path", "/nowhere")
    [folder] = set(re.findall(r"(?:stores|is kept) in (\S+)", done.err))

    assert done.status == 1
    assert f"what the endpoint stored is kept in {folder}" in done.err
    assert (
        done.summary["warning"]
        == "nothing was acknowledged: 404 Not Found: Cannot POST /nowhere; correct --path"
    )
    assert Path(folder).is_dir()
    shutil.rmtree(folder)


def test_a_web_port_that_is_taken_is_one_line(swarming):
    """The web interface's port is tried first: exit code 2, and the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with swarming("--web-port", port) as run:
            assert run.end() == 2
    assert [said for said in run.err.splitlines() if "INFO" not in said] == [
        f"footfall: --web-port {port}: it is taken, perhaps by another Locust; name another one, or add --headless"
    ]


def test_no_answer_however_odd_ends_a_user(swarm):
    """Half answers, garbage, false encodings and silence: each batch is counted once, as unknown or rejected."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n"
    answers = [
        b"", b"\x00\xff garbage\r\n\r\n", b"HTTP/1.1", b"HTTP/1.1 200 OK\r\n", head + b"\r\nhalf", None,
        head + b"Content-Encoding: gzip\r\n\r\n" + b"x" * 20, head + b"Content-Encoding: odd\r\n\r\n" + b"x" * 20,
        head + b"Content-Encoding: br\r\n\r\n" + b"x" * 20, b"HTTP/1.1 999 \xff\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 301 x\r\nLocation: ::\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: \xff=\x00; expires=never\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n",
    ]  # fmt: skip
    with serving_bytes(answers) as (url, seen):
        done = swarm(*USERS, *FAST, "--host", url, "--sessions", 25, "--timeout", 4)
    said = done.summary

    assert done.status == 1, done.err
    assert (said["sessions"], said["finished"], said["unplayed"]) == (25, 25, 0)
    assert said["batches"] == said["rejected"] + said["unknown"] == len(seen)
    assert len(seen) > len(answers)
    assert "Traceback" not in done.err, done.err


def test_the_web_interface_starts_runs_and_hides_the_token(swarming, free_master):
    """Options stand in the page, the token does not; each start is a run of its own; a wrong option starts nothing."""
    web = f"http://127.0.0.1:{free_master[1]}"

    def ask(path, **form):
        body = urlencode(form).encode() if form else None
        with urlopen(f"{web}{path}", body, timeout=20) as answer:
            return answer.read().decode()

    swarm = {"user_count": 3, "spawn_rate": 100, "host": ""}
    with serving(stub.SUCCESS) as endpoint:
        options = ("--web-port", free_master[1], *FAST, "--host", endpoint.url, "--seed", 4711)
        with swarming(*options, FOOTFALL_TOKEN="t0p-secret") as run:
            run.wait_until_it_listens(free_master[1])
            page = ask("/")
            assert "4711" in page
            assert "t0p-secret" not in page + ask("/stats/requests")
            for before in (0, 1):
                ask("/swarm", **swarm | {"host": endpoint.url, "scenario": "practice"})
                run.wait_for("begins, seed 4711")
                endpoint.wait_for(len(endpoint.requests) + 3)
                ask("/stop", now="")
                assert before == len({batch["events"][0]["mid"][-24:-16] for batch in endpoint.batches}) - 1
            ask("/swarm", **swarm | {"host": endpoint.url, "scenario": "practise"})
            assert "did you mean 'practice'?" in run.wait_for("did you mean")
            run.process.send_signal(signal.SIGTERM)
            assert run.end() == 0, run.err

    assert run.out.count("answers ") == 2
    assert "Traceback" not in run.err, run.err


def test_a_worker_that_outlives_its_master_takes_another_lane(run_code):
    """With a new index from a new master come new numbers; in a lane that it had before, the numbers go on."""
    code = (
        "from generator.load.runner.run_controller import RunController\n"
        "from locust.env import Environment\n"
        "environment = Environment()\n"
        "environment.create_local_runner()\n"
        "node = RunController(environment)\n"
        "for index in (0, 2, 0):\n"
        "    environment.runner.worker_index = index\n"
        "    node._take_lane()\n"
        "    print(node.lane.session(7))\n"
    )
    done = run_code(code)

    assert done.stdout.split() == ["0", str(2 * 2**28), "1"]
