"""The proxy on the way to an endpoint, named by environment variables."""

import os
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from generator.delivery.address import PORTS, is_loopback
from generator.delivery.reasons import DeadlineExceeded, ProxyError
from generator.delivery.redact import register_secret
from generator.errors import UsageError

_DIRECT = "unset it, or name the endpoint's host in NO_PROXY"


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy.

    Attributes:
        host, port: where it listens.
        variable: the environment's variable that names it.
        authorization: the value of `Proxy-Authorization`, a secret; "" for none.
    """

    host: str
    port: int
    variable: str
    authorization: str = field(default="", repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"the proxy {host}:{self.port} ({self.variable})"

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers for the proxy itself."""
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}


def proxy_for(url: str, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """Return the proxy through which an address is reached; None for a direct connection.

    HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY are read as curl and urllib read them: lower case first. This
    machine is reached through a proxy only if the proxy runs here too: another proxy would reach itself.

    Raises:
        UsageError: if the variable does not name an HTTP proxy.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        return None
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    variable, text = _named(environ, f"{parts.scheme}_proxy", "all_proxy")
    if not text or _is_spared(host, port, _named(environ, "no_proxy")[1]):
        return None
    if is_loopback(host) and not _is_here(text):
        return None
    return _read(variable, text)


def _named(environ: Mapping[str, str], *names: str) -> tuple[str, str]:
    """Return the first variable that is set, and its value; an empty one in lower case hides that in upper case."""
    for name in names:
        variable = next((one for one in (name, name.upper()) if one in environ), "")
        if environ.get(variable, "").strip():
            return variable, environ[variable].strip()
    return "", ""


def _with_scheme(text: str) -> str:
    return text if "://" in text else f"http://{text}"


def _is_here(text: str) -> bool:
    """Return whether a value names an HTTP proxy on this machine."""
    try:
        parts = urlsplit(_with_scheme(text))
    except ValueError:
        return False
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def _read(variable: str, text: str) -> Proxy:
    """Parse a proxy's address; messages do not show it, because it may hold a password."""
    try:
        parts = urlsplit(_with_scheme(text))
        host, port = parts.hostname or "", parts.port or PORTS["http"]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        host = ""
    if not host or not (host.isascii() and host.isprintable()) or " " in host:
        raise UsageError(
            f"{variable}: its value (not shown) is not the address of a proxy. Write http://HOST:PORT, or {_DIRECT}."
        )
    if parts.scheme != "http":
        raise UsageError(
            f"{variable}: a proxy of {parts.scheme}:// is not supported. Name one of http://, or {_DIRECT}."
        )
    if not (user or password):
        return Proxy(host, port, variable)
    if password:
        register_secret(password)
    return Proxy(
        host,
        port,
        variable,
        f"Basic {register_secret(b64encode(f'{user}:{password}'.encode()).decode('ascii'))}",
    )


def _is_spared(host: str, port: int, spared: str) -> bool:
    """Return whether NO_PROXY names a host, with its subdomains, addresses of its network, and its port if any."""
    return any(_fits(host.lower(), port, one) for one in re.split(r"[,\s]+", spared.lower()) if one)


def _fits(host: str, port: int, pattern: str) -> bool:
    if pattern == "*":
        return True
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*):(\d+)", pattern)
    if found:
        if int(found[2]) != port:
            return False
        pattern = found[1]
    pattern = pattern.strip("[]")
    try:
        return ip_address(host) in ip_network(pattern, strict=False)
    except ValueError:
        name = pattern.removeprefix("*").strip(".")
        return bool(name) and (host.rstrip(".") == name or host.rstrip(".").endswith(f".{name}"))


@contextmanager
def on_the_way_to(proxy: Proxy | None) -> Iterator[None]:
    """Raise a failure before the proxy's answer as a ProxyError; without a proxy, raise it unchanged."""
    try:
        yield
    except (OSError, UnicodeError, DeadlineExceeded) as error:
        if proxy is None:
            raise
        raise ProxyError(str(proxy), error) from error
