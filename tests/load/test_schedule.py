"""Schedules: each batch is taken once, in its order, when it is due; senders decide nothing but how late."""

from itertools import pairwise
from math import inf, nextafter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from virtual import Leave, Senders, World

from generator.load.rates.arrivals import PROCESSES
from generator.load.rates.profile import Profile
from generator.load.schedule import UNDER_WAY

TEXTS = ["20", "60 for 3s", "ramp:0..40 in 3s", "steps:30,0,60 each 1s", "points:0s=0,1s=80,1s=0,4s=20"]
ENDING = [text for text in TEXTS if Profile.parse(text).duration < inf]
KINDS = ["events", "sessions"]
END = 6.0
EARLY = 0.0005

kinds = st.sampled_from(KINDS)
profiles = st.sampled_from(TEXTS).map(Profile.parse)
endings = st.sampled_from(ENDING).map(Profile.parse)
processes = st.sampled_from(PROCESSES)
seeds = st.integers(0, 99)
services = st.lists(st.sampled_from([0.0, 0.001, 0.2, 3.0]) | st.floats(0, 2), min_size=1, max_size=5)
senders = st.integers(1, 6)
speeds = st.sampled_from([0.5, 1.0, 4.0, 1000.0])
early = st.sampled_from([0.0, EARLY])
sizes = st.integers(1, 9)
batches = st.lists(st.tuples(st.floats(0, 3), sizes), min_size=1, max_size=4)
stories = st.lists(batches, min_size=1, max_size=4)
moves = st.lists(st.tuples(st.floats(0, END), st.sampled_from([0.0, 0.01, 0.5, 1.0])), max_size=4)


def by_batch(taken):
    return {(one.number, one.place): one.at for one in taken}


def played(world, services, count, end, early=0.0, moves=()):
    """Let senders take turns until an instant, those with a turn amidst cut short."""
    sending = Senders(world.schedule, services, count, early)
    for at, share in moves:
        sending.at(at, lambda at=at, share=share: world.arrivals.set_share(share, at))
    sending.run(end)
    return sending


@given(kinds, profiles, processes, seeds, stories, speeds, services, senders, early, moves, st.floats(0, END))
def test_each_batch_is_taken_once_or_counted_once(
    kind, profile, process, seed, stories, speed, services, count, early, moves, end
):
    """Whatever senders and shares do: what was begun is sent, dropped or left, each batch once and in its order."""
    world = World(kind, profile, process, seed, stories, speed, share=0.5)
    sending = played(world, services, count, end, early, moves)
    sending.cut_short()
    begun = [session for session in world.sessions if session.has_begun]
    sent = {session.number: session.place for session in begun}
    left = world.close(end)

    keys = [(one.number, one.place) for one in sending.taken]
    assert len(keys) == len(set(keys))
    assert sent == {number: place + 1 for number, place in keys}  # the last one's place stands
    assert all(at <= end for at, _ in world.dropped)
    assert left.dropped_events == sum(events for _, events in world.dropped)
    rest = world.schedule.rest()
    assert left.unsent_events == sum(session.left for session in rest)
    assert (left.unsent_sessions, len({session.number for session in rest})) == (len(rest), len(rest))
    whole = sum(events for session in world.sessions for _, events in session.batches)
    unbegun = sum(session.left for session in world.sessions if not session.has_begun)
    unbegun -= sum(session.left for session in rest if not session.has_begun)
    assert whole == (
        sum(one.events for one in sending.taken) + left.dropped_events + left.unsent_events + unbegun
    )
    assert world.schedule.take(end) is None


@given(kinds, profiles, processes, seeds, stories, speeds, services, senders, st.floats(0, END))
def test_a_session_keeps_its_order_and_its_times_grow(
    kind, profile, process, seed, stories, speed, services, count, end
):
    """A session's batches are taken one after the other, each only after the one before was handed back."""
    world = World(kind, profile, process, seed, stories, speed)
    taken = played(world, services, count, end).taken

    for number in {one.number for one in taken}:
        of = [one for one in taken if one.number == number]
        assert [one.place for one in of] == list(range(len(of)))
        assert all(before.at <= after.at and before.when <= after.when for before, after in pairwise(of))


