"""The offer of a worker: sessions dated so that nothing lies in the future, numbered so that none comes twice."""

import json
from itertools import cycle, pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from virtual import Leave, Senders
from virtual import World as Stories

from generator import World, find
from generator.delivery.contracts.sunbird import Sunbird
from generator.load.open_load import OpenLoad, stamped_load
from generator.load.rates.arrivals import PROCESSES
from generator.load.rates.lease import RateLease
from generator.load.rates.profile import Profile
from generator.load.schedule import MOST_TAKEN
from generator.load.settings import Settings
from generator.load.template.compile import TemplateRecipe, compile_session
from generator.load.template.stamp import StampIdentity
from generator.load.worker_partition import LANES, ORDINALS, WorkerPartition

SCENARIOS = find()
STARTED = 1_700_000_000_123.75
RUN = 7
END = 5.0

kinds = st.sampled_from(["rate", "arrivals"])
services = st.lists(st.sampled_from([0.0, 0.01, 2.0]), min_size=1, max_size=4)
speeds = st.sampled_from([0.001, 0.5, 1.0, 1.7, 60.0, 1_000_000.0])
parts = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0])
leases = st.lists(st.tuples(st.floats(0, END), parts, st.sampled_from([0.1, 1.0, inf])), max_size=5)


class FewTemplates:
    """A pool whose templates come in turn."""

    def __init__(self, templates):
        self._turn = cycle(templates)

    def draw(self):
        return next(self._turn)

    def who(self, template, run, session):
        return StampIdentity(run, session)


@pytest.fixture(scope="module")
def templates():
    """Sessions with several batches, and one source or two."""
    return [
        compile_session(
            TemplateRecipe(
                script, World(3).learner(number, script.device), (3, number), number, Sunbird(), size
            )
        )
        for number, (script, size) in enumerate(
            [(SCENARIOS["practice"], 20), (SCENARIOS["content_editor"], 7), (SCENARIOS["web_portal"], 3)]
        )
    ]


def offer_of(kind, templates, speed=1.0, process="poisson", profile="", lane=0, limit=10**9):
    """Make an offer with one sender, and as many sessions as there is leave for."""
    left = [limit]

    def take():
        left[0] -= 1
        return left[0] >= 0

    offer = stamped_load(
        Settings(speed=1.0 if kind == "rate" else speed, arrival_process=process, **{kind: "1"}),
        Profile.parse(profile or ("400" if kind == "rate" else "3")), kind, FewTemplates(templates), RUN, WorkerPartition(lane),
        take, lambda: left[0] <= 0, lambda: STARTED,
    )  # fmt: skip
    offer.grant(RateLease(1.0, 0.0, inf))
    return offer


class Stamping(Senders):
    """Senders that read what they send."""

    def __init__(self, *args):
        super().__init__(*args)
        self.sent = []

    def hand_back(self, session):
        self.sent.append((session.number, json.loads(session.prepare().body)["events"]))
        super().hand_back(session)


@given(kinds, speeds, st.sampled_from(PROCESSES), services, st.integers(1, 5))
def test_no_event_is_dated_after_its_batch_was_due(templates, kind, speed, process, services, senders):
    """At any speed, in either model, whatever the senders do: no event lies in the future, and none is ages old."""
    offer = offer_of(kind, templates, speed, process)
    sending = Stamping(offer, services, senders)
    sending.run(END)
    sending.cut_short()
    dues = {}
    for one in sending.taken:
        dues.setdefault(one.number, []).append(one.at)
    oldest = max(template.span for template in templates) * 1000 + 2

    for number, events in sending.sent:
        due = STARTED + dues[number].pop(0) * 1000
        assert max(event["ets"] for event in events) <= due + 0.001
        assert min(event["ets"] for event in events) >= due - oldest - END * 1000


@given(kinds, speeds, services, st.integers(1, 5))
def test_time_never_goes_back_in_a_session(templates, kind, speed, services, senders):
    """The events of a session are dated in the order in which they are sent."""
    sending = Stamping(offer_of(kind, templates, speed), services, senders)
    sending.run(END)
    sending.cut_short()
    times = {}
    for number, events in sending.sent:
        times.setdefault(number, []).extend(event["ets"] for event in events)

    assert all(before <= after for session in times.values() for before, after in pairwise(session))


