"""The latencies of a whole run by scenario or contract, one worker's or all workers'."""

from typing import Any, NamedTuple, Self

from generator.errors import FootfallError, UsageError
from generator.load.metrics.latency import Latency
from generator.load.metrics.report import not_understood


class Timing(NamedTuple):
    """Both latencies of the same batches.

    Attributes:
        service: from the sending of a batch to the end of its answer.
        response: the same from the instant at which it was due, so that waiting for a stalled endpoint counts.
    """

    service: Latency
    response: Latency

    @property
    def weight(self) -> int:
        """How many latencies were recorded; it only grows."""
        return self.service.count + self.response.count

    def merge(self, other: "Timing") -> None:
        """Add what another one has counted."""
        self.service.merge(other.service)
        self.response.merge(other.response)


class Latencies(dict[str, Timing]):
    """Timings by name; one that is asked for is made."""

    def __missing__(self, name: str) -> Timing:
        self[name] = Timing(Latency(), Latency())
        return self[name]

    def report(self) -> dict[str, list[str]]:
        """Return all of them as text, from the run's start on."""
        return {name: [latency.encode() for latency in timing] for name, timing in self.items()}

    @classmethod
    def of(cls, reported: Any) -> Self:
        """Read them from a report.

        Raises:
            UsageError: for anything else.
        """
        read = cls()
        if not isinstance(reported, dict):
            raise UsageError(f"latencies are given by name, not as {type(reported).__name__}")
        for name, texts in reported.items():
            match texts:
                case [str(service), str(response)] if isinstance(name, str):
                    read[name] = Timing(Latency.decode(service), Latency.decode(response))
                case _:
                    raise UsageError(f"latencies of {name!r}: give two texts, service and response")
        return read


class GatheredLatencies:
    """The latencies of all workers, on their master; of each worker and name the report that counts most stands."""

    def __init__(self) -> None:
        self._timings: dict[tuple[str, str], tuple[int, Timing]] = {}

    def absorb(self, worker: str, reported: Any) -> None:
        """Take what a worker reports.

        Raises:
            UsageError: for anything else; nothing of it is taken.
        """
        try:
            read = Latencies.of(reported)
        except FootfallError as error:
            raise not_understood(worker, error) from None
        for name, timing in read.items():
            weight = timing.weight
            known = self._timings.get((worker, name))
            if known is None or weight > known[0]:
                self._timings[worker, name] = weight, timing

    def merged(self) -> Latencies:
        """Merge the workers' latencies, name by name."""
        merged = Latencies()
        for (_, name), (_, timing) in sorted(self._timings.items(), key=lambda item: item[0]):
            merged[name].merge(timing)
        return merged
