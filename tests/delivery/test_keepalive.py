import gzip
import json
import subprocess
import sys
import zlib
from itertools import pairwise
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.delivery.contracts import Answer
from generator.delivery.gevent_http import KeepAlive
from generator.delivery.gevent_http.connection import _read
from generator.delivery.gevent_http.response_parser import MOST_OF_AN_ANSWER, MOST_ON_THE_WIRE, ResponseParser
from generator.delivery.reasons import NoHttpError
from generator.errors import UsageError
from tests.delivery.raw import (
    GOOD,
    OK,
    answer_with,
    keeps_saying,
    post,
    says,
    serving,
)

# What is sent.


def test_the_bytes_are_those_of_locusts_own_client():
    """For each address, method, path and set of headers both send the same bytes, as a real socket receives them."""
    script = Path(__file__).with_name("both_clients.py")
    done = subprocess.run([sys.executable, script], capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    pairs = json.loads(done.stdout)

    assert len(pairs) >= 60
    for case, (locust, ours) in pairs.items():
        assert ours == locust, case


@pytest.mark.parametrize(
    ("method", "path", "headers", "said"),
    [
        ("POST", "/a\r\nX: y", {}, "path='/a"),
        ("POST", "/é", {}, "write other characters as %20"),
        ("POST", "/ü→", {}, "path="),
        ("POST", "/a b", {}, "path="),
        ("POST", "/a#b", {}, "path="),
        ("POST", "//a", {}, "path='//a'"),
        ("POST", "a", {}, "path='a'"),
        ("PO ST", "/", {}, "method='PO ST'"),
        ("HEAD", "/", {}, "give POST or PUT"),
        ("POST", "/", {"X-A": "secret\r\nX: y"}, "header X-A: its value (not shown)"),
        ("POST", "/", {"X-A": "secret\n"}, "header X-A"),
        ("POST", "/", {"X-A": "→"}, "beyond latin-1"),
        ("POST", "/", {"X-A\r\n": "y"}, "is not the name of a header"),
        ("POST", "/", {"X A": "y"}, "is not the name of a header"),
        ("POST", "/", {"": "y"}, "is not the name of a header"),
        ("POST", "/", {"content-length": "1"}, "the transport writes it itself"),
        ("POST", "/", {"Transfer-Encoding": "chunked"}, "the transport writes it itself"),
        ("POST", "/", {"Expect": "100-continue"}, "the transport writes it itself"),
    ],
)
def test_what_a_head_cannot_carry_is_refused(method, path, headers, said):
    """What would end a line, or be read as another request, never becomes a head; a value is not quoted."""
    with pytest.raises(UsageError) as error:
        KeepAlive("http://127.0.0.1:1").head(method, path, headers)

    assert said in str(error.value)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_renamed_head_is_the_one_made_of_the_other_names():
    """A head with other words in place of its own is what would have been made of them; it carries no line break."""
    client = KeepAlive("http://127.0.0.1:1/p")
    headers = {"Content-Type": "a/b", "x-device-id": "device-one", "x-app-id": "app"}
    head = client.head("POST", "/a", headers)
    other = client.head("POST", "/a", headers | {"x-device-id": "device-other"})
    renamed = head.renamed([("device-one", "device-other")])

    assert [renamed.of(length) for length in (0, 9)] == [other.of(length) for length in (0, 9)]
    assert b"device-one" in head.of(9)
    with pytest.raises(UsageError, match="cannot carry it"):
        head.renamed([("device-one", "x\r\ny: z")])


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        ("127.0.0.1:9001", {}, "is not an address"),
        ("http://u:p@h", {}, "FOOTFALL_TOKEN"),
        ("http://bücher.example", {}, "xn--"),
        ("http://a b", {}, "a host is written in ASCII"),
        ("http://a\0b", {}, "a host is written in ASCII"),
        ("http://h", {"timeout": 0}, "timeout=0"),
        ("http://h", {"timeout": float("nan")}, "timeout=nan"),
    ],
)
def test_an_endpoint_that_makes_no_sense_is_refused(url, options, said):
    """Address and time-out are checked before anything is sent."""
    with pytest.raises(UsageError, match=said):
        KeepAlive(url, **options)


