"""What a verification found, as JSON has it: `footfall verify --json` prints a `Delivery`, and pages draw it.

All counts are of events. Of those that were damaged on purpose, the ones that an endpoint must keep are counted as any
other; the rest count among those attempted and, if they were misjudged, as `false_accepts`. How each was judged
stands under `labelled`.
"""

from typing import Any, Literal

from msgspec import Struct, field

from generator.delivery.receipt import Status
from generator.faults.confusion import Outcome as Judged
from generator.verify.delay import Visible

Outcome = Literal["delivered", "failed", "unknown"]
Where = Literal["accepted", "accepted twice", "duplicate", "duplicate alone", "rejected", "nowhere"]
"""Where an event was found: accepted once, or more than once; accepted and among the duplicates, or among these
alone; else among the rejected."""
EXIT_CODES: dict[Outcome, int] = {"delivered": 0, "failed": 1, "unknown": 3}


class Difference(Struct, frozen=True):
    """One value that is not as it was sent."""

    path: str
    sent: Any
    found: Any


class Example(Struct, frozen=True, kw_only=True):
    """One event of a fault.

    Attributes:
        mid: its own; "?" stands for an eid that cannot be told.
        run, session: as the mid says them, the run in hex.
        scenario: "" where none is known.
        worker: whose ledger speaks of it; None where none does.
        batch: its batch's number in its session, and `msgid` that batch's id.
        sent: when its batch was first sent, in milliseconds since 1970.
        place: where it was found; "" where it was not.
        why: what is wrong, where that differs.
        differences: of one that was altered.
    """

    mid: str
    run: str
    session: int
    scenario: str = ""
    worker: int | None = None
    batch: int | None = None
    msgid: str = ""
    sent: int | None = None
    place: str = ""
    why: str = ""
    differences: list[Difference] = []


class Fault(Struct, frozen=True, kw_only=True):
    """The events with which something is the matter.

    Attributes:
        events: how many there are.
        by_eid, by_scenario, by_worker, by_minute: how many of each; minutes are those of sending, in UTC. By eid at
            most the first million are told.
        examples: the first hundred.
    """

    events: int = 0
    by_eid: dict[str, int] = {}
    by_scenario: dict[str, int] = {}
    by_worker: dict[str, int] = {}
    by_minute: dict[str, int] = {}
    examples: list[Example] = []


class Labelled(Struct, frozen=True, kw_only=True):
    """Events that were damaged on purpose.

    Attributes:
        fault: the name of the damage.
        found: where they were found.
        status: what became of their batches.
        events: how many there are.
        outcome: how the endpoint judged them.
    """

    fault: str
    found: Where
    status: Status
    events: int
    outcome: Judged = "unknown"


