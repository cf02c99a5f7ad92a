"""A run's tables: its checks, its latency by scenario, its options."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from generator.report.chart import nothing
from generator.report.markup import Markup, element, short
from generator.report.number import clock, milliseconds, number, share
from generator.report.run import Check, Latency, Result, Run
from generator.report.table import LONGEST, MOST, numeric, pairs, table
from generator.report.verdict import measured

_DEEPEST = 3
_RESULTS: dict[Result, tuple[str, str]] = {
    "passed": ("✓ passed", "good"), "failed": ("✗ failed", "bad"), "no data": ("✗ no data", "bad"),
    "invalid": ("? not valid", "doubtful"),
}  # fmt: skip


def checks(run: Run) -> Markup:
    """Show what was asked for, and what came of it."""
    if not run.checks:
        return nothing("Checks", "None were asked for; --check 'response_p99<250ms' asks for one.")
    head = ("check", "result", ">measured", ">when", "")
    return table("Checks", head, map(_check, run.checks[:MOST]), len(run.checks), "checks")


def _check(check: Check) -> Sequence[Markup]:
    result, look = _RESULTS[check.result]
    return (
        element("td", element("code", short(check.check, LONGEST))),
        element("td", result, class_=look),
        numeric(measured(check)),
        numeric("whole run" if check.at is None else clock(check.at)),
        element("td", short(", ".join(words for words in (_limit(check), check.why) if words), LONGEST)),
    )


def _limit(check: Check) -> str:
    """Say what the limit came to, where a baseline decided it."""
    return (
        f"limit {measured(check, check.limit)}"
        if "baseline" in check.check and check.limit is not None
        else ""
    )


def scenarios(run: Run) -> Markup:
    """Show the sessions and both latencies of each scenario."""
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
    service, response = (both.service, both.response) if both else (Latency(), Latency())
    times = (service.p50, service.p99, response.p50, response.p99, response.max)
    return (
        element("td", short(name, 60)),
        numeric(f"{run.by_scenario.get(name, 0):,}"),
        numeric(f"{response.count or service.count:,}"),
        *(numeric(milliseconds(time)) for time in times),
    )


def facts(run: Run) -> Markup:
    """Show what was run, where and when."""
    return pairs("The run", list(_facts(run)))


def options(run: Run) -> Markup:
    """Show what was asked for."""
    if not run.options:
        return nothing("Options", "None were kept.")
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
    """Write an option's value as a person gave it; what is nested deeper than any option is cut."""
    if isinstance(value, Mapping | list) and deep > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(one, deep + 1)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(one, deep + 1) for one in value)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    # An option that was given several times has a value a line.
    return number(value) if isinstance(value, int | float) else "; ".join(str(value).splitlines())
