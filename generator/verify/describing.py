"""Sets of events described for people: by eid, scenario, worker and minute, and the first hundred one by one."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

from msgspec import structs
from pyroaring import BitMap

from generator.spec.identity import Mid, make_msgid, tail
from generator.verify.expectation import Expectation, Source
from generator.verify.findings import Difference, Example, Fault
from generator.verify.noticed import Alteration, Beyond, Stray
from generator.verify.originals import Originals
from generator.verify.seen import SHOWN
from generator.verify.sessions import NONE

_MOST_NAMED = 1_000_000
"""Events whose eids are told: for that their sessions are made anew."""
_UNTOLD = "?"


class Describing:
    """Describes sets of events.

    Args:
        expectation: whose.
        originals: tell the eid of what was not found.
        beyond: what a ledger that broke off says nothing of; numbered after all others.
    """

    def __init__(self, expectation: Expectation, originals: Originals, beyond: list[Beyond]) -> None:
        self._expectation, self._originals, self._beyond = expectation, originals, beyond

    def fault(self, events: BitMap, alterations: Iterable[Alteration] = ()) -> Fault:
        """Describe a set.

        Args:
            events: their numbers.
            alterations: what is known of some of them.
        """
        if not events:
            return Fault()
        count = self._expectation.count
        scenarios, workers, minutes = Counter[str](), Counter[str](), Counter[str]()
        eids = Counter[str]()
        for batch, sequences in self._batches(islice(events, events.rank(count - 1) if count else 0)):
            many = len(sequences)
            scenarios[self._scenario(batch)] += many
            workers[str(self._source(batch).header.worker)] += many
            minutes[_minute(self._begun(batch))] += many
            if eids.total() < _MOST_NAMED:
                known = self._originals.eids(self._expectation.batches.session[batch])
                eids.update([known.get(sequence, _UNTOLD) for sequence in sequences])
        eids.update(self._beyond[event - count].ours.eid for event in events.iter_equal_or_larger(count))
        return Fault(
            events=len(events),
            by_eid=_sorted(eids),
            by_scenario=_sorted(scenarios),
            by_worker=_sorted(workers),
            by_minute=dict(sorted(minutes.items())),
            examples=self._examples(events, alterations),
        )

    def unexpected(self, strays: list[Stray], eids: Counter[str]) -> Fault:
        """Describe what was never sent."""
        return Fault(events=eids.total(), by_eid=_sorted(eids), examples=[self._stray(one) for one in strays])

    def _examples(self, events: BitMap, alterations: Iterable[Alteration]) -> list[Example]:
        known: dict[int, Alteration] = {}
        for one in alterations:
            known.setdefault(one.event, one)
        first = [event for event in known if event in events] or list(islice(events, SHOWN))
        return [self._example(event, known.get(event)) for event in first]

    def _example(self, event: int, altered: Alteration | None) -> Example:
        if event >= self._expectation.count:
            found = self._beyond[event - self._expectation.count]
            example = self._of_session(found.mid, found.ours, found.session)
        else:
            example = self._sent(event)
        if altered is None:
            return example
        differences = [Difference(one.path, one.sent, one.found) for one in altered.differences]
        return structs.replace(example, place=altered.place, differences=differences)

    def _sent(self, event: int) -> Example:
        expectation = self._expectation
        batch, sequence = expectation.batch(event), expectation.sequence(event)
        session = expectation.batches.session[batch]
        run = expectation.sources[expectation.sessions.ledger[session]].header.run
        number = expectation.sessions.number[session]
        eid = self._originals.eids(session).get(sequence, _UNTOLD)
        mid = f"{eid}:{sequence:08x}{tail(run, number)}"
        return structs.replace(
            self._of_session(mid, Mid("", sequence, run, number), session),
            batch=expectation.batches.number[batch],
            msgid=make_msgid(expectation.batches.number[batch], run, number),
            sent=self._begun(batch),
        )

    def _stray(self, stray: Stray) -> Example:
        session = self._expectation.sessions.place(stray.ours.run, stray.ours.session)
        return structs.replace(
            self._of_session(stray.mid, stray.ours, session), place=stray.place, why=stray.why
        )

    def _of_session(self, mid: str, ours: Mid, session: int) -> Example:
        run, number = f"{ours.run:08x}", ours.session
        if session == NONE:
            return Example(mid=mid, run=run, session=number)
        sessions, sources = self._expectation.sessions, self._expectation.sources
        worker = sources[sessions.ledger[session]].header.worker
        return Example(mid=mid, run=run, session=number, scenario=sessions.scenario(session), worker=worker)

    def _batches(self, events: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
        """Give the batches of events that ascend, and the sequences of those that are of each."""
        expectation, batch, end, shift = self._expectation, NONE, 0, 0
        sequences: list[int] = []
        for event in events:
            if event >= end:
                if sequences:
                    yield batch, sequences
                batch, sequences = expectation.batch(event), []
                base = expectation.batches.base[batch]
                end = max(event + 1, base + expectation.batches.events[batch])
                # What stands beyond its batch is alone in its place.
                shift = expectation.sequence(event) - event
            sequences.append(event + shift)
        if sequences:
            yield batch, sequences

    def _scenario(self, batch: int) -> str:
        sessions = self._expectation.sessions
        return sessions.scenario(self._expectation.batches.session[batch]) or _UNTOLD

    def _begun(self, batch: int) -> int:
        return round(self._source(batch).header.started) + self._expectation.batches.begun[batch]

    def _source(self, batch: int) -> Source:
        session = self._expectation.batches.session[batch]
        return self._expectation.sources[self._expectation.sessions.ledger[session]]


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _minute(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")
