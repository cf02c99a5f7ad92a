"""The address of an endpoint and the path of a request, checked before anything is sent there."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from generator.delivery.redact import register_secret
from generator.errors import UsageError

A_PATH = "a path begins with a slash and no other, and is printable ASCII without spaces and #"
PORTS = {"http": 80, "https": 443}
"""The port of an address that names none."""
NO_DOLLAR = "a $ in a path is filled by a contract in a TOML file alone; write %24 for a dollar"
_PATH = re.compile(r"/(?!/)[!\"$-~]*")


def check_address(url: str) -> str:
    """Return an endpoint's address without a slash at its end.

    Raises:
        UsageError: if it is invalid, or holds a password, which logs and reports would show.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(
            f"{url!r} is not an address: {error}; give one such as http://127.0.0.1:9001"
        ) from None
    if "@" in parts.netloc:
        # Not quoted here: the part before the @ is a secret.
        raise UsageError(
            f"the address of {parts.hostname} holds a user or a password; give a token in FOOTFALL_TOKEN instead"
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{url!r} is not an address; give one such as http://127.0.0.1:9001")
    if parts.query or parts.fragment:
        raise UsageError(f"{url!r}: an address ends before its ? or #")
    return url.rstrip("/")


def is_path(path: object) -> bool:
    """Return whether a value is a request's path, see `A_PATH`."""
    return isinstance(path, str) and _PATH.fullmatch(path) is not None


def check_path(path: str, example: str) -> str:
    """Return a path unchanged.

    Args:
        path: see `A_PATH`.
        example: a valid path, for the message.

    Raises:
        UsageError: if it is not a path.
    """
    if not is_path(path):
        raise UsageError(f"path={path!r}: {A_PATH}, such as {example}")
    if "$" in path:
        raise UsageError(f"path={path!r}: {NO_DOLLAR}")
    return path


def check_token(token: str | None, place: str = "token") -> str:
    """Return a token without the space around it, "" if there is none; no message shows it.

    Raises:
        UsageError: if it cannot stand in a header.
    """
    cleaned = (token or "").strip()
    if not (cleaned.isascii() and cleaned.isprintable() and " " not in cleaned):
        raise UsageError(
            f"{place}: a token is printable ASCII without spaces; this one is not (and not shown)"
        )
    return register_secret(cleaned)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, which no other machine reaches under that name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
