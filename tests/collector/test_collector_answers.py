"""The contract of the telemetry service, row by row."""

import gzip
import json
import resource
import zlib

import pytest
from talking import JSON, ask, batch, dial, event, hear, post, say

from generator.collector.body import ChunkedFraming
from generator.collector.endpoint import TELEMETRY_PATHS
from generator.collector.store import read

LIMIT = 5 * 1024 * 1024
ONE = batch([event(1)])
HTML = "text/html; charset=utf-8"
JSON_ANSWER = "application/json; charset=utf-8"


def padded(size):
    """Pad a batch with spaces to so many bytes."""
    return ONE.ljust(size, b" ")


# what is sent, its headers, the status, the type of the answer, a word that it holds
ROWS = [
    ("a batch", ONE, JSON, 200, "SUCCESS"),
    ("a batch with a charset", ONE, {"Content-Type": "application/json; charset=UTF-8"}, 200, "SUCCESS"),
    ("a list", b"[1,2]", JSON, 200, "SUCCESS"),
    ("no events in it", batch([]), JSON, 200, "SUCCESS"),
    ("events missing", b"{}", JSON, 200, "SUCCESS"),
    ("no body", b"", JSON, 200, "SUCCESS"),
    ("plain text", ONE, {"Content-Type": "text/plain"}, 200, "SUCCESS"),
    ("a form", b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 200, "SUCCESS"),
    ("no type", ONE, {}, 200, "SUCCESS"),
    ("events not a list", b'{"events":{}}', JSON, 200, "SUCCESS"),
    ("params not an object", b'{"params":1,"events":[]}', JSON, 200, "SUCCESS"),
    ("msgid not a text", b'{"params":{"msgid":7},"events":[]}', JSON, 200, "SUCCESS"),
    ("a lone surrogate", b'{"events":["\\ud800"]}', JSON, 200, "SUCCESS"),
    ("bytes that are no UTF-8", b'{"events":["\xff"],"params":{"msgid":"\xff"}}', JSON, 200, "SUCCESS"),
    ("a huge number", b'{"events":[' + b"9" * 9999 + b',"\\ud800"]}', JSON, 200, "SUCCESS"),
    ("a byte order mark", b"\xef\xbb\xbf" + ONE, JSON, 200, "SUCCESS"),
    ("UTF-16", ONE.decode().encode("utf-16"), {"Content-Type": "application/json;charset=utf-16"}, 200, "SUCCESS"),
    ("gzip", gzip.compress(ONE), JSON | {"Content-Encoding": "gzip"}, 200, "SUCCESS"),
    ("gzip of two members", gzip.compress(ONE[:9]) + gzip.compress(ONE[9:]), JSON | {"Content-Encoding": "gzip"}, 200, "SUCCESS"),
    ("deflate", zlib.compress(ONE), JSON | {"Content-Encoding": "deflate"}, 200, "SUCCESS"),
    ("5 MiB", padded(LIMIT), JSON, 200, "SUCCESS"),
    ("5 MiB after inflation", gzip.compress(padded(LIMIT)), JSON | {"Content-Encoding": "gzip"}, 200, "SUCCESS"),
    ("malformed JSON", b'{"events":[', JSON, 400, "SyntaxError"),
    ("malformed behind a wrong shape", b'{"params":3,"events":[}', JSON, 400, "SyntaxError"),
    ("NaN", b'{"events":[NaN]}', JSON, 400, "SyntaxError"),
    ("two values", b"{} {}", JSON, 400, "SyntaxError"),
    ("a list and more", b"[] []", JSON, 400, "SyntaxError"),
    ("a primitive", b'"events"', JSON, 400, "SyntaxError"),
    ("corrupt gzip", b"not gzip at all", JSON | {"Content-Encoding": "gzip"}, 400, "incorrect header"),
    ("gzip cut short", gzip.compress(ONE)[:-9], JSON | {"Content-Encoding": "gzip"}, 400, "unexpected end"),
    ("5 MiB and a byte", padded(LIMIT + 1), JSON, 413, "request entity too large"),
    ("a bomb", gzip.compress(padded(LIMIT + 1)), JSON | {"Content-Encoding": "gzip"}, 413, "too large"),
    ("brotli", ONE, JSON | {"Content-Encoding": "br"}, 415, "unsupported content encoding &quot;br&quot;"),
    ("zstd", ONE, JSON | {"Content-Encoding": "zstd"}, 415, "unsupported content encoding"),
    ("latin-1", ONE, {"Content-Type": "application/json; charset=latin1"}, 415, "unsupported charset"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "headers", "status", "word"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_every_row_of_the_services_answers(sunbird, body, headers, status, word):
    """Each case is answered with the service's status, type and words: JSON at 200, a page at 4xx."""
    answer = ask(sunbird.url, "POST", "/v1/telemetry", body, headers)

    assert answer.status == status
    assert answer.headers["content-type"] == (JSON_ANSWER if status == 200 else HTML)
    assert word in answer.body.decode()


def test_success_is_the_services_91_bytes(sunbird):
    """An accepted batch is answered with the service's five fields in 91 bytes."""
    answer = post(sunbird.url, ONE)

    assert len(answer.body) == 91
    assert list(answer.json) == ["id", "ver", "ets", "params", "responseCode"]
    assert answer.json | {"ets": 0} == {
        "id": "api.telemetry", "ver": "1.0", "ets": 0, "params": {}, "responseCode": "SUCCESS",
    }  # fmt: skip


@pytest.mark.parametrize("path", [*TELEMETRY_PATHS, "/V1/Telemetry/", "/v1/telemetry?from=here"])
def test_every_path_of_the_api_takes_batches(sunbird, path):
    """Whichever layer a client was written for, its path is served; Express minds neither case nor slash."""
    assert ask(sunbird.url, "POST", path, ONE, JSON).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/telemetry"), ("PUT", "/v1/telemetry"), ("POST", "/"), ("POST", "/v2/telemetry"), ("GET", "/etc/passwd"),
     ("GET", "/health/<script>"), ("POST", "/health")],
)  # fmt: skip
def test_whatever_else_is_a_404_page(sunbird, method, path):
    """What the service does not know is answered with Express' page, its path escaped."""
    answer = ask(sunbird.url, method, path)

    assert (answer.status, answer.headers["content-type"]) == (404, HTML)
    assert b"Cannot " + method.encode() in answer.body
    assert b"<script>" not in answer.body


