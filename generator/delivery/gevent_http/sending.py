"""Sending while reading the answer: an endpoint that rejects a large request need not read it to its end."""

import ssl
from collections.abc import Callable
from typing import Protocol

OnBytes = Callable[[bytes], bool]
"""Takes bytes that arrived while a request was being sent, and returns whether to stop sending."""
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a socket raises if it would have to wait."""
AT_ONCE = 65_536
"""Bytes of one call: the system takes no more at once, and one call empties the buffer of TLS."""


class NonBlockingSocket(Protocol):
    """A socket that never waits, and the wait for it."""

    def send(self, data: memoryview) -> int:
        """Send a part and return its length; 0, or an error of `WOULD_BLOCK`, if it would have to wait."""

    def receive(self) -> bytes:
        """Return what has arrived, b"" at the end; raise an error of `WOULD_BLOCK` if nothing has."""

    def wait(self) -> None:
        """Wait until something can be sent or received."""


def send_all(channel: NonBlockingSocket, data: memoryview, on_bytes: OnBytes) -> bool:
    """Send bytes, and return whether all of them were sent.

    The rest stays unsent if the endpoint closes the connection meanwhile, or if `on_bytes` returns true.
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
        # Also if the endpoint reads as fast as this sends.
        try:
            received = channel.receive()
        except WOULD_BLOCK:
            continue
        if not received or on_bytes(received):
            return False
