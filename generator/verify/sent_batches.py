"""The batches of a run as they were sent, compared with what stands in a text."""

from pyroaring import BitMap

from generator.verify.expectation import Expectation
from generator.verify.originals import Originals
from generator.verify.seen import Seen
from generator.verify.stretches import Line


class SentBatches:
    """Compares lines with the batches that were sent.

    Args:
        expectation: what was sent.
        originals: the events as they were sent.
        seen: takes down how many were compared.
        changed: the events that were sent with another content on purpose; they are not compared.
    """

    def __init__(self, expectation: Expectation, originals: Originals, seen: Seen, changed: BitMap) -> None:
        self._batches, self._originals = expectation.batches, originals
        self._seen, self._changed = seen, changed

    def length(self, data: bytes, line: Line) -> tuple[int, int]:
        """Return how many lines are as a batch was sent, and where the next begins; 0 if the first one is not.

        Args:
            data: the text.
            line: the first of these lines.
        """
        count, end = self._as_sent(data, line)
        event = self._batches.base[line.batch] + line.sequence - self._batches.first[line.batch]
        changed = self._changed and self._changed.range_cardinality(event, event + count)
        self._seen.compared += count - (changed or 0)
        return count, end

    def _as_sent(self, data: bytes, line: Line) -> tuple[int, int]:
        skipped = line.sequence - self._batches.first[line.batch]
        lines = b"" if skipped else self._originals.lines(line.batch)
        if lines:
            return _as_sent(data, line, lines, self._batches.events[line.batch])
        rest = self._originals.rest(line.batch, skipped)
        return _as_sent(data, line, b"\n".join(rest), len(rest)) if rest else (0, 0)


def _as_sent(data: bytes, line: Line, lines: bytes, count: int) -> tuple[int, int]:
    """Compare with the events of a batch: all at once, and where they differ, up to there."""
    at, close = line.at, line.close
    text = lines.replace(b"\n", close + line.head) if line.head else lines
    end = at + len(text)
    if data.startswith(text, at) and data.startswith(close, end):
        return count, end + len(close)
    return _begun(data, at, text + close)


def _begun(data: bytes, at: int, text: bytes) -> tuple[int, int]:
    """Give how many lines are as in a text, and where the first of the others begins."""
    first = text.index(b"\n") + 1
    if not data.startswith(text[:first], at):
        return 0, at
    # Most often it is the end of what was read that cuts a batch in two.
    alike = len(data) - at if text.startswith(data[at:]) else _alike(data, at, text)
    end = text.rindex(b"\n", 0, alike) + 1
    return text.count(b"\n", 0, end), at + end


def _alike(data: bytes, at: int, text: bytes) -> int:
    """Give how many bytes are as in a text."""
    low, high = 0, min(len(text), len(data) - at)
    while low < high:
        middle = (low + high + 1) // 2
        if data[at + low : at + middle] == text[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
