"""The watchdog ends a script or a contract that runs too long, and names the line at which it was.

Under gevent nothing else can: a loop that never yields blocks Locust's timers and every signal.
"""

import atexit
import os
import signal
import threading
from types import FrameType
from typing import Any, Self

from generator.errors import ScenarioError, UsageError

VARIABLE = "FOOTFALL_SESSION_SECONDS"
"""The environment variable that gives sessions more time, or less."""
LIMIT = 10
"""Seconds of processor time that a session may take by default; a normal one takes a millisecond."""
_GRACE = 3
"""Seconds after which the watchdog ends the process of a script that catches every exception."""
_ENDING = frozenset({signal.SIGINT, signal.SIGTERM})
_SCRIPT = "the script", "session"
CONTRACT = "the contract", "call"


class _Watched:
    """The script that is running now, if any.

    Attributes:
        doing: whose code it is, and the name of the call that must end, for messages.
        is_running: whether one is running.
        number: how many have begun; by it the watchdog knows whether it is the same one.
        holds_signals: whether signals wait for the watchdog, see `Watchdog`.
    """

    __slots__ = ("doing", "holds_signals", "is_running", "number")

    def __init__(self) -> None:
        self.is_running, self.holds_signals, self.number = False, False, 0
        self.doing = _SCRIPT


_watched = _Watched()


def begin(doing: tuple[str, str] = _SCRIPT) -> None:
    """Note that a script begins, or a call of the user's own contract.

    Args:
        doing: whose code it is, and the name of the call that must end; `CONTRACT` for a contract.
    """
    _watched.number += 1
    _watched.doing = doing
    _watched.is_running = True


def end() -> None:
    """Note that the script has ended."""
    _watched.is_running = False
    if _watched.holds_signals:
        _release_signals()


def _release_signals() -> None:
    _watched.holds_signals = False
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


class Watchdog:
    """Checks after each second of processor time whether a script is still in the same session.

    It ends a session that takes too long by a ScenarioError from the line at which the script is.

    It does nothing outside the main thread, because Python handles signals there only. It cannot end a loop inside a
    C function that does not return to Python, such as a regular expression with exponential backtracking.

    Args:
        limit: seconds of processor time; by default those of the environment, or `LIMIT`.
        holds_signals: whether SIGINT and SIGTERM are held from the first check that finds the same session until the next check,
            and end the session there: a handler of gevent would wait for the script for ever.
        every: seconds of processor time between two checks.

    Raises:
        UsageError: if the environment's value is not a number of seconds.
    """

    def __init__(
        self, limit: float | None = None, *, holds_signals: bool = False, every: float = 1.0
    ) -> None:
        self._limit = _limit() if limit is None else limit
        self._holds_signals = holds_signals
        self._every = every
        self._number, self._seconds = 0, 0.0
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            return self
        self._before = signal.signal(signal.SIGVTALRM, self._look)
        signal.setitimer(signal.ITIMER_VIRTUAL, self._every, self._every)
        return self

    def watch(self) -> None:
        """Watch until the process ends."""
        self.__enter__()
        # A timer outlives the interpreter's handlers, and would kill the process during its exit.
        atexit.register(self.__exit__)

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, self._before)

    def _look(self, _: int, frame: FrameType | None) -> None:
        if not _watched.is_running or _watched.number != self._number:
            self._number, self._seconds = _watched.number, 0.0
            return
        self._seconds += self._every
        pending = signal.sigpending() & _ENDING if _watched.holds_signals else set()
        if self._seconds >= self._limit + _GRACE:
            _end_process(frame, self._seconds)
        if pending or self._seconds >= self._limit:
            if _watched.holds_signals:
                _release_signals()
            raise ScenarioError(_reason(pending, self._seconds))
        if self._holds_signals and not _watched.holds_signals:
            _watched.holds_signals = True
            signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)


def _limit() -> int:
    text = os.environ.get(VARIABLE, "")
    if not text:
        return LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10**6:
        raise UsageError(
            f"{VARIABLE}={text[:40]}: give seconds of processor time, a whole number from 1 to 1,000,000"
        )
    return int(text)


def _reason(pending: set[signal.Signals], seconds: float) -> str:
    who, task = _watched.doing
    if pending:
        name = min(pending).name
        return f"{name} came while {who} was in one {task} for {seconds:g} s of processor time; the {task} was ended"
    return (
        f"{who} has not ended its {task} after {seconds:g} s of processor time: does it loop for ever? "
        f"If it needs longer, set {VARIABLE}"
    )


def _end_process(frame: FrameType | None, seconds: float) -> None:
    """End the process of a script that catches every exception; nothing else can end it."""
    place = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "a script"
    text = f"\nfootfall: {place}: not ended after {seconds:g} s, and it catches what ends it; the process ends here\n"
    os.write(2, text.encode())
    os._exit(2)
