"""Draw tables: checks, latency by scenario, judged faults, options."""

from collections.abc import Iterable, Mapping, Sequence
from math import log10
from typing import Any

from generator.faults.kinds import KINDS
from generator.report.charts.line_chart import nothing
from generator.report.delivery import FaultJudgement, KindJudgement
from generator.report.markup import Markup, element, joined, short
from generator.report.number import clock, milliseconds, number, share
from generator.report.run import CheckSummary, LatencyPercentiles, Result, Run
from generator.report.verdict import measured

MOST = 200
"""The most rows of a table whose length depends on the endpoint or the user."""
LONGEST = 300


def table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[Markup]], count: int, what: str, *,
    look: str = "", about: str = "",
) -> Markup:  # fmt: skip
    """Return a table; a column whose head begins with > contains numbers.

    Args:
        title: the heading.
        head: the names of its columns; empty if they need none.
        rows: the cells of at most `MOST` rows.
        count: the number of all rows.
        what: the rows, in the plural.
        look: further CSS classes.
        about: an explanation.
    """
    body = element("tbody", joined(element("tr", *row) for row in rows))
    first = element("thead", element("tr", *map(_head, head))) if head else None
    more = element("p", f"The first {MOST} of {count:,} {what}.", class_="about") if count > MOST else None
    return element(
        "section",
        element("h2", title),
        element("p", about, class_="about") if about else None,
        element("div", element("table", first, body), class_="wide"),
        more,
        class_=f"table {look}".rstrip(),
    )


def pairs(title: str, rows: Sequence[tuple[str, str]]) -> Markup:
    """Return a table of names and values; names with an empty value are left out."""
    given = [(name, value) for name, value in rows if value]
    shown = (
        (element("td", short(name, 60), class_="name"), element("td", short(value, LONGEST)))
        for name, value in given[:MOST]
    )
    return table(title, (), shown, len(given), "rows")


def numeric(words: str, look: str = "") -> Markup:
    """Return a cell of a column of numbers."""
    return element("td", words, class_=f"number {look}".rstrip())


def _head(name: str) -> Markup:
    return element(
        "th", name.removeprefix(">"), scope="col", class_="number" if name.startswith(">") else None
    )


_DEEPEST = 3
_RESULTS: dict[Result, tuple[str, str]] = {
    "passed": ("✓ passed", "good"), "failed": ("✗ failed", "bad"), "no data": ("✗ no data", "bad"),
    "invalid": ("? not valid", "doubtful"),
}  # fmt: skip


def checks(run: Run) -> Markup:
    """Draw the checks and their results."""
    if not run.checks:
        return nothing("Checks", "The run has no checks. To add one: --check 'response_p99<250ms'.")
    head = ("check", "result", ">measured", ">when", "")
    return table("Checks", head, map(_check, run.checks[:MOST]), len(run.checks), "checks")


def _check(check: CheckSummary) -> Sequence[Markup]:
    result, look = _RESULTS[check.result]
    return (
        element("td", element("code", short(check.check, LONGEST))),
        element("td", result, class_=look),
        numeric(measured(check)),
        numeric("whole run" if check.at is None else clock(check.at)),
        element("td", short(", ".join(words for words in (_limit(check), check.why) if words), LONGEST)),
    )


def _limit(check: CheckSummary) -> str:
    """Return the limit that a baseline gave; "" for any other limit."""
    return (
        f"limit {measured(check, check.limit)}"
        if "baseline" in check.check and check.limit is not None
        else ""
    )


def scenarios(run: Run) -> Markup:
    """Draw the sessions and both latencies of each scenario."""
    names = sorted(
        {*run.by_scenario, *run.by_scenario_latency}, key=lambda name: (-run.by_scenario.get(name, 0), name)
    )
    if not names:
        return nothing("Latency by scenario", "No session began.")
    head = (
        "scenario",
        ">sessions",
        ">answers",
        ">service p50",
        ">service p99",
        ">response p50",
        ">response p99",
        ">max",
    )
    rows = (_scenario(run, name) for name in names[:MOST])
    look = "invalid" if run.generator.limited else ""
    return table("Latency by scenario", head, rows, len(names), "scenarios", look=look)


