"""The manifest: the ground truth of a dataset, against which a dashboard can be asserted."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from generator.datasets.fault_labels import LabelledSession
from generator.population.traffic import DAY_MS
from generator.scenarios.story import Session
from generator.spec.envelope import Event

_EID, _ETS = attrgetter("eid"), attrgetter("ets")


class Manifest:
    """Exact counts of what was written, kept while it is written.

    Args:
        options: all that is needed to make the same dataset again.
        versions: of the programs that the bytes depend on.
    """

    def __init__(self, options: dict[str, Any], versions: dict[str, str]) -> None:
        self.options, self.versions = options, versions
        self.sessions = 0
        self.by_eid: Counter[str] = Counter()
        self.by_day: Counter[int] = Counter()
        self.by_scenario: Counter[str] = Counter()
        self.events_by_scenario: Counter[str] = Counter()
        self.bytes = 0
        self.by_fault: Counter[str] = Counter()
        self._lines: int | None = None
        self._sha256 = hashlib.sha256()

    def add(self, session: Session, lines: bytes) -> None:
        """Count one session and the lines that were written of it."""
        self._count(session, session.events, lines)

    def add_damaged(self, session: Session, labelled: LabelledSession) -> None:
        """Count one session with damage: what is labelled apart from what is whole."""
        faults = labelled.faults
        whole = [event for place, event in enumerate(session.events) if place not in faults]
        self._count(session, whole, labelled.lines)
        self.by_fault.update(faults.values())
        self._lines = (self._lines or 0) + labelled.sent

    def _count(self, session: Session, events: Sequence[Event], lines: bytes) -> None:
        self.sessions += 1
        self.by_eid.update(map(_EID, events))
        self.by_scenario[session.scenario] += 1
        self.events_by_scenario[session.scenario] += len(events)
        self.bytes += len(lines)
        self._sha256.update(lines)
        first, last = (events[0].ets // DAY_MS, events[-1].ets // DAY_MS) if events else (0, 0)
        if first == last:
            self.by_day[first] += len(events)
        else:
            self.by_day.update(ets // DAY_MS for ets in map(_ETS, events))

    @property
    def events(self) -> int:
        """The number of events that were written, damaged ones and repetitions included."""
        return self.by_eid.total() if self._lines is None else self._lines

    def _damage(self) -> dict[str, Any]:
        """Say what was damaged; nothing where nobody asked for damage."""
        if self._lines is None:
            return {}
        return {
            "undamaged": self.by_eid.total(),
            "damaged": self.by_fault.total(),
            "by_fault": dict(sorted(self.by_fault.items())),
        }

    def as_dict(self, *, complete: bool = True, file: str = "", labels: str = "") -> dict[str, Any]:
        """Give the manifest as it is written: counts sorted by name, sha256 over the uncompressed lines.

        Counts by eid, scenario and day are of whole events; those that were damaged on purpose are counted by fault.

        Args:
            complete: whether all that was asked for was written.
            file: the name of the file beside which it stands.
            labels: the name of the file with the labels of damage; "" for none.
        """
        days = {
            datetime.fromtimestamp(day * DAY_MS / 1000, UTC).date().isoformat(): n
            for day, n in self.by_day.items()
            if n
        }
        return {
            "file": file,
            **({"labels": labels} if labels else {}),
            "complete": complete,
            "sha256": self._sha256.hexdigest(),
            "bytes": self.bytes,
            "sessions": self.sessions,
            "events": self.events,
            **self._damage(),
            "by_eid": dict(sorted(self.by_eid.items())),
            "by_scenario": {
                name: {"sessions": count, "events": self.events_by_scenario[name]}
                for name, count in sorted(self.by_scenario.items())
            },
            "by_day": dict(sorted(days.items())),
            "options": self.options,
            "versions": self.versions,
        }
