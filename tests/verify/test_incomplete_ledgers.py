"""Incomplete ledgers: what lies beyond the end of one is not known, and no damage to a ledger makes a delivery."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from small_run import (
    RUN,
    STARTED,
    MadeLedger,
    MadeSink,
    Maker,
    SessionLease,
    all_of,
    event,
    findings,
    found,
    header,
    mid_of,
    opened,
    sent,
    simple,
)

from generator.errors import CutLedgerError, LedgerError, UsageError
from generator.ledger import LedgerWriter, discover, read_all
from generator.ledger.frame import MARK
from generator.spec.identity import SESSIONS as SESSION_NUMBERS
from generator.testing import assert_delivered
from generator.verify.sink.files import FileSink
from generator.verify.telling import lines
from generator.verify.verifying import verify
from tests.delivery.written import write

SESSIONS, LEASED = 6, 8
LANE = 1 << 28
"""The first session of worker 1."""
HALF = [SessionLease(0, 9), opened(0, 6), sent(0, 0, 0, 3), sent(0, 1, 3, 3)]
"""One of ten leased sessions, in two batches."""


class TestVerdict:
    def test_a_ledger_that_ends_early_proves_no_delivery(self):
        """All that it says is there, and the outcome is unknown: its headline has the number of unknown sessions."""
        delivery = found(MadeLedger(HALF, torn="cut off"), MadeSink(all_of(sessions=1)))

        assert (delivery.outcome, delivery.exit_code) == ("unknown", 3)
        assert delivery.sentence == (
            "unknown: 6 of 6 acknowledged events found once, as sent, and what lies beyond a ledger's end is not known; "
            "verify with --partial to accept that; the ledger ends early, and 9 of 10 leased sessions are unaccounted for"
        )
        assert (delivery.leased, delivery.unaccounted) == (10, 9)

    def test_of_a_replay_it_is_not_known_how_many_sessions_are_unaccounted_for(self):
        """A replay leases every number that a session can have: the headline names none of these as missing."""
        every = [SessionLease(0, SESSION_NUMBERS - 1), *HALF[1:]]
        replay = MadeLedger(every, torn="cut off")
        replay.header = structs.replace(replay.header, model="replay")
        alone = found(replay, MadeSink(all_of(sessions=1)), partial=True)
        other = MadeLedger([SessionLease(0, 9)], torn="cut off", run=RUN + 1, worker=1, name="other.bin")
        both = verify(
            [replay, other], {"accepted": MadeSink(all_of(sessions=1))}, contents=False, partial=True
        )
        unknown = "how many sessions of the replay are unaccounted for is not known"

        assert alone.sentence.endswith(f"; the ledger ends early, and {unknown}")
        assert (alone.leased, alone.unaccounted) == (0, 0)
        assert both.sentence.endswith(
            f"2 of 2 ledgers end early, and 10 of 10 leased sessions are unaccounted for; {unknown}"
        )

    def test_the_caller_may_accept_it_and_the_headline_says_it_still(self):
        """With `partial` it is a delivery of what the ledger says, and no more is claimed."""
        delivery = found(MadeLedger(HALF, torn="cut off"), MadeSink(all_of(sessions=1)), partial=True)

        assert (delivery.outcome, delivery.exit_code) == ("delivered", 0)
        assert delivery.sentence == (
            "delivered: 6 of 6 acknowledged events found once, as sent; "
            "the ledger ends early, and 9 of 10 leased sessions are unaccounted for"
        )
        assert [line for line in lines(delivery) if "cut off" in line] == ["  torn        made.bin: cut off"]

    @pytest.mark.parametrize("partial", [True, False])
    def test_a_loss_within_it_is_a_failure(self, partial):
        """What the ledger says was acknowledged must be there, whatever lies beyond its end."""
        delivery = found(MadeLedger(HALF, torn="cut off"), MadeSink(all_of(sessions=1)[1:]), partial=partial)

        assert (delivery.outcome, delivery.exit_code) == ("failed", 1)
        assert delivery.sentence == (
            "NOT delivered: of 6 acknowledged events 1 lost; "
            "the ledger ends early, and 9 of 10 leased sessions are unaccounted for"
        )

    def test_a_whole_ledger_leaves_nothing_open(self):
        """Leased sessions that were never begun are no gap, since the ledger came to its end."""
        delivery = found(simple(), MadeSink(all_of()))

        assert (delivery.outcome, delivery.leased, delivery.unaccounted) == ("delivered", 0, 0)

    def test_a_session_that_was_leased_twice_counts_once(self):
        """Leases may overlap, and hold one another."""
        leases = [SessionLease(5, 9), SessionLease(0, 6), SessionLease(7, 8), SessionLease(20, 20)]
        delivery = found(MadeLedger([*leases, opened(5, 6), sent(5, 0, 0, 6)], torn="x"), MadeSink())

        assert (delivery.leased, delivery.unaccounted) == (11, 10)

    def test_of_several_ledgers_it_is_said_how_many_end_early(self):
        """The gaps of all are added up; one that ends in its header leased nobody knows what."""
        ledgers = [
            simple(),
            MadeLedger(
                [SessionLease(100, 109), opened(100, 6), sent(100, 0, 0, 6)], torn="x", worker=1, name="b"
            ),
        ]
        delivery = found(
            ledgers,
            MadeSink([*all_of(), *(event(100, at) for at in range(6))]),
            cut=["c: ends in its header"],
        )

        assert delivery.outcome == "unknown"
        assert (
            "1 of 3 ledgers end early, and 9 of 10 leased sessions are unaccounted for" in delivery.sentence
        )
        assert delivery.sentence.endswith("; 1 of 3 ledgers end in their headers")
        assert delivery.torn == ["b: x", "c: ends in its header"]

    @pytest.mark.parametrize("partial", [True, False])
    def test_a_ledger_without_a_header_alone_says_nothing(self, partial):
        """Neither that anything was sent, nor that nothing was."""
        delivery = found([], MadeSink(all_of()), cut=["a: ends in its header"], partial=partial)

        assert (delivery.outcome, delivery.exit_code) == ("unknown", 3)
        assert delivery.sentence.endswith("the ledger ends in its header")


class TestBeyond:
    def test_of_a_lease_beyond_the_end_nothing_is_unexpected(self):
        """A copy that was cut off lacks leases too: events of such a session are recovered."""
        later = [event(session, at) for session in (5, 4000) for at in range(3)]
        seen = findings(MadeLedger(HALF, torn="x"), MadeSink([*all_of(sessions=1), *later]), partial=True)

        assert (seen.outcome, seen.recovered.events, seen.unexpected.events) == ("delivered", 6, 0)

    def test_what_a_whole_ledger_leased_and_never_sent_is_unexpected(self):
        """Another worker's ledger, which came to its end, says that the session was never begun."""
        other = MadeLedger([SessionLease(50, 59), opened(50, 6), sent(50, 0, 0, 6)], worker=1)
        sink = MadeSink(
            [*all_of(sessions=1), *(event(50, at) for at in range(6)), event(51, 0), event(50, 6)]
        )
        seen = findings([MadeLedger(HALF, torn="x"), other], sink)

        assert seen.unexpected.events == 2

    @pytest.mark.parametrize("cut", [[], ["c: ends in its header"]])
    def test_a_ledger_without_a_header_may_have_sent_any_session(self, cut):
        """What no ledger leased may be of that one."""
        sink = MadeSink([*all_of(), event(70, 0), event(4000, 0)])
        seen = findings(
            MadeLedger([SessionLease(0, 9), *list(simple().records())[1:-1]]), sink, cut=cut, partial=True
        )

        assert (seen.unexpected.events, seen.recovered.events) == ((0, 2) if cut else (2, 0))

    @pytest.mark.parametrize("torn", ["", "cut off"])
    def test_a_refused_batch_may_have_been_sent_again_beyond_the_end(self, torn):
        """Stored though refused is a fault only of a ledger that has the last word on it."""
        records = [SessionLease(0, 9), opened(0, 6), sent(0, 0, 0, 3), sent(0, 1, 3, 3, "rejected")]
        seen = findings(MadeLedger(records, torn=torn), MadeSink(all_of(sessions=1)), partial=True)

        assert seen.rejected_yet_stored.events == (0 if torn else 3)
        assert seen.recovered.events == (3 if torn else 0)
        assert seen.outcome == ("delivered" if torn else "failed")


