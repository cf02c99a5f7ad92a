"""A tunnel through a proxy: the proxy cannot read what is sent through it."""

import re
from collections.abc import Callable

from generator.delivery.contracts.words import is_success, named
from generator.delivery.proxy import Proxy
from generator.delivery.reasons import ProxyError

_LONGEST = 65_536
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")
_END = re.compile(rb"\r?\n\r?\n")


def open_tunnel(
    proxy: Proxy, host: str, port: int, send: Callable[[bytes], object], receive: Callable[[], bytes]
) -> None:
    """Ask a proxy for a tunnel to an endpoint, which sends nothing before this machine does.

    Args:
        proxy: the proxy at the other end of the connection.
        host: the endpoint's.
        port: the endpoint's.
        send: sends all of some bytes.
        receive: waits for bytes and returns them; b"" at the end.

    Raises:
        ProxyError: if the proxy opens none.
    """
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    lines += [f"{name}: {value}" for name, value in proxy.headers.items()]
    send("".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii"))
    received = b""
    while not _END.search(received):
        more = receive()
        received += more
        if not more or len(received) > _LONGEST:
            raise ProxyError(str(proxy), "gives no HTTP answer" if received else "closed without an answer")
    found = _STATUS.match(received)
    if found is None:
        raise ProxyError(str(proxy), "gives no HTTP answer")
    status = int(found[1])
    if not is_success(status):
        raise ProxyError(str(proxy), f"answers {named(status)}")
