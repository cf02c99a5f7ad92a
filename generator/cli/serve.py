"""`footfall serve`: run the embedded endpoint."""

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


def _fault_options(function: F) -> F:
    """Add the options of server faults to the command, which gets them as one argument `server_faults`."""

    @wraps(function)
    def called(**values: Any) -> Any:
        server_faults = ServerFaults.parse({name: values.pop(name) for name in OPTIONS})
        return function(server_faults=server_faults, **values)

    for name, (metavar, meaning) in reversed(OPTIONS.items()):
        called = click.option(flag(name), name, metavar=metavar, help=meaning)(called)
    return called  # type: ignore[return-value]


@click.command("serve")
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="HOST", help="Listen at this address."
)
@click.option(
    "--port", type=PositiveInt(0, 65_535), default=DEFAULT_PORT, show_default=True, metavar="N",
    help="Listen at this port; 0 takes a free one.",
)  # fmt: skip
@click.option(
    "--store", type=click.Path(path_type=Path), default=Path("footfall-store"), show_default=True, metavar="DIR",
    help="Store accepted, rejected and duplicate events in this folder.",
)  # fmt: skip
@click.option(
    "--mode", type=click.Choice(MODES), default="sunbird", show_default=True,
    help="Answer as Sunbird does and validate after the answer, or reject a batch with an invalid event.",
)  # fmt: skip
@click.option(
    "--form", type=click.Choice(FORMS), default="wire", show_default=True,
    help="Check events in this form.",
)  # fmt: skip
@_fault_options
def command(host: str, port: int, store: Path, mode: Mode, form: Form, server_faults: ServerFaults) -> None:
    """Serve the embedded endpoint: it checks telemetry and writes it to disk before it answers.

    The first line on standard output is its URL. Ctrl-C or SIGTERM ends it.
    The options from --lose inject server faults, to test a verifier. The store records each fault in
    faults-000001.jsonl. The same seed injects the same faults into the same events, in any order of the events.

    \b
    Example:
      footfall serve --port 9001 --store my-store
      footfall serve --mode strict --form documented
      footfall serve --lose 0.001 --delay 10ms..50ms --fault-seed 7
    """  # noqa: D301
    _check_address(host)
    if not is_loopback(host):
        echo(f"warning: {host} is open to the network; any client on it can store events")

    if not server_faults.is_healthy:
        echo(server_faults.warning(store))

    def ready(url: str) -> None:
        click.echo(url)
        echo(f"{mode} mode, {form} form, storing in {store}; Ctrl-C ends it")

    serve(ServerOptions(store, host, port, mode, form, server_faults), ready)


def _check_address(host: str) -> None:
    """Raise UsageError if the address belongs to another machine; the server reports other errors."""
    try:
        family, kind, protocol, _, address = getaddrinfo(host, 0, type=SOCK_STREAM, flags=AI_PASSIVE)[0]
        with socket(family, kind, protocol) as probe:
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        reason = (
            "is not an address of this machine"
            if isinstance(error, OSError) and error.errno == EADDRNOTAVAIL
            else f"cannot be served at: {getattr(error, 'strerror', None) or error}"
        )
        raise UsageError(
            f"--host {host}: {reason}. Name another --host: 127.0.0.1 for this machine only, 0.0.0.0 for the network."
        ) from None
