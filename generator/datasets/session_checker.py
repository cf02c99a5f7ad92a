"""The sessions of an input: their events are held until they can be judged by the rules between them.

What is held is bounded, and what could not be judged is counted.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from generator.spec.identity import read_mid
from generator.spec.session import check_session
from generator.spec.violation import Violation

HELD = 100_000
"""Events held for the rules between them, beyond which the session longest untouched is judged as it stands."""


class LocatedViolation(NamedTuple):
    """A violation and where it stands in the input.

    Attributes:
        line: the line, from 1.
        place: the event's place in a batch or a list, from 0; None outside of one.
        session: which session, for a rule between events; empty for an event's own.
    """

    line: int
    place: int | None
    violation: Violation
    session: str = ""


# --- what the rules between events look at; the rest of an event is not held -----------------------------


class _Producer(Struct, gc=False):
    id: str


class _Context(Struct, gc=False):
    pdata: _Producer
    sid: str | UnsetType = UNSET
    did: str | UnsetType = UNSET


class _Payload(Struct, gc=False):
    type: Any = UNSET
    duration: Any = UNSET
    starttime: Any = UNSET
    endtime: Any = UNSET
    timespent: Any = UNSET
    pageviews: Any = UNSET
    interactions: Any = UNSET


class EventFacts(Struct, gc=False):
    """The part of an event that the rules between events look at."""

    eid: str
    ets: float | int
    mid: str
    context: _Context
    edata: _Payload


_BRIEF = msgspec.json.Decoder(EventFacts)


class _Held:
    """The events of one session so far, each with its line and its place."""

    __slots__ = ("events", "invalid", "key", "lines", "name")

    def __init__(self, key: Any, name: str) -> None:
        self.key, self.name = key, name
        self.events: list[EventFacts] = []
        self.lines: list[tuple[int, int | None]] = []
        self.invalid: list[str] = []
        """The mids of its invalid events, which are left out."""

    @property
    def is_ours(self) -> bool:
        """Whether Footfall made its mids: they number its events."""
        return isinstance(self.key, str)


class SessionChecker:
    """The rules between the events of one session, for many sessions that may lie mixed.

    A session's events are those whose mids have one tail, if the mids are Footfall's, and else those of one
    did and sid. Footfall's are put into the order of their numbers, and one that is not whole is not judged.
    Invalid events are left out of their session; what is found in the rest is a note, since they may be its cause.

    Args:
        held: how many events to hold at most.
        strict: whether a broken rule is an error or a note; by default an error in the sessions of Footfall,
            which keeps the rules, and a note in those of other producers.

    Attributes:
        judged, invalid: the number of sessions; those that break a rule strictly are invalid.
        in_part: how many of the judged sessions were judged without their invalid events.
        skipped: the number of sessions that were not judged: events are missing, or all are invalid.
        late: the number of events which came after their session had to be let go.
        stray: the number of events, valid or not, that do not say to which session they belong.
    """

    def __init__(self, held: int = HELD, *, strict: bool | None = None) -> None:
        self._strict = strict
        self._max, self._count = held, 0
        self._open: dict[Any, _Held] = {}
        self._names: dict[str, str | None] = {}
        self._gone: set[Any] = set()
        self._last: _Held | None = None
        self.judged = self.invalid = self.in_part = self.skipped = self.late = self.stray = 0

    def add(self, event: EventFacts, line: int, place: int | None) -> list[LocatedViolation]:
        """Take a valid event in; give what is found in sessions that have to be let go."""
        # Most often an event follows another of its session.
        session = self._last
        if session is None or event.mid[-24:] != session.key:
            late = self.late
            session = self._last = self._session(event.mid, event.context.did, event.context.sid)
            if session is None:
                self.stray += self.late == late
                return []
        session.events.append(event)
        session.lines.append((line, place))
        self._count += 1
        return self._let_go() if self._count > self._max else []

    def _let_go(self) -> list[LocatedViolation]:
        found: list[LocatedViolation] = []
        while self._count > self._max:
            oldest = next(iter(self._open))
            self._gone.add(oldest)
            found += self._close(oldest)
        return found

    def leave_out(self, mid: Any, did: Any, sid: Any) -> None:
        """Leave an invalid event out of its session: the rules are about valid ones."""
        late = self.late
        session = None
        if all(isinstance(part, str | UnsetType) for part in (mid, did, sid)):
            session = self._session(mid or "", did, sid)
        if session:
            session.invalid.append(mid or "")
        elif self.late == late:
            self.stray += 1

    def finish(self) -> Iterator[LocatedViolation]:
        """Judge what is held."""
        while self._open:
            yield from self._close(next(iter(self._open)))

    def _session(self, mid: str, did: str | UnsetType, sid: str | UnsetType) -> _Held | None:
        key: Any = mid[-24:]
        name = self._names.get(key, "")
        if name == "":
            name = self._names[key] = _name_of(mid)
            if len(self._names) > self._max:
                self._names.clear()
        if name is None:
            if did is UNSET or sid is UNSET:
                return None
            key = did, sid
            name = f"sid {sid}"
        session = self._open.pop(key, None)
        if session is None:
            if key in self._gone:
                self.late += 1
                return None
            session = _Held(key, name)
        self._open[key] = session  # the one touched last stands last
        return session

    def _close(self, key: Any) -> Iterator[LocatedViolation]:
        session = self._open.pop(key)
        self._last = None
        self._count -= len(session.events)
        if not session.events or (session.is_ours and not _put_in_order(session)):
            self.skipped += 1
            return
        strict = not session.invalid and (session.is_ours if self._strict is None else self._strict)
        violations = check_session(session.events, strict=strict)  # type: ignore[arg-type]
        self.judged += 1
        self.in_part += bool(session.invalid)
        self.invalid += strict and bool(violations)
        firsts: dict[str, str] = {}
        for violation in violations:
            index, _, path = violation.path.removeprefix("[").partition("].")
            line, place = session.lines[int(index)]
            expected = violation.expected
            if path == "mid":
                firsts = firsts or _firsts(session)
                expected = f"another mid than that of {firsts[session.events[int(index)].mid]}"
            said = msgspec.structs.replace(violation, path=f"$.{path}", expected=expected)
            yield LocatedViolation(line, place, said, session.name)


def _firsts(session: _Held) -> dict[str, str]:
    """Say of each mid where it stands first: the place in the session means nothing to who looks into a file."""
    firsts: dict[str, str] = {}
    for event, (line, place) in zip(session.events, session.lines, strict=True):
        firsts.setdefault(event.mid, f"line {line}" + ("" if place is None else f", event {place}"))
    return firsts


def _name_of(mid: str) -> str | None:
    ours = read_mid(mid)
    return f"session {ours.session} of run {ours.run:08x}" if ours else None


def _put_in_order(session: _Held) -> bool:
    """Sort by the numbers in the mids; tell whether none is missing up to the last one."""
    try:
        numbers = [int(event.mid[-32:-24], 16) for event in session.events]
        left_out = [int(mid[-32:-24], 16) for mid in session.invalid]
    except ValueError:
        return False  # a foreign mid that ends as ours do
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    session.events = [session.events[index] for index in order]
    session.lines = [session.lines[index] for index in order]
    every = {*numbers, *left_out}
    return len(every) == max(every) + 1
