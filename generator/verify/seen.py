"""What was seen in a sink, as far as a verdict needs it: sets, counts, and the first of each fault."""

from collections import Counter
from collections.abc import Callable

from pyroaring import BitMap

from generator.delivery.sink_name import STAGES
from generator.spec.identity import Mid
from generator.verify.content import Difference
from generator.verify.expectation import Expectation
from generator.verify.found import Found
from generator.verify.noticed import Alteration, Beyond, Stray
from generator.verify.sessions import NONE
from generator.verify.sink.sink import Chunk, Kind, Trimmed

SHOWN = 100
"""How many of each fault are told one by one."""
_SMALLEST = 8
"""Bytes of an event at least, however it is wrapped, encoded and compressed."""


class Seen:
    """Takes down what a sink holds.

    Args:
        expectation: what was sent.

    Attributes:
        found: the events found as accepted.
        apart: the events found as something else.
        altered: the events of which a copy was found altered.
        alterations: the first of them.
        rewritten: of these, how many are as a pipeline makes them before another stage, by the first such stage.
        strays: the first of those that were never sent.
        stray_eids: how many of these there are, by eid.
        without_ledger: how many are of workers of which no ledger was given, by worker.
        beyond: what was found beyond the end of a ledger that broke off; these are numbered after all that was sent.
        notes: what else the sink said of itself.
        trimmed: the parts of it whose oldest messages are no longer kept.
        events: how many were looked at; `foreign` of them are of other runs, `pipeline_own` the pipeline's own.
        unreadable: how many places held no event; the first of them are `unread`.
        compared: how many were compared with what was sent; `not_compared` could not be.
        has_contents: whether the sink has more of each event than its ids.
    """

    def __init__(self, expectation: Expectation) -> None:
        self._count = expectation.count
        self._beyond_places: dict[tuple[int, int, int], int] = {}
        self.found = Found(expectation)
        self.apart: dict[Kind, BitMap] = {"rejected": BitMap(), "duplicate": BitMap()}
        self.altered, self.alterations = BitMap(), list[Alteration]()
        self.rewritten = Counter[str]()
        self.strays: list[Stray] = []
        self.stray_eids = Counter[str]()
        self.without_ledger = Counter[str]()
        self.beyond: list[Beyond] = []
        self.events = self.foreign = self.pipeline_own = self.unreadable = 0
        self.compared = self.not_compared = 0
        self.has_contents = True
        self.unread: list[str] = []
        self.notes: dict[str, None] = {}
        self.trimmed: list[Trimmed] = []
        self._unread_bytes: int | None = 0

    @property
    def room(self) -> int | None:
        """How many events there may be at most in the places that could not be read; None if that is not known."""
        return None if self._unread_bytes is None else self._unread_bytes // _SMALLEST

    def hear(self, chunk: Chunk) -> None:
        """Take down what a chunk says beside its events."""
        for why in chunk.unreadable:
            self.fail_to_read(why, 0)
        if chunk.unreadable and chunk.kind == "accepted":
            self._unread(chunk.unread_bytes)
        self.notes.update(dict.fromkeys(chunk.notes))
        self.trimmed += chunk.trimmed

    def _unread(self, size: int | None) -> None:
        if size is None or self._unread_bytes is None:
            self._unread_bytes = None
        else:
            self._unread_bytes += size

    def alter(self, event: int, place: str, differences: list[Difference], stage: Callable[[], str]) -> None:
        """Take down that an event is not as it was sent.

        Args:
            event: its number among all.
            place: where it was found.
            differences: what is not as it was sent.
            stage: returns the stage that makes no difference of these; "" if none does.
        """
        self.altered.add(event)
        if len(self.alterations) < SHOWN:
            self.alterations.append(Alteration(event, place, differences))
            self.rewritten[stage()] += 1

    @property
    def as_at(self) -> str:
        """The stage at which the first altered events would all be as they were sent; "" if there is none."""
        return max(self.rewritten, key=STAGES.index) if self.rewritten and "" not in self.rewritten else ""

    def stray(self, mid: str, ours: Mid, place: str, why: str) -> None:
        """Take down an event of ours that was never sent."""
        self.stray_eids[ours.eid] += 1
        if len(self.strays) < SHOWN:
            self.strays.append(Stray(mid, ours, place, why))

    def go_beyond(self, found: Beyond) -> int:
        """Take down an event of which a ledger that broke off says nothing; give its number among all."""
        key = found.ours.run, found.ours.session, found.ours.sequence
        event = self._beyond_places.get(key, NONE)
        if event == NONE:
            event = self._beyond_places[key] = self._count + len(self.beyond)
            self.beyond.append(found)
        self.found.copies.add(event, event + 1)
        return event

    def fail_to_read(self, why: str, size: int) -> None:
        """Take down a place that holds no event.

        Args:
            why: where, and why.
            size: its bytes.
        """
        self.unreadable += 1
        self._unread(size)
        if len(self.unread) < SHOWN:
            self.unread.append(why)
