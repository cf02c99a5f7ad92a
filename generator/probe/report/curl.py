"""A step as a line of shell that sends the same bytes."""

import gzip
import shlex
import zlib
from pathlib import Path

from generator.delivery.contracts import Request
from generator.probe.exchange import Step

LONGEST = 4000
"""Bytes of a body that are written into a line; a longer one is put into a file."""

_SECRET = "authorization"  # noqa: S105  the header's name
_ESCAPES = {ord("\\"): "\\\\", ord("%"): "%%", ord("'"): "'\\''"}


def curl(url: str, step: Step, *, insecure: bool = False, body_file: Path | None = None) -> str:
    """Write a step as a line of shell: pasted, it sends the same bytes.

    Args:
        url: the endpoint's address.
        step: one of an exchange.
        insecure: whether to take any certificate.
        body_file: where the body is, if it is too long for a line.
    """
    request = step.request
    words = ["curl", "-sS", "-w", shlex.quote("\\n%{http_code}\\n")]
    words += ["-k"] if insecure else []
    words += [f"-H {_header(name, value)}" for name, value in request.headers.items()]
    words += ["-H 'Transfer-Encoding: chunked'"] if step.chunk else []
    if request.method != "POST" or not request.body:
        words += ["-X", request.method]
    if request.body:
        words += ["--data-binary", f"@{shlex.quote(str(body_file))}" if body_file else "@-"]
    line = " ".join([*words, shlex.quote(url + request.path)])
    if request.body and not body_file:
        line = f"{_printed(request)} | {line}"
    return (
        line
        if step.at_once == 1
        else f"for _ in {' '.join(map(str, range(step.at_once)))}; do ({line}) & done; wait"
    )


def is_long(step: Step) -> bool:
    """Return whether a step's body is too long for a line."""
    return len(inflated(step.request) or step.request.body) > LONGEST


def _header(name: str, value: str) -> str:
    if name.lower() == _SECRET:
        return f'"{name}: Bearer $FOOTFALL_TOKEN"'
    return shlex.quote(f"{name}: {value}")


def _printed(request: Request) -> str:
    """Print a body: gzip is shown as its content, unless it is faulty."""
    plain = inflated(request)
    if plain is None:
        return f"printf '{_escaped(request.body)}'"
    return f"printf '{_escaped(plain)}' | gzip"


def inflated(request: Request) -> bytes | None:
    """Return what a body in gzip holds; None if it is not in gzip, or faulty."""
    encoding = {name.lower(): value for name, value in request.headers.items()}.get("content-encoding")
    if encoding is None or encoding.lower() != "gzip":
        return None
    try:
        return gzip.decompress(request.body)
    except (OSError, EOFError, zlib.error):
        return None


def _escaped(body: bytes) -> str:
    """Write bytes as printf's format: ASCII alone, so that no terminal and no clipboard changes them."""
    text = "".join(
        _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in body
    )
    # A format that begins with a dash would be taken for an option.
    return f"\\055{text[1:]}" if text.startswith("-") else text
