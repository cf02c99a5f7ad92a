"""A child process: posts a batch on each way of the table through both of Locust's posters, and prints the outcomes.

Importing locust patches the process; so this is no test itself.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import gevent
import locust  # noqa: F401  first of all: it patches
from locust import FastHttpUser
from locust.env import Environment

from generator.load.counters import RunCounters
from generator.load.runner.poster import EMBEDDED, KeepAlivePoster, LocustPoster
from tests.delivery.authority import Authority
from tests.delivery.endpoints import ROWS
from tests.delivery.row import CONTRACTS
from tests.delivery.ways import WAYS, Way, played

REQUEST = ROWS["200 SUCCESS"].request()


def poster(client, url, way, embedded=""):
    settings = SimpleNamespace(timeout=way.seconds, insecure=way.insecure)
    test = SimpleNamespace(
        settings=settings,
        contract=CONTRACTS["sunbird"],
        sent=SimpleNamespace(counters=RunCounters()),
        heads={},
    )
    environment = Environment(host=url, parsed_options=SimpleNamespace(**{EMBEDDED: embedded}))
    if client == "footfall":
        return KeepAlivePoster(test, environment)
    user_class = type("User", (FastHttpUser,), {
        "host": url, "abstract": False, "insecure": way.insecure,
        "network_timeout": way.seconds, "connection_timeout": way.seconds,
    })  # fmt: skip
    return LocustPoster(test, user_class(environment))


def posts(client, *, is_embedded=False):
    def post(url, way):
        posting = poster(client, url, way, url if is_embedded else "")
        try:
            return posting.post(REQUEST).receipt
        finally:
            posting.close()

    return post


def main():
    authority = Authority(Path(sys.argv[1]))
    direct = Way("acked: ", {"http_proxy": "http://127.0.0.1:1"}, host="127.0.0.1")
    outcomes = {}
    with gevent.Timeout(100):
        for client in ("footfall", "locust"):
            for name, way in WAYS.items():
                outcomes[f"{name} / {client}"] = played(way, authority, posts(client))
            embedded = posts(client, is_embedded=True)
            outcomes[f"embedded / {client}"] = played(direct, authority, embedded)
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
