"""What a demo came to, told so that a person understands it."""

import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from generator.cli.demo_phase import Phase
from generator.cli.terminal import pluralise
from generator.scenarios.loader import bundled
from generator.verify.telling import lines

_SHOWN = 3


def is_delivered(act: Phase) -> bool:
    """Tell whether all is proven, and nothing was refused."""
    delivery = act.delivery
    return delivery.outcome == "delivered" and not delivery.torn and not act.summary["rejected"]


def is_caught(act: Phase, lost: set[str]) -> bool:
    """Tell whether the verifier found what was lost on purpose: all of it, and nothing else.

    Args:
        act: whose delivery is judged.
        lost: the mids that the endpoint's own record names.
    """
    faults = act.delivery.stages[0].faults
    found = {example.mid for example in faults["lost"].examples}
    amiss = sum(fault.events for fault in faults.values())
    return bool(lost) and found == lost and amiss == len(lost)


def summary_of(played: Phase, planted: Phase, lost: set[str]) -> Iterator[str]:
    """Tell both acts.

    Args:
        played: the healthy one.
        planted: the one in which events were lost on purpose.
        lost: their mids, by the endpoint's own record.
    """
    yield ""
    yield from _delivered(played)
    yield ""
    yield from _counts(played)
    yield ""
    yield from _planted(planted, lost)
    yield ""
    yield from _look_next(played, planted)


def _delivered(act: Phase) -> Iterator[str]:
    verdict, *rest = lines(act.delivery)
    if is_delivered(act):
        yield click.style(f"  PASSED: {verdict.removeprefix('delivered: ')}", fg="green")
        yield "  Proven, not counted: the ledger names every event that was sent, and each was looked for."
        return
    yield click.style(f"  FAILED: {_failure(act)}", fg="red")
    yield from (f"  {line}" for line in rest)


def _failure(act: Phase) -> str:
    delivery, summary = act.delivery, act.summary
    if delivery.outcome != "delivered":
        return delivery.sentence
    if delivery.torn:
        return f"the ledger says not all that was sent: {delivery.torn[0]}"
    return f"of {summary['batches']:,} batches {summary['rejected']:,} were refused"


def _counts(act: Phase) -> Iterator[str]:
    summary = act.summary
    by_eid = sorted(summary["by_eid"].items(), key=lambda pair: -pair[1])
    kinds = [f"{eid} {count:,}" for eid, count in by_eid]
    yield f"  sessions   {summary['sessions']:,}, of which {summary['finished']:,} were played to their end"
    yield f"             {', '.join(f'{name} {count:,}' for name, count in summary['by_scenario'].items())}"
    yield from _cut_short(summary)
    yield f"  events     {summary['events']:,} of {len(by_eid)} kinds"
    for first in range(0, len(kinds), 6):
        yield f"             {', '.join(kinds[first : first + 6])}"
    yield f"  batches    {summary['batches']:,} sent, {summary['acked']:,} acknowledged, {summary['rejected']:,} refused, \
{summary['unknown']:,} without an answer"
    for reason, count in summary["reasons"].items():
        yield f"             {count:,} {reason}"
    yield from _unanswered(act)
    yield f"  answers    {', '.join(f'{name} {value:.0f} ms' for name, value in summary['percentiles'].items())}"


def _unanswered(act: Phase) -> Iterator[str]:
    """Say what became of events of which nobody knows: the end of the time comes between some and their answer."""
    findings = act.delivery.stages[0]
    if findings.unknown:
        yield f"             {pluralise(findings.unknown, 'event')} without an answer: {findings.recovered.events:,} stored, \
{findings.still_unknown.events:,} not; neither is a fault"


def _cut_short(summary: dict[str, Any]) -> Iterator[str]:
    """Say what became of the sessions that the end cut short."""
    count = summary["sessions"] - summary["finished"]
    if count:
        unsent = summary.get("unsent_events")
        events = "" if unsent is None else f", {pluralise(unsent, 'event')},"
        yield (
            f"             {count:,} {'was' if count == 1 else 'were'} cut short when the time was up; "
            f"what they had not sent yet{events} is not in these counts"
        )


def _planted(act: Phase, lost: set[str]) -> Iterator[str]:
    """Tell what the verifier found of a loss on purpose, and whether it is exactly that."""
    findings = act.delivery.stages[0]
    yield f"  Then a loss on purpose: {act.summary['sessions']:,} sessions, to an endpoint that loses one event in a hundred."
    yield f"  {act.delivery.sentence}"
    for example in findings.lost.examples[:_SHOWN]:
        yield f"             {example.mid}, session {example.session}, batch {example.batch}"
    if findings.lost.events > _SHOWN:
        yield f"             … {findings.lost.events - _SHOWN:,} more"
    record = f"the {pluralise(len(lost), 'event')} that the endpoint's own record names"
    if is_caught(act, lost):
        yield click.style(f"  CAUGHT: these are, mid by mid, {record}.", fg="green")
    else:
        yield click.style(f"  FAILED: these are not {record}.", fg="red")


def _look_next(played: Phase, planted: Phase) -> Iterator[str]:
    """Name what can be looked at, as it is called from the folder in which the user stands."""
    footfall = _command("footfall")
    segment = next(iter(sorted(played.store.glob("accepted-*.jsonl"))), played.store)
    yield f"  look next  {footfall} show {_word(segment)}"
    yield f"             {footfall} check --form wire {_word(segment)}"
    yield f"             {footfall} ledger {_word(played.ledgers)}"
    yield f"             {footfall} verify {_word(planted.ledgers)} --against {_word(planted.store)}"
    yield f"             {played.folder / 'locust.html'} in a browser"
    yield f"             {_command('locust')} -f {_word(bundled('locustfiles') / 'session.py')}"


def _command(name: str) -> str:
    """Name a command as the user's shell finds it: by its path where the environment is not activated."""
    return name if shutil.which(name) else _word(Path(sys.executable).with_name(name))


def _word(path: Path) -> str:
    """Write a path as a shell's word, from here where it lies below."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
