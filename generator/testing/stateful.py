"""An ingestion endpoint as a state machine: sent, sent again, delayed, crashed, and read back.

    class MyPipeline(IngestionMachine):
        def send(self, batch):
            return ACKED if my_pipeline.take(batch.msgid, batch.events) else rejected("full")

        def read_back(self):
            return my_pipeline.stored()

    TestMyPipeline = MyPipeline.TestCase

Hypothesis invents histories, and prints the shortest one that fails:

    state = MyPipeline()
    sent_0 = state.send_new(batch=<1 event: HEARTBEAT>)
    state.send_again(batch=sent_0)
    state.read_all()
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from itertools import count
from typing import Any, ClassVar

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, precondition, rule

from generator.delivery.batch import Batch
from generator.delivery.receipt import Receipt
from generator.errors import UsageError
from generator.population.traffic import DEFAULT_START
from generator.spec.identity import RUNS, make_mid, make_msgid, read_mid
from generator.spec.rules import Form
from generator.strategies.envelope import ordered
from generator.testing.drafts import BatchDraft, drafts
from generator.testing.expected_state import Dedup, ExpectedState, mid_of

_RUN = secrets.randbelow(RUNS)
"""Another one each time: a pipeline that is not emptied must not take these events for yesterday's."""
_START = int(DEFAULT_START.timestamp() * 1000)
_examples = count()


def _events(batch: Batch) -> list[Mapping[str, Any]]:
    return [event for event in batch.events if isinstance(event, Mapping)]


def _overrides_crash(machine: "IngestionMachine") -> bool:
    return type(machine).crash is not IngestionMachine.crash


