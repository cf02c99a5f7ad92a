"""Environment variables with misspelt names: a warning names each one that nothing reads."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

NAMES = frozenset({"FOOTFALL_TOKEN", "FOOTFALL_KAFKA_CONFIG", "FOOTFALL_SESSION_SECONDS", "FOOTFALL_URL"})
"""The variables that Footfall reads; each option of a load run has its variable too, see `misspelt`."""
_LIKE_A_PREFIX, _LIKE_A_NAME = 0.75, 0.7
_OF_A_CLUSTER = re.compile(r".*_SERVICE_(HOST|PORT)(_.*)?|.*_PORT_\d+_.*")
"""Kubernetes sets such names for each service, also for one named locust."""


def misspelt(environ: Mapping[str, str], known: Iterable[str]) -> list[str]:
    """Return a warning for each variable that nothing reads and whose name is nearly a known one.

    No warning has the value, which may be a secret.

    Args:
        environ: the environment.
        known: the names that are read, each with a prefix such as LOCUST_.
    """
    names = {name: name.partition("_")[2] for name in known}
    lines = []
    for name in sorted(environ):
        nearest = "" if name in names or _is_of_a_cluster(name, environ[name]) else _nearest(name, names)
        if nearest:
            lines.append(
                f"warning: {name}: no environment variable of this name is known. Did you mean {nearest}?"
            )
    return lines


def _is_of_a_cluster(name: str, value: str) -> bool:
    return bool(_OF_A_CLUSTER.fullmatch(name)) or (name.endswith("_PORT") and "://" in value)


def _nearest(name: str, names: Mapping[str, str]) -> str:
    """Return the nearest known name; "" if the variable is another program's."""
    prefix, _, rest = name.upper().partition("_")
    prefixes = {known.partition("_")[0] for known in names}
    [near] = get_close_matches(prefix, prefixes, 1, _LIKE_A_PREFIX) or [""]
    if not near or not rest:
        return ""
    if f"{near}_{rest}" in names:
        return f"{near}_{rest}"
    # The right name behind the other prefix goes before one that is only like it.
    [rest] = get_close_matches(rest, names.values(), 1, _LIKE_A_NAME) or [""]
    found = sorted((known for known in names if names[known] == rest), key=lambda known: near not in known)
    return found[0] if found else ""
