"""A run as one HTML page, which opens offline and fetches nothing."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from generator.report import charts, stages, tables
from generator.report.bars import Bar, bars, greatest
from generator.report.confusion_table import confusion_table
from generator.report.delivery import Delivery
from generator.report.markup import Markup, element, joined, short
from generator.report.number import clock
from generator.report.run import Run
from generator.report.session import session
from generator.report.tiles import tiles
from generator.report.verdict import Headline, verdict

_MARKS = {"passed": "✓", "doubtful": "!", "failed": "✗"}
_REASONS = 12
_MOST_NOTES = 10
_LONGEST = 600
"""Letters of the verdict, which may hold an endpoint's own words."""


def page(run: Run, baseline: Run | None = None) -> str:
    """Draw a run.

    Args:
        run: the run.
        baseline: an earlier one to hold it against.
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
    """Draw what a verification found, where nothing else is known of the run."""
    headline = stages.WORDS[found.outcome]
    return _document(
        f"{headline} · Footfall run {short(', '.join(found.runs), 60)}",
        _header(found.outcome, stages.MARKS[found.outcome], headline, found.in_a_sentence,
                stages.notes(found), stages.facts(found)),
        *map(_section, stages.stages(found)),
        element("footer", "What was acknowledged must be found once, and as it was sent; what nobody answered for "
                "may be there or not."),
    )  # fmt: skip


def _document(title: str, *parts: Markup | None) -> str:
    """Make a whole page of its parts."""
    style, script = _beside("page.css"), _beside("page.js")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        # Else a browser that was given the page by a server asks it for an icon.
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", style),
    )
    body = element("body", element("main", *parts), element("script", script))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _beside(name: str) -> Markup:
    return Markup(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _policy(script: str) -> str:
    """Allow what the page brings along: even text that got through unescaped could run nothing, and fetch nothing."""
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
    told = (
        f"Baseline: run {baseline.run} of {baseline.started_at:%Y-%m-%d %H:%M:%S %Z}, "
        f"{clock(baseline.duration)} against {short(baseline.host or 'an unnamed host', 120)}; its lines are dashed"
    )
    if baseline.generator.limited:
        told += "; its generator was limited, its latencies are not valid"
    return element("p", f"{told}.", class_="baseline")


def _sections(run: Run, baseline: Run | None) -> tuple[Markup, ...]:
    statuses = [Bar("acknowledged", run.acked), Bar("rejected", run.rejected, "rejected"),
                Bar("unknown", run.unknown, "unknown"),
                *([Bar("not sent by the generator", run.local, "quiet")] if run.local else [])]  # fmt: skip
    return (
        _section(tables.checks(run)),
        *_delivery(run),
        _section(charts.rates(run, baseline)),
        _section(charts.latencies(run)),
        _pair(
            charts.percentiles(run, baseline),
            bars("mix", "Event mix", greatest(run.by_eid, "mix"), "event", none="No event was sent."),
        ),
        _section(charts.losses(run)),
        _pair(
            bars("statuses", "Batches by status", statuses, "batch", none="No batch was sent."),
            bars("reasons", "Refusals by reason", _reasons(run), "batch",
                 none="Nothing was refused."),
        ),
        _section(tables.scenarios(run)),
        _section(session(run.sample)),
        _pair(tables.facts(run), tables.options(run)),
    )  # fmt: skip


def _delivery(run: Run) -> Iterator[Markup]:
    """Show what was found behind the endpoint, where anybody looked, and how damage was judged, where any was done."""
    if run.delivery:
        yield _section(stages.verdict(run.delivery))
        yield from map(_section, stages.stages(run.delivery, run))
    if run.faults and (run.faults.rows or run.faults.missed):
        yield _section(confusion_table(run.faults))


def _reasons(run: Run) -> list[Bar]:
    """Give the reasons as bars, in the colour of the status that each begins with."""
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
        "Response latency is from the instant at which a batch was due, service latency from its sending. "
        "What was dropped counts as beyond any bound; curves leave it out. "
        "Long runs are thinned: of each stretch the highest and the lowest second are drawn, of latencies the highest. "
        f"Footfall {short(run.version, 40)}.",
    )
