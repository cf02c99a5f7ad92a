"""The injector: does the damage that a plan asks for, one seed, one outcome, whatever the order of the batches."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from generator.chance import SeededChance
from generator.faults.batch_faults import AGAIN, BODIES, CLOCKS, Again, moved
from generator.faults.body_faults import BodyFault, HttpPayload
from generator.faults.kind import FaultKind
from generator.faults.kinds import CHANGES
from generator.faults.label import FaultLabel
from generator.faults.plan import FaultPlan
from generator.faults.valid_but_odd import LARGE
from generator.spec.identity import make_msgid
from generator.spec.rules import Form

_MOST_LARGE = 3
"""Enormous events in one batch: with a fourth and a fifth it would be too large itself, which is another damage."""
_BITS = 2**53
_OWN = 2**31
"""Added to a batch's number where it is sent again under an msgid of its own: no session has so many batches."""


class FaultyBatch(NamedTuple):
    """A batch after the damage.

    Attributes:
        events: the JSON texts that are sent, in order; those that were not touched are the given ones themselves.
        labels: what was done, by event, or for all of the batch where the sequence is None.
        body: what is done to the request: `body.apply(headers, body)`; None for nothing.
        again: how all of it is sent once more behind itself: "same", or "anew" with another msgid; None for not.
    """

    events: Sequence[bytes]
    labels: Sequence[FaultLabel] = ()
    body: BodyFault | None = None
    again: Again | None = None

    def carried(self, headers: Mapping[str, str], body: bytes) -> HttpPayload:
        """Give headers and body of the request as they are sent.

        Args:
            headers: of a request with the events of this batch.
            body: of the same request.
        """
        return HttpPayload(dict(headers), body) if self.body is None else self.body.apply(headers, body)


def resent_msgid(batch: int, run: int, session: int) -> str:
    """Give the msgid under which a batch is sent again, where that is another one."""
    return make_msgid(batch + _OWN, run, session)


def encoded(event: Any) -> bytes:
    """Write a damaged event; a lone surrogate stands in it as an escape."""
    try:
        return msgspec.json.encode(event)
    except UnicodeEncodeError:
        return json.dumps(event, separators=(",", ":")).encode()


class Injector:
    """Does damage to batches of one run.

    What is done to a batch depends on seed, run, session, batch and the events' sequences alone. Two damages never
    meet: a damaged session's batches, and a damaged batch's events, get no further one.

    Args:
        plan: which damage, and how much.
        seed: decides where.
        run: the run in every mid.
        form: of the events.
    """

    def __init__(self, plan: FaultPlan, seed: int, run: int, form: Form) -> None:
        self._plan, self._form = plan, form
        self._seed = (seed, "fault", run)

    def batches(self, batches: Sequence[Sequence[bytes]], session: int) -> list[FaultyBatch]:
        """Damage all batches of a session; see `damage`."""
        done, first = [], 0
        for number, events in enumerate(batches):
            done.append(self.damage(events, session, number, first))
            first += len(events)
        return done

    def damage(self, events: Sequence[bytes], session: int, batch: int, first: int) -> FaultyBatch:
        """Damage one batch, or leave it as it is.

        Args:
            events: the JSON text of each, valid in this form, their mids ours.
            session: the session's number.
            batch: the batch's number in it.
            first: the sequence of the first event.
        """
        if not self._plan:
            return FaultyBatch(events)
        if self._plan.sessions.total:
            # One draw a session: each of its batches gives the same answer.
            chance = SeededChance(*self._seed, session)
            kind = self._plan.sessions.at(_drawn(chance))
            if kind is not None:
                return self._in_session(kind, events, FaultLabel(session, batch, None, kind.name), chance)
        chance = SeededChance(*self._seed, session, batch)
        if self._plan.batches.total:
            kind = self._plan.batches.at(_drawn(chance))
            if kind is not None:
                return _whole(kind, events, FaultLabel(session, batch, None, kind.name), chance)
        return self._by_event(events, FaultLabel(session, batch, first, ""), chance)

    def _in_session(
        self, kind: FaultKind, events: Sequence[bytes], label: FaultLabel, chance: SeededChance
    ) -> FaultyBatch:
        if kind in AGAIN:
            return FaultyBatch(events, (label,), again=AGAIN[kind])
        by = CLOCKS[kind](chance)
        return FaultyBatch([encoded(moved(msgspec.json.decode(event), by)) for event in events], (label,))

    def _by_event(self, events: Sequence[bytes], at: FaultLabel, chance: SeededChance) -> FaultyBatch:
        shares = self._plan.events
        hits = [shares.at(_drawn(chance)) for _ in range(len(events))] if shares.total else []
        if not any(hits):
            return FaultyBatch(events)
        sent: list[bytes] = []
        labels: list[FaultLabel] = []
        large = 0
        for place, (text, kind) in enumerate(zip(events, hits, strict=True)):
            large += kind in LARGE
            changed = self._changed(kind, text, at, place) if kind and large <= _MOST_LARGE else None
            sent += [text] if changed is None else changed
            if kind and changed is not None:
                labels.append(at._replace(sequence=(at.sequence or 0) + place, fault=kind.name))
        return FaultyBatch(sent, labels)

    def _changed(self, kind: FaultKind, text: bytes, at: FaultLabel, place: int) -> list[bytes] | None:
        event = msgspec.json.decode(text)
        chance = SeededChance(*self._seed, at.session, at.batch, place, kind.name)
        changed = CHANGES[kind](event, self._form, chance)
        return None if changed is None else [text if one is event else encoded(one) for one in changed]


def _whole(kind: FaultKind, events: Sequence[bytes], label: FaultLabel, chance: SeededChance) -> FaultyBatch:
    if kind in AGAIN:
        return FaultyBatch(events, (label,), again=AGAIN[kind])
    return FaultyBatch(events, (label,), body=chance.pick(BODIES[kind]))


def _drawn(chance: SeededChance) -> float:
    return chance.between(0, _BITS - 1) / _BITS
