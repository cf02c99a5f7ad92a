"""What is tried before anything is started: ports, files, the way to the endpoint."""

import errno
import os
import socket
from pathlib import Path

from locust.env import Environment

from generator.delivery.address import check_address
from generator.delivery.kafka.address import is_kafka
from generator.delivery.kafka.message import NAMES
from generator.delivery.path_once import check_path_once
from generator.delivery.reachable import check_reachable
from generator.errors import UsageError
from generator.load.plan import Plan
from generator.load.replay.judgeable import check_ids, check_resumed
from generator.load.runner.kafka import check_topic, look_for_topic
from generator.load.settings import Settings
from generator.load.way_out import way_out
from generator.system.files import check_writable


def check_users(environment: Environment) -> None:
    """Check that at least one user would send.

    Raises:
        UsageError: if none would.
    """
    options = environment.parsed_options
    users = options.num_users if options else None
    if users is not None and users < 1:
        raise UsageError(f"--users {users}: no user would send anything; choose 1 or more, or leave it out")


def check_files(settings: Settings) -> None:
    """Check that what the end writes can be written: a run of hours must not be lost for that.

    Raises:
        UsageError: when it cannot.
    """
    for option in ("summary", "report", "junit"):
        name = getattr(settings, option)
        if name:
            _check_file(f"--{option}", name)
    if settings.ledger:
        _check_folder("--ledger", settings.ledger)
        _check_run(settings)


def check_replay(plan: Plan) -> None:
    """Check that what is replayed can be judged, if a ledger of it is wanted.

    Raises:
        UsageError: if it cannot.
    """
    settings = plan.settings
    if plan.dataset and plan.cursor and settings.ledger:
        check_ids(plan.dataset, settings.ledger)
        check_resumed(plan.cursor, settings.ledger, settings.verify)


def _check_folder(option: str, name: str) -> None:
    """Check that a folder exists, or can be made."""
    path = Path(name).absolute()
    there = next(place for place in (path, *path.parents) if place.exists())
    if not there.is_dir():
        raise UsageError(f"{option} {name}: {there} is not a folder; name another place")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{option} {name}: nothing may be written in {there}; name another place")


def _check_run(settings: Settings) -> None:
    """Check that no ledger of the same run exists: an event could then belong to either of them."""
    if not settings.run_id or settings.cursor:
        return  # a replay with a cursor goes on with its run, and is checked by what it sent
    earlier = sorted(Path(settings.ledger).glob(f"ledger-{settings.run():08x}-*.bin"))
    if earlier:
        raise UsageError(
            f"--run-id {settings.run_id}: {earlier[0]} is a ledger of that run, and the same ids would be sent twice. "
            "Leave --run-id out for a fresh run, or name another folder with --ledger."
        )


def _check_file(option: str, name: str) -> None:
    path = Path(name)
    if path.is_dir() or not path.name:
        raise UsageError(f"{option} {name}: that is a folder; name a file in it")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{option} {name}: its folder is missing; make it first")
    try:
        check_writable(path)
    except OSError as error:
        raise UsageError(
            f"{option} {name}: cannot be written: {error.strerror}; name another place"
        ) from None


def check_web_port(environment: Environment) -> None:
    """Check that the web interface can have its port; Locust itself would end in a traceback.

    Raises:
        UsageError: when it cannot.
    """
    if environment.web_ui is None:
        return
    host, port = environment.web_ui.host, environment.web_ui.port
    try:
        family = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            # As Locust's own server does: what closed a moment ago is not in the way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host or "", port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"--web-port {port}: it is taken, perhaps by another Locust; name another one, or add --headless"
            ) from None
        raise UsageError(
            f"--web-host {host!r}, --web-port {port}: cannot be used: {(error.strerror or str(error)).lower()}"
        ) from None


_START = "start the endpoint or correct --host; without it, one is started for you"


def check_host(host: str, contract: str) -> str:
    """Return an endpoint's address in its full form, see `check_address` and `check_topic`."""
    if is_kafka(host) or contract.partition(":")[0] in NAMES:
        return check_topic(host, contract)
    return check_address(host)


def check_target(plan: Plan, host: str, own: str) -> str:
    """Return an endpoint's address in its full form; "" for the embedded endpoint that is to be started.

    Args:
        plan: what is sent.
        host: the address as it was given; "" if none was.
        own: the embedded endpoint's address; "" if none was started.

    Raises:
        UsageError: for a text that is not an address, or if options contradict it.
    """
    settings = plan.settings
    if host:
        if settings.store and host != own:
            raise UsageError(
                f"--store {settings.store}: it is where the embedded endpoint stores, and --host {host} names another. "
                "Leave one of them out."
            )
        url = check_host(host, settings.contract)
        if not is_kafka(url):
            check_path_once(url, plan.path, "--host")
        return url
    if settings.contract != "sunbird":
        raise UsageError(
            f"--contract {settings.contract}: the embedded endpoint speaks Sunbird's; name yours with --host"
        )
    return ""


def look_ahead(host: str, settings: Settings) -> None:
    """Look whether batches can reach an endpoint: by a connection, a proxy's tunnel and TLS, without any request.

    Raises:
        UsageError: if they cannot, with the way out.
    """
    if is_kafka(host):
        look_for_topic(host)
        return
    reason = check_reachable(host, insecure=settings.insecure)
    if reason:
        is_away = reason.startswith(("no answer at", "the host"))
        raise UsageError(
            f"--host {host}: {reason}; {_START if is_away else way_out(reason, settings.contract)}"
        )
