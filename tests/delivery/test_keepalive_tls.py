import ssl
import subprocess

import pytest

from generator.delivery.receipt import rejected
from tests.delivery.raw import (
    CLOSED,
    CUT,
    GOOD,
    LATE,
    OK,
    closes_at_once,
    is_silent,
    keeps_saying,
    post,
    says,
    serving,
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "cert"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert", certificate / "key")
    return context


def test_a_trusted_certificate_is_taken_and_the_connection_kept(connect, certificate, tls, monkeypatch):
    """SSL_CERT_FILE names whom to trust; TLS's own messages are not taken for an answer unasked."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert"))
    body = b"x" * 1_000_000
    with serving(keeps_saying(OK), context=tls) as endpoint:
        client = connect(endpoint.url)

        assert [post(client, b"a"), post(client, body), post(client, b"b")] == [GOOD] * 3
        assert endpoint.bodies == [b"a", body, b"b"]
        assert endpoint.connections == 1


def test_a_certificate_of_strangers_is_refused_before_anything_is_sent(connect, certificate, tls):
    """A certificate that nobody vouches for is a refusal; `insecure=True` takes it."""
    with serving(keeps_saying(OK), context=tls) as endpoint:
        receipt = post(connect(endpoint.url))

        assert receipt.status == "rejected"
        assert receipt.reason.startswith("not connected: the certificate is not trusted (")
        assert endpoint.requests == []
        assert post(connect(endpoint.url, insecure=True)) == GOOD


def test_a_certificate_of_another_host_is_refused(connect, certificate, tls, monkeypatch):
    """A trusted certificate is only good for the host that it names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert"))
    with serving(keeps_saying(OK), context=tls) as endpoint:
        receipt = post(connect(endpoint.url.replace("127.0.0.1", "localhost")))

        assert receipt.status == "rejected"
        assert "the certificate is not trusted" in receipt.reason
        assert endpoint.requests == []


def test_an_endpoint_without_tls_is_named(connect):
    """HTTPS to a port that speaks plain HTTP is told as such."""

    def script(peer):
        peer.connection.recv(1000)
        peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(script) as endpoint:
        receipt = post(connect(endpoint.url.replace("http:", "https:")))

    assert receipt == rejected("not connected: it does not speak TLS; does its address begin with http://?")


@pytest.mark.parametrize("end", ["close", "silence", "half"])
def test_failures_through_tls_have_the_same_names(connect, tls, end):
    """What goes wrong after sending is unknown through TLS as well; the next post is its own."""
    scripts = {"close": closes_at_once, "silence": is_silent, "half": says(OK[:-3])}
    receipts = {"close": CLOSED, "silence": LATE, "half": CUT}
    with serving(scripts[end], keeps_saying(OK), context=tls) as endpoint:
        client = connect(endpoint.url, insecure=True)

        assert post(client, b"first", 0.3 if end == "silence" else None) == receipts[end]
        assert post(client, b"second") == GOOD
        assert endpoint.bodies == [b"first", b"second"]


def test_an_end_while_idle_is_noticed_through_tls(connect, tls):
    """A kept connection that the endpoint closed is made anew before anything is sent."""
    with serving(says(OK), keeps_saying(OK), context=tls) as endpoint:
        client = connect(endpoint.url, insecure=True)
        assert post(client, b"first") == GOOD
        assert endpoint.left[0].wait(20)

        assert post(client, b"second") == GOOD
        assert endpoint.bodies == [b"first", b"second"]
