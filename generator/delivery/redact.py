"""The secrets that this process was given: an endpoint that repeats one in its answer does not get it written down."""

HIDDEN = "(hidden)"
_SHORTEST = 6
"""Letters below which a text is no secret worth the name, and would be hidden wherever it stands in a word."""
_kept: set[str] = set()


def register_secret(secret: str) -> str:
    """Give a secret back, and hide it from now on."""
    if len(secret) >= _SHORTEST:
        _kept.add(secret)
    return secret


def redact(text: str) -> str:
    """Give a text in which no secret stands."""
    for secret in _kept:
        text = text.replace(secret, HIDDEN)
    return text
