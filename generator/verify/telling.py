"""A verdict told to people: one screen, the verdict first."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from generator.verify.expectation import ANOTHER
from generator.verify.findings import Delivery, Example, Fault, Findings, Outcome

_EXAMPLES = 3
_GROUPS = 4
_LONGEST = 200
_WORDS = {
    "lost": "acknowledged, and not found",
    "duplicated": "found more than once",
    "altered": "found with another content than was sent",
    "unexpected": "with an id of this run that was never sent",
    "rejected yet stored": "refused, and found all the same",
    "wrongly accepted": "damaged on purpose so that it must not be accepted, and found",
    "wrongly rejected": "damaged on purpose and still valid, and refused at the answer",
    "not found": "acknowledged, not found, and perhaps where nothing could be read",
    "recovered": "of an unknown fate, and found",
    "still unknown": "of an unknown fate, and not found",
}

_OF_DAMAGE = {"wrongly accepted", "wrongly rejected"}
"""Rows for runs that damage events on purpose."""


def sentence(outcome: Outcome, stages: Sequence[Findings], gap: str = "") -> str:
    """Say a verdict in one sentence.

    Args:
        outcome: of all stages.
        stages: what was found at each.
        gap: what incomplete ledgers leave open; "" if all are whole.
    """
    told = [_told(one, with_stage=len(stages) > 1) for one in stages if one.outcome == outcome]
    start = {"delivered": "delivered", "failed": "NOT delivered", "unknown": "unknown"}[outcome]
    return f"{start}: {'; '.join(filter(None, (*told, gap)))}"


def _told(findings: Findings, *, with_stage: bool) -> str:
    where = f"at the stage {findings.stage} " if with_stage else ""
    if findings.outcome == "unknown":
        return where + findings.why_unknown
    if findings.outcome == "delivered":
        return where + "; ".join(filter(None, (found_as(findings), without_ledger(findings))))
    return f"{where}of {_of_which(findings)} {', '.join(_faults(findings))}"


def _of_which(findings: Findings) -> str:
    """Return what the faults are counted of: the acknowledged events, if not only the damage was misjudged."""
    wrong = {name for name, fault in findings.faults.items() if fault.events}
    if not findings.due and wrong <= _OF_DAMAGE:
        return "events damaged on purpose"
    return f"{findings.due:,} acknowledged events"


def found_as(findings: Findings) -> str:
    """Say how many events were found, and as what: as they were sent, or by their ids alone."""
    return f"{findings.found:,} of {findings.due:,} acknowledged events {_seen_as(findings)}"


def one_of_shared(findings: Findings) -> str:
    """Return how many ids stand for several events, if not all of these events were found."""
    among = (
        f" ({findings.one_of_shared_rejected:,} of these ids among the rejected)"
        if findings.one_of_shared_rejected
        else ""
    )
    which = "id was" if findings.one_of_shared == 1 else "ids were"
    return (
        f"{findings.one_of_shared:,} {which} sent with several contents, "
        f"and not each of them was found{among}"
    )


def without_ledger(findings: Findings) -> str:
    """Say how many events are of workers of which no ledger was given; "" if there are none."""
    if not findings.without_ledger:
        return ""
    workers = [name for name in findings.without_ledger if name != ANOTHER]
    named = f"{'worker' if len(workers) == 1 else 'workers'} {', '.join(workers[:_GROUPS])}"
    named = named + (", …" if len(workers) > _GROUPS else "") if workers else "another worker"
    count = sum(findings.without_ledger.values())
    return f"{_counted(count)} of {named} cannot be judged, because no ledger of {named} was given"


def _seen_as(findings: Findings) -> str:
    if findings.why_not_compared:
        return "found by id; contents not compared"
    changed = f", but for {findings.changed:,} that were damaged on purpose and are known by id"
    left_out = f" but for {', '.join(findings.ignored)}, not compared" if findings.ignored else ""
    return "found once, as sent" + left_out[:_LONGEST] + (changed if findings.changed else "")


def _faults(findings: Findings) -> Iterator[str]:
    if findings.lost.events:
        among = ", ".join(
            f"{count:,} of them among the {_plural(kind)}" for kind, count in findings.lost_among.items()
        )
        why = among or ("the sink is empty" if not findings.held else "")
        yield f"{findings.lost.events:,} lost" + (f" ({why})" if why else "")
    for name, fault in findings.faults.items():
        if fault.events and name != "lost":
            yield f"{fault.events:,} {name}"
    if findings.missing.events:
        yield f"{findings.missing.events:,} not found ({findings.why_missing})"


def _plural(kind: str) -> str:
    return "duplicates" if kind == "duplicate" else kind


def in_vain(path: str) -> str:
    """Say that a path was ignored that leads nowhere."""
    return (
        f"{path}: stands in no event that differs from what was sent, and the specification does not know it; "
        "it was ignored in vain"
    )


def lines(delivery: Delivery) -> Iterator[str]:
    """Tell a verdict in a screenful."""
    yield delivery.sentence
    for findings in delivery.stages:
        yield ""
        yield f"{findings.stage}: {findings.sink}" if len(delivery.stages) > 1 else findings.sink
        if not findings.why_unknown or findings.due:
            yield from _table(findings)
        yield from (_row("note", note) for note in _notes(findings))
        yield from _examples(findings)
    if delivery.vanished:
        yield ""
        yield from (
            f"{one.events:,} events vanished between {one.after} and {one.before}"
            for one in delivery.vanished
        )
    yield from (_row("torn", why) for why in delivery.torn)
    if delivery.unhit:
        yield _row("note", f"damaged on purpose: no event was hit by {', '.join(delivery.unhit)}")


def _table(findings: Findings) -> Iterator[str]:
    fates = f"acked {findings.acked:,}, rejected {findings.rejected:,}, unknown {findings.unknown:,}"
    found = f"of {findings.due:,} acknowledged and expected here"
    counts = ("attempted", findings.attempted, fates), ("found", findings.found, found)
    for name, count, what in counts:
        yield f"  {name:<20}{count:>13,}  {what}"
    unsure = {"not found": findings.missing} if findings.missing.events else {}
    unsure |= {"recovered": findings.recovered, "still unknown": findings.still_unknown}
    for name, fault in (findings.faults | unsure).items():
        if name in _OF_DAMAGE and not fault.events:
            continue
        number = f"{fault.events:,}" if fault.events else "·"
        yield f"  {name:<20}{number:>13}  {_WORDS[name]}{_groups(fault)}"


def _groups(fault: Fault) -> str:
    """Say of which eids a fault's events are, where there are any."""
    if not fault.events:
        return ""
    shown = [f"{count:,} {name}" for name, count in islice(fault.by_eid.items(), _GROUPS) if name != "?"]
    more = ", …" if len(fault.by_eid) > _GROUPS else ""
    return f": {', '.join(shown)}{more}" if shown else ""


