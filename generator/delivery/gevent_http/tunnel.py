"""A tunnel through a proxy: what is sent through it is between this machine and the endpoint alone."""

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
    """Ask a proxy for a tunnel to an endpoint, which says nothing before this machine does.

    Args:
        proxy: to which the connection was made.
        host: the endpoint's.
        port: the endpoint's.
        send: sends all of some bytes.
        receive: waits for bytes and returns them; b"" at the end.

    Raises:
        ProxyError: if the proxy refuses.
    """
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    lines += [f"{name}: {value}" for name, value in proxy.headers.items()]
    send("".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii"))
    said = b""
    while not _END.search(said):
        more = receive()
        said += more
        if not more or len(said) > _LONGEST:
            raise ProxyError(str(proxy), "gives no HTTP answer" if said else "closed without an answer")
    found = _STATUS.match(said)
    if found is None:
        raise ProxyError(str(proxy), "gives no HTTP answer")
    status = int(found[1])
    if not is_success(status):
        raise ProxyError(str(proxy), f"answers {named(status)}")
