"""What is said to people besides the summary."""

import logging
import sys

log = logging.getLogger("footfall")


def say(line: str) -> None:
    """Say one line on stderr."""
    sys.stderr.write(f"footfall: {line}\n")
    sys.stderr.flush()
