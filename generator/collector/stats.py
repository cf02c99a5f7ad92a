"""What the collector has done since it started: the answer to GET /stats."""

import re
from collections import Counter
from collections.abc import Iterable
from time import monotonic
from typing import Any

from generator.collector.batch import EventName
from generator.spec.rules import EIDS

# A hostile client must not be able to fill the memory with kinds and reasons of its own making.
_MOST_REASONS = 200
_EIDS = frozenset(EIDS)
_INDEX = re.compile(r"\[\d+\]")


class OutcomeCounts:
    """Events of one outcome, counted by kind and by reason."""

    __slots__ = ("by_eid", "by_reason", "events")

    def __init__(self) -> None:
        self.events = 0
        self.by_eid: Counter[str] = Counter()
        self.by_reason: Counter[str] = Counter()

    def count(self, names: list[EventName | None], reasons: Iterable[str] = ()) -> None:
        """Count these events, and the reasons for their outcome."""
        if not names:
            return
        self.events += len(names)
        self.by_eid.update([name.eid if name and name.eid in _EIDS else "other" for name in names])
        for reason in reasons:
            self._count_reason(_INDEX.sub("[]", reason))

    def _count_reason(self, reason: str) -> None:
        known = reason in self.by_reason or len(self.by_reason) < _MOST_REASONS
        self.by_reason[reason if known else "other"] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the counts in JSON's types."""
        return {"events": self.events, "by_eid": dict(self.by_eid), "by_reason": dict(self.by_reason)}


class Stats:
    """Counts since the start of the process; what was stored is read from the store itself."""

    def __init__(self) -> None:
        self._started = monotonic()
        self.answers: Counter[int] = Counter()
        self.bytes = 0
        self.batches: Counter[str] = Counter(acknowledged=0, duplicate=0, refused=0, failed=0)
        self.accepted = OutcomeCounts()
        self.rejected = OutcomeCounts()
        self.duplicate = OutcomeCounts()

    def as_json(self) -> dict[str, Any]:
        """Return the counts in JSON's types."""
        return {
            "uptime": round(monotonic() - self._started, 3),
            "bytes": self.bytes,
            "answers": {str(status): count for status, count in sorted(self.answers.items())},
            "batches": dict(self.batches),
            "accepted": self.accepted.as_json(),
            "rejected": self.rejected.as_json(),
            "duplicate": self.duplicate.as_json(),
        }
