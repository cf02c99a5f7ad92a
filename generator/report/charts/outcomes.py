"""Draw the outcomes of a run's events as a flow: sent, answered, found."""

from collections.abc import Iterator

from generator.report.charts.sankey import Branch, Stream, sankey
from generator.report.delivery import WORDS, Fault, Findings
from generator.report.markup import Markup, short

_ABOUT = 46
"""The most characters that fit next to an end."""


def outcomes(name: str, title: str, findings: Findings) -> Markup:
    """Draw the outcomes of the events.

    Args:
        name: unique in the page.
        title: the heading.
        findings: the result for one sink.
    """
    whole = Stream("events sent", findings.attempted, "offered")
    strays = [_bad("unexpected", findings.unexpected)]
    return sankey(name, title, whole, list(_ways(findings)), strays)


def _ways(findings: Findings) -> Iterator[Stream]:
    blind = findings.outcome == "unknown" and not findings.held
    yield Stream(
        "acknowledged", findings.acked, "stored", [_blind(findings)] if blind else list(_acked(findings))
    )
    yield Stream("rejected", findings.rejected, "quiet", [] if blind else list(_rejected(findings)))
    yield Stream("unknown", findings.unknown, "unknown", [] if blind else list(_unknown(findings)))
    apart = max(findings.attempted - findings.acked - findings.rejected - findings.unknown, 0)
    wrong = min(findings.false_accepts.events, apart)
    judged = Branch("·", apart - wrong, "judged apart", "injected faults", "quiet")
    yield Stream("faulty", apart, "quiet", [_bad("wrongly accepted", findings.false_accepts), judged])


def _acked(findings: Findings) -> Iterator[Branch]:
    yield _intact(findings)
    surplus = f"{WORDS['duplicated']}, {findings.surplus:,} copies too many" if findings.surplus else ""
    yield _bad("duplicated", findings.duplicated, surplus)
    yield _bad("altered", findings.altered)
    yield _bad("lost", findings.lost, _lost(findings))
    yield Branch("?", findings.missing.events, "not found", WORDS["not found"], "still-unknown")
    elsewhere = max(findings.acked - findings.due, 0)
    yield Branch("·", elsewhere, "not expected here", "the pipeline sends them elsewhere", "quiet")


def _intact(findings: Findings) -> Branch:
    """Return the events that are neither duplicated nor altered; if an event may be both, the count is a minimum."""
    spoilt = findings.duplicated.events, findings.altered.events
    others = findings.recovered.events + findings.rejected_yet_stored.events
    overlap = all(spoilt) or bool(others and any(spoilt))
    about = (
        f"{findings.changed:,} of them with an injected fault, known by id"
        if findings.changed
        else "delivered"
    )
    name = "found once" if findings.changed or findings.ignored else "found once, as sent"
    if findings.why_not_compared:
        name, about = "found by id", "contents were not compared"
    return Branch("✓", max(findings.found - sum(spoilt), 0), name, about, "stored", overlap)


def _lost(findings: Findings) -> str:
    """Return what is known of the lost events."""
    among = ", ".join(f"{count:,} of them among the {kind}" for kind, count in findings.lost_among.items())
    return among or ("" if findings.held else "the sink is empty")


def _rejected(findings: Findings) -> Iterator[Branch]:
    stored = findings.rejected_yet_stored.events
    yield Branch("·", max(findings.rejected - stored, 0), "not there", "rejected, and not stored", "quiet")
    yield _bad("rejected yet stored", findings.rejected_yet_stored)


def _unknown(findings: Findings) -> Iterator[Branch]:
    yield Branch("✓", findings.recovered.events, "recovered", WORDS["recovered"], "recovered")
    yield Branch("?", findings.still_unknown.events, "still unknown", WORDS["still unknown"], "still-unknown")


def _blind(findings: Findings) -> Branch:
    why = findings.why_unknown or "no sink could be read"
    return Branch("?", findings.acked, "not known", short(why, _ABOUT), "quiet")


def _bad(name: str, fault: Fault, about: str = "") -> Branch:
    return Branch("✗", fault.events, name, short(about or WORDS[name], _ABOUT), css_class(name))


def css_class(fault: str) -> str:
    """Return the CSS class of a fault."""
    return fault.replace(" ", "-")
