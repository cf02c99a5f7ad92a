"""The seconds of a run, one worker's or all workers'.

A histogram that is being counted in takes 27 KB, so a worker keeps only those seconds open that were touched
since its last report; the others are kept as the rows that were reported, about 1 KB each, and are opened
again when something is still to be added. So a long run takes a few megabytes an hour.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from generator.errors import UsageError
from generator.load.metrics.latency import Latency
from generator.load.metrics.report import not_understood
from generator.load.metrics.second import Second

Row = dict[str, Any]
"""A second in JSON's types."""


class Seconds:
    """A series of seconds."""

    def __init__(self) -> None:
        self._open: dict[int, Second] = {}
        self._rows: dict[int, Row] = {}

    def at(self, since: float) -> Second:
        """Return the second of this instant, to count in; ask again after anything that may wait.

        Args:
            since: seconds since the run's start.
        """
        try:
            return self._open[int(since)]
        except KeyError:
            return self._opened(max(0, int(since)))

    def _opened(self, at: int) -> Second:
        if at not in self._open:
            row = self._rows.get(at)
            self._open[at] = Second.of_rows([row])[0] if row else Second(at=at)
        return self._open[at]

    def report(self, now: float, *, whole: bool = False) -> list[Row]:
        """Return the seconds that have changed since the last report, each with all that it has counted.

        The current second is always among them: by that the master knows how far a worker has come.

        Args:
            now: seconds since the run's start.
            whole: give every second, changed or not, as the last report of a worker should: it repairs what
                was lost on the way.
        """
        self.at(now)
        rows = {at: second.as_row() for at, second in self._open.items()}
        self._rows.update(rows)
        self._open.clear()
        return [self._rows[at] for at in sorted(self._rows if whole else rows)]

    def put(self, at: int, row: Row) -> None:
        """Replace a second."""
        self._open.pop(at, None)
        self._rows[at] = row

    @property
    def end(self) -> int:
        """The second after the last one; 0 when there is none."""
        return max((*self._open, *self._rows), default=-1) + 1

    def __iter__(self) -> Iterator[Second]:
        """Return the seconds that have anything in them, in their order."""
        return self.between(0, self.end)

    def between(self, start: int, end: int) -> Iterator[Second]:
        """Yield the seconds from start to before end that have anything in them."""
        for at in range(start, end):
            second = self._open.get(at)
            if second is None and at in self._rows:
                [second] = Second.of_rows([self._rows[at]])
            if second is not None:
                yield second

    def window(self, start: int, end: int) -> Second:
        """Merge the seconds from start to before end; what is waiting is what was at the end of the last one."""
        seconds = list(self.between(start, end))
        merged = Second.merged(seconds, start)
        is_known = bool(seconds) and seconds[-1].at == end - 1
        merged.waiting = seconds[-1].waiting if is_known else Latency()
        return merged

    @property
    def have_dropped(self) -> bool:
        """Whether anything was dropped in any of them."""
        rows = any("dropped_events" in row for row in self._rows.values())
        return rows or any(second.dropped_events for second in self._open.values())

    def total(self) -> Second:
        """Merge all of them."""
        return self.window(0, self.end)


class MergedSeconds:
    """The seconds of all workers, on their master; a worker's report of a second replaces its report before.

    A report that comes twice changes nothing, nor does an old one that comes late: counts only grow, so of two
    rows on one second of one worker the one that counts more is the later.
    """

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, tuple[int, Row]]] = {}
        self._come: Counter[str] = Counter()
        self._stale: set[int] = set()
        self._merged = Seconds()

    def absorb(self, worker: str, reported: Any) -> None:
        """Take what a worker reports.

        Raises:
            UsageError: for anything else; nothing of it is taken.
        """
        try:
            seconds = Second.of_rows(reported)
        except UsageError as error:
            raise not_understood(worker, error) from None
        for second in seconds:
            self._take(worker, second)
            self._come[worker] = max(self._come[worker], second.at)

    def _take(self, worker: str, second: Second) -> None:
        reported = self._rows.setdefault(second.at, {})
        weight, row = second.weight, second.as_row()
        if worker not in reported or weight > reported[worker][0]:
            reported[worker] = weight, row
            self._stale.add(second.at)

    def come_to(self, workers: Iterable[str]) -> int:
        """Return the second up to which all of these workers have reported: those before it are complete.

        Args:
            workers: those that still live; the master does not wait for a lost one.
        """
        return min((self._come[worker] for worker in workers), default=0)

    def merged(self) -> Seconds:
        """Merge the workers' seconds; only those with a new report are merged again."""
        for at in self._stale:
            rows = [row for _, row in self._rows[at].values()]
            self._merged.put(
                at, rows[0] if len(rows) == 1 else Second.merged(Second.of_rows(rows), at).as_row()
            )
        self._stale.clear()
        return self._merged
