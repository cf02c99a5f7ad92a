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


def _now(standing: RunSnapshot) -> Iterator[Cells]:
    """Give rates, latencies and fates, of the last second, the last ten and the whole run."""
    yield from _asked(standing)
    yield _a_second("events sent a second", "sent_events", standing)
    yield _a_second("events acknowledged a second", "acked_events", standing)
    yield _a_second("bytes sent a second", "bytes", standing, size)
    if standing.is_open:
        yield _row("batches sent late", standing, _late, attrgetter("late"))
    yield _row("batches acknowledged", standing, lambda second, _: number(second.acked))
    refused = attrgetter("refused")
    yield _row(
        "batches rejected or unknown",
        standing,
        lambda second, _: number(second.rejected + second.unknown),
        refused,
    )
    for name, says in _LATENCIES:
        yield _latency(says, name, standing)
    yield from _totals(standing)


_LATENCIES = (
    ("service", "from sending to answer, p50 · p99"),
    ("response", "from due time to answer, p50 · p99"),
)


def _asked(standing: RunSnapshot) -> Iterator[Cells]:
    """Say what is asked for: by the profile, since what is measured lags behind while an endpoint stalls."""
    asked, end = standing.asked, standing.end
    if asked:
        unit = "events" if asked.unit == "rate" else "sessions"
        spans = ((max(0, end - 1), end), (end - standing.span, end), (0, end))
        yield f"{unit} due a second", *(number(round(asked.between(*span), 1)) for span in spans), ""


def _a_second(says: str, name: str, standing: RunSnapshot, write: Callable[[float], str] = number) -> Cells:
    """Give what was counted as so many a second."""
    count = attrgetter(name)
    return _row(says, standing, lambda second, seconds: write(round(count(second) / seconds, 1)), count)


def _late(second: Second, _: float) -> str:
    return share(second.late / second.batches) if second.batches else NOTHING


def _row(
    says: str, standing: RunSnapshot, write: Callable[[Second, float], str], point: Callable[[Point], float] | None = None
) -> Cells:  # fmt: skip
    """Write something of the last second, the last ten and the whole run, and draw the last minute."""
    spans = ((standing.last, 1.0), (standing.ten, standing.span), (standing.whole, standing.length))
    cells = (write(second, seconds) if standing.end else NOTHING for second, seconds in spans)
    return says, *cells, sparkline([point(one) for one in standing.minute], MINUTE) if point else ""


def _latency(says: str, name: str, standing: RunSnapshot) -> Cells:
    point = attrgetter(f"{name}_p99")
    return _row(says, standing, lambda second, _: " · ".join(_times(getattr(second, name))), point)


def _times(latency: Latency) -> Iterator[str]:
    for part in (0.5, 0.99):
        yield milliseconds(latency.percentile(part)) if latency.count else NOTHING


def _totals(standing: RunSnapshot) -> Iterator[Cells]:
    """Say what only the whole run has."""
    tally = standing.tally
    yield "batches on their way", number(standing.on_their_way), "", "", ""
    yield "events acknowledged, of those sent", "", "", f"{tally.acked_events:,} of {tally.events:,}", ""
    yield "sessions finished, of those begun", "", "", f"{tally.finished:,} of {tally.sessions:,}", ""
    for says, count in (
        ("events dropped: due and never sent", tally.dropped_events),
        ("events unsent, of sessions that the end cut short", tally.unsent_events),
        ("sessions whose script raised", tally.unplayed),
    ):
        if count:
            yield says, "", "", number(count), ""
    limited = "limited, see Checks" if standing.limits.is_limited else "not limited"
    yield "the generator's core", f"{standing.cpu:.0f} %", "", limited, ""


def _scenarios(standing: RunSnapshot) -> Iterator[Cells]:
    sessions = standing.tally.by_scenario
    whole = max(1, sum(sessions.values()))
    for name, count in sorted(sessions.items(), key=lambda item: (-item[1], item[0])):
        timing = standing.latencies.get(name)
        cells = tuple(time for latency in timing or () for time in _times(latency)) or (NOTHING,) * 4
        yield (
            _plain(name),
            number(count),
            share(count / whole),
            number(timing.service.count if timing else 0),
            *cells,
        )


def _batches(standing: RunSnapshot) -> Iterator[Cells]:
    """Say what became of batches: acknowledged, or else why not, the commonest reason first."""
    tally = standing.tally
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


def _checks(standing: RunSnapshot) -> Iterator[Cells]:
    for judgement in standing.judgements:
        yield _check(judgement)
    if not standing.judgements:
        yield "no checks were asked for", "", "", "", "--check says what must hold"
    why, limits = "; ".join(standing.limits.why), standing.limits
    said = "limited" if limits.is_limited else "not limited"
    words = f"latencies are the generator's own: {why}" if why else "; ".join(limits.notes)
    yield "the generator itself", said, f"CPU {standing.cpu:.0f} %", "", _plain(words)


def _check(judgement: CheckResult) -> Cells:
    metric = judgement.check.metric
    value, limit = (
        NOTHING if one is None else shown(metric, one) for one in (judgement.value, judgement.limit)
    )
    where = "the run so far" if judgement.at is None else f"the window that ended at {clock(judgement.at)}"
    return str(judgement.check), judgement.verdict, value, limit, _plain(judgement.why or where)


def _plain(words: str) -> str:
    """Give words from outside in a line."""
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
