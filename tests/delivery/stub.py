"""An endpoint this project did not write: a few lines that answer as the telemetry service does."""

import json
import socket
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SUCCESS = (
    200,
    "application/json",
    b'{"id":"api.telemetry","ver":"1.0","ets":1,"params":{},"responseCode":"SUCCESS"}',
)
DOWN = (
    500,
    "application/json",
    b'{"id":"api.telemetry","params":{"err":"Request failed"},"responseCode":"SERVER_ERROR"}',
)
MALFORMED = (
    400,
    "text/html; charset=utf-8",
    b"<html><head><title>Error</title></head><body><pre>SyntaxError: Unexpected token<br> &nbsp;at parse</pre></body>",
)
TOO_LARGE = (
    413,
    "text/html",
    b"<html><head><title>Error</title></head><body><pre>request entity too large</pre></body></html>",
)
GATEWAY = (502, "text/html", b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>")
LIMITED = (429, "application/json", b'{"message":"API rate limit exceeded"}')
LOGIN = (200, "text/html", b"<html><head><title>Sign in</title></head></html>")
FAILED_INSIDE = (200, "application/json", b'{"responseCode":"CLIENT_ERROR","params":{"err":"Bad batch"}}')
CLOSE = (0, "", b"")


class Stub:
    """What was asked of the stub, and what it answered."""

    def __init__(self, answers):
        self.answers = answers
        self.requests = []
        self.counts = Counter()
        self.changed = threading.Condition()

    @property
    def batches(self):
        return [json.loads(body) for _, _, body in self.requests]

    def wait_for(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, 120), self.counts

    def take(self, path, headers, body):
        with self.changed:
            answer = self.answers(len(self.requests))
            self.requests.append((path, headers, body))
            self.counts[answer[0]] += 1
            self.changed.notify_all()
        return answer


def _handler(stub):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, said = stub.take(self.path, dict(self.headers), body)
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Of more connections at once than this the system resets some, and a busy machine takes none for a while.
    request_queue_size = 1024


@contextmanager
def serving(*answers, context=None):
    """Serve; the n-th request gets the n-th answer, and the last one answers all further requests."""
    stub = Stub(lambda place: answers[min(place, len(answers) - 1)])
    with serving_as(stub, context):
        yield stub


@contextmanager
def serving_as(stub, context=None):
    server = _Server(("127.0.0.1", 0), _handler(stub))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    stub.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving_bytes(answers):
    """Serve raw bytes: the n-th connection reads one request, gets the n-th answer (None: silence), and is closed."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    ended, held, seen = threading.Event(), [], []

    def serve():
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(5)
            if not _read_request(connection):
                connection.close()  # it only asked whether somebody listens
                continue
            answer = answers[len(seen) % len(answers)]
            seen.append(answer)
            if answer is None:
                held.append(connection)
                continue
            with connection:
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
    finally:
        ended.set()
        thread.join()
        for connection in (listener, *held):
            connection.close()


def _read_request(connection):
    """Read one request whole; false where the client leaves before."""
    said = b""
    while b"\r\n\r\n" not in said:
        more = connection.recv(65536)
        if not more:
            return False
        said += more
    head, _, body = said.partition(b"\r\n\r\n")
    [length] = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            return False
        body += more
    return True
