"""Checks: what a run must hold, as `--check` states it, and whether it did.

    response_p99<250ms              at the end, over the whole run
    response_p99<250ms over 10s     in every ten seconds of it, judged while it runs
    events_per_s>=50000             rates and counts have no unit
    error_rate<0.1%                 shares are in percent, or from 0 to 1
    response_p99<=1.1*baseline      compared with an earlier run, whose summary --baseline names

A check without data has not passed. A check that the generator itself spoilt is invalid: neither passed nor failed.
"""

import operator
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from math import inf, isfinite
from typing import Any, Literal, NamedTuple, Self

from generator.errors import UsageError
from generator.load.metrics.latency import BEYOND
from generator.load.metrics.metrics import METRICS, OF_THE_RUN, Figures, Metric
from generator.load.rates.units import read_duration, read_rate, shortened, show_duration, show_rate
from generator.system.renamed_options import RENAMED_VALUES

Verdict = Literal["passed", "failed", "no data", "invalid"]
LONGEST_WINDOW = 3600
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
}  # fmt: skip
_FACTORS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "%": 0.01, "": 1.0}
_UNITS: dict[str, tuple[str, ...]] = {"ms": ("us", "ms", "s"), "share": ("%",), "a second": (), "": ()}
_THOUSANDS = ("k", "K", "M")
_BASELINE = "*baseline"
_EXAMPLE = "response_p99<250ms"
_NUMBER = r"(?:\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)"


class Check(NamedTuple):
    """One thing that must hold.

    Attributes:
        metric: one of `METRICS`.
        operator: <, <=, >, >= or ==.
        number: as it was written.
        unit: of the number: us, ms, s, %, "" for none, or *baseline, whose part the number is.
        window: in seconds, for every window of the run; 0 for the run as a whole.
    """

    metric: str
    operator: str
    number: float
    unit: str = ""
    window: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a check.

        Raises:
            UsageError: for a text that is not a check; the message shows how to write one.
        """
        head, over, window = re.sub(r"\s+", " ", text.strip()).partition(" over ")
        found = re.fullmatch(r"([^<>=!≤≥]*)([<>=!≤≥]+)(.*)", head)
        if not found:
            raise _wrong(text, f"nothing is compared; write it as {_EXAMPLE!r}")
        name, compared, limit = (part.strip() for part in found.groups())
        metric = _metric(text, name)
        if compared not in _COMPARE:
            raise _wrong(text, f"{compared!r} is not a comparison; choose one of {', '.join(_COMPARE)}")
        number, unit = _limit(text, name, metric, limit)
        return cls(name, compared, number, unit, _window(text, name, window) if over else 0)

    def __str__(self) -> str:
        over = f" over {show_duration(self.window)}" if self.window else ""
        return f"{self.metric}{self.operator}{self._limit_text}{over}"

    @property
    def _limit_text(self) -> str:
        """The limit, as it is written."""
        number = repr(self.number).removesuffix(".0")
        if self.unit == _BASELINE and self.number == 1:
            return "baseline"
        if METRICS[self.metric].unit == "a second" and not self.unit:
            return show_rate(self.number)
        return f"{number}{self.unit}"

    def limit(self, baseline: Figures | None = None) -> float:
        """Return what the metric is compared with, in the metric's own unit.

        Raises:
            UsageError: where a baseline is needed and is not there, or has no such figure.
        """
        if self.unit != _BASELINE:
            return self.number * _FACTORS[self.unit]
        if baseline is None:
            raise _wrong(str(self), "which baseline? add --baseline and an earlier run's summary.json")
        value = baseline.get(self.metric)
        if value is None:
            raise _wrong(str(self), f"the baseline has no {self.metric}; name another run, or write a number")
        if METRICS[self.metric].unit == "ms" and value >= BEYOND:
            raise _wrong(
                str(self),
                f"the baseline's {self.metric} is beyond any bound; name another run, or write a number",
            )
        return self.number * value

    def judge(
        self,
        figures: Figures,
        baseline: Figures | None = None,
        *,
        is_limited: bool = False,
        at: int | None = None,
    ) -> "CheckResult":
        """Judge figures.

        Args:
            figures: of the run, or of a window.
            baseline: an earlier run's.
            is_limited: whether the generator was the bottleneck.
            at: where the window ended, in seconds since the run's start.
        """
        value, limit = figures.get(self.metric), self.limit(baseline)
        if value is None:
            verdict: Verdict = "no data"
        elif METRICS[self.metric].unit == "ms" and value >= BEYOND:
            # Beyond any bound, and so beyond this one.
            verdict = "passed" if self.operator.startswith(">") else "failed"
        else:
            verdict = "passed" if _COMPARE[self.operator](value, limit) else "failed"
        if is_limited and not self._stands(verdict):
            verdict = "invalid"
        return CheckResult(self, verdict, value, limit, at)

    def _stands(self, verdict: Verdict) -> bool:
        """Whether a verdict stands although the generator was the bottleneck."""
        match METRICS[self.metric].shows:
            case "at least":
                return (
                    verdict == ("passed" if self.operator.startswith(">") else "failed")
                    and self.operator != "=="
                )
            case "at most":
                return (
                    verdict == ("passed" if self.operator.startswith("<") else "failed")
                    and self.operator != "=="
                )
            case "nothing":
                return False
        return True


class CheckResult(NamedTuple):
    """What became of a check.

    Attributes:
        verdict: passed, failed, no data (it has not passed), or invalid (the generator was the bottleneck).
        value: what there was, in the metric's own unit; in windows, the first that failed, or else the worst.
        limit: what it was compared with.
        at: where that window ended, in seconds since the run's start; None for the run as a whole.
        why: more words, where they help.
    """

    check: Check
    verdict: Verdict
    value: float | None = None
    limit: float | None = None
    at: int | None = None
    why: str = ""

    @property
    def passed(self) -> bool:
        """Whether the check holds."""
        return self.verdict == "passed"

    @property
    def badness(self) -> float:
        """How far the value is on the wrong side of the limit; negative on the right side."""
        beyond = (self.value or 0.0) - (self.limit or 0.0)
        return {"<": beyond, ">": -beyond}.get(self.check.operator[0], abs(beyond))

    def __str__(self) -> str:
        details = [] if self.value is None else [shown(self.check.metric, self.value)]
        if self.check.unit == _BASELINE and self.limit is not None:
            details.append(f"limit {shown(self.check.metric, self.limit)}")
        if self.at is not None:
            details.append(f"{self.check.window} s until second {self.at}")
        words = ", ".join([*details, self.why] if self.why else details)
        return f"{self.check}: {self.verdict}" + (f" ({words})" if words else "")

    def as_dict(self) -> dict[str, Any]:
        """Return it in JSON's types."""
        return {**self._asdict(), "check": str(self.check)}