class TestAbsentLedger:
    """A run of several workers of which not every ledger was given."""

    OTHERS = tuple(event(LANE + 3, at) for at in range(3))
    """Events of worker 1."""

    @pytest.mark.parametrize("contents", [True, False])
    @pytest.mark.parametrize("torn", ["", "cut off"])
    def test_what_another_worker_sent_is_not_judged(self, contents, torn):
        """Events of a worker without a ledger are neither unexpected nor recovered: the outcome is unknown."""
        delivery = found(
            MadeLedger(HALF, torn=torn), MadeSink([*all_of(sessions=1), *self.OTHERS]), contents=contents
        )
        [seen] = delivery.stages

        assert (delivery.outcome, seen.without_ledger, seen.found) == ("unknown", {"1": 3}, 6)
        assert seen.unexpected.events == seen.recovered.events == 0
        assert delivery.sentence.startswith(
            "unknown: 3 events of worker 1 cannot be judged, because no ledger of worker 1 was given; "
            "give the ledgers of all workers, or verify with --partial"
        )

    def test_the_caller_may_accept_it(self):
        """With `partial` it is a delivery of what the given ledgers say, and the headline says what was not judged."""
        delivery = found(MadeLedger(HALF), MadeSink([*all_of(sessions=1), *self.OTHERS]), partial=True)

        assert delivery.sentence == (
            "delivered: 6 of 6 acknowledged events found once, as sent; "
            "3 events of worker 1 cannot be judged, because no ledger of worker 1 was given"
        )

    def test_a_loss_is_a_failure_all_the_same(self):
        """What the given ledgers say was acknowledged is lost if it is missing, and a note names the absent worker."""
        delivery = found(MadeLedger(HALF), MadeSink([*all_of(sessions=1)[1:], *self.OTHERS]))

        assert delivery.sentence == "NOT delivered: of 6 acknowledged events 1 lost"
        assert any("no ledger of worker 1 was given" in line for line in lines(delivery))

    def test_with_its_ledger_what_it_never_sent_is_unexpected(self):
        """If the worker's ledger is given, it says whether a session was begun."""
        other = MadeLedger([SessionLease(LANE, LANE + 9)], worker=1)
        seen = findings([MadeLedger(HALF), other], MadeSink([*all_of(sessions=1), *self.OTHERS]))

        assert (seen.outcome, seen.unexpected.events, seen.without_ledger) == ("failed", 3, {})

    def test_sessions_of_a_replay_may_be_any_workers(self):
        """A dataset is shared among all workers, so a session that was not begun may be another worker's."""
        ledger = MadeLedger(HALF)
        ledger.header = structs.replace(ledger.header, model="replay")
        delivery = found(ledger, MadeSink([*all_of(sessions=1), event(1, 0)]))

        assert (delivery.outcome, delivery.stages[0].unexpected.events) == ("unknown", 0)
        assert "1 event of another worker cannot be judged" in delivery.sentence


