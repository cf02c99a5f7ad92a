"""Sending with an ear on the endpoint: what refuses a large request need not read it to its end."""

import ssl
from collections.abc import Callable
from typing import Protocol

Hear = Callable[[bytes], bool]
"""Takes bytes that came while a request was being sent, and returns whether to stop sending."""
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a socket raises that would have to wait."""
AT_ONCE = 65_536
"""Bytes of one call: more is none for the system, and TLS keeps nothing else meanwhile."""


class NonBlockingSocket(Protocol):
    """A socket that never waits, and the wait for it."""

    def send(self, data: memoryview) -> int:
        """Send a part and return its length; 0, or an error of `WOULD_BLOCK`, if it would have to wait."""

    def receive(self) -> bytes:
        """Return what has come, b"" at the end; raise an error of `WOULD_BLOCK` if nothing has."""

    def wait(self) -> None:
        """Wait until something can be sent or received."""


def send_all(channel: NonBlockingSocket, data: memoryview, hear: Hear) -> bool:
    """Send bytes, and return whether all of them were sent.

    The rest stays unsent if the endpoint closes the connection meanwhile, or says what `hear` calls enough.
    """
    while True:
        try:
            sent = channel.send(data[:AT_ONCE])
        except WOULD_BLOCK:
            sent = 0
        data = data[sent:]
        if not data:
            return True
        if not sent:
            channel.wait()
        # Also of an endpoint that reads as fast as this sends.
        try:
            said = channel.receive()
        except WOULD_BLOCK:
            continue
        if not said or hear(said):
            return False
