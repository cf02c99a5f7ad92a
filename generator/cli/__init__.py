"""The command: `footfall VERB`. Here it begins and ends; `verbs` says what there is."""

import os
import signal
import sys
from io import BufferedWriter, RawIOBase, TextIOWrapper
from typing import TextIO


def main() -> None:
    """Run the command and leave the process with its status."""
    # What is read first takes a moment, in which Ctrl-C would show where; nothing is begun that could be left half done.
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    _set_standard_streams()
    from generator.cli.verbs import run  # noqa: PLC0415

    signal.signal(signal.SIGINT, heard)
    sys.exit(run(sys.argv[1:]))


def _set_standard_streams() -> None:
    """Give each standard stream a file, lest the next one that is opened takes its number.

    Writing to a standard output that was closed fails, as it should. Text for a stderr that was closed, or whose
    reader has gone, is lost, and the exit code stays what it is.
    """
    from generator.cli.lasting_output import LastingOutput  # noqa: PLC0415  after Ctrl-C is listened to

    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)
    # Unbuffered, as PYTHONUNBUFFERED has it, what a signal cuts short is not written again.
    if sys.stdout is None or isinstance(sys.stdout.buffer, RawIOBase):
        sys.stdout = _text(1, sys.stdout)
    sys.stderr = TextIOWrapper(
        BufferedWriter(LastingOutput(2)),
        encoding=sys.stderr.encoding if sys.stderr else "utf-8",
        line_buffering=True,
    )
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets it escaped, and never a traceback.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _text(number: int, like: TextIO | None) -> TextIO:
    return open(number, "w", encoding=like.encoding if like else "utf-8", closefd=False)
