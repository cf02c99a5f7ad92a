"""Arrivals: the batches that many devices sent, and how they arrived: late, lost, twice, out of order.

@given(interleavings(sessions("practice")))
def test_my_pipeline_survives(history):
    for arrival in history.arrivals:
        take(arrival.batch)
    assert stored() == {event["mid"] for batch in history.arrived for event in batch.events}
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

from generator.delivery.batch import Batch, identity_of, in_form
from generator.errors import UsageError
from generator.scenarios.event_text import event_text, pause_text
from generator.scenarios.story import Session
from generator.spec.identity import PlayIds, make_msgid, read_msgid, tail
from generator.spec.rules import Form, check_form
from generator.telemetry import BATCH_SIZE

LONGEST_DELAY = 86_400_000
"""The longest delay of a batch, in milliseconds."""


class Arrival(NamedTuple):
    """A batch that arrived.

    Attributes:
        at: the time of the arrival, in milliseconds since 1970.
        batch: the batch; if it is sent again, it is the same to the byte.
        attempt: the number of the device's attempt; the first is 1.
    """

    at: int
    batch: Batch
    attempt: int


class History(NamedTuple):
    """The batches that devices sent, and their arrivals.

    Attributes:
        sent: each batch once, in the order of sending.
        arrivals: the arrivals in their order; a batch has none, one or two.
    """

    sent: list[Batch]
    arrivals: list[Arrival]

    def __repr__(self) -> str:
        """Return the history batch by batch, with pauses, delays, attempts and losses, to explain a failure."""
        places = {batch.msgid: place for place, batch in enumerate(self.sent)}
        sent = " ".join(f"{place}({_batch_text(batch)})" for place, batch in enumerate(self.sent))
        arrived = " ".join(f"{places[each.batch.msgid]}{_arrival_text(each)}" for each in self.arrivals)
        lost = "".join(f" {places[batch.msgid]}" for batch in self.lost)
        return f"<History: sent {sent}; arrived {arrived or 'nothing'}{lost and f'; lost{lost}'}>"

    @property
    def arrived(self) -> list[Batch]:
        """The batches that arrived at least once, in the order of sending."""
        arrived = {arrival.batch.msgid for arrival in self.arrivals}
        return [batch for batch in self.sent if batch.msgid in arrived]

    @property
    def lost(self) -> list[Batch]:
        """The batches that never arrived, in the order of sending."""
        arrived = {arrival.batch.msgid for arrival in self.arrivals}
        return [batch for batch in self.sent if batch.msgid not in arrived]


def _batch_text(batch: Batch) -> str:
    """Return a batch's session and its events, with the time that passes between them."""
    owner = read_msgid(batch.msgid)
    parts: list[str] = []
    before = None
    for event in (event for event in batch.events if isinstance(event, dict)):
        parts += [pause_text(event["ets"] - before)] if before is not None and event["ets"] != before else []
        parts.append(event_text(event["eid"], event["edata"]))
        before = event["ets"]
    return f"session {owner.session if owner else '?'}: {' '.join(parts)}"


def _arrival_text(arrival: Arrival) -> str:
    """Return how long after its sending a batch arrived, and at which attempt if not at the first."""
    attempt = f"(attempt {arrival.attempt})" if arrival.attempt > 1 else ""
    return f"{pause_text(arrival.at - arrival.batch.ets)}{attempt}"


def interleavings(
    sessions: st.SearchStrategy[Session],
    *,
    form: Form = "wire",
    max_sessions: int = 3,
    batch_size: int = BATCH_SIZE,
    longest_delay: int = LONGEST_DELAY,
) -> st.SearchStrategy[History]:
    """Draw the arrival history of many devices' batches: with delay, loss, duplication and reordering.

    Shrinks to one session whose batches all arrive once, in order and without delay.

    Args:
        sessions: the sessions; each gets a number of its own, and so mids and msgids of its own.
        form: the form of the events, which are mappings, as a JSON reader sees them.
        max_sessions: the most sessions.
        batch_size: the most events in a batch; a session is cut as the real client does, at each END too.
        longest_delay: the longest delay of a batch, in milliseconds.

    Raises:
        UsageError: for an unknown form, and for numbers out of range.
    """
    for name, value in (("max_sessions", max_sessions), ("batch_size", batch_size)):
        if value < 1:
            raise UsageError(f"{name}={value}: at least 1 is needed")
    if longest_delay < 0:
        raise UsageError(f"longest_delay={longest_delay}: 0 or more is needed")
    played = st.lists(sessions, min_size=1, max_size=max_sessions)
    return _histories(played, check_form(form), batch_size, st.integers(0, longest_delay))


@st.composite
def _histories(
    draw: st.DrawFn,
    played: st.SearchStrategy[list[Session]],
    form: Form,
    batch_size: int,
    delays: st.SearchStrategy[int],
) -> History:
    sent = [
        batch
        for number, session in enumerate(draw(played))
        for batch in _batches(session, number, form, batch_size)
    ]
    sent.sort(key=lambda batch: batch.ets)
    attempts = _attempts(delays)
    arrivals = [
        Arrival(batch.ets + delay, batch, attempt) for batch in sent for attempt, delay in draw(attempts)
    ]
    arrivals.sort(key=lambda arrival: arrival.at)
    return History(sent, arrivals)


# Half of all batches arrive at once; of the others some late, some at the second attempt, some twice, some never.
_CASES = st.integers(0, 7)


@st.composite
def _attempts(draw: st.DrawFn, delays: st.SearchStrategy[int]) -> list[tuple[int, int]]:
    """Draw the attempts of a batch that arrive, each with its delay."""
    match draw(_CASES):
        case 4:
            return [(1, draw(delays))]
        case 5:
            return [(2, draw(delays))]
        case 6:
            return [(1, draw(delays)), (2, draw(delays))]
        case 7:
            return []
    return [(1, 0)]


def _batches(session: Session, number: int, form: Form, batch_size: int) -> Iterator[Batch]:
    """Yield the batches of a session, under another session number."""
    renamed = _Renamed(session, number)
    for place, recorded in enumerate(session.batches(batch_size)):
        events = [renamed(event) for event in in_form(recorded, form)]
        msgid = make_msgid(place, session.run, number)
        yield Batch(msgid, recorded[-1].event.ets, events, identity_of(recorded[0].event))


class _Renamed:
    """Renames a session's events to another session number: mids, and the ids that belong to the play alone."""

    def __init__(self, session: Session, number: int) -> None:
        old, new = tail(session.run, session.number), tail(session.run, number)
        ids = PlayIds(session.run, number)
        self._names = [(old, new)]
        self._names += [(mark.value, ids.make(mark.kind, mark.ordinal)) for mark in session.marks]

    def __call__(self, event: Any) -> dict[str, Any]:
        text = msgspec.json.encode(event)
        for old, new in self._names:
            text = text.replace(old.encode(), new.encode())
        named: dict[str, Any] = msgspec.json.decode(text)
        return named
