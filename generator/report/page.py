"""Write a run or a delivery as one HTML page, which opens offline and fetches nothing."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from generator.report import stages, tables
from generator.report.charts import time_series
from generator.report.charts.bars import Bar, bars, greatest
from generator.report.charts.session import session
from generator.report.delivery import Delivery
from generator.report.markup import Markup, element, joined, short
from generator.report.number import clock
from generator.report.run import Run
from generator.report.tables import confusion_table
from generator.report.tiles import tiles
from generator.report.verdict import Headline, verdict

_MARKS = {"passed": "✓", "doubtful": "!", "failed": "✗"}
_REASONS = 12
_MOST_NOTES = 10
_LONGEST = 600
"""The most letters of the verdict, which may contain the text of an endpoint's answer."""


def page(run: Run, baseline: Run | None = None) -> str:
    """Return the page of a run.

    Args:
        run: the run.
        baseline: an earlier run for comparison.
    """
    found = verdict(run)
    return _document(
        f"{found.headline} · Footfall run {run.run}",
        _head(run, found),
        _baseline(baseline),
        tiles(run, baseline),
        *_sections(run, baseline),
        _foot(run),
    )


def delivery_page(found: Delivery) -> str:
    """Return the page of a delivery, without anything else about its run."""
    headline = stages.WORDS[found.outcome]
    return _document(
        f"{headline} · Footfall run {short(', '.join(found.runs), 60)}",
        _header(found.outcome, stages.MARKS[found.outcome], headline, found.in_a_sentence,
                stages.notes(found), stages.facts(found)),
        *map(_section, stages.stages(found)),
        element("footer", "An acknowledged event must be found once, and as it was sent. An event without an answer "
                "may be there or not."),
    )  # fmt: skip


def _document(title: str, *parts: Markup | None) -> str:
    """Return a whole page from its parts."""
    style, script = _file("page.css"), _file("page.js")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        # Without this, a browser asks the server of the page for an icon.
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", style),
    )
    body = element("body", element("main", *parts), element("script", script))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _file(name: str) -> Markup:
    return Markup(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _policy(script: str) -> str:
    """Return a policy that allows only the content of the page: even unescaped text could run or fetch nothing."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:"


def _head(run: Run, found: Headline) -> Markup:
    facts = (
        run.host, run.contract, f"{run.model} model", f"{clock(run.duration)} from {run.started_at:%Y-%m-%d %H:%M:%S %Z}",
        f"run {run.run}", f"seed {run.seed}",
    )  # fmt: skip
    notes = run.notes[:_MOST_NOTES]
    return _header(found.status, _MARKS[found.status], found.headline, found.sentence, notes, facts)


def _header(
    look: str, mark: str, headline: str, sentence: str, notes: Iterable[str], facts: Iterable[str]
) -> Markup:
    return element(
        "header",
        element("span", mark, class_="mark", aria_hidden="true"),
        element(
            "div",
            element("h1", headline),
            element("p", short(sentence, _LONGEST), class_="sentence"),
            *(element("p", short(note, _LONGEST), class_="note") for note in notes),
            element("p", " · ".join(short(fact, 120) for fact in facts if fact), class_="facts"),
        ),
        class_=look,
    )


def _baseline(baseline: Run | None) -> Markup | None:
    if not baseline:
        return None
    text = (
        f"Baseline: run {baseline.run} of {baseline.started_at:%Y-%m-%d %H:%M:%S %Z}, "
        f"{clock(baseline.duration)} against {short(baseline.host or 'an unnamed host', 120)}; its lines are dashed"
    )
    if baseline.generator.limited:
        text += "; its generator was limited, its latencies are not valid"
    return element("p", f"{text}.", class_="baseline")


def _sections(run: Run, baseline: Run | None) -> tuple[Markup, ...]:
    statuses = [Bar("acknowledged", run.acked), Bar("rejected", run.rejected, "rejected"),
                Bar("unknown", run.unknown, "unknown"),
                *([Bar("not sent by the generator", run.local, "quiet")] if run.local else [])]  # fmt: skip
    return (
        _section(tables.checks(run)),
        *_delivery(run),
        _section(time_series.rates(run, baseline)),
        _section(time_series.latencies(run)),
        _pair(
            time_series.percentiles(run, baseline),
            bars("mix", "Event mix", greatest(run.by_eid, "mix"), "event", none="No event was sent."),
        ),
        _section(time_series.losses(run)),
        _pair(
            bars("statuses", "Batches by status", statuses, "batch", none="No batch was sent."),
            bars("reasons", "Rejected and unknown batches by reason", _reasons(run), "batch",
                 none="No batch was rejected or unknown."),
        ),
        _section(tables.scenarios(run)),
        _section(session(run.sample)),
        _pair(tables.facts(run), tables.options(run)),
    )  # fmt: skip


def _delivery(run: Run) -> Iterator[Markup]:
    """Yield the cards of the verification and of the injected faults, if there are any."""
    if run.delivery:
        yield _section(stages.verdict(run.delivery))
        yield from map(_section, stages.stages(run.delivery, run))
    if run.faults and (run.faults.rows or run.faults.missed):
        yield _section(confusion_table(run.faults))


def _reasons(run: Run) -> list[Bar]:
    """Return the reasons as bars, in the colour of the status at their beginning."""
    rows = greatest(run.reasons, "quiet", _REASONS)
    rows = [row._replace(name=row.name.removeprefix("local: ")) for row in rows]
    return [row._replace(name=row.name.partition(": ")[2], look=row.name.partition(": ")[0])
            if row.name.startswith(("rejected: ", "unknown: ")) else row for row in rows]  # fmt: skip


def _section(inside: Markup | None) -> Markup:
    return element("div", inside, class_="card") if inside else Markup()


def _pair(left: Markup, right: Markup) -> Markup:
    return element("div", joined([_section(left), _section(right)]), class_="pair")


def _foot(run: Run) -> Markup:
    return element(
        "footer",
        "Response latency starts at the due time of a batch, service latency at its sending. "
        "Dropped batches count as beyond any bound; curves leave them out. "
        "Long runs show the highest and the lowest second of each interval, for latencies the highest. "
        f"Footfall {short(run.version, 40)}.",
    )
