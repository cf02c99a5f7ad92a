"""The confusion matrix: for each kind of damage, how often an endpoint judged it rightly, and how often not."""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from generator.faults.kind import Family, Verdict
from generator.faults.kinds import KINDS
from generator.faults.label import Label
from generator.spec.rules import Form

Outcome = Literal[
    "rightly_accepted", "wrongly_accepted", "rightly_refused", "wrongly_refused", "undecided", "unknown"
]
"""How an endpoint judged: undecided where its contract leaves it open, unknown where nobody can tell."""
Answered = Literal["acked", "rejected", "unknown"]
"""What became of the event's batch, as its sender knows it; acked if any attempt was."""


class Row(Struct, kw_only=True):
    """How one kind of damage was judged; counts are of events."""

    rightly_accepted: int = 0
    wrongly_accepted: int = 0
    rightly_refused: int = 0
    wrongly_refused: int = 0
    undecided: int = 0
    unknown: int = 0

    def add(self, outcome: Outcome, count: int = 1) -> None:
        """Count events of one outcome."""
        setattr(self, outcome, getattr(self, outcome) + count)


class Confusion(Struct):
    """How all damage was judged; as JSON it is read back by msgspec.

    Attributes:
        rows: by the name of the kind.
    """

    rows: dict[str, Row] = {}

    def add(self, fault: str, outcome: Outcome, count: int = 1) -> None:
        """Count events of one kind and outcome."""
        self.rows.setdefault(fault, Row()).add(outcome, count)

    def merge(self, other: "Confusion") -> None:
        """Add what another one counted, such as another worker's."""
        for fault, row in other.rows.items():
            for outcome in Row.__struct_fields__:
                self.add(fault, outcome, getattr(row, outcome))  # type: ignore[arg-type]

    def total(self, outcome: Outcome) -> int:
        """Count one outcome over all kinds: what a check such as `wrongly_accepted==0` asks."""
        return sum(getattr(row, outcome) for row in self.rows.values())

    def sorted_rows(self) -> list[tuple[str, Row]]:
        """Give kinds and rows in the order of the table of kinds; those that it has not come last."""
        order = {name: place for place, name in enumerate(KINDS)}
        return sorted(self.rows.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))


def expected(labels: Sequence[Label], family: Family, form: Form) -> list[Verdict | None]:
    """Say what a correct endpoint makes of each of one batch's labels, None where its contract leaves that open.

    An endpoint that refuses one event of a batch refuses all of it: what is harmless then is refused with it.
    """
    verdicts = [
        KINDS[label.fault].verdict(family, form) if label.fault in KINDS else None for label in labels
    ]
    if "refused" not in verdicts:
        return verdicts
    return [verdict if verdict == "nowhere" else "refused" for verdict in verdicts]


def outcome_of(verdict: Verdict | None, status: Answered, accepted: int | None) -> Outcome:
    """Judge the judgement of one damaged event.

    Args:
        verdict: what a correct endpoint would have made of it.
        status: what became of its batch.
        accepted: how often its mid stands among what was accepted; None where no sink was read, so that the
            answer alone can tell.
    """
    if verdict is None:
        return "undecided"
    if accepted is None:
        return _of_answer(verdict, status)
    most = 1 if verdict in {"accepted", "duplicate"} else 0
    if accepted > most:
        return "wrongly_accepted"
    if accepted == most:
        return "rightly_accepted" if verdict == "accepted" else "rightly_refused"
    return "unknown" if status == "unknown" else "wrongly_refused"


def _of_answer(verdict: Verdict, status: Answered) -> Outcome:
    """Judge by the answer alone: it tells what is refused there, and nothing of what happens behind it."""
    if status == "unknown" or (status == "acked" and verdict != "refused"):
        return "unknown"
    if status == "acked":
        return "wrongly_accepted"
    return "wrongly_refused" if verdict in {"accepted", "duplicate"} else "rightly_refused"


def confusion(judged: Iterable[tuple[str, Outcome]]) -> Confusion:
    """Count outcomes by kind.

    Args:
        judged: the kind and the outcome of each damaged event.
    """
    counted = Confusion()
    for fault, outcome in judged:
        counted.add(fault, outcome)
    return counted
