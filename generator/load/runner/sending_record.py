"""What one node has sent: its counters, its metrics and its ledger."""

from collections.abc import Callable

from generator.delivery.outcome import has_read
from generator.delivery.receipt import Receipt
from generator.faults.kind import family_of
from generator.faults.kinds import KINDS
from generator.load.counters import RunCounters
from generator.load.injected_fault import InjectedFault
from generator.load.metrics.worker_metrics import WorkerMetrics
from generator.load.plan import Plan
from generator.load.prepared_batch import PreparedBatch
from generator.load.runner.ledger_recorder import LedgerRecorder
from generator.load.worker_partition import WorkerPartition


class SendingRecord:
    """Records the batches that one node has sent, and their outcomes.

    Args:
        plan: what is sent; None if nothing is.

    Attributes:
        counters: what was sent, and its outcomes.
        metrics: what happened, second by second.
        ledger: the ledger, if one is wanted.
        unwritten: why the ledger is not whole; "" if it is, or none is wanted.
    """

    def __init__(self, plan: Plan | None) -> None:
        self._plan = plan
        self.counters = RunCounters()
        self.metrics = WorkerMetrics()
        self.ledger: LedgerRecorder | None = None
        self.unwritten = ""

    def open_ledger(
        self, run: int, partition: WorkerPartition, started: float, gave_up: Callable[[str], None]
    ) -> None:
        """Begin the ledger, if one is wanted.

        Args:
            run: the number of the run.
            partition: whose sessions are sent.
            started: when sending started, in milliseconds since 1970.
            gave_up: called with the reason when nothing can be written any more.
        """
        if self._plan is not None and self._plan.settings.ledger:

            def gives_up(why: str) -> None:
                self.unwritten = why
                gave_up(why)

            self.ledger = LedgerRecorder(self._plan, run, partition, started, gives_up)

    def record_faults(self, prepared: PreparedBatch, tries: int = 0) -> None:
        """Record the faults of a batch before it is sent.

        Args:
            prepared: what will be sent.
            tries: how often it was sent already.
        """
        if self.ledger and prepared.fault and not tries + prepared.fault.attempt:
            for label in prepared.fault.labels:
                self.ledger.label(label)

    def record(
        self, session: int, prepared: PreparedBatch, tries: int, due: float, begun: float, ended: float, receipt: Receipt
    ) -> None:  # fmt: skip
        """Count a batch and its outcome, and record both in the ledger.

        Args:
            session: the number of the session whose batch it is.
            prepared: what was sent.
            tries: how often it was sent before.
            due: when it was, in seconds since the run began; likewise the others.
            begun: when it was sent.
            ended: when it was answered, or given up.
            receipt: its outcome.
        """
        self.counters.sent_events(prepared.eids, len(prepared.body), receipt)
        self.metrics.ended(ended, prepared.events, receipt.status, is_local=receipt.is_local)
        fault = prepared.fault
        if fault and not receipt.is_local:
            # A batch that was rejected unread is not judged: the table of faults has no verdict on it.
            is_read = has_read(receipt)
            self.counters.faulty(fault.outcome, receipt.status if is_read else "unknown")
            self.counters.to_reject += is_read and self._is_to_reject(fault)
        if self.ledger:
            attempt = tries + fault.attempt if fault else tries
            self.ledger.post(session, prepared.number, prepared.ranges, attempt, due, begun, ended, receipt)

    def _is_to_reject(self, fault: InjectedFault) -> bool:
        """Return whether a correct endpoint rejects a faulty batch at the answer."""
        assert self._plan is not None  # noqa: S101  nothing is sent without one
        family, form = family_of(self._plan.settings.contract), self._plan.form
        return any(KINDS[label.fault].verdict(family, form) == "refused" for label in fault.labels)
