"""The table of ways to an endpoint: proxies, certificates and mix-ups of TLS, and the only true outcome of each."""

import os
import socket
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.delivery import raw
from tests.delivery.proxies import proxying
from tests.delivery.row import SUCCESS

HOST = "telemetry.test"
"""A name without an address: only a proxy reaches it."""
USER = "us%40er:p%3As3cret"
VARIABLES = [
    one
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
    for one in (name, name.lower())
]
PLAIN = "; does its address begin with http://?"
NGINX = b"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>"


class Way(NamedTuple):
    """One way.

    Attributes:
        outcome: of a batch; PROXY in it stands for the proxy's address.
        env: the environment; PROXY in it likewise, and CA for the authority's file.
        asked: the first line that the proxy reads of each request; PORT in it stands for the endpoint's port.
        is_tls: whether the endpoint speaks TLS, and the scheme is https.
        host: in the endpoint's address.
        certificate: which the endpoint has.
        scheme: in the address, if another than what the endpoint speaks.
        proxy: what the proxy does otherwise, see `proxying`; None if none listens.
        script: what the endpoint does otherwise.
        insecure: whether any certificate is taken.
    """

    outcome: str
    env: dict[str, str] = {}  # noqa: RUF012  a tuple's default, which nothing changes
    asked: tuple[str, ...] = ()
    is_tls: bool = False
    host: str = HOST
    certificate: str = "good"
    scheme: str = ""
    proxy: dict[str, Any] | None = {}  # noqa: RUF012  as above
    script: Any = None
    insecure: bool = False
    seconds: float = 20.0


ABSOLUTE = ("POST http://telemetry.test:PORT/v1/telemetry HTTP/1.1",)
CONNECT = ("CONNECT telemetry.test:PORT HTTP/1.1",)
CA = {"SSL_CERT_FILE": "CA"}
ACKED = "acked: "
DOWN = "rejected: not connected: the proxy PROXY ({}): connection refused"


def _answers(said):
    def script(peer):
        peer.connection.recv(65536)
        peer.say(said)

    return script


def _is_silent(peer):
    peer.connection.recv(65536)
    peer.ended.wait(20)