@pytest.mark.parametrize("size", [0, 1, 2_000, 180_000, 5_000_000])
def test_a_body_arrives_whole_whatever_its_size(connect, size):
    """A body that the system takes in parts arrives as it is, and the connection goes on."""
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    with serving(keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url)

        assert [post(client, body) for _ in range(3)] == [GOOD] * 3
        assert endpoint.bodies == [body] * 3
        assert endpoint.connections == 1


# What is answered.

PLAIN_ANSWERS = {
    "length": (OK, GOOD),
    "chunked": (
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\n{"a\r\n4\r\n":1}\r\n0\r\nX-T: 1\r\n\r\n',
        GOOD,
    ),
    "gzip": (answer_with(gzip.compress(b'{"a":1}'), "Content-Encoding: gzip"), GOOD),
    "GZIP": (answer_with(gzip.compress(b'{"a":1}'), "content-encoding:  GZip "), GOOD),
    "deflate": (answer_with(zlib.compress(b'{"a":1}'), "Content-Encoding: deflate"), GOOD),
    "bare deflate": (answer_with(zlib.compress(b'{"a":1}', wbits=-15), "Content-Encoding: deflate"), GOOD),
    "br": (answer_with(brotli.compress(b'{"a":1}'), "Content-Encoding: br"), GOOD),
    "identity": (answer_with(b"(as it is)", "Content-Encoding: identity"), Answer(200, b"(as it is)")),
    "coded nothing": (answer_with(b"", "Content-Encoding: gzip"), Answer(200, b"")),
    "continue": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, GOOD),
    "early hints": (b"HTTP/1.1 103 Early Hints\r\nContent-Encoding: gzip\r\nLink: </a>\r\n\r\n" + OK, GOOD),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204, b"")),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", Answer(304, b"")),
    "no reason": (b"HTTP/1.1 429 \r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", Answer(429, b"")),
    "html": (
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>",
        Answer(502, b"<html></html>"),
    ),
    "redirect": (b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n", Answer(302, b"", "/login")),
    "bomb": (
        answer_with(gzip.compress(b"0" * 20_000_000), "Content-Encoding: gzip"),
        Answer(200, b"0" * MOST_OF_AN_ANSWER, is_cut=True),
    ),
    "bomb of brotli": (
        answer_with(brotli.compress(b"0" * 20_000_000, quality=1), "Content-Encoding: br"),
        Answer(200, b"0" * MOST_OF_AN_ANSWER, is_cut=True),
    ),
}  # fmt: skip
LAST_ANSWERS = {
    "to the end": (b'HTTP/1.1 200 OK\r\n\r\n{"a":1}', GOOD),
    "to the end, coded": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b'{"a":1}'), GOOD),
    "1.0": (b'HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}', GOOD),
    "1.0 to the end": (b'HTTP/1.0 200 OK\r\n\r\n{"a":1}', GOOD),
    "close": (answer_with(b'{"a":1}', "Connection: close"), GOOD),
    "long": (answer_with(b"y" * 200_000), Answer(200, b"y" * MOST_OF_AN_ANSWER, is_cut=True)),
    "long to the end": (b"HTTP/1.1 200 OK\r\n\r\n" + b"y" * 200_000, Answer(200, b"y" * MOST_OF_AN_ANSWER, is_cut=True)),
    "more behind it": (OK + b"HTTP/1.1 500 Not Yours\r\nContent-Length: 0\r\n\r\n", GOOD),
    "half a one behind it": (OK + b"HTTP/1.1 500", GOOD),
    "garbage behind it": (OK + b"\x00garbage", GOOD),
    "body of not modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nbody", Answer(304, b"")),
}  # fmt: skip
ANSWERS = PLAIN_ANSWERS | LAST_ANSWERS


@pytest.mark.parametrize("name", PLAIN_ANSWERS)
def test_an_answer_is_read_to_its_end_and_the_connection_kept(connect, name):
    """Each lawful kind of answer gives its status and its body; what it allows is sent on the same connection."""
    said, answer = PLAIN_ANSWERS[name]
    with serving(keeps_saying(said)) as endpoint:
        client = connect(endpoint.url)

        assert [post(client) for _ in range(3)] == [answer] * 3
        assert endpoint.connections == 1


