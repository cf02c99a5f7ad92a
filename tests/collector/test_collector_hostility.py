"""Hostile clients: whatever they do, others are answered and the memory stays bounded."""

import gzip
import json
import resource
from contextlib import ExitStack, suppress

import psutil
import pytest
from talking import JSON, ask, batch, dial, event, hear, post, say

from generator.collector.store import read

MEGABYTE = 1024 * 1024
RESIDENT = 400 * MEGABYTE
POST = b"POST /v1/telemetry HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(autouse=True)
def unharmed(sunbird):
    """After each attack the collector answers, and takes a batch, in bounded memory."""
    yield
    assert ask(sunbird.url, "GET", "/health").status == 200
    assert post(sunbird.url, batch([])).status == 200
    assert psutil.Process(sunbird.pid).memory_info().rss < RESIDENT


def pour(line, chunk, count):
    """Send a chunk so many times, or until the other side has had enough; give the bytes sent."""
    sent = 0
    with suppress(ConnectionError):
        for _ in range(count):
            line.sendall(chunk)
            sent += len(chunk)
    return sent


@pytest.mark.parametrize("kind", [b"application/json", b"text/plain"])
@pytest.mark.parametrize(
    "head", [b"Content-Length: 419430400\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"]
)
def test_a_body_of_400_megabytes_is_cut_off(sunbird, head, kind):
    """Declared or endless in chunks, read or unread: the collector stops reading long before the end."""
    block = b"x" * MEGABYTE
    chunk = block if b"Length" in head else b"%x\r\n%b\r\n" % (MEGABYTE, block)
    with dial(sunbird.url) as line:
        line.sendall(POST.replace(b"application/json", kind) + head)
        sent = pour(line, chunk, 400)

    assert sent < 64 * MEGABYTE


def test_a_declared_400_megabytes_is_refused_before_it_is_sent(sunbird):
    """The declaration alone gets the 413 page and the end of the connection."""
    assert say(sunbird.url, POST + b"Content-Length: 419430400\r\n\r\n").startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "packed",
    [
        lambda: gzip.compress(b" " * 400 * MEGABYTE, compresslevel=1),
        lambda: gzip.compress(b"") * 100_000,
        lambda: gzip.compress(b"") * 250_000,
    ],
    ids=["400 MB of spaces", "100,000 empty members", "5 MB of empty members"],
)
def test_a_gzip_bomb_is_not_inflated(sunbird, packed):
    """Inflation stops at the limit, or at the members that no client has reason to send."""
    answer = post(sunbird.url, packed(), JSON | {"Content-Encoding": "gzip"})

    assert answer.status in {400, 413}


def test_two_thousand_half_sent_bodies_block_nobody(sunbird):
    """While they wait, others are answered."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    with ExitStack() as lines:
        for _ in range(2000):
            lines.enter_context(dial(sunbird.url)).sendall(
                POST + b"Content-Length: 20000\r\n\r\n" + b" " * 10_000
            )
        assert post(sunbird.url, batch([event(1)])).status == 200
        assert psutil.Process(sunbird.pid).memory_info().rss < RESIDENT


def test_unfinished_bodies_have_a_common_bound(sunbird):
    """Hundreds of bodies of 4 MB each, never finished, are turned away beyond the common bound."""
    with ExitStack() as lines:
        opened = [lines.enter_context(dial(sunbird.url)) for _ in range(100)]
        for line in opened:
            pour(line, POST + b"Content-Length: 5000000\r\n\r\n" + b" " * 4_000_000, 1)
        assert psutil.Process(sunbird.pid).memory_info().rss < RESIDENT
        assert ask(sunbird.url, "GET", "/health").status == 200


def test_idle_connections_block_nobody(sunbird):
    """A thousand clients that connect and say nothing leave room for one that speaks."""
    with ExitStack() as lines:
        for _ in range(1000):
            lines.enter_context(dial(sunbird.url))
        assert post(sunbird.url, batch([event(2)])).status == 200


def test_a_client_that_never_reads_is_not_served_on(sunbird):
    """Answers that nobody reads pile up to a bound, then the client's requests wait."""
    with dial(sunbird.url) as line:
        line.settimeout(0.5)
        with suppress(TimeoutError):
            for _ in range(400):
                line.sendall(b"GET /stats HTTP/1.1\r\n\r\n" * 1000)
        assert psutil.Process(sunbird.pid).memory_info().rss < RESIDENT
        assert ask(sunbird.url, "GET", "/health").status == 200


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100_000 + b"\r\n", 431),
        (b"GET /" + b"a" * 1_000_000, 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"\0" * 100 + b"\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET / RTSP/1.0\r\n\r\n", 400),
        (b"BREW / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nA: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400),
        (b"GET http://[/ HTTP/1.1\r\n\r\n", 400),
        (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", 400),
        (POST + b"Content-Length: -1\r\n\r\n{}", 400),
        (POST + b"Content-Length: " + b"9" * 99 + b"\r\n\r\n{}", 400),
        (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"e" * 100_000, 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"T: x\r\n" * 100_000, 431),
    ],
)
def test_what_is_no_request_is_refused(sunbird, said, status):
    """Junk, floods and ambiguous lengths are refused as Node's parser does, and the connection is closed."""
    with dial(sunbird.url) as line:
        pour(line, said, 1)
        assert hear(line).startswith(b"HTTP/1.1 %d " % status)


def test_names_from_clients_never_become_paths(sunbird):
    """Ids, headers and targets full of dots and slashes leave nothing but the segments in the store."""
    evil = "../../../../tmp/footfall-evil\0/etc/passwd"
    post(sunbird.url, batch([event(3, mid=evil, eid=evil)], evil, did=evil), {"x-device-id": "../../evil"})
    for path in ("/../../etc/passwd", "/v1/telemetry/../../../etc", "/%2e%2e/%2e%2e/etc/passwd", "//etc"):
        assert ask(sunbird.url, "GET", path).status == 404

    kinds = ("accepted", "batches", "duplicate", "rejected")
    assert {each.name for each in sunbird.store.iterdir()} == {"lock"} | {
        f"{kind}-000001.jsonl" for kind in kinds
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"events":' + b"[" * 2_000_000,
        b"[" * 2_000_000 + b"]" * 2_000_000,
        b'{"events":[' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]}",
        b'{"events":[' + b"{}," * 29_000 + b"{}]}",
        b'{"events":[{"eid":"START","tags":[' + b"1," * 500_000 + b"1]}]}",
        b'{"events":[{"mid":"' + b"m" * 4_000_000 + b'"}]}',
        b'{"events":[{' + b",".join(b'"%d":0' % n for n in range(200_000)) + b"}]}",
        json.dumps({"params": {"msgid": "m" * 4_000_000}, "events": [event(4)] * 20}).encode(),
    ],
    ids=[
        "unclosed",
        "nested",
        "deep",
        "29,001 empty events",
        "500,000 bad tags",
        "4 MB mid",
        "200,000 keys",
        "4 MB msgid",
    ],
)
def test_hostile_json_is_survived(sunbird, body):
    """Absurd nesting, numbers and sizes within the limit are answered like anything else."""
    assert post(sunbird.url, body).status in {200, 400}


def test_the_store_is_readable_after_all_this(sunbird):
    """Whatever was stored on the way, the reader gets over it."""
    for number, body in enumerate(
        [b'{"events":[{"\\ud800":"\\ud800"}]}', b'{"events":[{"a":"\xff\xfe"},"\r"]}']
    ):
        post(sunbird.url, body + b" " * number)

    assert all(isinstance(stored.event, bytes) for stored in read(sunbird.store))
