"""The tables of the web interface: plain text in columns, since Locust's page draws nothing else."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import NamedTuple

from generator.load.checks.check import CheckResult, shown
from generator.load.metrics.latency import Latency
from generator.load.metrics.second import Second
from generator.load.monitor.run_snapshot import RunSnapshot
from generator.load.monitor.sparkline import sparkline
from generator.load.monitor.time_series import MINUTE, Point
from generator.report.markup import printable, short
from generator.report.number import NOTHING, clock, milliseconds, number, share, size

MOST_REASONS = 50
_LONGEST = 200
Cells = tuple[str, ...]


class TextTable(NamedTuple):
    """One tab.

    Attributes:
        columns: their titles.
        rows: gives them, a cell for each column.
    """

    key: str
    title: str
    columns: Cells
    rows: Callable[[RunSnapshot], Iterator[Cells]]


def _now(snapshot: RunSnapshot) -> Iterator[Cells]:
    """Yield rates, latencies and outcomes, of the last second, the last ten and the whole run."""
    yield from _asked(snapshot)
    yield _a_second("events sent a second", "sent_events", snapshot)
    yield _a_second("events acknowledged a second", "acked_events", snapshot)
    yield _a_second("bytes sent a second", "bytes", snapshot, size)
    if snapshot.is_open:
        yield _row("batches sent late", snapshot, _late, attrgetter("late"))
    yield _row("batches acknowledged", snapshot, lambda second, _: number(second.acked))
    rejected = attrgetter("rejected")
    yield _row(
        "batches rejected or unknown",
        snapshot,
        lambda second, _: number(second.rejected + second.unknown),
        rejected,
    )
    for name, title in _LATENCIES:
        yield _latency(title, name, snapshot)
    yield from _totals(snapshot)


_LATENCIES = (
    ("service", "from sending to answer, p50 · p99"),
    ("response", "from due time to answer, p50 · p99"),
)


def _asked(snapshot: RunSnapshot) -> Iterator[Cells]:
    """Yield the rate that is asked for: by the profile, since measurements lag behind while an endpoint stalls."""
    asked, end = snapshot.asked, snapshot.end
    if asked:
        unit = "events" if asked.unit == "rate" else "sessions"
        spans = ((max(0, end - 1), end), (end - snapshot.span, end), (0, end))
        yield f"{unit} due a second", *(number(round(asked.between(*span), 1)) for span in spans), ""


def _a_second(title: str, name: str, snapshot: RunSnapshot, write: Callable[[float], str] = number) -> Cells:
    """Return a count as a rate per second."""
    count = attrgetter(name)
    return _row(title, snapshot, lambda second, seconds: write(round(count(second) / seconds, 1)), count)


def _late(second: Second, _: float) -> str:
    return share(second.late / second.batches) if second.batches else NOTHING


def _row(
    title: str, snapshot: RunSnapshot, write: Callable[[Second, float], str], point: Callable[[Point], float] | None = None
) -> Cells:  # fmt: skip
    """Write something of the last second, the last ten and the whole run, and draw the last minute."""
    spans = ((snapshot.last, 1.0), (snapshot.ten, snapshot.span), (snapshot.whole, snapshot.length))
    cells = (write(second, seconds) if snapshot.end else NOTHING for second, seconds in spans)
    return title, *cells, sparkline([point(one) for one in snapshot.minute], MINUTE) if point else ""


def _latency(title: str, name: str, snapshot: RunSnapshot) -> Cells:
    point = attrgetter(f"{name}_p99")
    return _row(title, snapshot, lambda second, _: " · ".join(_times(getattr(second, name))), point)


def _times(latency: Latency) -> Iterator[str]:
    for part in (0.5, 0.99):
        yield milliseconds(latency.percentile(part)) if latency.count else NOTHING


def _totals(snapshot: RunSnapshot) -> Iterator[Cells]:
    """Yield what only the whole run has."""
    tally = snapshot.tally
    yield "batches on their way", number(snapshot.on_their_way), "", "", ""
    yield "events acknowledged, of those sent", "", "", f"{tally.acked_events:,} of {tally.events:,}", ""
    yield "sessions finished, of those begun", "", "", f"{tally.finished:,} of {tally.sessions:,}", ""
    for title, count in (
        ("events dropped: due and never sent", tally.dropped_events),
        ("events unsent, of sessions that the end cut short", tally.unsent_events),
        ("sessions whose script raised", tally.unplayed),
    ):
        if count:
            yield title, "", "", number(count), ""
    limited = "limited, see Checks" if snapshot.limits.is_limited else "not limited"
    yield "the generator's core", f"{snapshot.cpu:.0f} %", "", limited, ""


def _scenarios(snapshot: RunSnapshot) -> Iterator[Cells]:
    sessions = snapshot.tally.by_scenario
    whole = max(1, sum(sessions.values()))
    for name, count in sorted(sessions.items(), key=lambda item: (-item[1], item[0])):
        timing = snapshot.latencies.get(name)
        cells = tuple(time for latency in timing or () for time in _times(latency)) or (NOTHING,) * 4
        yield (
            _plain(name),
            number(count),
            share(count / whole),
            number(timing.service.count if timing else 0),
            *cells,
        )


def _batches(snapshot: RunSnapshot) -> Iterator[Cells]:
    """Yield the outcomes of batches: acknowledged, or else why not, the commonest reason first."""
    tally = snapshot.tally
    for status, count in (
        ("acknowledged", tally.acked),
        ("rejected", tally.rejected),
        ("unknown", tally.unknown),
        ("not sent by this machine", tally.local),
    ):
        if status.startswith("not sent") and not count:
            continue
        yield status, "", number(count), share(count / max(tally.batches, 1))
    for reason, count in tally.reasons.most_common(MOST_REASONS):
        status, _, why = reason.partition(": ")
        yield f"· {_plain(status)}", _plain(why), number(count), share(count / max(tally.batches, 1))


def _checks(snapshot: RunSnapshot) -> Iterator[Cells]:
    for judgement in snapshot.judgements:
        yield _check(judgement)
    if not snapshot.judgements:
        yield "no checks were asked for", "", "", "", "--check states what must hold"
    why, limits = "; ".join(snapshot.limits.why), snapshot.limits
    state = "limited" if limits.is_limited else "not limited"
    words = f"latencies are the generator's own: {why}" if why else "; ".join(limits.notes)
    yield "the generator itself", state, f"CPU {snapshot.cpu:.0f} %", "", _plain(words)


def _check(judgement: CheckResult) -> Cells:
    metric = judgement.check.metric
    value, limit = (
        NOTHING if one is None else shown(metric, one) for one in (judgement.value, judgement.limit)
    )
    where = "the run so far" if judgement.at is None else f"the window that ended at {clock(judgement.at)}"
    return str(judgement.check), judgement.verdict, value, limit, _plain(judgement.why or where)


def _plain(words: str) -> str:
    """Return foreign text as one printable line."""
    return printable(short(words, _LONGEST))


TABLES = (
    TextTable("footfall", "Footfall", ("", "Last second", "Last 10 s", "Whole run", "Last minute"), _now),
    TextTable(
        "footfall-batches", "Batches", ("What became of them", "Why", "Batches", "Share"), _batches,
    ),
    TextTable(
        "footfall-scenarios", "Scenarios",
        ("Scenario", "Sessions", "Share", "Answers", "Service p50", "Service p99", "Response p50", "Response p99"),
        _scenarios,
    ),
    TextTable("footfall-checks", "Checks", ("Check", "So far", "Measured", "Limit", "Where and why"), _checks),
)  # fmt: skip
