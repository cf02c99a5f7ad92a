"""What ledgers let one expect of a sink: which events were sent, and what became of them."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from pyroaring import BitMap

from generator.delivery.receipt import Status
from generator.errors import UsageError
from generator.faults.kinds import changes_content
from generator.ledger.record import EventLabel, Header, Record, Sent, SessionLease, SessionStart
from generator.load.worker_partition import ORDINALS
from generator.verify.batches import STATUSES, Batches
from generator.verify.copies import Copies, bitmap_of
from generator.verify.gap import Gap
from generator.verify.sessions import NONE, Sessions

ANOTHER = "?"
"""A worker that cannot be named."""


class Read(Protocol):
    """A ledger as it is read, see `generator.ledger`."""

    @property
    def header(self) -> Header:
        """What it says of the run."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def is_whole(self) -> bool:
        """Whether it was ended properly; known once its records are read."""

    @property
    def torn(self) -> str:
        """Why it could be read no further; "" where it could."""

    def records(self) -> Iterable[Record]:
        """Give what it says."""


class Source(NamedTuple):
    """One ledger, read.

    Attributes:
        torn: why it ends before its end; "" for a whole one.
        leases: the sessions that it may have sent.
        opened: how many of them it speaks of.
        first: the number of its first event among all.
        end: the number behind its last event.
    """

    header: Header
    path: Path
    torn: str
    leases: list[SessionLease]
    opened: int
    first: int
    end: int

    def leased(self, session: int) -> bool:
        """Tell whether it may have sent a session."""
        return any(lease.first <= session <= lease.last for lease in self.leases)

    @property
    def size(self) -> int:
        """How many sessions it may have sent, as far as it says; a session counts once."""
        count, end = 0, -1
        for lease in sorted(self.leases):
            count += max(0, lease.last - max(lease.first, end + 1) + 1)
            end = max(end, lease.last)
        return count


