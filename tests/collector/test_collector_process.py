"""Starting and ending: ports, stores, commands, and clients that are overdue."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager, suppress

import pytest
from talking import ask

from generator.collector import CollectorProcess, ServerOptions, serve
from generator.collector.body import PlainBody
from generator.collector.connection import Connection, ConnectionLimits, ConnectionPool
from generator.collector.message import HttpResponse
from generator.collector.stats import Stats
from generator.errors import UsageError


def test_a_port_in_use_is_named_with_the_way_out(collect, tmp_path):
    """A second collector at the same port is a UsageError that names the port, and touches no store."""
    port = int(collect().url.rpartition(":")[2])
    with pytest.raises(UsageError, match=rf"127\.0\.0\.1:{port}: address already in use; .*--port"):
        serve(ServerOptions(tmp_path / "other", port=port))

    assert not (tmp_path / "other").exists()


def test_a_second_collector_on_a_store_is_refused(collect):
    """The child's own words reach whoever started it."""
    first = collect()
    with pytest.raises(UsageError, match=f"did not start: .*another collector .process {first.pid}."):
        CollectorProcess(first.store).start()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mode": "kind"}, "mode='kind'"),
        ({"form": "short"}, "form='short'"),
        ({"host": "no.such.host.invalid"}, "cannot serve at no.such.host.invalid"),
        ({"host": "192.0.2.1"}, "cannot serve at 192.0.2.1"),
        ({"port": 99999}, "cannot serve at 127.0.0.1:99999"),
        ({"port": -1}, "cannot serve at 127.0.0.1:-1"),
    ],
)
def test_options_that_make_no_sense_are_named(tmp_path, options, said):
    """A wrong option is one line with its value."""
    with pytest.raises(UsageError, match=said):
        serve(ServerOptions(**({"port": 0, "store": tmp_path} | options)))


def test_a_store_that_cannot_be_made_is_named(tmp_path):
    """A store below a file is refused with its path."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file/store cannot be written: .*--store"):
        serve(ServerOptions(tmp_path / "file" / "store", port=0))


def test_the_command_says_one_line_and_exits_2(tmp_path):
    """Wrong use of the module ends with status 2 and no traceback."""
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-m", "generator.collector", "--port", "0", "--store", tmp_path / "file"],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith("footfall: the store")
    assert len(done.stderr.splitlines()) == 1


def test_a_collector_has_a_url_a_pid_and_stats(sunbird):
    """What a caller needs of a started collector is there."""
    assert ask(sunbird.url, "GET", "/health").status == 200
    assert sunbird.pid > 0
    assert sunbird.stats()["mode"] == "sunbird"


class Slow:
    """A handler which never answers."""

    def open(self, _head):
        return PlainBody()

    def handle(self, request, reply):
        pass

    def reject(self, error):
        return HttpResponse(error.status, "", b"")


@asynccontextmanager
async def serving(**bounds):
    """Serve slowly within these bounds, and leave no connection open."""
    loop = asyncio.get_running_loop()
    clients = ConnectionPool(Slow(), Stats(), ConnectionLimits(**bounds))
    server = await loop.create_server(lambda: Connection(clients, loop), "127.0.0.1", 0)
    try:
        yield clients, server.sockets[0].getsockname()
    finally:
        server.close()
        for connection in list(clients.open):
            connection._transport.abort()
        await until(lambda: not clients.open)


async def until(happened):
    """Let the loop turn until something has happened."""
    while not happened():  # noqa: ASYNC110 - the collector has no event for bytes taken in
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("said", "after", "heard"),
    [
        (b"", 29, None),
        (b"", 31, b""),
        (b"GET / HT", 29, None),
        (b"GET / HT", 31, b"HTTP/1.1 408 Request Timeout"),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n1234", 29, None),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n1234", 31, b"HTTP/1.1 408 Request Timeout"),
        (b"GET / HTTP/1.1\r\n\r\n", 10_000, None),
    ],
)
def test_who_is_overdue_is_cut_off(said, after, heard):
    """A client has 30 s for a head and between two parts of a body; one that awaits its answer has for ever."""

    async def run():
        async with serving() as (clients, address):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(said)
            await until(lambda: clients.open)
            (connection,) = clients.open
            await until(lambda: not said or connection._ahead or connection._head or connection._waiting)
            clients.sweep(asyncio.get_running_loop().time() + after)
            cut = connection._transport.is_closing() or connection._lingered >= 0
            answer = None
            if cut:
                with suppress(ConnectionResetError):
                    answer = await reader.read()
            writer.close()
            return cut, answer

    cut, answer = asyncio.run(run())
    assert cut is (heard is not None)
    assert not heard or answer.startswith(heard)


def test_too_many_connections_are_turned_away():
    """Beyond its bound a collector answers 503 and closes, and keeps those it has."""

    async def run():
        async with serving(connections=1) as (clients, address):
            _, first = await asyncio.open_connection(*address)
            await until(lambda: clients.open)
            reader, second = await asyncio.open_connection(*address)
            answer = await reader.read()
            first.close()
            second.close()
            return answer

    assert asyncio.run(run()).startswith(b"HTTP/1.1 503 ")
