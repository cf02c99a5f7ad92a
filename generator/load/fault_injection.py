"""Fault injection: some of a run's batches get faults, and each fault is labelled."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Raw, Struct

from generator.delivery.batch import Batch
from generator.delivery.contracts import Contract, Request
from generator.delivery.outcome import write
from generator.faults.confusion import may_be_refused
from generator.faults.injector import FaultyBatch, Injector, resent_msgid
from generator.faults.kind import family_of
from generator.ledger.record import EventLabel
from generator.load.injected_fault import FaultyBatchOutcome, InjectedFault
from generator.load.plan import Plan
from generator.load.prepared_batch import PreparedBatch
from generator.spec.identity import Mid, read_mid, read_msgid


class LazyEventTexts(Sequence[bytes]):
    """The JSON texts of a batch's events, made when the first of them is asked for.

    Args:
        count: how many there are.
        make: makes them.
    """

    def __init__(self, count: int, make: Callable[[], Iterable[bytes]]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: Any) -> Any:
        return self._texts[place]

    @cached_property
    def _texts(self) -> list[bytes]:
        return list(self._make())


class _Named(Struct, gc=False):
    mid: Any = None


_named = msgspec.json.Decoder(_Named)


class RunFaultInjector:
    """Injects faults into batches of one run.

    Args:
        plan: what is sent, and which faults are injected.
        run: the run in every mid.
    """

    def __init__(self, plan: Plan, run: int) -> None:
        self._injector = Injector(plan.faults, plan.settings.seed, run, plan.form)
        self._family, self._form = family_of(plan.settings.contract), plan.form
        self._run = run

    def inject(self, events: Sequence[bytes], session: int, batch: int, first: int) -> FaultyBatch | None:
        """Inject a fault into a batch, see `Injector.damage`; None if the batch gets none.

        A batch of which nothing would be left to send is left as it is.
        """
        done = self._injector.damage(events, session, batch, first)
        return done if done.labels and len(done.events) else None

    def prepare(
        self, done: FaultyBatch, whole: PreparedBatch, batch: Batch, contract: Contract
    ) -> list[PreparedBatch]:
        """Return the requests in which a faulty batch is sent, in their order.

        Args:
            done: the fault.
            whole: the batch as it would be sent without; its body is not looked at.
            batch: its id, its time and for whom it speaks; its events are not looked at.
            contract: how the endpoint wants it.
        """
        texts, copies = _fitting(done.events, contract.largest)
        faults = [*_faults(done, whole)]
        outcome = FaultyBatchOutcome(
            faults, (one for one in faults if may_be_refused(one, self._family, self._form))
        )
        is_last = done.again is None and not copies

        def as_prepared(
            request: Request, like: PreparedBatch, attempt: int = 0, *, is_followed: bool = False
        ) -> PreparedBatch:
            fault = InjectedFault(list(_labels(done, like)), outcome, attempt, is_followed)
            return like._replace(body=request.body, request=request, fault=fault)

        sent = [as_prepared(_request(done, batch, texts, contract), whole, is_followed=not is_last)]
        if done.again == "same":
            sent.append(as_prepared(_request(done, batch, texts, contract), whole, 1))
        if done.again == "anew" or copies:
            msgid = resent_msgid(whole.number, self._run, done.labels[0].session)
            like = _copied(whole, msgid, copies) if copies else _as(whole, msgid)
            again = _request(done, batch._replace(msgid=msgid), copies or texts, contract)
            sent.append(as_prepared(again, like))
        return sent


def _request(done: FaultyBatch, batch: Batch, texts: Sequence[bytes], contract: Contract) -> Request:
    request = write(contract, batch._replace(events=[*map(Raw, texts)]))
    carried = done.carried(request.headers, request.body)
    return request._replace(headers=carried.headers, body=carried.body)


def _fitting(texts: Sequence[bytes], largest: int) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Part what an endpoint takes at once from the copies of events for which no room is left."""
    if not largest or len(texts) <= largest:
        return texts, ()
    once: list[bytes] = []
    copies: list[bytes] = []
    last: Mid | None = None
    for text in texts:
        mid = _mid(text)
        (copies if mid and mid == last else once).append(text)
        last = mid
    return once, copies


def _mid(text: bytes) -> Mid | None:
    """Read the mid of an event; a fault may have removed it, or have left no object at all."""
    try:
        mid = _named.decode(text).mid
    except msgspec.ValidationError:
        return None
    return read_mid(mid) if isinstance(mid, str) else None


def _as(whole: PreparedBatch, msgid: str) -> PreparedBatch:
    """Return a batch another id, and the number that stands in it."""
    named = read_msgid(msgid)
    assert named is not None  # noqa: S101  made a moment ago
    return whole._replace(msgid=msgid, number=named.batch)


def _copied(whole: PreparedBatch, msgid: str, copies: Sequence[bytes]) -> PreparedBatch:
    """Describe the request of copies alone."""
    mids = [mid for text in copies if (mid := _mid(text))]
    eids = tuple(Counter(mid.eid for mid in mids).items())
    ranges = tuple((mid.sequence, 1) for mid in mids)
    return _as(whole, msgid)._replace(events=len(mids), eids=eids, ranges=ranges)


def _labels(done: FaultyBatch, prepared: PreparedBatch) -> Iterator[EventLabel]:
    """Yield the ledger's labels of the faults of a batch."""
    for session, _, sequence, fault in done.labels:
        if sequence is None or any(first <= sequence < first + count for first, count in prepared.ranges):
            yield EventLabel(session, prepared.number, sequence, fault)


def _faults(done: FaultyBatch, whole: PreparedBatch) -> Iterator[str]:
    """Yield each fault once for each event that has it; a batch's label is that of each of its events."""
    for label in done.labels:
        yield from [label.fault] * (whole.events if label.sequence is None else 1)
