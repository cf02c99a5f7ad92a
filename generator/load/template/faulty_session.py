"""A stamped session in flight, some of whose batches get faults."""

from generator.load.fault_injection import LazyEventTexts, RunFaultInjector
from generator.load.prepared_batch import PreparedBatch
from generator.load.template.source_events import SourceEvents
from generator.load.template.stamp import StampIdentity, Template
from generator.load.template.stamped_session import StampedSession
from generator.spec.identity import make_msgid


class FaultyStampedSession(StampedSession):
    """A session in flight; a batch without a fault is sent as it would be without fault injection.

    A batch that is sent again on purpose takes a turn for each of its requests.

    Args:
        injector: injects the faults.
        origins: of the templates.
        template, who, t0, begun: see `StampedSession`.
    """

    __slots__ = ("_injector", "_origins", "_turn", "_turns")

    def __init__(
        self,
        injector: RunFaultInjector,
        origins: SourceEvents,
        template: Template,
        who: StampIdentity,
        t0: int,
        begun: float,
    ) -> None:
        super().__init__(template, who, t0, begun)
        self._injector, self._origins = injector, origins
        self._turn = 0
        self._turns: list[PreparedBatch] | None = None

    @property
    def has_begun(self) -> bool:
        """Whether any of its batches was sent."""
        return self._turn > 0 or super().has_begun

    def prepare(self) -> PreparedBatch:
        """Stamp the next batch, or inject its fault; sent again, it is the same to the byte."""
        if self._turns is None:
            self._turns = self._faulty()
        return self._turns[self._turn] if self._turns else super().prepare()

    def go_on(self, *, is_acked: bool = False) -> None:
        """Go on to the next request of the same batch, or to the batch after it."""
        if self._turns and self._turn + 1 < len(self._turns):
            self._turn += 1
            self.tries = 0
            return
        self._turn, self._turns = 0, None
        super().go_on(is_acked=is_acked)

    def _faulty(self) -> list[PreparedBatch]:
        """Return the requests of the next batch, if it is hit; none if it is not, and then its events are not made."""
        pattern, who, place = self.template.patterns[self._place], self.who, self._place
        texts = LazyEventTexts(
            pattern.events, lambda: self._origins.of(self.template).texts(who, self.t0, place)
        )
        done = self._injector.inject(texts, who.session, pattern.number, pattern.first)
        if done is None:
            return []
        origin = self._origins.of(self.template)
        msgid = make_msgid(pattern.number, who.run, who.session)
        ranges = ((pattern.first, pattern.events),)
        whole = PreparedBatch(b"", msgid, pattern.events, pattern.eids, pattern.due, pattern.number, ranges)
        return self._injector.prepare(done, whole, origin.batch(who, self.t0, place, msgid), origin.contract)