@pytest.mark.parametrize("path", ["*", "/v1/telemetry", "/anything"])
def test_options_are_allowed_everywhere(sunbird, path):
    """A browser's preflight gets 200, nothing to read, and the service's allowed headers."""
    answer = ask(sunbird.url, "OPTIONS", path)

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-auth" in answer.headers["access-control-allow-headers"]


def test_health_is_the_services(sunbird):
    """GET /health says api.health and SUCCESS; HEAD says as much without a body."""
    assert ask(sunbird.url, "GET", "/health").json["id"] == "api.health"
    assert ask(sunbird.url, "HEAD", "/health").body == b""


def test_a_store_that_cannot_be_written_is_a_500_and_takes_nothing(collect):
    """When the disk is full the batch gets SERVER_ERROR, health says so, and the same batch is welcome later; stderr has a line."""
    collector = collect()
    # Its stderr is a file, too: a line has room there, and two events have none in the store.
    limit = resource.prlimit(collector.pid, resource.RLIMIT_FSIZE, (300, resource.RLIM_INFINITY))
    failed = [post(collector.url, batch([event(1), event(2)], "again")) for _ in range(3)][-1]
    unhealthy = ask(collector.url, "GET", "/health")
    resource.prlimit(collector.pid, resource.RLIMIT_FSIZE, limit)
    later = post(collector.url, batch([event(1), event(2)], "again"))

    assert (failed.status, failed.json["responseCode"]) == (500, "SERVER_ERROR")
    assert failed.json["params"] == {"err": "Request failed"}
    assert (unhealthy.status, unhealthy.json["params"]["err"]) == (500, "Telemetry API is unhealthy")
    assert later.status == 200
    assert [stored.kind for stored in read(collector.store)] == ["accepted", "accepted"]
    assert ask(collector.url, "GET", "/health").status == 200
    collector.stop()
    refused, again = collector.stderr_tail().splitlines()
    assert refused.startswith(f"footfall: {collector.store}: cannot be written: File too large")
    assert again == "footfall: batches are stored again"