class IngestionMachine(RuleBasedStateMachine):
    """The model of an ingestion endpoint; give it `send` and `read_back`, and `crash` if you can.

    What it holds the endpoint to, whatever came before: an acknowledged event is stored, with its content;
    what is sent again is stored once; what was rejected, or never sent, is not stored; after `unknown`
    an event may be stored or not, yet never twice. Every example has mids and msgids of its own, so
    the endpoint need not be emptied between them; events of other examples in `read_back` are ignored.

    Attributes:
        form: the form of the events that are sent.
        dedup: by which id the endpoint recognises a duplicate: its "mid", its batch's "msgid", or "nothing".
        must_ack: whether it is a failure to reject a valid batch, or to leave its outcome unknown.
        stamps: top-level fields that the endpoint adds to events, such as "syncts"; all else must be as sent.
        concurrent: whether `send` may be called from two threads; then the same batch is sent twice at once,
            and a crash may come while a batch is on its way.
        most_events: the most events in a batch.
    """

    form: ClassVar[Form] = "wire"
    dedup: ClassVar[Dedup] = "mid"
    must_ack: ClassVar[bool] = True
    stamps: ClassVar[Collection[str]] = ()
    concurrent: ClassVar[bool] = False
    most_events: ClassVar[int] = 4

    sent = Bundle("sent")
    held = Bundle("held")

    def __init_subclass__(cls, **further: Any) -> None:
        super().__init_subclass__(**further)
        # The phase that explains takes ten times as long as all others, and would point into this file.
        plain = cls.TestCase.settings
        phases = [phase for phase in plain.phases if phase is not Phase.explain]
        cls.TestCase.settings = settings(plain, phases=phases)

    def __init__(self) -> None:
        super().__init__()
        self._example = next(_examples)
        self._batch_numbers, self._event_numbers = count(), count()
        if isinstance(self.stamps, str):
            raise UsageError(
                f"stamps={self.stamps!r}: a collection of names is needed, such as ({self.stamps!r},)"
            )
        self._expected = ExpectedState(self.dedup, self.stamps)
        self._is_interrupted = False
        self._is_unread = False

    # --- what a user adapts ---

    def send(self, batch: Batch) -> Receipt:
        """Deliver a batch once; return `ACKED`, `rejected(why)` or `unknown(why)`."""
        raise NotImplementedError(
            f"{type(self).__name__}.send(batch) is missing: deliver a batch and return a Receipt"
        )

    def read_back(self) -> Iterable[Mapping[str, Any]]:
        """Return the stored events in any order; wait here until those that were acknowledged can be seen."""
        raise NotImplementedError(f"{type(self).__name__}.read_back() is missing: return the stored events")

    def crash(self) -> None:
        """End the endpoint as a power cut does, and start it again; without this method it never crashes."""
        raise NotImplementedError

    # --- the rules ---

    @rule(target=sent, batch=drafts())
    def send_new(self, batch: BatchDraft) -> Batch:
        """Send what was never sent."""
        return self._deliver(self._identified(batch))

    @rule(batch=sent)
    def send_again(self, batch: Batch) -> None:
        """Send an earlier batch again, unchanged, as a client does that received no answer."""
        self._deliver(batch)

    @precondition(lambda self: self._expected)
    @rule(target=held, batch=drafts())
    def hold_back(self, batch: BatchDraft) -> Batch:
        """Make a batch that waits, as on a phone without a network; the first of a history never does."""
        return self._identified(batch)

    @rule(target=sent, batch=consumes(held))
    def send_late(self, batch: Batch) -> Batch:
        """Send what waited, after what was made later."""
        return self._deliver(batch)

    @precondition(lambda self: self.dedup == "mid")
    @rule(target=sent, first=sent, second=sent)
    def send_rearranged(self, first: Batch, second: Batch) -> Batch:
        """Send the events of two earlier batches again, in one batch with an id of its own."""
        events = {event["mid"]: event for batch in (second, first) for event in _events(batch)}
        rearranged = list(events.values())[: self.most_events]
        return self._deliver(first._replace(msgid=self._new_msgid(), events=rearranged))

    @precondition(lambda self: self.dedup == "mid" and self.most_events > 1)
    @rule(target=sent, known=sent, new=drafts(), first=st.sampled_from(["known", "new"]))
    def send_mixed(self, known: Batch, new: BatchDraft, first: str) -> Batch:
        """Send events that were sent before and new ones in one batch, as a client does that lost count."""
        fresh, half = self._identified(new), self.most_events // 2
        old = _events(known)[: max(half, self.most_events - len(fresh.events))]
        unknown = _events(fresh)[: self.most_events - len(old)]
        events = [*old, *unknown] if first == "known" else [*unknown, *old]
        return self._deliver(fresh._replace(ets=events[-1]["ets"], events=events))

    @precondition(lambda self: self._expected and _overrides_crash(self))
    @rule()
    def crash_and_restart(self) -> None:
        """Crash while nothing is on its way; never before there is something to lose."""
        self._uninterrupted(self.crash)

    @precondition(lambda self: self.concurrent)
    @rule(target=sent, batch=drafts())
    def send_twice_at_once(self, batch: BatchDraft) -> Batch:
        """Send a batch from two threads."""
        named = self._identified(batch)
        self._uninterrupted(lambda: self._send_twice(named))
        return named

    @precondition(lambda self: self.concurrent and _overrides_crash(self))
    @rule(target=sent, batch=drafts())
    def crash_meanwhile(self, batch: BatchDraft) -> Batch:
        """Crash while a batch is on its way; it need not be acknowledged."""
        named = self._identified(batch)
        self._uninterrupted(lambda: self._send_into_crash(named))
        return named

    @precondition(lambda self: self._is_unread)
    @rule()
    def read_all(self) -> None:
        """Read back what is stored, and compare it with what was promised."""
        self._uninterrupted(self._judge)
        self._is_unread = False

    def teardown(self) -> None:
        """Read back at the end of a history; call this too if you override it."""
        if self._is_unread and not self._is_interrupted:
            self._judge()

    # --- how ---

    def _identified(self, draft: BatchDraft) -> Batch:
        """Return the batch with ids that no other example has."""
        events = [
            self._identify(event, draft.shift + place * draft.gap) for place, event in enumerate(draft.events)
        ]
        return Batch(self._new_msgid(), events[-1]["ets"], events, draft.identity)

    def _identify(self, event: dict[str, Any], shift: int) -> dict[str, Any]:
        number = next(self._event_numbers)
        mid = make_mid(event["eid"], number, _RUN, self._example)
        # Two by two they have one instant: it identifies no event.
        return ordered(event | {"mid": mid, "ets": _START + 1000 * (number // 2) + shift})

    def _new_msgid(self) -> str:
        return make_msgid(next(self._batch_numbers), _RUN, self._example)

    def _deliver(self, batch: Batch) -> Batch:
        self._uninterrupted(lambda: self._record(batch, self._send(batch)))
        return batch

    def _send(self, batch: Batch) -> Receipt:
        # A copy: what is sent again is what was sent, whatever the pipeline did to it.
        receipt = self.send(batch._replace(events=deepcopy(batch.events)))
        if not isinstance(receipt, Receipt):
            raise UsageError(
                f"{type(self).__name__}.send returned {receipt!r}: return a Receipt, which is ACKED, rejected(why) or unknown(why)"
            )
        return receipt

    def _record(self, batch: Batch, receipt: Receipt) -> None:
        if self.must_ack and receipt.status != "acked":
            raise AssertionError(
                f"a valid batch was not acknowledged but {receipt.status}: {receipt.reason or 'no reason was given'}"
            )
        self._expected.add(_events(batch), receipt.status)

    def _send_twice(self, batch: Batch) -> None:
        with ThreadPoolExecutor(2) as threads:
            for receipt in threads.map(self._send, (batch, batch)):
                self._record(batch, receipt)

    def _send_into_crash(self, batch: Batch) -> None:
        with ThreadPoolExecutor(1) as thread:
            sending = thread.submit(self._send, batch)
            self.crash()
            self._expected.add(_events(batch), sending.result().status)

    def _judge(self) -> None:
        broken = self._expected.first_broken(
            event for event in self.read_back() if not self._is_others(event)
        )
        if broken:
            raise AssertionError(broken)

    def _is_others(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event is another example's."""
        owner = read_mid(mid_of(event))
        return owner is not None and (owner.run, owner.session) != (_RUN, self._example)

    def _uninterrupted(self, step: Callable[[], None]) -> None:
        """Remember whether a step came to its end: one failure is enough, none is looked for after it."""
        self._is_interrupted = self._is_unread = True
        step()
        self._is_interrupted = False
