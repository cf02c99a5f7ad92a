"""The ledger of a sending node's run, written next to the sending and never in its way."""

from collections.abc import Callable, Sequence
from pathlib import Path

import gevent
from gevent.lock import BoundedSemaphore

from generator import __version__
from generator.delivery.receipt import Receipt
from generator.ledger import EventLabel, Header, LedgerWriter, SessionStart
from generator.ledger.record import Model
from generator.load.plan import Plan
from generator.load.template.digest import digests
from generator.load.virtual_learner import run_tag
from generator.load.worker_partition import ORDINALS, WorkerPartition
from generator.spec.identity import SESSIONS

LEASED = 4096
"""Sessions that are leased at a time, some seconds' worth at the highest rates."""
_BETWEEN_FLUSHES = 0.25


class LedgerRecorder:
    """The ledger of one node.

    Args:
        plan: what is sent.
        run: in every mid.
        lane: whose sessions are sent.
        started: the start of the run, in milliseconds since 1970.
        gave_up: called with the reason when nothing can be written any more.

    Attributes:
        keeping: the greenlet that writes.

    Raises:
        UsageError: the ledger cannot be begun.
    """

    def __init__(
        self, plan: Plan, run: int, lane: WorkerPartition, started: float, gave_up: Callable[[str], None]
    ) -> None:
        self._writer = LedgerWriter(Path(plan.settings.ledger), header_of(plan, run, lane.index, started))
        self._sent = self._writer.sent
        self._gave_up = gave_up
        self._has_failed = False
        self._leasing = BoundedSemaphore()
        # A recording's number is its own: any may come.
        self._leased = 0 if plan.dataset else lane.index * ORDINALS + lane.begun(run)
        self._at_once = SESSIONS if plan.dataset else LEASED
        self._newest = -1
        self._lease(_tried)
        self.keeping = gevent.spawn(self._keep)

    @property
    def path(self) -> Path:
        """Where it is written."""
        return self._writer.path.absolute()

    def open(self, opening: SessionStart) -> None:
        """Note that a session begins, before anything of it is sent."""
        self._newest = max(self._newest, opening.session)
        while opening.session >= self._leased and not self._has_failed:
            self._lease(_tried)
        self._writer.open(opening)

    def post(
        self, session: int, batch: int, ranges: Sequence[tuple[int, int]], attempt: int,
        due: float, begun: float, answered: float, receipt: Receipt,
    ) -> None:  # fmt: skip
        """Note that a batch was sent, and what became of it; all times are seconds since the run began."""
        for first, events in ranges:
            self._sent(session, batch, first, events, attempt, due, begun, answered, receipt)

    def label(self, label: EventLabel) -> None:
        """Record an injected fault, before it is sent."""
        self._writer.label(label)

    def close(self) -> None:
        """Write what is left; from here on it is whole."""
        self.keeping.kill()
        self._note(_tried(self._writer.close))

    def _keep(self) -> None:
        """Write now and then, in a thread: the disk may take its time."""
        while not self._has_failed:
            gevent.sleep(_BETWEEN_FLUSHES)
            self._note(_in_a_thread(self._writer.flush))
            if self._newest >= self._leased - self._at_once // 2:
                self._lease(_in_a_thread)

    def _lease(self, do: Callable[[Callable[[], None]], OSError | None]) -> None:
        """Lease the sessions that come next; a caller that needs one of them waits until that is on disk."""
        with self._leasing:
            first, after = self._leased, self._leased + self._at_once
            self._note(do(lambda: self._writer.lease(first, after - 1)))
            self._leased = after

    def _note(self, error: OSError | None) -> None:
        if error and not self._has_failed:
            self._has_failed = True
            self._gave_up(f"the ledger {self.path} cannot be written: {error.strerror or error}")


def _tried(write: Callable[[], None]) -> OSError | None:
    try:
        write()
    except OSError as error:
        return error
    return None


def _in_a_thread(write: Callable[[], None]) -> OSError | None:
    error: OSError | None = gevent.get_hub().threadpool.apply(_tried, (write,))
    return error


def header_of(plan: Plan, run: int, worker: int, started: float) -> Header:
    """Return all that is needed to regenerate a run's events."""
    settings = plan.settings
    model: Model = "replay" if plan.dataset else "open" if plan.profile else "closed"
    options = settings.as_dict()
    if plan.faults:
        # What a file and presets came to: they may be others when the ledger is read.
        options["fault"] = "\n".join(plan.faults.options())
        options.pop("fault_file", None)
    return Header(
        run=run, worker=worker, started=started, footfall=__version__, seed=settings.seed,
        contract=settings.contract, form=plan.form, mark=run_tag(run) if not settings.no_run_tag else "", model=model,
        scenarios=digests(plan), world=plan.world.digest(), options=options, largest=plan.largest,
    )  # fmt: skip
