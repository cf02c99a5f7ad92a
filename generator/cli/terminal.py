"""What a verb says on stderr while it works, and how Ctrl-C is heard."""

import os
import signal
import sys
from collections.abc import Callable
from time import monotonic
from types import FrameType, TracebackType
from typing import Any, Self

import click

_EVERY = 0.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def say(text: str) -> None:
    """Say one line on stderr."""
    click.echo(f"footfall: {text}", err=True)


def counted(count: int, noun: str) -> str:
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown and self._due:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Interrupts:
    """Takes Ctrl-C and SIGTERM as a wish, to be heard at a good moment; the second ends at once.

    Attributes:
        status: the exit status for the signal that came, 0 while none has.
    """

    def __init__(self) -> None:
        self.status = 0
        self._before: dict[int, Any] = {}

    def _heard(self, number: int, _: FrameType | None) -> None:
        if self.status:
            raise KeyboardInterrupt
        self.status = 128 + number
        if sys.stderr.isatty():
            # Not through sys.stderr, which this may be in the middle of.
            os.write(2, b"\r\x1b[Kfootfall: finishing this session; once more ends at once\n")

    def __enter__(self) -> Self:
        handler: Callable[[int, FrameType | None], None] = self._heard
        self._before = {number: signal.signal(number, handler) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
