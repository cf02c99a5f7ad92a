"""What a verification found, as far as it is drawn: `footfall verify --json` writes it, and a run's summary.json."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Literal

from msgspec import Struct

from generator.report.limits import Count, Counts, Instant
from generator.report.number import counted

Outcome = Literal["delivered", "failed", "unknown"]
WORDS = {
    "lost": "acknowledged, and not found",
    "duplicated": "found more than once",
    "altered": "found with another content than was sent",
    "unexpected": "with an id of this run, and never sent",
    "rejected yet stored": "refused, and found all the same",
    "wrongly accepted": "damaged on purpose so that it must not be accepted, and found",
    "wrongly refused": "damaged on purpose and still valid, and refused at the answer",
    "recovered": "of an unknown fate, and found",
    "not found": "acknowledged; it may stand where nothing could be read",
    "still unknown": "of an unknown fate, and not found",
}
"""What each finding means."""


class Difference(Struct, frozen=True, kw_only=True):
    """One value that is not as it was sent."""

    path: str = ""
    sent: Any = None
    found: Any = None


class Example(Struct, frozen=True, kw_only=True):
    """One event with which something is the matter.

    Attributes:
        worker, batch, sent: None where nobody knows.
        sent: when its batch was first sent.
        place: where it was found; "" where it was not.
        why: what is wrong, where that differs.
        differences: of one that was altered.
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
    """The events with which something is the matter, counted; and the first of them.

    Attributes:
        by_minute: of sending, in UTC, as 2026-03-02T09:05Z.
    """

    events: Count = 0
    by_eid: Counts = {}
    by_scenario: Counts = {}
    by_worker: Counts = {}
    by_minute: Counts = {}
    examples: list[Example] = []


class Visible(Struct, frozen=True, kw_only=True):
    """How long after their answer acknowledged events were there, in milliseconds.

    Attributes:
        events: how many were timed.
    """

    events: Count = 0
    p50: Count = 0
    p99: Count = 0
    max: Count = 0


class Findings(Struct, frozen=True, kw_only=True):
    """What was found in one sink; counts are of events.

    Attributes:
        why_unknown: why nothing can be said; "" where something can.
        due: acknowledged, and expected at this stage; `found` of these were.
        changed: of those found, how many were sent with another content on purpose, and so are known by their ids alone.
        missing: acknowledged, not found, and not lost as far as is known: `why_missing` says where they may be.
        lost_among: how many of the lost were found as something else, by what.
        surplus: copies that are too many.
        copies: further copies that were sent on purpose, `copies_missing` of which were not found.
        one_of_shared: ids that different events share, and of which not every content was found;
            `one_of_shared_rejected` of these stand among the rejected too.
        as_at: the stage at which the first altered events would all be as they were sent; "" if there is none.
        without_ledger: of workers of which no ledger was given, by worker.
        held: in the sink, whosever they are.
        foreign: of others, `pipeline_own` of these the pipeline's own.
        unreadable: places where no event stood, `unread` the first of them; they hold at most `room` events.
        notes: what else the sink says of itself.
        compared, not_compared: by their contents, and `why_not_compared`.
        ignored: the paths that were left out of the comparison; `ignored_unused` of these lead nowhere.
        is_damage_alone: whether no undamaged event could be accepted.
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
    is_damage_alone: bool = False

    @property
    def faults(self) -> dict[str, Fault]:
        """What makes a delivery fail, by what it is called, where there is any."""
        return _happened({
            "lost": self.lost, "duplicated": self.duplicated, "altered": self.altered,
            "unexpected": self.unexpected, "rejected yet stored": self.rejected_yet_stored,
            "wrongly accepted": self.false_accepts, "wrongly refused": self.false_rejects,
        })  # fmt: skip

    @property
    def troubles(self) -> dict[str, Fault]:
        """Its faults, and the events of which nobody knows."""
        return self.faults | _happened({"still unknown": self.still_unknown})


class Vanished(Struct, frozen=True, kw_only=True):
    """Events that were there after one stage and are not there before the next."""

    after: str = ""
    before: str = ""
    events: Count = 0


class Delivery(Struct, frozen=True, kw_only=True):
    """The verdict on a delivery.

    Attributes:
        runs: in hex.
        ledgers: how many were read; `torn` says of each that broke off why.
        leased: the sessions of those that broke off; of `unaccounted` of them these say nothing.
        resent: how many attempts were not a batch's first.
        unhit: the damage that was asked for, and of which no event was sent.
        stages: of the pipeline, in its order; mostly one; none where nobody could look.
        vanished: between which two stages.
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
        """Its sentence without the outcome in front."""
        return (self.sentence.partition(": ")[2] or self.sentence).rstrip(".")

    @property
    def in_a_sentence(self) -> str:
        """The same as a sentence of its own; what begins with an address or a path stays as it is written."""
        start = self.why[:1].upper() if self.why.partition(" ")[0].isalpha() else self.why[:1]
        return f"{start}{self.why[1:]}."

    def mids(self) -> Iterator[tuple[str, str]]:
        """Give the first events with which something is wrong: the fault, and the mid."""
        faults = chain.from_iterable(findings.faults.items() for findings in self.stages)
        yield from ((name, example.mid) for name, fault in faults for example in fault.examples)


class Judged(Struct, frozen=True, kw_only=True):
    """How one kind of damage was judged; counts are of events."""

    rightly_accepted: Count = 0
    false_accepts: Count = 0
    rightly_refused: Count = 0
    false_rejects: Count = 0
    kept_nowhere: Count = 0
    undecided: Count = 0
    unknown: Count = 0

    @property
    def wrong(self) -> int:
        """Those that were misjudged."""
        return self.false_accepts + self.false_rejects

    def __str__(self) -> str:
        """Say what was misjudged."""
        wrong = (self.false_accepts, "wrongly accepted"), (self.false_rejects, "wrongly refused")
        return ", ".join(f"{counted(count, 'event')} {how}" for count, how in wrong if count)


class Confusion(Struct, frozen=True, kw_only=True):
    """How damage that was done on purpose was judged.

    Attributes:
        rows: by the name of the kind.
        unhit, unhit_of_presets: kinds that were asked for, by name or by a preset, and hit no event.
    """

    rows: dict[str, Judged] = {}
    unhit: list[str] = []
    unhit_of_presets: list[str] = []

    @property
    def missed(self) -> list[str]:
        """The kinds that were asked for and hit no event."""
        return [*self.unhit, *self.unhit_of_presets]

    def worst_first(self) -> list[tuple[str, Judged]]:
        """Give the kinds, those misjudged most often first, then those of which least is known."""
        return sorted(self.rows.items(), key=lambda item: (-item[1].wrong, -item[1].unknown, item[0]))

    @property
    def in_a_sentence(self) -> str:
        """Say how much damage there was, and how much of it was misjudged."""
        fields = Judged.__struct_fields__
        events = sum(getattr(row, name) for row in self.rows.values() for name in fields)
        wrong = [row.wrong for row in self.rows.values() if row.wrong]
        kinds = f"{len(wrong):,} {'kind' if len(wrong) == 1 else 'kinds'}"
        misjudged = f"{sum(wrong):,}, of {kinds}, judged wrongly" if wrong else "none judged wrongly"
        more = f" No event was hit by {', '.join(self.missed)}." if self.missed else ""
        return f"Damaged on purpose: {counted(events, 'event')}, {misjudged}.{more}"


def _happened(faults: dict[str, Fault]) -> dict[str, Fault]:
    return {name: fault for name, fault in faults.items() if fault.events}
