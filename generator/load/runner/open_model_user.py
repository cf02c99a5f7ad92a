"""A sender: one connection of the open model, which takes turns at what is due."""

from collections.abc import Callable

from gevent.event import Event
from locust.user.users import User

from generator.delivery.receipt import Receipt
from generator.errors import ContractError
from generator.load.checks.saturation import own_lateness
from generator.load.open_load import OpenLoad
from generator.load.prepared_batch import PreparedBatch
from generator.load.runner.echo import log
from generator.load.runner.load_run import LoadRun
from generator.load.runner.poster import CUT_SHORT, LATE, Poster
from generator.load.runner.run_controller import RunController, events_of
from generator.load.runner.senders import LONGEST, SenderQueue
from generator.load.schedule import DueBatch
from generator.load.session_in_flight import SessionInFlight

_TURNS = 32
"""Turns between two looks at Locust's own business."""
RESEND_AFTER = 2.0
"""Seconds from a failure to the next attempt, as the JavaScript client waits; an answer's Retry-After goes before."""
LONGEST_RETRY_AFTER = 300.0
_SOON = 0.0005
"""Seconds by which a turn may be early: a shorter sleep is longer than it should be."""


class OpenModelUser:
    """One connection; what it is late with is sent late, and never left out.

    Args:
        node: the process it belongs to.
        test: what is sent.
        offer: what is due when.
        parking: where it waits.
        poster: how it is posted.
        user: Locust's.
        is_wanted: whether its user may go on.
    """

    def __init__(
        self, node: RunController, test: LoadRun, offer: OpenLoad, queue: SenderQueue, poster: Poster, user: User,
        is_wanted: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._node, self._test, self._offer, self._poster = node, test, offer, poster
        self._queue, self._bell, self._is_wanted = queue, Event(), is_wanted
        self._user = user
        self._free_since = test.now
        test.lateness.free(self, test.now)
        node.count_senders(test, 1)

    def step(self) -> None:
        """Send what is due, or wait for it; come back now and then, since the user may have to stop."""
        test, offer, queue = self._test, self._offer, self._queue
        if not test.wait_for_start(LONGEST):
            return
        for _ in range(_TURNS):
            if test.is_stopping or not self._is_wanted():
                return
            now = test.now + _SOON
            turn = offer.take(now)
            if turn is None:
                if offer.is_over:
                    self._node.all_sent(test)
                queue.wait(self._bell, now)
                return
            if queue.is_needed(now):
                queue.wake_one()
            self._send(turn)

    def wait_time(self) -> float:
        """Return the seconds until the next step: none, since it waits by itself."""
        return 0.0

    def stop(self) -> None:
        """Close the connection."""
        self._test.lateness.take(self)
        self._node.count_senders(self._test, -1)
        self._queue.wake_one()
        self._poster.close()

    def _send(self, turn: DueBatch) -> None:
        test, measured, session = self._test, self._test.sent.metrics, turn.session
        # What is sent again keeps its first due time: a client would have waited since then.
        due = turn.at if turn.first is None else turn.first
        try:
            prepared = session.prepare()
        except ContractError as error:
            self._give_up(due, session, error)
            return
        if session.head is None:
            session.head = self._poster.head(session)
            test.sent.counters.begin(session.scenario)
            if test.sent.ledger:
                test.sent.ledger.open(session.opening())
        test.sent.record_faults(prepared, session.tries)
        if not session.tries:
            measured.offered(due, prepared.events)
        begun = test.now
        test.lateness.add(own_lateness(begun, turn.at, self._free_since))
        test.lateness.take(self)
        measured.sent(turn.at, begun, prepared.events, len(prepared.body))
        waiting = measured.waits(due, begun)
        receipt, retry_after, is_answered, least = CUT_SHORT, None, False, 0.0
        try:
            outcome = (
                self._poster.post(prepared.request)
                if prepared.request
                else self._poster.post_stamped(session.head, prepared.body)
            )
            receipt, retry_after = outcome.receipt, outcome.retry_after
            is_answered = outcome.milliseconds is not None
            least = 0.0 if receipt in (LATE, CUT_SHORT) else test.settings.timeout
        finally:
            # Also when Locust ends the user amidst: the batch may have arrived, and has waited so long at least.
            self._free_since = now = test.now
            test.lateness.free(self, now)
            measured.settled(waiting, now)
            if is_answered:
                measured.answered(due, begun, now, session.scenario)
            elif not receipt.is_local:
                measured.unanswered(due, begun, now, session.scenario, least)
            test.sent.record(session.number, prepared, session.tries, due, begun, now, receipt)
            self._hand_back(session, prepared, receipt, retry_after, due)

    def _give_up(self, due: float, session: SessionInFlight, error: ContractError) -> None:
        """Leave out what is left of a session whose batch cannot be made; Locust lists the error and ends with exit code 1."""
        test = self._test
        if session.head is None:
            test.sent.counters.begin(session.scenario)
        test.sent.counters.unplayed += 1
        test.sent.metrics.dropped(due, session.events, 1)
        test.sent.counters.dropped_events += session.events
        if test.sent.counters.unplayed == 1:
            log.error("a batch cannot be made: %s", error)
        events_of(self._node.environment).user_error.fire(
            user_instance=self._user, exception=error, tb=error.__traceback__
        )
        while not session.is_over:
            session.go_on()
        self._offer.hand_back(session)

    def _hand_back(
        self,
        session: SessionInFlight,
        prepared: PreparedBatch,
        receipt: Receipt,
        retry_after: float | None,
        due: float,
    ) -> None:
        """Hand a session back; the batch that was just sent is sent again where that is asked for and makes sense."""
        test = self._test
        may_resend = session.tries < test.settings.retries and not test.is_stopping
        if may_resend and receipt.status != "acked" and not receipt.final:
            test.sent.counters.resent += 1
            wait = RESEND_AFTER if retry_after is None else min(retry_after, LONGEST_RETRY_AFTER)
            self._offer.send_again(session, test.now + wait, due)
            return
        session.go_on(is_acked=receipt.status == "acked")
        if prepared.fault and prepared.fault.is_followed and not test.is_stopping:
            self._offer.send_next(session, test.now)
            return
        if session.is_over:
            test.sent.counters.finished += 1
        self._offer.hand_back(session)