def _scenario(run: Run, name: str) -> Sequence[Markup]:
    both = run.by_scenario_latency.get(name)
    service, response = (
        (both.service, both.response) if both else (LatencyPercentiles(), LatencyPercentiles())
    )
    times = (service.p50, service.p99, response.p50, response.p99, response.max)
    return (
        element("td", short(name, 60)),
        numeric(f"{run.by_scenario.get(name, 0):,}"),
        numeric(f"{response.count or service.count:,}"),
        *(numeric(milliseconds(time)) for time in times),
    )


def facts(run: Run) -> Markup:
    """Draw the facts of the run."""
    return pairs("The run", list(_facts(run)))


def options(run: Run) -> Markup:
    """Draw the options of the run."""
    if not run.options:
        return nothing("Options", "The summary does not contain the options.")
    return pairs("Options", [(str(name), _shown(value)) for name, value in sorted(run.options.items())])


def _facts(run: Run) -> Iterable[tuple[str, str]]:
    own = run.generator
    yield "run", run.run
    yield "Footfall", run.version
    yield "host", run.host
    yield "contract", run.contract
    yield "model", run.model
    yield "scenarios", ", ".join(run.scenarios)
    yield "seed", str(run.seed)
    yield "workers", f"{run.workers:,}" + (f", {run.lost_workers:,} lost" if run.lost_workers else "")
    yield "began", _instant(run.started_at)
    yield "ended", _instant(run.ended_at)
    yield "generator's CPU", "" if own.cpu is None else share(own.cpu)
    yield "generator's hub lag, p50", "" if own.hub_lag_p50_ms is None else milliseconds(own.hub_lag_p50_ms)
    yield "batches sent late", "" if own.late_share is None else share(own.late_share)
    yield "exit status", str(run.exit_code)
    yield "to purge", run.purge
    for name, value in (run.endpoint or {}).items():
        yield f"endpoint: {name}", _shown(value)


def _instant(instant: Any) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S %Z}"


def _shown(value: Any, deep: int = 0) -> str:
    """Format the value of an option as the user gave it; cut what is nested too deeply."""
    if isinstance(value, Mapping | list) and deep > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(one, deep + 1)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(one, deep + 1) for one in value)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    # An option that was given several times has one value a line.
    return number(value) if isinstance(value, int | float) else "; ".join(str(value).splitlines())


_SHADES = 5
_COLUMNS = (
    ("false_accepts", "✗ wrongly accepted", "wrong"), ("false_rejects", "✗ wrongly rejected", "wrong"),
    ("rightly_rejected", "✓ rightly rejected", "right"), ("rightly_accepted", "✓ rightly accepted", "right"),
    ("stored_nowhere", "· stored nowhere", "open"), ("undecided", "· left open", "open"), ("unknown", "? unknown", "open"),
)  # fmt: skip
"""The outcomes: the attribute, the head of the column, and the CSS class."""


def confusion_table(confusion: FaultJudgement) -> Markup:
    """Draw how the endpoint judged each kind of fault, the worst first."""
    rows = confusion.worst_first()
    mark = "✗" if any(row.wrong for _, row in rows) else "✓"
    about = f"{mark} {confusion.in_a_sentence} A deeper colour means more events."
    most = max((getattr(row, name) for _, row in rows for name, *_ in _COLUMNS), default=0)
    head = ("kind of fault", *(f">{title}" for _, title, _ in _COLUMNS))
    shown = (_row(name, row, most) for name, row in rows[:MOST])
    return table("Injected faults", head, shown, len(rows), "kinds", look="confusion", about=about)


def _row(name: str, row: KindJudgement, most: int) -> Sequence[Markup]:
    what = element("div", KINDS[name].what, class_="about") if name in KINDS else None
    cells = (
        numeric(_count(getattr(row, field)), _look(getattr(row, field), most, look))
        for field, _, look in _COLUMNS
    )
    return element("td", element("code", short(name, 60)), what), *cells


def _count(count: int) -> str:
    return f"{count:,}" if count else "·"


def _look(count: int, most: int, look: str) -> str:
    """Return the shade of a cell, by the digits of its count: one event stays visible next to a million."""
    if not count:
        return "none"
    return f"shaded {look} shade{1 + round((_SHADES - 1) * (log10(count) / log10(most) if most > 1 else 1))}"
