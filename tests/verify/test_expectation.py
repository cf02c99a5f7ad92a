"""What ledgers let one expect: attempts, contradictions, ledgers that do not go together, damage on purpose."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_run import (
    RUN,
    MadeLedger,
    MadeSink,
    Maker,
    all_of,
    event,
    findings,
    found,
    header,
    opened,
    sent,
    simple,
)  # fmt: skip

from generator.delivery.receipt import Receipt
from generator.errors import UsageError
from generator.ledger import LedgerWriter, discover, read
from generator.ledger.record import EventLabel, SessionLease, SessionStart
from generator.verify.copies import Copies
from generator.verify.expectation import Expectation
from generator.verify.sessions import NONE, Sessions


class TestColumns:
    @given(
        st.dictionaries(
            st.integers(0, 2**40 - 1), st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=20
        )
    )
    def test_sessions_are_given_back_as_they_were_opened(self, names):
        """Dense or scattered, each session is found at its place, with all that its opening said."""
        sessions = Sessions()
        openings = [
            SessionStart(number, f"s{number % 3}", number, uid.replace("\0", ""), did.replace("\0", ""), -5)
            for number, (uid, did) in names.items()
        ]
        for opening in openings:
            sessions.add(RUN, 0, opening)

        assert [sessions.opening(sessions.place(RUN, opening.session)) for opening in openings] == openings
        assert sessions.place(RUN + 1, 5) == NONE

    @given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=30))
    def test_copies_are_counted(self, stretches):
        """However often an event is added, alone or with its neighbours, it counts as often."""
        copies, every = Copies(), []
        for start, count in stretches:
            among = copies.among(start, start + count)
            assert among == sum(one in every for one in range(start, start + count))
            copies.add(start, start + count)
            every += range(start, start + count)

        assert {one: copies.of(one) for one in range(61)} == {one: every.count(one) for one in range(61)}
        assert set(copies.seen) == set(every)
        assert set(copies.repeated) == {one for one in every if every.count(one) > 1}
        assert copies.count(copies.seen) == len(every)


class TestAttempts:
    @pytest.mark.parametrize(
        ("attempts", "status"),
        [
            (["rejected", "acked"], "acked"),
            (["acked", "rejected"], "acked"),
            (["unknown", "rejected"], "unknown"),
            (["rejected", "rejected"], "rejected"),
        ],
    )
    def test_the_best_answer_to_any_attempt_counts(self, attempts, status):
        """A batch is acked if any attempt was; else nobody knows if nobody knew once; else it is rejected."""
        records = [sent(0, 0, 0, 3, one, attempt) for attempt, one in enumerate(attempts)]
        expectation = Expectation.of([MadeLedger([opened(0, 3), *records])])

        assert list(expectation.of_status(status)) == [0, 1, 2]
        assert expectation.resent == 1

    def test_a_batch_may_be_said_in_several_ranges(self):
        """The events of a batch that have gaps between them are several records, and one batch."""
        records = [SessionLease(0, 1), opened(0, 9), sent(0, 0, 0, 2), sent(0, 0, 5, 1), sent(0, 1, 7, 2)]
        sink = MadeSink([event(0, sequence) for sequence in (0, 1, 5, 7, 8)])
        whole = findings(MadeLedger(records), sink)

        assert (whole.outcome, whole.found) == ("delivered", 5)
        assert findings(MadeLedger(records), MadeSink([event(0, 3)])).unexpected.events == 1


class TestContradictions:
    @pytest.mark.parametrize(
        ("records", "words"),
        [
            ([sent(0, 0, 0, 3)], "never opened"),
            ([opened(0, 3), opened(0, 3)], "opened twice"),
            ([opened(0, 3), sent(0, 0, 0, 3), sent(0, 0, 0, 2, attempt=1)], "3 events, and 2"),
            ([opened(0, 6), sent(0, 0, 0, 3), sent(0, 1, 2, 3)], "with two batches"),
            ([opened(0, 6), sent(0, 1, 3, 3), sent(0, 0, 0, 4)], "with two batches"),
            ([SessionStart(0, "", -1, "", "", 0)], "beyond all bounds"),
        ],
    )
    def test_a_ledger_that_contradicts_itself_is_refused(self, records, words):
        """Nothing is judged by a ledger that says two things of one session; it is named, with what is wrong."""
        with pytest.raises(UsageError, match=rf"made\.bin: contradicts itself.*{words}"):
            found(MadeLedger(records), MadeSink())

    def test_two_ledgers_of_one_session_are_refused(self):
        """Where the same ids were sent twice nobody can tell by whom: both ledgers are named."""
        with pytest.raises(
            UsageError, match=r"two\.bin: sent session 0 of run 5c3f9d10, and so did one\.bin"
        ):
            found([simple(name="one.bin"), simple(name="two.bin", epoch=1)], MadeSink())

    def test_a_torn_ledger_does_not_go_with_another_of_its_worker_and_sessions(self):
        """What breaks off may have sent what the other one leased too."""
        torn = MadeLedger([SessionLease(0, 9)], torn="cut off", name="one.bin")
        with pytest.raises(UsageError, match="may have sent the same sessions"):
            found([torn, MadeLedger([SessionLease(5, 20)], epoch=1, name="two.bin")], MadeSink())

    def test_ledgers_of_several_workers_and_runs_are_judged_together(self):
        """Whatever has its own sessions goes together: workers, epochs, runs."""
        other = MadeLedger([SessionLease(50, 60), opened(50, 2), sent(50, 0, 0, 2)], torn="cut off", worker=1)
        another = simple(sessions=1, run=RUN + 1)
        sink = MadeSink([*all_of(), event(50, 0), event(50, 1), *(event(0, at, RUN + 1) for at in range(6))])
        delivery = found([simple(), other, another], sink, partial=True)

        assert delivery.outcome == "delivered"
        assert found([simple(), other, another], sink).outcome == "unknown"
        assert delivery.stages[0].found == 20
        assert (delivery.runs, delivery.torn) == (["5c3f9d10", "5c3f9d11"], ["made.bin: cut off"])


class TestDamage:
    def test_a_label_may_be_of_an_event_beyond_its_batch(self):
        """An event that was added on purpose is found by its sequence, and is no stray."""
        records = [opened(0, 2), EventLabel(0, 0, 900, "extra"), sent(0, 0, 0, 2)]
        seen = findings(MadeLedger(records), MadeSink([event(0, 0), event(0, 1), event(0, 900)]))

        assert (seen.outcome, seen.unexpected.events) == ("delivered", 0)
        assert [(one.fault, one.found, one.status, one.events) for one in seen.labelled] == [
            ("extra", "accepted", "acked", 1)
        ]

    def test_a_session_that_is_sent_again_on_purpose_is_labelled_as_a_whole(self):
        """The same events under another batch's number are no contradiction where a label says so."""
        records = [
            opened(0, 4), sent(0, 0, 0, 2), sent(0, 1, 2, 2),
            EventLabel(0, 2, None, "again"), sent(0, 2, 0, 2), EventLabel(0, 3, None, "again"), sent(0, 3, 2, 2),
        ]  # fmt: skip
        events = [event(0, sequence) for sequence in range(4)]
        seen = findings(MadeLedger(records), MadeSink(events, duplicate=events))

        assert [(one.found, one.events) for one in seen.labelled] == [("duplicate", 4)]
        assert seen.duplicated.events == seen.lost.events == 0

    def test_what_is_labelled_and_altered_is_no_alteration(self):
        """Damage on purpose to an event's eid, content or shape shows under its label alone."""
        said = json.loads(event(0, 1))
        del said["edata"]
        records = [opened(0, 2), EventLabel(0, 0, 1, "missing_field"), sent(0, 0, 0, 2)]
        seen = findings(MadeLedger(records), MadeSink([event(0, 0), json.dumps(said).encode()]))

        assert (seen.outcome, seen.altered.events, seen.found) == ("delivered", 0, 1)

    def test_damage_beyond_a_torn_ledger_is_no_alteration(self):
        """A label whose batch the ledger no longer speaks of keeps contents beyond its end from being judged."""
        records = [SessionLease(0, 9), opened(0, 4), EventLabel(0, 0, 1, "wrong_value")]
        damaged = event(0, 1).replace(b'"n":1', b'"n":2')
        seen = findings(MadeLedger(records, torn="cut off"), MadeSink([damaged]))

        assert (seen.altered.events, seen.recovered.events) == (0, 1)


def test_a_ledger_on_disk_is_read_as_one_in_memory(tmp_path: Path):
    """The writer's file, and the reader's records, give the verdict that the records give."""
    writer = LedgerWriter(tmp_path, header())
    writer.lease(0, 99)
    for session in range(2):
        writer.open(opened(session, 6))
        for batch in range(2):
            writer.sent(session, batch, batch * 3, 3, 0, 1.0, 1.0, 1.5, Receipt("acked"))
    writer.close()
    sink = all_of()[1:]
    on_disk = findings([read(path) for path in discover([tmp_path])], MadeSink(sink))

    assert on_disk == findings(simple(), MadeSink(sink))
    assert on_disk.lost.examples[0].session == 0


def test_a_run_without_a_script_is_judged_by_ids():
    """A session that cannot be made anew is found by its ids, which proves no delivery, and it is said why."""
    records = [opened(0, 2, "broken"), sent(0, 0, 0, 2)]
    seen = findings(MadeLedger(records), MadeSink([event(0, 0), event(0, 1)]))

    assert (seen.outcome, seen.not_compared, seen.why_not_compared) == ("unknown", 2, "the script raised")
    assert (seen.found, seen.lost.events) == (2, 0)
    assert Maker.trouble == ""
