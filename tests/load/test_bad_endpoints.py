"""Endpoints that fail in every way, under the open model: each failure counted under its own name, and the run goes on."""

import json
import ssl
import subprocess
import threading
from collections import Counter
from contextlib import ExitStack
from datetime import datetime

import pytest

from tests.delivery import raw, stub
from tests.load.stored import assert_ended_well, assert_nothing_hidden

SUCCESS = raw.answer_with(stub.SUCCESS[2], "Content-Type: application/json")
CLIENTS = ["footfall", "locust"]
SMALL = ("--rate", "3k", "--batch-size", 10)
"""Many batches."""


def answer(status, body=b"", *lines):
    """Write an answer with another status."""
    return raw.answer_with(body, *lines).replace(b"200 OK", status, 1)


HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
SAYS = {
    "rejected: 429 Too Many Requests: API rate limit exceeded": answer(
        b"429 Too Many Requests", stub.LIMITED[2], "Content-Type: application/json", "Retry-After: 1"
    ),
    "unknown: 500 Internal Server Error: Request failed": answer(
        b"500 Internal Server Error", stub.DOWN[2], "Content-Type: application/json"
    ),
    "unknown: 502 Bad Gateway": answer(b"502 Bad Gateway", HTML, "Content-Type: text/html"),
    "unknown: 200 OK, but an HTML page: Sign in": raw.answer_with(stub.LOGIN[2], "Content-Type: text/html"),
    "rejected: 200 OK, but CLIENT_ERROR in it: Bad batch": raw.answer_with(stub.FAILED_INSIDE[2]),
}
"""Answers that keep the connection, by the reason under which they are counted."""


def resets(peer):
    peer.reset()


def leaves(_):
    """Close after the request was read."""


def says_half(peer):
    peer.say(SUCCESS[:-20])


def says_half_a_head(peer):
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Le")


def babbles(peer):
    peer.say(b"SSH-2.0-OpenSSH_9.2\r\n")


def is_late(peer):
    """Say nothing until the client has given up."""
    peer.connection.recv(1)


LATE = "unknown: no answer in time"
CUT = "unknown: connection lost: closed in the midst of its answer"
CLOSED = "unknown: connection lost: closed without an answer"
BREAKS = [
    ("unknown: connection lost: connection reset by peer", resets), (CLOSED, leaves), (CUT, says_half),
    (CUT, says_half_a_head), ("unknown: no HTTP answer", babbles), (LATE, is_late),
]  # fmt: skip
"""What ends a connection, with the reason under which it is counted."""


class Turns:
    """A script for every connection: each request, on whichever it comes, meets the next behaviour."""

    def __init__(self, behaviours):
        self._behaviours, self._lock = behaviours, threading.Lock()
        self.met = Counter()
        self.requests = 0

    def __call__(self, peer):
        while peer.read_request():
            with self._lock:
                reason, behave = self._behaviours[self.requests % len(self._behaviours)]
                self.requests += 1
                self.met[reason] += 1
            if callable(behave):
                behave(peer)
                return
            peer.say(behave)


@pytest.mark.parametrize("client", CLIENTS)
def test_every_failure_has_its_name_and_its_number(swarm, client):
    """Statuses, half answers, resets, silence: the counts are the endpoint's own, no user dies, every session is sent."""
    turns = Turns([("acked", SUCCESS), *SAYS.items(), *BREAKS])
    with raw.serving(turns) as endpoint:
        done = swarm(
            *SMALL, "--host", endpoint.url, "--sessions", 60, "--timeout", 4, "--http-client", client
        )
    said = done.summary

    assert done.status in (1, 12), done.err
    assert said["reasons"] == {reason: count for reason, count in turns.met.items() if reason != "acked"}
    assert said["acked"] == turns.met["acked"] > 0
    assert said["batches"] == turns.requests
    assert (said["sessions"], said["finished"]) == (60, 60)
    assert_nothing_hidden(said)
    # The service is of answers, and of those for which nobody waited longer; the response is of every batch.
    answered = turns.met["acked"] + sum(turns.met[reason] for reason in SAYS) + turns.met[LATE]
    assert said["service"]["count"] == answered
    assert (
        said["response"]["count"]
        == said["batches"]
        + said["by_scenario_latency"].get("(dropped)", {"response": {"count": 0}})["response"]["count"]
    )
    assert said["service"]["max"] >= 1000
    assert "Traceback" not in done.err, done.err