def test_stats_say_what_was_done(collect):
    """GET /stats counts batches, events by fate, kind and reason, and bytes, and says how it serves."""
    collector = collect(form="documented")
    body = batch([event(1), event(1), event(2, ver="9")], "m")
    post(collector.url, body)
    post(collector.url, body)
    said = collector.stats()

    assert (said["mode"], said["form"], said["store"]) == ("sunbird", "documented", str(collector.store))
    assert said["batches"] == {"acknowledged": 1, "duplicate": 1, "refused": 0, "failed": 0}
    assert said["accepted"] == {"events": 1, "by_eid": {"INTERACT": 1}, "by_reason": {}}
    assert said["rejected"]["by_reason"] == {"$.ver: not in the list": 1}
    assert said["duplicate"]["by_reason"] == {"mid seen before": 1, "msgid seen before": 3}
    assert said["bytes"] == 2 * len(body)
    assert said["uptime"] > 0


def test_one_connection_serves_many_requests_sent_ahead(sunbird):
    """Requests sent without waiting are answered in their order, bodies plain or chunked."""
    plain = (
        b"POST /v1/telemetry HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
        % (len(ONE), ONE)
    )
    chunks = b"".join(b"%x;why\r\n%b\r\n" % (1, ONE[at : at + 1]) for at in range(len(ONE)))
    chunked = (
        b"POST /v1/telemetry HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    last = b"GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n"

    heard = say(sunbird.url, plain * 3 + chunked + chunks + b"0\r\nTrailing: yes\r\n\r\n" + plain + last)

    assert heard.count(b"HTTP/1.1 200 OK") == 5
    assert heard.count(b"HTTP/1.1 404 Not Found") == 1
    assert heard.index(b"404 Not Found") > heard.rindex(b"200 OK")


@pytest.mark.parametrize("step", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("trailer", [b"", b"Trailing: yes\r\n"])
def test_a_chunked_body_ends_where_it_ends(step, trailer):
    """However the stream is cut, and whatever stands in the chunks, what follows the body is given back."""
    sent = b"\r\n\r\n0\r\n\r\n" * 3 + b"\r"
    chunks = b"%x\r\n%b\r\n1;why\r\n\n\r\n0\r\n" % (len(sent), sent)
    stream = chunks + trailer + b"\r\n" + b"GET / HTTP/1.1\r\n\r\n"
    chunked, body, at = ChunkedFraming(), b"", 0
    while not chunked.done:
        part, rest = chunked.take(stream[at : at + step])
        body, at = body + part, at + step

    assert body == sent + b"\n"
    assert rest + stream[at:] == b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: %d\r\n\r\n%b" % (len(ONE), ONE),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(ONE), ONE),
    ],
    ids=["sized", "chunked"],
)
def test_a_wish_for_http_2_is_passed_over(collect, framed):
    """Java's own client asks for an upgrade with its first batch, which is taken all the same."""
    collector = collect()
    asked = b"POST /v1/telemetry HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    last = b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"
    heard = say(collector.url, asked + b"Content-Type: application/json\r\n" + framed + last)

    assert heard.count(b"HTTP/1.1 200 OK") == 2
    assert len(list(read(collector.store))) == 1


def test_a_request_may_come_byte_by_byte(sunbird):
    """However a request is cut into packets, it is one request."""
    whole = (
        b"POST /v1/telemetry HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
        % (len(ONE), ONE)
    )

    assert b"SUCCESS" in say(sunbird.url, *(whole[at : at + 1] for at in range(len(whole))))


def test_expect_continue_is_answered(sunbird):
    """A client that asks before it sends a large body, as curl does, is told to go on."""
    with dial(sunbird.url) as line:
        line.sendall(
            b"POST /v1/telemetry HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Expect: 100-continue\r\nConnection: close\r\n\r\n" % len(ONE)
        )
        assert line.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(ONE)
        assert b"SUCCESS" in hear(line)


def test_a_client_that_closes_its_side_still_gets_its_answer(sunbird):
    """A half-closed connection is answered and then closed."""
    with dial(sunbird.url) as line:
        line.sendall(
            b"POST /v1/telemetry HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(ONE), ONE)
        )
        line.shutdown(1)
        assert b"SUCCESS" in hear(line)


def test_answers_are_json_that_any_reader_takes(sunbird):
    """Every JSON answer decodes."""
    for path in ("/health", "/stats"):
        json.loads(ask(sunbird.url, "GET", path).body)
