"""A TOML file that an option names, read within a limit."""

import tomllib
from pathlib import Path
from typing import Any

from generator.errors import UsageError
from generator.system.files import decode_text


def read_toml(path: Path, option: str, *, largest: int, kind: str, example: str) -> dict[str, Any]:
    """Read the TOML file that an option names.

    Args:
        path: the file.
        option: its name, for messages.
        largest: bytes that are read at most.
        kind: what the file is, for messages.
        example: a line of such a file, for messages.

    Raises:
        UsageError: if it cannot be read, is too large, or is not TOML.
    """
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be read: {error.strerror}") from None
    if len(data) > largest:
        raise UsageError(f"{option} {path}: more than {largest:,} bytes; {kind} is smaller")
    try:
        return tomllib.loads(decode_text(data))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{option} {path}: no TOML: {error}; a line such as {example} is") from None