@pytest.mark.parametrize("client", CLIENTS)
def test_an_endpoint_that_goes_away_amidst_is_counted_as_refusals(swarming, client):
    """What came before is acknowledged, what was on its way is unknown, all after it was surely not delivered."""
    with ExitStack() as going:
        endpoint = going.enter_context(raw.serving(raw.keeps_saying(SUCCESS)))
        options = (*SMALL, "--host", endpoint.url, "-t", "3s", "--http-client", client)
        with swarming("--headless", "--summary", "summary.json", *options) as run:
            while len(endpoint.requests) < 50:
                assert run.process.poll() is None
            going.close()
            assert run.end() in (1, 12), run.err
    said = run.summary

    assert_nothing_hidden(said)
    # What waits in the listener's queue when that closes is reset during its connect.
    refused = {f"rejected: not connected: connection {how}" for how in ("refused", "reset by peer")}
    assert {reason for reason in said["reasons"] if reason.startswith("rejected")} <= refused
    assert "rejected: not connected: connection refused" in said["reasons"]
    assert said["acked"] <= len(endpoint.requests) <= said["acked"] + said["unknown"]
    assert said["acked"] >= 50 - 64
    assert "Traceback" not in run.err, run.err


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A certificate that nobody has signed."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "cert"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context


@pytest.mark.parametrize("client", CLIENTS)
def test_any_certificate_is_taken_if_that_is_asked_for(swarm, tls, client):
    """With --insecure all is sent to an endpoint whose certificate has no known authority."""
    options = ("--rate", "10k", "--sessions", 5, "-u", 4, "--http-client", client)
    with raw.serving(raw.keeps_saying(SUCCESS), context=tls) as endpoint:
        done = swarm(*options, "--host", endpoint.url, "--insecure")

    assert_nothing_hidden(done.summary)
    assert_ended_well(done)
    assert done.summary["acked"] == len(endpoint.requests) > 0


def test_a_bad_certificate_is_refused_before_anything_is_sent(swarming, tls):
    """One line names the certificate, SSL_CERT_FILE and --insecure; the exit code is 2."""
    with raw.serving(raw.keeps_saying(SUCCESS), context=tls) as endpoint:
        with swarming("--headless", "-t", "3s", "--host", endpoint.url) as run:
            assert run.end() == 2
        assert endpoint.requests == []
    [line] = [said for said in run.err.splitlines() if "INFO" not in said]
    assert line == (
        f"footfall: --host {endpoint.url}: 127.0.0.1, port {endpoint.url.rpartition(':')[2]}: the certificate is not trusted "
        "(self-signed certificate); name its authority's certificate in SSL_CERT_FILE, or take any with --insecure"
    )


def test_a_host_that_holds_the_contract_s_path_is_refused_before_anything_is_sent(swarming):
    """One line names the address to give; the exit code is 2."""
    with raw.serving(raw.keeps_saying(SUCCESS)) as endpoint:
        with swarming("--headless", "-t", "3s", "--host", f"{endpoint.url}/data/v1/telemetry") as run:
            assert run.end() == 2
        assert endpoint.connections == 0
    [line] = [said for said in run.err.splitlines() if "INFO" not in said]
    assert line.endswith(f"Write --host {endpoint.url} --path /data/v1/telemetry.")


def test_a_proxy_that_is_none_is_refused_before_anything_is_sent(swarming):
    """One line names the variable and not its value; the exit code is 2."""
    with swarming(
        "--headless", "-t", "3s", "--host", "http://telemetry.test", http_proxy="socks5://u:s3cret@h"
    ) as run:
        assert run.end() == 2
    [line] = [said for said in run.err.splitlines() if "INFO" not in said]
    assert line == (
        "footfall: http_proxy: a proxy of socks5:// is not supported. Name one of http://, or unset it, "
        "or name the endpoint's host in NO_PROXY."
    )


