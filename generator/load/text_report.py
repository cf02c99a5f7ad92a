"""The end of a run, as text for people."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from generator.faults.confusion import Confusion
from generator.load.counters import RunCounters
from generator.load.metrics.latency import BEYOND, Latency
from generator.load.summary import SHOWN, Summary

_MOST_KINDS = 17
_MOST_REASONS = 10
_MOST_EXAMPLES = 3
_FAULTS = (
    "lost", "duplicated", "altered", "unexpected", "rejected_yet_stored", "false_accepts", "false_rejects",
)  # fmt: skip


def summary_lines(summary: Summary) -> Iterator[str]:
    """Yield a run in some twenty lines."""
    tally = summary.tally
    yield f"Run {summary.run:08x}, seed {summary.settings.seed}, {summary.duration:.1f} s against {summary.host}"
    yield from _sent(tally, summary.sending or summary.duration)
    yield from _missing(summary)
    yield from _answers("answers", summary.whole.service)
    if summary.model == "open":
        yield from _answers("since due", summary.whole.response)
    if summary.endpoint:
        proven = "" if summary.delivery else " (counted, not yet proven; --ledger and --verify prove it)"
        yield _row("endpoint", f"{_stored(summary.endpoint)}{proven}")
    if summary.delivery:
        yield from _delivery(summary.delivery)
    if summary.faults:
        yield from _faults(summary.faults)
    yield from (_row("check", str(judgement)) for judgement in summary.judgements)
    yield from (_row("note", note) for note in summary.notes)
    yield from (_row("LIMITED", f"latencies are the generator's own: {why}") for why in summary.limits.why)
    if summary.warning:
        yield _row("WARNING", summary.warning)
    yield from _exit(summary)
    if not (summary.settings.no_run_tag or summary.settings.verbatim):
        yield _row("to purge", summary.purge)


def _exit(summary: Summary) -> Iterator[str]:
    """Yield the exit code and every reason for it."""
    if summary.are_all_to_reject:
        yield _row(
            "note", "every batch had a fault for which it had to be rejected: the lines of faults decide"
        )
    if summary.exit_reasons is None:
        return
    if not summary.exit_reasons:
        yield _row("exit code", "0: passed")
    for place, reason in enumerate(summary.exit_reasons):
        yield _row("" if place else "exit code", f"{reason.code}: {reason.reason}")


def _sent(tally: RunCounters, seconds: float) -> Iterator[str]:
    unfinished = tally.sessions - tally.finished
    cut = f", {unfinished:,} cut short by the end" if unfinished else ""
    yield _row("sessions", f"{tally.sessions:,}{cut}")
    yield from _counts(tally.by_scenario)
    rate = tally.acked_events / seconds
    yield _row(
        "events", f"{tally.acked_events:,} acknowledged of {tally.events:,} sent, {rate:,.0f} a second"
    )
    yield from _counts(tally.by_eid)
    yield _row("batches", f"{tally.batches:,}, {tally.bytes:,} bytes")
    local = f", not sent by this machine {tally.local:,}" if tally.local else ""
    yield _row("", f"acked {tally.acked:,}, rejected {tally.rejected:,}, unknown {tally.unknown:,}{local}")
    yield from _reasons(tally.reasons)


def _reasons(reasons: Counter[str]) -> Iterator[str]:
    """Yield why batches were not acknowledged; an endpoint that names the place of each fault has endless reasons."""
    yield from (
        _row("", f"{count:,} {_shown(reason)}") for reason, count in reasons.most_common(_MOST_REASONS)
    )
    others = [count for _, count in reasons.most_common()[_MOST_REASONS:]]
    if others:
        yield _row("", f"{sum(others):,} for other reasons")


def _delivery(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was found behind the endpoint, and the first events of each fault."""
    yield _row("delivery", str(found["sentence"]))
    stages = found.get("stages", ())
    wrong = [(name, findings[name]) for findings in stages for name in _FAULTS if name in findings]
    for name, fault in wrong:
        yield from (_row("", _event(name, one)) for one in fault["examples"][:_MOST_EXAMPLES])
    if any(fault["events"] > _MOST_EXAMPLES for _, fault in wrong):
        yield _row("", "the first hundred of each are in --summary; footfall verify prints more")


def _event(fault: str, example: Mapping[str, Any]) -> str:
    scenario = f" of {example['scenario']}" if example["scenario"] else ""
    return f"{fault.replace('_', ' ')}  {example['mid']}, session {example['session']}{scenario}"


def _faults(faults: Confusion) -> Iterator[str]:
    """Yield how faults were judged, a kind a line."""
    for place, (fault, row) in enumerate(faults.sorted_rows()):
        outcomes = [
            f"{getattr(row, outcome):,} {outcome.replace('_', ' ')}"
            for outcome in row.__struct_fields__
            if getattr(row, outcome)
        ]
        yield _row("faults" if not place else "", f"{fault:<18} {', '.join(outcomes)}")
    if faults.total("unknown"):
        yield _row("", "no answer decides about the unknown ones: --ledger and --verify look behind it")
    for names, why in (
        (
            faults.unhit,
            "hit no event, so checks on faults have no data; raise the share or the number of sessions",
        ),
        (faults.unhit_of_presets, "of a preset, hit no event"),
    ):
        if names:
            yield _row("" if faults.rows else "faults", f"{', '.join(names)}: {why}")


def _missing(summary: Summary) -> Iterator[str]:
    tally, late = summary.tally, summary.total.late
    if late:
        yield _row("late", f"{late:,} batches, sent more than 100 ms after they were due")
    if tally.resent:
        yield _row("resent", f"{tally.resent:,} batches, unchanged; every attempt is counted above")
    if tally.dropped_events:
        yield _row("dropped", f"{tally.dropped_events:,} events, due and never sent")
    if tally.unsent_events:
        yield _row(
            "unsent",
            f"{tally.unsent_events:,} events of {tally.unsent_sessions:,} sessions that the end cut short",
        )
    if tally.unplayed:
        yield _row("unplayed", f"{tally.unplayed:,} sessions whose script raised")
    if summary.lost_workers:
        yield _row(
            "workers", f"{summary.lost_workers} lost: what they sent after their last report is not counted"
        )


def _answers(name: str, latency: Latency) -> Iterator[str]:
    if latency.count:
        figures = latency.as_dict()
        yield _row(name, ", ".join(f"{part} {_milliseconds(figures[part])}" for part in SHOWN))


def _milliseconds(value: float) -> str:
    if value >= BEYOND:
        return "beyond 1 h"
    return f"{value:.1f} ms" if value < 10 else f"{value:,.0f} ms"


def _row(name: str, text: str) -> str:
    return f"  {name:<9} {text}"


def _shown(reason: str) -> str:
    """Return a reason as people read it: an endpoint cannot reject what never arrived."""
    words = reason.removeprefix("rejected: ")
    return words if words.startswith("not connected") else reason


def _counts(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield counts by name, the greatest first, five to a line."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_KINDS]
    for place in range(0, len(ordered), 5):
        yield _row("", ", ".join(f"{name} {count:,}" for name, count in ordered[place : place + 5]))


def _stored(stats: Mapping[str, Any]) -> str:
    counts = ((name, stats.get(name, {}).get("events", 0)) for name in ("accepted", "rejected", "duplicate"))
    return "events " + ", ".join(f"{name} {count:,}" for name, count in counts)
