"""What became of a run's events, as a flow: sent, answered, found."""

from collections.abc import Iterator

from generator.report.delivery import WORDS, Fault, Findings
from generator.report.flow import End, Way, flow
from generator.report.markup import Markup, short

_ABOUT = 46
"""Letters for which there is room beside an end."""


def fates(name: str, title: str, findings: Findings) -> Markup:
    """Draw what became of the events.

    Args:
        name: unique in the page.
        title: what is drawn.
        findings: of one sink.
    """
    whole = Way("events sent", findings.attempted, "offered")
    strays = [_bad("unexpected", findings.unexpected)]
    return flow(name, title, whole, list(_ways(findings)), strays)


def _ways(findings: Findings) -> Iterator[Way]:
    blind = findings.outcome == "unknown" and not findings.held
    yield Way(
        "acknowledged", findings.acked, "stored", [_blind(findings)] if blind else list(_acked(findings))
    )
    yield Way("rejected", findings.rejected, "quiet", [] if blind else list(_rejected(findings)))
    yield Way("unknown", findings.unknown, "unknown", [] if blind else list(_unknown(findings)))
    apart = max(findings.attempted - findings.acked - findings.rejected - findings.unknown, 0)
    wrong = min(findings.wrongly_accepted.events, apart)
    judged = End("·", apart - wrong, "judged apart", "damaged on purpose", "quiet")
    yield Way("damaged", apart, "quiet", [_bad("wrongly accepted", findings.wrongly_accepted), judged])


def _acked(findings: Findings) -> Iterator[End]:
    yield _intact(findings)
    surplus = f"{WORDS['duplicated']}, {findings.surplus:,} copies too many" if findings.surplus else ""
    yield _bad("duplicated", findings.duplicated, surplus)
    yield _bad("altered", findings.altered)
    yield _bad("lost", findings.lost, _lost(findings))
    yield End("?", findings.missing.events, "not found", WORDS["not found"], "still-unknown")
    elsewhere = max(findings.acked - findings.due, 0)
    yield End("·", elsewhere, "not expected here", "the pipeline sends them elsewhere", "quiet")


def _intact(findings: Findings) -> End:
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
    return End("✓", max(findings.found - sum(spoilt), 0), name, about, "stored", overlap)


def _lost(findings: Findings) -> str:
    """Say of the lost ones what is known of them."""
    among = ", ".join(f"{count:,} of them among the {kind}" for kind, count in findings.lost_among.items())
    return among or ("" if findings.held else "the sink is empty")


def _rejected(findings: Findings) -> Iterator[End]:
    stored = findings.rejected_yet_stored.events
    yield End("·", max(findings.rejected - stored, 0), "not there", "rejected, and not stored", "quiet")
    yield _bad("rejected yet stored", findings.rejected_yet_stored)


def _unknown(findings: Findings) -> Iterator[End]:
    yield End("✓", findings.recovered.events, "recovered", WORDS["recovered"], "recovered")
    yield End("?", findings.still_unknown.events, "still unknown", WORDS["still unknown"], "still-unknown")


def _blind(findings: Findings) -> End:
    why = findings.why_unknown or "nobody could look"
    return End("?", findings.acked, "not known", short(why, _ABOUT), "quiet")


def _bad(name: str, fault: Fault, about: str = "") -> End:
    return End("✗", fault.events, name, short(about or WORDS[name], _ABOUT), look_of(name))


def look_of(fault: str) -> str:
    """Give the class of the style sheet for a fault."""
    return fault.replace(" ", "-")