def parse_checks(texts: Iterable[str], baseline: Figures | None = None, timeout: float = inf) -> list[Check]:
    """Read all checks of a run, and see that they can be judged.

    Args:
        texts: as they are written.
        baseline: an earlier run's figures.
        timeout: seconds after which a batch without an answer is given up.

    Raises:
        UsageError: for a text that is not a check, or cannot be judged.
    """
    checks = [Check.parse(text) for text in texts]
    for check in checks:
        limit = check.limit(baseline)
        if METRICS[check.metric].unit == "ms" and check.operator.startswith("<") and limit > 1000 * timeout:
            raise _wrong(
                str(check), f"a batch without an answer is given up after --timeout {timeout:g} s and counts with that, "
                "so it would pass. Raise --timeout above the limit, or lower the limit."
            )  # fmt: skip
    return checks


def shown(metric: str, value: float) -> str:
    """Return a figure as people read it."""
    match METRICS[metric].unit:
        case "ms":
            if value >= BEYOND:
                return "beyond 1 h"
            return f"{value:,.3g} ms" if value < 100 else f"{value:,.0f} ms"
        case "share":
            return f"{100 * value:.3g} %"
        case "a second":
            return f"{value:,.3g} a second" if value < 100 else f"{value:,.0f} a second"
    return f"{value:,.0f}"


def _metric(text: str, name: str) -> Metric:
    if name in METRICS:
        return METRICS[name]
    if name in RENAMED_VALUES:
        raise _wrong(text, f"{name} is renamed to {RENAMED_VALUES[name]}")
    near = [known for known in METRICS if name and known.endswith(f"_{name}")]
    near = near or get_close_matches(name.lower().replace("-", "_"), METRICS, n=1)
    hint = (
        f"did you mean {' or '.join(near)}?"
        if near
        else "there are response_p99, events_per_s, error_rate, rejected and others"
    )
    raise _wrong(text, f"no metric is called {shortened(name)}; {hint}")


def _limit(text: str, name: str, metric: Metric, limit: str) -> tuple[float, str]:
    """Read the limit of a check."""
    if "baseline" in limit:
        found = re.fullmatch(rf"(?:({_NUMBER}) ?\* ?)?baseline", limit)
        if not found:
            raise _wrong(text, f"write a part of the baseline as '{name}<=1.1*baseline'")
        return _number(text, found[1] or "1"), _BASELINE
    found = re.fullmatch(rf"({_NUMBER}) ?(.*)", limit)
    if not found:
        raise _wrong(text, f"{shortened(limit)} is not a number; write it as {_example(name)!r}")
    number, unit = _number(text, found[1]), found[2].replace("µs", "us").replace("μs", "us")
    if metric.unit == "a second" and unit in {"", *_THOUSANDS}:
        return _rate(text, limit), ""
    if unit and unit not in _UNITS[metric.unit]:
        known = ", ".join(_UNITS[metric.unit])
        what = (
            f"is in {known}, not in {shortened(unit)}"
            if known
            else f"takes no unit such as {shortened(unit)}"
        )
        raise _wrong(text, f"{name} {what}; write it as {_example(name)!r}")
    if metric.unit == "share" and not unit and number > 1:
        raise _wrong(text, f"a share is from 0 to 1; for percent write '{found[1]}%'")
    return number, "ms" if metric.unit == "ms" and not unit else unit


def _number(text: str, written: str) -> float:
    number = float(written)
    if not isfinite(number):
        raise _wrong(text, f"{shortened(written)} is too large")
    return number


def _rate(text: str, written: str) -> float:
    try:
        return read_rate(written.replace(" ", ""))
    except UsageError as error:
        raise _wrong(text, str(error)) from None


def _window(text: str, name: str, written: str) -> int:
    try:
        seconds = read_duration(written)
    except UsageError as error:
        raise _wrong(text, f"over {error}") from None
    if seconds != int(seconds) or not 1 <= seconds <= LONGEST_WINDOW:
        raise _wrong(text, f"over {shortened(written)}: choose whole seconds, from 1s to 1h")
    if name in OF_THE_RUN:
        raise _wrong(text, f"{name} is known at the end alone; leave 'over {written}' out")
    return int(seconds)


def _example(name: str) -> str:
    """Return a check of this metric."""
    match METRICS[name].unit:
        case "ms":
            return f"{name}<250ms"
        case "share":
            return f"{name}>=99%" if METRICS[name].shows == "at least" else f"{name}<0.1%"
        case "a second":
            return f"{name}>=50000"
    return f"{name}==0"


def _wrong(text: str, why: str) -> UsageError:
    return UsageError(f"--check {shortened(text)}: {why}")
