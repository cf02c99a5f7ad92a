"""The parking: whoever is needed wakes, and nobody else; in virtual time, with the same steps as a sender takes."""

import importlib.util
from heapq import heappop, heappush
from itertools import count
from math import inf

import pytest
from greenlet import GreenletExit, getcurrent, greenlet
from hypothesis import given
from hypothesis import strategies as st
from virtual import Leave, World

import generator
from generator.load.rates.profile import Profile

EARLY = 0.0005
EVER = 1e9
A_TICK = 1e-9
"""A timer fires late rather than early, and no float is as fine as this."""
profiles = st.sampled_from(
    ["20 for 3s", "ramp:0..40 in 3s then 5 for 2s", "points:0s=0,1s=80,1s=0,4s=20"]
).map(Profile.parse)
stories = st.lists(
    st.lists(st.tuples(st.floats(0, 2), st.integers(1, 5)), min_size=1, max_size=3), min_size=1, max_size=3
)
services = st.lists(st.sampled_from([0.0, 0.01]) | st.floats(0, 1), min_size=1, max_size=4)
kinds = st.sampled_from(["events", "sessions"])
counts = st.integers(1, 8)
leaving = st.lists(st.tuples(st.floats(0, 4), st.integers(0, 7)), max_size=5)
grants = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 4)), max_size=4)


