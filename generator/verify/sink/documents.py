"""The JSON texts of a file, wherever its lines end: indented, one behind the other, or all in one line."""

from collections.abc import Iterator
from typing import IO, NamedTuple

from generator.datasets.reader import LARGEST_PIECE
from generator.errors import UsageError
from generator.verify.sink.message import first_end, next_start, with_numbers

_BLOCK = 1 << 20
_MARK = b"\xef\xbb\xbf"
_STARTS = (b"\n{", b"\n[")
_BRACKETS = b"{["


class Document(NamedTuple):
    """One JSON text of a file.

    Attributes:
        line: the line on which it begins, from 1.
        data: the text; what stands there instead if there is a problem.
        problem: why this is not JSON; "" if it is.
    """

    line: int
    data: bytes
    problem: str = ""


class Documents:
    """Reads the JSON texts of a file, block by block.

    Args:
        file: the file.
        name: what it is called.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name
        self._data, self._at, self._line, self._is_ended = b"", 0, 1, False

    def __iter__(self) -> Iterator[Document]:
        """Yield them all; behind what is not JSON the next line that begins with a bracket is the next one.

        Raises:
            UsageError: the file cannot be read, or one text is too long to be held.
        """
        self._read(_BLOCK)
        self._data = self._data.removeprefix(_MARK)
        while self._skip_blanks():
            yield self._document()

    def _skip_blanks(self) -> bool:
        """Go on to the next text; return whether there is one."""
        while True:
            start = next_start(self._data, self._at)
            self._pass(start)
            if start < len(self._data):
                return True
            if self._is_ended:
                return False
            self._read(_BLOCK)

    def _document(self) -> Document:
        while True:
            view = memoryview(self._data)[self._at :]
            try:
                end = first_end(view)
            except (ValueError, RecursionError) as error:
                if "truncated" in str(error) and not self._is_ended:
                    # Twice as much each time: what is long is not tried at each of its blocks.
                    self._read(max(_BLOCK, len(view)))
                    continue
                if self._has_put_numbers(view):
                    continue
                return self._broken(
                    "too many levels of nesting" if isinstance(error, RecursionError) else str(error)
                )
            if end is None and not self._is_ended and self._data[self._at] not in _BRACKETS:
                # A number may go on in the next block.
                self._read(_BLOCK)
                continue
            return self._taken(len(view) if end is None else end)

    def _has_put_numbers(self, view: memoryview) -> bool:
        """Put null where NaN stands for a number; return whether it stood anywhere."""
        data = bytes(view)
        self._data, self._at = with_numbers(data), 0
        return self._data != data

    def _broken(self, problem: str) -> Document:
        """Take what is not JSON, up to where the next text may begin."""
        while True:
            found = [at for at in (self._data.find(start, self._at + 1) for start in _STARTS) if at >= 0]
            if found or self._is_ended:
                end = min(found) if found else len(self._data)
                return self._taken(end - self._at)._replace(problem=problem)
            self._read(max(_BLOCK, len(self._data) - self._at))

    def _taken(self, size: int) -> Document:
        data = self._data[self._at : self._at + size]
        document = Document(self._line, data.rstrip())
        self._pass(self._at + size)
        return document

    def _pass(self, to: int) -> None:
        self._line += self._data.count(b"\n", self._at, to)
        self._at = to

    def _read(self, size: int) -> None:
        """Read on, and forget what was taken."""
        try:
            block = self._file.read(size)
        except OSError as error:
            raise UsageError(f"{self._name}: cannot be read to its end: {error.strerror or error}") from None
        self._is_ended = len(block) < size
        self._data, self._at = self._data[self._at :] + block, 0
        if len(self._data) > LARGEST_PIECE + _BLOCK:
            raise UsageError(
                f"{self._name}:{self._line}: a JSON text of more than {LARGEST_PIECE:,} bytes begins here; "
                "put each event on a line of its own, as jq -c '.[]' does"
            )