@pytest.mark.parametrize("kind", ["rate", "arrivals"])
def test_at_life_s_own_pace_events_are_dated_when_they_happen(templates, kind):
    """A live learner's batch is due when its last event happens, to the millisecond; a flow's story is over by then."""
    sending = Stamping(offer_of(kind, templates), [0.0], 1)
    sending.run(60.0)

    for one, (_, events) in zip(sending.taken, sending.sent, strict=True):
        age = STARTED + one.at * 1000 - max(event["ets"] for event in events)
        if kind == "arrivals":
            assert age < 2
        else:
            assert age >= 0


@given(
    kinds,
    services,
    st.integers(1, 5),
    st.lists(st.integers(0, LANES - 1), min_size=2, max_size=3, unique=True),
)
def test_sessions_are_numbered_uniquely(templates, kind, services, senders, lanes):
    """No two workers send the same session, and none sends a batch of one twice."""
    seen = []
    for lane in lanes:
        sending = Senders(offer_of(kind, templates, lane=lane), services, senders)
        sending.run(END)
        assert all(one.number // ORDINALS == lane for one in sending.taken)
        seen += [(one.number, one.place) for one in sending.taken]

    assert len(seen) == len(set(seen))


@given(kinds, services, st.integers(1, 5), leases)
def test_parts_that_change_lose_and_double_nothing(templates, kind, services, senders, leases):
    """What was offered is sent, dropped or left; no lease takes a batch away or sends it twice, and nothing is due beyond it."""
    offer = offer_of(kind, templates)
    sending = Senders(offer, services, senders)
    for at, share, length in sorted(leases):
        sending.at(
            at, lambda at=at, share=share, length=length: offer.grant(RateLease(share, at, at + length))
        )
    sending.run(END)
    sending.cut_short()
    dropped = []
    left = offer.close(END, lambda at, events, _: dropped.append((at, events)))

    keys = [(one.number, one.place) for one in sending.taken]
    assert len(keys) == len(set(keys))
    last = max((lease for lease in leases), default=(0.0, 1.0, inf))
    assert all(one.at <= last[0] + last[2] for one in sending.taken)
    assert left.dropped_events == sum(events for _, events in dropped)
    assert all(at <= END for at, _ in dropped)
    whole = sum(sending.sessions[number].template.events for number in {number for number, _ in keys})
    sent = sum(one.events for one in sending.taken)
    assert sent <= whole
    # Of sessions under way what is due later is left, and sessions that only the end began were dropped.
    assert whole - sent <= left.dropped_events + left.unsent_events


@given(kinds, services, st.integers(1, 5), st.integers(0, 9))
def test_it_is_over_when_the_last_session_is_sent(templates, kind, services, senders, limit):
    """With leave for so many sessions so many are sent, whole; what is on its way is waited for."""
    offer = offer_of(kind, templates, speed=1000.0, limit=limit)
    over = []
    sending = Senders(offer, services, senders)
    sending.run(each=lambda all_: over.append((offer.is_over, bool(all_.in_flight))))

    assert not any(is_over and is_sending for is_over, is_sending in over)
    assert over[-1] == (True, False)
    assert len({one.number for one in sending.taken}) == limit
    assert sum(one.events for one in sending.taken) == sum(
        session.template.events for session in sending.sessions.values()
    )


@given(services, st.integers(1, 4), st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_what_is_sent_again_is_the_same_batch_and_holds_up_its_session(templates, services, senders, tries):
    """A batch that was not acknowledged comes again, unchanged, before those after it, and counts as due when it is."""
    offer = offer_of("rate", templates, limit=4)
    bodies = {}

    class Resending(Senders):
        def hand_back(self, session):
            key = session.number, session.prepare().msgid
            bodies.setdefault(key, []).append(session.prepare().body)
            if session.tries < tries[len(bodies) % len(tries)]:
                del self.in_flight[session.number]
                self.free += 1
                offer.send_again(session, self.now + 0.5, 0.0)
            else:
                super().hand_back(session)

    Resending(offer, services, senders).run()

    assert offer.is_over
    assert all(len(set(sent)) == 1 for sent in bodies.values())
    order = {}
    for number, msgid in bodies:
        order.setdefault(number, []).append(msgid)
    assert all(msgids == sorted(msgids) for msgids in order.values())
    assert len(order) == 4


def test_a_batch_that_is_sent_again_keeps_the_time_at_which_it_was_due_first(templates):
    """However often it is sent: each turn says when it may go, and since when it was due."""
    offer = offer_of("rate", templates, limit=1)
    turn = offer.take(9.0)
    assert turn.first is None
    for at in (12.0, 15.0):
        offer.send_again(turn.session, at, 3.0)
        assert offer.take(at - 0.1) is None
        again = offer.take(at)
        assert (again.at, again.first, again.session) == (at, 3.0, turn.session)


def test_what_waits_to_be_sent_again_at_the_end_was_sent_and_is_not_dropped(templates):
    """A batch of which nobody knows what became counts once: as sent."""
    offer = offer_of("rate", templates, limit=1)
    turn = offer.take(9.0)
    events, whole = turn.session.events, turn.session.template.events
    offer.send_again(turn.session, 100.0, 9.0)
    left = offer.close(0.0, lambda *_: pytest.fail("nothing was due"))

    assert left.unsent_events == whole - events


def ended(offer, now):
    """Close an offer; return what was left, and what was dropped: when it was due, and its events."""
    dropped = []
    left = offer.close(now, lambda at, events, _: dropped.append((at, events)))
    assert left.dropped_events == sum(events for _, events in dropped)
    return left, dropped


@given(kinds, services, st.integers(1, 5), st.floats(0, END))
def test_only_what_waited_for_the_endpoint_is_dropped(templates, kind, services, senders, end):
    """With a sender free, only sessions are dropped whose last answer came late; without one, only if anything is late."""
    offer = offer_of(kind, templates, speed=30.0)
    sending = Senders(offer, services, senders)
    sending.run(end)
    offer.stop(end if sending.free else inf)
    held = len(sending.in_flight)
    sending.cut_short()
    left, dropped = ended(offer, end)

    assert all(at <= end for at, _ in dropped)
    assert not dropped or min(at for at, _ in dropped) < end - 0.1
    if sending.free - held:
        assert left.dropped_sessions <= held
    begun = {one.number for one in sending.taken}
    whole = sum(sending.sessions[number].template.events for number in begun)
    assert whole - sum(one.events for one in sending.taken) <= left.dropped_events + left.unsent_events


@pytest.mark.parametrize("end", [2.0, 2.4, 2.99])
def test_what_falls_due_in_the_last_moments_with_a_sender_free_is_unsent(templates, end):
    """All that was due was sent until the process was held up: the endpoint has no part in what came after."""
    offer = offer_of("rate", templates, process="constant")
    sending = Senders(offer, [0.0], 1)
    sending.run(2.0)
    offer.stop(1.9)
    left, dropped = ended(offer, end)

    assert not dropped
    due = 400 * end - sum(one.events for one in sending.taken)
    assert left.unsent_events >= due - 20
    assert left.offered_until == inf if end == 2.0 else 2.0 < left.offered_until < 2.1


@pytest.mark.parametrize(
    ("free_since", "end"),
    [(2.3, 2.4), (inf, 2.4), (0.0, 3.2)],
    ids=["behind", "all busy", "held up for long"],
)
def test_what_was_due_before_a_sender_was_free_is_dropped_with_all_that_follows(templates, free_since, end):
    """A sender that came free behind its time would not have come to what is due last; nor is a second a last moment."""
    offer = offer_of("rate", templates, process="constant")
    Senders(offer, [0.0], 1).run(2.0)
    offer.stop(free_since)
    left, dropped = ended(offer, end)

    assert sum(events for _, events in dropped) >= 400 * (end - 2.0) - 2 * max(
        pattern.events for template in templates for pattern in template.patterns
    )
    assert left.offered_until == inf


@pytest.mark.parametrize(("end", "is_dropped"), [(3.0, True), (2.05, False)])
def test_a_session_that_waits_for_its_answer_at_the_end_is_dropped_if_it_is_late(end, is_dropped):
    """Other senders are free, but its next batch may not overtake the one on its way."""
    world = Stories(
        "sessions", Profile.parse("1"), "constant", 0, [[(0.0, 5), (1.0, 7), (9.0, 3)]], leave=Leave(1)
    )
    world.leave.grant(1)
    offer = OpenLoad(world.schedule, None)
    turn = offer.take(1.0)
    offer.stop(0.5)
    turn.session.go_on()
    offer.hand_back(turn.session)
    left, dropped = ended(offer, end)

    assert dropped == ([(2.0, 7)] if is_dropped else [])
    assert left.unsent_events == (3 if is_dropped else 10)
    assert left.offered_until == inf


def test_the_last_moments_of_a_high_rate_are_counted_and_not_played(templates):
    """Half a million events are unsent, and only so many sessions are begun for them as are counted one by one."""
    offer = offer_of("rate", templates, process="constant", profile="1M")
    assert offer.take(0.0) is None
    offer.stop(0.0)
    left, dropped = ended(offer, 0.5)

    assert not dropped
    assert left.unsent_events >= 500_000 - 200
    assert left.unsent_sessions <= MOST_TAKEN
