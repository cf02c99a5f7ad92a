"""The reasons why an answer is missing, in plain words, without the names of classes.

Every client turns a missing answer into a receipt here: with `not_connected` before anything was sent, with `lost`
after that. A failure of this machine, not of the endpoint, is local: no file descriptor, port or buffer is left.
"""

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from generator.delivery.receipt import Receipt, rejected, unknown

NO_HTTP = "no HTTP answer"
INVALID_HTTP = "invalid HTTP answer"
CLOSED = "connection lost: closed without an answer"
CUT_SHORT = "connection lost: closed in the midst of its answer"
LATE = "no answer in time"
TLS_ALERT = "it speaks TLS; does its address begin with https://?"
_LOCAL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
_PERHAPS_PLAIN = "; does its address begin with http://?"
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}


class DeadlineExceeded(BaseException):
    """The time limit of an exchange has passed; an `except Exception` must not catch it."""


class ClosedError(Exception):
    """The endpoint closed the connection before its answer was complete; the text describes how far it came."""


class NoHttpError(Exception):
    """The received bytes are not an HTTP answer."""


class InvalidHttpError(NoHttpError):
    """The HTTP answer breaks a rule of HTTP, which the text names."""


class TlsAlertError(NoHttpError):
    """TLS answered a plain request: the program that accepts batches did not receive it."""


class CodingError(Exception):
    """A body does not match its Content-Encoding."""


class HandshakeError(Exception):
    """The endpoint accepted the connection, and the TLS handshake failed.

    Args:
        cause: what was raised.
    """

    def __init__(self, cause: BaseException) -> None:
        super().__init__(cause)
        self.cause = cause


class ProxyError(Exception):
    """A proxy passed nothing on to the endpoint.

    Args:
        proxy: its name.
        cause: what was raised, or a description of what the proxy did.
    """

    def __init__(self, proxy: str, cause: BaseException | str) -> None:
        super().__init__(proxy, cause)
        self.proxy, self.cause = proxy, cause


@contextmanager
def handshaking() -> Iterator[None]:
    """Raise HandshakeError for an endpoint that does not speak TLS: it closes the connection, or does not answer."""
    try:
        yield
    except (
        ConnectionError,
        ssl.SSLEOFError,
        ssl.SSLZeroReturnError,
        TimeoutError,
        DeadlineExceeded,
    ) as error:
        raise HandshakeError(error) from error


def words(error: BaseException) -> str:
    """Return what the operating system or the TLS library reports; "" for any other error."""
    match error:
        case ProxyError(cause=str(did)):
            return f"{error.proxy} {did}"
        case ProxyError(cause=BaseException() as cause):
            return f"{error.proxy}: {words(cause) or 'no answer in time'}"
        case HandshakeError(cause=DeadlineExceeded() | TimeoutError()):
            return f"it does not answer a TLS handshake{_PERHAPS_PLAIN}"
        case HandshakeError():
            return f"it closed the connection during the TLS handshake{_PERHAPS_PLAIN}"
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted ({error.verify_message or 'not verified'})"
        case ssl.SSLError() if error.reason in _NO_TLS:
            return f"it does not speak TLS{_PERHAPS_PLAIN}"
        case ssl.SSLError():
            return (error.reason or "TLS failed").replace("_", " ").lower()
        case socket.gaierror():
            return "the host has no address"
        case OSError() if error.strerror:
            return error.strerror.lower()
    return ""


def is_local(error: BaseException) -> bool:
    """Return whether an error shows that this machine has run out of a resource.

    A resolver without file descriptors reports only that a host has no address, so this function opens a file.
    """
    if isinstance(error, ProxyError):
        return isinstance(error.cause, BaseException) and is_local(error.cause)
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
    """Judge a failure before anything was sent: the batch cannot have reached the endpoint.

    Args:
        error: what was raised.
        seconds: the time limit of the client.
    """
    if is_local(error):
        error = error.cause if isinstance(error, ProxyError) and not isinstance(error.cause, str) else error
        message = "too many open files" if isinstance(error, socket.gaierror) else words(error)
        return rejected(f"not sent: {message} on this machine")._replace(is_local=True)
    message = words(error)
    match error:
        case DeadlineExceeded() | TimeoutError() if not message:
            message = f"silence for {seconds:g} s"
        case UnicodeError():
            message = "the host has no address"
    return rejected(f"not connected: {message or 'no connection'}")


def lost(error: BaseException) -> Receipt:
    """Judge a failure after the connection was made: the outcome of the batch is unknown."""
    match error:
        case DeadlineExceeded():
            return unknown(LATE)
        case ClosedError():
            return unknown(str(error))
        case TlsAlertError():
            return rejected(TLS_ALERT)
        case InvalidHttpError():
            return unknown(f"{INVALID_HTTP}: {error}")
        case NoHttpError():
            return unknown(NO_HTTP)
    message = words(error)
    if is_local(error):
        return unknown(f"not sent whole: {message} on this machine")._replace(is_local=True)
    return unknown(f"connection lost: {message}" if message else "no answer that can be read")