@given(profiles, processes, seeds, stories, speeds, services, senders, st.floats(0, END))
def test_when_a_session_s_batches_are_due_is_no_matter_of_senders(
    profile, process, seed, stories, speed, services, count, end
):
    """Sessions arrive and go on as they would if everything were sent at once: what was offered is the same to the bit."""
    fast = World("sessions", profile, process, seed, stories, speed)
    slow = World("sessions", profile, process, seed, stories, speed)
    wanted = by_batch(played(fast, [0.0], 1, end).taken)
    sending = played(slow, services, count, end)
    sending.cut_short()
    slow.close(end)

    offered = [*((one.at, one.events) for one in sending.taken), *slow.dropped]
    assert by_batch(sending.taken).items() <= wanted.items()
    assert sorted(offered) == sorted((at, fast.sessions[n].batches[p][1]) for (n, p), at in wanted.items())


@given(profiles, processes, seeds, sizes, services, senders, st.floats(0, END))
def test_when_events_are_due_is_no_matter_of_senders(profile, process, seed, size, services, count, end):
    """Of batches of one size those of a flow are due at the same instants, however slow the senders are."""
    stories = [[(0.0, size)] * 3]
    fast, slow = (World("events", profile, process, seed, stories) for _ in range(2))
    wanted = [one.at for one in played(fast, [0.0], 1, end).taken]
    sending = played(slow, services, count, end)
    sending.cut_short()
    slow.close(end)

    offered = [*(one.at for one in sending.taken), *(at for at, _ in slow.dropped)]
    assert offered == wanted


@given(kinds, profiles, processes, seeds, stories, services, senders, moves)
def test_shares_that_change_are_no_matter_of_senders_either(
    kind, profile, process, seed, stories, services, count, moves
):
    """Senders that join and leave change the times; how late a turn is taken still does not."""
    stories = stories if kind == "sessions" else [[(0.0, 5)] * 3]
    fast, slow = (World(kind, profile, process, seed, stories, share=0.5) for _ in range(2))
    wanted = sorted(one.at for one in played(fast, [0.0], 1, END, moves=moves).taken)
    sending = played(slow, services, count, END, moves=moves)
    sending.cut_short()
    slow.close(END)
    offered = sorted([*(one.at for one in sending.taken), *(at for at, _ in slow.dropped)])

    # But for what is due at the very end, within a rounding.
    assert abs(len(offered) - len(wanted)) <= 1
    assert offered[: len(wanted)] == pytest.approx(wanted[: len(offered)])


@given(profiles, seeds, stories, services, senders, moves, st.floats(0, END))
def test_a_flow_offers_what_its_profile_says(profile, seed, stories, services, count, moves, end):
    """A constant process has offered its area within one batch, sent and dropped together, whatever became of its share."""
    world = World("events", profile, "constant", seed, stories)
    sending = played(world, services, count, end, moves=[move for move in moves if move[0] <= end])
    sending.cut_short()
    world.close(end)
    offered = sum(one.events for one in sending.taken) + sum(events for _, events in world.dropped)
    largest = max(events for story in stories for _, events in story)

    assert world.arrivals.expected(end) - largest - 1e-6 <= offered <= world.arrivals.expected(end) + 1e-6


@given(kinds, profiles, processes, seeds, stories, speeds, services, senders, st.floats(0.01, 0.99))
def test_the_next_time_is_true(kind, profile, process, seed, stories, speed, services, count, part):
    """Until then nothing is due; then a turn is, or a session arrives, or it is the end. Asking changes nothing."""
    world = World(kind, profile, process, seed, stories, speed)
    looked = []

    def look(sending):
        at = world.schedule.next_at
        if sending.free and at < inf:
            assert at > sending.now
            before = min(sending.now + (at - sending.now) * part, nextafter(at, 0))
            assert world.schedule.take(before) is None
            assert world.schedule.next_at == at
            looked.append(at)

    sending = Senders(world.schedule, services, count)
    sending.run(END, look)

    times = {one.when for one in sending.taken} | {session.begun for session in world.sessions}
    assert {at for at in looked if at <= END} <= times | {profile.duration}


