#!/usr/bin/env bash
# httptools calls a POST complete before its body, if the client offers HTTP/2.
#
# Guess: A server that does not want h2c ignores the Upgrade header; the parser delivers the body of Content-
#   Length as for any POST.
# What happens: With "Connection: Upgrade" and "Upgrade: h2c" on_message_complete comes without any on_body,
#   then HttpParserUpgrade is raised. Without the Connection header the body is delivered. h11 delivers it in
#   both cases.
# Whom it hurts: Makers of collectors: some HTTP clients offer h2c with their first clear-text POST, and the
#   batch in it is answered as an empty one.
# Seen: httptools 0.9.0, h11 0.16.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check httptools==0.9.0 h11==0.16.0
timeout 120 venv/bin/python - httptools h11 <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import h11
import httptools


class Calls:
    def __init__(self):
        self.calls = []

    def on_body(self, body):
        self.calls.append(body)

    def on_message_complete(self):
        self.calls.append("complete")


def both(head):
    request = f"POST /v1/telemetry HTTP/1.1\r\nHost: a\r\n{head}Content-Length: 2\r\n\r\n{{}}".encode()
    seen = Calls()
    try:
        httptools.HttpRequestParser(seen).feed_data(request)
    except httptools.HttpParserUpgrade:
        seen.calls.append("HttpParserUpgrade")
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(request)
    connection.next_event()
    print(repr(head), "httptools:", seen.calls, "h11:", bytes(body := connection.next_event().data))
    return seen.calls, bytes(body)


plain = both("Upgrade: h2c\r\n")
offered = both("Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nUpgrade: h2c\r\n")
confirm(plain == ([b"{}", "complete"], b"{}") and offered == (["complete", "HttpParserUpgrade"], b"{}"))
PY