@pytest.mark.parametrize("client", CLIENTS)
def test_a_redirect_is_a_refusal_through_either_client(swarm, client):
    """An endpoint that sends every POST to a login page has taken nothing, and the summary names that page."""
    moved = answer(b"302 Found", b"moved", "Location: /login?next=1")
    page = raw.answer_with(stub.SUCCESS[2])

    def script(peer):
        while peer.read_request():
            peer.say(moved if peer.head.startswith(b"POST /v1/telemetry ") else page)

    with raw.serving(script) as endpoint:
        done = swarm("--rate", "10k", "--sessions", 3, "--host", endpoint.url, "--http-client", client)
    said = done.summary

    assert done.status in (1, 12), done.err
    assert list(said["reasons"]) == ["rejected: 302 Found: redirects to /login"]
    assert said["rejected"] == said["batches"] == len(endpoint.requests)
    assert said["warning"].startswith("nothing was acknowledged: 302 Found: redirects to /login")


@pytest.mark.parametrize("status", [b"302 Found", b"401 Unauthorized", b"503 Service Unavailable"])
def test_damage_that_nobody_read_is_not_refused_rightly(swarm, status):
    """Where every batch was to be refused, an endpoint that sends all away unread has not passed: the run is in vain."""
    away = answer(status, b"", "Location: /login")
    with raw.serving(raw.keeps_saying(away)) as endpoint:
        done = swarm(
            "--rate", "10k", "--sessions", 3, "--fault", "truncated_json=1.0", "--host", endpoint.url
        )
    said = done.summary

    assert done.status in (1, 12), done.err
    assert said["faults"]["rows"]["truncated_json"]["unknown"] == said["events"] > 0
    assert said["rejected"] == said["batches"] == len(endpoint.requests)


def test_one_stall_shows_in_the_response_and_not_in_the_median_of_the_service(swarm):
    """Three seconds of silence in ten: response p99 and single seconds say so, what fell due meanwhile was sent late."""
    going_on, lock, stalled = threading.Event(), threading.Lock(), []
    going_on.set()

    def stalls_once(peer):
        while peer.read_request():
            with lock:
                if not stalled and len(endpoint.requests) > 200:
                    going_on.clear()
                    stalled.append(threading.Timer(3, going_on.set))
                    stalled[0].start()
            going_on.wait(20)
            peer.say(SUCCESS)

    with raw.serving(stalls_once) as endpoint:
        done = swarm("--rate", 3000, "-t", "10s", "--host", endpoint.url, "-u", 16)
    said = done.summary

    assert_ended_well(done)
    assert_nothing_hidden(said)
    assert said["acked"] == said["batches"] == len(endpoint.requests)
    assert (
        said["dropped_events"] * 10 <= said["events"]
    )  # what fell due at the very end, while the machine was busy
    assert said["response"]["p99"] > 2000
    assert said["response"]["max"] >= 2900
    assert said["service"]["p50"] < 500
    assert said["late"] > 100
    assert sum(second["late"] for second in said["seconds"]) == said["late"]
    silent = [second for second in said["seconds"][:-1] if not second["acked"]]
    assert silent
    assert all(second["offered_events"] > 0 for second in silent)
    assert max(second["response_p99"] or 0 for second in said["seconds"]) > 2000


@pytest.mark.parametrize(("every", "client"), [(1, "footfall"), (5, "locust")], ids=["all", "a fifth"])
def test_an_endpoint_that_hangs_passes_no_check_on_its_response(swarm, every, client):
    """What is never answered counts with the time it waited, what is dropped as beyond any bound: the check fails."""
    lock, seen = threading.Lock(), Counter()

    def hangs(peer):
        while peer.read_request():
            with lock:
                seen["requests"] += 1
                is_answered = seen["requests"] <= 20 or seen["requests"] % every
            if not is_answered:
                peer.connection.recv(1)
                return
            peer.say(SUCCESS)

    checks = (
        "--check",
        "response_p99<250ms",
        "--check",
        "response_p99<250ms over 2s",
        "--check",
        "error_rate<=100%",
    )
    with raw.serving(hangs) as endpoint:
        done = swarm(
            "--rate",
            "1k",
            "-t",
            "5s",
            *checks,
            "--stop-timeout",
            1,
            "--http-client",
            client,
            "--json-file",
            "locust",
            "--host",
            endpoint.url,
            "-u",
            16,
        )
    said = done.summary

    # A busy machine makes the generator itself the bottleneck: its latencies are invalid then, and never passed.
    is_limited = said["generator"]["limited"]
    missed = "invalid" if is_limited else "failed"

    assert done.status == (12 if is_limited else 10), done.err
    assert {check["check"]: check["verdict"] for check in said["checks"]} == {
        "response_p99<250ms": missed, "response_p99<250ms over 2s": missed, "error_rate<=100%": "passed",
    }  # fmt: skip
    assert said["checks"][0]["value"] > 1000
    assert said["unknown"] > 0
    [entry] = json.loads((done.folder / "locust.json").read_text())
    assert entry["num_requests"] == said["batches"]
    assert entry["max_response_time"] > 1000
    assert_nothing_hidden(said)


