"""A child process: posts the batch of each row of the table through both of Locust's posters, and prints the outcomes.

Importing locust patches the process; so this is no test itself.
"""

import json
import sys
import threading
from types import SimpleNamespace

import gevent
import locust  # noqa: F401  first of all: it patches
from locust import FastHttpUser
from locust.env import Environment

from generator.load.swarm.poster import Quick, Stock
from generator.load.tally import Tally
from tests.delivery import raw
from tests.delivery.endpoints import CONTRACTS, GOOD, ROWS


def poster(client, url, row):
    """Return a poster to a row's endpoint."""
    settings = SimpleNamespace(timeout=row.seconds, insecure=False)
    test = SimpleNamespace(settings=settings, contract=CONTRACTS[row.contract], tally=Tally(), heads={})
    if client == "footfall":
        return Quick(test, Environment(host=url))
    user_class = type("User", (FastHttpUser,), {
        "host": url, "abstract": False, "insecure": False,
        "network_timeout": row.seconds, "connection_timeout": row.seconds,
    })  # fmt: skip
    return Stock(test, user_class(Environment()))


def played(client, row, *, is_kept):
    """Return what became of a row's batch, and of good ones before and behind it over the same poster."""
    over = threading.Event()

    def first(peer):
        row.serve(peer, over, is_kept=is_kept)

    with raw.serving(first, raw.keeps_saying(GOOD[row.contract])) as endpoint:
        posting = poster(client, endpoint.url, row)
        small = row.request()._replace(body=b"{}")
        before = [posting.post(small, 20).receipt.status] if is_kept else []
        receipt = posting.post(row.request()).receipt
        assert row.is_silent or over.wait(20)
        after = posting.post(small, 20).receipt.status
        posting.close()
    return [f"{receipt.status}: {receipt.reason}", receipt.final, [*before, after], row.times_in(endpoint)]


def main():
    outcomes = {}
    with gevent.Timeout(100):
        for name, row in ROWS.items():
            for client in ("footfall", "locust"):
                for connection in ("new", "kept"):
                    key = f"{name} / {connection} / {client}"
                    outcomes[key] = played(client, row, is_kept=connection == "kept")
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
