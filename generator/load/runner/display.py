"""The display: a headless run in the lower rows of the terminal, where there is one."""

import atexit
import os
from contextlib import suppress

from locust.env import Environment

from generator.load.monitor.run_snapshot import RunSnapshot
from generator.load.monitor.screen import Screen, open_terminal
from generator.load.monitor.terminal_rows import ROWS, terminal_rows

_STDERR = 2


class Display:
    """Shows how a run stands, from the first look until the end.

    Args:
        terminal: a descriptor of its own, see `open_terminal`.
    """

    def __init__(self, terminal: int) -> None:
        self._screen: Screen | None = Screen(terminal, ROWS, colour="NO_COLOR" not in os.environ)
        atexit.register(self.end)

    def show(self, standing: RunSnapshot) -> None:
        """Draw it; a terminal that has gone is not drawn on any more."""
        if self._screen:
            try:
                self._screen.draw(terminal_rows(standing))
            except OSError:
                self.end()

    def end(self) -> None:
        """Leave the terminal as it was."""
        screen, self._screen = self._screen, None
        if screen:
            with suppress(OSError):
                screen.release()


def display_of(environment: Environment) -> Display | None:
    """Return a display where a run is headless and its log goes to a terminal, and else none."""
    options = environment.parsed_options
    if not (options and options.headless) or environment.web_ui:
        return None
    terminal = open_terminal(_STDERR, os.environ)
    return None if terminal is None else Display(terminal)