def test_a_batch_that_is_sent_again_is_late_since_it_was_due_first(swarm):
    """With --retries the response counts from the first due time: seconds of waiting in between are in it."""
    seen = Counter()
    wait = answer(
        b"429 Too Many Requests", stub.LIMITED[2], "Content-Type: application/json", "Retry-After: 1"
    )

    def refuses_once(peer):
        while peer.read_request():
            seen[endpoint.bodies[-1]] += 1
            peer.say(SUCCESS if seen[endpoint.bodies[-1]] > 1 else wait)

    with raw.serving(refuses_once) as endpoint:
        done = swarm("--rate", "1k", "--sessions", 2, "--retries", 1, "--host", endpoint.url, "-u", 1)
    said = done.summary

    assert said["resent"] == said["acked"] > 0
    assert said["response"]["p99"] >= 1000
    assert said["service"]["p50"] < 1000


def test_a_batch_that_was_asked_to_wait_is_sent_again_unchanged(swarm):
    """With --retries a 429 is answered by the same body after the seconds it names; every attempt is counted."""
    wait = answer(
        b"429 Too Many Requests", stub.LIMITED[2], "Content-Type: application/json", "Retry-After: 0"
    )
    seen = Counter()

    def refuses_once(peer):
        while peer.read_request():
            body = endpoint.bodies[-1]
            seen[body] += 1
            peer.say(SUCCESS if seen[body] > 1 else wait)

    with raw.serving(refuses_once) as endpoint:
        done = swarm(*SMALL, "--sessions", 10, "--retries", 2, "--host", endpoint.url, "-u", 1)
    said = done.summary

    assert set(seen.values()) == {2}
    assert said["resent"] == said["rejected"] == said["acked"] == len(seen)
    assert said["batches"] == 2 * len(seen)
    assert said["acked_events"] * 2 == said["events"]
    assert (said["sessions"], said["finished"]) == (10, 10)


@pytest.mark.parametrize(
    "model", [("--rate", 200), ("-u", 4, "-r", 100, "--speed", 500)], ids=["open", "closed"]
)
def test_a_run_against_an_endpoint_that_never_answers_ends_soon(swarm, model):
    """Whoever has answered nothing is waited for no longer than the run has lasted, in all and not for each last batch."""
    with raw.serving(raw.is_silent) as endpoint:
        done = swarm(*model, "-t", "2s", "--host", endpoint.url)
    said = done.summary

    assert done.status == 1, done.err
    assert set(said["reasons"]) == {"unknown: the run ended before its answer"}
    assert seconds(said) < 11


def test_a_stop_time_out_that_is_given_is_kept(swarm):
    """An endpoint that answers late is waited for as long as the option says, though it has answered nothing before."""

    def answers_late(peer):
        if peer.read_request():
            peer.ended.wait(3)
            peer.say(SUCCESS)

    with raw.serving(answers_late) as endpoint:
        done = swarm("--rate", 10, "-u", 1, "-t", "1s", "--host", endpoint.url, "--stop-timeout", 10)

    assert done.summary["acked"] >= 1, done.err


def seconds(said):
    """Return how long a run lasted."""
    began, ended = (datetime.fromisoformat(said[name]) for name in ("started_at", "ended_at"))
    return (ended - began).total_seconds()
