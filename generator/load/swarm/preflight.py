"""What is tried before anything is started: the port of the web interface, and the way to the endpoint."""

import errno
import socket

from locust.env import Environment

from generator.delivery.failure import obstacle
from generator.errors import UsageError


def check_web_port(environment: Environment) -> None:
    """See that the web interface can have its port; Locust itself would end in a traceback.

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


def look_ahead(host: str) -> None:
    """See that somebody listens where batches will go.

    Raises:
        UsageError: when nobody does.
    """
    said = obstacle(host)
    if said:
        raise UsageError(
            f"--host {host}: {said}; start the endpoint or correct --host; without it, one is started for you"
        )
