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
_WAYS_OUT = {
    "not connected": "see that the endpoint runs, and correct --host",
    "401": "put a valid token into FOOTFALL_TOKEN",
    "403": "put a valid token into FOOTFALL_TOKEN",
    "404": "correct --path",
    "400": "correct --path or --form",
    "413": "lower --batch-size",
    "429": "use fewer --users or a lower --speed",
    "the run ended": "raise --run-time or --stop-timeout",
    "no answer in time": "raise --timeout, or see why the endpoint is slow",
    "no HTTP": "correct --host: what answers there does not speak HTTP",
}
"""What helps where nothing at all was acknowledged, by how the commonest reason begins."""


class Summary(NamedTuple):
    """What a run came to.

    Attributes:
        percentiles: of the times of the answers that came and were due, in milliseconds, by name; `max` beside them.
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
            "warning": self.warning,
        }

    @property
    def is_in_vain(self) -> bool:
        """Whether batches were sent and none was acknowledged."""
        return self.tally.batches > 0 and not self.tally.acked

    @property
    def is_clean(self) -> bool:
        """Whether all that was sent was acknowledged and, where that is known, accepted."""
        stored = self.endpoint or {}
        kinds = (stored.get(kind, {}).get("events", 0) for kind in ("rejected", "duplicate"))
        return self.tally.acked == self.tally.batches and not self.lost_workers and not any(kinds)

    @property
    def warning(self) -> str:
        """Why the run shows nothing, and the way out; "" where it shows something."""
        tally = self.tally
        if self.is_in_vain:
            [(reason, _)] = tally.reasons.most_common(1)
            words = reason.partition(": ")[2]
            way_out = next((way for start, way in _WAYS_OUT.items() if words.startswith(start)), "")
            return f"nothing was acknowledged: {words}" + (f"; {way_out}" if way_out else "")
        if not tally.batches and tally.sessions > tally.unplayed:
            return "no event was sent before the end; raise --speed or --run-time"
        return ""

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
        rate = tally.acked_events / max(seconds, 0.001)
        yield _row(
            "events", f"{tally.acked_events:,} acknowledged of {tally.events:,} sent, {rate:,.0f} a second"
        )
        yield from _counts(tally.by_eid)
        yield _row("batches", f"{tally.batches:,}, {tally.bytes:,} bytes")
        yield _row("", f"acked {tally.acked:,}, rejected {tally.rejected:,}, unknown {tally.unknown:,}")
        yield from (_row("", f"{count:,} {_shown(reason)}") for reason, count in tally.reasons.most_common())
        if tally.unsent_events:
            yield _row(
                "unsent",
                f"{tally.unsent_events:,} events of {tally.unsent_sessions:,} sessions that the end cut short",
            )
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
        if self.warning:
            yield _row("WARNING", self.warning)
        if self.settings.mark == "run":
            yield _row("to purge", f"delete the events whose tags hold {mark(self.run)!r}")


def _row(name: str, text: str) -> str:
    return f"  {name:<9} {text}"


def _shown(reason: str) -> str:
    """Give a reason as people read it: nobody rejects what never arrived."""
    words = reason.removeprefix("rejected: ")
    return words if words.startswith("not connected") else reason


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
