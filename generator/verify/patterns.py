"""Patterns: whether a batch stands in a text with all its ids is told in one look, by others of its template.

This makes verification by ids fast, and does nothing else: without it `Presence` reads every line, and finds the same.
"""

from generator.verify.expectation import Expectation
from generator.verify.kept import Kept
from generator.verify.pattern import Pattern, Sample, Slot, differing, learned
from generator.verify.stretches import Line

KEPT = 32 << 20
"""Bytes that are kept."""
_OVERHEAD, _PER_EVENT = 2048, 1500


class _Kind:
    """What is known of the batches that are alike.

    Args:
        sample: one of them.

    Attributes:
        pattern: None if there is none yet.
        misses: how often in a row it did not fit.
    """

    __slots__ = ("_sample", "_slots", "misses", "pattern")

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._slots: set[Slot] = set()
        self.pattern: Pattern | None = None
        self.misses = 0

    def learn(self, sample: Sample, longer: int) -> bool:
        """Learn from one more sample; return whether there is a pattern now that fits it."""
        self.misses += 1
        if self.misses & self.misses - 1:
            return False  # what never fits is tried more and more rarely
        if len(sample.events) == len(self._sample.events):
            self._slots.update(differing(self._sample, sample))
            pattern = learned(self._sample, sample, sorted(self._slots), longer)
            if pattern:
                self.pattern, self.misses = pattern, 0
                return True
        if not self.pattern:
            self._sample, self._slots = sample, set()
        return False


class Patterns:
    """Learns what batches of a template look like, and finds those that look so.

    Args:
        expectation: what was sent.
    """

    def __init__(self, expectation: Expectation) -> None:
        self._batches, self._sessions = expectation.batches, expectation.sessions
        self._kinds: Kept[object, _Kind] = Kept(KEPT)

    def length(self, data: bytes, line: Line) -> tuple[int, int]:
        """Return how many lines are whole events of a batch, and where to look on; 0 if that is not known.

        Args:
            data: the text.
            line: the first of these lines.
        """
        batches, batch = self._batches, line.batch
        skipped = line.sequence - batches.first[batch]
        count, seam = batches.events[batch] - skipped, line.close + line.head
        template = self._sessions.template(batches.session[batch])
        if skipped or template is None:
            return 0, _after(data, line.at, count)
        key = template, line.sequence, count
        kind = self._kinds.get(key)
        if kind and kind.pattern:
            text = kind.pattern.build(data, line.at, line.ends, seam)
            end = line.at + len(text)
            # What is not plain is no text: there is no close where an event begins.
            if data.startswith(text, line.at) and data.startswith(line.close, end):
                kind.misses = 0
                return count, end + len(line.close)
        end = _after(data, line.at, count)
        sample = _sample(data[line.at : end], line, count)
        if sample is None:
            return 0, end
        if kind is None:
            self._kinds.keep(key, _Kind(sample), 2 * len(sample.events) + _PER_EVENT * count + _OVERHEAD)
            return 0, end
        return (count if kind.learn(sample, len(seam) - 1) else 0), end


def _after(data: bytes, at: int, count: int) -> int:
    """Return where so many lines end, or all of them."""
    for _ in range(count):
        at = data.find(b"\n", at) + 1
        if not at:
            return len(data)
    return at


def _sample(lines: bytes, line: Line, count: int) -> Sample | None:
    """Return a batch that takes some lines; None if lines are missing, or came at other times."""
    seam, text = line.close + line.head, lines.removesuffix(line.close)
    if text.count(seam) != count - 1:
        return None
    return Sample(text.replace(seam, b"\n"), line.ends, line.sequence)
