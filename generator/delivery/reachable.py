"""The check whether an endpoint can be reached, without a request: name, connection, proxy and TLS."""

import os
import socket
import ssl
from urllib.parse import urlsplit

from generator.delivery.address import PORTS
from generator.delivery.reasons import DeadlineExceeded, HandshakeError, ProxyError, words


def check_reachable(url: str, *, insecure: bool = False, seconds: float = 3.0) -> str:
    """Connect to an address, and return the reason why that fails; "" if it succeeds.

    Args:
        url: the address; one of https includes a TLS handshake. The environment may name a proxy on the way.
        insecure: whether to take any certificate.
        seconds: how long to wait in total.

    Raises:
        UsageError: if a proxy variable of the environment does not name an HTTP proxy.
    """
    # Imported here, because gevent loads slowly.
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
        return f"no answer at {host}, port {port}: {words(error) or f'silence for {seconds:g} s'}"
    return ""


def _mistaken_authorities() -> str:
    """Return what is wrong with SSL_CERT_FILE, which TLS itself silently ignores; "" if it is valid."""
    path = os.environ.get("SSL_CERT_FILE")
    if not path:
        return ""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return f"SSL_CERT_FILE={path}: it does not hold a certificate in PEM form"
    except OSError as error:
        return f"SSL_CERT_FILE={path}: cannot be read: {(error.strerror or 'no file').lower()}"
    return ""
