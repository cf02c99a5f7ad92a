"""What was sent, and what became of it; counted in each worker, merged over all of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Self

from generator.delivery.receipt import Receipt, Status
from generator.load.injected_fault import FaultyBatchOutcome
from generator.load.schedule import UnsentCounts

MOST_REASONS = 200
"""Reasons that are counted by name, so that an endpoint's endless words cannot fill the memory."""


@dataclass
class RunCounters:
    """Counts of one worker since its test began, or of all of them.

    Attributes:
        sessions: begun, by sending or by coming to nothing.
        finished: of these, played to their end.
        unplayed: whose script raised.
        unsent_events: of sessions that the end cut short, and never sent; in the open model also what was due in the
            last moments, if senders were not behind.
        unsent_sessions: whose events these are.
        dropped_events: due before the end, and never sent, since nothing could send them in time.
        dropped_sessions: whose events these are, if they were taken one by one; what only the rate determines has none.
        events: sent, whatever became of them.
        acked_events: of these, in acked batches.
        local: batches that this machine failed to send, see `Receipt.is_local`; neither rejected nor unknown.
        bytes: of the bodies as sent, compressed where they are.
        resent: attempts after which the same batch was to be sent once more; each attempt counts as a batch.
        to_reject: faulty batches that a correct endpoint rejects at the answer.
        labelled: faulty events, by fault and outcome of their batch: `missing_field acked`.
    """

    sessions: int = 0
    finished: int = 0
    unplayed: int = 0
    unsent_events: int = 0
    unsent_sessions: int = 0
    dropped_events: int = 0
    dropped_sessions: int = 0
    events: int = 0
    acked_events: int = 0
    batches: int = 0
    acked: int = 0
    rejected: int = 0
    unknown: int = 0
    local: int = 0
    bytes: int = 0
    resent: int = 0
    to_reject: int = 0
    by_eid: Counter[str] = field(default_factory=Counter)
    by_scenario: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)

    def begin(self, scenario: str) -> None:
        """Count a session that begins."""
        self.sessions += 1
        self.by_scenario[scenario] += 1

    def sent_events(self, eids: Iterable[tuple[str, int]], size: int, receipt: Receipt) -> None:
        """Count a batch by how many it holds of each eid, and what became of it."""
        events = 0
        for eid, count in eids:
            self.by_eid[eid] += count
            events += count
        self.batches += 1
        self.bytes += size
        self.events += events
        kind = "local" if receipt.is_local else receipt.status
        setattr(self, kind, getattr(self, kind) + 1)
        if receipt.status == "acked":
            self.acked_events += events
        else:
            self.reasons[self.reason(receipt)] += 1

    def faulty(self, outcome: FaultyBatchOutcome, status: Status) -> None:
        """Count the events of a faulty batch once, by the best that any of its attempts came to.

        Args:
            outcome: of the batch; it learns of this attempt.
            status: what the attempt came to.
        """
        if not outcome.is_worse_than(status):
            return
        for fault, events in outcome.faults.items():
            if outcome.status:
                self.labelled[f"{fault} {outcome.words(fault, outcome.status)}"] -= events
            self.labelled[f"{fault} {outcome.words(fault, status)}"] += events
        outcome.status = status

    def unsent(self, events: int) -> None:
        """Count what a session that was cut short had recorded and not sent."""
        if events:
            self.unsent_events += events
            self.unsent_sessions += 1

    def left(self, left: UnsentCounts) -> None:
        """Count what the end of an open run has left."""
        self.dropped_events += left.dropped_events
        self.dropped_sessions += left.dropped_sessions
        self.unsent_events += left.unsent_events
        self.unsent_sessions += left.unsent_sessions

    def reason(self, receipt: Receipt) -> str:
        """Return the name under which a receipt is counted."""
        kind = "local" if receipt.is_local else receipt.status
        name = f"{kind}: {receipt.reason}"
        known = name in self.reasons or len(self.reasons) < MOST_REASONS
        return name if known else f"{kind}: other reasons"

    def as_dict(self) -> dict[str, Any]:
        """Return the counts in JSON's types."""
        values = ((part.name, getattr(self, part.name)) for part in fields(self))
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in values}

    @classmethod
    def of(cls, counts: Iterable[dict[str, Any]]) -> Self:
        """Merge the counts of several workers."""
        merged = cls()
        for node in counts:
            for part in fields(cls):
                value = node.get(part.name, 0)
                if isinstance(value, dict):
                    getattr(merged, part.name).update(value)
                else:
                    setattr(merged, part.name, getattr(merged, part.name) + value)
        return merged
