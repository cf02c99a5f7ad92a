"""Lines for people in addition to the summary."""

import errno
import logging
import os
import sys
from contextlib import suppress

log = logging.getLogger("footfall")


def echo(line: str) -> None:
    """Print one line on stderr; without a stderr, or with one whose reader has gone, the line is lost."""
    with suppress(OSError):
        if sys.stderr:
            sys.stderr.write(f"footfall: {line}\n")
            sys.stderr.flush()


def write_out(text: str) -> None:
    """Write text to standard output; a failure loses text, and leaves the exit code as it is."""
    if not sys.stdout:
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python tries again at its exit, and would exit with 120 for what is left in the buffer.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno != errno.EPIPE:
            echo(
                f"standard output: {error.strerror}: the summary is incomplete, and the exit code is the verdict"
            )
