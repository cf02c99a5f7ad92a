"""A terminal's lower rows, which stay while all else scrolls above them.

They are taken out of the region that scrolls, as apt and dnf do it. So all that is written meanwhile (Locust's log,
its tables, worker processes) is written above them as if they were not there, and no process's
output has to be caught.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from generator.load.monitor.terminal_rows import Line, Look

_LEAST_ROWS, _LEAST_COLUMNS = 12, 40
_ESCAPE = "\x1b"
_SAVE, _RESTORE = f"{_ESCAPE}7", f"{_ESCAPE}8"
_WHOLE_REGION, _CLEAR_BELOW, _CLEAR_ROW = f"{_ESCAPE}[r", f"{_ESCAPE}[J", f"{_ESCAPE}[2K"
_CLIP, _WRAP = f"{_ESCAPE}[?7l", f"{_ESCAPE}[?7h"
_LOOKS: dict[Look, str] = {
    "plain": "",
    "strong": "1",
    "quiet": "2",
    "good": "32",
    "doubtful": "33",
    "bad": "31",
}


def open_terminal(descriptor: int, environ: Mapping[str, str]) -> int | None:
    """Open the terminal behind a descriptor once more, such that nothing ever waits for it.

    Args:
        descriptor: of what may be a terminal.
        environ: its TERM decides whether it can do more than scroll.

    Returns:
        A descriptor of its own; None without such a terminal.
    """
    if environ.get("TERM", "") in {"", "dumb"} or not os.isatty(descriptor):
        return None
    try:
        return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return None  # as in a container that has another's terminal


class Screen:
    """Rows at the bottom of a terminal.

    Args:
        terminal: a descriptor that never waits, which is closed at the end.
        rows: how many.
        colour: whether looks are shown.
    """

    def __init__(self, terminal: int, rows: int, *, colour: bool) -> None:
        self._terminal, self._rows, self._colour = terminal, rows, colour
        self._size: os.terminal_size | None = None
        self._left, self._is_amidst = b"", False

    def draw(self, lines: Sequence[Line]) -> None:
        """Draw the rows again; in a terminal that is too small, or has stopped, nothing."""
        size = os.get_terminal_size(self._terminal)
        if size != self._size:
            self._left += (self._released() + self._taken(size)).encode()
        if self._size:
            top = self._size.lines - self._rows + 1
            rows = (
                f"{_ESCAPE}[{top + place};1H{_CLEAR_ROW}{self._shown(line)}"
                for place, line in enumerate(lines)
            )
            self._write(f"{_SAVE}{_CLIP}{''.join(rows)}{_WRAP}{_RESTORE}")
        else:
            self._write()

    def release(self) -> None:
        """Clear the rows, and return them to the terminal."""
        if self._terminal >= 0:
            self._left += self._released().encode()
            self._write()
            os.close(self._terminal)
            self._terminal = -1

    def _taken(self, size: os.terminal_size) -> str:
        """Take the rows, where there is room: what stands there moves up."""
        if size.lines < max(_LEAST_ROWS, 2 * self._rows) or size.columns < _LEAST_COLUMNS:
            return ""
        self._size = size
        room = "\n" * self._rows + f"{_ESCAPE}[{self._rows}A"
        return f"{room}{_SAVE}{_ESCAPE}[1;{size.lines - self._rows}r{_RESTORE}"

    def _released(self) -> str:
        if self._size is None:
            return ""
        self._size = None
        return f"{_SAVE}{_WHOLE_REGION}{_RESTORE}{_CLEAR_BELOW}"

    def _shown(self, line: Line) -> str:
        if self._size is None:
            return ""
        shown, room = "", self._size.columns
        for words, look in line:
            shown += self._dressed(words[:room], _LOOKS[look])
            room -= len(words[:room])
        return shown

    def _dressed(self, words: str, code: str) -> str:
        return f"{_ESCAPE}[{code}m{words}{_ESCAPE}[0m" if code and self._colour else words

    def _write(self, picture: str = "") -> None:
        """Write what the terminal takes now; while something is left from before, no further picture is begun."""
        if not self._is_amidst:
            self._left += picture.encode(errors="replace")
        with suppress(BlockingIOError):
            self._left = self._left[os.write(self._terminal, self._left) :]
        self._is_amidst = bool(self._left)
