"""Draw a delivery: its verdict, the outcomes of the events, and the time, place and first events of each problem."""

from collections import Counter
from collections.abc import Iterator, Sequence

from generator.report.charts.minutes import minutes
from generator.report.charts.outcomes import outcomes
from generator.report.delivery import Delivery, Fault, Findings, Outcome, Vanished
from generator.report.examples import examples
from generator.report.markup import Markup, element, joined, short
from generator.report.number import counted, milliseconds
from generator.report.run import Run
from generator.report.tables import numeric, pairs, table

MOST = 4
"""The most stages that are drawn: a pipeline does not have more."""
MARKS: dict[Outcome, str] = {"delivered": "✓", "failed": "✗", "unknown": "?"}
WORDS: dict[Outcome, str] = {"delivered": "Delivered", "failed": "Not delivered", "unknown": "Unknown"}
_NOTES = 3
_GROUPS = 12
_LONGEST = 600
_FEW = 5


def verdict(found: Delivery) -> Markup:
    """Draw the verdict of a delivery in a card of its own."""
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
    """Yield the notes of a delivery."""
    yield from (f"A ledger is incomplete: {short(why, 300)}" for why in found.torn[:_FEW])


def facts(found: Delivery) -> Iterator[str]:
    """Yield the facts of a delivery: its runs, ledgers and retries."""
    if found.runs:
        yield f"run {', '.join(short(run, 40) for run in found.runs[:_FEW])}"
    if found.ledgers:
        yield f"{counted(found.ledgers, 'ledger')} read"
    if found.resent:
        yield f"{counted(found.resent, 'batch')} sent again"


def stages(found: Delivery, run: Run | None = None) -> Iterator[Markup]:
    """Draw the findings of each stage, one card after the other.

    Args:
        found: the result of a verification.
        run: the run that sent the events; None if its summary is not known.
    """
    several = len(found.stages) > 1
    if several:
        yield _table_of(found)
    for place, findings in enumerate(found.stages[:MOST]):
        yield from _stage(str(place), findings, run, with_name=several)
    if found.stages:
        yield pairs("Sinks", list(_sinks(found)))


def _stage(name: str, findings: Findings, run: Run | None, *, with_name: bool) -> Iterator[Markup]:
    title = (
        f"Outcomes of the events at the stage {short(findings.stage, 40)}"
        if with_name
        else "Outcomes of the events"
    )
    about = _visible(findings)
    yield joined(
        [
            outcomes(f"outcomes-{name}", title, findings),
            element("p", about, class_="about") if about else None,
        ]
    )
    drawn = minutes(f"minutes-{name}", findings.problems, run)
    if drawn:
        yield drawn
    if findings.problems:
        yield _groups(findings.problems)
    listed = examples(findings.problems)
    if listed:
        yield listed


def _visible(findings: Findings) -> str:
    """Return the time from the answer until an event is in the sink, in words."""
    seen = findings.visible
    if not seen:
        return ""
    times = f"{milliseconds(seen.p50)} (median), {milliseconds(seen.p99)} at p99, {milliseconds(seen.max)} at most"
    return f"Acknowledged events were in the sink {times} after the answer ({seen.events:,} timed)."


# --- by stage, by eid and scenario ------------------------------------------------------------------------


def _table_of(found: Delivery) -> Markup:
    """Draw each stage in a row, and in a row before it the events that were lost on the way to it."""
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
    text = f"✗ {counted(vanished.events, 'event')} vanished between {after} and {before}"
    return (element("td", text, colspan=columns, class_="bad vanished"),)


def _row_of(findings: Findings) -> Sequence[Markup]:
    faults = (findings.lost, findings.duplicated, findings.altered, findings.unexpected)
    look = {"delivered": "good", "failed": "bad", "unknown": "doubtful"}[findings.outcome]
    return (
        element("td", short(findings.stage, 40)), element("td", short(findings.sink, 120)),
        element("td", f"{MARKS[findings.outcome]} {WORDS[findings.outcome].lower()}", class_=look),
        numeric(f"{findings.due:,}"), numeric(f"{findings.found:,}"), *(numeric(_count(one.events)) for one in faults),
    )  # fmt: skip


def _groups(faults: dict[str, Fault]) -> Markup:
    """Draw the events of each problem by eid, scenario and worker."""
    rows = [*_group("eid", faults), *_group("scenario", faults), *_group("worker", faults)]
    return table(
        "Problems by eid, scenario and worker",
        ("", *(f">{name}" for name in faults)),
        rows,
        0,
        "",
        look="groups",
    )


def _group(what: str, faults: dict[str, Fault]) -> Iterator[Sequence[Markup]]:
    """Yield a row for each eid, scenario or worker, the one with the most events first."""
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


# --- sinks -------------------------------------------------------------------------------------------------


def _sinks(found: Delivery) -> Iterator[tuple[str, str]]:
    for findings in found.stages[:MOST]:
        start = f"{short(findings.stage, 20)}: " if len(found.stages) > 1 else ""
        yield from ((start + name, words) for name, words in _facts_of_sink(findings))


def _facts_of_sink(findings: Findings) -> Iterator[tuple[str, str]]:
    yield "sink", findings.sink
    yield "unknown, because", findings.why_unknown
    if findings.outcome == "unknown" and not findings.held:
        return
    yield (
        "not found",
        f"{findings.missing.events:,}: {findings.why_missing}" if findings.missing.events else "",
    )
    own = f", {findings.pipeline_own:,} of these from the pipeline" if findings.pipeline_own else ""
    yield "events in the sink", f"{findings.held:,}"
    yield (
        "events of other senders",
        f"{findings.foreign:,}{own}" if findings.foreign or findings.pipeline_own else "",
    )
    absent = sum(findings.without_ledger.values())
    yield "events of workers without a ledger", f"{absent:,}" if absent else ""
    yield "contents compared", f"{findings.compared:,}"
    yield "altered as at the stage", findings.as_at
    why = f": {findings.why_not_compared}" if findings.why_not_compared else ""
    yield "contents not compared", f"{findings.not_compared:,}{why}" if findings.not_compared or why else ""
    yield (
        "after a later event of their session",
        f"{findings.out_of_order:,}" if findings.out_of_order else "",
    )
    first = f", first {findings.unread[0]}" if findings.unread else ""
    yield "places without an event", f"{findings.unreadable:,}{first}" if findings.unreadable else ""
    yield "notes", "; ".join(findings.notes[:_NOTES])


def _count(count: int) -> str:
    return f"{count:,}" if count else "·"
