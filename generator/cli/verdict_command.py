"""The verbs whose exit code is a verdict: it is the same whatever becomes of standard output."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter, TextIOWrapper, UnsupportedOperation
from typing import Any

import click

from generator.cli.lasting_output import LastingOutput
from generator.cli.terminal import echo
from generator.errors import DeliveryError


class VerdictCommand(click.Command):
    """A verb whose exit code is a verdict.

    A reader that closes the pipe, a full disk or a closed standard output can lose text, but not the exit code.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb and return its exit code."""
        try:
            with _lasting_stdout() as output:
                status = super().invoke(ctx)
        except BrokenPipeError as error:
            # Standard output cannot raise this here; `verbs` would take it for a reader that has enough, and exit with 0.
            raise DeliveryError(
                f"{self.name}: a connection was closed by its other end: {error.strerror or error}. "
                "Nothing was judged; run the command again."
            ) from error
        if output and output.error and output.error.errno != errno.EPIPE:
            reason = os.strerror(output.error.errno or errno.EIO)
            echo(f"standard output: {reason}: the text is incomplete, and the exit code is the verdict")
        return status


@contextmanager
def _lasting_stdout() -> Iterator[LastingOutput | None]:
    """Let no failed write to standard output end the block."""
    before = sys.stdout
    try:
        output = LastingOutput(before.fileno())
    except (UnsupportedOperation, OSError):
        # A program has put its own object in the place of standard output, which has no pipe.
        yield None
        return
    before.flush()
    sys.stdout = TextIOWrapper(
        BufferedWriter(output),
        encoding=before.encoding,
        errors=before.errors,
        line_buffering=bool(before.line_buffering),
    )
    try:
        yield output
    finally:
        sys.stdout.flush()
        sys.stdout = before
