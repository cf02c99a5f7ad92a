"""The way to an endpoint, tried without a request: name, connection, proxy and TLS."""

import os
import socket
import ssl
from urllib.parse import urlsplit

from generator.delivery.address import PORTS
from generator.delivery.reasons import DeadlineExceeded, HandshakeError, ProxyError, words


def check_reachable(url: str, *, insecure: bool = False, seconds: float = 3.0) -> str:
    """Try the way to an address, and return what stands in it; "" for nothing.

    Args:
        url: the address; one of https includes a TLS handshake. The environment says whether a proxy is on the way.
        insecure: whether to take any certificate.
        seconds: how long to wait in all.

    Raises:
        UsageError: if the environment names no HTTP proxy where it should.
    """
    # Here and not above: gevent takes a while to load.
    from generator.delivery.gevent_http.blocking import Blocking  # noqa: PLC0415
    from generator.delivery.proxy import proxy_for  # noqa: PLC0415

    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    is_tls = parts.scheme == "https"
    mistake = _mistaken_authorities() if is_tls and not insecure else ""
    if mistake:
        return mistake
    transport = Blocking()
    limit = transport.limit()
    limit.begin(seconds)
    try:
        transport.open(host, port, tls=is_tls, insecure=insecure, limit=limit, proxy=proxy_for(url)).close()
    except ProxyError as error:
        return words(error) or str(error)
    except (socket.gaierror, UnicodeError):
        return f"the host {host} has no address"
    except (HandshakeError, ssl.SSLError) as error:
        return f"{host}, port {port}: {words(error)}"
    except (OSError, DeadlineExceeded) as error:
        return f"nobody answers at {host}, port {port}: {words(error) or f'silence for {seconds:g} s'}"
    return ""


def _mistaken_authorities() -> str:
    """Return what is wrong with SSL_CERT_FILE, which TLS itself passes over in silence; "" for nothing."""
    path = os.environ.get("SSL_CERT_FILE")
    if not path:
        return ""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return f"SSL_CERT_FILE={path}: it holds no certificate in PEM form"
    except OSError as error:
        return f"SSL_CERT_FILE={path}: cannot be read: {(error.strerror or 'no file').lower()}"
    return ""
