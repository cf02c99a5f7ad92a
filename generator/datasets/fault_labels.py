"""Damage in a dataset: a session's lines with what was done to them, and a line of label for each damaged event."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from generator.faults.injector import FaultyBatch, Injector
from generator.faults.kind import FAMILIES, Verdict
from generator.faults.kinds import KINDS
from generator.scenarios.story import Session
from generator.spec.rules import Form
from generator.telemetry import BATCH_SIZE

_ENCODER = msgspec.json.Encoder()


class LabelledSession(NamedTuple):
    """A session with damage.

    Attributes:
        lines: its events, damage included, one a line.
        faults: the kind of damage by the event's sequence, of those that have any.
        labels: what was done, one line an event.
        sent: how many lines there are.
    """

    lines: bytes
    faults: dict[int, str]
    labels: bytes
    sent: int


def inject_faults(session: Session, form: Form, injector: Injector) -> LabelledSession:
    """Do damage to a session.

    It is cut as the web client cuts it; what is sent again as it was stands behind its batch, and a replayed
    session behind itself.
    """
    texts = session.lines(form).splitlines()
    batches = injector.batches([*_cut(session, texts)], session.number)
    sent: list[bytes] = []
    for batch in batches:
        sent += batch.events
        if batch.again == "same":
            sent += batch.events
    sent += [text for batch in batches if batch.again == "anew" for text in batch.events]
    faults = _faults(batches, [len(cut) for cut in _cut(session, texts)])
    labels = _ENCODER.encode_lines([_said(session, place, fault, form) for place, fault in faults.items()])
    return LabelledSession(b"".join(text + b"\n" for text in sent), faults, labels, len(sent))


def _cut(session: Session, texts: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    first = 0
    for batch in session.batches(BATCH_SIZE):
        yield texts[first : first + len(batch)]
        first += len(batch)


def _faults(batches: Sequence[FaultyBatch], sizes: Sequence[int]) -> dict[int, str]:
    """Give the kind of damage by sequence; a label of a whole batch is that of each of its events."""
    faults: dict[int, str] = {}
    first = 0
    for batch, size in zip(batches, sizes, strict=True):
        for label in batch.labels:
            hit = range(first, first + size) if label.sequence is None else (label.sequence,)
            faults.update(dict.fromkeys(hit, label.fault))
        first += size
    return faults


def _said(session: Session, place: int, fault: str, form: Form) -> dict[str, Any]:
    kind = KINDS[fault]
    verdicts: dict[str, Verdict | None] = {family: kind.verdict(family, form) for family in FAMILIES}
    return {
        "mid": session.events[place].mid,
        "session": session.number,
        "sequence": place,
        "scenario": session.scenario,
        "fault": fault,
        "verdicts": verdicts,
    }
