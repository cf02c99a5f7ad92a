"""What a verb says on stderr while it works, and how Ctrl-C and other wishes to end are heard."""

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
"""Seconds after which SIGTERM and SIGHUP no longer wait for a good moment."""


def echo(text: str) -> None:
    """Say one line on stderr."""
    click.echo(f"footfall: {text}", err=True)


def pluralise(count: int, noun: str) -> str:
    """Say how many: 1 event, 2,000 events."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


class Progress:
    """One line on stderr that counts, if that is a terminal.

    Args:
        total: how many there will be; 0 where nobody knows.
        what: of what.
    """

    def __init__(self, total: int, what: str) -> None:
        self._total, self._what = total, what
        self._shown = sys.stderr.isatty()
        self._due = 0.0

    def show(self, done: int) -> None:
        """Show how many are done, ten times a second at most."""
        if self._shown and (now := monotonic()) >= self._due:
            self._due = now + _EVERY
            of = f" of {self._total:,}" if self._total else ""
            sys.stderr.write(f"\r{done:,}{of} {self._what}\x1b[K")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away, so that something else can be said there."""
        if self._shown and self._due:
            self._due = 0.0
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()


class Stopped(KeyboardInterrupt):
    """The end that a signal asks for, raised wherever the program is; its text says what became of the work.

    Attributes:
        status: the exit status for the signal.
    """

    def __init__(self, number: int, text: str = "") -> None:
        super().__init__(text)
        self.status = 128 + number


def _listened(*numbers: int) -> Iterator[int]:
    """Yield the signals to listen to: not SIGHUP where nohup has it ignored."""
    for number in numbers:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            yield number


@contextmanager
def ended_by_signals(text: str = "") -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP raise `Stopped` inside of the block, so that it can clean up.

    Args:
        text: what became of the work, said behind "stopped".
    """

    def heard(number: int, _: FrameType | None) -> None:
        raise Stopped(number, text)

    before = {
        number: signal.signal(number, heard)
        for number in _listened(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Interrupts:
    """Takes Ctrl-C, SIGTERM and SIGHUP as a wish, to be heard at a good moment.

    The second one ends at once, and so does a good moment that is not there `_PATIENCE` seconds after SIGTERM or
    SIGHUP: whoever sends these does not look on.

    Attributes:
        status: the exit status for the signal that came, 0 while none has.
    """

    def __init__(self) -> None:
        self.status = 0
        self._before: dict[int, Any] = {}

    def _heard(self, number: int, _: FrameType | None) -> None:
        if self.status:
            raise Stopped(self.status - 128, " at once, in the middle of a session")
        self.status = 128 + number
        if number != signal.SIGINT:
            # Again and again, for a script may swallow what is raised in it.
            signal.setitimer(signal.ITIMER_REAL, _PATIENCE, 1)
        start = b"\r\x1b[K" if sys.stderr.isatty() else b""
        # Not through sys.stderr, which this may be in the middle of; and it may be closed.
        with suppress(OSError):
            os.write(2, start + b"footfall: finishing this session; once more ends at once\n")

    def heard(self) -> bool:
        """Tell at a good moment whether it is time to end; then what is left to do may take its time."""
        if self.status:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return bool(self.status)

    def __enter__(self) -> Self:
        handler: Callable[[int, FrameType | None], None] = self._heard
        wishes = _listened(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._before = {number: signal.signal(number, handler) for number in (*wishes, signal.SIGALRM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)
