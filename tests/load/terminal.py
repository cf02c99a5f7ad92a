"""A terminal of a few lines: a real pseudo-terminal, and what would be seen on it."""

import fcntl
import os
import re
import select
import struct
import termios
from codecs import getincrementaldecoder
from time import monotonic

TOKEN = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b([78])|\x1b\][^\x07]*\x07|([\r\n\x08])|(.)", re.DOTALL)


class Terminal:
    """What a VT100 shows of what is written to it: enough of it for Locust, and for what Footfall draws."""

    def __init__(self, rows=24, columns=100):
        self.master, self.slave = os.openpty()
        self.resize(rows, columns)
        self.raw = ""
        self.history = []
        self.cells = [""] * rows
        self.row = self.column = 0
        self.saved = (0, 0)
        self.region = (0, rows - 1)
        self._decode = getincrementaldecoder("utf-8")("replace").decode

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.rows, self.columns = rows, columns

    def close(self):
        for one in (self.master, self.slave):
            if one >= 0:
                os.close(one)
        self.master = self.slave = -1

    def give_away(self):
        """Close our end of what a process has been given: when it ends, there is nothing more to read."""
        os.close(self.slave)
        self.slave = -1

    @property
    def shown(self):
        """What stands on the screen, and what has left it at the top."""
        return "\n".join([*self.history, *self.cells])

    def read(self, seconds):
        """Read what there is, or comes; False at the end."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        try:
            said = os.read(self.master, 65536) if ready else None
        except OSError:  # Linux tells so that nobody has the other end any more
            said = b""
        if said:
            self.feed(self._decode(said))
        return said != b""

    def read_until(self, holds, seconds=30):
        """Read until something holds for this terminal, or nothing comes any more."""
        end = monotonic() + seconds
        while not holds(self):
            is_open = self.read(0.2)
            assert is_open, f"never seen:\n{self.shown}"
            assert monotonic() < end, f"not seen in time:\n{self.shown}"

    def read_to_the_end(self, seconds=30):
        end = monotonic() + seconds
        while self.read(0.2):
            assert monotonic() < end, self.shown

    def feed(self, text):
        self.raw += text
        for found in TOKEN.finditer(text):
            numbers, order, saving, control, letter = found.groups()
            if letter:
                self._put(letter)
            elif control:
                self._control(control)
            elif saving:
                self._save(saving)
            elif order:
                self._order(
                    order, [int(one or 0) for one in numbers.strip("?").split(";")] if numbers else []
                )

    def _put(self, letter):
        if self.column == self.columns:
            self._control("\r")
            self._control("\n")
        line = self.cells[self.row].ljust(self.column)
        self.cells[self.row] = line[: self.column] + letter + line[self.column + 1 :]
        self.column += 1

    def _control(self, control):
        if control == "\r":
            self.column = 0
        elif control == "\n" and self.row == self.region[1]:
            top, bottom = self.region
            gone = self.cells.pop(top)
            self.cells.insert(bottom, "")
            if top == 0:
                self.history.append(gone)
        elif control == "\n":
            self.row = min(self.row + 1, self.rows - 1)

    def _save(self, saving):
        if saving == "7":
            self.saved = (self.row, self.column)
        else:
            self.row, self.column = self.saved

    def _order(self, order, numbers):
        if order == "H":
            self.row, self.column = numbers[0] - 1, numbers[1] - 1
        elif order == "A":
            self.row = max(0, self.row - numbers[0])
        elif order == "r":
            self.region = (numbers[0] - 1, numbers[1] - 1) if numbers else (0, self.rows - 1)
            self.row = self.column = 0
        elif order == "K":
            self.cells[self.row] = ""
        elif order == "J":
            self.cells[self.row] = self.cells[self.row][: self.column]
            self.cells[self.row + 1 :] = [""] * (self.rows - self.row - 1)
