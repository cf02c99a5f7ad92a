"""A delivery on the page: its verdict, what became of the events, when and where they were lost, the first of them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from generator.report.delivery import Delivery, Fault, Findings, Outcome, Vanished
from generator.report.examples import examples
from generator.report.markup import Markup, element, joined, short
from generator.report.minutes import minutes
from generator.report.number import counted, milliseconds
from generator.report.run import Run
from generator.report.sankey_of_run import outcomes
from generator.report.table import numeric, pairs, table

MOST = 4
"""Stages that are drawn: a pipeline has no more."""
MARKS: dict[Outcome, str] = {"delivered": "✓", "failed": "✗", "unknown": "?"}
WORDS: dict[Outcome, str] = {"delivered": "Delivered", "failed": "Not delivered", "unknown": "Not known"}
_NOTES = 3
_GROUPS = 12
_LONGEST = 600
_FEW = 5


def verdict(found: Delivery) -> Markup:
    """Say what a delivery came to, in a card of its own."""
    return element(
        "section",
        element("span", MARKS[found.outcome], class_="mark", aria_hidden="true"),
        element(
            "div",
            element("h2", f"Delivery: {WORDS[found.outcome].lower()}"),
            element("p", short(found.in_a_sentence, _LONGEST), class_="sentence"),
            *(element("p", note, class_="note") for note in notes(found)),
            element("p", " · ".join(facts(found)), class_="facts") if found.ledgers else None,
        ),
        class_=f"verdict {found.outcome}",
    )


def notes(found: Delivery) -> Iterator[str]:
    """Say what else is to be known of it."""
    yield from (f"A ledger broke off: {short(why, 300)}" for why in found.torn[:_FEW])


def facts(found: Delivery) -> Iterator[str]:
    """Say in some words of what it is the delivery."""
    if found.runs:
        yield f"run {', '.join(short(run, 40) for run in found.runs[:_FEW])}"
    if found.ledgers:
        yield f"{counted(found.ledgers, 'ledger')} read"
    if found.resent:
        yield f"{counted(found.resent, 'batch')} sent again"


def stages(found: Delivery, run: Run | None = None) -> Iterator[Markup]:
    """Draw what was found at each stage, one card after the other.

    Args:
        found: what a verification found.
        run: whose events these are; None where nothing else is known of it.
    """
    several = len(found.stages) > 1
    if several:
        yield _table_of(found)
    for place, findings in enumerate(found.stages[:MOST]):
        yield from _stage(str(place), findings, run, with_name=several)
    if found.stages:
        yield pairs("What was looked at", list(_looked_at(found)))


def _stage(name: str, findings: Findings, run: Run | None, *, with_name: bool) -> Iterator[Markup]:
    title = (
        f"What was found at the stage {short(findings.stage, 40)}"
        if with_name
        else "What became of the events"
    )
    told = _visible(findings)
    yield joined(
        [outcomes(f"fates-{name}", title, findings), element("p", told, class_="about") if told else None]
    )
    drawn = minutes(f"minutes-{name}", findings.troubles, run)
    if drawn:
        yield drawn
    if findings.troubles:
        yield _groups(findings.troubles)
    listed = examples(findings.troubles)
    if listed:
        yield listed


def _visible(findings: Findings) -> str:
    """Say how long after its answer an event was there."""
    seen = findings.visible
    if not seen:
        return ""
    times = f"{milliseconds(seen.p50)} (median), {milliseconds(seen.p99)} at p99, {milliseconds(seen.max)} at most"
    return f"Acknowledged events were there {times} after the answer ({seen.events:,} timed)."


# --- by stage, by eid and scenario ------------------------------------------------------------------------


def _table_of(found: Delivery) -> Markup:
    """Show each stage in a row, and what vanished on the way to it in a row before it."""
    before = {one.before: one for one in found.vanished}
    head = (
        "stage",
        "sink",
        "verdict",
        ">expected",
        ">found",
        ">lost",
        ">duplicated",
        ">altered",
        ">unexpected",
    )
    rows: list[Sequence[Markup]] = []
    for findings in found.stages[:MOST]:
        rows += [_gone(before[findings.stage], len(head))] if findings.stage in before else []
        rows.append(_row_of(findings))
    return table("By stage", head, rows, len(rows), "stages")


def _gone(vanished: Vanished, columns: int) -> Sequence[Markup]:
    after, before = short(vanished.after, 40), short(vanished.before, 40)
    told = f"✗ {counted(vanished.events, 'event')} vanished between {after} and {before}"
    return (element("td", told, colspan=columns, class_="bad vanished"),)


def _row_of(findings: Findings) -> Sequence[Markup]:
    faults = (findings.lost, findings.duplicated, findings.altered, findings.unexpected)
    look = {"delivered": "good", "failed": "bad", "unknown": "doubtful"}[findings.outcome]
    return (
        element("td", short(findings.stage, 40)), element("td", short(findings.sink, 120)),
        element("td", f"{MARKS[findings.outcome]} {WORDS[findings.outcome].lower()}", class_=look),
        numeric(f"{findings.due:,}"), numeric(f"{findings.found:,}"), *(numeric(_count(one.events)) for one in faults),
    )  # fmt: skip


def _groups(faults: dict[str, Fault]) -> Markup:
    """Show of what the events of each fault are: of which eid, which scenario, which worker."""
    rows = [*_group("eid", faults), *_group("scenario", faults), *_group("worker", faults)]
    return table("Of what they are", ("", *(f">{name}" for name in faults)), rows, 0, "", look="groups")


def _group(what: str, faults: dict[str, Fault]) -> Iterator[Sequence[Markup]]:
    """Give a row for each thing they are of, that with the most first."""
    by = [getattr(fault, f"by_{what}") for fault in faults.values()]
    total = sum((Counter(counts) for counts in by), Counter[str]())
    ordered = [name for name, _ in total.most_common()]
    if ordered:
        yield (element("td", f"by {what}", colspan=len(by) + 1, class_="group"),)
    for name in ordered[:_GROUPS]:
        shown = "not known" if name == "?" else short(name, 60)
        yield element("td", shown), *(numeric(_count(counts.get(name, 0))) for counts in by)
    if len(ordered) > _GROUPS:
        left = [sum(counts.get(name, 0) for name in ordered[_GROUPS:]) for counts in by]
        yield element("td", f"{len(ordered) - _GROUPS:,} others"), *(numeric(_count(count)) for count in left)


# --- what was looked at -----------------------------------------------------------------------------------


def _looked_at(found: Delivery) -> Iterator[tuple[str, str]]:
    for findings in found.stages[:MOST]:
        start = f"{short(findings.stage, 20)}: " if len(found.stages) > 1 else ""
        yield from ((start + name, words) for name, words in _looked(findings))


def _looked(findings: Findings) -> Iterator[tuple[str, str]]:
    yield "sink", findings.sink
    yield "not known, because", findings.why_unknown
    if findings.outcome == "unknown" and not findings.held:
        return
    yield (
        "not found",
        f"{findings.missing.events:,}: {findings.why_missing}" if findings.missing.events else "",
    )
    own = f", {findings.pipeline_own:,} of these the pipeline's own" if findings.pipeline_own else ""
    yield "events in the sink", f"{findings.held:,}"
    yield "of others", f"{findings.foreign:,}{own}" if findings.foreign or findings.pipeline_own else ""
    absent = sum(findings.without_ledger.values())
    yield "of workers whose ledgers were not given", f"{absent:,}" if absent else ""
    yield "contents compared", f"{findings.compared:,}"
    yield "altered as at the stage", findings.as_at
    why = f": {findings.why_not_compared}" if findings.why_not_compared else ""
    yield "contents not compared", f"{findings.not_compared:,}{why}" if findings.not_compared or why else ""
    yield "behind a later one of their session", f"{findings.out_of_order:,}" if findings.out_of_order else ""
    first = f", first {findings.unread[0]}" if findings.unread else ""
    yield "places without an event", f"{findings.unreadable:,}{first}" if findings.unreadable else ""
    yield "further", "; ".join(findings.notes[:_NOTES])


def _count(count: int) -> str:
    return f"{count:,}" if count else "·"
