"""A verification from its beginning to its end: ledgers and sinks in, the verdict out."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from pyroaring import BitMap

from generator.delivery.sink_name import STAGES
from generator.errors import FootfallError
from generator.ledger.record import Header
from generator.scenarios.story import collector_held_off
from generator.verify.content import Rewrites
from generator.verify.expectation import Expectation, Read
from generator.verify.findings import Delivery, Findings, Outcome, Vanished
from generator.verify.judge import Judge, Judged
from generator.verify.looking import Looking
from generator.verify.originals import Maker, Originals
from generator.verify.pipeline import pipeline_of
from generator.verify.sink.sink import Sink
from generator.verify.stage import Stage
from generator.verify.telling import sentence

Heard = Callable[[int, str], None]
"""Is told now and then how many events were looked at, and where: in the ledgers, or in a sink."""


def verify(
    ledgers: Iterable[Read], sinks: Mapping[str, Sink], *, ignored: Sequence[str] = (), contents: bool = True,
    heard: Heard = lambda _, __: None, maker_of: Callable[[Header], Maker] | None = None,
    partial: bool = False, cut: Sequence[str] = (),
) -> Delivery:  # fmt: skip
    """Say whether what was acknowledged is there: once, and as it was sent.

    Args:
        ledgers: of one run or several.
        sinks: where to look, by stage.
        ignored: dotted paths that are not compared, see `generator.verify.content`.
        contents: whether contents are compared; else an event is one by its id alone.
        heard: is told of the progress.
        maker_of: gives what makes a run's sessions anew; `generator.verify.regenerate` unless another is given.
        partial: whether the caller accepts that a ledger ends early; else the verdict is unknown then.
        cut: why other ledgers of the run have no header, see `read_all` of `generator.ledger`.

    Raises:
        UsageError: a ledger cannot be read, or cannot be judged together with the others.
    """
    Rewrites(ignored)  # refuses a path that is none before anything is read
    with collector_held_off():
        expectation = Expectation.of(ledgers, lambda events: heard(events, "sent"), cut)
        originals = Originals(expectation, maker_of or _maker_of)
        has_all = all(Stage.named(stage).has_all for stage in sinks)
        untold = originals.trouble if contents or not has_all else ""
        judged = [
            _look(
                expectation,
                originals,
                ignored,
                Stage.named(stage),
                sinks[stage],
                contents,
                untold,
                heard,
                partial,
            )
            for stage in STAGES
            if stage in sinks
        ]
    return _delivery(expectation, judged)


def _maker_of(header: Header) -> Maker:
    from generator.verify.regenerate import Regenerator  # noqa: PLC0415  it brings half the load room

    return Regenerator.of(header)


def _look(
    expectation: Expectation, originals: Originals, ignored: Sequence[str], stage: Stage, sink: Sink,
    contents: bool, untold: str, heard: Heard, partial: bool,
) -> Judged:  # fmt: skip
    """Read one sink to its end, and judge it; unknown where that cannot be done."""
    if untold and not stage.has_all:
        why = f"what must be at the stage {stage.name} depends on the events, and they cannot be made anew: {untold}"
        return _unknown(stage, sink, why, expectation)
    is_compared = contents and not untold
    pipelines = [pipeline_of(source.header.contract) for source in expectation.sources]
    spawned = stage.spawned if not stage.has_all and "sunbird" in pipelines else None
    rewrites = {one: Rewrites(ignored, one, stage.name) for one in set(pipelines)}
    by_ledger = [rewrites[one] for one in pipelines]
    looking = Looking(expectation, originals if is_compared else None, by_ledger, spawned)
    seen = looking.seen
    try:
        for part in sink.chunks():
            looking.take(part)
            heard(seen.events, "found")
    except FootfallError as error:
        return _unknown(stage, sink, str(error), expectation)
    if seen.unreadable and not seen.events:
        return _unknown(stage, sink, f"nothing there is an event: {seen.unread[0]}", expectation)
    why = "" if is_compared else untold or "not asked for"
    if seen.not_compared:
        table = "" if seen.has_contents else "the table has an event's ids, and no columns of its contents"
        why = next(iter(originals.troubles), "") or table
    judge = Judge(expectation, originals, stage, looking.shared)
    left_out = list(dict.fromkeys(ignored)) if is_compared else []
    nowhere = [set(one.unused()) for one in rewrites.values()] if seen.compared else []
    unused = [path for path in left_out if nowhere and all(path in paths for paths in nowhere)]
    return judge.judge(
        seen, sink.described(), why, ignored=left_out, unused=unused, by_ids=not contents, partial=partial
    )


def _unknown(stage: Stage, sink: Sink, why: str, expectation: Expectation) -> Judged:
    findings = Findings(
        stage=stage.name, sink=sink.described(), outcome="unknown", why_unknown=why,
        attempted=expectation.count,
        acked=len(expectation.of_status("acked")),
        rejected=len(expectation.of_status("rejected")),
        unknown=len(expectation.of_status("unknown")),
    )  # fmt: skip
    return Judged(findings, BitMap(), is_read=False)


def _delivery(expectation: Expectation, judged: list[Judged]) -> Delivery:
    outcomes: list[Outcome] = [one.findings.outcome for one in judged]
    outcome: Outcome = next((bad for bad in ("failed", "unknown") if bad in outcomes), "delivered")
    stages = [one.findings for one in judged]
    gap = expectation.gap
    return Delivery(
        outcome=outcome, sentence=sentence(outcome, stages, gap.told()),
        runs=[f"{run:08x}" for run in sorted(expectation.runs)],
        ledgers=len(expectation.sources),
        torn=[*(f"{source.path}: {source.torn}" for source in expectation.sources if source.torn), *gap.cut],
        leased=gap.leased, unaccounted=gap.unaccounted,
        resent=expectation.resent,
        unhit=expectation.unhit,
        stages=stages,
        vanished=_vanished(judged),
    )  # fmt: skip


def _vanished(judged: list[Judged]) -> list[Vanished]:
    """Say between which stages events were lost: each between the last one that had it and the next."""
    known = [one for one in judged if one.is_read and not one.findings.missing.events]
    if len(known) < 2:
        return []
    found, after, lost = [], "sent", BitMap()
    for one in known:
        missing = one.lost - lost
        if missing:
            found.append(Vanished(after=after, before=one.findings.stage, events=len(missing)))
        after, lost = one.findings.stage, lost | one.lost
    return found
