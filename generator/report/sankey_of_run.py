"""What became of a run's events, as a flow: sent, answered, found."""

from collections.abc import Iterator

from generator.report.delivery import WORDS, Fault, Findings
from generator.report.markup import Markup, short
from generator.report.sankey import Branch, Stream, sankey

_ABOUT = 46
"""Letters for which there is room beside an end."""


def outcomes(name: str, title: str, findings: Findings) -> Markup:
    """Draw what became of the events.

    Args:
        name: unique in the page.
        title: what is drawn.
        findings: of one sink.
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
    judged = Branch("·", apart - wrong, "judged apart", "damaged on purpose", "quiet")
    yield Stream("damaged", apart, "quiet", [_bad("wrongly accepted", findings.false_accepts), judged])


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
    """Give what is neither duplicated nor altered; where an event may be both, or not acknowledged, that is a least."""
    spoilt = findings.duplicated.events, findings.altered.events
    others = findings.recovered.events + findings.rejected_yet_stored.events
    overlap = all(spoilt) or bool(others and any(spoilt))
    about = (
        f"{findings.changed:,} of them damaged on purpose, and known by id"
        if findings.changed
        else "delivered"
    )
    name = "found once" if findings.changed or findings.ignored else "found once, as sent"
    if findings.why_not_compared:
        name, about = "found by id", "contents were not compared"
    return Branch("✓", max(findings.found - sum(spoilt), 0), name, about, "stored", overlap)


def _lost(findings: Findings) -> str:
    """Say of the lost ones what is known of them."""
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
    why = findings.why_unknown or "nobody could look"
    return Branch("?", findings.acked, "not known", short(why, _ABOUT), "quiet")


def _bad(name: str, fault: Fault, about: str = "") -> Branch:
    return Branch("✗", fault.events, name, short(about or WORDS[name], _ABOUT), css_class(name))


def css_class(fault: str) -> str:
    """Give the class of the style sheet for a fault."""
    return fault.replace(" ", "-")
