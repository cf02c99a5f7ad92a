"""What one worker has measured: seconds, and latencies by scenario."""

from typing import Any

from generator.delivery.receipt import Status
from generator.load.measure.latencies import Latencies
from generator.load.measure.second import LATE_MS
from generator.load.measure.seconds import Seconds

_LATE = LATE_MS / 1000


class Measured:
    """Counts every batch in the second in which something of it became known."""

    def __init__(self) -> None:
        self.seconds = Seconds()
        self.latencies = Latencies()

    def offered(self, at: float, events: int) -> None:
        """Count what was due at an instant, in seconds since the run's start."""
        self.seconds.at(at).offered_events += events

    def dropped(self, at: float, events: int) -> None:
        """Count what was due at an instant and will never be sent."""
        second = self.seconds.at(at)
        second.offered_events += events
        second.dropped_events += events

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
        """Record both latencies of a batch that was answered, and was sent in the course of the run."""
        second = self.seconds.at(at)
        timing = self.latencies[scenario]
        service, response = int((at - sent) * 1_000_000), int((at - due) * 1_000_000)
        second.service.record(service)
        timing.service.record(service)
        second.response.record(response)
        timing.response.record(response)

    def report(self, now: float, *, whole: bool = False) -> dict[str, Any]:
        """Give what the master should know, see `Seconds.report`."""
        return {"seconds": self.seconds.report(now, whole=whole), "latencies": self.latencies.report()}
