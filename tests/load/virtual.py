"""Virtual time: sessions that are nothing but batches, a schedule of them, and senders that take turns at it."""

from collections import Counter
from heapq import heappop, heappush
from itertools import count
from math import inf, nextafter
from typing import NamedTuple

from generator.delivery.contracts import Request
from generator.load.prepared_batch import PreparedBatch
from generator.load.rates.arrivals import Arrivals
from generator.load.schedule import Ending, EventSchedule, SessionSchedule, close


class Story:
    """A session whose batches are given: seconds of story, and events."""

    def __init__(self, number, begun, batches):
        self.number, self.begun, self.batches = number, begun, batches
        self.scenario, self.head, self.tries, self.place = "story", None, 0, 0

    @property
    def has_begun(self):
        return self.place > 0 or self.tries > 0

    @property
    def is_over(self):
        return self.place >= len(self.batches)

    @property
    def due(self):
        return self.batches[self.place][0]

    @property
    def events(self):
        return self.batches[self.place][1]

    @property
    def left(self):
        return sum(events for _, events in self.batches[self.place :])

    def prepare(self):
        return PreparedBatch(
            b"", f"{self.number}-{self.place}", self.events, (), self.due, self.place, ((0, self.events),)
        )

    def go_on(self):
        self.place += 1
        self.tries = 0

    def request(self):
        return Request("POST", "/", {}, b"")

    def model(self):
        return None


class Leave:
    """Leave to begin sessions, which comes in portions."""

    def __init__(self, total=None):
        self.total, self.granted, self.is_used_up = total, 0, total == 0

    def grant(self, some):
        """As a master does that is asked: what is left at the most, and none says that there is none left."""
        some = min(some, self.total)
        self.total -= some
        self.granted += some
        self.is_used_up = not self.granted and not self.total

    def take(self):
        if self.total is None:
            return True
        if not self.granted:
            return False
        self.granted -= 1
        self.is_used_up = not self.granted and not self.total
        return True


class World:
    """A schedule, and all sessions that it has begun."""

    def __init__(self, kind, profile, process, seed, stories, speed=1.0, leave=None, share=1.0):
        self.kind, self.speed, self.sessions = kind, speed, []
        self.leave = leave or Leave()
        self._stories = [self._in_order(story) for story in stories]
        self.arrivals = Arrivals(profile, process, seed, share=share)
        used_up = lambda: self.leave.is_used_up  # noqa: E731
        self.schedule = (
            EventSchedule(self.arrivals, self._begin, used_up)
            if kind == "events"
            else SessionSchedule(self.arrivals, self._begin, used_up, speed)
        )
        self.dropped = []

    @staticmethod
    def _in_order(story):
        dues = sorted(due for due, _ in story)
        return [(due, events) for due, (_, events) in zip(dues, story, strict=True)]

    def _begin(self, at, *, is_past):
        assert is_past == (self.kind == "events")
        assert 0 <= at < inf
        if not self.leave.take():
            return None
        number = len(self.sessions)
        self.sessions.append(Story(number, at, self._stories[number % len(self._stories)]))
        return self.sessions[-1]

    def close(self, now):
        return close(self.schedule, now, lambda at, events, _: self.dropped.append((at, events)), Ending())


class Taken(NamedTuple):
    """A batch that was taken: when, when it was due, and which one it is."""

    when: float
    at: float
    number: int
    place: int
    events: int


class Senders:
    """Senders that take what is due, answer after some time, and hand back.

    Args:
        source: what they take from: a schedule, or an offer.
        services: seconds that the nth batch takes; they come again and again.
        senders: how many there are.
        early: seconds by which a turn may be taken early.
    """

    def __init__(self, source, services, senders, early=0.0):
        self.source, self.services, self.free, self.early = source, services, senders, early
        self.taken = []
        self.in_flight, self.sessions = {}, {}
        self.now = 0.0
        self._order = count()
        self._coming = []
        self._places = Counter()

    def at(self, when, action):
        """Let something happen at an instant, such as a share that changes."""
        heappush(self._coming, (when, next(self._order), action))

    def run(self, end=inf, each=lambda senders: None):
        """Let time pass until an instant, or until nothing happens any more.

        Args:
            end: the last instant.
            each: called whenever all senders that are free have looked for a turn.
        """
        while True:
            self._take_what_is_due()
            each(self)
            coming = self._coming[0][0] if self._coming else inf
            promised = self._promised() if self.free else inf
            # What is due and was not taken waits for something else to happen.
            following = min(coming, promised if promised > self.now else inf)
            if following > end or following == inf:
                self.now = max(self.now, min(end, following))
                return
            self.now = following
            while self._coming and self._coming[0][0] <= self.now:
                heappop(self._coming)[2]()

    def _take_what_is_due(self):
        while self.free and (turn := self.source.take(self.now + self.early)):
            session = turn.session
            assert turn.at <= self.now + self.early, "a turn was taken before it was due"
            assert session.number not in self.in_flight, "two batches of a session are on their way"
            self.free -= 1
            self.in_flight[session.number] = self.sessions[session.number] = session
            place = self._places[session.number]
            self._places[session.number] += 1
            self.taken.append(Taken(self.now, turn.at, session.number, place, session.events))
            service = self.services[(len(self.taken) - 1) % len(self.services)]
            self.at(self.now + service, lambda session=session: self.hand_back(session))

    def _promised(self):
        at = self.source.next_at
        return nextafter(at - self.early, inf) if self.early else at

    def hand_back(self, session):
        del self.in_flight[session.number]
        self.free += 1
        session.go_on()
        self.source.hand_back(session)

    def cut_short(self):
        """Hand back all that is on its way, as senders do that are ended amidst."""
        self._coming.clear()
        for session in list(self.in_flight.values()):
            self.hand_back(session)