def _notes(findings: Findings) -> Iterator[str]:
    yield from _notes_on_copies(findings)
    if findings.why_not_compared:
        which = f"of {findings.not_compared:,} events " if findings.not_compared else ""
        yield f"contents {which}were not compared: {findings.why_not_compared}"
    if findings.as_at:
        yield (
            f"altered events are as Sunbird's pipeline makes them by the stage {findings.as_at}; "
            f"if the sink stands there, add --stage {findings.as_at}"
        )
    if findings.foreign or findings.pipeline_own:
        own = f", {findings.pipeline_own:,} of the pipeline's own" if findings.pipeline_own else ""
        yield f"{_counted(findings.foreign)} of others{own}: no fault"
    if findings.out_of_order:
        yield f"out of order: {_counted(findings.out_of_order)} behind a later one of the same session"
    yield from _unread(findings)
    seen = findings.visible
    # A collector's store has each event before the answer, which says nothing new.
    if seen and seen.max:
        yield f"there after the answer: p50 {seen.p50:,} ms, p99 {seen.p99:,} ms, max {seen.max:,} ms"
    for one in findings.labelled:
        judged = one.outcome.replace("_", " ")
        yield f"damaged on purpose, {one.fault}: {one.events:,} {one.status}, found {one.found}: {judged}"
    if findings.false_accepts.events and findings.stage == "accepted":
        yield "wrongly accepted: if nothing is validated before this sink, name its stage: --against ingest=SINK"


def _notes_on_copies(findings: Findings) -> Iterator[str]:
    """Yield what is known of events that were sent or found several times."""
    if findings.copies:
        missing = (
            f"; {findings.copies_missing:,} not found"
            + ("" if findings.one_of_shared else ", as if the endpoint knew the event again")
            if findings.copies_missing
            else ""
        )
        yield f"{_counted(findings.copies, 'further copy was', 'further copies were')} sent on purpose{missing}"
    if findings.one_of_shared:
        yield one_of_shared(findings)
    if findings.surplus:
        yield f"{_counted(findings.surplus, 'copy', 'copies')} too many"


def _unread(findings: Findings) -> Iterator[str]:
    """Say what was not understood, what was not judged, and what was left out."""
    if findings.without_ledger and findings.outcome == "failed":
        yield without_ledger(findings)
    if findings.unreadable:
        more = f" and {findings.unreadable - 1:,} more" if findings.unreadable > 1 else ""
        yield f"not understood: {findings.unread[0][:_LONGEST]}{more}"
    if findings.room and findings.lost.events:
        yield f"at most {findings.room:,} of those that are lost may stand there"
    yield from (note[:_LONGEST] for note in findings.notes[:_EXAMPLES])
    if len(findings.notes) > _EXAMPLES:
        yield f"{_counted(len(findings.notes) - _EXAMPLES, 'note', 'notes')} more; --json has them"


def _counted(count: int, noun: str = "event", nouns: str = "events") -> str:
    return f"{count:,} {noun if count == 1 else nouns}"


def _row(name: str, text: str) -> str:
    return f"  {name:<11} {text}"


def _examples(findings: Findings) -> Iterator[str]:
    for name, fault in findings.faults.items():
        for example in islice(fault.examples, _EXAMPLES):
            yield f"  {name:<11} {example.mid}  {_whence(example)}"
            for one in islice(example.differences, _EXAMPLES):
                yield f"              {one.path or 'the event'}: sent {one.sent!r}, found {one.found!r}"[
                    :_LONGEST
                ]
        if fault.events > _EXAMPLES:
            shown = min(fault.events, len(fault.examples))
            yield f"              … {fault.events - _EXAMPLES:,} more; --json has the first {shown}"


def _whence(example: Example) -> str:
    said = [f"session {example.session}"]
    if example.scenario:
        said.append(example.scenario)
    if example.worker is not None:
        said.append(f"worker {example.worker}")
    if example.batch is not None:
        said.append(f"batch {example.batch} ({example.msgid})")
    if example.sent is not None:
        said.append(datetime.fromtimestamp(example.sent / 1000, UTC).strftime("sent %H:%M:%S"))
    said += [example.why] if example.why else []
    said += [f"at {example.place}"] if example.place else []
    return ", ".join(said)
