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
    """Give an endpoint's address without a slash at its end.

    Raises:
        UsageError: when it is none, or holds a password, which would be shown in logs and reports.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no address: {error}; give one such as http://127.0.0.1:9001") from None
    if "@" in parts.netloc:
        # Not quoted here: what stands before the @ is a secret.
        raise UsageError(
            f"the address of {parts.hostname} holds a user or a password; give a token in FOOTFALL_TOKEN instead"
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{url!r} is no address; give one such as http://127.0.0.1:9001")
    if parts.query or parts.fragment:
        raise UsageError(f"{url!r}: an address ends before its ? or #")
    return url.rstrip("/")


def is_path(path: object) -> bool:
    """Whether something is a request's path, see `A_PATH`."""
    return isinstance(path, str) and _PATH.fullmatch(path) is not None


def check_path(path: str, example: str) -> str:
    """Give a path back; refuse what is none.

    Args:
        path: see `A_PATH`.
        example: a path that would do.
    """
    if not is_path(path):
        raise UsageError(f"path={path!r}: {A_PATH}, such as {example}")
    if "$" in path:
        raise UsageError(f"path={path!r}: {NO_DOLLAR}")
    return path


def check_token(token: str | None, place: str = "token") -> str:
    """Give a token without the space around it, or nothing where there is none; it is never shown."""
    cleaned = (token or "").strip()
    if not (cleaned.isascii() and cleaned.isprintable() and " " not in cleaned):
        raise UsageError(
            f"{place}: a token is printable ASCII without spaces; this one is not (and not shown)"
        )
    return register_secret(cleaned)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, reached by nobody else."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
