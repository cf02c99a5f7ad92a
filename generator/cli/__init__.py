"""The entry point of `footfall COMMAND`; `commands` has the commands."""

import os
import signal
import sys
from io import BufferedWriter, RawIOBase, TextIOWrapper
from typing import TextIO


def main() -> None:
    """Run the command and leave the process with its status."""
    # The imports take a moment, and Ctrl-C during them ends quietly: nothing has started yet.
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    _set_standard_streams()
    from generator.cli.commands import run  # noqa: PLC0415

    signal.signal(signal.SIGINT, handler)
    sys.exit(run(sys.argv[1:]))


def _set_standard_streams() -> None:
    """Open each closed standard stream, so that no other file gets its number.

    A write to a closed standard output fails, as it should. Text for a closed stderr, or for one without a reader,
    is lost, and the exit code stays unchanged.
    """
    from generator.cli.commands import LastingOutput  # noqa: PLC0415  after the handler of Ctrl-C is set

    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)
    # Without a buffer (PYTHONUNBUFFERED), a write that a signal interrupts is not repeated.
    if sys.stdout is None or isinstance(sys.stdout.buffer, RawIOBase):
        sys.stdout = _text(1, sys.stdout)
    sys.stderr = TextIOWrapper(
        BufferedWriter(LastingOutput(2)),
        encoding=sys.stderr.encoding if sys.stderr else "utf-8",
        line_buffering=True,
    )
    for stream in (sys.stdout, sys.stderr):
        # A letter that the terminal cannot show is escaped, instead of a traceback.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _text(number: int, like: TextIO | None) -> TextIO:
    return open(number, "w", encoding=like.encoding if like else "utf-8", closefd=False)