class Findings(Struct, frozen=True, kw_only=True):
    """What was found in one sink.

    Attributes:
        stage: where in a pipeline the sink stands.
        sink: the sink, in words.
        outcome: delivered, failed or unknown.
        why_unknown: why nothing can be said; "" where something can.
        attempted: sent, whatever became of it; each counts once, however often it was sent.
        acked, rejected, unknown: these, by what the endpoint said; the best answer to any attempt counts.
        due: acknowledged, and expected at this stage.
        found: of those due, how many were found.
        changed: of those found, how many were sent with another content on purpose, and so are known by their ids alone.
        lost: acknowledged, and not found as accepted.
        missing: acknowledged, not found, and not lost as far as is known: `why_missing` says where they may be.
        lost_among: how many of these were found as something else, by what.
        duplicated: found more than once; `surplus` copies are too many.
        copies: how often events were sent on purpose beyond their first time, as by a dataset in which they stand twice;
            `copies_missing` of these were not found, and are no fault: the endpoint may know an event again.
        one_of_shared: acknowledged ids that several events with different contents share, and of which not every
            acknowledged content was found; `one_of_shared_rejected` of these stand among the rejected too.
        altered: found with another content than was sent.
        as_at: the stage at which the first altered events would all be as they were sent; "" if there is none.
        unexpected: with an id of ours that was never sent.
        without_ledger: found with an id of a worker of which no ledger was given, by worker, and so not judged; "?" if
            the worker cannot be named.
        rejected_yet_stored: refused, and found.
        false_accepts: damaged so that an endpoint must not accept them, and found as accepted.
        false_rejects: damaged, and yet to be accepted; but their batch was refused, for no other event in it.
        recovered: of an unknown fate, and found.
        still_unknown: of an unknown fate, and not found.
        held: events in the sink, whosever they are and as whatever they are kept.
        foreign: events of others, which is no fault; `pipeline_own` are those that the pipeline writes itself.
        unreadable: places in the sink where no event stood, and `unread` the first of them; `room` is how many events
            these may hold at most, None if that is not known.
        notes: what else the sink says of itself.
        compared: events whose contents were compared; `not_compared` were found and could not be, and
            `why_not_compared` says why.
        out_of_order: events that stand behind a later one of their session.
        visible: how long after its answer an acknowledged event was there; None where the sink does not know.
        labelled: events that were damaged on purpose.
        ignored: the paths that were left out of the comparison; empty if contents were not compared.
        ignored_unused: of these, the paths that no event that differs has, nor the specification: mostly a slip.
        is_damage_alone: whether only damaged events could be judged: each event need not be kept, or was rejected in a
            batch that a correct endpoint rejects.
    """

    stage: str
    sink: str
    outcome: Outcome
    why_unknown: str = ""
    attempted: int = 0
    acked: int = 0
    rejected: int = 0
    unknown: int = 0
    due: int = 0
    found: int = 0
    changed: int = 0
    lost: Fault = field(default_factory=Fault)
    missing: Fault = field(default_factory=Fault)
    why_missing: str = ""
    lost_among: dict[str, int] = {}
    duplicated: Fault = field(default_factory=Fault)
    surplus: int = 0
    copies: int = 0
    copies_missing: int = 0
    one_of_shared: int = 0
    one_of_shared_rejected: int = 0
    altered: Fault = field(default_factory=Fault)
    as_at: str = ""
    unexpected: Fault = field(default_factory=Fault)
    without_ledger: dict[str, int] = {}
    rejected_yet_stored: Fault = field(default_factory=Fault)
    false_accepts: Fault = field(default_factory=Fault)
    false_rejects: Fault = field(default_factory=Fault)
    recovered: Fault = field(default_factory=Fault)
    still_unknown: Fault = field(default_factory=Fault)
    held: int = 0
    foreign: int = 0
    pipeline_own: int = 0
    unreadable: int = 0
    unread: list[str] = []
    room: int | None = 0
    notes: list[str] = []
    compared: int = 0
    not_compared: int = 0
    why_not_compared: str = ""
    out_of_order: int = 0
    visible: Visible | None = None
    labelled: list[Labelled] = []
    ignored: list[str] = []
    ignored_unused: list[str] = []
    is_damage_alone: bool = False

    @property
    def faults(self) -> dict[str, Fault]:
        """What makes a delivery fail, by what it is called."""
        return {
            "lost": self.lost,
            "duplicated": self.duplicated,
            "altered": self.altered,
            "unexpected": self.unexpected,
            "rejected yet stored": self.rejected_yet_stored,
            "wrongly accepted": self.false_accepts,
            "wrongly rejected": self.false_rejects,
        }


class Vanished(Struct, frozen=True, kw_only=True):
    """Events that were at one stage and are not at the next.

    Attributes:
        after: the stage where they were last; "sent" before the first.
        before: the stage where they are not.
    """

    after: str
    before: str
    events: int


class Delivery(Struct, frozen=True, kw_only=True):
    """The verdict.

    Attributes:
        outcome: of all stages: failed where one failed, else unknown where one is.
        sentence: the verdict in a sentence.
        runs: the runs, in hex.
        ledgers: how many were read; `torn` says of each that broke off why, and of those that have no header.
        leased: the sessions that the incomplete ones may have sent, as far as they say.
        unaccounted: those of them of which they say nothing; what lies beyond a ledger's end is not known either.
        resent: how many attempts were not a batch's first.
        unhit: the damage that was asked for, and of which no event was sent.
        stages: the findings, in the order of the pipeline; mostly there is one, "accepted".
        vanished: between which two stages events were lost; empty where only one was looked at.
    """

    outcome: Outcome
    sentence: str
    runs: list[str]
    ledgers: int
    torn: list[str] = []
    leased: int = 0
    unaccounted: int = 0
    resent: int = 0
    unhit: list[str] = []
    stages: list[Findings] = []
    vanished: list[Vanished] = []

    @property
    def unused(self) -> list[str]:
        """The ignored paths that lead nowhere at any stage, see `Findings`; empty if nothing was compared."""
        compared = [stage for stage in self.stages if stage.ignored and stage.compared]
        paths = compared[0].ignored if compared else []
        return [path for path in paths if all(path in stage.ignored_unused for stage in compared)]

    @property
    def exit_code(self) -> int:
        """The exit code of `footfall verify`."""
        return EXIT_CODES[self.outcome]