@pytest.fixture(scope="module")
def parking():
    """The module, without its package: that imports Locust, which patches the process."""
    [folder] = generator.__path__
    spec = importlib.util.spec_from_file_location("parking", f"{folder}/load/runner/senders.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.LONGEST = EVER  # whoever is forgotten sleeps for ever
    return module


class Bell:
    """An event in virtual time."""

    def __init__(self, time):
        self._time, self._waiting, self._is_set, self.wakings = time, None, False, 0

    def clear(self):
        self._is_set = False

    def set(self):
        if not self._is_set:
            self._is_set = True
            if self._waiting:
                self._time.at(self._time.now, self._waiting)

    def wait(self, seconds):
        assert seconds >= 0
        self._waiting = self._time.woken(getcurrent())
        try:
            self._time.at(self._time.now + seconds + A_TICK, self._waiting)
            self._time.switch()
            self.wakings += 1
        finally:
            self._waiting = None


class Time:
    """A hub whose clock jumps."""

    def __init__(self):
        self.now = 0.0
        self._coming, self._order, self._hub = [], count(), None

    def at(self, when, action):
        heappush(self._coming, (when, next(self._order), action))

    def woken(self, one):
        """Give what wakes a greenlet once, however often it is called."""
        left = [one]
        return lambda: left and left.pop().switch()

    def sleep(self, seconds):
        self.at(self.now + seconds, self.woken(getcurrent()))
        self.switch()

    def switch(self):
        self._hub.switch()

    def run(self, until):
        self._hub = getcurrent()
        while self._coming and self._coming[0][0] <= until:
            self.now, _, action = heappop(self._coming)
            action()


class Connections:
    """Senders, as those of the swarm, on a parking of theirs."""

    def __init__(self, module, offer, number, services):
        self.time, self.offer, self.parking = Time(), offer, module.SenderQueue(offer)
        self.services, self.number = services, number
        self.busy, self.taken, self.bells, self.ended = 0, [], [], 0
        self.ready = {}
        self.is_stopping = False
        self.greenlets = [greenlet(self._live) for _ in range(number)]
        for one in self.greenlets:
            self.time.at(0.0, one.switch)

    def _live(self):
        bell = Bell(self.time)
        self.bells.append(bell)
        try:
            self._send(bell)
        except GreenletExit:
            pass
        finally:
            self.number -= 1
            self.ended += 1
            self.parking.wake_one()

    def _send(self, bell):
        while not self.is_stopping:
            now = self.time.now + EARLY
            turn = self.offer.take(now)
            if turn is None:
                if self.offer.is_over and not self.busy:
                    return
                self.parking.wait(bell, now)
                continue
            if self.parking.is_needed(now):
                self.parking.wake_one()
            since = max(turn.at, self.ready.get(turn.session.number, 0.0))
            self.taken.append((self.time.now, turn.at, since, self.number - 1 - self.busy))
            self._exchange(turn.session)

    def _exchange(self, session):
        self.busy += 1
        try:
            self.time.sleep(self.services[len(self.taken) % len(self.services)])
        finally:
            self.busy -= 1
            session.go_on()
            self.ready[session.number] = self.time.now
            self.offer.hand_back(session)

    def kill(self, place):
        """End one, as Locust does that wants fewer users."""
        one = self.greenlets[place]
        if one and len([other for other in self.greenlets if not other.dead]) > 1:
            one.throw(GreenletExit)

    @property
    def wakings(self):
        return sum(bell.wakings for bell in self.bells)


@given(kinds, profiles, st.integers(0, 9), stories, services, counts, leaving)
def test_nothing_is_late_while_somebody_is_parked(
    parking, kind, profile, seed, stories, services, count, leaving
):
    """All that is due is taken, and late only while every sender is busy, whoever leaves meanwhile: the watcher too."""
    world = World(kind, profile, "poisson", seed, stories)
    senders = Connections(parking, world.schedule, count, services)
    for at, place in leaving:
        senders.time.at(at, lambda place=place: senders.kill(place % count))
    senders.time.run(EVER / 2)

    assert world.schedule.is_over
    for when, at, since, free in senders.taken:
        assert when >= at - EARLY - A_TICK
        assert when <= since + A_TICK or not free, "late, though somebody was parked"
    assert len(senders.taken) == sum(session.place for session in world.sessions)
    if kind == "sessions":
        assert all(session.is_over for session in world.sessions)


@given(kinds, profiles, st.integers(0, 9), stories, services)
def test_a_batch_wakes_one_sender_and_one_who_watches_next(parking, kind, profile, seed, stories, services):
    """However many are parked, a batch takes two wakings at the most: there is no herd."""
    world = World(kind, profile, "poisson", seed, stories)
    senders = Connections(parking, world.schedule, 50, services)
    senders.time.run(profile.duration - 2 * EARLY)
    arrivals = len(world.sessions) if kind == "sessions" else 0

    assert senders.wakings <= 2 * (len(senders.taken) + arrivals) + 1


@given(kinds, stories, services, counts, st.integers(0, 9), grants)
def test_leave_that_comes_is_seen_at_once(parking, kind, stories, services, count, total, grants):
    """Nobody says when the master has answered; senders that wait for it find out within a moment, without a herd."""
    leave = Leave(total)
    world = World(kind, Profile.parse("200"), "constant", 1, stories, speed=100.0, leave=leave)
    senders = Connections(parking, world.schedule, count, services)
    for at, some in [*grants, (3.5, total)]:
        senders.time.at(at, lambda some=some: leave.grant(some))
    senders.time.run(EVER / 2)

    assert len(world.sessions) == total
    assert all(session.is_over for session in world.sessions)
    assert senders.time.now <= 3.5 + parking.A_MOMENT + 2 + len(senders.taken) * (max(services) + 0.1)
    assert senders.wakings <= senders.time.now / parking.A_MOMENT + 2 * len(senders.taken) + count + 1


@given(counts)
def test_at_the_end_everyone_wakes(parking, count):
    """Nobody sleeps on, and nobody is woken who does not sleep."""
    world = World("events", Profile.parse("points:0s=0,100s=0,101s=1"), "constant", 1, [[(0.0, 1)]])
    senders = Connections(parking, world.schedule, count, [0.0])
    senders.time.run(1.0)

    def stop():
        senders.is_stopping = True
        senders.parking.wake_all()

    senders.time.at(1.0, stop)
    senders.time.run(1.0)

    assert senders.ended == count
    assert senders.wakings == count
    assert not senders.parking.is_needed(inf)


@given(counts)
def test_who_watches_wakes_alone(parking, count):
    """While nothing is due nobody stirs; when something is, one sender takes it, and one watches in its place."""
    world = World("sessions", Profile.parse("points:0s=0,10s=0,10s=1,11s=1"), "constant", 1, [[(0.0, 1)]])
    senders = Connections(parking, world.schedule, count, [100.0])
    senders.time.run(10.0)
    before = senders.wakings
    senders.time.run(11.0)

    assert before == 0
    assert len(senders.taken) == 1
    assert senders.wakings == min(count, 2)
