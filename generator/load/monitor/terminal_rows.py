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


def terminal_rows(snapshot: RunSnapshot) -> list[Line]:
    """Return the rows, always `ROWS` of them."""
    return [
        _head(snapshot), _rates(snapshot), _answers(snapshot), _outcomes(snapshot), _reasons(snapshot), _checks(snapshot),
    ]  # fmt: skip


def _head(snapshot: RunSnapshot) -> Line:
    of = f" of {clock(round(snapshot.planned))}" if snapshot.planned else ""
    facts = [f"run {snapshot.run:08x}", f"{clock(int(snapshot.elapsed))}{of}", f"{snapshot.users:,} users"]
    if snapshot.workers > 1:
        facts.append(f"{snapshot.workers:,} workers")
    line = [
        Segment("── Footfall ", "quiet"),
        Segment(" · ".join(facts), "strong"),
        Segment(f" · CPU {snapshot.cpu:.0f} %", "quiet"),
    ]
    if snapshot.limits.is_limited:
        line.append(Segment(" · generator-limited", "doubtful"))
    return [*line, Segment(f" {'─' * 200}", "quiet")]


def _rates(snapshot: RunSnapshot) -> Line:
    last = snapshot.last
    line = [_name("events/s")]
    if snapshot.asked:
        due = number(round(snapshot.asked.between(max(0, snapshot.end - 1), snapshot.end), 1))
        line.append(Segment(f"due {due}, " if snapshot.asked.unit == "rate" else f"sessions due {due}, "))
    course = sparkline([point.acked_events for point in snapshot.minute], SPARKS)
    line += [
        Segment("acknowledged "),
        Segment(number(last.acked_events), "strong"),
        Segment(f"  {course}  ", "good"),
    ]
    return [*line, Segment(f"{size(last.bytes)}/s")]


def _answers(snapshot: RunSnapshot) -> Line:
    if snapshot.limits.is_limited:
        return [_name("answers"), Segment(f"not valid: {_plain(snapshot.limits.why[0], 200)}", "doubtful")]
    ten = snapshot.ten
    line = [_name("answers"), *_times("", ten.service)]
    if snapshot.is_open:
        late = ten.late / ten.batches if ten.batches else 0.0
        line += [Segment(" · "), *_times("since due ", ten.response), Segment(" · ")]
        line.append(Segment(f"late {share(late)}", "doubtful" if late else "plain"))
    return [
        *line,
        Segment(f"  {sparkline([point.response_p99 for point in snapshot.minute], SPARKS)}", "quiet"),
    ]


def _times(title: str, latency: Latency) -> Iterator[Segment]:
    yield Segment(f"{title}p50 ", "quiet")
    yield Segment(milliseconds(latency.percentile(0.5)) if latency.count else NOTHING)
    yield Segment(" p99 ", "quiet")
    yield Segment(milliseconds(latency.percentile(0.99)) if latency.count else NOTHING, "strong")


def _outcomes(snapshot: RunSnapshot) -> Line:
    tally = snapshot.tally
    line = [_name("batches"), Segment(f"acknowledged {tally.acked:,}")]
    for title, count in (("rejected", tally.rejected), ("unknown", tally.unknown)):
        line.append(Segment(f", {title} {count:,}", "bad" if count else "plain"))
    if tally.local:
        line.append(Segment(f", not sent by this machine {tally.local:,}", "bad"))
    line.append(Segment(f", on their way {snapshot.on_their_way:,}", "quiet"))
    if tally.dropped_events:
        line.append(Segment(f", events dropped {tally.dropped_events:,}", "bad"))
    return line


def _reasons(snapshot: RunSnapshot) -> Line:
    found = snapshot.tally.reasons.most_common(_MOST_REASONS)
    # The status that each begins with stands in the row above.
    words = "; ".join(f"{count:,} {_plain(reason.partition(': ')[2], _LONGEST)}" for reason, count in found)
    return [_name("refused"), Segment(words, "bad") if words else Segment("nothing", "quiet")]


def _checks(snapshot: RunSnapshot) -> Line:
    pieces = [piece for one in snapshot.judgements for piece in _check(one)]
    return [_name("checks"), *(pieces or [Segment(NOTHING, "quiet")])]


def _check(judgement: CheckResult) -> Iterator[Segment]:
    mark, look = _MARKS[judgement.verdict]
    yield Segment(f"{mark} ", look)
    yield Segment(f"{judgement.check}  ", "bad" if judgement.verdict == "failed" else "plain")


def _name(words: str) -> Segment:
    return Segment(f" {words:<9}", "quiet")


def _plain(words: str, most: int) -> str:
    """Return foreign text in printable form: an endpoint must not control the terminal."""
    return printable(short(words, most))
