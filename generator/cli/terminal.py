"""Write messages and progress to stderr, and handle Ctrl-C and other signals that end a command."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from types import FrameType, TracebackType
from typing import Any, Self

import click

_EVERY = 0.1
_PATIENCE = 5.0
"""The seconds after which SIGTERM and SIGHUP no longer wait for a whole session."""


def echo(text: str) -> None:
    """Print one line to stderr."""
    click.echo(f"footfall: {text}", err=True)


def pluralise(count: int, noun: str) -> str:
    """Return a count with its noun: 1 event, 2,000 events."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


class Progress:
    """A line on stderr that counts, if stderr is a terminal.

    Args:
        total: the final count; 0 if it is not known.
        what: the unit, in the plural.
    """

    def __init__(self, total: int, what: str) -> None:
        self._total, self._what = total, what
        self._shown = sys.stderr.isatty()
        self._due = 0.0

    def show(self, done: int) -> None:
        """Print the count, at most ten times a second."""
        if self._shown and (now := monotonic()) >= self._due:
            self._due = now + _EVERY
            of = f" of {self._total:,}" if self._total else ""
            sys.stderr.write(f"\r{done:,}{of} {self._what}\x1b[K")
            sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line, so that another line can take its place."""
        if self._shown and self._due:
            self._due = 0.0
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()


class Stopped(KeyboardInterrupt):
    """Raised at any place of the program when a signal ends it; the text names the state of the work.

    Attributes:
        status: the exit status for the signal.
    """

    def __init__(self, number: int, text: str = "") -> None:
        super().__init__(text)
        self.status = 128 + number


def _listened(*numbers: int) -> Iterator[int]:
    """Yield the signals to handle: not SIGHUP if nohup ignores it."""
    for number in numbers:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            yield number


@contextmanager
def ended_by_signals(text: str = "") -> Iterator[None]:
    """Raise `Stopped` in the block on SIGINT, SIGTERM and SIGHUP, so that the block can clean up.

    Args:
        text: the state of the work, printed after "stopped".
    """

    def stop(number: int, _: FrameType | None) -> None:
        raise Stopped(number, text)

    before = {
        number: signal.signal(number, stop)
        for number in _listened(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Interrupts:
    """Delays Ctrl-C, SIGTERM and SIGHUP until the command asks for them.

    A second signal ends the command at once. So does a delay of `_PATIENCE` seconds after SIGTERM or SIGHUP, whose
    sender does not see the messages.

    Attributes:
        status: the exit status for the signal; 0 before a signal.
    """

    def __init__(self) -> None:
        self.status = 0
        self._before: dict[int, Any] = {}

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self.status:
            raise Stopped(self.status - 128, " at once, in the middle of a session")
        self.status = 128 + number
        if number != signal.SIGINT:
            # Repeatedly, because a script may catch the exception.
            signal.setitimer(signal.ITIMER_REAL, _PATIENCE, 1)
        start = b"\r\x1b[K" if sys.stderr.isatty() else b""
        # sys.stderr may be in the middle of a write, or closed.
        with suppress(OSError):
            os.write(2, start + b"footfall: finishing this session; press again to end at once\n")

    def requested(self) -> bool:
        """Return whether a signal has come; then the rest of the work has no time limit."""
        if self.status:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return bool(self.status)

    def __enter__(self) -> Self:
        handler: Callable[[int, FrameType | None], None] = self._handle
        signals = _listened(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._before = {number: signal.signal(number, handler) for number in (*signals, signal.SIGALRM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)
