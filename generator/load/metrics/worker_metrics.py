"""What one worker has measured: seconds, and latencies by scenario."""

from typing import Any

from generator.delivery.receipt import Status
from generator.load.metrics.latencies import Latencies
from generator.load.metrics.second import LATE_MS, Second
from generator.load.metrics.seconds import Seconds

_LATE = LATE_MS / 1000
DROPPED = "(dropped)"
"""What was never sent, among the latencies by scenario."""


class BatchInFlight:
    """A batch that is on its way.

    Args:
        due: when it was due, in seconds since the run's start.
        sent: when it was sent.
    """

    __slots__ = ("due", "following")

    def __init__(self, due: float, sent: float) -> None:
        self.due, self.following = due, int(sent) + 1


class WorkerMetrics:
    """Counts every batch in the second in which something of it became known."""

    def __init__(self) -> None:
        self.seconds = Seconds()
        self.latencies = Latencies()
        self._waiting: set[BatchInFlight] = set()

    def offered(self, at: float, events: int) -> None:
        """Count what was due at an instant, in seconds since the run's start."""
        self.seconds.at(at).offered_events += events

    def dropped(self, at: float, events: int, batches: int) -> None:
        """Count what was due at an instant and will never be sent: its answers are beyond any bound."""
        second = self.seconds.at(at)
        second.offered_events += events
        second.dropped_events += events
        second.response.lose(batches)
        self.latencies[DROPPED].response.lose(batches)

    def waits(self, due: float, sent: float) -> BatchInFlight:
        """Count a batch as being on its way, until `settled` is called for it."""
        waiting = BatchInFlight(due, sent)
        self._waiting.add(waiting)
        return waiting

    def settled(self, waiting: BatchInFlight, at: float) -> None:
        """Count a batch as being on its way no longer."""
        self._waiting.discard(waiting)
        self._note(waiting, at)

    def _note(self, waiting: BatchInFlight, now: float) -> None:
        """Note at the end of each second for how long a batch had waited by then."""
        for end in range(waiting.following, int(now) + 1):
            self.seconds.at(end - 1).waiting.record(int((end - waiting.due) * 1_000_000))
            waiting.following = end + 1

    def sent(self, due: float, at: float, events: int, size: int) -> None:
        """Count a batch that is sent.

        Args:
            due: when it was due, in seconds since the run's start.
            at: when it is sent.
            events: how many it holds.
            size: bytes of its body.
        """
        second = self.seconds.at(at)
        second.batches += 1
        second.sent_events += events
        second.bytes += size
        if at - due > _LATE:
            second.late += 1

    def ended(self, at: float, events: int, status: Status, *, is_local: bool = False) -> None:
        """Count what became of a batch."""
        second = self.seconds.at(at)
        if is_local:
            second.local += 1
        elif status == "acked":
            second.acked += 1
            second.acked_events += events
        elif status == "rejected":
            second.rejected += 1
        else:
            second.unknown += 1

    def answered(self, due: float, sent: float, at: float, scenario: str) -> None:
        """Record both latencies of a batch that was answered, and was sent in the course of the run.

        Args:
            due: when it was due first, in seconds since the run's start; likewise the others.
            sent: when it was sent.
            at: when its answer came, or when the sender gave it up.
            scenario: whose session it is of.
        """
        self._record(self.seconds.at(at), due, sent, at, scenario)

    def unanswered(self, due: float, sent: float, at: float, scenario: str, least: float = 0.0) -> None:
        """Record both latencies of a batch without an answer: at least the time that it waited.

        Args:
            due: when it was due first, in seconds since the run's start; likewise the others.
            sent: when it was sent.
            at: when it was given up, or its connection was lost.
            scenario: whose session it is of.
            least: the time-out, if its connection was rejected or lost: the response counts as if a client had waited
                that long, and the service has no latency.
        """
        second = self.seconds.at(at)
        if not least:
            self._record(second, due, sent, at, scenario)
            return
        response = int((max(at, sent + least) - due) * 1_000_000)
        second.response.record(response)
        self.latencies[scenario].response.record(response)

    def _record(self, second: Second, due: float, sent: float, at: float, scenario: str) -> None:
        timing = self.latencies[scenario]
        service, response = int((at - sent) * 1_000_000), int((at - due) * 1_000_000)
        second.service.record(service)
        timing.service.record(service)
        second.response.record(response)
        timing.response.record(response)

    def report(self, now: float, *, whole: bool = False) -> dict[str, Any]:
        """Return what the master should know, see `Seconds.report`."""
        for waiting in self._waiting:
            self._note(waiting, now)
        return {"seconds": self.seconds.report(now, whole=whole), "latencies": self.latencies.report()}
