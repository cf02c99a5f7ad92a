"""The end of a run: its numbers for people, and as JSON."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from generator.load.player import mark
from generator.load.settings import Settings
from generator.load.tally import Tally

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
_MOST_KINDS = 17


class Summary(NamedTuple):
    """What a run came to.

    Attributes:
        percentiles: of the answers' times, in milliseconds, by name; `max` beside them.
        started, ended: in seconds since 1970.
        endpoint: what the embedded endpoint counted; None where another was used.
        lost_workers: workers whose last counts never came.
    """

    run: int
    settings: Settings
    host: str
    tally: Tally
    percentiles: Mapping[str, float]
    started: float
    ended: float
    endpoint: dict[str, Any] | None
    lost_workers: int

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {
            "run": f"{self.run:08x}",
            "seed": self.settings.seed,
            "host": self.host,
            "started_at": _iso(self.started),
            "ended_at": _iso(self.ended),
            **self.tally.as_dict(),
            "percentiles": dict(self.percentiles),
            "lost_workers": self.lost_workers,
            "endpoint": self.endpoint,
        }

    def write(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        part = path.with_name(f".{path.name}.part")
        part.write_text(json.dumps(self.as_dict(), indent=2) + "\n")
        part.replace(path)

    def lines(self) -> Iterator[str]:
        """Say it for people."""
        tally, seconds = self.tally, self.ended - self.started
        yield f"Run {self.run:08x}, seed {self.settings.seed}, {seconds:.1f} s against {self.host}"
        unfinished = tally.sessions - tally.finished
        yield _row(
            "sessions",
            f"{tally.sessions:,}" + (f", {unfinished:,} cut short by the end" if unfinished else ""),
        )
        yield from _counts(tally.by_scenario)
        yield _row("events", f"{tally.events:,}, {tally.events / max(seconds, 0.001):,.0f} a second")
        yield from _counts(tally.by_eid)
        yield _row("batches", f"{tally.batches:,}, {tally.bytes:,} bytes")
        yield _row("", f"acked {tally.acked:,}, rejected {tally.rejected:,}, unknown {tally.unknown:,}")
        yield from (_row("", f"{count:,} {reason}") for reason, count in tally.reasons.most_common())
        if tally.unplayed:
            yield _row("unplayed", f"{tally.unplayed:,} sessions whose script raised")
        if self.lost_workers:
            yield _row(
                "workers", f"{self.lost_workers} lost: what they sent after their last report is not counted"
            )
        if self.percentiles:
            yield _row(
                "answers", ", ".join(f"{name} {value:.0f} ms" for name, value in self.percentiles.items())
            )
        if self.endpoint:
            yield _row("endpoint", f"{_stored(self.endpoint)} (counted, not yet proven)")
        if self.settings.mark == "run":
            yield _row("to purge", f"delete the events whose tags hold {mark(self.run)!r}")


def _row(name: str, text: str) -> str:
    return f"  {name:<9} {text}"


def _counts(counts: Mapping[str, int]) -> Iterator[str]:
    """Give counts by name, the greatest first, five to a line."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_KINDS]
    for place in range(0, len(ordered), 5):
        yield _row("", ", ".join(f"{name} {count:,}" for name, count in ordered[place : place + 5]))


def _stored(stats: Mapping[str, Any]) -> str:
    said = ((name, stats.get(name, {}).get("events", 0)) for name in ("accepted", "rejected", "duplicate"))
    return "events " + ", ".join(f"{name} {count:,}" for name, count in said)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
