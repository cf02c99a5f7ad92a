"""The standing table of endpoints, run through every client: no outcome is any other than the true one."""

import errno
import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from threading import Event

import pytest

import generator
from generator import Telemetry
from generator.delivery import HttpDispatcher
from generator.delivery.http import Http
from generator.delivery.outcome import has_read, judge
from generator.delivery.receipt import ACKED, Receipt, rejected, unknown
from tests.delivery import raw
from tests.delivery.endpoints import ROWS
from tests.delivery.row import CONTRACTS, GOOD, Fixed

ROOT = Path(generator.__file__).parents[1]
CONNECTIONS = ["new", "kept"]


@pytest.fixture(scope="module")
def through_locust():
    """Return what a process with Locust in it has seen of every row."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.delivery.table_through_locust"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("client", ["footfall", "locust"])
@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("name", ROWS)
def test_a_client_of_a_load_run_tells_the_true_outcome(through_locust, name, connection, client):
    """The receipt is the row's, nothing is sent twice, and the next answer on the connection is the next batch's."""
    row = ROWS[name]
    said, is_final, others, sent = through_locust[f"{name} / {connection} / {client}"]

    assert said in row.outcomes(client)
    assert is_final == row.is_final
    assert others == [row.taken] * len(others)
    assert sent <= 1


def ask(http, request, contract):
    """Return what becomes of a request."""
    heard = http.ask(request)
    return heard if isinstance(heard, Receipt) else judge(contract, heard)


@contextmanager
def limited(http, seconds):
    """Limit an exchange more strictly than those before and behind it, which a busy machine may hold up."""
    [connection] = http._connections._idle
    usual = http._timeout
    connection._timeout = http._timeout = seconds
    yield
    connection._timeout = http._timeout = usual


@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("name", ROWS)
def test_the_dispatcher_s_transport_tells_the_true_outcome(name, connection):
    """A program's own client and the probe hear the same as a load run does."""
    row = ROWS[name]
    contract, over = CONTRACTS[row.contract], Event()

    def first(peer):
        row.serve(peer, over, is_kept=connection == "kept")

    with raw.serving(first, raw.keeps_saying(GOOD[row.contract])) as endpoint:
        http = Http(endpoint.url, contract, timeout=20.0)
        small = row.request()._replace(body=b"{}")
        before = [ask(http, small, contract).status] if connection == "kept" else []
        with limited(http, row.seconds):
            receipt = ask(http, row.request(), contract)
        assert row.is_silent or over.wait(20)
        after = ask(http, small, contract).status

    assert f"{receipt.status}: {receipt.reason}" in row.outcomes("dispatcher")
    assert receipt.final == row.is_final
    assert [*before, after] == [row.taken] * (len(before) + 1)
    assert row.times_in(endpoint) <= 1


def test_the_table_is_large_enough():
    """Answers times connections are at least sixty."""
    assert len(list(product(ROWS, CONNECTIONS))) >= 60


@pytest.mark.parametrize("resends", [True, False], ids=["resending unknown", "rejected alone"])
@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.taken == "acked"])
def test_the_dispatcher_sends_again_what_that_may_help(name, resends):
    """A final refusal is sent once, any other until it is taken, and what is unknown again only if that is wished."""
    row = ROWS[name]

    def first(peer):
        row.serve(peer, Event(), is_kept=False)

    with raw.serving(first, raw.keeps_saying(GOOD[row.contract])) as endpoint:
        dispatcher = HttpDispatcher(
            endpoint.url, Fixed(row), timeout=row.seconds, wait=0.01, resend_unknown=resends
        )
        telemetry = Telemetry({"uid": "u", "did": "d", "channel": "c", "env": "e"}, dispatcher=dispatcher)
        telemetry.interact(type="TOUCH", id="next")
        telemetry.flush()
        unsent = dispatcher.close(timeout=30)

    outcomes = row.outcomes("dispatcher")
    is_unknown = outcomes[0].startswith("unknown")
    if row.is_final:
        [reason] = [outcome.removeprefix("rejected: ") for outcome in outcomes]
        assert unsent == (1, 1, f"{reason} (1)")
    elif is_unknown and not resends:
        assert unsent in [(1, 1, f"{outcome} (1)") for outcome in outcomes]
    else:
        assert unsent == (0, 0, "")


