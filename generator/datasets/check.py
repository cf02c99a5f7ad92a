"""The judgement of events: each by the rules of its form, then those of one session by the rules between them.

The first is spoken at once. The second waits until a session is whole as far as the input goes, so its
events are held until it is judged; what is held is bounded, and what could not be judged is counted.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from generator.datasets.reader import LARGEST_EVENT, JsonValue, events_inside, holds_no_event
from generator.datasets.session_checker import EventFacts, LocatedViolation, SessionChecker
from generator.spec.check import check
from generator.spec.rules import EIDS, FORMS, Form
from generator.spec.violation import Problem, Severity, Violation

UNKNOWN = "(no known eid)"
"""Under which events are counted whose eid is none of the 17, or cannot be read."""


class _Eid(Struct, gc=False):
    eid: Any = UNSET
    mid: Any = UNSET
    context: Any = UNSET


_EID = msgspec.json.Decoder(_Eid)
_BRIEF = msgspec.json.Decoder(EventFacts)

COMPARED = 10_000
"""How many of an input's first events are held against the other form too, for the hint that it is that one's."""


class DatasetCheck:
    """The verdicts on an input's events, kept while it is read.

    Args:
        form: the form in which events are checked.
        violations: how many to keep; all are counted.
        sessions: whether the rules between the events of a session are judged too.
        strict: whether those rules are errors; see `SessionChecker`.

    Attributes:
        unreadable: how many events are none, being no JSON at all.
        without_event: how many lines of a store or a recording hold no event, but null in its place.
        between, violations_between: the broken rules between events that are errors.
        noted, notes: those that are notes.
        compared: how many of the first events were held against both forms.
        fitting: how many of these are valid, by form.
    """

    def __init__(
        self, form: Form, *, violations: int = 10, sessions: bool = True, strict: bool | None = None
    ) -> None:
        self.form: Form = form
        self.other: Form = FORMS[1 - FORMS.index(form)]
        self.valid: Counter[str] = Counter()
        self.invalid: Counter[str] = Counter()
        self.found: list[LocatedViolation] = []
        self.violations = 0
        self.between: list[LocatedViolation] = []
        self.violations_between = 0
        self.noted: list[LocatedViolation] = []
        self.notes = 0
        self.sessions = SessionChecker(strict=strict) if sessions else None
        self.unreadable = self.without_event = 0
        self.compared = 0
        self.fitting: Counter[Form] = Counter()
        self._kept = violations

    @property
    def events(self) -> int:
        """The number of events, those that cannot be read among them."""
        return self.valid.total() + self.invalid.total()

    @property
    def passed(self) -> bool:
        """Whether everything is valid; notes do not count."""
        return not self.violations and not self.violations_between

    @property
    def other_form(self) -> Form | None:
        """The other form, if more of the events that were compared are valid there."""
        return self.other if self.fitting[self.other] > self.fitting[self.form] else None

    def take(self, piece: JsonValue) -> None:
        """Judge one value of the input, whatever it is."""
        if self._takes(piece):
            return
        count = 0
        for event in events_inside(piece):
            count += 1
            if event is piece or not self._takes(event):
                self._judge(event)
        self.without_event += not count and holds_no_event(piece)

    def finish(self) -> None:
        """Judge the sessions that are still held."""
        if self.sessions:
            self._keep_between(self.sessions.finish())

    def _takes(self, event: JsonValue) -> bool:
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
        if self.compared < COMPARED:
            self._compare(data, is_valid=True)
        if self.sessions:
            found = self.sessions.add(brief, event.line, event.place)
            if found:
                self._keep_between(found)
        return True

    def _judge(self, event: JsonValue) -> None:
        """Judge one event that is not valid, or too odd for the rules between events."""
        violations = [event.violation] if event.violation else check(event.data, self.form)
        if self.compared < COMPARED:
            self._compare(event.data, is_valid=not violations)
        if violations:
            self._refuse(event, violations)
        else:
            self.valid[_eid(event.data).eid] += 1

    def _refuse(self, event: JsonValue, violations: list[Violation]) -> None:
        said = _eid(event.data)
        self.invalid[said.eid if isinstance(said.eid, str) and said.eid in EIDS else UNKNOWN] += 1
        self.violations += len(violations)
        self.unreadable += violations[0].path == "$" and violations[0].problem is Problem.UNREADABLE
        room = self._kept - len(self.found)
        self.found += [
            LocatedViolation(event.line, event.place, violation) for violation in violations[:room]
        ]
        if self.sessions:
            context = said.context if isinstance(said.context, dict) else {}
            self.sessions.leave_out(said.mid, context.get("did", UNSET), context.get("sid", UNSET))

    def _keep_between(self, found: Iterable[LocatedViolation]) -> None:
        for one in found:
            is_note = one.violation.severity is Severity.NOTE
            kept = self.noted if is_note else self.between
            self.notes += is_note
            self.violations_between += not is_note
            if len(kept) < self._kept:
                kept.append(one)

    def _compare(self, data: bytes, *, is_valid: bool) -> None:
        """Hold an event that was judged in this form against the other one too."""
        self.compared += 1
        self.fitting[self.form] += is_valid
        self.fitting[self.other] += bool(data) and not check(data, self.other)


def _eid(data: bytes) -> _Eid:
    try:
        return _EID.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Eid()
