"""What went wrong on the way to an endpoint, in plain words, never in the names of classes.

One place turns a missing answer into a receipt, whichever client it was missing in: `not_connected` before anything
was sent, `lost` after that. What shows this machine and not the endpoint is local: no file descriptor, port or
buffer is left here.
"""

import errno
import os
import socket
import ssl
from urllib.parse import urlsplit

from generator.delivery.receipt import Receipt, rejected, unknown

NO_HTTP = "no HTTP answer"
CLOSED = "connection lost: closed without an answer"
CUT_SHORT = "connection lost: closed in the midst of its answer"
LATE = "no answer in time"
_LOCAL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}
_PORTS = {"http": 80, "https": 443}


class Late(BaseException):
    """The limit of an exchange has passed; no `except Exception` on the way may take it."""


class ClosedError(Exception):
    """The endpoint closed the connection before its answer was whole; the text says how far it came."""


class NoHttpError(Exception):
    """What came is no HTTP answer."""


class CodingError(Exception):
    """A body that is not what its Content-Encoding says."""


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
        case OSError() if error.strerror:
            return error.strerror.lower()
    return ""


def is_local(error: BaseException) -> bool:
    """Return whether an error shows that this machine has run out of something.

    A resolver without file descriptors says only that a host has no address; so one is tried.
    """
    if isinstance(error, socket.gaierror):
        return _lacks_descriptors()
    return isinstance(error, OSError) and error.errno in _LOCAL


def _lacks_descriptors() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in _LOCAL
    return False


def not_connected(error: BaseException, seconds: float) -> Receipt:
    """Judge a failure before anything was sent: the batch surely never reached the endpoint.

    Args:
        error: what was raised.
        seconds: how long the client was ready to wait.
    """
    if is_local(error):
        said = "too many open files" if isinstance(error, socket.gaierror) else words(error)
        return rejected(f"not sent: {said} on this machine")._replace(is_local=True)
    said = words(error)
    match error:
        case Late() | TimeoutError() if not said:
            said = f"silence for {seconds:g} s"
        case UnicodeError():
            said = "the host has no address"
    return rejected(f"not connected: {said or 'no connection'}")


def lost(error: BaseException) -> Receipt:
    """Judge a failure after the connection was made: nobody knows what became of the batch."""
    match error:
        case Late():
            return unknown(LATE)
        case ClosedError():
            return unknown(str(error))
        case NoHttpError():
            return unknown(NO_HTTP)
    said = words(error)
    if is_local(error):
        return unknown(f"not sent whole: {said} on this machine")._replace(is_local=True)
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