# What is not connected, and what this machine lacks.


def nowhere():
    """Return the address of a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


LOCAL = {
    "EMFILE": "rejected: not sent: too many open files on this machine",
    "ENFILE": "rejected: not sent: too many open files in system on this machine",
    "ENOBUFS": "rejected: not sent: no buffer space available on this machine",
    "ENOMEM": "rejected: not sent: cannot allocate memory on this machine",
    "EADDRNOTAVAIL": "rejected: not sent: cannot assign requested address on this machine",
}
"""What this machine may lack, by the name of the system's error, and the outcome of a batch."""


@pytest.mark.parametrize("client", ["footfall", "locust"])
def test_nobody_listens_and_a_client_of_a_load_run_says_so(through_locust, client):
    """A connection that is refused has surely taken nothing, and that is the endpoint's failure."""
    assert through_locust[f"nowhere / {client}"] == [
        "rejected: not connected: connection refused",
        False,
        False,
    ]


@pytest.mark.parametrize("client", ["footfall", "locust"])
@pytest.mark.parametrize("name", LOCAL)
def test_what_this_machine_lacks_is_no_failure_of_the_endpoint(through_locust, name, client):
    """Without a file descriptor, a port or a buffer nothing was sent, and the receipt says whose failure that is."""
    assert through_locust[f"{name} / {client}"] == [LOCAL[name], False, True]


@pytest.mark.parametrize("client", ["footfall", "locust"])
def test_once_there_are_file_descriptors_again_batches_are_sent_again(through_locust, client):
    """A client survives the lack, and sends as before when it is over."""
    lacking, again = through_locust[f"rlimit / {client}"]

    assert lacking == [LOCAL["EMFILE"], False, True]
    assert again == ["acked: ", False, False]


@pytest.mark.parametrize("client", ["footfall", "locust"])
def test_a_date_in_retry_after_is_a_wait_for_either_client(through_locust, client):
    """An instant is turned into seconds by the endpoint's own clock."""
    assert through_locust[f"retry-after / {client}"] == 90.0


def test_nobody_listens_and_the_dispatcher_s_transport_says_so():
    """A program's own client says the same."""
    receipt = Http(nowhere(), CONTRACTS["sunbird"]).ask(ROWS["200 SUCCESS"].request())

    assert receipt == rejected("not connected: connection refused")


@pytest.mark.parametrize("name", LOCAL)
def test_the_dispatcher_s_transport_knows_what_this_machine_lacks(name, monkeypatch):
    """In a program's own client too nothing was sent."""

    def lacks(*_):
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    monkeypatch.setattr(socket.socket, "connect", lacks)
    receipt = Http(nowhere(), CONTRACTS["sunbird"]).ask(ROWS["200 SUCCESS"].request())

    assert (f"{receipt.status}: {receipt.reason}", receipt.is_local) == (LOCAL[name], True)


@pytest.mark.parametrize(
    ("receipt", "is_read"),
    [
        (rejected("400 Bad Request: no mid", final=True), True),
        (rejected("200 OK, but CLIENT_ERROR in it: Bad batch"), True),
        (rejected("3 records: too old"), True),
        (rejected("409 Conflict"), True),
        (ACKED, True),
        (unknown("no answer in time"), True),
        (rejected("302 Found: redirects to /login"), False),
        (rejected("401 Unauthorized"), False),
        (rejected("404 Not Found"), False),
        (rejected("429 Too Many Requests"), False),
        (rejected("503 Service Unavailable"), False),
        (rejected("not connected: connection refused"), False),
        (rejected("not sent: too many open files on this machine"), False),
    ],
)
def test_who_sends_a_batch_away_unread_has_not_judged_it(receipt, is_read):
    """Only an answer to what a batch holds is a judgement of it."""
    assert has_read(receipt) == is_read
