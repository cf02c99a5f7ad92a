"""What the tests say to a collector: events, batches, requests, and bytes that are no proper request."""

import http.client
import json
import socket
from typing import Any, NamedTuple
from urllib.parse import urlsplit

JSON = {"Content-Type": "application/json"}


def event(number: int, **changes: Any) -> dict[str, Any]:
    """Make an event that is valid in both forms."""
    return {
        "eid": "INTERACT",
        "ets": 1_700_000_000_000 + number,
        "ver": "3.0",
        "mid": f"INTERACT:{number:032x}",
        "actor": {"id": "learner", "type": "User"},
        "context": {
            "channel": "in.footfall",
            "pdata": {"id": "footfall.app", "pid": "tests", "ver": "1"},
            "env": "contentplayer",
            "sid": "session",
            "did": "device",
        },
        "edata": {"type": "TOUCH", "id": "button", "pageid": "1"},
    } | changes


def documented_only(number: int) -> dict[str, Any]:
    """Make an event that is valid in the documented form alone."""
    return event(number, eid="INTERRUPT", edata={"type": "background", "pageid": "1", "eventid": "x"})


def wire_only(number: int) -> dict[str, Any]:
    """Make an event that is valid in the wire form alone."""
    return event(number, ets=1_700_000_000_000.5)


def batch(events: list[Any], msgid: str | None = None, **further: Any) -> bytes:
    """Make a body as the web client does."""
    params = {} if msgid is None else {"params": {"msgid": msgid}}
    whole = {"id": "api.sunbird.telemetry", "ver": "3.0", "ets": 1} | params | {"events": events} | further
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()


class Answered(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Answered:
    """Make one request over a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        kept = {name.lower(): value for name, value in answer.getheaders()}
        return Answered(answer.status, kept, answer.read())
    finally:
        connection.close()


def post(url: str, body: Any, headers: dict[str, str] | None = None) -> Answered:
    """Post a batch to the service's own path."""
    return ask(url, "POST", "/v1/telemetry", body, JSON | (headers or {}))


def dial(url: str) -> socket.socket:
    """Open a bare socket to it."""
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def hear(line: socket.socket) -> bytes:
    """Read until the other side closes, orderly or not."""
    heard = b""
    try:
        while part := line.recv(65536):
            heard += part
    except ConnectionResetError:
        pass
    return heard


def say(url: str, *parts: bytes) -> bytes:
    """Send bytes as they are, and give all that comes back until the other side closes."""
    with dial(url) as line:
        for part in parts:
            line.sendall(part)
        return hear(line)
