"""A run in the rows of a terminal."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from generator.load.judge.checks import Judgement
from generator.load.live.spark import spark
from generator.load.live.standing import Standing
from generator.load.measure.latency import Latency
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


class Piece(NamedTuple):
    """Words of one look."""

    words: str
    look: Look = "plain"


Line = list[Piece]


def panel(standing: Standing) -> list[Line]:
    """Give the rows, as many as there are always."""
    return [
        _head(standing), _rates(standing), _answers(standing), _fates(standing), _reasons(standing), _checks(standing),
    ]  # fmt: skip


def _head(standing: Standing) -> Line:
    of = f" of {clock(round(standing.planned))}" if standing.planned else ""
    facts = [f"run {standing.run:08x}", f"{clock(int(standing.elapsed))}{of}", f"{standing.users:,} users"]
    if standing.workers > 1:
        facts.append(f"{standing.workers:,} workers")
    line = [
        Piece("── Footfall ", "quiet"),
        Piece(" · ".join(facts), "strong"),
        Piece(f" · CPU {standing.cpu:.0f} %", "quiet"),
    ]
    if standing.limits.is_limited:
        line.append(Piece(" · generator-limited", "doubtful"))
    return [*line, Piece(f" {'─' * 200}", "quiet")]


def _rates(standing: Standing) -> Line:
    last = standing.last
    line = [_name("events/s")]
    if standing.asked:
        due = number(round(standing.asked.between(max(0, standing.end - 1), standing.end), 1))
        line.append(Piece(f"due {due}, " if standing.asked.unit == "rate" else f"sessions due {due}, "))
    course = spark([point.acked_events for point in standing.minute], SPARKS)
    line += [
        Piece("acknowledged "),
        Piece(number(last.acked_events), "strong"),
        Piece(f"  {course}  ", "good"),
    ]
    return [*line, Piece(f"{size(last.bytes)}/s")]


def _answers(standing: Standing) -> Line:
    if standing.limits.is_limited:
        return [_name("answers"), Piece(f"not valid: {_plain(standing.limits.why[0], 200)}", "doubtful")]
    ten = standing.ten
    line = [_name("answers"), *_times("", ten.service)]
    if standing.is_open:
        late = ten.late / ten.batches if ten.batches else 0.0
        line += [Piece(" · "), *_times("since due ", ten.response), Piece(" · ")]
        line.append(Piece(f"late {share(late)}", "doubtful" if late else "plain"))
    return [*line, Piece(f"  {spark([point.response_p99 for point in standing.minute], SPARKS)}", "quiet")]


def _times(says: str, latency: Latency) -> Iterator[Piece]:
    yield Piece(f"{says}p50 ", "quiet")
    yield Piece(milliseconds(latency.percentile(0.5)) if latency.count else NOTHING)
    yield Piece(" p99 ", "quiet")
    yield Piece(milliseconds(latency.percentile(0.99)) if latency.count else NOTHING, "strong")


def _fates(standing: Standing) -> Line:
    tally = standing.tally
    line = [_name("batches"), Piece(f"acknowledged {tally.acked:,}")]
    for says, count in (("rejected", tally.rejected), ("unknown", tally.unknown)):
        line.append(Piece(f", {says} {count:,}", "bad" if count else "plain"))
    if tally.local:
        line.append(Piece(f", not sent by this machine {tally.local:,}", "bad"))
    line.append(Piece(f", on their way {standing.on_their_way:,}", "quiet"))
    if tally.dropped_events:
        line.append(Piece(f", events dropped {tally.dropped_events:,}", "bad"))
    return line


def _reasons(standing: Standing) -> Line:
    found = standing.tally.reasons.most_common(_MOST_REASONS)
    # The status that each begins with stands in the row above.
    words = "; ".join(f"{count:,} {_plain(reason.partition(': ')[2], _LONGEST)}" for reason, count in found)
    return [_name("refused"), Piece(words, "bad") if words else Piece("nothing", "quiet")]


def _checks(standing: Standing) -> Line:
    pieces = [piece for one in standing.judgements for piece in _check(one)]
    return [_name("checks"), *(pieces or [Piece(NOTHING, "quiet")])]


def _check(judgement: Judgement) -> Iterator[Piece]:
    mark, look = _MARKS[judgement.verdict]
    yield Piece(f"{mark} ", look)
    yield Piece(f"{judgement.check}  ", "bad" if judgement.verdict == "failed" else "plain")


def _name(words: str) -> Piece:
    return Piece(f" {words:<9}", "quiet")


def _plain(words: str, most: int) -> str:
    """Give words from outside: no terminal takes its orders from an endpoint."""
    return printable(short(words, most))