def _proxied():
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        yield f"http through {variable}", Way(ACKED, {variable: "http://PROXY"}, ABSOLUTE)
    for variable in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        yield f"https through {variable}", Way(ACKED, {variable: "http://PROXY", **CA}, CONNECT, is_tls=True)
    yield "without a scheme", Way(ACKED, {"http_proxy": "PROXY"}, ABSOLUTE)
    yield (
        "lower case first",
        Way(ACKED, {"http_proxy": "http://PROXY", "HTTP_PROXY": "http://127.0.0.1:1"}, ABSOLUTE),
    )
    yield (
        "this machine through a proxy here",
        Way(
            ACKED,
            {"http_proxy": "http://PROXY"},
            ("POST http://127.0.0.1:PORT/v1/telemetry HTTP/1.1",),
            host="127.0.0.1",
        ),
    )
    user = {"user": "us@er:p:s3cret"}
    yield "http with a password", Way(ACKED, {"http_proxy": f"http://{USER}@PROXY"}, ABSOLUTE, proxy=user)
    yield (
        "https with a password",
        Way(ACKED, {"https_proxy": f"http://{USER}@PROXY", **CA}, CONNECT, is_tls=True, proxy=user),
    )
    yield (
        "http without its password",
        Way(
            "rejected: 407 Proxy Authentication Required, from the proxy PROXY (http_proxy)",
            {"http_proxy": "http://PROXY"},
            ABSOLUTE,
            proxy=user,
        ),
    )
    yield (
        "https without its password",
        Way(
            "rejected: not connected: the proxy PROXY (https_proxy) answers 407 Proxy Authentication Required",
            {"https_proxy": "http://PROXY", **CA},
            CONNECT,
            is_tls=True,
            proxy=user,
        ),
    )
    gone = {"refuses": b"502 Bad Gateway"}
    yield (
        "http and 502",
        Way(
            "unknown: 502 Bad Gateway, from the proxy PROXY (http_proxy) or from behind it",
            {"http_proxy": "http://PROXY"},
            ABSOLUTE,
            proxy=gone,
        ),
    )
    yield (
        "https and 502",
        Way(
            "rejected: not connected: the proxy PROXY (HTTPS_PROXY) answers 502 Bad Gateway",
            {"HTTPS_PROXY": "http://PROXY"},
            CONNECT,
            is_tls=True,
            proxy=gone,
        ),
    )
    for said, words in ((b"", "closed without an answer"), (b"SSH-2.0-x\r\n\r\n", "gives no HTTP answer")):
        yield (
            f"https and a proxy that {words}",
            Way(
                f"rejected: not connected: the proxy PROXY (https_proxy) {words}",
                {"https_proxy": "http://PROXY"},
                CONNECT,
                is_tls=True,
                proxy={"says": said},
            ),
        )
    yield (
        "https and a proxy whose lines end with LF",
        Way(
            "rejected: not connected: the proxy PROXY (https_proxy) answers 503 Service Unavailable",
            {"https_proxy": "http://PROXY"},
            CONNECT,
            is_tls=True,
            proxy={"says": b"HTTP/1.1 503 No\n\n"},
        ),
    )
    silent = {"proxy": {"is_silent": True}, "seconds": 0.5}
    yield (
        "https and a silent proxy",
        Way(
            "rejected: not connected: the proxy PROXY (https_proxy): no answer in time",
            {"https_proxy": "http://PROXY"},
            CONNECT,
            is_tls=True,
            **silent,
        ),
    )
    yield (
        "http and a silent proxy",
        Way("unknown: no answer in time", {"http_proxy": "http://PROXY"}, ABSOLUTE, **silent),
    )
    yield "http and nobody", Way(DOWN.format("HTTP_PROXY"), {"HTTP_PROXY": "http://PROXY"}, proxy=None)
    yield (
        "https and nobody",
        Way(DOWN.format("HTTPS_PROXY"), {"HTTPS_PROXY": "http://PROXY"}, is_tls=True, proxy=None),
    )
    yield (
        "a proxy without an address",
        Way(
            "rejected: not connected: the proxy nobody.invalid:80 (http_proxy): the host has no address",
            {"http_proxy": "http://nobody.invalid"},
        ),
    )
    yield (
        "a certificate of another host through a proxy",
        Way(
            "rejected: not connected: the certificate is not trusted "
            "(Hostname mismatch, certificate is not valid for 'telemetry.test'.)",
            {"https_proxy": "http://PROXY", **CA},
            CONNECT,
            is_tls=True,
            certificate="another",
        ),
    )


def _direct():
    here = {"host": "127.0.0.1"}
    for spared in ("127.0.0.1", "*", "x, 127.0.0.0/8", "127.0.0.1:PORT"):
        env = {"http_proxy": "http://PROXY", "no_proxy": spared}
        yield f"http and no_proxy {spared}", Way(ACKED, env, **here)
        yield (
            f"https and NO_PROXY {spared}",
            Way(ACKED, {"https_proxy": "http://PROXY", "NO_PROXY": spared, **CA}, is_tls=True, **here),
        )
    yield (
        "this machine and a proxy elsewhere",
        Way(ACKED, {"HTTP_PROXY": "http://proxy.invalid:3128"}, **here),
    )
    yield "this machine and SOCKS", Way(ACKED, {"ALL_PROXY": "socks5://127.0.0.1:1080"}, **here)
    yield (
        "an empty variable in lower case",
        Way(ACKED, {"http_proxy": "", "HTTP_PROXY": "http://127.0.0.1:1"}, **here),
    )
    yield "the variable of the other scheme", Way(ACKED, {"https_proxy": "http://127.0.0.1:1"}, **here)


