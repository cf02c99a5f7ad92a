"""A session cut into batches, as its client would have cut it."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from generator.load.replay.raw_event import RawEvent


class RecordedBatch(NamedTuple):
    """What is sent at once.

    Attributes:
        entries: its events.
        due: seconds of story from the session's beginning to the last of its events, or of those before it.
    """

    entries: list[RawEvent]
    due: float


def split_into_batches(
    entries: list[RawEvent], start: int, size: int, *, at_end: bool
) -> Iterator[RecordedBatch]:
    """Cut a session's events.

    Args:
        entries: its events, in their order.
        start: its first instant.
        size: events in a batch at most.
        at_end: whether each END ends a batch.
    """
    last, held = start, list[RawEvent]()
    for entry in entries:
        held.append(entry)
        last = max(last, start if entry.ets is None else entry.ets)
        if len(held) >= size or (at_end and entry.eid == "END"):
            yield RecordedBatch(held, (last - start) / 1000)
            held = []
    if held:
        yield RecordedBatch(held, (last - start) / 1000)


def split_as_recorded(
    entries: list[RawEvent], start: int, size: int, most: int, *, at_end: bool
) -> Iterator[RecordedBatch]:
    """Cut a session's events where its batches were recorded; what stands alone as `split_into_batches` does.

    Args:
        entries: its events, in their order.
        start: its first instant.
        size: events in a batch at most, of those that stand alone.
        most: the most that the endpoint takes; 0 for any number.
        at_end: whether each END ends a batch of those that stand alone.
    """
    last = 0.0
    for body, together in groupby(entries, attrgetter("body")):
        held = list(together)
        pieces = (
            split_into_batches(held, start, most or len(held), at_end=False)
            if body
            else split_into_batches(held, start, size, at_end=at_end)
        )
        for batch in pieces:
            last = max(last, batch.due)
            yield batch._replace(due=last)
