"""The judgement of events: each by the rules of its form, then those of one session by the rules between them.

The first is spoken at once. The second waits until a session is whole as far as the input goes, so its
events are held until it is judged; what is held is bounded, and what could not be judged is counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from generator.corpus.reading import LARGEST_EVENT, Piece, unfolded
from generator.spec.check import check, passes_in_other_form
from generator.spec.identity import read_mid
from generator.spec.rules import EIDS, Form
from generator.spec.session import check_session
from generator.spec.violation import Problem, Violation

UNKNOWN = "(no known eid)"
"""Under which events are counted whose eid is none of the 17, or cannot be read."""

HELD = 100_000
"""Events held for the rules between them, beyond which the session longest untouched is judged as it stands."""


class Found(NamedTuple):
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


class Brief(Struct, gc=False):
    """The part of an event that the rules between events look at."""

    eid: str
    ets: float | int
    mid: str
    context: _Context
    edata: _Payload


_BRIEF = msgspec.json.Decoder(Brief)


class _Eid(Struct, gc=False):
    eid: Any = UNSET
    mid: Any = UNSET
    context: Any = UNSET


_EID = msgspec.json.Decoder(_Eid)


# --- sessions ---------------------------------------------------------------------------------------


class _Held:
    """The events of one session so far, each with its line and its place."""

    __slots__ = ("events", "key", "lines", "name", "spoilt")

    def __init__(self, key: Any, name: str) -> None:
        self.key, self.name = key, name
        self.events: list[Brief] = []
        self.lines: list[tuple[int, int | None]] = []
        self.spoilt = False


class Sessions:
    """The rules between the events of one session, for many sessions that may lie mixed.

    A session's events are those whose mids have one tail, where the mids are Footfall's, and else those of one
    did and sid. Footfall's are put into the order of their numbers, and one that is not whole is not judged.

    Args:
        held: how many events to hold at most.

    Attributes:
        judged, invalid: the number of sessions.
        skipped: the number of sessions that were not judged: not whole, or with an invalid event.
        late: the number of events which came after their session had to be let go.
    """

    def __init__(self, held: int = HELD) -> None:
        self._max, self._count = held, 0
        self._open: dict[Any, _Held] = {}
        self._names: dict[str, str | None] = {}
        self._gone: set[Any] = set()
        self._last: _Held | None = None
        self.judged = self.invalid = self.skipped = self.late = 0

    def add(self, event: Brief, line: int, place: int | None) -> list[Found]:
        """Take a valid event in; give what is found in sessions that have to be let go."""
        # Most often an event follows another of its session.
        session = self._last
        if session is None or event.mid[-24:] != session.key:
            session = self._last = self._session(event.mid, event.context.did, event.context.sid)
            if session is None:
                return []
        session.events.append(event)
        session.lines.append((line, place))
        self._count += 1
        return self._let_go() if self._count > self._max else []

    def _let_go(self) -> list[Found]:
        found: list[Found] = []
        while self._count > self._max:
            oldest = next(iter(self._open))
            self._gone.add(oldest)
            found += self._close(oldest)
        return found

    def spoil(self, mid: Any, did: Any, sid: Any) -> None:
        """Leave the session of an invalid event out: the rules are about valid ones."""
        if all(isinstance(part, str | UnsetType) for part in (mid, did, sid)):
            session = self._session(mid or "", did, sid)
            if session:
                session.spoilt = True

    def finish(self) -> Iterator[Found]:
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

    def _close(self, key: Any) -> Iterator[Found]:
        session = self._open.pop(key)
        self._last = None
        self._count -= len(session.events)
        if (
            session.spoilt
            or not session.events
            or (isinstance(session.key, str) and not _put_in_order(session))
        ):
            self.skipped += 1
            return
        violations = check_session(session.events)  # type: ignore[arg-type]
        self.judged += 1
        self.invalid += bool(violations)
        firsts: dict[str, str] = {}
        for violation in violations:
            index, _, path = violation.path.removeprefix("[").partition("].")
            line, place = session.lines[int(index)]
            expected = violation.expected
            if path == "mid":
                firsts = firsts or _firsts(session)
                expected = f"another mid than that of {firsts[session.events[int(index)].mid]}"
            said = msgspec.structs.replace(violation, path=f"$.{path}", expected=expected)
            yield Found(line, place, said, session.name)


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
    except ValueError:
        return False  # a foreign mid that ends as ours do
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    session.events = [session.events[index] for index in order]
    session.lines = [session.lines[index] for index in order]
    return len(set(numbers)) == max(numbers) + 1


# --- the whole ----------------------------------------------------------------------------------------


class Judgement:
    """The verdicts on an input's events, kept while it is read.

    Args:
        form: the form in which events are checked.
        violations: how many to keep; all are counted.
        sessions: whether the rules between the events of a session are judged too.

    Attributes:
        unreadable: how many events are none, being no JSON at all.
    """

    def __init__(self, form: Form, *, violations: int = 10, sessions: bool = True) -> None:
        self.form: Form = form
        self.valid: Counter[str] = Counter()
        self.invalid: Counter[str] = Counter()
        self.found: list[Found] = []
        self.violations = 0
        self.between: list[Found] = []
        self.violations_between = 0
        self.sessions = Sessions() if sessions else None
        self.unreadable = 0
        self._kept = violations
        self._other_form_passes = True

    @property
    def events(self) -> int:
        """The number of events, those that cannot be read among them."""
        return self.valid.total() + self.invalid.total()

    @property
    def passed(self) -> bool:
        """Whether everything is valid."""
        return not self.violations and not self.violations_between

    @property
    def other_form(self) -> Form | None:
        """The other form, when every invalid event is valid there."""
        if not self.violations or not self._other_form_passes:
            return None
        return "wire" if self.form == "documented" else "documented"

    def take(self, piece: Piece) -> None:
        """Judge one value of the input, whatever it is."""
        if self._takes(piece):
            return
        for event in unfolded(piece):
            if event is piece or not self._takes(event):
                self._judge(event)

    def finish(self) -> None:
        """Judge the sessions that are still held."""
        if self.sessions:
            self._keep_between(self.sessions.finish())

    def _takes(self, event: Piece) -> bool:
        """Take one valid event in, if it is one that the rules between events can look at."""
        data = event.data
        if event.violation or len(data) > LARGEST_EVENT:
            return False
        try:
            brief = _BRIEF.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return False
        if check(data, self.form):
            return False
        self.valid[brief.eid] += 1
        if self.sessions:
            found = self.sessions.add(brief, event.line, event.place)
            if found:
                self._keep_between(found)
        return True

    def _judge(self, event: Piece) -> None:
        """Judge one event that is not valid, or too odd for the rules between events."""
        violations = [event.violation] if event.violation else check(event.data, self.form)
        if violations:
            self._refuse(event, violations)
        else:
            self.valid[_eid(event.data).eid] += 1

    def _refuse(self, event: Piece, violations: list[Violation]) -> None:
        said = _eid(event.data)
        self.invalid[said.eid if isinstance(said.eid, str) and said.eid in EIDS else UNKNOWN] += 1
        self.violations += len(violations)
        self.unreadable += violations[0].path == "$" and violations[0].problem is Problem.UNREADABLE
        room = self._kept - len(self.found)
        self.found += [Found(event.line, event.place, violation) for violation in violations[:room]]
        if self._other_form_passes:
            self._other_form_passes = bool(event.data and passes_in_other_form(event.data, self.form))
        if self.sessions:
            context = said.context if isinstance(said.context, dict) else {}
            self.sessions.spoil(said.mid, context.get("did", UNSET), context.get("sid", UNSET))

    def _keep_between(self, found: Iterable[Found]) -> None:
        for one in found:
            self.violations_between += 1
            if len(self.between) < self._kept:
                self.between.append(one)


def _eid(data: bytes) -> _Eid:
    try:
        return _EID.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Eid()