# --- real files -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    """Write a ledger of some blocks, and the file to which its events came; give what verifies bytes of both."""
    folder = tmp_path_factory.mktemp("run")
    writer = LedgerWriter(folder / "whole", header())
    for first in range(0, SESSIONS, 2):
        writer.lease(first, first + 1 if first + 2 < SESSIONS else LEASED)
        for session in (first, first + 1):
            for record in (opened(session, 6), sent(session, 0, 0, 3), sent(session, 1, 3, 3)):
                write(writer, record)
            writer.flush()
    writer.close()
    ledger, sink = folder / "x.bin", folder / "x.jsonl"
    events = all_of(sessions=SESSIONS)

    def outcome(of_ledger, of_sink=None, **how):
        ledger.write_bytes(of_ledger)
        sink.write_bytes(b"\n".join(events) if of_sink is None else of_sink)
        try:
            ledgers, cut = read_all(discover([ledger]))
            return verify(
                ledgers, {"accepted": FileSink({"accepted": str(sink)})}, cut=cut,
                maker_of=lambda told: Maker(told.run, {session: [3, 3] for session in range(SESSIONS)}), **how,
            ).outcome  # fmt: skip
        except UsageError:
            return "refused"

    return SimpleNamespace(ledger=writer.path.read_bytes(), events=events, outcome=outcome)


def blocks(data):
    """Give title and blocks."""
    places, at = [0], data.find(MARK)
    while at >= 0:
        places.append(at)
        at = data.find(MARK, at + 1)
    return [data[begin:end] for begin, end in pairwise([*places, len(data)])]


def test_whole_ledger_and_whole_sink_are_a_delivery(rig):
    """What is damaged below is a delivery as it is."""
    assert rig.outcome(rig.ledger) == "delivered"
    assert len(blocks(rig.ledger)) > 8


def test_a_ledger_that_is_cut_off_at_any_byte_is_no_delivery(rig):
    """In its header, within a block or between two: unknown each time."""
    ends = [0]
    for block in blocks(rig.ledger):
        ends.append(ends[-1] + len(block))
    near = {end + at for end in ends for at in (-1, 0, 1)} | set(range(0, len(rig.ledger), 4))
    outcomes = {rig.outcome(rig.ledger[:size]) for size in near if 0 <= size < len(rig.ledger)}

    assert outcomes == {"unknown"}


