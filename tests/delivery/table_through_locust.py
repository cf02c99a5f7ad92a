"""A child process: posts the batch of each row of the table through both of Locust's posters, and prints the outcomes.

Importing locust patches the process; so this is no test itself.
"""

import errno
import json
import os
import resource
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import gevent
import locust  # noqa: F401  first of all: it patches
from locust import FastHttpUser
from locust.env import Environment

from generator.load.counters import RunCounters
from generator.load.runner.poster import KeepAlivePoster, LocustPoster
from tests.delivery import raw
from tests.delivery.endpoints import ROWS
from tests.delivery.row import CONTRACTS, GOOD, SUCCESS, answer

NOW, THEN = "Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:01:30 GMT"


def poster(client, url, row):
    """Return a poster to a row's endpoint."""
    settings = SimpleNamespace(timeout=row.seconds, insecure=False)
    test = SimpleNamespace(
        settings=settings,
        contract=CONTRACTS[row.contract],
        sent=SimpleNamespace(counters=RunCounters()),
        heads={},
    )
    if client == "footfall":
        return KeepAlivePoster(test, Environment(host=url))
    user_class = type("User", (FastHttpUser,), {
        "host": url, "abstract": False, "insecure": False,
        "network_timeout": row.seconds, "connection_timeout": row.seconds,
    })  # fmt: skip
    return LocustPoster(test, user_class(Environment()))


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


def told(outcome):
    receipt = outcome.receipt
    return [f"{receipt.status}: {receipt.reason}", receipt.final, receipt.is_local]


def posted(client, url):
    """Return what becomes of one good batch at an address."""
    row = ROWS["200 SUCCESS"]
    posting = poster(client, url, row)
    try:
        return told(posting.post(row.request()))
    finally:
        posting.close()


@contextmanager
def lacking(name):
    """Let no socket be connected, for want of something."""

    def lacks(*_):
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    connect, gevent.socket.socket.connect = gevent.socket.socket.connect, lacks
    try:
        yield
    finally:
        gevent.socket.socket.connect = connect


@contextmanager
def without_descriptors():
    """Let this process open no file and no socket."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(64, hard), hard))
    try:
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for one in taken:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def here(client):
    """Return what becomes of batches that this machine cannot send."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield f"nowhere / {client}", posted(client, url)
    for name in ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"):
        with lacking(name):
            yield f"{name} / {client}", posted(client, url)
    waits = answer(b"429 Wait", b"", f"Date: {NOW}", f"Retry-After: {THEN}")
    with raw.serving(raw.keeps_saying(waits)) as endpoint:
        posting = poster(client, endpoint.url, ROWS["200 SUCCESS"])
        yield f"retry-after / {client}", posting.post(ROWS["200 SUCCESS"].request()).retry_after
        posting.close()
    row = ROWS["200 SUCCESS"]
    with raw.serving(raw.keeps_saying(SUCCESS)) as endpoint:
        posting = poster(client, endpoint.url, row)
        with without_descriptors():
            lacked = told(posting.post(row.request()))
        yield f"rlimit / {client}", [lacked, told(posting.post(row.request()))]
        posting.close()


def main():
    outcomes = {}
    with gevent.Timeout(100):
        for name, row in ROWS.items():
            for client in ("footfall", "locust"):
                for connection in ("new", "kept"):
                    key = f"{name} / {connection} / {client}"
                    outcomes[key] = played(client, row, is_kept=connection == "kept")
        for client in ("footfall", "locust"):
            outcomes |= here(client)
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
