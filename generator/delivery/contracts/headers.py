"""What the headers of every contract's requests say alike."""

from urllib.parse import quote

from generator.delivery.contracts.compression import Compression


def printable(value: str) -> str:
    """Write a value as a header can carry it."""
    return value if value.isascii() and value.isprintable() else quote(value)


def content_headers(kind: str, compress: Compression) -> dict[str, str]:
    """Say what a body is, and how it is compressed."""
    headers = {"Content-Type": kind}
    if compress == "gzip":
        headers["Content-Encoding"] = "gzip"
    return headers
