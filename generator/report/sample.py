"""A sample session: its events, told in some words each."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from generator.report.event_text import event_text, source_of, time_of
from generator.report.run import Sample, SampleEvent

MOST = 400
"""Events of a session that are kept."""


def sample_of(scenario: str, events: Iterable[dict[str, Any]]) -> Sample:
    """Give a session as summary.json has it.

    Args:
        scenario: its name.
        events: decoded, in the order in which they were recorded.
    """
    kept = list(islice(events, MOST))
    start = time_of(kept[0]) if kept else 0
    return Sample(scenario=scenario, events=[_event(event, start) for event in kept])


def _event(event: dict[str, Any], start: float) -> SampleEvent:
    at = round((time_of(event) - start) / 1000, 3)
    return SampleEvent(at=at, eid=str(event.get("eid", "")), told=event_text(event), source=source_of(event))
