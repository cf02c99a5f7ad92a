"""The head of a request: its path and its headers."""

import re
from urllib.parse import quote

from generator.delivery.contracts.compression import Compression
from generator.errors import UsageError


def check_path(path: str, example: str) -> str:
    """Give a path back; refuse what is none.

    Args:
        path: begins with a slash, and holds printable ASCII without spaces.
        example: a path that would do.
    """
    if not re.fullmatch(r"/[!-~]*", path):
        raise UsageError(f"path={path!r}: a path begins with a slash, such as {example}")
    return path


def printable(value: str) -> str:
    """Write a value as a header can carry it."""
    return value if value.isascii() and value.isprintable() else quote(value)


def content_headers(kind: str, compress: Compression) -> dict[str, str]:
    """Say what a body is, and how it is compressed."""
    headers = {"Content-Type": kind}
    if compress == "gzip":
        headers["Content-Encoding"] = "gzip"
    return headers
