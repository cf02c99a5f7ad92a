"""An endpoint that says on each connection exactly the bytes it is told to, well or badly."""

import socket
import struct
import threading
from contextlib import contextmanager, suppress

from generator.delivery.contracts import Answer
from generator.delivery.receipt import unknown

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}'

GOOD = Answer(200, b'{"a":1}')
"""What OK says."""
LATE = unknown("no answer in time")
CUT = unknown("connection lost: closed in the midst of its answer")
CLOSED = unknown("connection lost: closed without an answer")


def answer_with(body, *lines):
    """Write an answer that holds a body and says its length."""
    head = "".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", *lines, f"Content-Length: {len(body)}"))
    return head.encode() + b"\r\n" + body


def post(client, body=b"{}", timeout=None, **headers):
    """Post a body through a keep-alive connection."""
    head = client.head("POST", "/v1/telemetry", {"Content-Type": "application/json", **headers})
    return client.post(head.of(len(body)), body, timeout)


class Peer:
    """One connection, as the endpoint's script sees it.

    Attributes:
        head, body: of the last request that was read whole.
    """

    def __init__(self, endpoint, connection):
        self.connection = connection
        self.ended = endpoint.ended
        self.head = self.body = b""
        self._endpoint = endpoint

    def read_request(self):
        """Read one request whole; false where the client leaves before."""
        said = b""
        while b"\r\n\r\n" not in said:
            more = self.connection.recv(65536)
            if not more:
                return False
            said += more
        head, _, body = said.partition(b"\r\n\r\n")
        lengths = [
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        ]
        length = lengths[0] if lengths else 0
        body = bytearray(body)
        while len(body) < length:
            more = self.connection.recv(65536)
            if not more:
                return False
            body += more
        self.head, self.body = head, bytes(body)
        self._endpoint.requests.append((head, bytes(body)))
        return True

    def say(self, data):
        self.connection.sendall(data)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class Endpoint:
    """What was asked of it.

    Attributes:
        connections: how many there were.
        left: one event a connection, set when its script is through.
    """

    def __init__(self, scheme, listener):
        self.url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        self.requests = []
        self.left = []
        self.ended = threading.Event()

    @property
    def connections(self):
        return len(self.left)

    @property
    def bodies(self):
        return [body for _, body in self.requests]


def says(*answers):
    """Answer requests one after another, then close."""

    def script(peer):
        for answer in answers:
            if not peer.read_request():
                return
            peer.say(answer)

    return script


def keeps_saying(answer):
    """Answer every request until the client leaves."""

    def script(peer):
        while peer.read_request():
            peer.say(answer)

    return script


def closes_at_once(peer):
    """Read a request, and close."""
    peer.read_request()


def is_silent(peer):
    """Read a request, and say nothing until all is over."""
    peer.read_request()
    peer.ended.wait(20)


@contextmanager
def serving(*scripts, context=None):
    """Serve: the n-th connection is led by the n-th script, all further ones by the last."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    endpoint = Endpoint("https" if context else "http", listener)
    threads, open_ones = [], set()

    def lead(connection, script, left):
        # A client that leaves amidst is what some tests are about.
        with suppress(OSError), connection:
            script(Peer(endpoint, connection))
        open_ones.discard(connection)
        left.set()

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if endpoint.ended.is_set():
                connection.close()
                return
            connection.settimeout(20)
            script = scripts[min(len(endpoint.left), len(scripts) - 1)]
            endpoint.left.append(threading.Event())
            try:
                led = context.wrap_socket(connection, server_side=True) if context else connection
            except OSError:
                connection.close()
                endpoint.left[-1].set()
                continue
            open_ones.add(led)
            threads.append(threading.Thread(target=lead, args=(led, script, endpoint.left[-1])))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield endpoint
    finally:
        endpoint.ended.set()
        socket.create_connection(listener.getsockname()).close()
        accepting.join()
        for connection in list(open_ones):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        listener.close()
