"""The confusion matrix: for each kind of damage, how often an endpoint judged it rightly, and how often not."""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from generator.faults.kind import Family, Verdict
from generator.faults.kinds import KINDS
from generator.faults.label import FaultLabel
from generator.spec.rules import Form

Outcome = Literal[
    "rightly_accepted",
    "false_accepts",
    "rightly_refused",
    "false_rejects",
    "kept_nowhere",
    "undecided",
    "unknown",
]
"""How an endpoint judged.

`kept_nowhere`: the batch was acknowledged, and the event is neither among the accepted nor among the rejected.
`undecided`: the contract leaves it open, or the stage need not have the event. `unknown`: there is no proof.
"""
WRONG: tuple[Outcome, ...] = ("false_accepts", "false_rejects")
"""The outcomes that are against an endpoint."""
Answered = Literal["acked", "rejected", "unknown"]
"""What became of the event's batch, as its sender knows it; acked if any attempt was."""


class ConfusionRow(Struct, kw_only=True):
    """How one kind of damage was judged; counts are of events."""

    rightly_accepted: int = 0
    false_accepts: int = 0
    rightly_refused: int = 0
    false_rejects: int = 0
    kept_nowhere: int = 0
    undecided: int = 0
    unknown: int = 0

    def add(self, outcome: Outcome, count: int = 1) -> None:
        """Count events of one outcome."""
        setattr(self, outcome, getattr(self, outcome) + count)


class Confusion(Struct):
    """How all damage was judged; as JSON it is read back by msgspec.

    Attributes:
        rows: by the name of the kind.
        unhit: kinds that were asked for by name, and of which no event was sent.
        unhit_of_presets: the same of kinds that a preset asked for.
    """

    rows: dict[str, ConfusionRow] = {}
    unhit: list[str] = []
    unhit_of_presets: list[str] = []

    def add(self, fault: str, outcome: Outcome, count: int = 1) -> None:
        """Count events of one kind and outcome."""
        self.rows.setdefault(fault, ConfusionRow()).add(outcome, count)

    def merge(self, other: "Confusion") -> None:
        """Add what another one counted, such as another worker's."""
        for fault, row in other.rows.items():
            for outcome in ConfusionRow.__struct_fields__:
                self.add(fault, outcome, getattr(row, outcome))  # type: ignore[arg-type]

    def total(self, outcome: Outcome) -> int:
        """Count one outcome over all kinds: what a check such as `false_accepts==0` asks."""
        return sum(getattr(row, outcome) for row in self.rows.values())

    def wrong(self, outcomes: Sequence[Outcome] = WRONG) -> list[str]:
        """Return what was judged wrongly, in words, the kinds in the order of their table."""
        return [
            f"{count:,} {fault} {outcome.replace('_', ' ')}"
            for fault, row in self.sorted_rows()
            for outcome in outcomes
            if (count := getattr(row, outcome))
        ]

    def sorted_rows(self) -> list[tuple[str, ConfusionRow]]:
        """Give kinds and rows in the order of the table of kinds; those that it has not come last."""
        order = {name: place for place, name in enumerate(KINDS)}
        return sorted(self.rows.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))


def may_be_refused(fault: str, family: Family, form: Form) -> bool:
    """Return whether a correct endpoint may refuse an event with this damage, and so the batch in which it stands."""
    kind = KINDS.get(fault)
    return kind is None or kind.verdict(family, form) not in {"accepted", "duplicate", "nowhere"}


def expected(labels: Sequence[FaultLabel], family: Family, form: Form) -> list[Verdict | None]:
    """Say what a correct endpoint makes of each of one batch's labels, None where its contract leaves that open.

    An endpoint that refuses one event of a batch refuses all of it: what is harmless then is refused with it.
    """
    verdicts = [
        KINDS[label.fault].verdict(family, form) if label.fault in KINDS else None for label in labels
    ]
    if "refused" not in verdicts:
        return verdicts
    return [verdict if verdict == "nowhere" else "refused" for verdict in verdicts]


def outcome_of(
    verdict: Verdict | None, status: Answered, accepted: int | None, *, is_filed: bool = False,
    is_judged: bool = True, is_excused: bool = False, has_id: bool = True,
) -> Outcome:  # fmt: skip
    """Judge the judgement of one damaged event.

    Args:
        verdict: what a correct endpoint would have made of it.
        status: what became of its batch.
        accepted: how often its mid stands among what was accepted; None where no sink was read, so that the
            answer alone can tell.
        is_filed: whether it stands among what was rejected.
        is_judged: whether it was judged before the stage at which the sink stands.
        is_excused: whether another event of its batch can be why the whole batch was refused.
        has_id: whether it can be found by its mid.
    """
    if verdict is None:
        return "undecided"
    is_kept = verdict in {"accepted", "duplicate"}
    if accepted is None:
        return _of_answer(verdict, status, is_kept=is_kept, is_excused=is_excused)
    if accepted:
        return _of_found(verdict, status, accepted, is_kept=is_kept, is_judged=is_judged)
    if status == "rejected":
        return _of_refusal(is_kept=is_kept, is_excused=is_excused)
    if is_kept:
        return "false_rejects" if status == "acked" else "unknown"
    if is_filed:
        return "rightly_refused"
    return "kept_nowhere" if status == "acked" and is_judged and has_id else "unknown"


def _of_found(
    verdict: Verdict, status: Answered, accepted: int, *, is_kept: bool, is_judged: bool
) -> Outcome:
    """Judge the judgement of an event that stands among what was accepted."""
    if status == "rejected":
        return "false_accepts"
    if not is_judged:
        return "unknown"
    if not is_kept or accepted > 1:
        return "false_accepts"
    return "rightly_accepted" if verdict == "accepted" else "rightly_refused"


def _of_answer(verdict: Verdict, status: Answered, *, is_kept: bool, is_excused: bool) -> Outcome:
    """Judge by the answer alone: it tells what is refused there, and nothing of what happens behind it."""
    if status == "rejected":
        return _of_refusal(is_kept=is_kept, is_excused=is_excused)
    return "false_accepts" if status == "acked" and verdict == "refused" else "unknown"


def _of_refusal(*, is_kept: bool, is_excused: bool) -> Outcome:
    """Judge a refusal at the answer, which refuses the good and the bad of a batch together."""
    if not is_kept:
        return "rightly_refused"
    return "unknown" if is_excused else "false_rejects"


def confusion(judged: Iterable[tuple[str, Outcome]]) -> Confusion:
    """Count outcomes by kind.

    Args:
        judged: the kind and the outcome of each damaged event.
    """
    counted = Confusion()
    for fault, outcome in judged:
        counted.add(fault, outcome)
    return counted