def _tls():
    here = {"host": "127.0.0.1"}
    distrust = "rejected: not connected: the certificate is not trusted ({})"
    yield "an authority in SSL_CERT_FILE", Way(ACKED, CA, is_tls=True, **here)
    yield "any certificate", Way(ACKED, is_tls=True, insecure=True, certificate="expired", **here)
    yield (
        "an authority of strangers",
        Way(distrust.format("unable to get local issuer certificate"), is_tls=True, **here),
    )
    yield (
        "an expired certificate",
        Way(distrust.format("certificate has expired"), CA, is_tls=True, certificate="expired", **here),
    )
    yield (
        "another host's certificate",
        Way(
            distrust.format("IP address mismatch, certificate is not valid for '127.0.0.1'."),
            CA,
            is_tls=True,
            certificate="another",
            **here,
        ),
    )
    not_tls = f"rejected: not connected: it does not speak TLS{PLAIN}"
    plain = {"scheme": "https", **here}
    yield "https to an answer in plain HTTP", Way(not_tls, script=_answers(raw.answer_with(b"x")), **plain)
    yield (
        "https to whoever closes",
        Way(
            f"rejected: not connected: it closed the connection during the TLS handshake{PLAIN}",
            script=_answers(b""),
            **plain,
        ),
    )
    yield (
        "https to whoever is silent",
        Way(
            f"rejected: not connected: it does not answer a TLS handshake{PLAIN}",
            script=_is_silent,
            seconds=0.5,
            **plain,
        ),
    )
    yield (
        "http to an alert of TLS",
        Way(
            "rejected: it speaks TLS; does its address begin with https://?",
            script=_answers(b"\x15\x03\x01\x00\x02\x02\x16"),
            **here,
        ),
    )
    bad = raw.answer_with(NGINX).replace(b"200 OK", b"400 Bad Request")
    yield (
        "http to nginx with TLS",
        Way(
            "rejected: 400 Bad Request: 400 The plain HTTP request was sent to HTTPS port",
            script=_answers(bad),
            **here,
        ),
    )
    yield (
        "http to whoever is silent",
        Way("unknown: no answer in time", script=_is_silent, seconds=0.5, **here),
    )


WAYS: dict[str, Way] = dict([*_proxied(), *_direct(), *_tls()])
"""Every way by its name."""


@contextmanager
def environment(values):
    """Let the environment say what a way has, and nothing else of proxies and certificates."""
    before = {name: os.environ.pop(name) for name in VARIABLES if name in os.environ}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            del os.environ[name]
        os.environ.update(before)


def played(way, authority, post):
    """Return what becomes of a batch, what the proxy was asked for, and how often the endpoint had the batch.

    Args:
        way: the way.
        authority: whose certificates there are.
        post: posts a batch to an address, and returns the receipt.
    """
    context = authority.server(way.certificate) if way.is_tls else None
    with raw.serving(way.script or raw.keeps_saying(SUCCESS), context=context) as endpoint:
        port = endpoint.url.rpartition(":")[2]
        with proxying(int(port), **(way.proxy or {})) as proxy:
            place = proxy.address
            if way.proxy is None:
                with socket.create_server(("127.0.0.1", 0)) as gone:
                    place = f"127.0.0.1:{gone.getsockname()[1]}"
            words = {"PROXY": place, "CA": str(authority.file), "PORT": port}
            with environment({name: _filled(value, words) for name, value in way.env.items()}):
                scheme = way.scheme or ("https" if way.is_tls else "http")
                receipt = post(f"{scheme}://{way.host}:{port}", way)
    outcome = f"{receipt.status}: {receipt.reason}".replace(place, "PROXY")
    return [outcome, [line.replace(f":{port}", ":PORT") for line in proxy.asked], len(endpoint.requests)]


def _filled(value, words):
    for word, meaning in words.items():
        value = meaning if value == word else value.replace(word, meaning) if word != "CA" else value
    return value


def arrivals(way):
    """Return how often the endpoint has the batch."""
    return 1 if way.outcome == ACKED else 0
