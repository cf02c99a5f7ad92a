"""The outbox: a thread sends the batches, and sends failed ones again if that may help.

Like the real web client, it keeps at most twenty failed batches and sends them again unchanged, one at a time.
Unlike that client, it waits longer after each failure, and as long as a Retry-After asks. It drops a batch that the
endpoint has read and rejected. It counts each batch that it drops: `close()` returns the counts. If a delivery
raises, only its batch fails.
"""

import atexit
import logging
from collections import deque
from collections.abc import Sequence
from threading import Condition, Thread
from time import monotonic

from generator.delivery.batch import Batch, Packer
from generator.delivery.contracts.words import brief
from generator.delivery.direct import DeliveryMethod, UndeliveredCounts
from generator.delivery.receipt import Receipt
from generator.errors import DeliveryError, UsageError
from generator.telemetry import Recorded, Unsent

RETAINED = 20
"""Failed batches that the real web client keeps."""
QUEUED = 1000
"""Batches that may wait for their first attempt, while the endpoint is slow."""
FIRST_WAIT = 2.0
"""Seconds from a failure to the next attempt, as the real web client has it; doubled by each further one."""
LONGEST_ASKED = 300.0
"""The longest wait, in seconds, that an endpoint may ask for in its Retry-After."""
LONGEST_WAIT = 60.0

_log = logging.getLogger("footfall.delivery")


class Outbox:
    """A telemetry client's dispatcher, over anything that delivers.

    Args:
        delivery: what delivers one batch; called from one thread only.
        keep: the most failed batches that it keeps.
        wait: seconds from a failure to the next attempt; doubled by each further failure, up to a minute.
        resend_unknown: whether batches with an unknown outcome are sent again too.
    """

    def __init__(
        self,
        delivery: DeliveryMethod,
        *,
        keep: int = RETAINED,
        wait: float = FIRST_WAIT,
        resend_unknown: bool = True,
    ) -> None:
        if keep < 0 or not wait >= 0:
            raise UsageError(f"keep={keep} wait={wait}: both are 0 or more")
        self._delivery = delivery
        self._packer = Packer(delivery.form)
        self._keep, self._first_wait, self._resend_unknown = keep, wait, resend_unknown
        self._queue: deque[Batch] = deque()
        self._failed: deque[tuple[Batch, str]] = deque()
        self._in_flight: Batch | None = None
        self._lost = UndeliveredCounts()
        self._wait, self._due, self._asked = wait, 0.0, 0.0
        self._ends: float | None = None
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="footfall outbox", daemon=True)
        self._thread.start()
        atexit.register(self._end_of_program)

    def dispatch(self, batch: Sequence[Recorded]) -> None:
        """Take a batch and return at once.

        Raises:
            DeliveryError: after `close()`.
        """
        with self._changed:
            if self._ends is not None:
                raise DeliveryError("this dispatcher is closed; make another one for further events")
            packed = self._packer.pack(batch)
            if len(self._queue) < QUEUED:
                self._queue.append(packed)
            else:
                self._lost.add(packed, f"dropped: {QUEUED} batches were waiting")
            self._changed.notify()

    def close(self, timeout: float = 5.0) -> Unsent:
        """Send the rest for at most `timeout` seconds; return the counts of what could not be sent, and the reasons."""
        with self._changed:
            self._ends = monotonic() + timeout if self._ends is None else self._ends
            self._changed.notify()
        self._thread.join(timeout)
        atexit.unregister(self._end_of_program)
        with self._changed:
            return self._left().unsent()

    def _left(self) -> UndeliveredCounts:
        """Count the batches that are still here as lost, once."""
        if self._in_flight:
            self._lost.add(self._in_flight, "no answer yet: unknown")
        for batch, reason in self._failed:
            self._lost.add(batch, reason)
        for batch in self._queue:
            self._lost.add(batch, "never tried: no time was left")
        self._failed.clear()
        self._queue.clear()
        self._in_flight = None
        return self._lost

    def _run(self) -> None:
        while batch := self._next():
            receipt = self._delivered(batch)
            with self._changed:
                if self._in_flight is None:
                    return  # closed meanwhile, and counted
                self._in_flight = None
                if receipt.status == "acked":
                    self._wait, self._due = self._first_wait, self._asked
                elif receipt.final:
                    self._lost.add(batch, receipt.reason)
                elif receipt.status == "unknown" and not self._resend_unknown:
                    self._lost.add(batch, f"unknown: {receipt.reason}")
                else:
                    self._keep_failed(batch, receipt)

    def _delivered(self, batch: Batch) -> Receipt:
        """Deliver a batch; an error ends this batch only, because an error in the thread would end all of them."""
        try:
            return self._delivery.deliver(batch)
        except (Exception, SystemExit) as error:  # noqa: BLE001  foreign code raises anything
            reason = brief(f"{type(self._delivery).__name__} failed: {type(error).__name__}: {error}")
            return Receipt("unknown", reason, final=True)

    def _keep_failed(self, batch: Batch, receipt: Receipt) -> None:
        """Keep a batch for a later attempt: after the outbox's own wait, and after the wait that the endpoint asked for."""
        now, reason = monotonic(), f"{receipt.status}: {receipt.reason}"
        self._asked = max(self._asked, now + min(receipt.retry_after or 0.0, LONGEST_ASKED))
        self._due = max(now + self._wait, self._asked)
        self._wait = min(2 * self._wait, LONGEST_WAIT)
        if len(self._failed) < self._keep:
            self._failed.append((batch, reason))
        else:
            self._lost.add(batch, f"dropped, as {self._keep} failed batches are kept ({reason})")

    def _next(self) -> Batch | None:
        """Wait for the next batch to send, and return it: a new one first, else a failed one that is due."""
        with self._changed:
            while True:
                now = monotonic()
                if self._ends is not None and now >= self._ends:
                    return None
                if self._queue:
                    self._in_flight = self._queue.popleft()
                    return self._in_flight
                if self._failed and now >= self._due:
                    self._in_flight = self._failed.popleft()[0]
                    return self._in_flight
                if self._ends is not None and (not self._failed or self._due >= self._ends):
                    return None
                self._changed.wait(self._due - now if self._failed else None)

    def _end_of_program(self) -> None:
        unsent = self.close()
        if unsent.batches:
            _log.warning("%s batches (%s events) could not be sent: %s", *unsent)
