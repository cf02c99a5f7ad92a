"""The judge: what was expected, and what was seen, as sets of events; their differences are the findings."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from generator.delivery.receipt import Status
from generator.verify.describing import Describing
from generator.verify.expectation import Expectation
from generator.verify.findings import Findings, Outcome
from generator.verify.labels import LabelledEvents
from generator.verify.originals import Originals
from generator.verify.pipeline import pipeline_of
from generator.verify.seen import Seen
from generator.verify.shared_ids import SharedIds
from generator.verify.stage import Stage
from generator.verify.telling import found_as, one_of_shared, without_ledger

_LONGEST = 200
_STATUSES: tuple[Status, ...] = ("acked", "rejected", "unknown")


class Judged(Struct):
    """A verdict on one sink.

    Attributes:
        findings: in full.
        lost: the events that are lost.
        is_read: whether the sink was read to its end.
    """

    findings: Findings
    lost: BitMap
    is_read: bool = True


class _Routed(Struct, gc=False):
    eid: str = ""
    ets: float | None = None


_ROUTED = msgspec.json.Decoder(_Routed)


class Judge:
    """Judges what was seen in one sink.

    Args:
        expectation: what was sent.
        originals: the events as they were sent.
        stage: where in a pipeline the sink stands.
        shared: which contents of shared ids were found; None if contents were not compared.
    """

    def __init__(
        self, expectation: Expectation, originals: Originals, stage: Stage, shared: SharedIds | None = None
    ) -> None:
        self._expectation, self._originals, self._stage = expectation, originals, stage
        self._shared = shared
        self._labels = LabelledEvents(expectation, stage)

    def judge(
        self,
        seen: Seen,
        sink: str,
        why_not_compared: str,
        *,
        ignored: Sequence[str] = (),
        unused: Sequence[str] = (),
        by_ids: bool = False,
        partial: bool = False,
    ) -> Judged:
        """Form the verdict.

        Args:
            seen: all that the sink holds.
            sink: it in words.
            why_not_compared: why contents were not compared; "" where they were.
            ignored: the paths that were left out of the comparison.
            unused: those of them that lead nowhere.
            by_ids: whether ids are enough for the caller.
            partial: whether the caller accepts that a ledger ends early.
        """
        labels, found = self._labels, seen.found.copies.seen
        further = self._expectation.further
        repeated, surplus = seen.found.copies.exceeding(
            seen.found.copies.repeated - labels.uncounted, further
        )
        acked, rejected, unknown = (
            self._expectation.of_status(status) - labels.apart for status in _STATUSES
        )
        dropped = self._dropped(acked - found)
        missing = acked - found - dropped
        why_missing = self._why_missing(seen, len(missing)) if missing else ""
        lost = BitMap() if why_missing else missing
        # Where any place was not read, what was damaged on purpose and not found may stand there.
        unsure = self._expectation.labelled - found - lost if self._why_missing(seen, 0) else BitMap()
        beyond = BitMap(range(self._expectation.count, self._expectation.count + len(seen.beyond)))
        one_of_shared = self._shared.missing(acked & found) if self._shared else BitMap()
        # It may have been sent again, of which the ledger had no time to speak.
        unended = self._expectation.unended
        describing = Describing(self._expectation, self._originals, seen.beyond)
        findings = Findings(
            stage=self._stage.name, sink=sink, outcome="delivered",
            attempted=self._expectation.count,
            acked=len(acked), rejected=len(rejected), unknown=len(unknown),
            due=len(acked) - len(dropped), found=len(acked & found),
            changed=len(acked & found & self._expectation.changed),
            lost=describing.fault(lost), missing=describing.fault(missing - lost), why_missing=why_missing,
            lost_among={kind: len(lost & apart) for kind, apart in seen.apart.items() if lost & apart},
            duplicated=describing.fault(repeated), surplus=surplus,
            copies=further.count(further.seen), copies_missing=self._copies_missing(acked & found, seen),
            one_of_shared=len(one_of_shared), one_of_shared_rejected=len(one_of_shared & seen.apart["rejected"]),
            altered=describing.fault(seen.altered - labels.apart, seen.alterations), as_at=seen.as_at,
            unexpected=describing.unexpected(seen.strays, seen.stray_eids),
            without_ledger=dict(sorted(seen.without_ledger.items())),
            rejected_yet_stored=describing.fault((rejected - unended) & found),
            false_accepts=describing.fault(found & labels.forbidden),
            false_rejects=describing.fault(labels.false_rejects - found),
            recovered=describing.fault((unknown | beyond | (rejected & unended)) & found),
            still_unknown=describing.fault(unknown - found),
            held=seen.events, foreign=seen.foreign, pipeline_own=seen.pipeline_own,
            unreadable=seen.unreadable, unread=seen.unread,
            compared=seen.compared, not_compared=seen.not_compared, why_not_compared=why_not_compared,
            out_of_order=seen.found.out_of_order, visible=seen.found.delays.told(),
            labelled=list(labels.judged(seen, dropped, unsure)), is_damage_alone=labels.are_alone,
            ignored=list(ignored), ignored_unused=list(unused), room=seen.room, notes=list(seen.notes),
        )  # fmt: skip
        outcome, why = _outcome(findings, by_ids=by_ids, is_open=bool(self._expectation.gap), partial=partial)
        return Judged(msgspec.structs.replace(findings, outcome=outcome, why_unknown=why), lost)

    def _copies_missing(self, found: BitMap, seen: Seen) -> int:
        """Count the further copies that were sent and are neither accepted nor known as duplicates."""
        further = self._expectation.further
        apart = seen.apart["duplicate"]
        some = found & further.seen - apart
        return sum(max(0, 1 + further.of(event) - seen.found.copies.of(event)) for event in some)

    def _why_missing(self, seen: Seen, count: int) -> str:
        """Say why events that were not found may be there all the same, or may have been; "" if they cannot."""
        first = self._expectation.first_sent if seen.trimmed else None
        trimmed = [one for one in seen.trimmed if one.since is None or first is None or one.since > first]
        if trimmed:
            more = f" and {len(trimmed) - 1:,} more" if len(trimmed) > 1 else ""
            return f"{trimmed[0].place}{more} no longer keeps what came when the run began (retention)"
        if not seen.unreadable or (seen.room is not None and seen.room < count):
            return ""
        places = f"{seen.unreadable:,} places" if seen.unreadable > 1 else "a place"
        return f"{places} in the sink could not be read, and may hold them: {seen.unread[0][:_LONGEST]}"

    def _dropped(self, missing: BitMap) -> BitMap:
        """Give those of the missing events that the pipeline sends elsewhere before this stage."""
        dropped = self._labels.may_be_absent(missing)
        if self._stage.has_all:
            return dropped
        expectation = self._expectation
        for event in missing:
            batch = expectation.batch(event)
            session = expectation.batches.session[batch]
            text = self._originals.text(session, expectation.sequence(event))
            source = expectation.sources[expectation.sessions.ledger[session]]
            drops = pipeline_of(source.header.contract) == "sunbird"
            if drops and text and not self._is_expected(text, expectation.posted(event)):
                dropped.add(event)
        return dropped

    def _is_expected(self, text: bytes, sent: float | None) -> bool:
        try:
            routed = _ROUTED.decode(text)
        except msgspec.ValidationError:
            return True
        return self._stage.expects(routed.eid, routed.ets, sent)


def _missing(findings: Findings) -> str:
    count = findings.missing.events
    return f"{count:,} of {findings.due:,} acknowledged events {'was' if count == 1 else 'were'} not found"


def _outcome(findings: Findings, *, by_ids: bool, is_open: bool, partial: bool) -> tuple[Outcome, str]:
    if any(fault.events for fault in findings.faults.values()):
        return "failed", ""
    if findings.missing.events:
        return "unknown", f"{_missing(findings)}, and {findings.why_missing}"
    if findings.one_of_shared:
        return "unknown", f"{one_of_shared(findings)}; give each event of the dataset a mid of its own"
    if findings.without_ledger and not partial:
        return (
            "unknown",
            f"{without_ledger(findings)}; give the ledgers of all workers, or verify with --partial",
        )
    if not findings.attempted:
        return "unknown", "no ledger says that anything was sent" if is_open else "nothing was sent"
    if not findings.due:
        return "unknown", _why_nothing_is_due(findings)
    if findings.why_not_compared and not by_ids:
        return "unknown", _by_ids(findings)
    if is_open and not partial:
        return "unknown", (
            f"{found_as(findings)}, and what lies beyond a ledger's end is not known; verify with --partial to accept that"
        )
    return "delivered", ""


def _by_ids(findings: Findings) -> str:
    """Say what is known where contents could not be compared."""
    some = f"of {findings.not_compared:,} events " if findings.not_compared else ""
    return (
        f"{findings.found:,} of {findings.due:,} acknowledged events found by id; contents {some}not compared: "
        f"{findings.why_not_compared}; if ids are enough, verify with --ids-only"
    )


def _why_nothing_is_due(findings: Findings) -> str:
    """Say why no event must be there, so that nothing proves a delivery."""
    if findings.acked:
        return f"of the {findings.acked:,} acknowledged events none must be at this stage"
    if findings.is_damage_alone:
        if findings.rejected:
            return "every batch was damaged on purpose so that it must be rejected, and none was acknowledged"
        return "every event was damaged on purpose, and none of them must be kept"
    return "nothing was acknowledged, so nothing must be there"
