"""What went wrong on the way to an endpoint, in plain words, never in the names of classes."""

import socket
import ssl
from http.client import RemoteDisconnected
from urllib.parse import urlsplit

from generator.delivery.receipt import Receipt, rejected, unknown

NO_HTTP = "no HTTP answer"
CLOSED = "connection lost: closed without an answer"
LATE = "no answer in time"
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}
_PORTS = {"http": 80, "https": 443}


def words(error: BaseException) -> str:
    """Say what an operating system or a TLS library reports; "" for what neither of them reports."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted ({error.verify_message or 'not verified'})"
        case ssl.SSLError() if error.reason in _NO_TLS:
            return "it does not speak TLS; does its address begin with http://?"
        case ssl.SSLError():
            return (error.reason or "TLS failed").replace("_", " ").lower()
        case socket.gaierror():
            return "the host has no address"
        case RemoteDisconnected():
            return "closed without an answer"
        case OSError() if error.strerror:
            return error.strerror.lower()
    return ""


def not_connected(error: BaseException, otherwise: str = "no connection") -> Receipt:
    """Judge a failure before anything was sent: the batch surely never reached the endpoint.

    Args:
        error: what was raised.
        otherwise: what is said where it says nothing.
    """
    return rejected(f"not connected: {words(error) or otherwise}")


def lost(error: BaseException) -> Receipt:
    """Judge a failure after the connection was made: nobody knows what became of the batch."""
    said = words(error)
    return unknown(f"connection lost: {said}" if said else "no answer that can be read")


def obstacle(url: str, seconds: float = 3.0) -> str:
    """Try whether anybody listens at an address, and say what stands in the way; "" where nothing does."""
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS[parts.scheme]
        socket.create_connection((parts.hostname or "", port), seconds).close()
    except OSError as error:
        if isinstance(error, socket.gaierror):
            return f"the host {parts.hostname} has no address"
        return (
            f"nobody answers at {parts.hostname}, port {port}: {words(error) or f'silence for {seconds:g} s'}"
        )
    return ""