@given(kinds, endings, processes, seeds, stories, speeds, services, senders)
def test_it_is_over_when_nothing_will_come(kind, profile, process, seed, stories, speed, services, count):
    """A profile that ends leaves nothing hanging: then it is over, never before, and nothing comes afterwards."""
    world = World(kind, profile, process, seed, stories, speed)
    over = []
    sending = Senders(world.schedule, services, count)
    sending.run(each=lambda senders: over.append(world.schedule.is_over and not senders.in_flight))

    assert over[-1]
    assert not any(over[:-1])
    assert world.schedule.take(1e9) is None
    assert not sending.in_flight
    if kind == "sessions":
        assert all(session.is_over for session in world.sessions)


@given(
    kinds, processes, seeds, stories, services, senders, st.integers(0, 12),
    st.lists(st.tuples(st.floats(0, 3), st.integers(1, 5)), max_size=5),
)  # fmt: skip
def test_an_allowance_neither_hangs_nor_overruns(
    kind, process, seed, stories, services, count, total, grants
):
    """As many sessions begin as there is leave for, late where it comes late; all of them are sent whole; then it is over."""
    leave = Leave(total)
    world = World(kind, Profile.parse("20"), process, seed, stories, speed=4.0, leave=leave)
    sending = Senders(world.schedule, services, count)
    for at, some in [*grants, (3.5, total)]:
        sending.at(at, lambda some=some: leave.grant(some))
    sending.run(each=lambda senders: len(world.sessions) <= total or pytest.fail("too many sessions"))

    assert len(world.sessions) == total
    assert all(session.is_over for session in world.sessions)
    assert len(sending.taken) == sum(len(session.batches) for session in world.sessions)
    assert world.schedule.is_over
    assert world.schedule.next_at == inf


@given(profiles, processes, seeds, stories, services, senders)
def test_a_flow_keeps_few_sessions_under_way(profile, process, seed, stories, services, count):
    """However slow the senders are, no more sessions are begun and unfinished than take turns and are being sent."""
    world = World("events", profile, process, seed, stories)
    most = []
    sending = Senders(world.schedule, services, count)
    sending.run(END, lambda _: most.append(sum(not session.is_over for session in world.sessions)))

    assert max(most) <= UNDER_WAY + count + 1


@given(processes, seeds, st.floats(0, 0.9))
def test_a_share_that_goes_while_a_turn_is_early_ends_nothing(process, seed, part):
    """Where the last sender leaves between taking a turn early and its time, the end is still summed up."""
    world = World("events", Profile.parse("10"), process, seed, [[(0.0, 1)]])
    at = world.schedule.next_at
    assert world.schedule.take(0.0) is None
    at = world.schedule.next_at
    assume(at > EARLY)
    turn = world.schedule.take(at)
    world.arrivals.set_share(0.0, at - EARLY * (1 - part))
    turn.session.go_on()
    world.schedule.hand_back(turn.session)

    assert world.close(at + 1).dropped_events == 0
    assert not world.schedule.is_over
    world.arrivals.set_share(1.0, at + 1)
    assert world.schedule.take(at + 9)


def test_a_share_that_shrinks_while_the_last_turn_is_early_ends_the_flow():
    """What was taken just before the end of a profile is the last thing: nothing hangs, and nothing more is begun."""
    world = World("events", Profile.parse("10 for 1s"), "constant", 1, [[(0.0, 1)]])
    for _ in range(9):
        turn = world.schedule.take(2.0)
        turn.session.go_on()
        world.schedule.hand_back(turn.session)
    turn = world.schedule.take(1.0)
    world.arrivals.set_share(0.5, 1.0 - EARLY / 2)
    turn.session.go_on()
    world.schedule.hand_back(turn.session)

    assert world.schedule.take(0.9999) is None
    assert not world.schedule.is_over
    assert world.schedule.next_at == 1.0
    assert world.schedule.take(9.0) is None
    assert world.schedule.is_over


@pytest.mark.parametrize("kind", KINDS)
def test_few_senders_do_not_end_a_profile_that_more_will_send(kind):
    """What the share of the first sender alone would never make due is due as soon as the others have come."""
    world = World(kind, Profile.parse("10 for 2s"), "constant", 1, [[(0.0, 5)]], share=0.04)
    sending = played(world, [0.0], 1, 9.0, moves=[(0.5, 1.0)])

    assert len(sending.taken) == (3 if kind == "events" else 15)
    assert world.schedule.is_over
