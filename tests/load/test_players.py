"""Players, lanes, tallies: what a load run plays, without Locust."""

from collections import Counter

import msgspec
import pytest

from generator.cli import generate
from generator.delivery.receipt import ACKED, rejected, unknown
from generator.errors import FootfallError, UsageError
from generator.load.counters import MOST_REASONS, RunCounters
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.virtual_learner import VirtualLearner
from generator.load.worker_partition import LANES, ORDINALS, WorkerPartition, device_queue_position
from generator.spec.check import check
from generator.spec.identity import read_mid, read_msgid
from generator.spec.session import check_session

NOW = 1_800_000_000_000


def player(run=7, learner=0, **settings):
    return VirtualLearner(Plan(Settings(**settings)), run, learner)


@pytest.mark.parametrize("speed", [0.01, 0.5, 1.0, 1.7, 60.0, 1e6])
def test_no_event_is_dated_after_its_sending(speed):
    """At any speed each event's ets is at most its batch's due time, and each session obeys the rules of one."""
    one = player(speed=speed)
    for number in range(30):
        session, due = one.play(number, NOW)
        instants = [event.ets for event in session.events]
        assert instants == sorted(instants)
        assert check_session(session.events) == []
        assert [batch.at for batch in due] == sorted(batch.at for batch in due)
        for batch in due:
            assert all(recorded.event.ets <= batch.at for recorded in batch.recorded)
            assert batch.at >= NOW
        assert [batch.is_last for batch in due] == [False] * (len(due) - 1) + [True]


def test_at_human_pace_a_batch_is_due_at_its_last_event():
    """At speed 1 the last event of every batch has the instant at which the batch is due."""
    for number in range(20):
        _, due = player().play(number, NOW)
        assert [batch.at for batch in due] == [batch.recorded[-1].event.ets for batch in due]


def test_speed_shortens_the_waiting_and_nothing_else():
    """Sixty times as fast, the last batch is due after a sixtieth of the time; the durations in events are the same."""
    life, fast = (player(speed=speed).play(3, NOW) for speed in (1, 60))

    assert (fast[1][-1].at - NOW) == pytest.approx((life[1][-1].at - NOW) / 60, abs=2)
    assert fast[1][-1].recorded[-1].event.ets == pytest.approx(fast[1][-1].at, abs=2)
    for before, after in zip(life[0].events, fast[0].events, strict=True):
        assert before.mid == after.mid
        assert after.ets - fast[0].start == before.ets - life[0].start


def test_a_session_is_a_function_of_seed_and_numbers():
    """The same seed, learner and session give the same events, in any process; another seed others."""

    def played(seed, number):
        return player(seed=seed).play(number, NOW)[0].lines("wire")

    assert played(1, 5) == played(1, 5)
    assert len({played(seed, number) for seed in (1, 2) for number in (5, 6)}) == 4


def test_the_seed_is_the_one_of_datasets_unless_told_otherwise():
    """Without --seed a load run has seed 1, as `footfall generate` has."""
    [seed] = [option for option in generate.command.params if option.name == "seed"]
    assert Settings().seed == seed.default == 1


def test_every_event_carries_the_mark_unless_told_otherwise():
    """The run's tag is the last of every event's tags, once; with `mark none` there is none."""
    one = player(run=0xABC)
    for number in range(5):
        for event in one.play(number, NOW)[0].events:
            assert event.tags[-1] == "footfall:00000abc"
            assert event.tags.count("footfall:00000abc") == 1
    assert not any(
        "footfall" in tag for event in player(no_run_tag=True).play(1, NOW)[0].events for tag in event.tags
    )


def test_what_is_sent_is_valid_and_readable():
    """Every event is valid in wire form; mids and msgids say run, session and batch."""
    one = player(run=0xABC, learner=3)
    for number in (0, 9):
        _, due = one.play(number, NOW)
        for position, batch in enumerate(due):
            packed = one.batch(batch, NOW + 5, "wire")
            assert read_msgid(packed.msgid) == (position, 0xABC, number)
            for event in packed.events:
                assert check(msgspec.to_builtins(event), "wire") == []
                assert read_mid(event.mid)[2:] == (0xABC, number)
            assert packed.identity.device
            assert len(packed.events) <= 200


def test_a_learner_stays_on_one_device_and_devices_follow_the_shares():
    """A player's scenarios are all of one device; over many players each device occurs."""
    plan = Plan(Settings())
    shares = {scenario.name: scenario.device for scenario in plan.scenarios}
    seen = set()
    for learner in range(40):
        one = VirtualLearner(plan, 7, learner)
        devices = {shares[one.play(number, NOW)[0].scenario] for number in range(8)}
        assert len(devices) == 1
        seen |= devices
    assert seen == {"mobile", "web"}