@pytest.mark.parametrize("name", LAST_ANSWERS)
def test_after_a_last_answer_the_next_one_is_its_own(connect, name):
    """Where more came than an answer, or not all of it was read, the next post goes through a new connection."""
    said, answer = LAST_ANSWERS[name]
    with serving(says(said), keeps_saying(answer_with(b"second"))) as endpoint:
        client = connect(endpoint.url)

        assert post(client) == answer
        assert post(client) == Answer(200, b"second")
        assert endpoint.connections == 2
        assert len(endpoint.requests) == 2


class Segments:
    """A wire that brings what it is told to, segment by segment, and then is closed."""

    def __init__(self, segments):
        self._segments = iter(segments)

    def receive(self):
        return next(self._segments, b"")


@given(st.sampled_from(sorted(ANSWERS)), st.data())
def test_an_answer_does_not_depend_on_how_it_is_cut(name, data):
    """Any split of an answer's bytes into segments gives the same answer."""
    said, answer = ANSWERS[name]
    inside = st.integers(1, len(said) - 1)
    cuts = data.draw(st.lists(inside | inside.map(lambda place: 1 + place % 90), max_size=20))
    edges = [0, *sorted(set(cuts)), len(said)]
    segments = [said[start:end] for start, end in pairwise(edges)]

    assert _read(Segments(segments), ResponseParser()) == answer


@given(
    st.binary(max_size=200) | st.sampled_from(sorted(ANSWERS)).map(lambda name: ANSWERS[name][0][:300]),
    st.data(),
)
def test_whatever_comes_is_an_answer_or_none(said, data):
    """Damaged answers are read or refused; no other error comes out, and nothing is read twice."""
    place = data.draw(st.integers(0, max(0, len(said) - 1)))
    damaged = said[:place] + data.draw(st.binary(max_size=4)) + said[place + 1 :]
    reading = ResponseParser()
    try:
        reading.feed(damaged)
    except NoHttpError:
        assert not reading.keeps
    else:
        assert reading.is_whole or not reading.keeps


def test_an_answer_byte_by_byte_is_the_same(connect):
    """On a real connection too, an answer that comes byte by byte is the answer."""

    def script(peer):
        while peer.read_request():
            for place in range(len(OK)):
                peer.say(OK[place : place + 1])

    with serving(script) as endpoint:
        client = connect(endpoint.url)

        assert [post(client), post(client)] == [GOOD, GOOD]
        assert endpoint.connections == 1


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        (["Retry-After: 7"], 7.0),
        (["retry-after:   120  "], 120.0),
        (["Retry-After: " + "9" * 5000], 999_999_999.0),
        (["Date: Thu, 01 Jan 2026 00:00:00 GMT", "Retry-After: Thu, 01 Jan 2026 00:01:30 GMT"], 90.0),
        (["Date: Thu, 01 Jan 2026 00:00:00 GMT", "Retry-After: Thu, 01 Jan 2015 00:00:00 GMT"], 0.0),
        (["Date: Thu, 01 Jan 2026 00:00:00 GMT", "Retry-After: Thu, 01 Jan 2026 00:00:00 -0000"], None),
        (["Retry-After: Thu, 01 Jan 2026 00:01:30 GMT"], None),
        (["Retry-After: soon"], None),
        (["Retry-After: -1"], None),
        (["Retry-After: \xb2"], None),
        ([], None),
    ],
)
def test_retry_after_is_told_in_seconds(connect, lines, seconds):
    """The wait that an answer asks for is given in seconds, by its own clock; nonsense asks for nothing."""
    with serving(keeps_saying(answer_with(b"", *lines))) as endpoint:
        client = connect(endpoint.url)
        assert client.retry_after is None
        post(client)

        assert client.retry_after == seconds


# What it leaves alone.


def test_nothing_is_patched_and_nobody_loads_it_unasked():
    """The room of delivery loads no gevent, and this transport patches nothing."""
    code = (
        "import sys, generator.delivery; print('gevent' in sys.modules);"
        "import generator.delivery.gevent_http, gevent.monkey; print(bool(gevent.monkey.saved), 'locust' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.split() == ["False", "False", "False"]


def test_the_most_that_is_read_is_more_than_an_answer_can_need():
    """The limit of bytes on the wire cuts no answer of the largest kept size, even in chunks of one byte."""
    chunk = len(b"1\r\nx\r\n")

    assert chunk * MOST_OF_AN_ANSWER < MOST_ON_THE_WIRE
