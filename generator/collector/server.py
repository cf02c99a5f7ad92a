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
from generator.collector.connection import Connection, ConnectionLimits, ConnectionPool
from generator.collector.endpoint import CollectorInfo, Endpoint, Handler
from generator.collector.group_commit import GroupCommit
from generator.collector.ingest import MODES, Ingest, IngestOptions, Mode
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
# Files that the collector itself holds open, besides one for each client.
_OWN_FILES = 64
_HOUR = 60 * 60 * 1000


@dataclass(frozen=True)
class ServerOptions:
    """Where and how a collector serves.

    Attributes:
        store: the directory for the segments, made if it does not exist.
        host: the address to listen at.
        port: 0 takes a free one.
        mode: "sunbird" answers as the telemetry service and checks behind it; "strict" rejects an invalid batch.
        form: the form in which events are checked.
        server_faults: which faults it injects, and records in the store.
        with_parent: whether it ends when its standard input does, which its parent holds open.
    """

    store: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    mode: Mode = "sunbird"
    form: Form = "wire"
    server_faults: ServerFaults = HEALTHY
    with_parent: bool = False


def serve(options: ServerOptions, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; whatever was acknowledged is on disk then, and before.

    Args:
        options: where and how it serves.
        ready: called with the URL once requests are answered.

    Raises:
        UsageError: the port is in use, the store cannot be written, or mode or form is unknown.
    """
    if options.mode not in MODES or options.form not in FORMS:
        raise UsageError(
            f"mode={options.mode!r} form={options.form!r}: expected one of {MODES} and one of {FORMS}"
        )
    with ExitStack() as opened:
        listener = opened.enter_context(_bind(options.host, options.port))
        store = opened.enter_context(closing(Store(options.store)))
        journal = None
        if not options.server_faults.is_healthy:
            begun = FaultRecord("begun", WallClock().now, how=str(options.server_faults))
            journal = opened.enter_context(closing(Journal(store, begun)))
        asyncio.run(_serve(options, listener, store, journal, ready))


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
        reason = error.strerror or str(error)
        raise UsageError(
            f"cannot serve at {host}:{port}: {reason.lower()}; "
            f"stop what holds it, or give another --port (0 takes a free one)"
        ) from error
    return listener


async def _serve(
    options: ServerOptions,
    listener: socket.socket,
    store: Store,
    journal: Journal | None,
    ready: Callable[[str], None] | None,
) -> None:
    loop = asyncio.get_running_loop()
    clock, stats = WallClock(), Stats()
    group_commit = GroupCommit(journal or store)
    ingest = _ingest(options, group_commit, journal, stats, clock)
    ingest.recall(store, clock.now - _HOUR)
    about = CollectorInfo(options.mode, options.form, str(options.store))
    endpoint = Endpoint(ingest, stats, clock, about, lambda: group_commit.healthy)
    pool = ConnectionPool(
        _handler(options, endpoint), stats, ConnectionLimits(connections=_most_connections())
    )
    server = await loop.create_server(lambda: Connection(pool, loop), sock=listener, backlog=_BACKLOG)
    ended = asyncio.Event()
    _watch(loop, ended, options.with_parent)
    sweeping = loop.create_task(_sweep(pool, loop, ended if options.with_parent else None))
    if ready:
        ready(_url(listener))
    await ended.wait()
    server.close()
    sweeping.cancel()
    pool.close()
    await loop.run_in_executor(None, endpoint.close)
    await group_commit.close()


def _ingest(
    options: ServerOptions, group_commit: GroupCommit, journal: Journal | None, stats: Stats, clock: Clock
) -> Ingest:
    rules = IngestOptions(options.mode, options.form)
    if journal is None:
        return Ingest(group_commit, stats, clock, rules)
    loop = asyncio.get_running_loop()
    return ResponseFaults(options.server_faults, group_commit, journal.attempts, loop, stats, clock, rules)


def _handler(options: ServerOptions, endpoint: Endpoint) -> Handler:
    pause = options.server_faults.pause
    return Stall(endpoint, pause, asyncio.get_running_loop()) if pause else endpoint


def _most_connections() -> int:
    """Raise the limit of open files as far as allowed, and return what it leaves for clients."""
    wanted = ConnectionLimits.connections + _OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most - _OWN_FILES


def _watch(loop: asyncio.AbstractEventLoop, ended: asyncio.Event, with_parent: bool) -> None:
    if threading.current_thread() is threading.main_thread():
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        # Ctrl-C reaches the whole group, and a parent may still have batches to send: it decides when to end.
        loop.add_signal_handler(signal.SIGINT, (lambda: None) if with_parent else ended.set)
    if with_parent:
        loop.add_reader(0, lambda: None if os.read(0, 4096) else ended.set())


async def _sweep(
    pool: ConnectionPool, loop: asyncio.AbstractEventLoop, orphaned: asyncio.Event | None
) -> None:
    """Look once a second for clients that are overdue, and for a parent that is gone."""
    parent = os.getppid()
    while True:
        await asyncio.sleep(1)
        pool.sweep(loop.time())
        # The pipe to standard input outlives a parent that forked since, and whose forks live on.
        if orphaned and os.getppid() != parent:
            orphaned.set()


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
