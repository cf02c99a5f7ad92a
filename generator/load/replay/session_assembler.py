"""Grouping: sessions put together from events that may lie mixed, within a bounded window.

A session's events are those whose mids have one tail, where the mids are Footfall's; else those of one did and
sid, or of one did. They keep the order in which they stand. A session is whole when the window has gone past it:
when enough later events have been read that it, being the one longest untouched, has to make room. What comes of
it later is a session of its own, and is counted.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator

from msgspec import Struct

from generator.load.replay.raw_event import RawEvent
from generator.spec.identity import read_mid
from generator.spec.rules import EIDS

HELD, HELD_BYTES = 20_000, 64 * 1024 * 1024
"""Events, and bytes of them, that are held at most, to find which belong together."""
_REMEMBERED = 1_000_000
_TAIL = 24


class RecordedSession(Struct, frozen=True, array_like=True, gc=False):
    """A session as it was recorded.

    Attributes:
        number: which of the dataset's it is, from 0: the same in every reading.
        entries: its events, at least one.
    """

    number: int
    entries: list[RawEvent]

    @property
    def start(self) -> int:
        """Its first instant; 0 where it has none."""
        return min((entry.ets for entry in self.entries if entry.ets is not None), default=0)

    @property
    def size(self) -> int:
        """The bytes of its events."""
        return sum(len(entry.data) for entry in self.entries)

    @property
    def eids(self) -> Counter[str]:
        """How many it has of each eid; those that no specification knows together."""
        return counted(self.entries)


def counted(entries: Iterable[RawEvent]) -> Counter[str]:
    """Count events by their eids, of which a hostile dataset has any number."""
    return Counter(entry.eid if entry.eid in EIDS else "(no known eid)" for entry in entries)


class SessionAssembler:
    """Puts events together.

    Args:
        whole_bodies: whether the events of one batch stay together, as the session of its first.
        held: events that are held at most.
        held_bytes: bytes of them.

    Attributes:
        parted: sessions of which a part came when the one before it had made room.
    """

    def __init__(self, *, whole_bodies: bool = False, held: int = HELD, held_bytes: int = HELD_BYTES) -> None:
        self._whole, self._most, self._most_bytes = whole_bodies, held, held_bytes
        self._open: dict[Hashable, list[RawEvent]] = {}
        self._events = self._bytes = self._numbered = self._alone = 0
        self._gone: dict[Hashable, None] = {}
        self._ours: dict[str, bool] = {}
        self._body: tuple[int, Hashable] = (0, None)
        self.parted = 0

    def sessions(self, entries: Iterable[RawEvent]) -> Iterator[RecordedSession]:
        """Yield sessions, each as soon as the window has gone past it."""
        for entry in entries:
            self._take(entry)
            while self._events > self._most or self._bytes > self._most_bytes:
                yield self._let_go()
        while self._open:
            yield self._let_go()

    def _take(self, entry: RawEvent) -> None:
        key = self._key(entry)
        held = self._open.pop(key, None)
        if held is None:
            held = []
            self.parted += key in self._gone
        held.append(entry)
        self._open[key] = held  # the one touched last stands last
        self._events += 1
        self._bytes += len(entry.data)

    def _let_go(self) -> RecordedSession:
        key = next(iter(self._open))
        recording = RecordedSession(self._numbered, self._open.pop(key))
        self._numbered += 1
        self._events -= len(recording.entries)
        self._bytes -= recording.size
        self._gone[key] = None
        if len(self._gone) > _REMEMBERED:
            del self._gone[next(iter(self._gone))]
        return recording

    def _key(self, entry: RawEvent) -> Hashable:
        if self._whole and entry.body:
            if entry.body != self._body[0]:
                self._body = entry.body, self._own_key(entry)
            return self._body[1]
        return self._own_key(entry)

    def _own_key(self, entry: RawEvent) -> Hashable:
        tail = entry.mid[-_TAIL:]
        if self._is_ours(entry.mid, tail):
            return tail
        if entry.did:
            return entry.did, entry.sid
        self._alone += 1
        return self._alone

    def _is_ours(self, mid: str, tail: str) -> bool:
        known = self._ours.get(tail)
        if known is None:
            if len(self._ours) >= self._most:
                self._ours.clear()
            known = self._ours[tail] = read_mid(mid) is not None
        return known
