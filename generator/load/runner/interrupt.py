"""Interruptions: Ctrl-C and SIGTERM, handled once."""

import signal
from collections.abc import Callable
from contextlib import suppress

import gevent

_HANDLED = (signal.SIGINT, signal.SIGTERM)


def handle_signals() -> None:
    """Make Ctrl-C interrupt the program as a whole; left to Python it ends whichever user is sending just then."""
    hub = gevent.get_hub()
    with suppress(ValueError):  # not in the main thread, which alone can set handlers
        gevent.signal_handler(signal.SIGINT, hub.handle_system_error, KeyboardInterrupt, KeyboardInterrupt())


def handle_signals_before_start(end: Callable[[str], None]) -> Callable[[], None]:
    """Handle Ctrl-C and SIGTERM before a run, when neither `handle_signals` nor Locust does.

    Args:
        end: called with the signal's name.

    Returns:
        What ends this.
    """
    watched = []
    with suppress(ValueError):  # as above
        watched = [gevent.signal_handler(number, end, number.name) for number in _HANDLED]

    def release() -> None:
        while watched:
            watched.pop().cancel()

    return release


def end_program(code: int) -> None:
    """End the program from a signal's handler, once.

    Args:
        code: its exit code.
    """
    ignore()
    gevent.get_hub().handle_system_error(SystemExit, SystemExit(code))


def is_by_signal() -> bool:
    """Return whether it is SIGTERM that ends the program: Locust handles it in a greenlet of its own."""
    return gevent.getcurrent().parent is not None


class _Interrupted(KeyboardInterrupt, gevent.GreenletExit):  # type: ignore[misc]
    """An interruption that gevent raises in the main greenlet without a traceback on stderr."""


def interrupt() -> None:
    """Interrupt the program as Ctrl-C does: what a signal's handler raises is raised in the main greenlet."""
    raise _Interrupted


def ignore() -> None:
    """Ignore any further one: the run is ending, and to end it twice would spoil what is counted."""
    for number in _HANDLED:
        with suppress(ValueError):
            signal.signal(number, signal.SIG_IGN)
