"""A run's course: its complete seconds, each opened once as soon as it is over."""

from collections import deque
from typing import NamedTuple

from generator.load.metrics.second import Second
from generator.load.metrics.seconds import Seconds

RECENT, MINUTE = 10, 60


class Point(NamedTuple):
    """What is drawn of one second.

    Attributes:
        late: batches sent late, of those that were sent in it, from 0 to 1.
        rejected: batches rejected or unknown.
        service_p99, response_p99: in milliseconds; 0 without answers.
    """

    sent_events: int
    acked_events: int
    bytes: int
    late: float
    rejected: int
    service_p99: float
    response_p99: float

    @classmethod
    def of(cls, second: Second) -> "Point":
        """Take what is drawn out of a second."""
        return cls(
            second.sent_events, second.acked_events, second.bytes, second.late / max(second.batches, 1),
            second.rejected + second.unknown, second.service.percentile(0.99), second.response.percentile(0.99),
        )  # fmt: skip


class TimeSeries:
    """The seconds of a run that are over.

    A batch that is due in a second and sent later is counted there when that is over. So what is offered is not shown.

    Attributes:
        end: how many seconds are over.
        recent: the last ten of them.
        minute: what is drawn of the last sixty.
        whole: all of them as one.
    """

    def __init__(self) -> None:
        self.end = 0
        self.recent: deque[Second] = deque(maxlen=RECENT)
        self.minute: deque[Point] = deque(maxlen=MINUTE)
        self.whole = Second()

    def follow(self, seconds: Seconds, until: int) -> None:
        """Take the seconds that have come to their end.

        Args:
            seconds: of the run, of all workers.
            until: the first second that is not complete.
        """
        for at in range(self.end, until):
            second = seconds.window(at, at + 1)
            self.recent.append(second)
            self.minute.append(Point.of(second))
            self.whole.merge(second)
        self.end = max(self.end, until)

    @property
    def last(self) -> Second:
        """The last second; an empty one before there is any."""
        return self.recent[-1] if self.recent else Second()

    def ten(self) -> Second:
        """Merge the last ten seconds, or as many as there are."""
        return Second.merged(self.recent)
