"""The standing table of endpoints, run through every client: no outcome is any other than the true one."""

import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from threading import Event

import pytest

import generator
from generator.delivery.http import Http
from generator.delivery.receipt import Receipt
from tests.delivery import raw
from tests.delivery.endpoints import CONTRACTS, GOOD, ROWS

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
    assert others == ["acked"] * len(others)
    assert sent <= 1


def ask(http, request, contract):
    """Return what becomes of a request."""
    heard = http.ask(request)
    return heard if isinstance(heard, Receipt) else contract.judge(heard)


@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("name", ROWS)
def test_the_dispatcher_s_transport_tells_the_true_outcome(name, connection):
    """A program's own client and the probe hear the same as a load run does."""
    row = ROWS[name]
    contract, over = CONTRACTS[row.contract], Event()

    def first(peer):
        row.serve(peer, over, is_kept=connection == "kept")

    with raw.serving(first, raw.keeps_saying(GOOD[row.contract])) as endpoint:
        http = Http(endpoint.url, contract, timeout=row.seconds)
        small = row.request()._replace(body=b"{}")
        before = [ask(http, small, contract).status] if connection == "kept" else []
        receipt = ask(http, row.request(), contract)
        assert row.is_silent or over.wait(20)
        after = ask(http, small, contract).status

    assert f"{receipt.status}: {receipt.reason}" in row.outcomes("dispatcher")
    assert receipt.final == row.is_final
    assert [*before, after] == ["acked"] * (len(before) + 1)
    assert row.times_in(endpoint) <= 1


def test_the_table_is_large_enough():
    """Answers times connections are at least sixty."""
    assert len(list(product(ROWS, CONNECTIONS))) >= 60
