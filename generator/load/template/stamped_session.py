"""A stamped session under way: it is stamped when its first batch is due, and keeps little until then."""

from typing import Any

from generator.delivery.contracts import Request
from generator.ledger.record import SessionStart
from generator.load.prepared_batch import PreparedBatch, RequestTemplate
from generator.load.template.stamp import StampIdentity, Template


class StampedSession:
    """A session that is being sent, see `Outgoing`.

    Args:
        template: what is sent.
        who: as whose session.
        t0: the start of its story, in milliseconds since 1970.
        begun: when its first batch could be due, in seconds since the run began.
    """

    __slots__ = ("_place", "_values", "begun", "head", "t0", "template", "tries", "who")

    def __init__(self, template: Template, who: StampIdentity, t0: int, begun: float) -> None:
        self.template, self.who, self.t0, self.begun = template, who, t0, begun
        self.head: Any = None
        self.tries = 0
        self._place = 0
        self._values: list[bytes] | None = None

    @property
    def scenario(self) -> str:
        """The template's."""
        return self.template.scenario

    @property
    def number(self) -> int:
        """As every mid has it."""
        return self.who.session

    @property
    def has_begun(self) -> bool:
        """Whether any of its batches was sent."""
        return self._place > 0 or self.tries > 0

    @property
    def is_over(self) -> bool:
        """Whether all batches were sent."""
        return self._place >= len(self.template.patterns)

    @property
    def events(self) -> int:
        """How many events its next batch has."""
        return self.template.patterns[self._place].events

    @property
    def due(self) -> float:
        """Seconds of story from its beginning until its next batch is due."""
        return self.template.patterns[self._place].due

    @property
    def left(self) -> int:
        """How many events were not sent yet."""
        return sum(pattern.events for pattern in self.template.patterns[self._place :])

    def prepare(self) -> PreparedBatch:
        """Stamp its next batch."""
        if self._values is None:
            self._values = self.template.values(self.who, self.t0)
        return self.template.prepare(self._values, self._place)

    def opening(self) -> SessionStart:
        """Return which template it is, whose, and when."""
        template, who = self.template, self.who
        return SessionStart(who.session, template.scenario, template.number, who.uid, who.did, self.t0)

    def go_on(self, *, is_acked: bool = False) -> None:  # noqa: ARG002  all the same to a template
        """Go on to the batch after it."""
        self._place += 1
        self.tries = 0

    def request(self) -> Request:
        """Return what its requests have in common."""
        template, who = self.template, self.who
        return Request(template.method, template.path_of(who), template.headers(who), b"")

    def model(self) -> RequestTemplate:
        """Return the request of the learner with whom it was compiled."""
        template = self.template
        own = Request(template.method, template.path_of(StampIdentity(0, 0)), template.own_headers, b"")
        return RequestTemplate((template.scenario, template.number), own, template.renames(self.who))
