"""The findings of a verification that a report draws, as `footfall verify --json` and summary.json contain them."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Counts = dict[str, Count]
Instant = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Milliseconds since 1970, up to the year 9999."""
Outcome = Literal["delivered", "failed", "unknown"]
WORDS = {
    "lost": "acknowledged, but not found",
    "duplicated": "found more than once",
    "altered": "found, but its content differs from what was sent",
    "unexpected": "has an id of this run, but was never sent",
    "rejected yet stored": "rejected, but found",
    "wrongly accepted": "invalid by an injected fault, but found",
    "wrongly rejected": "valid despite an injected fault, but rejected at the answer",
    "recovered": "without a clear answer, and found",
    "not found": "acknowledged; it may stand in a place that could not be read",
    "still unknown": "without a clear answer, and not found",
}
"""The meaning of each finding."""


class Difference(Struct, frozen=True, kw_only=True):
    """One value that differs from what was sent."""

    path: str = ""
    sent: Any = None
    found: Any = None


class Example(Struct, frozen=True, kw_only=True):
    """One event with a problem.

    Attributes:
        worker, batch, sent: None if the ledgers do not contain it.
        sent: when its batch was first sent.
        place: where it was found; "" if it was not found.
        why: the problem, if it differs from the others of its kind.
        differences: those of an altered event.
    """

    mid: str = ""
    session: int = 0
    scenario: str = ""
    worker: int | None = None
    batch: int | None = None
    msgid: str = ""
    sent: Instant | None = None
    place: str = ""
    why: str = ""
    differences: list[Difference] = []


class Fault(Struct, frozen=True, kw_only=True):
    """The number of events with one problem, and the first of them.

    Attributes:
        by_minute: counts by the minute of sending, in UTC, such as 2026-03-02T09:05Z.
    """

    events: Count = 0
    by_eid: Counts = {}
    by_scenario: Counts = {}
    by_worker: Counts = {}
    by_minute: Counts = {}
    examples: list[Example] = []


class Visible(Struct, frozen=True, kw_only=True):
    """The time from the answer until an acknowledged event is in the sink, in milliseconds.

    Attributes:
        events: the number of timed events.
    """

    events: Count = 0
    p50: Count = 0
    p99: Count = 0
    max: Count = 0


class Findings(Struct, frozen=True, kw_only=True):
    """The findings for one sink; counts are of events.

    Attributes:
        why_unknown: why the outcome is unknown; "" if it is known.
        due: acknowledged, and expected at this stage; `found` of these were found.
        changed: found events with an injected fault, which were compared by id only.
        missing: acknowledged and not found, but not proven to be lost; `why_missing` has the reason.
        lost_among: the lost events that were found in another place, by that place.
        surplus: the number of unwanted copies.
        copies: further copies that an injected fault sent; `copies_missing` of these were not found.
        one_of_shared: ids of several events, of which not every content was found;
            `one_of_shared_rejected` of these are also among the rejected.
        as_at: the stage at which the first altered events would equal what was sent; "" if there is none.
        without_ledger: events of workers without a ledger, by worker.
        held: all events in the sink.
        foreign: events of other senders; `pipeline_own` of these are from the pipeline.
        unreadable: places that do not hold an event; `unread` has the first, and they hold at most `room` events.
        notes: further facts about the sink.
        compared, not_compared: events by content, and `why_not_compared`.
        ignored: the paths that the comparison leaves out; no event has those in `ignored_unused`.
        are_all_faulty: whether an event without a fault could be accepted: false if one could.
    """

    stage: str = ""
    sink: str = ""
    outcome: Outcome = "unknown"
    why_unknown: str = ""
    attempted: Count = 0
    acked: Count = 0
    rejected: Count = 0
    unknown: Count = 0
    due: Count = 0
    found: Count = 0
    changed: Count = 0
    lost: Fault = Fault()
    missing: Fault = Fault()
    why_missing: str = ""
    lost_among: Counts = {}
    duplicated: Fault = Fault()
    surplus: Count = 0
    copies: Count = 0
    copies_missing: Count = 0
    one_of_shared: Count = 0
    one_of_shared_rejected: Count = 0
    altered: Fault = Fault()
    as_at: str = ""
    unexpected: Fault = Fault()
    without_ledger: Counts = {}
    rejected_yet_stored: Fault = Fault()
    false_accepts: Fault = Fault()
    false_rejects: Fault = Fault()
    recovered: Fault = Fault()
    still_unknown: Fault = Fault()
    held: Count = 0
    foreign: Count = 0
    pipeline_own: Count = 0
    unreadable: Count = 0
    unread: list[str] = []
    room: Count | None = 0
    notes: list[str] = []
    compared: Count = 0
    not_compared: Count = 0
    why_not_compared: str = ""
    out_of_order: Count = 0
    visible: Visible | None = None
    ignored: list[str] = []
    ignored_unused: list[str] = []
    are_all_faulty: bool = field(default=False, name="is_damage_alone")

    @property
    def faults(self) -> dict[str, Fault]:
        """The problems that make a delivery fail, by name; those with a count of 0 are left out."""
        return _happened({
            "lost": self.lost, "duplicated": self.duplicated, "altered": self.altered,
            "unexpected": self.unexpected, "rejected yet stored": self.rejected_yet_stored,
            "wrongly accepted": self.false_accepts, "wrongly rejected": self.false_rejects,
        })  # fmt: skip

    @property
    def problems(self) -> dict[str, Fault]:
        """The faults, and the events that are still unknown."""
        return self.faults | _happened({"still unknown": self.still_unknown})


