"""Hypothesis strategies: valid events, batches and sessions, and scenarios played on Hypothesis' choices.

    @given(sessions("practice"))
    def test_my_parser_survives(session):
        parse(session.lines("wire"))

Hypothesis draws and shrinks the decisions, the simplest first; noise comes from one seed per session.
"""

from generator.strategies.arrivals import Arrival, History, interleavings
from generator.strategies.batches import batches, requests
from generator.strategies.chance import DrawnChance
from generator.strategies.envelope import actors, contexts, envelopes, mids, objects
from generator.strategies.events import events
from generator.strategies.invalid import corrupt_bodies, invalid_events, invalid_sessions
from generator.strategies.payloads import (
    assess_payloads,
    audit_payloads,
    end_payloads,
    error_payloads,
    exdata_payloads,
    feedback_payloads,
    heartbeat_payloads,
    impression_payloads,
    interact_payloads,
    interrupt_payloads,
    log_payloads,
    metrics_payloads,
    payloads,
    response_payloads,
    search_payloads,
    share_payloads,
    start_payloads,
    summary_payloads,
)
from generator.strategies.sessions import sessions
from generator.strategies.steps import steps

__all__ = [
    "Arrival",
    "DrawnChance",
    "History",
    "actors",
    "assess_payloads",
    "audit_payloads",
    "batches",
    "contexts",
    "corrupt_bodies",
    "end_payloads",
    "envelopes",
    "error_payloads",
    "events",
    "exdata_payloads",
    "feedback_payloads",
    "heartbeat_payloads",
    "impression_payloads",
    "interact_payloads",
    "interleavings",
    "interrupt_payloads",
    "invalid_events",
    "invalid_sessions",
    "log_payloads",
    "metrics_payloads",
    "mids",
    "objects",
    "payloads",
    "requests",
    "response_payloads",
    "search_payloads",
    "sessions",
    "share_payloads",
    "start_payloads",
    "steps",
    "summary_payloads",
]