def test_a_ledger_that_is_cut_off_is_accepted_where_the_caller_says_so(rig):
    """With `partial`, whatever is left of it is a delivery as soon as it says that anything was acknowledged."""
    outcomes = [rig.outcome(rig.ledger[:size], partial=True) for size in range(0, len(rig.ledger), 19)]

    assert set(outcomes) == {"unknown", "delivered"}
    assert outcomes == sorted(outcomes, reverse=True)


@given(data=st.data())
def test_a_ledger_with_other_bytes_is_no_delivery(rig, data):
    """Flipped bits, anywhere and as many as you like: refused or unknown."""
    damaged = bytearray(rig.ledger)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    if bytes(damaged) != rig.ledger:
        assert rig.outcome(bytes(damaged)) in {"refused", "unknown"}


@given(data=st.data())
def test_a_ledger_whose_blocks_are_others_is_no_delivery(rig, data):
    """Blocks that are missing, doubled or in another order: refused or unknown."""
    parts = blocks(rig.ledger)
    order = data.draw(st.lists(st.integers(0, len(parts) - 1), max_size=len(parts) + 2))
    damaged = b"".join(parts[place] for place in order)
    if damaged != rig.ledger:
        assert rig.outcome(damaged) in {"refused", "unknown"}


@given(data=st.data(), partial=st.booleans())
def test_a_sink_without_one_of_the_events_is_no_delivery(rig, data, partial):
    """Whichever lines are gone, doubled, or cut off at any byte."""
    way = data.draw(st.sampled_from(["removed", "cut off", "altered", "twice"]))
    lines = list(rig.events)
    for place in data.draw(st.sets(st.integers(0, len(lines) - 1), min_size=1, max_size=5)):
        at = data.draw(st.integers(0, len(lines[place]) - 1))
        byte = bytes(
            [data.draw(st.sampled_from([one for one in b'09az"{}[],: \\' if one != lines[place][at]]))]
        )
        lines[place] = {
            "removed": b"",
            "cut off": lines[place][:at],
            "altered": lines[place][:at] + byte + lines[place][at + 1 :],
            "twice": lines[place] + b"\n" + lines[place],
        }[way]

    assert rig.outcome(rig.ledger, b"\n".join(lines), partial=partial) in {"failed", "unknown"}


def test_a_sink_that_is_cut_off_at_any_byte_is_no_delivery(rig):
    """However much of its file is left."""
    whole = b"\n".join(rig.events)

    assert {rig.outcome(rig.ledger, whole[:size]) for size in range(0, len(whole), 41)} <= {
        "failed",
        "unknown",
    }


def test_a_ledger_that_ends_in_its_header_is_named(tmp_path):
    """Read by itself it is an error of its own; among others it is told, and the others are read."""
    (tmp_path / "a.bin").write_bytes(b"")
    (tmp_path / "b.bin").write_bytes(b"footfall ledger 1\n")
    ledgers, cut = read_all([tmp_path / "a.bin", tmp_path / "b.bin"])

    assert ledgers == []
    assert [one.partition(": ")[2].partition(":")[0] for one in cut] == ["is empty", "ends in its header"]
    assert issubclass(CutLedgerError, LedgerError)


def test_an_assertion_in_a_test_accepts_it_only_if_it_is_told(tmp_path, monkeypatch):
    """`assert_delivered(partial=True)` passes on an incomplete ledger, and without it fails with the sentence."""
    monkeypatch.setattr(
        "generator.verify.regenerate.Regenerator.of", lambda told: Maker(told.run, {0: [3, 3]})
    )
    writer = LedgerWriter(tmp_path / "ledger", header())
    for record in HALF:
        write(writer, record)
    writer.flush()
    sink = tmp_path / "x.jsonl"
    sink.write_bytes(b"\n".join(all_of(sessions=1)))

    with pytest.raises(
        AssertionError, match=r"^unknown: 6 of 6 .* 9 of 10 leased sessions are unaccounted for"
    ):
        assert_delivered(tmp_path / "ledger", sink)
    assert assert_delivered(tmp_path / "ledger", sink, partial=True).unaccounted == 9
    writer.close()
    assert assert_delivered(tmp_path / "ledger", sink).unaccounted == 0


def test_the_rigs_ids_are_those_of_the_run():
    """Nothing above would hold otherwise."""
    assert (RUN, STARTED, mid_of(0, 0).partition(":")[0]) == (header().run, round(header().started), "START")