class Vanished(Struct, frozen=True, kw_only=True):
    """Events that one stage has and the next stage does not have."""

    after: str = ""
    before: str = ""
    events: Count = 0


class Delivery(Struct, frozen=True, kw_only=True):
    """The verdict on a delivery.

    Attributes:
        runs: their ids in hex.
        ledgers: the number of ledgers that were read; `torn` has the reason for each incomplete one.
        leased: the sessions of the incomplete ledgers; `unaccounted` of them have no record.
        resent: the number of attempts after a batch's first.
        unhit: the requested faults that no event has.
        stages: those of the pipeline, in its order; mostly one; empty if no sink could be read.
        vanished: the events that were lost between two stages.
    """

    outcome: Outcome
    sentence: str
    runs: list[str] = []
    ledgers: Count = 0
    torn: list[str] = []
    leased: Count = 0
    unaccounted: Count = 0
    resent: Count = 0
    unhit: list[str] = []
    stages: list[Findings] = []
    vanished: list[Vanished] = []

    @property
    def why(self) -> str:
        """The sentence without the outcome at its beginning."""
        return (self.sentence.partition(": ")[2] or self.sentence).rstrip(".")

    @property
    def in_a_sentence(self) -> str:
        """The reason as a sentence; an address or a path at its beginning stays unchanged."""
        start = self.why[:1].upper() if self.why.partition(" ")[0].isalpha() else self.why[:1]
        return f"{start}{self.why[1:]}."

    def mids(self) -> Iterator[tuple[str, str]]:
        """Yield the first events of each fault: the name of the fault, and the mid."""
        faults = chain.from_iterable(findings.faults.items() for findings in self.stages)
        yield from ((name, example.mid) for name, fault in faults for example in fault.examples)


class KindJudgement(Struct, frozen=True, kw_only=True):
    """How the endpoint judged one kind of fault; counts are of events."""

    rightly_accepted: Count = 0
    false_accepts: Count = 0
    rightly_rejected: Count = field(default=0, name="rightly_refused")
    false_rejects: Count = 0
    stored_nowhere: Count = field(default=0, name="kept_nowhere")
    undecided: Count = 0
    unknown: Count = 0

    @property
    def wrong(self) -> int:
        """The number of misjudged events."""
        return self.false_accepts + self.false_rejects

    def __str__(self) -> str:
        """Return the misjudged events in words."""
        wrong = (self.false_accepts, "wrongly accepted"), (self.false_rejects, "wrongly rejected")
        return ", ".join(f"{_events(count)} {how}" for count, how in wrong if count)


class FaultJudgement(Struct, frozen=True, kw_only=True):
    """How the endpoint judged the injected faults.

    Attributes:
        rows: by the name of the kind.
        unhit, unhit_of_presets: kinds that no event has, requested by name or by a preset.
    """

    rows: dict[str, KindJudgement] = {}
    unhit: list[str] = []
    unhit_of_presets: list[str] = []

    @property
    def missed(self) -> list[str]:
        """The requested kinds that no event has."""
        return [*self.unhit, *self.unhit_of_presets]

    def worst_first(self) -> list[tuple[str, KindJudgement]]:
        """Return the kinds, those with the most misjudged events first, then those with the most unknown events."""
        return sorted(self.rows.items(), key=lambda item: (-item[1].wrong, -item[1].unknown, item[0]))

    @property
    def in_a_sentence(self) -> str:
        """The number of events with an injected fault, and of those that were misjudged."""
        fields = KindJudgement.__struct_fields__
        events = sum(getattr(row, name) for row in self.rows.values() for name in fields)
        wrong = [row.wrong for row in self.rows.values() if row.wrong]
        kinds = f"{len(wrong):,} {'kind' if len(wrong) == 1 else 'kinds'}"
        misjudged = f"{sum(wrong):,} of {kinds} judged wrongly" if wrong else "all judged correctly"
        more = f" No event has the fault {', '.join(self.missed)}." if self.missed else ""
        return f"Injected faults: {_events(events)}, {misjudged}.{more}"


def _happened(faults: dict[str, Fault]) -> dict[str, Fault]:
    return {name: fault for name, fault in faults.items() if fault.events}


def _events(count: int) -> str:
    return f"{count:,} {'event' if count == 1 else 'events'}"
