"""The process that serves: a listening socket, signals, and the order in which things end."""

import asyncio
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from generator.clock import Clock, WallClock
from generator.collector.connection import Connection, ConnectionPool, Limits
from generator.collector.endpoint import CollectorInfo, Endpoint, Handler
from generator.collector.group_commit import GroupCommit
from generator.collector.ingest import MODES, Ingest, Mode
from generator.collector.server_faults import HEALTHY, FaultRecord, ServerFaults
from generator.collector.server_faults.journal import Journal
from generator.collector.server_faults.response_faults import ResponseFaults
from generator.collector.server_faults.stall import Stall
from generator.collector.stats import Stats
from generator.collector.store import Store
from generator.errors import UsageError
from generator.spec.rules import FORMS, Form

DEFAULT_PORT = 9001
"""The telemetry service's own port."""

_BACKLOG = 4096
# Files that the collector itself holds open, besides one a client.
_OWN_FILES = 64
_HOUR = 60 * 60 * 1000


@dataclass(frozen=True)
class ServerOptions:
    """Where and how a collector serves.

    Attributes:
        port: 0 takes a free one.
        with_parent: whether it ends when its standard input does, which its parent holds open.
    """

    host: str
    port: int
    store: Path
    mode: Mode
    form: Form
    misbehaviour: ServerFaults
    with_parent: bool


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    store: Path,
    mode: Mode = "sunbird",
    form: Form = "wire",
    misbehaviour: ServerFaults = HEALTHY,
    ready: Callable[[str], None] | None = None,
    with_parent: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT; whatever was acknowledged is on disk then, and before.

    Args:
        host: the address to listen at; the loopback unless given.
        port: 0 takes a free one.
        store: the directory for the segments, made where it does not exist.
        mode: "sunbird" answers as the telemetry service and judges behind it; "strict" refuses a bad batch.
        form: the form in which events are checked.
        misbehaviour: what goes wrong on purpose, and is written down in the store.
        ready: called with the URL once requests are answered.
        with_parent: end when standard input does, which a parent holds open.

    Raises:
        UsageError: the port is in use, the store cannot be written, or mode or form is unknown.
    """
    if mode not in MODES or form not in FORMS:
        raise UsageError(f"mode={mode!r} form={form!r}: expected one of {MODES} and one of {FORMS}")
    place = ServerOptions(host, port, Path(store), mode, form, misbehaviour, with_parent)
    with ExitStack() as opened:
        listener = opened.enter_context(_bind(host, port))
        kept = opened.enter_context(closing(Store(place.store)))
        journal = None
        if not misbehaviour.is_healthy:
            begun = FaultRecord("begun", WallClock().now, how=str(misbehaviour))
            journal = opened.enter_context(closing(Journal(kept, begun)))
        asyncio.run(_serve(place, listener, kept, journal, ready))


def _bind(host: str, port: int) -> socket.socket:
    """Take the port before all else, so that a second collector fails before it touches the store."""
    if not 0 <= port <= 65535:
        raise UsageError(f"cannot serve at {host}:{port}: a port is 0 to 65535 (0 takes a free one)")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot serve at {host}:{port}: {error}; give another --host or --port") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        said = error.strerror or str(error)
        raise UsageError(
            f"cannot serve at {host}:{port}: {said.lower()}; "
            f"stop what holds it, or give another --port (0 takes a free one)"
        ) from error
    return listener


async def _serve(
    place: ServerOptions,
    listener: socket.socket,
    store: Store,
    journal: Journal | None,
    ready: Callable[[str], None] | None,
) -> None:
    loop = asyncio.get_running_loop()
    clock, tally = WallClock(), Stats()
    commit = GroupCommit(journal or store)
    intake = _intake(place, commit, journal, tally, clock)
    intake.recall(store, clock.now - _HOUR)
    about = CollectorInfo(place.mode, place.form, str(place.store))
    endpoint = Endpoint(intake, tally, clock, about, lambda: commit.healthy)
    clients = ConnectionPool(_handler(place, endpoint), tally, Limits(connections=_most_connections()))
    server = await loop.create_server(lambda: Connection(clients, loop), sock=listener, backlog=_BACKLOG)
    ended = asyncio.Event()
    _watch(loop, ended, place.with_parent)
    sweeping = loop.create_task(_sweep(clients, loop, ended if place.with_parent else None))
    if ready:
        ready(_url(listener))
    await ended.wait()
    server.close()
    sweeping.cancel()
    clients.close()
    await loop.run_in_executor(None, endpoint.close)
    await commit.close()


def _intake(
    place: ServerOptions, commit: GroupCommit, journal: Journal | None, tally: Stats, clock: Clock
) -> Ingest:
    if journal is None:
        return Ingest(commit, tally, clock, place.mode, place.form)
    loop = asyncio.get_running_loop()
    return ResponseFaults(
        place.misbehaviour, commit, journal.attempts, loop, tally, clock, place.mode, place.form
    )


def _handler(place: ServerOptions, endpoint: Endpoint) -> Handler:
    pause = place.misbehaviour.pause
    return Stall(endpoint, pause, asyncio.get_running_loop()) if pause else endpoint


def _most_connections() -> int:
    """Raise the limit of open files as far as allowed, and give what it leaves for clients."""
    wanted = Limits.connections + _OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most - _OWN_FILES


def _watch(loop: asyncio.AbstractEventLoop, ended: asyncio.Event, with_parent: bool) -> None:
    if threading.current_thread() is threading.main_thread():
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        # Ctrl-C reaches the whole group, and a parent may still have batches to send: it says when to end.
        loop.add_signal_handler(signal.SIGINT, (lambda: None) if with_parent else ended.set)
    if with_parent:
        loop.add_reader(0, lambda: None if os.read(0, 4096) else ended.set())


async def _sweep(
    clients: ConnectionPool, loop: asyncio.AbstractEventLoop, orphaned: asyncio.Event | None
) -> None:
    """Look once a second for clients that are overdue, and for a parent that is gone."""
    parent = os.getppid()
    while True:
        await asyncio.sleep(1)
        clients.sweep(loop.time())
        # The pipe to standard input outlives a parent that forked since, and whose forks live on.
        if orphaned and os.getppid() != parent:
            orphaned.set()


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
