"""A run in the rows of a terminal."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from generator.load.checks.check import CheckResult
from generator.load.metrics.latency import Latency
from generator.load.monitor.run_snapshot import RunSnapshot
from generator.load.monitor.sparkline import sparkline
from generator.report.markup import printable, short
from generator.report.number import NOTHING, clock, milliseconds, number, share, size

ROWS = 6
SPARKS = 30
_MOST_REASONS = 3
_LONGEST = 60
_MARKS: dict[str, tuple[str, "Look"]] = {
    "passed": ("✓", "good"), "failed": ("✗", "bad"), "invalid": ("?", "doubtful"), "no data": ("·", "quiet"),
}  # fmt: skip

Look = Literal["plain", "strong", "quiet", "good", "doubtful", "bad"]


class Segment(NamedTuple):
    """Words of one look."""

    words: str
    look: Look = "plain"


Line = list[Segment]


def terminal_rows(standing: RunSnapshot) -> list[Line]:
    """Give the rows, as many as there are always."""
    return [
        _head(standing), _rates(standing), _answers(standing), _fates(standing), _reasons(standing), _checks(standing),
    ]  # fmt: skip


def _head(standing: RunSnapshot) -> Line:
    of = f" of {clock(round(standing.planned))}" if standing.planned else ""
    facts = [f"run {standing.run:08x}", f"{clock(int(standing.elapsed))}{of}", f"{standing.users:,} users"]
    if standing.workers > 1:
        facts.append(f"{standing.workers:,} workers")
    line = [
        Segment("── Footfall ", "quiet"),
        Segment(" · ".join(facts), "strong"),
        Segment(f" · CPU {standing.cpu:.0f} %", "quiet"),
    ]
    if standing.limits.is_limited:
        line.append(Segment(" · generator-limited", "doubtful"))
    return [*line, Segment(f" {'─' * 200}", "quiet")]


def _rates(standing: RunSnapshot) -> Line:
    last = standing.last
    line = [_name("events/s")]
    if standing.asked:
        due = number(round(standing.asked.between(max(0, standing.end - 1), standing.end), 1))
        line.append(Segment(f"due {due}, " if standing.asked.unit == "rate" else f"sessions due {due}, "))
    course = sparkline([point.acked_events for point in standing.minute], SPARKS)
    line += [
        Segment("acknowledged "),
        Segment(number(last.acked_events), "strong"),
        Segment(f"  {course}  ", "good"),
    ]
    return [*line, Segment(f"{size(last.bytes)}/s")]


def _answers(standing: RunSnapshot) -> Line:
    if standing.limits.is_limited:
        return [_name("answers"), Segment(f"not valid: {_plain(standing.limits.why[0], 200)}", "doubtful")]
    ten = standing.ten
    line = [_name("answers"), *_times("", ten.service)]
    if standing.is_open:
        late = ten.late / ten.batches if ten.batches else 0.0
        line += [Segment(" · "), *_times("since due ", ten.response), Segment(" · ")]
        line.append(Segment(f"late {share(late)}", "doubtful" if late else "plain"))
    return [
        *line,
        Segment(f"  {sparkline([point.response_p99 for point in standing.minute], SPARKS)}", "quiet"),
    ]


def _times(says: str, latency: Latency) -> Iterator[Segment]:
    yield Segment(f"{says}p50 ", "quiet")
    yield Segment(milliseconds(latency.percentile(0.5)) if latency.count else NOTHING)
    yield Segment(" p99 ", "quiet")
    yield Segment(milliseconds(latency.percentile(0.99)) if latency.count else NOTHING, "strong")


def _fates(standing: RunSnapshot) -> Line:
    tally = standing.tally
    line = [_name("batches"), Segment(f"acknowledged {tally.acked:,}")]
    for says, count in (("rejected", tally.rejected), ("unknown", tally.unknown)):
        line.append(Segment(f", {says} {count:,}", "bad" if count else "plain"))
    if tally.local:
        line.append(Segment(f", not sent by this machine {tally.local:,}", "bad"))
    line.append(Segment(f", on their way {standing.on_their_way:,}", "quiet"))
    if tally.dropped_events:
        line.append(Segment(f", events dropped {tally.dropped_events:,}", "bad"))
    return line


def _reasons(standing: RunSnapshot) -> Line:
    found = standing.tally.reasons.most_common(_MOST_REASONS)
    # The status that each begins with stands in the row above.
    words = "; ".join(f"{count:,} {_plain(reason.partition(': ')[2], _LONGEST)}" for reason, count in found)
    return [_name("refused"), Segment(words, "bad") if words else Segment("nothing", "quiet")]


def _checks(standing: RunSnapshot) -> Line:
    pieces = [piece for one in standing.judgements for piece in _check(one)]
    return [_name("checks"), *(pieces or [Segment(NOTHING, "quiet")])]


def _check(judgement: CheckResult) -> Iterator[Segment]:
    mark, look = _MARKS[judgement.verdict]
    yield Segment(f"{mark} ", look)
    yield Segment(f"{judgement.check}  ", "bad" if judgement.verdict == "failed" else "plain")


def _name(words: str) -> Segment:
    return Segment(f" {words:<9}", "quiet")


def _plain(words: str, most: int) -> str:
    """Give words from outside: no terminal takes its orders from an endpoint."""
    return printable(short(words, most))
