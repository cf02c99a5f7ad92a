"""Events with an injected fault: which of them must be at a stage, and how the endpoint judged each of them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pyroaring import BitMap

from generator.delivery.receipt import Status
from generator.faults.confusion import Outcome, may_be_refused, outcome_of
from generator.faults.kind import Family, FaultKind, Point, Verdict, family_of
from generator.faults.kinds import KINDS
from generator.spec.rules import Form
from generator.verify.expectation import Expectation
from generator.verify.findings import Labelled, Where
from generator.verify.seen import Seen
from generator.verify.stage import Stage

_STATUSES: tuple[Status, ...] = ("acked", "rejected", "unknown")
_ACCEPTED: dict[Where, int] = {"accepted": 1, "accepted twice": 2, "duplicate": 1}
"""How often an event was accepted, by where it was found; a duplicate of an accepted event is no second copy."""
_JUDGED: dict[str, tuple[Point, ...]] = {
    "accepted": ("answer", "extraction", "validation", "end"),
    "ingest": ("answer",),
    "raw": ("answer", "extraction"),
    "unique": ("answer", "extraction", "validation"),
    "denorm": ("answer", "extraction", "validation"),
}
"""What has been judged when an event is at a stage."""


class _Group(NamedTuple):
    """The events of one ledger with one fault.

    Attributes:
        kind: of the fault; None for one of another version, which nothing can be said of.
        is_judged: whether a correct endpoint has judged it before the stage.
    """

    fault: str
    events: BitMap
    kind: FaultKind | None
    family: Family
    form: Form
    is_judged: bool

    @property
    def verdict(self) -> Verdict | None:
        return self.kind.verdict(self.family, self.form) if self.kind else None

    @property
    def is_kept(self) -> bool:
        return self.kind is not None and self.kind.must_be_kept(self.family, self.form)


class LabelledEvents:
    """The labelled events of a run, as one stage of a pipeline must have them.

    Args:
        expectation: what was sent.
        stage: where the sink stands.

    Attributes:
        apart: those that an endpoint need not keep; all others are judged as any event.
        uncounted: those that may be there twice.
        forbidden: those that must not be there.
    """

    def __init__(self, expectation: Expectation, stage: Stage) -> None:
        self._expectation, self._stage = expectation, stage
        self._groups = list(self._grouped())
        self.apart = _union(one.events for one in self._groups if not one.is_kept)
        self.uncounted = self.apart | _union(
            one.events for one in self._groups if one.verdict is None or not one.is_judged
        )
        judged = _union(
            one.events
            for one in self._groups
            if one.is_judged and one.verdict in {"rejected", "refused", "nowhere"}
        )
        self.forbidden = judged | self._rejected_by_itself()
        self._excused = self._excuse()

    def _grouped(self) -> Iterator[_Group]:
        for (number, fault), events in sorted(self._expectation.labels.items()):
            header, kind = self._expectation.sources[number].header, KINDS.get(fault)
            family, form = family_of(header.contract), header.form
            known = kind if kind and form in kind.verdicts else None
            # A topic takes everything: what it accepted is what a pipeline has still to judge.
            is_topic = header.contract.partition(":")[0] == "kafka" and self._stage.name == "accepted"
            points = _JUDGED["ingest" if is_topic else self._stage.name]
            is_judged = known is None or known.judged_at(family, form) in points
            yield _Group(fault, events, known, family, form, is_judged)

    def _rejected_by_itself(self) -> BitMap:
        """Return the events that the endpoint rejected and need not keep: it must not store them before any stage.

        Of a ledger that ends early a rejected batch may have been sent again, and accepted.
        """
        need_not_be_kept = _union(
            one.events for one in self._groups if one.verdict is not None and not one.is_kept
        )
        return (need_not_be_kept & self._expectation.of_status("rejected")) - self._expectation.unended

    def _excuse(self) -> BitMap:
        """Return the events that may be refused because of another event in their batch."""
        rejected = self._expectation.of_status("rejected")
        blamed: dict[int, BitMap] = {}
        for group in self._groups:
            if may_be_refused(group.fault, group.family, group.form):
                for event in group.events & rejected:
                    blamed.setdefault(self._expectation.batch(event), BitMap()).add(event)
        excused = BitMap()
        for event in _union(one.events for one in self._groups if one.is_kept) & rejected if blamed else ():
            if blamed.get(self._expectation.batch(event), BitMap()) - BitMap([event]):
                excused.add(event)
        return excused

    @property
    def are_alone(self) -> bool:
        """Whether no event without damage could be accepted.

        Each event need not be kept, or was rejected in a batch that a correct endpoint rejects for its damage.
        """
        all_events = _union(map(self._expectation.of_status, _STATUSES))
        rest = all_events - self.apart
        if not self.apart or rest - self._expectation.of_status("rejected"):
            return False
        batch = self._expectation.batch
        spoilt = {batch(event) for one in self._groups if one.verdict == "refused" for event in one.events}
        return all(batch(event) in spoilt for event in rest)

    @property
    def false_rejects(self) -> BitMap:
        """Return those that an endpoint must accept, and whose batch it rejected without another reason."""
        kept = _union(one.events for one in self._groups if one.is_kept and one.verdict is not None)
        return (kept & self._expectation.of_status("rejected")) - self._excused

    def may_be_absent(self, missing: BitMap) -> BitMap:
        """Return those of the missing events that a late stage may have dropped for their date."""
        if self._stage.name != "denorm":
            return BitMap()
        return missing & _union(
            one.events
            for one in self._groups
            if one.kind and one.kind.may_be_dropped and one.family != "obsrv"
        )

    def judged(self, seen: Seen, dropped: BitMap, unsure: BitMap) -> Iterator[Labelled]:
        """Yield how many events of each fault were found where, and how the endpoint judged them.

        Args:
            seen: all that the sink holds.
            dropped: the events that need not be at this stage.
            unsure: the events that may be where nothing could be read.
        """
        for group in self._groups:
            for where, found in _places(seen, group.events):
                for status in _STATUSES:
                    events = found & self._expectation.of_status(status)
                    excused = events & self._excused
                    known = events - dropped - unsure
                    for some, is_excused in ((known - excused, False), (known & excused, True)):
                        outcome = _outcome(group, where, status, is_excused=is_excused)
                        yield from _labelled(group, where, status, some, outcome)
                    yield from _labelled(group, where, status, events & dropped, "undecided")
                    yield from _labelled(group, where, status, events & unsure - dropped, "unknown")


def _outcome(group: _Group, where: Where, status: Status, *, is_excused: bool) -> Outcome:
    return outcome_of(
        group.verdict, status, _ACCEPTED.get(where, 0), is_filed=where == "rejected", is_judged=group.is_judged,
        is_excused=is_excused, has_id=group.kind is None or group.kind.keeps_id,
    )  # fmt: skip


def _labelled(
    group: _Group, where: Where, status: Status, events: BitMap, outcome: Outcome
) -> Iterator[Labelled]:
    """Yield how the endpoint judged some events of a fault; nothing if there are none."""
    if events:
        yield Labelled(fault=group.fault, found=where, status=status, events=len(events), outcome=outcome)


def _places(seen: Seen, events: BitMap) -> Iterator[tuple[Where, BitMap]]:
    """Part events by where they were found: each stands in the first place that fits."""
    accepted, rest = seen.found.copies.seen, events
    places: tuple[tuple[Where, BitMap], ...] = (
        ("accepted twice", seen.found.copies.repeated),
        ("duplicate", seen.apart["duplicate"] & accepted),
        ("accepted", accepted),
        ("duplicate alone", seen.apart["duplicate"]),
        ("rejected", seen.apart["rejected"]),
    )
    for where, found in places:
        yield where, rest & found
        rest = rest - found
    yield "nowhere", rest


def _union(sets: Iterable[BitMap]) -> BitMap:
    return BitMap.union(BitMap(), *sets)
