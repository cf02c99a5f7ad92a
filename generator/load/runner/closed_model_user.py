"""A paced user: one learner of the closed model, who plays sessions at a human pace and sends their batches."""

import os
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

import gevent
import msgspec
from gevent import GreenletExit
from locust.exception import StopUser
from locust.user.users import User

from generator.delivery.batch import Batch
from generator.delivery.contracts import Request
from generator.delivery.outcome import write
from generator.errors import ContractError, FootfallError
from generator.ledger import SessionStart
from generator.load.fault_injection import LazyEventTexts, RunFaultInjector
from generator.load.plan import Plan
from generator.load.prepared_batch import PreparedBatch
from generator.load.runner.echo import log
from generator.load.runner.load_run import LoadRun
from generator.load.runner.poster import CUT_SHORT, LATE, Poster
from generator.load.runner.run_controller import RunController, events_of
from generator.load.runner.senders import LONGEST
from generator.load.virtual_learner import ScheduledBatch, VirtualLearner


class ClosedModelUser:
    """One learner on one device, for as long as the user lives.

    Args:
        node: the process it belongs to.
        test: what is sent.
        plan: how.
        player: the learner.
        poster: how it is posted.
        user: Locust's.
    """

    def __init__(
        self,
        node: RunController,
        test: LoadRun,
        plan: Plan,
        player: VirtualLearner,
        poster: Poster,
        user: User,
    ) -> None:
        self._node, self._test, self._player, self._poster, self._user = node, test, player, poster, user
        self._contract = plan.contract(os.environ, player.device)
        self._injector = RunFaultInjector(plan, test.run) if plan.faults else None
        self._due: deque[ScheduledBatch] = deque()
        self._begins = 0.0
        self._number = 0

    def step(self) -> None:
        """Begin a session, or send the batch that is due. Between two steps Locust may stop a user at once."""
        if not self._test.wait_for_start(LONGEST):
            return
        if self._test.is_stopping:
            raise StopUser
        now = self._now
        if self._due:
            if self._due[0].at <= now:
                self._send(self._due.popleft())
        elif self._begins <= now:
            self._begin(int(now))

    def wait_time(self) -> float:
        """Return the seconds until the next step."""
        if not self._test.clock.is_running:
            return 0.0
        at = self._due[0].at if self._due else self._begins
        return max(0.0, (at - self._now) / 1000)

    @property
    def _now(self) -> float:
        """Milliseconds since 1970, by the clock of the run: a wall clock may be set back, and a learner would wait."""
        return self._test.clock.wall * 1000

    def stop(self) -> None:
        """Send what was recorded until now, as a client does that is closed; count what does not fit into the time.

        A greenlet of its own does it, since Locust may end this one twice: when the user wakes while it is being
        stopped. Locust waits however long this takes, so the limit is kept here.
        """
        test, player, now = self._test, self._player, self._now
        recorded = deque(part for due in self._due if (part := player.until(due, now)).recorded)
        self._due.clear()
        patience: float = self._user.environment.stop_timeout or 0.0
        if test.stopped_at is not None:
            # What a last answer took of it is over.
            patience -= test.now - test.stopped_at
        if recorded and patience > 0:
            sending = gevent.spawn(self._send_within, patience, recorded)
            while not sending.ready():
                with suppress(GreenletExit):
                    sending.join()
        test.sent.counters.unsent(sum(len(due.recorded) for due in recorded))
        self._poster.close()

    def _send_within(self, seconds: float, recorded: deque[ScheduledBatch]) -> None:
        """Send batches in their order, as many as there is time for."""
        ends = monotonic() + seconds
        while recorded and (left := ends - monotonic()) > 0:
            self._send(recorded.popleft(), left)

    def _begin(self, now: int) -> None:
        test, lane = self._test, self._node.lane
        if lane is None or test.quota.is_used_up:
            raise StopUser
        if not test.quota.take():
            self._begins = now + 20
            return
        try:
            self._number = lane.session(test.run)
            session, due = self._player.play(self._number, now)
        except FootfallError as error:
            self._give_up(error)
            return
        test.sent.counters.begin(session.scenario)
        if test.sent.ledger:
            test.sent.ledger.open(SessionStart(self._number, "", self._player.number, "", "", now))
        self._due.extend(due)
        if not due:
            self._end_session()

    def _give_up(self, error: FootfallError) -> None:
        """Count a session whose script raised, and end the run: it would not be the one that was asked for."""
        self._test.sent.counters.sessions += 1
        self._test.sent.counters.unplayed += 1
        self._node.guard.fail(str(error))
        raise StopUser

    def _end_session(self) -> None:
        self._begins = self._now + self._player.pause(self._number) * 1000
        self._node.session_ended(self._test)

    def _send(self, due: ScheduledBatch, left: float | None = None) -> None:
        """Send a batch, and again if its fault repeats it; one of the last within the seconds that are left."""
        ends = None if left is None else monotonic() + left
        for prepared, request in self._written(due):
            left = None if ends is None else ends - monotonic()
            if left is None or left > 0:
                self._post(due, prepared, request, left)
        if due.is_last:
            self._end_session()

    def _written(self, due: ScheduledBatch) -> list[tuple[PreparedBatch, Request]]:
        """Write a batch; one that the contract cannot write is left out and counted, and Locust lists the error."""
        test = self._test
        batch = self._player.batch(due, int(self._now), self._contract.form)
        try:
            return [*self._batches_of(due, batch)]
        except ContractError as error:
            if not test.sent.counters.dropped_events:
                log.error("a batch cannot be made: %s", error)
            test.sent.counters.dropped_events += len(batch.events)
            test.sent.metrics.dropped(test.since(due.at), len(batch.events), 1)
            events_of(self._user.environment).user_error.fire(
                user_instance=self._user, exception=error, tb=error.__traceback__
            )
            return []

    def _batches_of(self, due: ScheduledBatch, batch: Batch) -> Iterator[tuple[PreparedBatch, Request]]:
        """Yield the requests in which a batch is sent: one, unless a fault repeats it."""
        request, events = write(self._contract, batch), len(batch.events)
        eids = tuple(Counter(event.eid for event in batch.events).items())
        whole = PreparedBatch(request.body, due.msgid, events, eids, 0.0, due.number, ((due.first, events),))
        texts = LazyEventTexts(events, lambda: map(msgspec.json.encode, batch.events))
        done = self._injector and self._injector.inject(texts, due.session, due.number, due.first)
        if not done or not self._injector:
            yield whole, request
            return
        for prepared in self._injector.prepare(done, whole, batch, self._contract):
            yield prepared, prepared.request or request

    def _post(
        self, due: ScheduledBatch, prepared: PreparedBatch, request: Request, left: float | None
    ) -> None:
        """Send a request.

        Times are of answers only, and of batches sent when they were due: at the end all users send at once.
        """
        test, events = self._test, prepared.events
        at = test.since(due.at) if left is None else test.now
        test.sent.record_faults(prepared)
        test.sent.metrics.offered(at, events)
        begun = test.now
        test.sent.metrics.sent(at, begun, events, len(prepared.body))
        waiting = test.sent.metrics.waits(at, begun)
        receipt, is_answered, least = CUT_SHORT, False, 0.0
        try:
            outcome = self._poster.post(request, left, is_timed=left is None)
            receipt = outcome.receipt
            if left is not None and receipt == LATE:
                receipt = CUT_SHORT
            is_answered = outcome.milliseconds is not None
            least = 0.0 if receipt in (LATE, CUT_SHORT) else test.settings.timeout
        finally:
            # Also when Locust ends the user amidst: the batch may have arrived, and has waited so long at least.
            now = test.now
            test.sent.metrics.settled(waiting, now)
            if is_answered:
                test.sent.metrics.answered(at, begun, now, due.scenario)
            elif left is None and not receipt.is_local:
                test.sent.metrics.unanswered(at, begun, now, due.scenario, least)
            test.sent.record(due.session, prepared, 0, at, begun, now, receipt)