@pytest.mark.parametrize("lane", [0, 1, 5])
def test_few_learners_see_the_mix_and_many_the_shares(lane):
    """In every lane two learners in a row have both devices early on; of many, as many as the shares say."""
    plan = Plan(Settings())
    total = sum(scenario.share or 0 for scenario in plan.scenarios)
    mobile = sum(scenario.share or 0 for scenario in plan.scenarios if scenario.device == "mobile") / total
    dealt = [plan.device(device_queue_position(ordinal * LANES + lane)) for ordinal in range(300)]

    assert set(dealt[:3]) == {"mobile", "web"}
    assert dealt.count("mobile") / 300 == pytest.approx(mobile, abs=0.02)
    if lane == 0:
        assert dealt[:2] == ["mobile", "web"]


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
def test_what_a_client_holds_grows_with_the_story(speed):
    """Until a batch is due a client holds a growing part of it, none of it from the future; when due, all of it."""
    one = player(speed=speed)
    for number in range(5):
        _, due = one.play(number, NOW)
        for batch in due:
            instants = [NOW + (batch.at - NOW) * part / 10 for part in range(11)]
            parts = [one.until(batch, now) for now in instants]
            sizes = [len(part.recorded) for part in parts]
            assert sizes == sorted(sizes)
            assert parts[-1] == batch
            for now, part in zip(instants, parts, strict=True):
                assert part.recorded == batch.recorded[: len(part.recorded)]
                assert all(recorded.event.ets <= now for recorded in part.recorded)
                assert part.is_last == (batch.is_last and len(part.recorded) == len(batch.recorded))


def test_lanes_never_meet():
    """Sessions and learners of different lanes differ, and fit into their bits."""
    lanes = [WorkerPartition(index) for index in (0, 1, LANES - 1)]
    sessions = [lane.session(7) for lane in lanes for _ in range(100)]
    learners = [lane.learner() for lane in lanes for _ in range(100)]

    assert len(set(sessions)) == len(set(learners)) == 300
    assert max(sessions) < 2**40
    assert lanes[1].session(7) == ORDINALS + 100
    assert lanes[1].session(8) == ORDINALS


@pytest.mark.parametrize("index", [-1, LANES])
def test_a_worker_without_a_lane_is_refused(index):
    """A worker that its master has not numbered, or beyond the last lane, plays nothing."""
    with pytest.raises(UsageError, match="worker index"):
        WorkerPartition(index)


@pytest.mark.parametrize(
    "settings",
    [
        {"scenario": "practise"}, {"speed": 0}, {"speed": float("nan")}, {"speed": float("inf")}, {"speed": -1},
        {"batch_size": 1001}, {"batch_size": -1}, {"compress": "br"}, {"form": "wir"},
        {"timeout": 0}, {"timeout": 1e9},
        {"run_id": "123456789"}, {"run_id": "xyz"}, {"sessions": -1}, {"scenario_dir": "/nowhere"}, {"world": "/nowhere"},
        {"locale": ""},
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused(settings):
    """Each absurd option has one line that names its value."""
    with pytest.raises(FootfallError) as error:
        Plan(Settings(**settings))
    assert "\n" not in str(error.value)


def test_tallies_add_up():
    """Counts are kept by status, kind and reason, merge over workers, and survive the way to the master."""
    eids = tuple(Counter(event.eid for event in player().play(1, NOW)[0].events).items())
    one, two = RunCounters(), RunCounters()
    one.begin("practice")
    for receipt in (ACKED, rejected("503"), unknown("no answer")):
        one.sent_events(eids, 10, receipt)
    two.sent_events(eids, 5, rejected("503"))
    merged = RunCounters.of([one.as_dict(), msgspec.msgpack.decode(msgspec.msgpack.encode(two.as_dict()))])

    assert (merged.batches, merged.acked, merged.rejected, merged.unknown) == (4, 1, 2, 1)
    assert merged.events == merged.by_eid.total() == 4 * merged.acked_events
    assert merged.reasons == {"rejected: 503": 2, "unknown: no answer": 1}
    assert (merged.bytes, merged.sessions, merged.by_scenario) == (35, 1, {"practice": 1})


def test_reasons_are_bounded():
    """An endpoint's endless words do not fill the memory."""
    tally = RunCounters()
    for number in range(MOST_REASONS + 50):
        tally.sent_events((), 0, rejected(str(number)))

    assert len(tally.reasons) == MOST_REASONS + 1
    assert tally.reasons["rejected: other reasons"] == 50
