"""`footfall serve`: the embedded endpoint."""

from collections.abc import Callable
from errno import EADDRNOTAVAIL
from functools import wraps
from pathlib import Path
from socket import AI_PASSIVE, SOCK_STREAM, getaddrinfo, socket
from typing import Any, TypeVar

import click

from generator.cli.options import PositiveInt
from generator.cli.terminal import echo
from generator.collector import ServerOptions, serve
from generator.collector.ingest import MODES, Mode
from generator.collector.server import DEFAULT_PORT
from generator.collector.server_faults.options import OPTIONS, ServerFaults, flag
from generator.delivery.address import is_loopback
from generator.errors import UsageError
from generator.spec.rules import FORMS, Form

F = TypeVar("F", bound=Callable[..., Any])


def _server_fault_options(function: F) -> F:
    """Add the options of server faults to a command, as one argument `server_faults`."""

    @wraps(function)
    def called(**values: Any) -> Any:
        server_faults = ServerFaults.parse({name: values.pop(name) for name in OPTIONS})
        return function(server_faults=server_faults, **values)

    for name, (metavar, meaning) in reversed(OPTIONS.items()):
        called = click.option(flag(name), name, metavar=metavar, help=meaning)(called)
    return called  # type: ignore[return-value]


@click.command("serve")
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="HOST", help="The address to listen at."
)
@click.option(
    "--port", type=PositiveInt(0, 65_535), default=DEFAULT_PORT, show_default=True, metavar="N",
    help="The port; 0 takes a free one.",
)  # fmt: skip
@click.option(
    "--store", type=click.Path(path_type=Path), default=Path("footfall-store"), show_default=True, metavar="DIR",
    help="Where accepted, rejected and duplicate events are kept.",
)  # fmt: skip
@click.option(
    "--mode", type=click.Choice(MODES), default="sunbird", show_default=True,
    help="Answer as Sunbird does and judge behind the answer, or refuse a bad batch whole.",
)  # fmt: skip
@click.option(
    "--form", type=click.Choice(FORMS), default="wire", show_default=True,
    help="The form in which events are checked.",
)  # fmt: skip
@_server_fault_options
def command(host: str, port: int, store: Path, mode: Mode, form: Form, server_faults: ServerFaults) -> None:
    """Serve the embedded endpoint: telemetry over HTTP, checked, and on disk before the answer.

    The first line on standard output is its URL. Ctrl-C or SIGTERM ends it.
    From --lose on: what goes wrong on purpose, to see whether it is found. What it did is in the store, in
    faults-000001.jsonl; one seed does the same to the same events, in whatever order they come.

    \b
    Example:
      footfall serve --port 9001 --store my-store
      footfall serve --mode strict --form documented
      footfall serve --lose 0.001 --delay 10ms..50ms --fault-seed 7
    """  # noqa: D301
    _refuse_what_is_not_ours(host)
    if not is_loopback(host):
        echo(f"warning: {host} is open to the network; anybody who reaches it may store events")

    if not server_faults.is_healthy:
        echo(server_faults.warning(store))

    def ready(url: str) -> None:
        click.echo(url)
        echo(f"{mode} mode, {form} form, storing in {store}; Ctrl-C ends it")

    serve(ServerOptions(store, host, port, mode, form, server_faults), ready)


def _refuse_what_is_not_ours(host: str) -> None:
    """Refuse an address of another machine, whatever the port; what else is wrong is said by who serves."""
    try:
        family, kind, protocol, _, address = getaddrinfo(host, 0, type=SOCK_STREAM, flags=AI_PASSIVE)[0]
        with socket(family, kind, protocol) as probe:
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        reason = (
            "is no address of this machine"
            if isinstance(error, OSError) and error.errno == EADDRNOTAVAIL
            else f"cannot be served at: {getattr(error, 'strerror', None) or error}"
        )
        raise UsageError(
            f"--host {host}: {reason}; give another --host: 127.0.0.1 for this machine alone, 0.0.0.0 for the network"
        ) from None