class Expectation:
    """What was sent, by event: each has a number among all, from 0 without a gap.

    Attributes:
        sources: the ledgers.
        count: how many events there are.
        resent: how many attempts were not a batch's first.
        labels: the events that were damaged on purpose, by the number of their ledger and the name of the damage.
        further: how often each event was sent on purpose beyond the first time, as a dataset in which it stands twice.
        labelled_beyond: whether what a ledger that broke off says nothing more of may be damaged on purpose.
        cut: why some ledgers have no header.
    """

    def __init__(self, cut: Sequence[str] = ()) -> None:
        self.cut = cut
        self.sources: list[Source] = []
        self.sessions, self.batches = Sessions(), Batches()
        self.resent = 0
        self.labels: dict[tuple[int, str], BitMap] = {}
        self.labelled_beyond = False
        self._extra: dict[tuple[int, int], int] = {}
        self._extra_places: list[tuple[int, int]] = []
        self._pending: dict[tuple[int, int], list[EventLabel]] = {}
        self._extra_labels: list[tuple[int, int, int, str]] = []
        self._sets: dict[Status, BitMap] = {}
        self.further = Copies()
        self._acked_copies: dict[int, BitMap] = {}
        self._raised: list[tuple[int, Status]] = []

    @classmethod
    def of(
        cls, ledgers: Iterable[Read], heard: Callable[[int], None] = lambda _: None, cut: Sequence[str] = ()
    ) -> "Expectation":
        """Read ledgers.

        Args:
            ledgers: of one run or several.
            heard: is told now and then how many events were read of.
            cut: why other ledgers have no header.

        Raises:
            UsageError: one cannot be read, two of them sent the same session, or one contradicts itself.
        """
        made = cls(cut)
        for ledger in ledgers:
            made._take(ledger, heard)
        made._check_leases()
        made._finish()
        return made

    @property
    def count(self) -> int:
        """How many events there are, those included that are known by their label alone."""
        return self.batches.count + len(self._extra_places)

    @property
    def labelled(self) -> BitMap:
        """Every event that was damaged on purpose."""
        return BitMap.union(BitMap(), *self.labels.values())

    @property
    def first_sent(self) -> float | None:
        """When the first batch was sent, in milliseconds since 1970; None if none was."""
        first: dict[int, int] = {}
        for session, begun in zip(self.batches.session, self.batches.begun, strict=True):
            ledger = self.sessions.ledger[session]
            first[ledger] = min(begun, first.get(ledger, begun))
        return min(
            (self.sources[ledger].header.started + begun for ledger, begun in first.items()), default=None
        )

    @property
    def changed(self) -> BitMap:
        """Every event that was sent with another content than its session has."""
        sets = [events for (_, fault), events in self.labels.items() if changes_content(fault)]
        return BitMap.union(BitMap(), *sets)

    @property
    def unhit(self) -> list[str]:
        """The damage that was asked for, and of which no event was sent."""
        asked = [line.partition("=")[0] for source in self.sources for line in _asked(source.header)]
        hit = {fault for (_, fault), events in self.labels.items() if events}
        return [fault for fault in dict.fromkeys(asked) if fault not in hit]

    @property
    def runs(self) -> set[int]:
        """The runs that the ledgers are of."""
        return {source.header.run for source in self.sources}

    def of_status(self, status: Status) -> BitMap:
        """Give the events whose batches came to this, over all attempts."""
        return self._sets[status]

    def place(self, session: int, sequence: int) -> int:
        """Give an event's number; `NONE` where it was never sent.

        Args:
            session: the place of its session.
            sequence: its own.
        """
        batch = self.batches.at(session, sequence)
        if batch != NONE:
            return self.batches.base[batch] + sequence - self.batches.first[batch]
        return self._extra.get((session, sequence), NONE)

    def batch(self, event: int) -> int:
        """Give the batch with which an event was sent."""
        beyond = event - self.batches.count
        return self._extra_places[beyond][0] if beyond >= 0 else self.batches.of(event)

    def posted(self, event: int) -> float | None:
        """Return when an event's batch was first sent, in milliseconds since 1970; None if no ledger says it."""
        if event >= self.count:
            return None
        batch = self.batch(event)
        started = self.sources[self.sessions.ledger[self.batches.session[batch]]].header.started
        return started + self.batches.begun[batch]

    def sequence(self, event: int) -> int:
        """Give an event's sequence."""
        beyond = event - self.batches.count
        return self._extra_places[beyond][1] if beyond >= 0 else self.batches.sequence(event)

    @property
    def gap(self) -> Gap:
        """What incomplete ledgers leave open."""
        torn = [source for source in self.sources if source.torn]
        # A replay leases every number: that says nothing about how many sessions it has.
        counted = [source for source in torn if source.header.model != "replay"]
        leased, opened = sum(source.size for source in counted), sum(source.opened for source in counted)
        count, replays = len(self.sources) + len(self.cut), len(torn) - len(counted)
        return Gap(len(torn), count, self.cut, leased, max(0, leased - opened), replays)

    @property
    def unended(self) -> BitMap:
        """The events of ledgers that end early: what they say of a batch may not be the last word."""
        return bitmap_of((source.first, source.end) for source in self.sources if source.torn)

    def has_further(self, batch: int) -> bool:
        """Return whether any event of a batch was sent on purpose beyond its first time."""
        base = self.batches.base[batch]
        return bool(self.further.among(base, base + self.batches.events[batch]))

    def acked_copies(self, session: int) -> BitMap:
        """Return the numbers of a session's acknowledged batches in which an event stands that was sent before."""
        return self._acked_copies.get(session, BitMap())

    def may_have_sent(self, run: int, session: int) -> bool:
        """Tell whether a ledger that broke off may have sent what it says nothing of.

        Of a session that a ledger opened, that ledger alone may. Any other session may be of a lease that stood
        beyond the end, unless a whole ledger leased it.
        """
        place = self.sessions.place(run, session)
        if place != NONE:
            return bool(self.sources[self.sessions.ledger[place]].torn)
        sources = [source for source in self.sources if source.header.run == run]
        if any(source.leased(session) and not source.torn for source in sources):
            return False
        return bool(self.cut) or any(source.torn for source in sources)

    def absent_sender(self, run: int, session: int) -> str:
        """Return which worker without a ledger here may have sent a session that was never begun; "" if there is none.

        Sessions are numbered in lanes, one for each worker. Those of a replay are shared among all workers.
        """
        if self.cut:
            return ""  # the ledger without a header may be that worker's
        sources = [source for source in self.sources if source.header.run == run]
        if any(source.header.model == "replay" for source in sources):
            return "" if any(source.torn for source in sources) else ANOTHER
        worker = session // ORDINALS
        return "" if any(source.header.worker == worker for source in sources) else str(worker)

    # --- reading ------------------------------------------------------------------------------------

    def _take(self, ledger: Read, heard: Callable[[int], None]) -> None:
        number, leases = len(self.sources), array("Q")
        sessions, first = len(self.sessions), self.batches.count
        try:
            for record in ledger.records():
                if isinstance(record, Sent):
                    self._sent(ledger, number, record)
                    if not len(self.batches) & 1023:
                        heard(self.batches.count)
                elif isinstance(record, SessionStart):
                    self._open(ledger, number, record)
                elif isinstance(record, EventLabel):
                    self._pending.setdefault((record.session, record.batch), []).append(record)
                elif isinstance(record, SessionLease):
                    leases.extend(record)
        except OverflowError as error:
            raise _contradiction(ledger, f"a number is beyond all bounds ({error})") from None
        torn = "" if ledger.is_whole else ledger.torn or "it was never ended"
        leased = [SessionLease(first, last) for first, last in zip(leases[::2], leases[1::2], strict=True)]
        opened = len(self.sessions) - sessions
        self.sources.append(
            Source(ledger.header, ledger.path, torn, leased, opened, first, self.batches.count)
        )
        self.labelled_beyond |= bool(torn and self._pending)
        self._pending.clear()

    def _open(self, ledger: Read, number: int, opening: SessionStart) -> None:
        run = ledger.header.run
        place = self.sessions.place(run, opening.session)
        if place != NONE:
            before = self.sessions.ledger[place]
            if before == number:
                raise _contradiction(ledger, f"session {opening.session} is opened twice")
            raise UsageError(
                f"{ledger.path}: sent session {opening.session} of run {run:08x}, and so did "
                f"{self.sources[before].path}; the same ids were sent twice, and nobody can tell by whom: "
                "verify a run's own ledgers alone"
            )
        self.sessions.add(run, number, opening)
        self.batches.of_new_session()

    def _sent(self, ledger: Read, number: int, sent: Sent) -> None:
        batches, session = self.batches, self.sessions.place(ledger.header.run, sent.session)
        if session == NONE or self.sessions.ledger[session] != number:
            raise _contradiction(ledger, f"session {sent.session} is sent, and was never opened")
        if ledger.header.model == "replay":
            self._replayed(session, sent)
            return
        known = batches.known(session, sent)
        if known != NONE:
            if batches.events[known] != sent.events:
                raise _contradiction(
                    ledger,
                    f"batch {sent.batch} of session {sent.session} has {batches.events[known]} events, and {sent.events}",
                )
            self.resent += 1
            batches.again(known, sent)
            return
        labels = self._pending.pop((sent.session, sent.batch), []) if self._pending else []
        held = batches.holding(session, sent)
        if held and not labels:
            raise _contradiction(ledger, f"an event of session {sent.session} is sent with two batches")
        for batch in held:
            batches.again(batch, sent)
        batch = min(held) if held else batches.add(session, sent)
        for label in labels:
            self._label(session, batch, sent, label)

    def _replayed(self, session: int, sent: Sent) -> None:
        """Take down what was sent of a dataset, in which one event may stand in several places.

        All records of a batch's first attempt are copies of their own; those of later attempts are the same copies.
        """
        batches, is_resent = self.batches, sent.attempt > 0
        self.resent += is_resent
        held = batches.holding(session, sent)
        if not held:
            batches.add(session, sent)
            return
        if sent.status == "acked":
            self._acked_copies.setdefault(session, BitMap()).add(sent.batch)
        if held == {batches.known(session, sent)} and batches.events[min(held)] == sent.events:
            batches.again(min(held), sent)
            if not is_resent:
                base = batches.base[min(held)]
                self.further.add(base, base + sent.events)
            return
        for sequence in range(sent.first, sent.first + sent.events):
            place = self.place(session, sequence)
            if place == NONE:
                batches.add(session, sent._replace(first=sequence, events=1))
                continue
            self._raised.append((place, sent.status))
            if not is_resent:
                self.further.add(place, place + 1)

    def _labelled_as(self, session: int, fault: str) -> BitMap:
        return self.labels.setdefault((self.sessions.ledger[session], fault), BitMap())

    def _label(self, session: int, batch: int, sent: Sent, label: EventLabel) -> None:
        sequences = range(sent.first, sent.first + sent.events)
        for sequence in sequences if label.sequence is None else [label.sequence]:
            place = self.place(session, sequence)
            if place == NONE:
                self._extra_labels.append((session, batch, sequence, label.fault))
            else:
                self._labelled_as(session, label.fault).add(place)

    def _finish(self) -> None:
        # Only now is it known where the numbers of those end that stand in a batch.
        for session, batch, sequence, fault in self._extra_labels:
            place = self.place(session, sequence)
            if place == NONE:
                place = self._extra[session, sequence] = self.count
                self._extra_places.append((batch, sequence))
            self._labelled_as(session, fault).add(place)
        self._extra_labels.clear()
        for status in ("acked", "unknown", "rejected"):
            self._sets[status] = bitmap_of(self.batches.ranges(status))
        for place, (batch, _) in enumerate(self._extra_places, start=self.batches.count):
            self._sets[self.batches.status(batch)].add(place)
        for place, status in self._raised:
            self._raise(place, status)
        self._raised.clear()

    def _raise(self, place: int, status: Status) -> None:
        """Take down that a copy of an event came to this: of all copies the best counts, as of attempts."""
        before = next(one for one, events in self._sets.items() if place in events)
        if STATUSES.index(status) > STATUSES.index(before):
            self._sets[before].discard(place)
            self._sets[status].add(place)

    def _check_leases(self) -> None:
        """Refuse ledgers of one worker that may have sent the same sessions, where one of them cannot tell."""
        for number, one in enumerate(self.sources):
            for other in self.sources[:number]:
                same = (one.header.run, one.header.worker) == (other.header.run, other.header.worker)
                if same and (one.torn or other.torn) and _overlap(one.leases, other.leases):
                    raise UsageError(
                        f"{one.path}: may have sent the same sessions of run {one.header.run:08x} as {other.path}, "
                        "and one of them breaks off; nobody can tell what was sent by which: verify them apart"
                    )


def _asked(header: Header) -> list[str]:
    """Return the damage that a run was asked for, each with its share."""
    return str(header.options.get("fault", "")).splitlines()


def _overlap(some: list[SessionLease], others: list[SessionLease]) -> bool:
    return any(one.first <= other.last and other.first <= one.last for one in some for other in others)


def _contradiction(ledger: Read, why: str) -> UsageError:
    return UsageError(f"{ledger.path}: contradicts itself, {why}; nothing can be judged by it")
