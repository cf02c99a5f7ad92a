"""The originals: events as they were sent, made anew session by session, and kept for a while."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

from msgspec import structs

from generator.delivery.ledger.record import Header, Opening
from generator.verify.batch import Batch, RegenerateError
from generator.verify.expectation import Expectation
from generator.verify.mids import Mids

KEPT = 128 << 20
"""Bytes of events that are kept; those longest unused go first."""
_OVERHEAD = 1024


class Maker(Protocol):
    """What makes a run's sessions anew, see `generator.verify.regenerate`."""

    @property
    def trouble(self) -> str:
        """Why it cannot; "" where it can."""

    def session(self, opening: Opening) -> Sequence[Batch]:
        """Give a session's batches."""


class _Session(NamedTuple):
    """A session made anew: its batches, and each event's text and eid by its sequence once anybody asked."""

    batches: Sequence[Batch]
    texts: dict[int, bytes]
    eids: dict[int, str]


class Originals:
    """Gives events as they were sent.

    Args:
        expectation: whose.
        maker_of: gives what makes the sessions of a run anew.
        kept: bytes that are kept.

    Attributes:
        troubles: why some sessions could not be made, and how many for each reason.
    """

    def __init__(
        self, expectation: Expectation, maker_of: Callable[[Header], Maker], kept: int = KEPT
    ) -> None:
        self._expectation, self._maker_of, self._most = expectation, maker_of, kept
        self._by_ledger: dict[int, Maker] = {}
        self._by_run: dict[str, Maker] = {}
        self._kept: OrderedDict[int, _Session] = OrderedDict()
        self._sizes: dict[int, int] = {}
        self._size = 0
        self._mids = Mids()
        self.troubles: dict[str, int] = {}

    @property
    def trouble(self) -> str:
        """Say why the events of some run cannot be made at all; "" where those of all can."""
        ledgers = range(len(self._expectation.sources))
        return next((why for ledger in ledgers if (why := self._maker(ledger).trouble)), "")

    def joined(self, batch: int) -> bytes:
        """Give the events of a batch in one text, commas between them; b"" where they cannot be had so."""
        batches = self._expectation.batches
        made = self._session(batches.session[batch]).batches
        number = batches.number[batch]
        return made[number].joined if number < len(made) else b""

    def text(self, session: int, sequence: int) -> bytes:
        """Give one event; b"" where it cannot be made.

        Args:
            session: the place of its session.
            sequence: its own.
        """
        return self._parted(session).texts.get(sequence, b"")

    def eids(self, session: int) -> dict[int, str]:
        """Give the eids of a session's events by their sequences; none where it cannot be made."""
        return self._parted(session).eids

    def _parted(self, session: int) -> _Session:
        made = self._session(session)
        if made.batches and not made.texts:
            for event in chain.from_iterable(batch.events for batch in made.batches):
                ours = self._mids.name(event).ours
                if ours:
                    made.texts[ours.sequence], made.eids[ours.sequence] = event, ours.eid
            self._grow(session, sum(map(len, made.texts.values())))
        return made

    def _session(self, session: int) -> _Session:
        known = self._kept.get(session)
        if known is not None:
            self._kept.move_to_end(session)
            return known
        made = self._kept[session] = _Session(self._made(session), {}, {})
        self._grow(session, _OVERHEAD + sum([len(batch.joined) for batch in made.batches]))
        while self._size > self._most and len(self._kept) > 1:
            oldest, _ = self._kept.popitem(last=False)
            self._size -= self._sizes.pop(oldest)
        return made

    def _grow(self, session: int, size: int) -> None:
        self._sizes[session] = self._sizes.get(session, 0) + size
        self._size += size

    def _made(self, session: int) -> Sequence[Batch]:
        sessions = self._expectation.sessions
        maker = self._maker(sessions.ledger[session])
        try:
            return maker.session(sessions.opening(session))
        except RegenerateError as error:
            self.troubles[str(error)] = self.troubles.get(str(error), 0) + 1
            return []

    def _maker(self, ledger: int) -> Maker:
        """Give what makes a ledger's sessions: one for the ledgers of all workers of a run."""
        known = self._by_ledger.get(ledger)
        if known is None:
            header = self._expectation.sources[ledger].header
            alike = repr(structs.replace(header, worker=0, epoch=0, started=0.0))
            if alike not in self._by_run:
                self._by_run[alike] = self._maker_of(header)
            known = self._by_ledger[ledger] = self._by_run[alike]
        return known
