import gzip
import socket
import threading

import gevent
import pytest

from generator.delivery.contracts import Answer
from generator.delivery.receipt import rejected, unknown
from tests.delivery.raw import (
    CLOSED,
    CUT,
    GOOD,
    LATE,
    OK,
    answer_with,
    closes_at_once,
    is_silent,
    keeps_saying,
    post,
    says,
    serving,
)

# What is not answered.


def resets(peer):
    peer.read_request()
    peer.reset()


def trickles(peer):
    peer.read_request()
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not peer.ended.wait(0.005):
        peer.say(b"y")


def floods(peer):
    peer.read_request()
    while True:
        peer.say(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)


def sends_a_head_without_end(peer):
    peer.read_request()
    peer.say(b"HTTP/1.1 200 OK\r\nX-A: ")
    while True:
        peer.say(b"y" * 60_000)


def invalid(why):
    """Return the receipt for an answer that breaks a rule of HTTP."""
    return unknown(f"invalid HTTP answer: {why}")


NO_HTTP = unknown("no HTTP answer")
UNREADABLE = unknown("no answer that can be read")
FAILURES = {
    "closed": (closes_at_once, CLOSED),
    "reset": (resets, unknown("connection lost: connection reset by peer")),
    "half a head": (says(OK[:30]), CUT),
    "half a body": (says(OK[:-3]), CUT),
    "half a chunk": (says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"), CUT),
    "only continue": (says(b"HTTP/1.1 100 Continue\r\n\r\n"), CUT),
    "no HTTP": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), NO_HTTP),
    "bad chunks": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        invalid("Invalid character in chunk size"),
    ),
    "two lengths": (
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        invalid("it gives two different lengths"),
    ),
    "another protocol": (
        says(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\0"),
        invalid("it changes to another protocol, which was not asked for"),
    ),
    "a flood of continue": (floods, invalid("a head without end")),
    "a head without end": (sends_a_head_without_end, invalid("a head without end")),
    "silence": (is_silent, LATE),
    "trickle": (trickles, LATE),
    "corrupt gzip": (says(answer_with(b"no gzip at all", "Content-Encoding: gzip")), UNREADABLE),
    "half gzip": (says(answer_with(gzip.compress(b'{"a":1}')[:-9], "Content-Encoding: gzip")), UNREADABLE),
    "corrupt deflate": (says(answer_with(b"\xff\xff\xff", "Content-Encoding: deflate")), UNREADABLE),
    "corrupt br": (says(answer_with(b"\xff\xff\xff", "Content-Encoding: br")), UNREADABLE),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_after_sending_is_unknown_and_sent_once(connect, name):
    """Each way of not answering has its own name; nothing is sent twice, and the next answer is the next post's."""
    script, receipt = FAILURES[name]
    with serving(script, keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url)

        assert post(client, b"first", 0.15 if receipt == LATE else None) == receipt
        assert post(client, b"second") == GOOD
        assert endpoint.bodies == [b"first", b"second"]


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_on_a_kept_connection_is_no_other(connect, name):
    """On a connection that has carried answers the same failures have the same names, and nothing is resent."""
    failing, receipt = FAILURES[name]

    def script(peer):
        peer.read_request()
        peer.say(OK)
        failing(peer)

    with serving(script, keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url)
        posts = [post(client, b"zeroth"), post(client, b"first", 0.15 if receipt == LATE else None)]

        assert [*posts, post(client, b"second")] == [GOOD, receipt, GOOD]
        assert endpoint.bodies == [b"zeroth", b"first", b"second"]


def test_a_shorter_deadline_holds_after_a_longer_one(connect):
    """Each exchange has its own limit, whatever limits came before it."""

    def script(peer):
        peer.read_request()
        peer.say(OK)
        is_silent(peer)

    with serving(script) as endpoint:
        client = connect(endpoint.url, timeout=3600)

        assert [post(client), post(client, timeout=0.03), post(client), post(client, timeout=0.02)] == [
            GOOD, LATE, GOOD, LATE,
        ]  # fmt: skip


def test_a_deadline_is_kept_where_an_earlier_ones_timer_rings_first(connect):
    """The timer that an earlier exchange wound, and which rings amid a later one, is wound again for the rest."""

    def script(peer):
        peer.read_request()
        peer.say(OK)
        is_silent(peer)

    with serving(script) as endpoint:
        client = connect(endpoint.url, timeout=0.1)
        assert post(client) == GOOD
        gevent.sleep(0.05)

        assert post(client) == LATE


def test_a_deadline_that_was_met_ends_nothing_later(connect):
    """The timer of one exchange does not end what its greenlet does afterwards."""
    with serving(keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url, timeout=0.05)
        assert post(client) == GOOD
        gevent.sleep(0.1)

        assert post(client, timeout=20) == GOOD


def test_an_endpoint_that_does_not_read_is_late_too(connect):
    """The limit holds for sending as well."""

    def script(peer):
        peer.ended.wait(20)

    with serving(script) as endpoint:
        client = connect(endpoint.url, timeout=0.1)

        assert post(client, b"x" * 20_000_000) == LATE


def test_an_answer_before_the_end_of_a_request_is_heard(connect):
    """An endpoint that refuses a large body and hangs up amidst is heard, not called lost."""

    def script(peer):
        peer.connection.recv(1000)
        peer.say(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")

    with serving(script, keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url)

        assert post(client, b"x" * 20_000_000) == Answer(413, b"big", is_early=True)
        assert post(client) == GOOD


def test_an_endpoint_that_hangs_up_amid_a_request_is_lost(connect):
    """A connection that is lost while sending has no answer, and nobody knows."""

    def script(peer):
        peer.connection.recv(1000)
        peer.reset()

    with serving(script) as endpoint:
        receipt = post(connect(endpoint.url), b"x" * 20_000_000)

        assert receipt.status == "unknown"
        assert receipt.reason in {"connection lost: connection reset by peer", "connection lost: broken pipe"}


@pytest.mark.parametrize("end", ["close", "reset", "garbage", "answer"])
def test_an_end_while_idle_is_noticed_before_sending(connect, end):
    """A kept connection that the endpoint ended, or spoke on unasked, is made anew; the post is sent once."""

    def script(peer):
        peer.read_request()
        peer.say(OK)
        heard.wait(20)
        if end == "reset":
            peer.reset()
        elif end != "close":
            peer.say({"garbage": b"\x00", "answer": answer_with(b"not yours")}[end])
            spoken.set()
            peer.ended.wait(20)

    heard, spoken = threading.Event(), threading.Event()
    with serving(script, keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url)
        assert post(client, b"first") == GOOD
        heard.set()
        assert (spoken if end in {"garbage", "answer"} else endpoint.left[0]).wait(20)

        assert post(client, b"second") == GOOD
        assert endpoint.bodies == [b"first", b"second"]
        assert endpoint.connections == 2


def test_a_late_answer_is_nobodys(connect):
    """An answer that comes after its limit is never taken for the next post's."""

    def script(peer):
        peer.read_request()
        asked.wait(20)
        peer.say(answer_with(b"late"))

    asked = threading.Event()
    with serving(script, keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url)
        assert post(client, timeout=0.02) == LATE
        asked.set()
        assert endpoint.left[0].wait(20)

        assert post(client) == GOOD


def test_a_greenlet_that_is_ended_amidst_leaves_no_answer_behind(connect):
    """Whoever ends a greenlet amid a post, the connection goes with it."""
    with serving(is_silent, keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url)
        sending = gevent.spawn(post, client, b"first")
        while not endpoint.requests:
            gevent.sleep(0.001)
        sending.kill()

        assert post(client, b"second") == GOOD
        assert endpoint.bodies == [b"first", b"second"]


def test_somebody_elses_time_out_is_not_taken(connect):
    """A limit that the caller has set around a post comes out as the caller's."""
    with serving(is_silent, keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url)
        with pytest.raises(gevent.Timeout) as late, gevent.Timeout(0.03) as limit:
            post(client)

        assert late.value is limit
        assert post(client) == GOOD


def test_a_stalled_post_holds_up_no_other(connect):
    """While one greenlet waits, others post."""
    with serving(is_silent, keeps_saying(OK)) as endpoint:
        stalled = gevent.spawn(post, connect(endpoint.url, timeout=60))
        while not endpoint.requests:
            gevent.sleep(0.001)
        client = connect(endpoint.url)

        assert [post(client) for _ in range(20)] == [GOOD] * 20
        assert not stalled.dead
        stalled.kill()


def test_a_closed_one_is_opened_by_the_next_post(connect):
    """Closing ends the connection, not its use; closing twice is nothing."""
    with serving(keeps_saying(OK)) as endpoint:
        client = connect(endpoint.url)
        assert post(client) == GOOD
        client.close()
        client.close()

        assert post(client) == GOOD
        assert endpoint.connections == 2


# What is not connected.


def test_nobody_there_is_a_refusal(connect):
    """A port where nobody listens has surely not taken the batch."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = connect(f"http://127.0.0.1:{port}")

    assert [post(client), post(client)] == [rejected("not connected: connection refused")] * 2


def test_a_host_without_an_address_is_a_refusal(connect, monkeypatch):
    """A name that the system does not know, or that no name can be, is told in words."""

    def unknown_name(*_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert post(connect(f"http://{'a' * 64}.example")) == rejected("not connected: the host has no address")
    monkeypatch.setattr("gevent.socket.getaddrinfo", unknown_name)
    assert post(connect("http://nowhere.example")) == rejected("not connected: the host has no address")


def test_silence_while_connecting_is_a_refusal(connect):
    """Nothing was sent where the connection was not made in time."""
    with serving(is_silent) as endpoint:
        client = connect(endpoint.url.replace("http:", "https:"), timeout=0.05)

        assert post(client) == rejected(
            "not connected: it does not answer a TLS handshake; does its address begin with http://?"
        )
