#!/usr/bin/env bash
# Locust counts a batch as sent whose body was dropped by a redirect.
#
# Guess: A POST answered by 301 or 302 is posted again at the new address, or counts as a failure.
# What happens: FastHttpUser follows with a GET without the body, and records one successful POST with status
#   200. 307 and 308 keep the body.
# Whom it hurts: Testers of receivers behind a gateway that redirects (a missing slash, http to https): the
#   run is green, and nothing was stored.
# Seen: locust 2.47.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check locust==2.47.0
timeout 120 venv/bin/python - locust <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

from locust import FastHttpUser, task  # First, since it patches the sockets.
from locust.env import Environment

from gevent.pywsgi import WSGIServer

requests = []


def receiver(environ, start_response):
    body = environ["wsgi.input"].read()
    requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], len(body)))
    status = environ["PATH_INFO"].strip("/")
    if status.isdigit():
        start_response(f"{status} Moved", [("Location", "/stored"), ("Content-Length", "0")])
    else:
        start_response("200 OK", [("Content-Length", "0")])
    return [b""]


server = WSGIServer(("127.0.0.1", 0), receiver, log=None)
server.start()


class Sender(FastHttpUser):
    host = f"http://127.0.0.1:{server.server_port}"

    @task
    def nothing(self):
        pass


environment = Environment(user_classes=[Sender])
user = Sender(environment)
environment.events.request.add_listener(lambda exception, **_: recorded.append(exception))
seen = {}
for status in (301, 302, 307, 308):
    requests.clear()
    recorded = []
    answer = user.client.post(f"/{status}", data=b'{"events":[]}')
    seen[status] = requests[-1][0], requests[-1][2], answer.status_code, recorded
    print(status, requests, "->", answer.status_code, "failures", [error for error in recorded if error])
server.stop()
confirm(all(seen[status] == ("GET", 0, 200, [None]) for status in (301, 302)) and all(seen[status] == ("POST", 13, 200, [None]) for status in (307, 308)))
PY
