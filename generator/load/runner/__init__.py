"""The swarm: Footfall inside Locust, and the one room that imports it (which patches the whole process).

A node is one process of a test: alone, master or worker. Before a test the master, or the lone process,
checks the options, starts the embedded endpoint if no host is given, and makes the run; Locust carries
options and run to every worker on which it spawns users. Each worker counts what it sends, and reports its
counts since the test began, so that a lost or repeated report does no harm; the master keeps each worker's
last. A worker's last report is made when its users have stopped, and the master waits for it.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from locust import events as locust_events
from locust.env import Environment
from locust.runners import MasterRunner

from generator.errors import FootfallError
from generator.load.runner import interrupt
from generator.load.runner.echo import echo, log
from generator.load.runner.forks import end_with_parent
from generator.load.runner.guard import FAILED
from generator.load.runner.leader import LEASE
from generator.load.runner.options import add_options
from generator.load.runner.page import add_tabs, guard_starts
from generator.load.runner.pending_start import PendingStart
from generator.load.runner.run_controller import RunController, events_of
from generator.load.runner.run_messages import ASK, FINISH, GRANT
from generator.load.runner.run_monitor import RunMonitor, display_of
from generator.load.runner.user import FootfallUser
from generator.system.watchdog import Watchdog

__all__ = ["FootfallUser", "install_listeners"]

CONNECTIONS = 64
"""Users of the open model unless an option decides otherwise."""


def _on_init(environment: Environment, **_: Any) -> None:
    node = RunController(environment)
    environment.footfall = node  # type: ignore[attr-defined]
    _use_connections(environment)
    events, guard = events_of(environment), node.guard
    pending = None if node.is_worker else PendingStart(node)
    if pending is None:
        interrupt.handle_signals()
    try:
        # For as long as the process lives: its scripts are loaded now, and played until its end.
        Watchdog(holds_signals=True).watch()
        if pending:
            pending.check()
            node.prepare()
    except FootfallError as error:
        echo(str(error))
        if pending:
            pending.refuse()
        raise SystemExit(2) from None
    if node.is_worker:
        _follow(node)
    else:
        _lead(node)
    if pending:
        events.test_start.add_listener(guard("the run cannot begin", lambda **_: pending.release()))
    events.test_start.add_listener(guard("the run cannot begin", lambda **_: node.begin()))
    events.test_stopping.add_listener(guard("stopping", lambda **_: node.stopping()))
    events.test_stop.add_listener(guard("the end of the run", lambda **_: node.end()))
    if not node.is_worker:
        _show(node)
    # Called before Locust's own listeners, the last being first: a worker's last report precedes its farewell.
    events.quitting.add_listener(guard("quitting", lambda **_: node.quit()))
    guard("the run cannot begin", node.catch_up)()
    if node.is_worker:
        log.info("this worker waits for its run to begin")
    if pending and not pending.is_pending:
        pending.release()


def _use_connections(environment: Environment) -> None:
    """Where users are connections of the open model, take many by default, all at once, and as many when a worker is lost."""
    options = environment.parsed_options
    if options and (options.rate or options.arrivals or options.rate_file or options.replay):
        options.num_users = CONNECTIONS if options.num_users is None else options.num_users
        options.spawn_rate = options.spawn_rate or CONNECTIONS
        options.enable_rebalancing = True


def _follow(node: RunController) -> None:
    events, runner, guard = events_of(node.environment), node.runner, node.guard
    events.report_to_master.add_listener(
        guard("the report", lambda data, **_: node.messages.add_report(data))
    )
    if runner:
        _register(node, GRANT, node.messages.on_grant)
        _register(node, LEASE, node.messages.on_lease)
        # Concurrent, since it waits for users to stop while grants still come in.
        _register(node, FINISH, lambda _: node.stop(), concurrent=True)


def _lead(node: RunController) -> None:
    events, runner, guard = events_of(node.environment), node.runner, node.guard
    events.worker_report.add_listener(
        guard("a worker's report", lambda client_id, data, **_: node.messages.on_report(client_id, data))
    )
    if runner:
        _register(node, ASK, node.messages.on_ask)
        _register(node, FAILED, guard.on_failed)
        if not isinstance(runner, MasterRunner):
            _register(node, GRANT, node.messages.on_grant)
    events.quit.add_listener(guard("the end of the process", lambda **_: node.close()))


def _register(
    node: RunController, name: str, listener: Callable[[Any], None], *, concurrent: bool = False
) -> None:
    """Register a listener for a message; Locust 2.46 calls listeners by position, 2.47 by these names."""
    assert node.runner is not None  # noqa: S101  only a runner has messages
    guarded = node.guard(f"the message {name}", listener)
    node.runner.register_message(name, lambda environment, msg: guarded(msg), concurrent=concurrent)  # noqa: ARG005


def _show(node: RunController) -> None:
    """Show a run while it goes on: on Locust's page, or in the terminal."""
    web, display = node.environment.web_ui, display_of(node.environment)
    if not web and not display:
        return
    monitor = RunMonitor(node, display.show if display else None)
    events, guard = events_of(node.environment), node.guard
    # After the node's own: it has begun by then, or has counted everything.
    events.test_start.add_listener(guard("the display", lambda **_: monitor.begin()))
    events.test_stop.add_listener(guard("the display", lambda **_: monitor.end()))
    if display:
        events.test_stop.add_listener(guard("the display", lambda **_: display.end()))
    if web:
        add_tabs(web, monitor)
        guard_starts(web, node)


@cache
def install_listeners(listened: Sequence[Callable[..., None]] = (add_options, _on_init)) -> None:
    """Attend to Locust's events; a locustfile calls it once, after it has imported `FootfallUser`."""
    options, init = listened
    known: Any = locust_events
    end_with_parent()
    # Locust calls its listeners with keywords: this one's must be named `parser`.
    known.init_command_line_parser.add_listener(lambda parser, **_: options(parser))
    known.init.add_listener(init)
