"""The secrets of this process: logs and reports hide them, even if an endpoint repeats one in its answer."""

HIDDEN = "(hidden)"
_SHORTEST = 6
"""A shorter text is not treated as a secret: it would be hidden inside ordinary words."""
_secrets: set[str] = set()


def register_secret(secret: str) -> str:
    """Return a secret unchanged, and hide it from now on."""
    if len(secret) >= _SHORTEST:
        _secrets.add(secret)
    return secret


def redact(text: str) -> str:
    """Return a text with each secret replaced by `HIDDEN`."""
    for secret in _secrets:
        text = text.replace(secret, HIDDEN)
    return text
