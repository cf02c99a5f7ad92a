"""A child process: sends requests with Locust's own client and with ours, and prints what a socket received of each.

Importing locust patches the process; so this is no test itself.
"""

import json
import sys
from itertools import product

import gevent
import gevent.socket
import locust  # noqa: F401  first of all: it patches
from gevent.server import StreamServer
from locust import FastHttpUser
from locust.env import Environment

from generator.delivery.address import check_address
from generator.delivery.contracts import Answer
from generator.delivery.gevent_http import KeepAlive

WEB = {
    "Content-Type": "application/json", "dataType": "json", "x-device-id": "0123456789abcdef",
    "x-channel-id": "01269878797503692810", "x-app-id": "prod.portal", "Authorization": "Bearer abc.def.ghi",
}  # fmt: skip
HEADERS = {
    "web": WEB,
    "phone": {"Content-Type": "application/json", "Content-Encoding": "gzip", "Authorization": "Bearer t"},
    "none": {},
    "no kind": {"X-A": "1"},
    "empty kind": {"Content-Type": "", "X-A": "1"},
    "own coding": {"accept-encoding": "identity", "Content-Type": "text/plain"},
    "odd coding": {"ACCEPT-ENCODING": "identity", "X-A": "1"},
    "own host": {"Content-Type": "application/json", "host": "another.example", "X-A": "1"},
    "own agent": {"X-A": "1", "user-agent": "Mozilla/5.0 (Linux; Android 10)", "Content-Type": "a/b"},
    "repeated": {"X-A": "1", "X-B": "2", "x-a": "3"},
    "latin-1": {"X-Name": "caf\xe9 \t x", "X-Empty": ""},
}
PATHS = [
    "/v1/telemetry",
    "/",
    "/v2/data/in/set?a=1&b=%20c",
    "/a;p=1/b",
    '/%7e%41%2f/{x}|"<>^`\\',
    "/100%",
    "/a?b?c;d",
]
HOSTS = [
    "http://telemetry.example.org", "http://Telemetry.Example.ORG:9001", "http://127.0.0.1:8080", "http://h:443",
    "http://h:80", "http://[::1]:9001", "http://[::1]", "http://h:9001/content/data", "http://h/p/",
]  # fmt: skip
CASES = [
    *product(["POST"], HOSTS, ["/v1/telemetry"], ["web"], [b"{}"]),
    *product(["POST", "PUT"], ["http://h:9001"], ["/"], HEADERS, [b"", b"x" * 1000]),
    *product(["POST"], ["http://h:9001", "http://h/p"], PATHS, ["web"], [b"\x00\xff" * 100_000]),
    *product(["post", "PATCH", "DELETE"], ["http://h:9001"], ["/"], ["web"], [b"", b"{}"]),
]


def main():
    received = []

    def take(connection, _):
        said = b""
        while b"\r\n\r\n" not in said:
            said += connection.recv(65536)
        head, _, body = said.partition(b"\r\n\r\n")
        lengths = [
            line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        ]
        while len(body) < int((lengths or [b"0"])[0]):
            body += connection.recv(65536)
        received.append((head + b"\r\n\r\n" + body).decode("latin-1"))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    server = StreamServer(("127.0.0.1", 0), take)
    server.start()
    resolve = gevent.socket.getaddrinfo
    # Every host is this server, so that hosts and ports can be any.
    gevent.socket.getaddrinfo = lambda _host, _port, *rest: resolve("127.0.0.1", server.server_port, *rest)
    pairs = {}
    with gevent.Timeout(50):
        for method, host, path, kind, body in CASES:
            user = type("User", (FastHttpUser,), {"host": check_address(host), "abstract": False})(
                Environment()
            )
            with user.client.request(
                method, path, data=body, headers=HEADERS[kind], catch_response=True, allow_redirects=False
            ) as response:
                assert response.status_code == 200, (response.error, host, path)
                response.success()
            client = KeepAlive(host)
            answer = client.post(client.head(method, path, HEADERS[kind]).of(len(body)), body)
            client.close()
            assert answer == Answer(200, b"ok"), answer
            pairs[f"{method} {host} {path} {kind} {len(body)}"] = received[-2:]
    server.stop()
    json.dump(pairs, sys.stdout)


if __name__ == "__main__":
    main()
