"""A small HTTP proxy for tests: it records what it is asked for, and reaches every host on this machine."""

import base64
import socket
import threading
from contextlib import contextmanager, suppress

from tests.delivery import raw


class Record:
    """What a proxy was asked for.

    Attributes:
        url: its address.
        asked: the first line of each request that opened a connection or was passed on.
        heads: those requests' heads.
    """

    def __init__(self, address):
        self.address = address
        self.asked, self.heads = [], []

    def named(self, user=""):
        return f"http://{user}{self.address}"


def _pump(source, target):
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxying(port, *, user="", refuses=b"", says=None, is_silent=False):
    """Serve a proxy for which every host is this machine.

    Args:
        port: of the endpoint, whatever port it is asked for.
        user: user and password that it wants, with a colon between them.
        refuses: a status that it answers in place of what it is asked for.
        says: bytes that it says in place of any answer.
        is_silent: whether it never answers.
    """

    def script(peer):
        token = base64.b64encode(user.encode())
        while peer.read_request():
            record.heads.append(peer.head)
            record.asked.append(peer.head.split(b"\r\n", 1)[0].decode())
            if is_silent:
                peer.ended.wait(20)
                return
            if says is not None:
                peer.say(says)
                return
            if refuses or (user and b"Proxy-Authorization: Basic " + token not in peer.head):
                status = refuses or b"407 Proxy Authentication Required"
                peer.say(b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status)
                return
            with socket.create_connection(("127.0.0.1", port), 20) as endpoint:
                if record.asked[-1].startswith("CONNECT"):
                    peer.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    back = threading.Thread(target=_pump, args=(endpoint, peer.connection))
                    back.start()
                    _pump(peer.connection, endpoint)
                    back.join()
                    return
                head, body = peer.head, peer.body
                method, target, version = head.split(b"\r\n", 1)[0].split(b" ")
                path = b"/" + target.split(b"/", 3)[3]
                rest = b"\r\n".join(
                    line for line in head.split(b"\r\n")[1:] if not line.lower().startswith(b"proxy-")
                )
                endpoint.sendall(b" ".join((method, path, version)) + b"\r\n" + rest + b"\r\n\r\n" + body)
                peer.say(_answer(endpoint))

    with raw.serving(script) as endpoint:
        record = Record(endpoint.url.removeprefix("http://"))
        yield record


def _answer(endpoint):
    """Return one answer, whole."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += endpoint.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    [length] = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < length:
        body += endpoint.recv(65536)
    return head + b"\r\n\r\n" + body
